from odoo import api, models
from odoo.tools import SQL


class ArmOrderBlock(models.Model):
    """A block by a task ends by itself when nothing is overdue any more."""

    _name = "arm.order.block"
    _inherit = ["arm.order.block"]

    @api.model
    def _lapsed_sql(self):
        return SQL(
            "%s OR (block.source = 'dunning' AND account.amount_overdue <= 0)",
            super()._lapsed_sql(),
        )

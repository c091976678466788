from odoo import api, models


class ArmHold(models.Model):
    """Open disputes hold their items, or the disputed part of them."""

    _name = "arm.hold"
    _inherit = ["arm.hold"]

    @api.model
    def _get_sources(self, company, partners=None):
        return [
            *super()._get_sources(company, partners),
            self.env["arm.dispute"]._hold_source(company, partners),
        ]

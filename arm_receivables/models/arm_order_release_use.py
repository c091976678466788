from odoo import fields, models


class ArmOrderReleaseUse(models.Model):
    """An order, or a part added to it, that passed a block with a release."""

    _name = "arm.order.release.use"
    _description = "Use of an Order Release"
    _order = "id desc"
    _rec_name = "order_name"

    release_id = fields.Many2one(
        "arm.order.release", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="release_id.company_id", store=True)
    currency_id = fields.Many2one(related="release_id.currency_id")
    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null"
    )
    order_name = fields.Char(string="Order Reference", required=True)
    amount = fields.Monetary(help="What was let pass, in company currency.")
    used_on = fields.Datetime(required=True)
    used_by_id = fields.Many2one("res.users", string="Confirmed By")

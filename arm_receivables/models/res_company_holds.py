from odoo import fields, models


class ResCompany(models.Model):
    """How long, and up to which amount, open items may be left alone."""

    _name = "res.company"
    _inherit = ["res.company"]

    promise_grace_days = fields.Integer(
        string="Days of Grace for Promises",
        default=2,
        help="Calendar days after the promised day in which a payment still counts as "
        "in time. Each promise keeps the days that it was made with.",
    )

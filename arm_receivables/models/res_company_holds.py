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
    extension_collector_amount = fields.Monetary(
        string="Extensions by Collectors",
        default=1000,
        help="Up to this amount a collector gives more time; above it a credit manager "
        "decides.",
    )
    extension_max_days = fields.Integer(
        string="Longest Extension",
        default=60,
        help="Calendar days from the day on which it is entered; 0: no limit.",
    )

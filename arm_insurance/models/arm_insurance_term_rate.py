from odoo import fields, models


class ArmInsuranceTermRate(models.Model):
    """The premium rate of a payment term, where the price depends on its length."""

    _name = "arm.insurance.term.rate"
    _description = "Premium Rate by Term"
    _order = "year_id, up_to_days, id"
    _rec_name = "up_to_days"

    year_id = fields.Many2one(
        "arm.insurance.year", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="year_id.company_id", store=True)
    up_to_days = fields.Integer(
        string="Terms Up To",
        required=True,
        help="Days from the invoice to its last instalment, included. Longer "
        "terms have the rate of the year.",
    )
    premium_rate = fields.Float(string="Premium Rate (%)", digits=(8, 5))

    _days_uniq = models.UniqueIndex(
        "(year_id, up_to_days)", "There is a rate for terms of this length already."
    )
    _rate_check = models.Constraint(
        "CHECK(up_to_days >= 0 AND premium_rate >= 0)",
        "Days and rates are not negative.",
    )

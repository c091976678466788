from odoo import fields, models


class ArmInterestTier(models.Model):
    """A flat sum for claims up to a limit; the laws draw the line differently.

    999.99 and 1,000 make a difference in the United Kingdom, 5,000 and 5,000.01 in
    Poland: whether the limit itself belongs to the lower sum is part of the rule.
    """

    _name = "arm.interest.tier"
    _description = "Flat Sum for Late Payment"
    _order = "regime_id, sequence, id"
    _rec_name = "amount"

    regime_id = fields.Many2one(
        "arm.interest.regime", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    up_to = fields.Float(
        string="Claims up to", digits=(16, 2), help="0: all claims above."
    )
    limit_included = fields.Boolean(
        default=True, help="Whether a claim of exactly the limit still belongs to it."
    )
    amount = fields.Float(string="Flat Sum", digits=(16, 2), required=True)

    _amount_check = models.Constraint(
        "CHECK(amount > 0 AND up_to >= 0)", "Enter a flat sum above zero."
    )

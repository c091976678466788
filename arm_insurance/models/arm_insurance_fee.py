from odoo import fields, models

KINDS = [
    ("request", "Each request"),
    ("decision", "Each decision of the insurer"),
    ("monitoring", "Each named limit in the period"),
    ("claim", "Each claim filed"),
    ("fixed", "Once in the period"),
]


class ArmInsuranceFee(models.Model):
    """What the insurer charges besides the premium, in a policy year."""

    _name = "arm.insurance.fee"
    _description = "Fee of the Insurer"
    _order = "year_id, sequence, id"

    year_id = fields.Many2one(
        "arm.insurance.year", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="year_id.company_id", store=True)
    currency_id = fields.Many2one(related="year_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    kind = fields.Selection(KINDS, string="Charged For", required=True)
    price = fields.Monetary(required=True)

    _price_check = models.Constraint("CHECK(price >= 0)", "A fee is not negative.")

from odoo import fields, models


class ArmInsuranceDeclarationFee(models.Model):
    """One kind of fee of a declared period: how many, at what price."""

    _name = "arm.insurance.declaration.fee"
    _description = "Fee in a Declaration"
    _order = "declaration_id, id"

    declaration_id = fields.Many2one(
        "arm.insurance.declaration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="declaration_id.company_id", store=True)
    currency_id = fields.Many2one(related="declaration_id.currency_id")
    name = fields.Char(required=True)
    quantity = fields.Integer()
    price = fields.Monetary()
    amount = fields.Monetary()

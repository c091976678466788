from odoo import fields, models


class ArmInsuranceDclExperience(models.Model):
    """One item that was paid in time, as it was when the own limit was proved."""

    _name = "arm.insurance.dcl.experience"
    _description = "Payment Experience"
    _order = "paid desc, id"
    _rec_name = "item_id"

    evidence_id = fields.Many2one(
        "arm.insurance.dcl.evidence", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="evidence_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="evidence_id.currency_id")
    item_id = fields.Many2one(
        "account.move.line", string="Invoice", index=True, ondelete="set null"
    )
    name = fields.Char(string="Number")
    invoiced = fields.Date(required=True)
    due = fields.Date(required=True)
    paid = fields.Date(required=True)
    amount = fields.Monetary()

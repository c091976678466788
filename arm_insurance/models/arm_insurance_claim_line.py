from odoo import fields, models

from .arm_insurance_wording import STATUSES


class ArmInsuranceClaimLine(models.Model):
    """One open item of a claim, with its cover at the date of loss."""

    _name = "arm.insurance.claim.line"
    _description = "Claim Line"
    _order = "risk_date, id"
    _rec_name = "item_id"

    claim_id = fields.Many2one(
        "arm.insurance.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    item_id = fields.Many2one(
        "account.move.line", string="Open Item", required=True, index=True
    )
    move_id = fields.Many2one(related="item_id.move_id")
    date_maturity = fields.Date(related="item_id.date_maturity")
    risk_date = fields.Date(string="Delivered On")
    amount_open = fields.Monetary(string="Open")
    covered = fields.Monetary()
    pct = fields.Float(string="Insured (%)", digits=(5, 2), aggregator="avg")
    status = fields.Selection(STATUSES)

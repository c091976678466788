from odoo import fields, models

from ..models.arm_insurance_limit_decision import (
    DECISION_CODES,
    KINDS,
    REASON_CODES,
)


class ArmInsuranceImportLine(models.TransientModel):
    """One decision of a file: what it would change, or why it is left out."""

    _name = "arm.insurance.import.line"
    _description = "Decision to Import"

    import_id = fields.Many2one(
        "arm.insurance.import", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="import_id.currency_id")
    buyer = fields.Char()
    partner_id = fields.Many2one("res.partner", string="Found")
    kind = fields.Selection(KINDS)
    amount_before = fields.Monetary(string="Limit Now")
    amount = fields.Monetary(string="Limit Then")
    decided_on = fields.Date()
    effective_on = fields.Date()
    until = fields.Date()
    decision_code = fields.Selection(DECISION_CODES)
    reason_code = fields.Selection(REASON_CODES)
    reference = fields.Char()
    conditions = fields.Char()
    state = fields.Selection(
        [
            ("new", "New"),
            ("known", "Entered already"),
            ("error", "Mistake"),
            ("done", "Entered"),
        ]
    )
    message = fields.Char(string="What Is Wrong")

    def _get_decision_values(self, limit):
        """The decision that this line becomes."""
        self.ensure_one()
        return {
            "limit_id": limit.id,
            "kind": self.kind,
            "amount": self.amount,
            "decided_on": self.decided_on,
            "effective_on": self.effective_on,
            "until": self.until,
            "decision_code": self.decision_code,
            "reason_code": self.reason_code,
            "reference": self.reference,
            "conditions": self.conditions,
        }

from odoo import fields, models

from ..tools import codes
from .arm_insurance_wording import STATUSES

DECLARED = [(codes.DECLARED, "Declared")]


class ArmInsuranceDeclarationLine(models.Model):
    """What one invoice or credit note adds to a declaration, and why not."""

    _name = "arm.insurance.declaration.line"
    _description = "Declared Invoice"
    _order = "date, id"
    _rec_name = "move_id"

    declaration_id = fields.Many2one(
        "arm.insurance.declaration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="declaration_id.company_id", store=True)
    currency_id = fields.Many2one(related="declaration_id.currency_id")
    move_id = fields.Many2one(
        "account.move", string="Invoice", required=True, index=True
    )
    partner_id = fields.Many2one("res.partner", string="Buyer", required=True)
    date = fields.Date(help="The day that decides: delivery, or of a credit note that "
                       "of its invoice.")  # fmt: skip
    amount = fields.Monetary(help="Without taxes.")
    declared = fields.Monetary()
    status = fields.Selection(DECLARED + STATUSES)

    def _get_term_days(self):
        """Days from the invoice to its last instalment; a credit note has those of
        its invoice."""
        self.ensure_one()
        move = self.move_id.reversed_entry_id or self.move_id
        if not move.invoice_date_due or not move.invoice_date:
            return 0
        return max(0, (move.invoice_date_due - move.invoice_date).days)

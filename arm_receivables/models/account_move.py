from odoo import fields, models

from .arm_customer_account import LEDGER, ORDERS

# Vendor documents have nothing to do with customers.
PURCHASES = ("in_invoice", "in_refund", "in_receipt")


class AccountMove(models.Model):
    _inherit = "account.move"

    # Not stored: the colour belongs to the customer account, and moves with it.
    reliability_status = fields.Selection(
        related="partner_id.reliability_status", string="Reliability"
    )

    def _note_receivables(self):
        """Have the customer accounts refreshed that these entries belong to."""
        moves = self.filtered(lambda move: move.move_type not in PURCHASES)
        parts = LEDGER
        if moves.filtered(lambda move: move.is_sale_document()).line_ids.sale_line_ids:
            parts |= ORDERS
        if moves.filtered(lambda m: m.move_type == "entry" and m.reversed_entry_id):
            parts |= {"returned"}
        moves.line_ids._note_receivables(parts)

    def write(self, vals):
        """Posting, resetting, cancelling and blocking are seen by the accounts."""
        if not {"state", "payment_state"} & vals.keys():
            return super().write(vals)
        with self.env["arm.customer.account"]._collect_changes():
            res = super().write(vals)
            self._note_receivables()
        return res

    # What follows changes many entries, or one several times: refresh once.

    def _post(self, soft=True):
        with self.env["arm.customer.account"]._collect_changes():
            return super()._post(soft)

    def button_draft(self):
        with self.env["arm.customer.account"]._collect_changes():
            return super().button_draft()

    def button_cancel(self):
        with self.env["arm.customer.account"]._collect_changes():
            return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        with self.env["arm.customer.account"]._collect_changes():
            return super()._reverse_moves(default_values_list, cancel)

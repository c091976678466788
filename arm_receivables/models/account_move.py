from odoo import fields, models

from .arm_customer_account import DOCUMENTS, LEDGER, ORDERS

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
        moves.line_ids._note_receivables(moves._get_changed_parts())

    def _get_changed_parts(self):
        """What the accounts show and a posting, or a reset, of these can change.

        A document that is not due yet pays and settles nothing and is no experience:
        less has to be read then, which is most of what posting costs.
        """
        documents = self.filtered(lambda move: move.is_sale_document())
        is_new = documents == self and not documents._has_late_items()
        parts = DOCUMENTS if is_new else LEDGER
        if documents.line_ids.sale_line_ids:
            parts |= ORDERS
        if self.filtered(lambda m: m.move_type == "entry" and m.reversed_entry_id):
            parts |= {"returned"}
        return parts

    def _has_late_items(self):
        """Whether an item of these documents is past its due date."""
        return any(
            (line.date_maturity or line.date) < company._local_today()
            for company, moves in self.grouped("company_id").items()
            for line in moves.line_ids
            if line.account_id.account_type == "asset_receivable"
        )

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

from odoo import api, models


class AccountPayment(models.Model):
    """Online payments settle the instalments that the customer chose."""

    _name = "account.payment"
    _inherit = ["account.payment"]

    @api.model_create_multi
    def create(self, vals_list):
        """Write off the discounts of all chosen items; core knows one invoice only."""
        for vals in vals_list:
            transaction = self.env["payment.transaction"].browse(
                vals.get("payment_transaction_id")
            )
            if transaction.receivable_item_ids:
                vals["write_off_line_vals"] = transaction._prepare_discount_lines()
        return super().create(vals_list)

    def action_post(self):
        """Match the money with the chosen items, before core takes the oldest ones."""
        res = super().action_post()
        for payment in self:
            chosen = payment.payment_transaction_id.receivable_item_ids
            if chosen:
                payment._settle_chosen(chosen)
        return res

    def _settle_chosen(self, items):
        """Match this payment with the items that are still open."""
        lines = self.move_id.line_ids | items
        lines.filtered(
            lambda line: line.account_id == self.destination_account_id
            and line.parent_state == "posted"
            and not line.reconciled
        ).reconcile()

from odoo import models


class AccountMove(models.Model):
    """Entries of payments that are reversed: the money went back."""

    _name = "account.move"
    _inherit = ["account.move"]

    def _reverse_moves(self, default_values_list=None, cancel=False):
        if cancel:
            payments = self.origin_payment_id
            payments.filtered(
                lambda pay: pay.state in ("in_process", "paid")
            )._note_return()
        return super()._reverse_moves(default_values_list, cancel)

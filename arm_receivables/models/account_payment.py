from odoo import models

from .arm_customer_account import LEDGER


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # Returned payments of one customer are found without reading all payments: core
    # has no index on the partner, and these are few.
    _returned_idx = models.Index("(partner_id) WHERE state IN ('rejected', 'canceled')")

    def write(self, vals):
        """A rejected payment is seen by the customer account, also without an entry."""
        if vals.get("state") not in ("rejected", "canceled", "draft"):
            return super().write(vals)
        with self.env["arm.customer.account"]._collect_changes():
            res = super().write(vals)
            customers = self.filtered(lambda pay: pay.partner_type == "customer")
            by_company = customers.grouped("company_id")
            self.env["arm.customer.account"]._note_changes(
                [(company, pays.partner_id) for company, pays in by_company.items()],
                LEDGER | {"returned"},
            )
        return res

    def action_cancel(self):
        with self.env["arm.customer.account"]._collect_changes():
            return super().action_cancel()

    def action_post(self):
        with self.env["arm.customer.account"]._collect_changes():
            return super().action_post()

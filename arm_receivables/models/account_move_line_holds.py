from odoo import models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    """What a person can agree with the customer about selected open items."""

    _name = "account.move.line"
    _inherit = ["account.move.line"]

    def _check_same_customer(self):
        """Refuse items that cannot be agreed on together.

        :raise UserError: unless all are open claims on one customer, in one company
            and currency
        """
        wrong = self.filtered(
            lambda line: line.parent_state != "posted"
            or line.reconciled
            or line.account_type != "asset_receivable"
            or line.amount_residual <= 0
        )
        if wrong or not self:
            raise UserError(
                self.env._(
                    "%(item)s is nothing that the customer still owes. Choose open "
                    "invoices only.",
                    item=wrong[:1].display_name or self.env._("Nothing"),
                )
            )
        customers = self.partner_id.commercial_partner_id
        if max(len(customers), len(self.company_id), len(self.currency_id)) > 1:
            raise UserError(
                self.env._(
                    "These items belong to several customers, companies or currencies. "
                    "Choose items of one customer in one currency."
                )
            )

    def _get_customer_account(self):
        """The account of the one customer of these items.

        :raise AccessError: if the customer is another collector's
        """
        account = (
            self.env["arm.customer.account"]
            # As superuser: to tell a customer that one may not see from none at all.
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("partner_id", "=", self.partner_id.commercial_partner_id.id),
                ]
            )
        )
        account = account.with_env(self.env)
        account.check_access("read")
        return account

    def _open_hold_form(self, model, name):
        """Open the form of a new agreement about these items, as a dialog."""
        self._check_collecting()
        self._check_same_customer()
        self._get_customer_account()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"chosen_item_ids": self.ids, "is_dialog": True},
        }

    def action_promise(self):
        """Enter the customer's promise to pay the selected items."""
        return self._open_hold_form("arm.promise", self.env._("Promise to Pay"))

    def action_extend(self):
        """Give more time for the selected items, or ask for it."""
        return self._open_hold_form("arm.extension", self.env._("Extension"))

    def action_plan(self):
        """Agree that the selected items are paid in instalments."""
        return self._open_hold_form("arm.payment.plan", self.env._("Payment Plan"))

    def action_dispute(self):
        """Enter what the customer objects to in the selected items."""
        return self._open_hold_form("arm.dispute", self.env._("Dispute"))

    def _get_interest_starts(self):
        """Items whose interest runs from the new day of an extension, not the due date.

        :return: dict of item to the latest such day
        """
        extensions = (
            self.env["arm.extension"]
            # As superuser: what was granted counts, whoever may read it.
            .sudo()
            .search(
                [
                    ("item_ids", "in", self.ids),
                    ("state", "=", "granted"),
                    ("interest_from", "=", "new"),
                ],
                order="date",
            )
        )
        return {
            item.sudo(self.env.su): extension.date  # with the rights of the caller
            for extension in extensions
            for item in extension.item_ids
        }

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import request

from odoo.addons.account_payment.controllers.portal import PortalAccount

from .portal_receivables import both
from .portal_receivables_entry import POST, ReceivablesEntryPortal


class ReceivablesPaymentPortal(ReceivablesEntryPortal, PortalAccount):
    """Paying chosen items online, with the payment form and providers of Odoo."""

    @http.route(both("pay"), **POST)
    def portal_pay(self, account_id, token=None, **_kwargs):
        """From the chosen items to the payment form."""
        account_sudo = self._get_account(account_id, token, "pay")
        items_sudo = self._get_items(account_sudo)
        try:
            account_sudo._portal_check_payable(items_sudo)
        except UserError as error:
            return self._back(token, "warning", str(error))
        choice = account_sudo._get_payment_token(items_sudo)
        return request.redirect(f"{self._get_root(token)}/{account_id}/pay/{choice}")

    @http.route(
        both("pay/<string:choice>"),
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
    )
    def portal_payment_form(self, account_id, choice, token=None, **_kwargs):
        """Core's payment form for the chosen items."""
        account_sudo = self._get_account(account_id, token, "pay")
        items_sudo = self._get_choice(choice, account_sudo)
        try:
            account_sudo._portal_check_payable(items_sudo)
        except UserError as error:
            return self._back(token, "warning", str(error))
        root = self._get_root(token)
        data = account_sudo._portal_payment_values(items_sudo)
        values = {
            **self._prepare_page_values(token),
            **self._get_common_page_view_values(
                {
                    **data,
                    "landing_route": root,
                    "transaction_route": f"/receivables/pay/{choice}",
                }
            ),
            "amount": data["total_amount"],
            "items": items_sudo,
            "discounted": account_sudo._portal_get_discounted(items_sudo),
            "account": account_sudo,
        }
        response = request.render("arm_receivables.portal_receivables_pay", values)
        return self._protect(response)

    @http.route("/receivables/pay/<string:choice>", type="jsonrpc", auth="public")
    def portal_receivables_transaction(self, choice, **kwargs):
        """Create the transaction of a payment, for core's payment form.

        :param choice: the signed choice of items; amount and currency are theirs
        :return: what the form of the provider needs
        """
        accounts = request.env["arm.customer.account"]
        account_sudo, items_sudo = accounts._of_payment_token(choice)
        if not account_sudo or not items_sudo:
            raise NotFound()
        # One payment at a time: two at once would both find the items open.
        items_sudo.move_id.lock_for_update(allow_referencing=True)
        account_sudo._portal_check_payable(items_sudo)
        kwargs.pop("payment_reference", None)
        kwargs.pop("access_token", None)
        self._validate_transaction_kwargs(kwargs)
        contact = self._get_contact(account_sudo)
        data = account_sudo._portal_payment_values(items_sudo)
        kwargs.update(
            {
                "amount": data["total_amount"],
                "currency_id": data["currency"].id,
                "partner_id": (contact or data["partner"]).id,
                "reference_prefix": data["payment_reference"],
            }
        )
        transaction_sudo = self._create_transaction(
            custom_create_values={
                "invoice_ids": [Command.set(items_sudo.move_id.ids)],
                "receivable_item_ids": [Command.set(items_sudo.ids)],
            },
            **kwargs,
        )
        return transaction_sudo._get_processing_values()

    def _get_choice(self, choice, account_sudo):
        """The items of a signed choice, which must be this account's.

        :raise NotFound: if it is not valid, or not any more
        """
        accounts = request.env["arm.customer.account"]
        chosen_sudo, items_sudo = accounts._of_payment_token(choice)
        if chosen_sudo != account_sudo:
            raise NotFound()
        return items_sudo

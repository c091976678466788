from odoo import http
from odoo.exceptions import AccessError, MissingError, ValidationError

from odoo.addons.sale.controllers import portal as sale_portal


class CustomerPortal(sale_portal.CustomerPortal):
    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """Refuse the signature when the order would be held: it is binding.

        The customer reads a friendly sentence, and finance finds the order in its
        queue. An order that is still to be paid in full may be signed.
        """
        token = access_token or http.request.httprequest.args.get("access_token")
        try:
            order_sudo = self._document_check_access("sale.order", order_id, token)
        except (AccessError, MissingError):
            order_sudo = None  # core says what is wrong
        if order_sudo and signature and order_sudo._has_to_be_signed():
            in_full = (
                order_sudo._has_to_be_paid() and order_sudo.prepayment_percent >= 1
            )
            verdicts = order_sudo._judge_for_customer(in_full)
            if verdicts:
                order_sudo._record_attempts("portal", verdicts)
                return {"error": order_sudo._get_customer_text()}
        return super().portal_quote_accept(order_id, access_token, name, signature)


class PaymentPortal(sale_portal.PaymentPortal):
    @http.route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        """Take no money for an order that it would not confirm because it is held."""
        try:
            order_sudo = self._document_check_access(
                "sale.order", order_id, access_token
            )
        except (AccessError, MissingError):
            order_sudo = None  # core says what is wrong
        if order_sudo and order_sudo.state in ("draft", "sent"):
            self._check_held(order_sudo, kwargs.get("amount") or 0)
        return super().portal_order_transaction(order_id, access_token, **kwargs)

    def _check_held(self, order_sudo, amount):
        """Refuse a payment after which the order would be held.

        :param amount: what the customer is about to pay, in the order's currency.
        """
        try:
            paid = float(amount) + order_sudo.amount_paid
        except (TypeError, ValueError):
            return  # core refuses it
        compare = order_sudo.currency_id.compare_amounts
        if compare(paid, order_sudo._get_prepayment_required_amount()) < 0:
            return
        in_full = compare(paid, order_sudo.amount_total) >= 0
        verdicts = order_sudo._judge_for_customer(in_full)
        if verdicts:
            order_sudo._record_attempts("payment", verdicts, refused=True)
            raise ValidationError(order_sudo._get_customer_text())

"""Customers at the portal, remote calls, and money: the block holds there as well."""

import logging

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.payment.tests.http_common import PaymentHttpCommon

from .order_block_common import TODAY, OrderBlockCommon

# A picture of one pixel.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)
# Nothing of this may reach a customer.
SECRETS = ("Cheque", "300", "overdue", "limit", "red", "blocked", "release")


@tagged("post_install", "-at_install", "arm")
@freeze_time(TODAY)
class TestOrderBlockPortal(AccountPaymentCommon, PaymentHttpCommon, OrderBlockCommon):
    """Signature, payment and remote calls of customers and salespeople."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        cls.partner = cls.customer
        cls.customer.email = "buyer@example.com"

    def quotation(self, amount=100.0, **values):
        order = self.make_order(amount, require_signature=True, **values)
        order.action_quotation_sent()
        return order

    def refusal(self, url, params):
        """What a JSON request that fails tells its caller."""
        with mute_logger("odoo.http"):
            answer = self.url_open(url, json={"params": params}).json()
        self.assertIn("error", answer)
        return answer["error"]["data"]["message"]

    def sign(self, order):
        """Sign as a visitor with the link of the e-mail."""
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": order._portal_ensure_token(),
                "name": "Petra Buyer",
                "signature": SIGNATURE,
            },
        )

    def assertFriendly(self, text):
        self.assertIn("contact us", text)
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    # --------------------------------------------------------------------- signature

    def test_signature_is_refused_kindly(self):
        """No figure, no reason; nothing is signed; finance has it in the queue."""
        self.block()
        order = self.quotation(300)
        result = self.sign(order)
        self.assertFriendly(result["error"])
        self.assertEqual((order.state, order.signature), ("sent", False))
        hold = self.holds_of(order)
        self.assertEqual(
            (hold.origin, hold.state, hold.amount), ("portal", "open", 300)
        )
        self.sign(order)
        self.assertEqual(self.holds_of(order).attempt_count, 2)

    def test_portal_user_is_refused_kindly(self):
        self.block()
        portal = new_test_user(self.env, "petra.portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        order = self.quotation()
        self.authenticate("petra.portal", "petra.portal")
        self.assertFriendly(self.sign(order)["error"])
        self.assertEqual(self.holds_of(order).attempted_by_id, portal)
        page = self.url_open(f"/my/orders/{order.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Cheque", page.text)
        call = self.call_kw("sale.order", "read", [order.ids, ["order_block_message"]])
        self.assertNotIn("Cheque", self.refusal(*call))

    def test_signature_after_the_release(self):
        """The customer signs again, and the order is confirmed."""
        self.block()
        order = self.quotation()
        self.sign(order)
        self.grant(order=order)
        result = self.sign(order)
        self.assertTrue(result.get("force_refresh"), result)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.holds_of(order).state, "confirmed")

    def test_wrong_token_tells_nothing(self):
        self.block()
        order = self.quotation()
        result = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": "wrong", "name": "Eve", "signature": SIGNATURE},
        )
        self.assertEqual(result, {"error": "Invalid order."})
        self.assertFalse(self.holds_of(order))

    # ----------------------------------------------------------------------- payment

    def pay_order(self, order, share=1.0, **values):
        """A payment of the customer arrives; returns the transaction."""
        tx = self._create_transaction(
            "redirect",
            sale_order_ids=order.ids,
            partner_id=self.customer.id,
            currency_id=order.currency_id.id,
            amount=order.amount_total * share,
            reference=f"{order.name}-{share}-{len(order.transaction_ids)}",
            state="done",
            **values,
        )
        tx._post_process()
        return tx

    def start_payment(self, order, amount):
        """The request of the portal when the customer presses "Pay"."""
        return f"/my/orders/{order.id}/transaction", {
            "access_token": order._portal_ensure_token(),
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": amount,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": order.get_portal_url(),
        }

    def test_paid_in_full_passes_with_a_record(self):
        """No credit risk: confirmed, and the queue keeps why."""
        self.block()
        order = self.make_order(300, require_payment=True)
        self.pay_order(order)
        self.assertEqual(order.state, "sale")
        hold = self.holds_of(order)
        self.assertEqual((hold.state, len(hold)), ("prepaid", 1))
        self.assertIn("Cheque returned", hold.reason)

    def test_paid_in_part_is_held_without_an_error(self):
        """A down payment that would confirm does not; the payment is processed."""
        self.block()
        order = self.make_order(300, require_payment=True, prepayment_percent=0.3)
        tx = self.pay_order(order, 0.5)
        self.assertTrue(tx.payment_id, "the money is booked")
        self.assertIn(order.state, ("draft", "sent"))
        hold = self.holds_of(order)
        self.assertEqual((hold.origin, hold.state), ("payment", "open"))
        bodies = " ".join(order.message_ids.mapped("body"))
        self.assertIn("held for finance", bodies)
        self.grant(order=order)
        order.with_user(self.sales).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_company_may_hold_paid_orders(self):
        self.company.order_block_prepaid = False
        self.block()
        order = self.make_order(300, require_payment=True)
        self.pay_order(order)
        self.assertEqual(self.holds_of(order).state, "open")

    def test_block_even_for_paid_orders(self):
        """Some blocks are not about money."""
        self.block(even_prepaid=True)
        order = self.make_order(300, require_payment=True)
        self.pay_order(order)
        self.assertEqual(self.holds_of(order).state, "open")

    def test_scheduled_confirmation_is_held(self):
        """The job that finishes payments as superuser is held and does not fail."""
        self.block(even_prepaid=True)
        order = self.make_order(300, require_payment=True)
        tx = self._create_transaction(
            "redirect",
            sale_order_ids=order.ids,
            amount=300,
            partner_id=self.customer.id,
            reference="cron",
            state="done",
        )
        job = self.env.ref("payment.cron_post_process_payment_tx")
        with self.assertNoLogs("odoo.addons.payment", logging.ERROR):
            job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(tx.is_post_processed)
        self.assertEqual(self.holds_of(order).state, "open")

    def test_money_of_another_order_does_not_count(self):
        """A payment that was made for another order does not make this one prepaid."""
        self.block()
        paid, order = self.make_order(300), self.make_order(300)
        tx = self._create_transaction(
            "redirect",
            sale_order_ids=paid.ids,
            amount=300,
            partner_id=self.customer.id,
            reference="other",
            state="done",
        )
        self.assertEqual(paid.order_block_state, "prepaid")
        order.transaction_ids = tx
        with self.refused("held for finance"):
            order.action_confirm()

    def test_no_money_is_taken_for_nothing(self):
        """A down payment for an order that would be held is refused kindly."""
        self.block()
        order = self.make_order(300, require_payment=True, prepayment_percent=0.3)
        order.action_quotation_sent()
        self.assertFriendly(self.refusal(*self.start_payment(order, 150.0)))
        self.assertEqual(self.holds_of(order).origin, "payment")
        self.assertFalse(order.transaction_ids)
        self.make_jsonrpc_request(*self.start_payment(order, 300.0))
        self.assertEqual(order.transaction_ids.amount, 300)

    def test_zero_order_is_not_prepaid(self):
        """Nothing paid for nothing: a free delivery to a blocked customer is held."""
        self.block()
        order = self.make_order(0)
        with self.refused("held for finance"):
            order.action_confirm()

    # ------------------------------------------------------------------ remote calls

    def call_kw(self, model, method, args, **kwargs):
        """The request of the web client that calls a method."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return f"/web/dataset/call_kw/{model}/{method}", params

    def test_remote_calls_of_a_salesperson(self):
        """Each is refused with the sentence, and the attempt is in the queue."""
        self.block()
        order = self.make_order()
        self.env.flush_all()
        self.authenticate("sam.sales", "sam.sales")
        context = {"skip_order_block": True, "import_file": True}
        calls = [
            ("action_confirm", [order.ids], {}),
            ("action_confirm", [order.ids], {"context": context}),
            ("write", [order.ids, {"state": "sale"}], {}),
            ("web_save", [order.ids, {"state": "sale"}], {"specification": {}}),
            ("copy", [order.ids, {"state": "sale"}], {}),
        ]
        for method, args, kwargs in calls:
            text = self.refusal(*self.call_kw("sale.order", method, args, **kwargs))
            self.assertIn("Cheque returned", text, method)
        self.assertEqual(order.state, "draft")
        hold = self.holds_of(order)
        self.assertEqual((hold.attempted_by_id, hold.attempt_count), (self.sales, 4))
        for method in ("_pass_order_block", "_action_confirm", "_confirm_good"):
            text = self.refusal(*self.call_kw("sale.order", method, [order.ids]))
            self.assertIn("Private methods", text)
        call = self.call_kw(
            "arm.customer.account", "_unblock_orders", [self.ledger_of().ids, "manual"]
        )
        self.assertIn("Private methods", self.refusal(*call))

    def test_remote_batch(self):
        """A remote caller gets the good ones confirmed and the notification."""
        self.block()
        free = self.make_customer("Free & Easy")
        good, held = self.make_order(partner=free), self.make_order()
        self.env.flush_all()
        self.authenticate("sam.sales", "sam.sales")
        call = self.call_kw("sale.order", "action_confirm", [(good | held).ids])
        result = self.make_jsonrpc_request(*call)
        self.assertEqual((good.state, held.state), ("sale", "draft"))
        self.assertIn(held.name, result["params"]["message"])

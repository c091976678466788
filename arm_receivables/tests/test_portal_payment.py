from datetime import timedelta

from odoo.fields import Command
from odoo.tests import JsonRpcException, freeze_time, tagged
from odoo.tools import mute_logger

from .test_portal_receivables import PortalCommon


@tagged("post_install", "-at_install", "arm")
class TestPortalPayment(PortalCommon):
    """Paying chosen items online, several in one payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        cls.method = cls.env.ref("payment.payment_method_unknown")
        cls.provider = cls.make_provider(cls.company)
        cls.method.active = True

    @classmethod
    def make_provider(cls, company):
        """A provider that takes every payment, as far as Odoo is concerned."""
        arch = """<form action="nowhere" method="post"/>"""
        form = cls.env["ir.ui.view"].create(
            {"name": "Nowhere", "type": "qweb", "arch": arch}
        )
        journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        provider = cls.env["payment.provider"].create(
            {
                "name": "Provider of the test",
                "code": "none",
                "state": "test",
                "is_published": True,
                "company_id": company.id,
                "payment_method_ids": [Command.set(cls.method.ids)],
                "redirect_form_view_id": form.id,
            }
        )
        line = journal.inbound_payment_method_line_ids[:1].copy(
            {"name": "Test", "payment_provider_id": provider.id}
        )
        line.payment_account_id = cls.inbound_account(company)
        provider.journal_id = journal
        return provider

    @classmethod
    def inbound_account(cls, company):
        """Money on its way, so that a payment has an entry at once."""
        return cls.env["account.account"].create(
            {
                "name": "On Its Way",
                "code": "199901",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(company.ids)],
            }
        )

    def choose(self, items, token=None):
        """The signed choice that the form gets, or the answer that refuses it."""
        answer = self.post(self.account.id, "pay", items, token)
        head, found, choice = answer.url.rpartition("/pay/")
        return choice if found else answer.text

    def transact(self, choice, **values):
        """What core's payment form sends for the chosen items."""
        params = {
            "provider_id": self.provider.id,
            "payment_method_id": self.method.id,
            "token_id": None,
            "amount": 1,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": "/my/receivables",
            "is_validation": False,
            **values,
        }
        before = self.env["payment.transaction"].search([])
        self.make_jsonrpc_request(f"/receivables/pay/{choice}", params)
        return self.env["payment.transaction"].search([]) - before

    def settle(self, transaction):
        transaction._set_done()
        transaction._post_process()
        return transaction.payment_id

    def test_several_invoices_in_one_payment(self):
        """The amount is that of the ledger, whatever the browser says."""
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice) | self.item_of(self.second)
        choice = self.choose(items)
        page = self.url_open(f"/my/receivables/{self.account.id}/pay/{choice}").text
        self.assertIn(self.invoice.name, page)
        self.assertIn("200.00", page)
        self.assertIn("o_payment_form", page)
        transaction = self.transact(choice)
        self.assertEqual((transaction.amount, transaction.state), (200, "draft"))
        self.assertEqual(transaction.invoice_ids, self.invoice | self.second)
        self.assertEqual(transaction.partner_id, self.contact)
        payment = self.settle(transaction)
        self.assertEqual(payment.partner_id, self.customer)
        self.assertEqual(items.mapped("reconciled"), [True, True])
        page = self.url_open("/my/receivables").text
        self.assertNotIn(self.invoice.name, page)

    def test_chosen_instalment_is_settled(self):
        """Money goes to what the customer chose, not to the oldest instalment."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value_amount": 50, "nb_days": 10}),
                    Command.create({"value_amount": 50, "nb_days": 40}),
                ],
            }
        )
        invoice = self.post_invoice(
            self.customer,
            False,
            100,
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        first, second = self.item_of(invoice).sorted("date_maturity")
        self.authenticate(None, None)
        token = self.token_of(self.account)
        transaction = self.transact(self.choose(second, token))
        self.assertEqual(transaction.amount, 50)
        self.assertEqual(transaction.partner_id, self.customer)
        self.settle(transaction)
        self.assertEqual((first.reconciled, second.reconciled), (False, True))

    def test_not_paid_twice(self):
        """A choice is void when something of it was paid, or is being paid."""
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice) | self.item_of(self.second)
        choice = self.choose(items)
        self.transact(choice)._set_pending()
        self.provider.code = "demo"  # core looks at real providers only
        with self.assertRaises(JsonRpcException) as caught, mute_logger("odoo.http"):
            self.transact(choice)
        self.assertIn("UserError", str(caught.exception))
        self.assertIn("cannot be paid online now", self.choose(items))
        self.provider.code = "none"
        self.pay(self.second)
        with self.assertRaises(JsonRpcException) as caught, mute_logger("odoo.http"):
            self.transact(choice)
        self.assertEqual(caught.exception.code, 404)

    def test_what_cannot_be_paid_online(self):
        self.authenticate("portal_pat", "portal_pat")
        self.assertIn("Choose the invoices that you pay", self.choose(()))
        self.post(
            self.account.id,
            "dispute",
            self.item_of(self.invoice),
            reason=self.reason.id,
        )
        self.assertIn("is in dispute", self.choose(self.item_of(self.invoice)))
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "False"
        )
        self.assertIn("cannot be paid online", self.choose(self.item_of(self.second)))
        self.assertNotIn("Pay now", self.url_open("/my/receivables").text)

    def test_wrong_choices(self):
        """Guessed, revoked and other people's choices; and keys of core's models."""
        self.authenticate("portal_pat", "portal_pat")
        choice = self.choose(self.item_of(self.invoice))
        foreign = self.stranger.sudo()._get_payment_token(self.item_of(self.foreign))
        path = f"/my/receivables/{self.account.id}/pay"
        for wrong in ("x", "AQ", choice[:-3] + "AAA", foreign):
            self.assertEqual(self.url_open(f"{path}/{wrong}").status_code, 404, wrong)
        for wrong in ("x", choice[:-3] + "AAA"):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.transact(wrong)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.transact(choice, partner_id=1)
        self.account.with_user(self.collector).action_revoke_portal_links()
        self.assertEqual(self.url_open(f"{path}/{choice}").status_code, 404)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.transact(choice)

    def test_enter_does_what_the_field_is_for(self):
        """In the browser: Enter in the promise promises, though paying comes first."""
        self.start_tour(
            "/my/receivables", "arm_account_page_keyboard", login="portal_pat"
        )
        promise = self.account.promise_ids
        self.assertEqual((promise.note, promise.date), ("On Friday", self.today))
        self.assertFalse(self.env["payment.transaction"].search([]).invoice_ids)

    # ------------------------------------------------------------ early payment

    def make_discounted(self, days_ago=0, **values):
        """An invoice with 2 % off for ten days, of two taxes and two accounts."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "nb_days": 30})],
            }
        )
        other = self.company_data["default_account_revenue"].copy({"name": "Other"})
        taxes = self.company_data["default_tax_sale"]
        lines = [
            {"price_unit": 100, "tax_ids": [Command.set(taxes.ids)]},
            {"price_unit": 50, "tax_ids": [Command.clear()], "account_id": other.id},
        ]
        return self.post_invoice(
            self.customer,
            False,
            invoice_date=self.today - timedelta(days=days_ago),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
            invoice_line_ids=[
                Command.create({"name": "Part", "quantity": 1, **line})
                for line in lines
            ],
            **values,
        )

    def test_discount_for_early_payment(self):
        """Deducted on the page and in the payment, of several invoices at once."""
        early, same = self.make_discounted(), self.make_discounted(days_ago=10)
        late = self.make_discounted(days_ago=11)
        self.assertEqual(early.amount_total, 165)
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertEqual(page.count("161.70"), 2)
        items = self.item_of(early | same | late | self.invoice)
        choice = self.choose(items)
        page = self.url_open(f"/my/receivables/{self.account.id}/pay/{choice}").text
        self.assertEqual(page.count("Discount for early payment"), 2)
        self.assertIn("588.40", page)
        transaction = self.transact(choice)
        self.assertEqual(transaction.amount, 588.4)
        with freeze_time(self.today + timedelta(days=20)):  # the provider is slow
            payment = self.settle(transaction)
        self.assertEqual(items.mapped("reconciled"), [True] * 4)
        self.assertEqual(payment.amount, 588.4)
        loss = self.company.account_journal_early_pay_discount_loss_account_id
        lines = payment.move_id.line_ids
        granted = lines.filtered(lambda line: line.account_id == loss)
        self.assertAlmostEqual(sum(granted.mapped("balance")), 6)
        taxes = lines.filtered("tax_repartition_line_id")
        self.assertAlmostEqual(sum(taxes.mapped("balance")), 0.6)

    def test_discount_of_one_invoice(self):
        """Core would write it off as well: it is written off once."""
        early = self.make_discounted()
        self.authenticate(None, None)
        token = self.token_of(self.account)
        transaction = self.transact(self.choose(self.item_of(early), token))
        self.assertEqual(transaction.amount, 161.7)
        payment = self.settle(transaction)
        self.assertTrue(self.item_of(early).reconciled)
        self.assertEqual(payment.move_id.amount_total, 165)

    def test_discount_in_another_currency(self):
        """The rate of the day of the payment is another one than the invoice's."""
        foreign = self.setup_other_currency(
            "HRK", rates=[("2016-01-01", 3.0), (self.today, 2.5)]
        )
        early = self.make_discounted(5, currency_id=foreign.id)
        token = self.token_of(self.account)
        self.authenticate(None, None)
        transaction = self.transact(self.choose(self.item_of(early), token))
        self.assertEqual(
            (transaction.amount, transaction.currency_id.name), (161.7, "HRK")
        )
        self.settle(transaction)
        self.assertTrue(self.item_of(early).reconciled)
        self.assertEqual(early.amount_residual, 0)

    def test_queries_of_many_discounts(self):
        """What a page of items costs today is read for all of them at once."""
        counts = []
        for size in (2, 20):
            invoices = self.env["account.move"].union(
                *(self.make_discounted() for _number in range(size))
            )
            items = self.item_of(invoices)
            self.env.flush_all()
            self.env.cr.execute("ANALYZE account_move_line")
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.assertEqual(len(self.account._portal_get_discounted(items)), size)
            counts.append(self.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_discount_after_a_part_was_paid(self):
        """Nothing is written off when something came in between: a person looks."""
        early = self.make_discounted()
        self.authenticate("portal_pat", "portal_pat")
        transaction = self.transact(self.choose(self.item_of(early)))
        self.pay(early, self.today, 100)
        payment = self.settle(transaction)
        self.assertEqual(payment.move_id.amount_total, 161.7)
        self.assertTrue(self.item_of(early).reconciled)
        left = self.item_of(payment.move_id).amount_residual
        self.assertAlmostEqual(left, -96.7)

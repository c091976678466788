from odoo.tests import freeze_time, tagged

from ..tools.payment_way import WAYS, way_of_code
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPaymentWay(ReceivablesCommon):
    """How items are paid, and payments that come back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Debit Ltd")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-01", 100)
        cls.item = cls.invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        journal = cls.company_data["default_journal_bank"]
        cls.method = journal.inbound_payment_method_line_ids[0]

    def test_way_of_a_method(self):
        """Proposed by the code; a person may say otherwise."""
        for code, online, way in (
            ("manual", False, "transfer"),
            ("sdd", False, "direct_debit"),
            ("bacs_direct_debit", True, "direct_debit"),
            ("check_printing", False, "cheque"),
            ("stripe", True, "card"),
            (None, False, "transfer"),
        ):
            self.assertEqual(way_of_code(code, online), way)
            self.assertIn(way, WAYS)
        self.assertEqual(self.method.payment_way, "transfer")
        keys = [key for key, _label in self.method._fields["payment_way"].selection]
        self.assertEqual(tuple(keys), WAYS)

    def test_way_of_an_item(self):
        """That of its invoice; searched for as it is shown."""
        items = self.env["account.move.line"]
        mine = [("id", "=", self.item.id)]
        debit = [*mine, ("payment_way", "in", ["direct_debit", "card"])]
        others = [*mine, ("payment_way", "!=", "direct_debit")]
        self.assertEqual(self.item.payment_way, "transfer")
        self.assertFalse(items.search(debit))
        self.assertEqual(items.search(others), self.item)
        self.method.payment_way = "direct_debit"
        self.invoice.preferred_payment_method_line_id = self.method
        self.assertEqual(self.item.payment_way, "direct_debit")
        self.assertEqual(items.search(debit), self.item)
        self.assertFalse(items.search(others))

    def test_returned_payment_opens_the_item_again(self):
        """Rejected: the ledger owes again, and the item knows the day."""
        self.method.payment_account_id = self.company_data[
            "default_journal_bank"
        ].company_id.account_journal_suspense_account_id.copy(
            {"reconcile": True, "code": "199902"}
        )
        payment = self.pay(self.invoice)
        self.assertTrue(self.item.reconciled)
        self.assertIn(payment.state, ("in_process", "paid"))
        payment.action_reject()
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(
            (self.item.reconciled, self.item.amount_residual), (False, 100)
        )
        self.assertEqual(payment.returned_item_ids, self.item)
        self.assertEqual(str(payment.date_returned), TODAY)
        account = self.account_of(self.customer)
        self.assertEqual((account.payments_returned, account.amount_open), (1, 100))

    def test_slips_are_no_returns(self):
        """A payment that was set back to draft by ourselves did not come back."""
        payment = self.pay(self.invoice)
        payment.action_draft()
        payment.action_cancel()
        self.assertFalse(payment.date_returned)
        again = self.pay(self.invoice)
        again.action_cancel()
        self.assertEqual(str(again.date_returned), TODAY)
        self.assertEqual(again.returned_item_ids, self.item)

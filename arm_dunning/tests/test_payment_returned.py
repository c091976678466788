from odoo.tests import freeze_time, tagged

from .common import DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPaymentReturned(DunningCommon):
    """Tasks by the way of payment, and a task for a payment that came back."""

    def test_direct_debit_is_not_reminded_until_it_comes_back(self):
        other, debit = (self.post_invoice(self.customer, "2026-03-11") for _n in "ab")
        journal = self.company_data["default_journal_bank"]
        method = journal.inbound_payment_method_line_ids[0]
        method.payment_way = "direct_debit"
        debit.preferred_payment_method_line_id = method
        self.make_task(
            "Reminder",
            5,
            activity="Remind",
            item_domain="[('payment_way', '!=', 'direct_debit')]",
        )
        task = self.make_task(
            "Came Back",
            0,
            activity="Call the customer: the direct debit came back",
            anchor="returned_date",
            item_domain="[('payment_way', '=', 'direct_debit')]",
        )
        self.assertIn("payment returned", task.condition_text.lower())
        self.dun("2026-03-16")
        self.assertEqual(self.actions_of(other).task_id.name, "Reminder")
        self.assertFalse(self.actions_of(debit))
        with self.subTest("returned"):
            payment = self.pay_on("2026-03-16", debit)
            self.cancel_on("2026-03-17", payment)
            self.dun("2026-03-17")
            self.assertEqual(self.actions_of(debit).task_id.name, "Came Back")

    def pay_on(self, day, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return wizard.create({"payment_date": day})._create_payments()

    def cancel_on(self, day, payment):
        with freeze_time(f"{day} 07:00:00"):
            payment.action_cancel()

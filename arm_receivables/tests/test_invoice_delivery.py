from odoo.tests import freeze_time, tagged

from .common import TODAY
from .invoice_common import InvoiceCheckCommon

TASK = "arm_receivables.mail_activity_type_undelivered"


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInvoiceDelivery(InvoiceCheckCommon):
    """Whether an invoice has reached the customer, and what follows if not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_draft()
        cls.invoice.action_post()

    def send(self, method="manual"):
        self.env["account.move.send"]._generate_and_send_invoices(
            self.invoice, sending_methods={method}
        )

    def state(self):
        self.env.invalidate_all()
        return self.invoice.delivery_state

    def mail(self, *results):
        """A mail with the invoice to so many contacts, and what became of each."""
        partners = [self.make_customer(f"Reader {n}") for n in range(len(results))]
        message = (
            self.env["mail.message"]
            .sudo()
            .create({"model": "account.move", "res_id": self.invoice.id})
        )
        self.env["mail.notification"].sudo().create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": partner.id,
                    "notification_type": "email",
                    "notification_status": result,
                }
                for partner, result in zip(partners, results, strict=True)
            ]
        )

    def test_sent_how_when_and_by_whom(self):
        self.assertEqual(self.state(), "not_sent")
        self.invoice.sending_data = {"sending_methods": ["manual"]}
        self.assertEqual(self.state(), "queued")
        self.send()
        self.assertEqual(self.state(), "sent")
        delivery = self.invoice.delivery_ids
        self.assertEqual((delivery.method, delivery.user_id), ("manual", self.env.user))
        self.assertEqual(str(delivery.sent_on), f"{TODAY} 09:00:00")

    def test_mail_that_came_back(self):
        self.send()
        with freeze_time(f"{TODAY} 10:00:00"):
            self.mail("bounce")
            self.assertEqual(self.state(), "bounced")
            self.mail("exception")
            self.assertEqual(self.state(), "failed")
            self.mail("bounce", "sent")
            self.assertEqual(self.state(), "sent")
            self.mail("bounce")
            self.assertEqual(self.state(), "bounced")
        with freeze_time(f"{TODAY} 11:00:00"):
            self.send()
            self.assertEqual(self.state(), "sent")

    def test_a_colleagues_copy_does_not_count(self):
        colleague = self.make_user("d_colleague").partner_id
        self.mail("bounce")
        message = (
            self.env["mail.message"]
            .sudo()
            .create({"model": "account.move", "res_id": self.invoice.id})
        )
        self.env["mail.notification"].sudo().create(
            {
                "mail_message_id": message.id,
                "res_partner_id": colleague.id,
                "notification_type": "email",
                "notification_status": "sent",
            }
        )
        self.assertEqual(self.state(), "bounced")

    def test_drafts_and_bills_have_none(self):
        bill = self.make_draft(move_type="in_invoice")
        self.assertFalse(bill.delivery_state or self.make_draft().delivery_state)

    def test_list_of_what_was_not_delivered(self):
        ours = [("id", "=", self.invoice.id)]
        wanted = [*ours, ("delivery_state", "in", ("not_sent", "bounced"))]
        moves = self.env["account.move"]
        self.assertTrue(moves.search(wanted))
        self.send()
        self.assertFalse(moves.search(wanted))
        self.assertTrue(moves.search([*ours, ("delivery_state", "=", "sent")]))

    def test_task_until_it_is_sent_again(self):
        self.invoice.invoice_user_id = self.make_user("d_seller")
        self.mail("bounce")
        cron = self.env.ref("arm_receivables.ir_cron_undelivered")
        kind = self.env.ref(TASK)
        for _again in range(2):
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            tasks = self.invoice.activity_ids
            self.assertEqual(tasks.activity_type_id, kind)
            self.assertEqual(tasks.user_id, self.invoice.invoice_user_id)
            self.assertEqual(len(tasks), 1)
        with freeze_time(f"{TODAY} 11:00:00"):
            self.send()
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        self.assertFalse(self.invoice.activity_ids)

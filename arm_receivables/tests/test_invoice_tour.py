"""In the browser: a draft with faults, until its invoice has reached the customer."""

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .invoice_common import InvoiceCheckCommon


@tagged("post_install", "-at_install", "arm")
class TestInvoiceTour(InvoiceCheckCommon, HttpCase):
    """A clerk mends what the banner tells, posts, sends, and sends another way."""

    def test_from_a_wrong_draft_to_the_customer(self):
        new_test_user(
            self.env,
            "ina.invoices",
            groups="account.group_account_invoice,base.group_partner_manager,"
            "arm_receivables.group_receivables_reader",
            name="Ina Invoices",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.customer.write({"city": False, "invoice_buyer_kind": "consumer"})
        invoice = self.make_draft(delivery_date=False)
        self.assertEqual(
            self.topics(invoice), {"buyer_address", "delivery_date", "consumer_default"}
        )
        with mute_logger("odoo.http"):  # the refusal that the tour provokes
            self.start_tour(
                "/odoo/invoices-to-complete",
                "arm_invoice_story_correct",
                login="ina.invoices",
            )
        self.assertEqual(invoice.state, "posted")
        self.assertIn("Verzug", invoice.narration)
        self.assertEqual(invoice.delivery_ids.method, "email")
        notification = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id", "in", invoice.message_ids.ids),
                    ("res_partner_id", "=", self.customer.id),
                ]
            )
        )
        self.assertTrue(notification)
        notification.notification_status = "bounce"  # the mail server sends it back
        self.env.flush_all()
        self.start_tour(
            "/odoo/invoices-not-delivered",
            "arm_invoice_story_resend",
            login="ina.invoices",
        )
        self.assertEqual(invoice.delivery_ids.mapped("method"), ["manual", "email"])
        self.assertEqual(invoice.delivery_state, "sent")

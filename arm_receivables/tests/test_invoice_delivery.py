from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..models import account_move_delivery
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

    def mail(self, *results, kind="email"):
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
                    "notification_type": kind,
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

    def test_sent_by_hand(self):
        """By whoever may write invoices, and only what may be sent."""
        reader = self.make_user("d_reader", "reader")
        with self.assertRaises(AccessError):
            self.invoice.with_user(reader).action_record_delivery()
        with self.refused("Choose posted invoices"):
            self.make_draft().action_record_delivery()
        self.customer.invoice_reference_required = True
        with self.refused("Enter the customer's order number"):
            self.invoice.action_record_delivery()
        self.customer.invoice_reference_required = False
        self.mail("bounce")
        with freeze_time(f"{TODAY} 10:00:00"):
            self.invoice.action_record_delivery()
        self.assertEqual(self.state(), "sent")
        self.assertTrue(self.invoice.is_move_sent)
        self.assertEqual(self.invoice.delivery_ids.method, "manual")

    def test_mail_that_came_back(self):
        self.send()
        with freeze_time(f"{TODAY} 10:00:00"):
            self.mail("bounce")
            self.assertEqual(self.state(), "bounced")
            self.mail("exception")
            self.assertEqual(self.state(), "failed")
            self.mail("bounce", "sent")
            self.assertEqual(self.state(), "delivered")
            self.mail("bounce")
            self.assertEqual(self.state(), "bounced")
        with freeze_time(f"{TODAY} 11:00:00"):
            self.send()
            self.assertEqual(self.state(), "delivered")  # the second mail was

    def open_it(self, partner=None):
        partner = partner or self.env["res.partner"]
        self.env["arm.invoice.opening"].sudo()._record(self.invoice, partner)

    def test_delivered_and_opened(self):
        """As far as is known: taken by the mail server, then opened by the customer."""
        self.send()
        self.mail("ready")
        self.assertEqual(self.state(), "sent")
        self.mail("sent")
        self.assertEqual(self.state(), "delivered")
        self.open_it(self.customer)
        with freeze_time(f"{TODAY} 12:00:00"):
            self.open_it()
        self.assertEqual(self.state(), "opened")
        opening = self.invoice.opening_ids
        self.assertEqual(str(opening.first_on), f"{TODAY} 09:00:00")
        self.assertEqual(str(opening.last_on), f"{TODAY} 12:00:00")
        self.assertEqual(opening.partner_id, self.customer)

    def test_opening_outweighs_a_mail_that_came_back(self):
        """Who has read the invoice has it; of a later mail nothing is known."""
        self.send()
        self.mail("bounce")
        with freeze_time(f"{TODAY} 10:00:00"):
            self.open_it()
            self.assertEqual(self.state(), "opened")
        with freeze_time(f"{TODAY} 11:00:00"):
            self.mail("bounce")
            self.assertEqual(self.state(), "bounced")

    def test_letter_that_could_not_be_printed(self):
        if "snail" not in dict(
            self.env["mail.notification"]._fields["notification_type"].selection
        ):
            self.skipTest("no service for letters is installed")
        self.send()
        with freeze_time(f"{TODAY} 10:00:00"):
            self.mail("exception", kind="snail")
            self.assertEqual(self.state(), "failed")

    def test_network_that_refuses(self):
        """A field of core plays the one of a network's add-on."""
        self.send()
        network = {"invoice_origin": (("rejected",), ("arrived",))}
        with patch.dict(account_move_delivery.NETWORKS, network):
            for said, state in [
                ("arrived", "delivered"),
                ("rejected", "refused"),
                (False, "sent"),
            ]:
                self.invoice.invoice_origin = said
                self.assertEqual(self.state(), state)
                found = self.invoice.search([("delivery_state", "=", state)])
                self.assertIn(self.invoice, found)

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
        bill, draft = self.make_draft(move_type="in_invoice"), self.make_draft()
        self.assertFalse(bill.delivery_state or draft.delivery_state)
        found = self.invoice.search([("delivery_state", "=", False)])
        self.assertLessEqual(bill | draft, found)
        self.assertNotIn(self.invoice, found)

    def test_list_of_what_was_not_delivered(self):
        ours = [("id", "=", self.invoice.id)]
        wanted = [*ours, ("delivery_state", "in", ("not_sent", "bounced"))]
        moves = self.env["account.move"]
        self.assertTrue(moves.search(wanted))
        self.send()
        self.assertFalse(moves.search(wanted))
        self.assertTrue(moves.search([*ours, ("delivery_state", "=", "sent")]))

    def test_every_state_is_found_as_it_is_shown(self):
        """Search and field tell the same, whatever happened to an invoice."""
        drafts = self.make_drafts([self.customer] * 7)
        drafts.action_post()
        sent = drafts[1:]
        self.env["account.move.send"]._generate_and_send_invoices(
            sent, sending_methods={"manual"}
        )
        with freeze_time(f"{TODAY} 10:00:00"):
            for self.invoice, results in zip(
                sent,
                [("bounce",), ("exception",), ("sent",), ("bounce", "sent"), (), ()],
                strict=True,
            ):
                if results:
                    self.mail(*results)
            self.open_it()
        drafts[5].is_move_sent = False
        drafts[5].sending_data = {"sending_methods": ["manual"]}
        self.env.invalidate_all()
        shown = drafts.mapped("delivery_state")
        told = "not_sent bounced failed delivered delivered queued opened"
        self.assertEqual(shown, told.split())
        for state in {*shown, "sent", "refused"}:
            domain = [("id", "in", drafts.ids), ("delivery_state", "=", state)]
            wanted = drafts.filtered(lambda m, state=state: m.delivery_state == state)
            self.assertEqual(drafts.search(domain, order="id"), wanted, state)

    def test_number_of_queries(self):
        """Shown and searched, the same for five and for fifty invoices."""

        def queries(count):
            moves = self.make_drafts([self.customer] * count)
            moves.action_post()
            self.env.cr.execute("ANALYZE account_move")
            counts = []
            for step in (
                lambda: moves.mapped("delivery_state"),
                lambda: moves.search([("delivery_state", "in", ("not_sent", "sent"))]),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                step()
                counts.append(self.env.cr.sql_log_count - before)
            return counts

        queries(2)  # caches
        for few, many in zip(queries(5), queries(50), strict=True):
            self.assertLessEqual(many, few)

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

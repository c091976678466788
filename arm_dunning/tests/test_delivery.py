import smtplib

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import MockSmtplibCase
from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from . import test_mail_queue as sending
from .common import TODAY, DunningCommon

# A report of RFC 3464, as mail servers send it.
BOUNCE = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 16 Mar 2026 08:20:00 +0000
Message-ID: <20260316082000.4711@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

This is the mail system at mx.example.com. Your message could not be delivered:
<{recipient}>: 550 5.1.1 no such user

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 16 Mar 2026 08:10:00 +0000

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--=_report
Content-Type: text/rfc822-headers

From: {sender}
To: {recipient}
Subject: Reminder
Message-Id: {reference}

--=_report--
"""


@tagged("post_install", "-at_install", "arm")
class TestDelivery(DunningCommon, MockSmtplibCase, CronMixinCase):
    """What became of a message, and what keeps it from leaving at the last moment."""

    write_mails = sending.TestMailQueue.write_mails
    mail_server = sending.TestMailQueue.mail_server
    send_queue = sending.TestMailQueue.send_queue
    lose_connection = sending.TestMailQueue.lose_connection

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_task("First", 3, template="overdue")
        cls.queue = cls.env.ref("mail.ir_cron_mail_scheduler_action")

    def later(self):
        """A moment after the run and before the mail queue works."""
        return freeze_time(f"{TODAY} 08:05:00")

    def states(self, messages):
        return [message.delivery_state for message in messages]

    # ------------------------------------------------------------------- written back

    def test_sent_refused_and_cancelled(self):
        def refuse(number):
            if number == 2:
                raise smtplib.SMTPDataError(554, b"we do not want this")

        messages = self.write_mails(4)
        self.assertEqual(set(self.states(messages)), {"queued"})
        messages[3].mail_id.sudo().cancel()
        self.assertEqual(self.send_queue(refuse), 3)
        self.assertEqual(self.states(messages), ["sent", "failed", "sent", "cancelled"])
        self.assertTrue(messages[0].date_sent)
        self.assertIn("do not want", messages[1].delivery_reason)
        self.assertFalse(messages[1].date_sent)
        rows = messages.mapped("action_ids")
        self.assertEqual(
            rows.search(
                [("id", "in", rows.ids), ("delivery_state", "=", "failed")]
            ).message_id,
            messages[1],
            "the register shows it and is searched for it",
        )

    def test_unclear(self):
        messages = self.write_mails(2)
        self.send_queue(self.lose_connection)
        self.assertEqual(self.states(messages), ["sent", "unclear"])
        self.assertIn(messages[1].reference, messages[1].delivery_reason)

    def test_bounced(self):
        """What comes back is found by its Message-Id, once, and stays bounced."""
        messages = self.write_mails(2)
        self.send_queue()
        bounced = messages[1]
        self.env["arm.dunning.message"]._note_bounce(
            {
                "bounced_msg_ids": [bounced.reference],
                "bounced_message": self.env["mail.message"],
                "body": "<p>550 no such user</p>",
            }
        )
        self.assertEqual(self.states(messages), ["sent", "bounced"])
        self.assertIn("no such user", bounced.delivery_reason)
        self.assertIn("Came back", bounced.account_id.message_ids[0].body)
        self.env["arm.dunning.message"]._note_mails(bounced.mail_id)
        self.assertEqual(bounced.delivery_state, "bounced")

    def test_bounce_through_the_gateway(self):
        """A real report of a mail server: the register tells, the address turns red."""
        messages = self.write_mails(2)
        self.send_queue()
        bounced, other = messages
        row, account = bounced.action_ids, bounced.account_id
        self.assertNotIn("came back", row.explanation)
        report = BOUNCE.format(
            sender=self.company.email,
            recipient=bounced.email_to,
            reference=bounced.reference,
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(None, report)
        self.assertEqual(self.states(messages), ["bounced", "sent"])
        self.assertEqual(row.delivery_state, "bounced")
        self.assertIn("The message came back", row.explanation)
        self.assertIn("no such user", row.explanation)
        self.assertIn("Came back", account.message_ids[0].body)
        partner = bounced.partner_id
        self.assertEqual((partner.message_bounce, partner.email_state), (1, "red"))
        self.assertIn("came back", partner.email_reason)
        self.assertEqual(other.partner_id.message_bounce, 0)
        self.assertNotEqual(other.partner_id.email_state, "red")
        run = messages.run_id
        self.assertEqual(run.undelivered_count, 1)
        domain = run.action_view_undelivered()["domain"]
        self.assertEqual(messages.search(domain), messages.sorted("id", reverse=True))

    # ----------------------------------------------------------------- before leaving

    def assert_withdrawn(self, message, state, reason):
        self.assertEqual(message.delivery_state, "cancelled")
        self.assertEqual(message.mail_id.state, "cancel")
        row = message.action_ids
        self.assertEqual((row.state, row.reason), (state, reason))
        self.assertFalse(row.is_contact)
        self.assertIn("Withdrawn", row.reason_text)
        self.assertIn("Not sent", message.account_id.message_ids[0].body)

    def test_paid_after_the_run(self):
        """Paid, held, paused or blocked while the mail waits: it does not leave."""
        messages = self.write_mails(6)
        invoices = [message.action_ids.item_id.move_id for message in messages]
        with self.later():
            self._register_payment(invoices[0])
            self._register_payment(invoices[1], amount=40)
            self.env["arm.hold"].sudo().create(
                {
                    "company_id": self.company.id,
                    "item_id": messages[2].action_ids.item_id.id,
                    "reason": "dispute",
                }
            )
            messages[3].account_id.sudo().write(
                {"dunning_pause_until": "2026-04-01", "dunning_pause_reason": "Talks"}
            )
            messages[4].action_ids.item_id.no_followup = True
        self.assertEqual(self.send_queue(), 1)
        self.assertEqual(messages[5].delivery_state, "sent")
        self.assert_withdrawn(messages[0], "cancelled", "settled")
        self.assert_withdrawn(messages[1], "planned", False)
        self.assert_withdrawn(messages[2], "held", "held")
        self.assert_withdrawn(messages[3], "held", "paused")
        self.assert_withdrawn(messages[4], "held", "no_followup")
        run = messages.run_id
        self.assertEqual((run.done_count, run.held_count), (1, 3))

    def test_withdrawn_is_written_anew(self):
        """What is still owed gets a new message, with the amount of the new day."""
        message = self.write_mails(1)
        invoice = message.action_ids.item_id.move_id
        with self.later():
            self._register_payment(invoice, amount=40)
        self.assertEqual(self.send_queue(), 0)
        self.dun("2026-03-17")
        row = self.actions_of(invoice)
        self.assertEqual((row.state, row.amount), ("done", 60))
        self.assertNotEqual(row.message_id, message)
        self.assertIn("60.00", row.message_id.body)

    def test_other_operations_are_not_repeated(self):
        """The colleague's activity has happened; only the mail was withdrawn."""
        task = self.env["arm.dunning.task"].search(
            [("company_id", "=", self.company.id)]
        )
        task.operation_ids = [
            Command.create(
                {
                    "operation_type": "activity",
                    "responsible_type": "user",
                    "user_id": self.officer.id,
                }
            )
        ]
        message = self.write_mails(1)
        with self.later():
            self._register_payment(message.action_ids.item_id.move_id, amount=40)
        self.assertEqual(self.send_queue(), 0)
        row = message.action_ids
        self.assertEqual(row.state, "done")
        self.assertIn("Withdrawn", row.reason_text)
        self.dun("2026-03-17")
        self.assertEqual(len(message.account_id.activity_ids), 1)

    def test_guards_of_the_day_do_not_withdraw(self):
        """The message itself is the contact that the minimum gap counts."""
        self.company.write({"dunning_gap_days": 7, "dunning_contact_max": 1})
        messages = self.write_mails(2)
        self.assertEqual(self.send_queue(), 2)
        self.assertEqual(set(self.states(messages)), {"sent"})

    def test_what_is_being_paid_waits(self):
        """Of an item that somebody has locked nobody knows: the mail stays queued."""
        messages = self.write_mails(2)
        cls, busy = type(messages), messages[0].action_ids.item_id
        original = cls._keep_items
        self.patch(
            cls,
            "_keep_items",
            lambda message, items: items != busy and original(message, items),
        )
        with self.capture_triggers(self.queue.id) as captured:
            self.assertEqual(self.send_queue(), 1)
        self.assertTrue(captured.records)
        self.assertEqual(self.states(messages), ["queued", "sent"])
        self.patch(cls, "_keep_items", original)
        self.assertEqual(self.send_queue(), 1)

    # -------------------------------------------------------------------------- whom

    def test_chosen_recipients(self):
        """All chosen contacts get it, in the chosen language, and nobody else."""
        french = self.env["res.lang"]._activate_lang("fr_FR")
        self.assertTrue(french)
        chosen = self.env["res.partner"].create(
            [
                {"name": "Anna", "email": "anna@example.com"},
                {"name": "Bert", "email": "bert@example.com"},
                {"name": "Nowhere"},
            ]
        )
        self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        account = self.env["arm.customer.account"].search(
            [("partner_id", "=", self.customer.id)]
        )
        account.write(
            {
                "dunning_recipient_ids": [Command.set(chosen.ids)],
                "dunning_lang": "fr_FR",
            }
        )
        message = self.dun().message_ids
        self.assertEqual(message.lang, "fr_FR")
        self.assertEqual(message.sent_to, "anna@example.com, bert@example.com")
        self.assertEqual(message.mail_id.recipient_ids, chosen[:2])
        with mute_logger(sending.MAIL):
            self.assertEqual(self.send_queue(), 2)
        self.assertEqual(message.delivery_state, "sent")

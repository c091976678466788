import smtplib
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import html2plaintext, mute_logger

from odoo.addons.base.tests.common import MockSmtplibCase
from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import TODAY, DunningCommon

MAIL = "odoo.addons.mail.models.mail_mail"
OURS = "odoo.addons.arm_dunning.models.mail_mail"


@tagged("post_install", "-at_install", "arm")
class TestMailQueue(DunningCommon, MockSmtplibCase, CronMixinCase):
    """A mail of dunning is handed to the mail server at most once.

    With processes that are really killed: ``tests/setup/test_faults.py``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_task("First", 3, template="overdue")
        cls.queue = cls.env.ref("mail.ir_cron_mail_scheduler_action")
        cls.manager = cls.make_colleague("group_receivables_manager")

    @classmethod
    def make_colleague(cls, group):
        return new_test_user(
            cls.env,
            group,
            groups=f"arm_receivables.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def write_mails(self, count, day=TODAY):
        """The messages of customers who got one, in the queue."""
        customers = self.env["res.partner"]
        for number in range(count):
            customers |= self.make_customer(f"Customer{number} Ltd")
            self.post_invoice(customers[-1], "2026-03-13")
        run = self.dun(day)
        self.assertEqual(len(run.message_ids), count)
        return run.message_ids.sorted(lambda message: message.mail_id.id)

    @contextmanager
    def mail_server(self, answer=None):
        """A mail server; ``answer(number)`` may refuse, or break the connection."""
        with self.mock_smtplib_connection():
            session = self.testing_smtp_session
            take = session.send_message

            def send_message(message, *args):
                take(message, *args)
                if answer:
                    answer(len(self.emails))

            session.send_message = send_message
            yield

    def send_queue(self, answer=None):
        """Let the queue work once; returns how many mails the server was given."""
        with (
            freeze_time(f"{TODAY} 08:10:00"),
            self.mail_server(answer),
            mute_logger(MAIL, OURS),
        ):
            self.env["mail.mail"].process_email_queue()
        self.env.invalidate_all()
        return len(self.emails)

    def lose_connection(self, number):
        if number == 2:
            raise smtplib.SMTPServerDisconnected("went away")

    def test_sent(self):
        """The queue is woken by the run, and nothing is marked when it is done."""
        with self.capture_triggers(self.queue.id) as captured:
            messages = self.write_mails(3)
        self.assertTrue(captured.records)
        self.assertEqual(self.send_queue(), 3)
        mails = messages.mail_id
        self.assertEqual(set(mails.mapped("state")), {"sent"})
        self.assertFalse(any(mails.mapped("failure_type")))
        self.assertEqual(self.send_queue(), 0)

    def test_nothing_is_deleted(self):
        """Deleting mails one by one costs more than sending them: they stay."""
        self.env.ref("arm_dunning.mail_template_overdue").auto_delete = True
        mails = self.write_mails(3).mail_id
        self.assertEqual(self.send_queue(), 3)
        self.assertEqual(mails.exists(), mails)
        self.assertEqual(len(mails.mail_message_id.exists()), 3)

    def test_refused(self):
        """What the server refuses is a plain failure; the others go on."""

        def refuse(number):
            if number == 2:
                raise smtplib.SMTPDataError(554, b"we do not want this")

        messages = self.write_mails(3)
        self.assertEqual(self.send_queue(refuse), 3)
        mails = messages.mail_id.sorted("id")
        self.assertEqual(mails.mapped("state"), ["sent", "exception", "sent"])
        self.assertEqual(mails[1].failure_type, "unknown")
        self.assertIn("do not want", mails[1].failure_reason)
        self.assertIn("did not take", messages[1].action_ids.explanation)
        self.assertFalse(messages.account_id.activity_ids)

    def test_lost_connection(self):
        """Nobody knows whether it left: not repeated, and somebody has to find out."""
        messages = self.write_mails(3)
        messages[1].account_id.sudo().collector_id = self.manager
        self.assertEqual(self.send_queue(self.lose_connection), 2)
        unclear = messages[1].mail_id
        self.assertEqual(
            messages.mail_id.sorted("id").mapped("state"),
            ["sent", "exception", "outgoing"],
        )
        self.assertEqual(unclear.failure_type, "arm_unclear")
        self.assertIn(unclear.message_id, unclear.failure_reason)
        self.assertIn("Nobody knows", messages[1].action_ids.explanation)
        self.assertNotIn("Nobody knows", messages[0].action_ids.explanation)
        activity = messages[1].account_id.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn(unclear.message_id, html2plaintext(activity.note))
        self.assertEqual(self.send_queue(), 1, "only the third one")
        self.assertEqual(messages[2].mail_id.state, "sent")
        self.assertEqual(len(messages.account_id.activity_ids), 1)

    def test_left_by_a_killed_process(self):
        """What a process that was killed left marked is recorded by the next one."""
        messages = self.write_mails(2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_mail SET state = 'exception', failure_type = 'arm_leaving' "
            "WHERE id = %s",
            (messages[0].mail_id.id,),
        )
        self.env.invalidate_all()
        self.assertEqual(self.send_queue(), 1)
        self.assertEqual(
            messages.mail_id.sorted("id").mapped("state"), ["exception", "sent"]
        )
        self.assertEqual(messages[0].mail_id.failure_type, "arm_unclear")
        person = messages[0].account_id.activity_ids.user_id
        self.assertTrue(
            person.has_group("arm_receivables.group_receivables_manager"),
            "a credit manager, where nobody looks after the customer",
        )

    def test_send_again(self):
        """A person who has found out may send it again, while it is still owed."""
        messages = self.write_mails(3)
        self.send_queue(self.lose_connection)
        unclear = messages[1]
        collector = self.make_colleague("group_receivables_collector_all")
        with self.assertRaisesRegex(UserError, "Only a credit manager"):
            unclear.with_user(collector).action_send_again()
        with self.assertRaisesRegex(UserError, "have left, or wait"):
            messages[0].with_user(self.manager).action_send_again()
        with self.capture_triggers(self.queue.id) as captured:
            unclear.with_user(self.manager).action_send_again()
        self.assertTrue(captured.records)
        self.assertEqual(self.send_queue(), 2)
        self.assertEqual(set(messages.mail_id.mapped("state")), {"sent"})
        self.assertFalse(unclear.mail_id.failure_type)

    def test_not_again_when_paid(self):
        messages = self.write_mails(2)
        self.send_queue(self.lose_connection)
        with freeze_time(f"{TODAY} 09:00:00"):
            self._register_payment(messages[1].action_ids.item_id.move_id)
        with self.assertRaisesRegex(UserError, "paid or credited since"):
            messages[1].with_user(self.manager).action_send_again()

    def test_a_button_leaves_it_to_the_queue(self):
        """Where nothing may be committed, a mail of dunning is not sent; others are."""
        mail = self.write_mails(1).mail_id
        mails = self.env["mail.mail"]
        other = mails.create(
            {"email_to": "x@example.com", "body_html": "Hello", "subject": "Hello"}
        )
        self.assertEqual((mail | other)._filter_dunning(), mail)
        self.patch(type(mails), "_may_commit", lambda mails, auto_commit: auto_commit)
        with self.capture_triggers(self.queue.id) as captured, self.mail_server():
            (mail | other).send()
        self.assertTrue(captured.records)
        self.assertEqual((mail.state, other.state), ("outgoing", "sent"))

    def test_two_queries_a_mail(self):
        """Being exact costs two statements a mail."""
        counts = []
        for number, day in ((2, TODAY), (12, "2026-03-17")):
            self.write_mails(number, day)
            before = self.env.cr.sql_log_count
            self.send_queue()
            counts.append((self.env.cr.sql_log_count - before) / number)
        self.assertLess(counts[1], 40)
        self.assertLessEqual(counts[1], counts[0] + 1)

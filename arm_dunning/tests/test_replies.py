from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, DunningCommon

MAIL = """MIME-Version: 1.0
Date: Mon, 16 Mar 2026 10:00:00 +0000
From: "Anna" <{sender}>
To: {to}
Subject: Re: {subject}
Message-ID: <{name}@customer.example.com>
In-Reply-To: {reference}
References: {reference}
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

{text}

On Mon, 16 Mar 2026 at 08:00, Seller <accounts@seller.example.com> wrote:
> We will pay nothing on 17 March, says our own text.
"""


@tagged("post_install", "-at_install", "arm")
class TestReplies(DunningCommon):
    """Real mails through the mail gateway: read, understood, decided by a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create(
            {"name": "seller.example.com", "catchall_alias": "answers"}
        )
        cls.company.alias_domain_id = domain
        cls.make_task("First", 3, template="overdue")
        cls.collector = cls.make_colleague("group_receivables_collector_all")

    @classmethod
    def make_colleague(cls, group):
        return new_test_user(
            cls.env,
            f"r_{group}",
            groups=f"arm_receivables.{group}",
            email=f"{group}@seller.example.com",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self.invoice = self.post_invoice(self.customer, "2026-03-13")
        self.message = self.dun().message_ids
        self.account = self.message.account_id
        self.enterContext(freeze_time(f"{TODAY} 10:00:00"))

    def answer(self, text, name="1", sender="anna@example.com"):
        """The customer's mail comes in; returns what was understood."""
        mail = MAIL.format(
            text=text,
            name=name,
            sender=sender,
            to="answers@seller.example.com",
            subject=self.message.subject,
            reference=self.message.reference,
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, mail.encode())
        return self.env["arm.dunning.reply"].search(
            [("account_id", "=", self.account.id)], limit=1
        )

    def test_replies_come_back(self):
        """The address to answer to is the one where mails are collected."""
        self.assertIn("answers@seller.example.com", self.message.mail_id.reply_to)

    def test_promise(self):
        """Kept on the customer, paused, shown with its words; one click enters it."""
        reply = self.answer("Hello,\n\nwe will pay this on 20 March. Regards, Anna")
        self.assertEqual(
            (reply.kind, str(reply.date_promised)), ("promise", "2026-03-20")
        )
        self.assertEqual(reply.sentence, "we will pay this on 20 March.")
        self.assertEqual(reply.message_id, self.message)
        self.assertNotIn("our own text", reply.text)
        self.assertIn("pay this", self.account.message_ids[0].body)
        self.assertEqual(str(self.account.dunning_pause_until), "2026-03-21")
        activity = self.account.activity_ids
        self.assertIn("Promises to Pay", activity.summary)
        self.assertIn("we will pay this on 20 March.", activity.note)
        reply.with_user(self.collector).action_confirm()
        promise = self.env["arm.promise"].search([("account_id", "=", self.account.id)])
        self.assertEqual((str(promise.date), promise.amount), ("2026-03-20", 100))
        self.assertEqual(promise.item_ids.move_id, self.invoice)
        self.assertEqual((promise.channel, promise.note), ("email", reply.sentence))
        self.assertEqual((reply.state, reply.user_id), ("entered", self.collector))
        self.assertFalse(self.account.dunning_pause_until, "the promise holds it now")
        with self.assertRaises(UserError):
            reply.with_user(self.collector).action_confirm()

    def test_dates_in_the_language_of_the_writer(self):
        """A German company; its colleague in the United States has the month first."""
        self.assertEqual(self.customer.lang, "de_DE")
        al = {"name": "Al", "email": "al@example.com", "lang": "en_US"}
        self.env["res.partner"].create({**al, "parent_id": self.customer.id})
        text = "We will pay this on 04/05/2026."
        reply = self.answer(text, sender="somebody@example.com")
        self.assertEqual(str(reply.date_promised), "2026-05-04")
        reply = self.answer(text, name="2", sender="al@example.com")
        self.assertEqual(str(reply.date_promised), "2026-04-05")

    def test_dispute(self):
        reply = self.answer("The goods arrived damaged, we do not accept that.")
        self.assertEqual(reply.kind, "dispute")
        reply.with_user(self.collector).action_confirm()
        dispute = self.env["arm.dispute"].search([("account_id", "=", self.account.id)])
        self.assertEqual(dispute.line_ids.item_id.move_id, self.invoice)
        self.assertIn("damaged", dispute.description)
        self.assertEqual(reply.state, "entered")

    def test_a_promise_without_a_day(self):
        """The dialog asks for what the mail does not say."""
        reply = self.answer("We will pay soon.").with_user(self.collector)
        self.assertFalse(reply.can_confirm)
        window = reply.action_promise()
        promises = self.env["arm.promise"].with_user(self.collector)
        with Form(promises.with_context(**window["context"])) as form:
            form.date = "2026-03-25"
        self.assertEqual(form.record.reply_id, reply)
        self.assertEqual(reply.state, "entered")

    def test_nothing_happens_by_itself(self):
        """An absence pauses nobody; a colleague's mail is none; the same comes once."""
        away = self.answer("I am out of the office until Friday.")
        self.assertEqual((away.kind, away.state), ("absence", "done"))
        self.assertFalse(self.account.dunning_pause_until)
        self.assertFalse(self.account.activity_ids)
        last = self.answer("We will pay on Friday.", "2", sender=self.collector.email)
        self.assertEqual(last, away, "forwarded by one of us")
        self.assertFalse(self.env["arm.promise"].search_count([]))
        self.company.dunning_reply_days = 0
        other = self.answer("Thank you.", "3")
        self.assertEqual((other.kind, other.state), ("other", "new"))
        self.assertFalse(self.account.dunning_pause_until)

    def test_pause_and_end(self):
        """Left alone until somebody decides; a longer pause of a person stays."""
        reply = self.answer("Thank you for the reminder.")
        self.assertTrue(self.account.dunning_is_paused)
        reply.with_user(self.collector).action_set_done()
        self.assertFalse(self.account.dunning_is_paused)
        self.account.write(
            {"dunning_pause_until": "2026-06-01", "dunning_pause_reason": "Talks"}
        )
        reply = self.answer("Once more.", "2")
        self.assertFalse(reply.paused_until)
        reply.with_user(self.collector).action_set_done()
        self.assertEqual(str(self.account.dunning_pause_until), "2026-06-01")

    def test_who_decides(self):
        reply = self.answer("The price is wrong.")
        reader = self.make_colleague("group_receivables_reader")
        for action in ("action_confirm", "action_set_done", "action_promise"):
            with self.assertRaises(AccessError), mute_logger("odoo.http"):
                getattr(reply.with_user(reader), action)()
        own = self.make_colleague("group_receivables_collector")
        with self.assertRaises(AccessError), mute_logger("odoo.http"):
            reply.with_user(own).action_confirm()

    def test_answers_are_not_made_up(self):
        """Only the mail gateway enters answers, not a remote call."""
        account = self.account.with_user(self.collector)
        count = self.env["arm.dunning.reply"].search_count([])
        account.message_update(
            {"body": "We will pay on Friday.", "email_from": "x@y.z"}
        )
        self.assertEqual(self.env["arm.dunning.reply"].search_count([]), count)

    def test_purge(self):
        """Old answers lose their words, here and on the record; the fact stays."""
        reply = self.answer("The price is wrong.")
        note = self.account.message_ids.filtered(lambda m: "price" in m.body)
        self.assertTrue(note)
        purge = self.env["arm.dunning.purge"].sudo()
        self.assertEqual(purge._clear_replies(self.company, "2026-03-01"), 0)
        self.assertEqual(purge._clear_replies(self.company, "2026-04-01"), 1)
        self.assertEqual(
            (reply.text, reply.sentence, reply.kind), (False, False, "dispute")
        )
        self.assertFalse(note.body)

    # ------------------------------------------------------------- what does not arrive

    def bounce(self):
        """The mail of the run comes back, as core tells it."""
        self.customer.message_bounce += 1
        self.env["arm.dunning.message"]._note_bounce(
            {
                "bounced_msg_ids": [self.message.reference],
                "bounced_message": self.env["mail.message"],
                "body": "550 no such user",
            }
        )

    def test_bounce(self):
        """Work for an employee, once; the next reminder goes to the next contact."""
        self.make_task("Second", 10, template="second")
        self.bounce()
        self.bounce()
        activity = self.account.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn("550 no such user", activity.note)
        other = self.env["res.partner"].create(
            {
                "name": "Bert",
                "parent_id": self.customer.id,
                "type": "invoice",
                "email": "bert@example.com",
            }
        )
        message = self.dun("2026-03-23").message_ids
        self.assertEqual(message.recipient_id, other)
        self.assertEqual(message.email_to, "bert@example.com")

    def test_letter_instead(self):
        """Nobody can be mailed: the letter's text goes into the print queue."""
        second = self.make_task("Second", 10, template="second")
        letter = self.env.ref("arm_dunning.mail_template_letter_second")
        second.operation_ids.fallback_template_id = letter
        self.bounce()
        germany = self.env.ref("base.de")
        self.customer.write({"street": "A 1", "city": "B", "country_id": germany.id})
        self.customer.lang = "en_US"
        message = self.dun("2026-03-23").message_ids
        self.assertEqual(message.channel, "letter")
        self.assertIn("Please pay within seven days", message.body)
        row = self.actions_of(self.invoice).filtered(lambda a: a.task_id == second)
        self.assertEqual((row.state, row.letter_message_id), ("done", message))
        self.assertTrue(row.is_contact)

    def test_nobody_is_reached(self):
        """Held, and an employee is asked for an address, once."""
        lost = self.make_customer("Lost Ltd", email="")
        invoice = self.post_invoice(lost, "2026-03-13")
        for day in ("2026-03-17", "2026-03-18"):
            self.dun(day)
        row = self.actions_of(invoice)
        self.assertEqual((row.state, row.reason), ("held", "no_address"))
        self.assertEqual(len(row.account_id.activity_ids), 1)
        self.assertIn("address", row.account_id.activity_ids.summary)

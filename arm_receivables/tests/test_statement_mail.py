import re
from base64 import b64decode
from datetime import date
from io import BytesIO

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader

from .common import TODAY, ReceivablesCommon

FIRST_MONDAY = "2026-08-03"  # the first working day of that August


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestStatementMail(ReceivablesCommon):
    """Statements in the mail queue: asked for by a person, and by the schedule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.customer = cls.make_customer("Reader", email="reader@example.com")
        cls.german = cls.make_customer("Leser", email="leser@example.com", lang="de_DE")
        cls.silent = cls.make_customer("Silent")
        cls.debtors = cls.customer | cls.german | cls.silent
        for partner in cls.debtors:
            cls.post_invoice(partner, "2026-02-20", 1234.5)
        cls.accounts = cls.debtors.browse()
        accounts = [cls.account_of(partner) for partner in cls.debtors]
        cls.accounts = accounts[0].union(*accounts)
        cls.manager = cls.make_user("m_manager", "manager")
        cls.reader = cls.make_user("m_reader", "reader")

    def wizard(self, user=None, accounts=None, **values):
        wizard = self.env["arm.statement.make"].with_user(user or self.manager)
        return wizard.create({"account_ids": (accounts or self.accounts).ids, **values})

    def run_cron(self):
        with self.enter_registry_test_mode(), mute_logger("odoo.addons.mail.models"):
            self.env.ref("arm_receivables.ir_cron_statements").method_direct_trigger()

    def statements(self, **values):
        domain = [("account_id", "in", self.accounts.ids)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["arm.statement"].search(domain, order="account_id")

    # ----------------------------------------------------------------------- dialog

    def test_files_of_the_dialog(self):
        wizard = self.wizard(self.reader)
        wizard.action_pdf()
        self.assertEqual(wizard.told, "3 of 3 customers")
        self.assertTrue(wizard.file_name.endswith(".pdf"))
        self.assertEqual(len(PdfReader(BytesIO(b64decode(wizard.file))).pages), 3)
        wizard.action_xlsx()
        self.assertEqual(b64decode(wizard.file)[:2], b"PK")
        nobody = self.make_accounts(self.make_customer("Nobody"))
        with self.refused("nothing to tell"):
            self.wizard(accounts=nobody).action_pdf()
        with self.refused("ends before it starts", UserError):
            self.wizard(kind="activity", date="2026-01-01", date_from="2026-01-02")

    def test_readers_send_nothing(self):
        with self.assertRaises(AccessError):
            self.wizard(self.reader).action_send()
        with self.assertRaises(AccessError):
            self.env["arm.statement"].with_user(self.manager).create({})

    def test_mails_that_a_person_asks_for(self):
        """In the language of the customer, with the PDF; who cannot get it says why."""
        self.wizard().action_send()
        self.run_cron()
        sent, german, silent = (
            self.statements().filtered(lambda s, p=partner: s.partner_id == p)
            for partner in self.debtors
        )
        self.assertEqual((sent | german).mapped("state"), ["sent", "sent"])
        self.assertEqual(silent.state, "failed")
        self.assertIn("no e-mail address", silent.problem)
        self.assertEqual(sent.email_to, "reader@example.com")
        self.assertEqual(sent.user_id, self.manager)
        mail = sent.mail_id
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(
            (mail.model, mail.res_id), ("arm.customer.account", sent.account_id.id)
        )
        self.assertIn("USD 1,234.50", mail.body_html)
        self.assertIn("03/16/2026", mail.subject)
        self.assertIn("USD 1.234,50", german.mail_id.body_html)
        for words in ("Alle Einzelheiten", "Ihr Konto ansehen"):
            self.assertIn(words, german.mail_id.body_html)
        link = re.search(r'href="([^"]*/receivables/[^"]+)"', mail.body_html).group(1)
        opened = self.env["arm.customer.account"]._of_portal_link(link.split("/")[-1])
        self.assertEqual(opened, sent.account_id, "each their own page")
        text = PdfReader(BytesIO(mail.attachment_ids.raw)).pages[0].extract_text()
        self.assertIn("1,234.50", "".join(text.split()))
        # Once the address is there, it is sent again; the others are not.
        self.silent.email = "silent@example.com"
        self.statements().with_user(self.manager).action_retry()
        self.run_cron()
        self.assertEqual(silent.state, "sent")
        self.assertEqual(len(self.statements().mail_id), 3)

    def test_one_broken_customer_does_not_stop_the_others(self):
        """What goes wrong stays with the statement that it went wrong for."""
        self.silent.email = "silent@example.com"
        self.wizard(kind="activity", date_from="2026-01-01").action_send()
        broken = self.statements()[1]
        # A period that no person can ask for.
        self.env.cr.execute(
            "UPDATE arm_statement SET date_from = '2026-12-01' WHERE id = %s",
            (broken.id,),
        )
        self.env.invalidate_all()
        self.run_cron()
        self.assertEqual(self.statements().mapped("state"), ["sent", "failed", "sent"])
        self.assertIn("ends before it starts", broken.problem)

    def test_what_the_mail_server_says(self):
        """Refused, the statement has failed and can be sent again; later it is sent."""
        self.wizard().action_send()
        self.run_cron()
        statement = self.statements()[0]
        mail = statement.mail_id.sudo()
        mail.write({"state": "exception", "failure_reason": "550 no such user"})
        mail._postprocess_sent_message(success_pids=[], success_emails=[])
        self.assertEqual(statement.state, "failed")
        self.assertIn("550 no such user", statement.problem)
        mail.state = "sent"
        mail._postprocess_sent_message(success_pids=[], success_emails=[])
        self.assertEqual((statement.state, statement.problem), ("sent", False))

    # --------------------------------------------------------------------- schedule

    def test_first_working_day(self):
        for day, first in [
            ("2026-08-20", date(2026, 8, 3)),
            ("2026-03-31", date(2026, 3, 2)),
            ("2026-04-01", date(2026, 4, 1)),
        ]:
            today = date.fromisoformat(day)
            self.assertEqual(self.company._get_statement_day(today), first)
            self.company.resource_calendar_id, calendar = (
                False,
                self.company.resource_calendar_id,
            )
            self.assertEqual(self.company._get_statement_day(today), first)
            self.company.resource_calendar_id = calendar
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-08-03 00:00:00",
                "date_to": "2026-08-03 23:59:59",
            }
        )
        self.assertEqual(
            self.company._get_statement_day(date(2026, 8, 20)), date(2026, 8, 4)
        )

    def test_once_a_month_and_customer(self):
        """On the first working day, by the customer's setting, and never twice."""
        self.silent.email = "silent@example.com"
        own, german, silent = self.accounts
        self.company.statement_schedule = "open"
        german.statement_schedule = "activity"
        silent.statement_schedule = "none"
        with freeze_time("2026-08-02 12:00:00"):
            self.run_cron()
            self.assertFalse(self.statements())
        with freeze_time(f"{FIRST_MONDAY} 12:00:00"):
            self.run_cron()
            rows = self.statements(month="2026-08")
            self.assertEqual(rows.account_id, own | german)
            self.assertEqual(rows.mapped("date"), [date(2026, 8, 3), date(2026, 7, 31)])
            self.assertEqual(rows[1].date_from, date(2026, 7, 1))
            self.assertEqual(rows.mapped("state"), ["sent", "sent"])
            # Killed after the rows were made, before the company was marked.
            self.company.statement_month = False
            self.run_cron()
            self.assertEqual(self.statements(), rows)
            self.assertEqual(len(rows.mail_id), 2)
        with freeze_time("2026-09-15 12:00:00"):
            self.run_cron()
            self.assertEqual(self.statements(), rows)  # two weeks late: not any more
        with freeze_time("2026-10-02 12:00:00"):
            self.run_cron()
            self.assertEqual(len(self.statements(month="2026-10")), 2)

    def test_queries_do_not_grow_with_statements(self):
        """Ten times as many mails take the same queries but for the rows themselves."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Many {n}", "is_company": True, "email": f"m{n}@example.com"}
                for n in range(33)
            ]
        )
        moves = self.env["account.move"].union(
            *(self.make_invoice(partner, "2026-02-20") for partner in partners)
        )
        moves.action_post()
        model = self.env["arm.customer.account"]
        model._refresh(self.company, partners)
        accounts = model.search([("partner_id", "in", partners.ids)])
        self.env.flush_all()
        self.env.cr.execute("ANALYZE account_move_line, account_move, res_partner")
        counts = []
        for batch in (accounts[:3], accounts[3:]):
            queued = self.env["arm.statement"]._queue(batch, "open").sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            queued._send()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(queued.mapped("state")), {"sent"})
        # Attachments are one file each; all else is in batches.
        self.assertLessEqual(counts[1] - counts[0], 40, counts)

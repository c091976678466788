import re
from decimal import Decimal

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from ..tools.customer_page import page_figures, read_day, read_ids, read_number
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPortalRequest(ReceivablesCommon):
    """What customers ask for: who may answer, and the figures of their page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("r_collector", "collector")
        cls.manager = cls.make_user("r_manager", "manager")
        cls.customer = cls.make_customer("Asking Ltd", email="a@asking.example")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-01", 100)
        cls.account = cls.account_of(cls.customer)
        cls.account.sudo().collector_id = cls.collector
        cls.item = cls.invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def ask(self, kind="copy", items=None, **values):
        account = self.account.sudo()
        nobody = self.env["res.partner"]
        items = self.item if items is None else items
        return account._portal_request(kind, items.sudo(), nobody, **values)

    def test_who_may_answer(self):
        """The collector of the customer and managers; others neither see nor decide."""
        request = self.ask("remittance")
        self.assertEqual(request.user_id, self.collector)
        foreign = self.make_user("r_foreign", "collector")
        reader = self.make_user("r_reader", "reader")
        for user in (foreign, reader):
            with self.assertRaises(AccessError):
                request.with_user(user).action_accept()
        mine = request.with_user(self.collector).sudo(False)
        with self.assertRaises(AccessError):
            mine.state = "accepted"
        with self.assertRaises(AccessError):
            mine.value_new = "other@example.com"
        mine.answer = "Thank you"
        mine.action_accept()
        with self.refused("answered already", UserError):
            mine.action_reject()

    def test_paid_meanwhile(self):
        request = self.ask("promise", date="2026-03-20")
        self.pay(self.invoice)
        with self.refused("nothing of this is open any more"):
            request.with_user(self.manager).sudo(False).action_accept()

    def test_known_billing_contact_is_taken(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Bea",
                "email": "Bea@asking.example",
                "parent_id": self.customer.id,
            }
        )
        request = self.account.sudo()._portal_correct(
            "billing", {"value": "bea@asking.example"}, self.item.browse(), contact
        )
        request.with_user(self.manager).sudo(False).action_accept()
        self.assertEqual(contact.type, "invoice")
        self.assertEqual(len(self.customer.child_ids), 1)

    def test_limits_are_not_negative(self):
        for name in ("dispute_portal_amount_red", "plan_portal_instalments_green"):
            with self.refused("cannot be below zero", ValidationError):
                self.company[name] = -1

    def test_on_the_time_line(self):
        request = self.ask("copy")
        self.env.flush_all()
        events = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account.id), ("kind", "=", "request")]
        )
        self.assertEqual(events.res_id, request.id)
        self.assertEqual(events.description, "Copy of Invoices")

    # ------------------------------------------------------------------------- answer

    def answers(self, requests):
        return self.env["mail.mail"].search(
            [("model", "=", requests._name), ("res_id", "in", requests.ids)]
        )

    def test_the_answer_is_mailed(self):
        """In the language of who asked, with a link to the page; once."""
        self.env["res.lang"]._activate_lang("de_DE")
        modules = self.env["ir.module.module"]
        modules._load_module_terms(["arm_receivables"], ["de_DE"])
        contact = self.env["res.partner"].create(
            {
                "name": "Anna",
                "email": "anna@asking.example",
                "parent_id": self.customer.id,
                "lang": "de_DE",
            }
        )
        account = self.account.sudo()
        request = account._portal_request("dispute", self.item.sudo(), contact)
        request.reason_id = self.env.ref("arm_receivables.arm_dispute_reason_price")
        template = self.env.ref("arm_receivables.mail_template_portal_answer")
        template.with_context(lang="de_DE").subject = "Antwort: {{ object.asked_text }}"
        mine = request.with_user(self.collector).sudo(False)
        mine.answer = "First line\n<b>Second</b>"
        mine.action_reject()
        mail = self.answers(request)
        self.assertEqual((len(mail), mail.state), (1, "outgoing"))
        self.assertEqual(mail.recipient_ids, contact)
        self.assertTrue(mail.subject.startswith("Antwort: "))
        self.assertIn(self.invoice.name, mail.subject)
        self.assertNotIn(self.customer.name, mail.subject)
        for part in ("Anna", "&lt;b&gt;Second", "/my/receivables", "Leider können wir"):
            self.assertIn(part, mail.body_html)
        self.assertNotIn("<b>Second", mail.body_html)

    def test_whom_the_answer_goes_to(self):
        """Without a login the contact for letters, with a signed link; or nobody."""
        request = self.ask("promise", date="2026-03-20")
        request.with_user(self.manager).sudo(False).action_accept()
        mail = self.answers(request)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("We agree, and have noted the day", mail.body_html)
        link = re.search(r"/receivables/([^\"]+)", mail.body_html)[1]
        found = self.env["arm.customer.account"]._of_portal_link(link)
        self.assertEqual(found, self.account)
        self.customer.email = False
        quiet = self.ask("correction", detail="phone", value_new="+49 30 1234567")
        quiet.with_user(self.manager).sudo(False).action_reject()
        self.assertFalse(self.answers(quiet))
        self.assertIn("no address is known", quiet.message_ids[:1].body)

    def test_what_needs_no_answer(self):
        """An advice was only taken note of; with a word, or refused, it is told."""
        noted, worded, refused = (self.ask("remittance") for _number in range(3))
        worded.answer = "Which invoice is it for?"
        (noted | worded).with_user(self.manager).sudo(False).action_accept()
        refused.with_user(self.manager).sudo(False).action_reject()
        mails = self.answers(noted | worded | refused)
        self.assertEqual(set(mails.mapped("res_id")), {worded.id, refused.id})

    def test_template_that_somebody_deleted(self):
        self.env.ref("arm_receivables.mail_template_portal_answer").unlink()
        request = self.ask("promise", date="2026-03-20")
        request.with_user(self.manager).sudo(False).action_accept()
        self.assertEqual(request.state, "accepted")
        self.assertIn("deleted the template", request.message_ids[:1].body)

    def test_link_is_not_for_everybody(self):
        request = self.ask("promise", date="2026-03-20")
        reader = self.make_user("r_link", "reader")
        with self.assertRaises(AccessError):
            request.with_user(reader).sudo(False).read(["answer_link_html"])

    def test_queries_of_many_answers(self):
        """The mails of many answers are made in one go."""

        def queries(count):
            requests = self.env["arm.portal.request"].union(
                *(self.ask("promise", date="2026-03-20") for _number in range(count))
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            requests._tell_customer()
            self.env.flush_all()
            return self.cr.sql_log_count - start

        queries(2)
        few = queries(2)
        self.assertLessEqual(queries(20), few + 10)

    # ------------------------------------------------------------------------ figures

    def test_figures_are_those_of_the_pure_function(self):
        for due, amount in (
            ("2026-03-16", 10),
            ("2026-03-17", 20.5),
            ("2026-02-14", 30),
            ("2026-02-13", 40),
            ("2025-01-01", 50),
        ):
            self.post_invoice(self.customer, due, amount)
        credit = self.make_invoice(
            self.customer, "2026-03-01", 15, move_type="out_refund"
        )
        credit.action_post()
        lines = self.env["account.move.line"].search(
            self.account._get_open_items_domain()
        )
        today = self.company._local_today()
        limits = self.company._get_aging_limits()
        wanted = page_figures(
            [
                (line.date_maturity, Decimal(str(line.amount_residual_currency)))
                for line in lines
            ],
            limits,
            today,
        )
        (row,) = self.account.sudo()._get_portal_figures()
        self.assertEqual(
            (row["balance"], row["credits"], row["overdue"], row["next_due"]),
            (wanted.balance, wanted.credits, wanted.overdue, wanted.next_due),
        )
        self.assertEqual(
            tuple(part["amount"] for part in row["buckets"]), wanted.buckets
        )
        self.assertEqual(row["count"], wanted.count)

    def test_queries_do_not_grow_with_the_items(self):
        """The page shows one page of items; its figures are one query."""
        account = self.account.sudo()

        def queries():
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            account._get_portal_figures()
            account._get_portal_agreements()
            return self.cr.sql_log_count - start

        queries()
        few = queries()
        for _number in range(10):
            self.post_invoice(self.customer, "2026-03-01", 10)
            self.ask("copy")
        self.env.flush_all()
        self.env.cr.execute("ANALYZE account_move_line")
        self.assertLessEqual(queries(), few + 1)

    def test_what_a_browser_sends(self):
        """Ids, days and numbers are read strictly."""
        self.assertEqual(read_ids(["1", "22"]), [1, 22])
        for wrong in (["-1"], ["1.0"], ["٣"], ["1" * 10], [""], ["1"] * 201):
            self.assertIsNone(read_ids(wrong))
        today = self.company._local_today()
        self.assertEqual(read_day("2026-03-16", today), today)
        for wrong in (None, "", "2026-13-01", "2030-01-01", "16.03.2026"):
            self.assertIsNone(read_day(wrong, today))
        self.assertEqual(read_number(" 3 ", 2, 60), 3)
        for wrong in ("1", "61", "x", "", None, "3.5"):
            self.assertIsNone(read_number(wrong, 2, 60))

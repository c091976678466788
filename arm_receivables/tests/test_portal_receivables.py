from datetime import timedelta
from urllib.parse import urlsplit

from odoo import Command, http
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import ReceivablesCommon


class PortalCommon(ReceivablesCommon, HttpCase):
    """A customer with two invoices and a login, and a stranger with one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._local_today()
        cls.customer = cls.make_customer("Portal Ltd", email="office@portal.example")
        cls.other = cls.make_customer("Stranger Ltd")
        cls.invoice, cls.second, cls.foreign = (
            cls.post_invoice(partner, "2026-03-01", 100)
            for partner in (cls.customer, cls.customer, cls.other)
        )
        cls.account, cls.stranger = (
            cls.account_of(partner) for partner in (cls.customer, cls.other)
        )
        cls.contact = cls.env["res.partner"].create(
            {"name": "Pat Contact", "parent_id": cls.customer.id}
        )
        cls.login = new_test_user(
            cls.env,
            "portal_pat",
            groups="base.group_portal",
            partner_id=cls.contact.id,
        )
        cls.reason = cls.env.ref("arm_receivables.arm_dispute_reason_price")
        cls.set_limits("promise_portal_days", 30)
        cls.set_limits("dispute_portal_amount", 10000)
        cls.collector = cls.make_user("portal_collector", "collector_all")

    @classmethod
    def set_limits(cls, name, value):
        """What is done without asking, whatever the status of the customer."""
        statuses = ("green", "yellow", "red")
        cls.company.write({f"{name}_{status}": value for status in statuses})

    def item_of(self, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def token_of(self, account):
        link = account.with_user(self.collector).portal_link
        return urlsplit(link).path.rpartition("/")[2]

    def post(self, account_id, action, items=(), token=None, files=None, **data):
        data.update(item=[item.id for item in items])
        data["csrf_token"] = http.Request.csrf_token(self)
        root = f"/receivables/{token}" if token else "/my/receivables"
        return self.url_open(f"{root}/{account_id}/{action}", data=data, files=files)

    def requests_of(self, accounts):
        return self.env["arm.portal.request"].search(
            [("account_id", "in", accounts.ids)]
        )


@tagged("post_install", "-at_install", "arm")
class TestPortalReceivables(PortalCommon):
    """The customer's page: what they see and enter, and nothing of anybody else."""

    # ------------------------------------------------------------------------- pages

    def test_page_of_the_company(self):
        """Every contact of the company sees its items, and nobody else's."""
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.invoice.name, page.text)
        self.assertNotIn(self.foreign.name, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn('<html lang="en-US"', page.text)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/receivables").url)

    def test_filter_search_sort_and_pager(self):
        """Whatever the browser sends; unknown words show everything."""
        self.second.ref = "PO-4711"
        later = self.post_invoice(
            self.customer, self.today + timedelta(days=9), invoice_date="2026-03-01"
        )
        self.authenticate("portal_pat", "portal_pat")

        def shown(query):
            text = self.url_open(f"/my/receivables?{query}").text
            moves = self.invoice | self.second | later
            return moves.filtered(lambda move: f">{move.name}</label>" in text)

        everything = self.invoice | self.second | later
        self.assertEqual(shown("filterby=overdue"), self.invoice | self.second)
        self.assertEqual(shown("filterby=later"), later)
        self.assertFalse(shown("filterby=credit"))
        self.assertEqual(shown("search=4711"), self.second)
        self.assertEqual(shown("search=%25"), everything.browse())
        self.assertEqual(shown("filterby=x&sortby=y&of=1-1&page=z&search="), everything)
        for name in ("due", "newest", "amount", "document"):
            self.assertEqual(shown(f"sortby={name}"), everything)
        self.assertEqual(self.url_open("/my/receivables/page/99").status_code, 200)
        newest = self.url_open("/my/receivables?sortby=newest").text
        self.assertLess(
            newest.index(f">{later.name}</label>"),
            newest.index(f">{self.invoice.name}</label>"),
        )

    def test_one_currency_at_a_time(self):
        """Balances of two currencies stand side by side and are never added."""
        foreign = self.setup_other_currency("HRK")
        invoice = self.post_invoice(
            self.customer, "2026-03-01", 77.77, currency_id=foreign.id
        )
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertIn("77.77", page)
        self.assertEqual(page.count(f">{invoice.name}</label>"), 0)
        chosen = f"of={self.account.id}-{foreign.id}"
        page = self.url_open(f"/my/receivables?{chosen}").text
        self.assertIn(f">{invoice.name}</label>", page)
        self.assertNotIn(f">{self.invoice.name}</label>", page)
        items = self.item_of(self.invoice) | self.item_of(invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertIn("one currency at a time", answer.text)

    def test_two_companies(self):
        """Who buys from two companies sees both accounts, each on its own."""
        company = self.setup_other_company()["company"]
        invoice = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-01-15",
                    "invoice_line_ids": [
                        Command.create({"name": "Parts", "price_unit": 55})
                    ],
                }
            )
        )
        invoice.action_post()
        elsewhere = self.account_of(self.customer, company)
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertIn(company.name, page)
        of = f"{elsewhere.id}-{invoice.currency_id.id}"
        page = self.url_open(f"/my/receivables?of={of}").text
        self.assertIn(f">{invoice.name}</label>", page)
        # An item of the one cannot be promised to the other.
        answer = self.post(
            self.account.id, "promise", self.item_of(invoice), day=str(self.today)
        )
        self.assertEqual(answer.status_code, 404)
        # The link of one company does not open the account of the other.
        self.authenticate(None, None)
        token = self.token_of(self.account)
        page = self.url_open(f"/receivables/{token}?of={of}").text
        self.assertNotIn(company.name, page)
        answer = self.post(
            elsewhere.id, "promise", self.item_of(invoice), token, day=str(self.today)
        )
        self.assertEqual(answer.status_code, 404)

    def test_contact_who_left(self):
        """Who works for another company now sees that one's account."""
        self.contact.parent_id = self.other
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertNotIn(self.invoice.name, page)
        self.assertIn(self.foreign.name, page)
        items = self.item_of(self.invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertEqual(answer.status_code, 404)

    def test_role_of_the_contact(self):
        """The address of a delivery tells what is wrong, and settles no debts."""
        self.contact.type = "delivery"
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertIn("Tell us what is wrong", page)
        self.assertNotIn("Promise to pay", page)
        items = self.item_of(self.invoice)
        for action in ("promise", "pay", "plan", "remittance", "correct"):
            answer = self.post(self.account.id, action, items, day=str(self.today))
            self.assertEqual(answer.status_code, 404, action)
        self.assertFalse(self.account.promise_ids)
        self.assertFalse(self.requests_of(self.account))
        answer = self.post(self.account.id, "dispute", items, reason=self.reason.id)
        self.assertIn("we look into it", answer.text)

    def test_signed_link(self):
        """Opens one account without login, until it expires or is revoked."""
        self.authenticate(None, None)
        token = self.token_of(self.account)
        page = self.url_open(f"/receivables/{token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.invoice.name, page.text)
        self.assertNotIn(self.foreign.name, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        for wrong in (token[:-3] + "AAA", "x", "AQ", "é", token + "A" * 9):
            answer = self.url_open(f"/receivables/{wrong}")
            self.assertEqual(answer.status_code, 404, wrong)
        with freeze_time(self.today + timedelta(days=32)):
            self.assertFalse(self.env["arm.customer.account"]._of_portal_link(token))
        self.account.with_user(self.collector).action_revoke_portal_links()
        self.assertEqual(self.url_open(f"/receivables/{token}").status_code, 404)

    def test_in_the_language_of_the_customer(self):
        """A link speaks it, forms and answers too; it is told to screen readers."""
        self.authenticate(None, None)
        items = self.item_of(self.invoice)
        for lang, words, answer in (
            ("de_DE", ("Ihr Konto", "Überfällig", "Zahlung zusagen"), "Bitte wählen"),
            ("fr_FR", ("Votre compte", "En retard", "Payer"), "Veuillez choisir"),
            ("pl_PL", ("Twoje konto", "Po terminie", "Obiecaj"), "Proszę wybrać"),
        ):
            self.customer.lang = lang
            token = self.token_of(self.account)
            page = self.url_open(f"/receivables/{token}").text
            self.assertIn(f'<html lang="{lang.replace("_", "-")}"', page)
            for text in words:
                self.assertIn(text, page)
            told = self.post(self.account.id, "promise", items, token, day="")
            self.assertIn(answer, told.text)

    def test_document(self):
        """The PDF that was sent, and only of the customer's own open items."""
        for move in (self.invoice, self.foreign):
            self.env["ir.attachment"].create(
                {
                    "name": "Invoice.pdf",
                    "raw": b"%PDF-1.4 paper",
                    "res_model": "account.move",
                    "res_id": move.id,
                    "res_field": "invoice_pdf_report_file",
                }
            )
            move.invalidate_recordset(["invoice_pdf_report_id"])
        self.authenticate("portal_pat", "portal_pat")
        path = f"/my/receivables/{self.account.id}/document"
        answer = self.url_open(f"{path}/{self.item_of(self.invoice).id}")
        self.assertEqual(answer.content, b"%PDF-1.4 paper")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        for wrong in (self.item_of(self.second), self.item_of(self.foreign)):
            self.assertEqual(self.url_open(f"{path}/{wrong.id}").status_code, 404)
        self.authenticate(None, None)
        answer = self.url_open(f"{path}/{self.item_of(self.invoice).id}")
        self.assertEqual(answer.status_code, 404)

    # ----------------------------------------------------------------------- actions

    def test_promise_and_dispute_with_a_link(self):
        self.authenticate(None, None)
        token = self.token_of(self.account)
        day = str(self.today)
        answer = self.post(
            self.account.id, "promise", self.item_of(self.invoice), token, day=day
        )
        self.assertIn("noted the day", answer.text)
        promise = self.account.promise_ids
        self.assertEqual((promise.amount, promise.channel), (100, "portal"))
        answer = self.post(
            self.account.id,
            "dispute",
            self.item_of(self.second),
            token,
            reason=self.reason.id,
            text="<b>Wrong</b> price",
        )
        dispute = self.env["arm.dispute"].search([("account_id", "=", self.account.id)])
        self.assertIn(dispute.name, answer.text)
        self.assertEqual(dispute.description, "<b>Wrong</b> price")
        reasons = (self.item_of(self.invoice) | self.item_of(self.second)).mapped(
            "hold_reason"
        )
        self.assertEqual(reasons, ["promise", "dispute"])
        page = self.url_open(f"/receivables/{token}?filterby=agreed").text
        self.assertIn(f">{self.invoice.name}</label>", page)

    def test_evidence_of_the_customer(self):
        self.authenticate("portal_pat", "portal_pat")
        files = {"file": ("pallet.html", b"<script>alert(1)</script>", "text/html")}
        items = self.item_of(self.invoice)
        self.post(self.account.id, "dispute", items, None, files, reason=self.reason.id)
        dispute = self.env["arm.dispute"].search([("account_id", "=", self.account.id)])
        self.assertEqual(dispute.contact_id, self.contact)
        self.assertEqual(dispute.attachment_ids.name, "pallet.html")
        self.assertEqual(dispute.attachment_ids.mimetype, "text/plain")
        self.assertNotIn(self.contact, dispute.message_partner_ids)

    def test_later_day_is_asked_for(self):
        """Beyond what the status allows, the collector decides."""
        self.set_limits("promise_portal_days", 0)
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertIn("passed your question on", answer.text)
        self.assertIn("We answer soon", answer.text)
        self.assertFalse(self.account.promise_ids)
        request = self.requests_of(self.account)
        self.assertIn(self.invoice.name, request.activity_ids.summary)
        request.with_user(self.collector).action_accept()
        promise = self.account.promise_ids
        self.assertEqual((promise.date, promise.amount), (self.today, 100))
        self.assertFalse(request.activity_ids)
        self.assertEqual(request.closed_by_id, self.collector)

    def test_large_dispute_is_looked_at_first(self):
        """All disputes together count, so that many small ones do not pass."""
        self.set_limits("dispute_portal_amount", 150)
        self.authenticate("portal_pat", "portal_pat")
        data = {"reason": self.reason.id, "text": "Broken"}
        first, second = self.item_of(self.invoice), self.item_of(self.second)
        answer = self.post(self.account.id, "dispute", first, **data)
        self.assertIn("Your reference", answer.text)
        answer = self.post(self.account.id, "dispute", second, **data)
        self.assertIn("somebody looks into it", answer.text)
        self.assertEqual(first.hold_reason, "dispute")
        self.assertFalse(second.hold_id)
        request = self.requests_of(self.account)
        request.with_user(self.collector).action_accept()
        second.invalidate_recordset()
        self.assertEqual(second.hold_reason, "dispute")

    def test_plan_is_proposed_and_agreed(self):
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        data = {"count": "2", "first": str(self.today), "every": "month"}
        answer = self.post(self.account.id, "plan", items, **data)
        self.assertIn("we look at your plan", answer.text)
        request = self.requests_of(self.account)
        plan = request.plan_id
        self.assertEqual((plan.state, len(plan.line_ids)), ("proposed", 2))
        request.with_user(self.collector).answer = "Too long, sorry."
        request.with_user(self.collector).action_reject()
        self.assertEqual(plan.state, "cancelled")
        page = self.url_open("/my/receivables").text
        self.assertIn("Too long, sorry.", page)
        self.set_limits("plan_portal_instalments", 3)
        answer = self.post(self.account.id, "plan", items, **data)
        self.assertIn("your payment plan is agreed", answer.text)
        self.assertEqual(items.hold_reason, "plan")
        for wrong in ({"count": "1"}, {"count": "x"}, {"first": ""}, {"every": "day"}):
            answer = self.post(self.account.id, "plan", items, **{**data, **wrong})
            self.assertIn("Choose invoices, how many", answer.text)

    def test_remittance_advice(self):
        self.authenticate("portal_pat", "portal_pat")
        answer = self.post(self.account.id, "remittance")
        self.assertIn("Add a file", answer.text)
        files = {"advice_file": ("advice.csv", b"INV;100", "text/csv")}
        answer = self.post(
            self.account.id, "remittance", (), None, files, advice="Paid on Monday"
        )
        self.assertIn("we assign your payment", answer.text)
        request = self.requests_of(self.account)
        self.assertEqual(request.attachment_ids.name, "advice.csv")
        self.assertEqual(request.note, "Paid on Monday")
        request.with_user(self.collector).action_accept()
        self.assertEqual(request.state, "accepted")

    def test_corrections_wait_for_an_employee(self):
        """Nothing changes until somebody has looked at it."""
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        self.post(
            self.account.id, "correct", detail="email", value="New@Portal.example"
        )
        self.post(self.account.id, "correct", detail="phone", value="+49 30 123456")
        self.post(
            self.account.id,
            "correct",
            detail="billing",
            name="Bea Books",
            value="bea@portal.example",
        )
        self.post(
            self.account.id, "correct", items, detail="order_number", order_number="PO1"
        )
        self.assertEqual(self.customer.email, "office@portal.example")
        requests = self.requests_of(self.account)
        self.assertEqual(len(requests), 4)
        self.assertEqual(
            requests.filtered(lambda x: x.detail == "email").value_old,
            "office@portal.example",
        )
        requests.with_user(self.collector).action_accept()
        self.assertEqual(self.customer.email, "new@portal.example")
        self.assertEqual(self.customer.phone, "+49 30 123456")
        self.assertEqual(self.invoice.ref, "PO1")
        billing = self.customer.child_ids.filtered(lambda c: c.type == "invoice")
        self.assertEqual(
            (billing.name, billing.email), ("Bea Books", "bea@portal.example")
        )

    def test_wrong_corrections(self):
        self.authenticate("portal_pat", "portal_pat")
        for detail, value, words in (
            ("email", "nobody", "enter an e-mail address"),
            ("phone", "<script>", "enter a telephone number"),
            ("billing", "", "contact&#39;s e-mail address"),
            ("email", "office@portal.example", "what we have already"),
            ("order_number", "PO1", "Choose the invoices"),
            ("credit_limit", "1000000", "cannot be changed here"),
            ("", "x", "cannot be changed here"),
        ):
            answer = self.post(self.account.id, "correct", detail=detail, value=value)
            self.assertIn(words, answer.text.replace("’", "&#39;"), detail)
        self.assertFalse(self.requests_of(self.account))

    # -------------------------------------------------------------------------- safe

    def test_too_much_in_a_day(self):
        """However it is shared out among the kinds of entries."""
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        for _number in range(20):
            answer = self.post(self.account.id, "copy", items)
            self.assertIn("we send you the copies", answer.text)
        for action, data in (
            ("copy", {}),
            ("promise", {"day": str(self.today)}),
            ("dispute", {"reason": self.reason.id}),
            ("plan", {"count": 2, "first": str(self.today), "every": "week"}),
            ("remittance", {"advice": "Paid"}),
            ("correct", {"detail": "phone", "value": "+49 30 123456"}),
        ):
            answer = self.post(self.account.id, action, items, **data)
            self.assertIn("Please telephone us", answer.text, action)
        self.assertEqual(len(self.requests_of(self.account)), 20)
        self.assertFalse(self.account.promise_ids)

    def test_others_answer_404(self):
        """Foreign and guessed ids, alone and mixed in, with login, link and neither."""
        mine, foreign = self.item_of(self.invoice), self.item_of(self.foreign)
        nothing = self.env["arm.customer.account"].search([], order="id desc", limit=1)
        unknown = nothing.id + 100
        token = self.token_of(self.account)
        data = {"day": str(self.today), "reason": self.reason.id, "count": "2"}
        data |= {"first": str(self.today), "every": "month", "advice": "Paid"}
        data |= {"detail": "order_number", "order_number": "PO1"}
        actions = ("promise", "dispute", "plan", "copy", "remittance", "correct", "pay")
        for login in ("portal_pat", None):
            self.authenticate(login, login)
            key = None if login else token
            for account_id, items in (
                (self.stranger.id, foreign),
                (self.stranger.id, mine),
                (unknown, mine),
                (self.account.id, foreign),
                (self.account.id, mine | foreign),
            ):
                for action in actions:
                    answer = self.post(account_id, action, items, key, **data)
                    self.assertEqual(answer.status_code, 404, (login, action))
        self.authenticate(None, None)
        for key in (None, self.token_of(self.stranger), token[:-3] + "AAA", "x"):
            for action in actions:
                answer = self.post(self.account.id, action, mine, key, **data)
                self.assertEqual(answer.status_code, 404, (key, action))
        partners = (self.customer | self.other).ids
        for model in ("arm.promise", "arm.dispute", "arm.payment.plan"):
            self.assertFalse(self.env[model].search([("partner_id", "in", partners)]))
        self.assertFalse(self.requests_of(self.account | self.stranger))

    def test_no_entry_from_another_site(self):
        """A form without the session's own token changes nothing."""
        self.authenticate("portal_pat", "portal_pat")
        data = {"item": self.item_of(self.invoice).id, "day": str(self.today)}
        path = f"/my/receivables/{self.account.id}/promise"
        with mute_logger("odoo.http"):
            answer = self.url_open(path, data=data)
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.account.promise_ids)

    def test_bad_input_is_told_in_words(self):
        self.authenticate("portal_pat", "portal_pat")
        mine = self.item_of(self.invoice)
        for data in ({"day": "tomorrow"}, {"day": ""}, {"day": "9999-12-31"}, {}):
            answer = self.post(self.account.id, "promise", mine, **data)
            self.assertIn("Choose invoices and a day", answer.text)
        answer = self.post(self.account.id, "promise", mine, day="2020-01-01")
        self.assertIn("is past", answer.text)
        answer = self.post(self.account.id, "dispute", mine, reason="0")
        self.assertIn("what is wrong with them", answer.text)

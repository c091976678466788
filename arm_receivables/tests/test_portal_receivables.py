from datetime import timedelta
from urllib.parse import urlsplit

from odoo import Command, http
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
class TestPortalReceivables(ReceivablesCommon, HttpCase):
    """The customer's page: what they see and enter, and nothing of anybody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._local_today()
        cls.customer = cls.make_customer("Portal Ltd")
        cls.other = cls.make_customer("Stranger Ltd")
        cls.invoice, cls.second, cls.foreign = (
            cls.post_invoice(partner, "2026-03-01", 100)
            for partner in (cls.customer, cls.customer, cls.other)
        )
        cls.account, cls.stranger = (
            cls.account_of(partner) for partner in (cls.customer, cls.other)
        )
        contact = cls.env["res.partner"].create(
            {"name": "Pat Contact", "parent_id": cls.customer.id}
        )
        cls.login = new_test_user(
            cls.env, "portal_pat", groups="base.group_portal", partner_id=contact.id
        )
        cls.reason = cls.env.ref("arm_receivables.arm_dispute_reason_price")
        cls.accept_promises(30)
        cls.collector = cls.make_user("portal_collector", "collector_all")

    @classmethod
    def accept_promises(cls, days):
        """Up to so many days, whatever the status of the customer."""
        names = (f"promise_portal_days_{s}" for s in ("green", "yellow", "red"))
        cls.company.write(dict.fromkeys(names, days))

    def item_of(self, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def token_of(self, account):
        link = account.with_user(self.collector).portal_link
        return urlsplit(link).path.rpartition("/")[2]

    def post(self, account_id, action, items=(), token=None, **data):
        data.update(item=[item.id for item in items])
        data["csrf_token"] = http.Request.csrf_token(self)
        if token:
            data["token"] = token
        return self.url_open(f"/my/receivables/{account_id}/{action}", data=data)

    # ------------------------------------------------------------------------- pages

    def test_page_of_the_company(self):
        """Every contact of the company sees its items, and nobody else's."""
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.invoice.name, page.text)
        self.assertNotIn(self.foreign.name, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/receivables").url)

    def test_contact_who_left(self):
        """Who works for another company now sees that one's account."""
        self.login.partner_id.parent_id = self.other
        self.authenticate("portal_pat", "portal_pat")
        page = self.url_open("/my/receivables").text
        self.assertNotIn(self.invoice.name, page)
        self.assertIn(self.foreign.name, page)
        items = self.item_of(self.invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertEqual(answer.status_code, 404)

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

    def test_evidence_of_the_customer(self):
        self.authenticate("portal_pat", "portal_pat")
        data = {
            "csrf_token": http.Request.csrf_token(self),
            "item": self.item_of(self.invoice).id,
            "reason": self.reason.id,
        }
        files = {"file": ("pallet.html", b"<script>alert(1)</script>", "text/html")}
        self.url_open(f"/my/receivables/{self.account.id}/dispute", data, files)
        dispute = self.env["arm.dispute"].search([("account_id", "=", self.account.id)])
        self.assertEqual(dispute.contact_id, self.login.partner_id)
        self.assertEqual(dispute.attachment_ids.name, "pallet.html")
        self.assertEqual(dispute.attachment_ids.mimetype, "text/plain")

    def test_later_day_is_asked_for(self):
        """Beyond what the status allows, the collector decides."""
        self.accept_promises(0)
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertIn("passed your question on", answer.text)
        self.assertFalse(self.account.promise_ids)
        self.assertIn(self.invoice.name, self.account.activity_ids.summary)
        for _number in range(25):
            answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertIn("Please telephone us", answer.text)
        self.assertEqual(len(self.account.activity_ids), 20)

    def test_too_much_in_a_day(self):
        # As superuser: what comes from the portal is marked so by the portal alone.
        self.env["arm.dispute"].sudo().create(
            [
                {
                    "account_id": self.account.id,
                    "currency_id": self.company.currency_id.id,
                    "reason_id": self.reason.id,
                    "from_portal": True,
                    "line_ids": [
                        Command.create(
                            {"item_id": self.item_of(self.second).id, "amount": 1}
                        )
                    ],
                }
                for _number in range(20)
            ]
        )
        self.authenticate("portal_pat", "portal_pat")
        items = self.item_of(self.invoice)
        answer = self.post(self.account.id, "promise", items, day=str(self.today))
        self.assertIn("Please telephone us", answer.text)
        self.assertFalse(self.account.promise_ids)

    # -------------------------------------------------------------------------- safe

    def test_others_answer_404(self):
        """Foreign and guessed ids, alone and mixed in, with login, link and neither."""
        mine, foreign = self.item_of(self.invoice), self.item_of(self.foreign)
        nothing = self.env["arm.customer.account"].search([], order="id desc", limit=1)
        unknown = nothing.id + 100
        token = self.token_of(self.account)
        day = {"day": str(self.today), "reason": self.reason.id}
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
                for action in ("promise", "dispute"):
                    answer = self.post(account_id, action, items, key, **day)
                    self.assertEqual(answer.status_code, 404, (login, account_id))
        answer = self.post(self.account.id, "promise", mine, **day)  # no link
        self.assertEqual(answer.status_code, 404)
        answer = self.post(
            self.account.id, "promise", mine, self.token_of(self.stranger), **day
        )
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(
            self.env["arm.promise"].search(
                [("partner_id", "in", (self.customer | self.other).ids)]
            )
        )
        self.assertFalse(
            self.env["arm.dispute"].search(
                [("partner_id", "in", (self.customer | self.other).ids)]
            )
        )

    def test_bad_input_is_told_in_words(self):
        self.authenticate("portal_pat", "portal_pat")
        mine = self.item_of(self.invoice)
        for data in ({"day": "tomorrow"}, {"day": ""}, {}):
            answer = self.post(self.account.id, "promise", mine, **data)
            self.assertIn("Choose invoices and a day", answer.text)
        answer = self.post(self.account.id, "promise", mine, day="2020-01-01")
        self.assertIn("is past", answer.text)
        answer = self.post(self.account.id, "dispute", mine, reason="0")
        self.assertIn("what is wrong with them", answer.text)

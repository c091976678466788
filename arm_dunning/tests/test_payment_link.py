from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPaymentLink(DunningCommon, HttpCase):
    """A reminder leads to core's payment page, where one can pay on our pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        cls.provider = cls.env["payment.provider"].create(
            {
                "name": "Online",
                "code": "none",
                "company_id": cls.company.id,
                "state": "enabled",
                "is_published": True,
            }
        )
        cls.make_task("First", 3, template="overdue")

    def dun(self, day=TODAY, hour="08:00:00"):
        """As always; a browser test is in the registry's test mode already."""
        self.env.flush_all()
        with freeze_time(f"{day} {hour}"):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def links(self):
        """The addresses of payment pages in the mail that waits for the customer."""
        body = self.mails_to(self.customer).body_html
        found = html.fromstring(body).xpath("//a/@href")
        return [link for link in found if "/payment/pay" in link]

    def open(self, link, **changes):
        """The payment page, with other values than those that we have signed."""
        parts = urlsplit(link)
        values = {name: texts[0] for name, texts in parse_qs(parts.query).items()}
        return self.url_open(parts.path, params={**values, **changes})

    def test_one_invoice(self):
        """The page knows the invoice and the amount, and believes no other amount."""
        invoice = self.post_invoice(self.customer, "2026-03-13", 123.4)
        self.dun()
        (link,) = self.links()
        self.authenticate(None, None)
        page = self.open(link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("123.40", page.text)
        query = parse_qs(urlsplit(link).query)
        self.assertEqual(query["invoice_id"], [str(invoice.id)])
        with mute_logger("odoo.http"):
            self.assertEqual(self.open(link, amount="1.0").status_code, 422)
            self.assertEqual(self.open(link, access_token="x").status_code, 422)

    def test_several_invoices(self):
        """One amount a currency, for the customer's account."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        for amount in (100, 200.5):
            self.post_invoice(self.customer, "2026-03-13", amount)
        self.post_invoice(self.customer, "2026-03-13", 50, currency_id=euro.id)
        self.dun()
        self.authenticate(None, None)
        amounts = set()
        for link in self.links():
            query = parse_qs(urlsplit(link).query)
            amounts.add((query["amount"][0], "invoice_id" in query))
            self.assertEqual(self.open(link).status_code, 200)
        self.assertEqual(amounts, {("300.5", False), ("50.0", True)})

    def test_not_where_nobody_can_pay(self):
        """A provider that is switched off, or only being tried out, is none."""
        for state in ("disabled", "test"):
            self.provider.state = state
            customer = self.make_customer(f"Customer {state}")
            self.post_invoice(customer, "2026-03-13")
        self.dun()
        bodies = self.env["mail.mail"].search([]).mapped("body_html")
        self.assertTrue(any("Customer test" in body for body in bodies))
        self.assertFalse(any("/payment/pay" in body for body in bodies))

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from .invoice_common import InvoiceCheckCommon


@tagged("post_install", "-at_install", "arm")
class TestPortalInvoice(InvoiceCheckCommon, HttpCase):
    """What customers tell us on the portal: it arrived, and the address is right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_draft()
        cls.invoice.action_post()
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Pat Contact",
                "parent_id": cls.customer.id,
                "email": "pat@example.com",
            }
        )
        cls.login = new_test_user(
            cls.env,
            "invoice_pat",
            groups="base.group_portal",
            partner_id=cls.contact.id,
        )
        cls.stranger = cls.make_good_customer("Stranger AG")
        cls.clerk = cls.make_user("invoice_clerk", "collector_all")
        cls.clerk.sudo().group_ids += cls.env.ref("account.group_account_invoice")

    def see(self, login=None, **arguments):
        """Open the invoice; return what is written down of it."""
        self.authenticate(login, login)
        url = self.invoice.get_portal_url() if arguments.pop("token", False) else ""
        page = self.url_open(url or f"/my/invoices/{self.invoice.id}", **arguments)
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        return self.env["arm.invoice.opening"].search(
            [("move_id", "=", self.invoice.id)]
        )

    # ---------------------------------------------------------------------- opening

    def test_customer_opens_the_invoice(self):
        self.assertEqual(self.invoice.delivery_state, "not_sent")
        opening = self.see("invoice_pat")
        self.assertEqual(opening.partner_id, self.contact)
        self.assertEqual(opening.company_id, self.company)
        self.assertEqual(self.invoice.delivery_state, "opened")
        self.assertEqual(self.see("invoice_pat"), opening)

    def test_link_from_a_message(self):
        """Somebody with the customer's link, but who is not known."""
        opening = self.see(token=True)
        self.assertTrue(opening)
        self.assertFalse(opening.partner_id)

    def test_colleagues_and_scanners_do_not_count(self):
        """Nor who may not see it: they are sent away."""
        self.assertFalse(self.see("invoice_clerk"))
        self.assertFalse(self.see(token=True, method="HEAD"))
        self.assertFalse(self.see())
        self.assertEqual(self.invoice.delivery_state, "not_sent")

    # -------------------------------------------------------------------- addresses

    def confirm(self, partner, login="invoice_pat"):
        self.authenticate(login, login)
        token = http.Request.csrf_token(self)
        url = f"/my/receivables/addresses/{partner.id}"
        answer = self.url_open(url, data={"csrf_token": token})
        self.env.invalidate_all()
        return answer

    def rows(self, partner):
        rows = self.env["arm.contact.verification"]
        return rows.search([("partner_id", "=", partner.id)])

    def test_customer_confirms_its_address(self):
        self.authenticate("invoice_pat", "invoice_pat")
        page = self.url_open("/my/receivables/addresses")
        self.assertIn("Yes, this is right", page.text)
        self.assertIn("Graben 1", page.text)
        self.assertNotIn("Stranger AG", page.text)
        self.assertIn("Thank you", self.confirm(self.customer).text)
        states = (self.customer.postal_state, self.customer.email_state)
        self.assertEqual(states, ("green", "green"))
        self.assertEqual(self.rows(self.customer).user_id, self.login)
        self.assertIn("by the customer (", self.customer.postal_reason)

    def test_counted_until_it_is_confirmed(self):
        def count():
            self.authenticate("invoice_pat", "invoice_pat")
            values = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["arm_address_count"]}
            )
            return values["arm_address_count"]

        self.contact.write(
            {"street": "Hof 2", "zip": "10115", "city": "Berlin"}
            | {"country_id": self.env.ref("base.de").id}
        )
        self.assertEqual(count(), 2)
        self.confirm(self.customer)
        self.assertEqual(count(), 1)
        self.confirm(self.contact)
        self.assertEqual(count(), 0)

    def test_what_is_incomplete_is_not_confirmed(self):
        self.contact.write({"street": False, "email": "no address"})
        answer = self.confirm(self.contact)
        self.assertIn("Please complete it first", answer.text)
        self.assertIn("E-mail:", answer.text)
        self.assertFalse(self.rows(self.contact))

    def test_others_answer_404(self):
        """Strangers, what does not exist, and who is not logged in."""
        nobody = self.env["res.partner"].browse(999999999)
        for partner in (self.stranger, self.env.user.partner_id, nobody):
            self.assertEqual(self.confirm(partner).status_code, 404)
        self.assertFalse(self.rows(self.stranger))
        self.authenticate(None, None)
        answer = self.url_open("/my/receivables/addresses")
        self.assertIn("/web/login", answer.url)

    def test_names_are_shown_as_text(self):
        self.customer.write({"name": "<script>x</script>", "street": "<b>Bold</b> 1"})
        self.authenticate("invoice_pat", "invoice_pat")
        page = self.url_open("/my/receivables/addresses").text
        self.assertIn("&lt;b&gt;Bold&lt;/b&gt; 1", page)
        self.assertNotIn("<script>x</script>", page)

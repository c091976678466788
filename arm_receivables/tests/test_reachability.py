from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .invoice_common import InvoiceCheckCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestReachability(InvoiceCheckCommon):
    """Addresses are verified by people, and stay so until something changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.make_user("r_clerk", "collector_all")
        cls.poor = cls.make_customer("Poor", email="no address", city=False)

    def states(self, partner):
        self.env.invalidate_all()
        return partner.postal_state, partner.email_state, partner.endpoint_state

    def verify(self, partners, **values):
        partners = partners.with_user(self.clerk)
        action = partners.action_verify_addresses()
        wizard = partners.env["arm.contact.verify"].browse(action["res_id"])
        wizard.write({"tidy": False, **values})
        wizard.action_verify()
        return wizard

    def test_nobody_has_looked_yet(self):
        self.assertEqual(self.states(self.customer), ("yellow", "yellow", False))
        self.assertEqual(self.customer.postal_reason, "nobody has verified it yet")
        self.assertEqual(self.customer.reachability, "yellow")
        self.assertEqual(self.states(self.poor), ("red", "red", False))
        self.assertIn("city", self.poor.postal_reason)

    def test_verified_by_whom_and_until_when(self):
        self.company.address_valid_months = 12
        self.verify(self.customer)
        self.assertEqual(self.states(self.customer)[:2], ("green", "green"))
        self.assertEqual(
            self.customer.postal_reason, "verified on 03/16/2026 by R_Clerk"
        )
        row = self.env["arm.contact.verification"].search(
            [("partner_id", "=", self.customer.id), ("channel", "=", "email")]
        )
        self.assertEqual(row.user_id, self.clerk)
        self.assertEqual(str(row.expires_on), "2027-03-16")
        with freeze_time("2027-03-16 09:00:00"):
            self.assertEqual(self.states(self.customer)[0], "green")
        with freeze_time("2027-03-17 09:00:00"):
            self.assertEqual(self.states(self.customer)[0], "yellow")
            self.assertEqual(self.customer.postal_reason, "verified too long ago")
            self.verify(self.customer)
            self.assertEqual(self.states(self.customer)[0], "green")

    def test_a_change_ends_it(self):
        """Of that address only; and not a change of blanks and capitals."""
        self.verify(self.customer)
        self.customer.street = "GRABEN  1 "
        self.assertEqual(self.states(self.customer)[0], "green")
        self.customer.street = "Graben 2"
        self.assertEqual(self.states(self.customer)[:2], ("yellow", "green"))
        self.assertEqual(self.customer.postal_reason, "changed since it was verified")
        self.customer.email = "new@example.com"
        self.assertEqual(self.states(self.customer)[1], "yellow")

    def test_mail_that_comes_back(self):
        """Red until the address changes, or a person says that it works."""
        self.verify(self.customer)
        self.customer.message_bounce = 1
        self.assertEqual(self.states(self.customer)[1], "red")
        self.assertEqual(self.customer.email_reason, "the last mail came back")
        self.customer.email = "other@example.com"
        self.assertEqual(self.states(self.customer)[1], "yellow")
        self.customer.message_bounce = 2
        self.verify(self.customer, postal=False)
        self.assertEqual(self.states(self.customer)[1], "green")

    def test_address_that_is_not_to_be_written_to(self):
        self.env["mail.blacklist"]._add("ap@example.com")
        self.assertEqual(self.states(self.customer)[1], "red")

    def test_e_invoice_address(self):
        self.customer.invoice_endpoint = "0208:1234"
        self.assertEqual(self.states(self.customer)[2], "yellow")
        self.verify(self.customer, endpoint=True)
        self.assertEqual(self.states(self.customer)[2], "green")

    def test_wizard_leaves_out_what_cannot_arrive(self):
        wizard = self.verify(self.customer | self.poor)
        self.assertEqual(wizard.wrong_ids, self.poor)
        self.assertEqual(self.states(self.customer)[0], "green")
        self.assertEqual(self.states(self.poor), ("red", "red", False))
        with self.refused("complete them first, beginning with Poor"):
            self.verify(self.poor)

    def test_wizard_tidies_up(self):
        dutch = self.make_good_customer(
            " Damrak BV", zip="1012lg", country_id=self.env.ref("base.nl").id
        )
        dutch.street = "  Damrak   1"
        self.clerk.sudo().group_ids += self.env.ref("base.group_partner_manager")
        self.verify(dutch, tidy=True)
        self.assertEqual((dutch.street, dutch.zip), ("Damrak 1", "1012 LG"))
        self.assertEqual(self.states(dutch)[0], "green")

    def test_list_finds_colours(self):
        partners = self.customer | self.poor
        partners.customer_rank = 1
        ours = [("id", "in", partners.ids)]
        for value, found in [("yellow", self.customer), ("red", self.poor)]:
            domain = [*ours, ("reachability", "=", value)]
            self.assertEqual(partners.search(domain), found)

    def test_who_may_verify(self):
        """Readers and employees may not; nobody writes the rows themselves."""
        for role in ("reader", "auditor", None):
            user = self.make_user(f"r_{role}", role)
            with self.assertRaises(AccessError):
                self.customer.with_user(user).action_verify_addresses()
            with self.assertRaises(AccessError):
                self.customer.with_user(user)._verify_addresses(["postal"])
        rows = self.env["arm.contact.verification"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            rows.create(
                {
                    "partner_id": self.customer.id,
                    "channel": "postal",
                    "value": "x",
                    "verified_on": TODAY,
                }
            )

    def test_number_of_queries(self):
        """The same for five and for fifty contacts."""

        def queries(count):
            partners = self.env["res.partner"].union(
                *[self.make_good_customer(f"Reach {n}") for n in range(count)]
            )
            counts = []
            for step in (
                lambda: partners.mapped("reachability"),
                lambda: partners._verify_addresses(["postal", "email"]),
                lambda: partners._verify_addresses(["postal", "email"]),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                step()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
            return counts

        queries(2)  # caches
        for few, many in zip(queries(5), queries(50), strict=True):
            self.assertLessEqual(many, few + 2)

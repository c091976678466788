from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY
from .invoice_common import InvoiceCheckCommon

# Everything on which the colour of a contact depends.
TABLES = ("res_partner", "arm_contact_verification", "mail_blacklist")


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestContactState(InvoiceCheckCommon):
    """Colours are found quickly, and always as they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.make_partners(6)
        cls.green, cls.yellow, cls.red = cls.partners[:2], cls.partners[2:4], None
        cls.red = cls.partners[4:]
        cls.red.city = False
        cls.green._verify_addresses(["postal", "email"])
        cls.judge()

    @classmethod
    def make_partners(cls, count):
        partners = cls.env["res.partner"].union(
            *[cls.make_good_customer(f"Colour {n}") for n in range(count)]
        )
        partners.customer_rank = 1
        return partners

    @classmethod
    def judge(cls):
        """The job has run, and all changes are an hour old."""
        cls.settle()
        cls.forget()
        states = cls.env["arm.contact.state"].sudo()
        stale = states._get_stale_ids()
        states._store(cls.env["res.partner"].browse(stale))
        cls.env.invalidate_all()

    @classmethod
    def forget(cls):
        """A test has one transaction, and one time for all that happens in it."""
        states = cls.env["arm.contact.state"].sudo()
        states.search([("partner_id", "in", cls.partners.ids)]).unlink()

    @classmethod
    def settle(cls):
        cls.env.flush_all()
        for table in TABLES:
            cls.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = write_date - INTERVAL '1 hour'",
                    SQL.identifier(table),
                )
            )
        cls.env.invalidate_all()

    def stale(self):
        states = self.env["arm.contact.state"].sudo()
        found = self.env["res.partner"].browse(states._get_stale_ids())
        return found & self.partners

    def check(self, **expected):
        """The search finds the contacts of each colour, and the fields agree."""
        for color, partners in expected.items():
            self.env.invalidate_all()  # the day may be another one
            domain = [("id", "in", self.partners.ids), ("reachability", "=", color)]
            self.assertEqual(self.partners.search(domain, order="id"), partners, color)
            self.assertEqual(set(partners.mapped("reachability")), {color})

    def test_written_down_and_found(self):
        self.assertFalse(self.stale())
        self.check(green=self.green, yellow=self.yellow, red=self.red)
        domain = [("id", "in", self.partners.ids), ("reachability", "!=", "green")]
        self.assertEqual(self.partners.search_count(domain), 4)

    def test_every_change_is_seen_at_once(self):
        """Of the contact, by a person who vouches for it, and of the blacklist."""
        first, second = self.green
        for change in (
            lambda: first.write({"street": "Graben 2"}),
            lambda: self.env["mail.blacklist"]._add("ap@example.com"),
            lambda: self.env["mail.blacklist"]._remove("ap@example.com"),
            lambda: second.write({"message_bounce": 1}),
            lambda: first._verify_addresses(["postal", "email"]),
        ):
            change()
            self.env.invalidate_all()
            self.assertTrue(self.stale())
            colors = self.partners.mapped("reachability")
            for color in ("green", "yellow", "red"):
                wanted = self.partners.filtered(
                    lambda p, color=color: p.reachability == color
                )
                self.check(**{color: wanted} if wanted else {})
            self.judge()
            self.assertFalse(self.stale())
            self.assertEqual(self.partners.mapped("reachability"), colors)

    def test_verification_ends_by_itself(self):
        self.company.address_valid_months = 12
        self.green._verify_addresses(["postal", "email"])
        self.judge()
        with freeze_time("2027-03-16 09:00:00"):
            self.check(green=self.green)
        with freeze_time("2027-03-17 09:00:00"):
            self.assertEqual(self.stale(), self.green)
            self.check(yellow=self.green | self.yellow)

    def test_what_changed_just_now_is_not_trusted(self):
        """It may be of a transaction that another one has not seen."""
        self.yellow.write({"comment": "x"})
        states = self.env["arm.contact.state"].sudo()
        states._store(self.yellow)
        self.assertEqual(self.stale(), self.yellow)
        self.settle()
        states._store(self.yellow)
        self.assertFalse(self.stale())

    def test_job(self):
        self.forget()
        self.assertEqual(self.stale(), self.partners)
        with self.enter_registry_test_mode():
            self.env.ref(
                "arm_receivables.ir_cron_contact_state"
            ).method_direct_trigger()
        self.assertFalse(self.stale())

    def test_number_of_queries(self):
        """Searched and written down: the same for five and for fifty."""

        def queries(count):
            partners = self.make_partners(count)
            self.settle()
            self.env.cr.execute("ANALYZE res_partner")
            states = self.env["arm.contact.state"].sudo()
            counts = []
            for step in (
                lambda: states._store(partners),
                lambda: partners.search_count([("reachability", "=", "yellow")]),
            ):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                step()
                counts.append(self.env.cr.sql_log_count - before)
            return counts

        queries(2)  # caches
        for few, many in zip(queries(5), queries(50), strict=True):
            self.assertLessEqual(many, few + 1)

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY
from .invoice_common import InvoiceCheckCommon

# Everything on which the state of a draft depends.
TABLES = (
    *("account_move", "account_move_line", "res_partner", "res_company"),
    *("arm_invoice_requirement", "account_tax", "account_fiscal_position"),
    *("account_payment_term", "res_partner_bank", "res_currency_rate"),
    *("product_template",),
)


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInvoiceState(InvoiceCheckCommon):
    """Incomplete drafts are found quickly, and always as they are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = cls.make_good_customer("Wrong AG", city=False)
        cls.ready = cls.make_drafts([cls.customer] * 2)
        cls.warning = cls.make_drafts([cls.customer] * 2, delivery_date=False)
        cls.blocked = cls.make_drafts([cls.wrong] * 2)
        cls.drafts = cls.ready | cls.warning | cls.blocked
        cls.check_drafts()

    @classmethod
    def settle(cls):
        """All changes are an hour old; a test has one time for all it does."""
        cls.env.flush_all()
        for table in TABLES:
            cls.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = write_date - INTERVAL '1 hour'",
                    SQL.identifier(table),
                )
            )
        states = cls.env["arm.invoice.state"].sudo()
        states.search([("move_id", "in", cls.drafts.ids)]).unlink()
        cls.env.invalidate_all()

    @classmethod
    def check_drafts(cls):
        """The job has run, and all changes are an hour old."""
        cls.settle()
        cls.drafts._record_faults()
        cls.env.invalidate_all()

    def stale(self):
        states = self.env["arm.invoice.state"].sudo()
        return self.drafts & self.drafts.browse(states._get_stale_ids())

    def check(self, **expected):
        """The search finds the drafts of each state."""
        self.env.invalidate_all()
        for state, drafts in expected.items():
            domain = [("id", "in", self.drafts.ids), ("readiness_state", "=", state)]
            self.assertEqual(self.drafts.search(domain, order="id"), drafts, state)

    def test_written_down_and_found(self):
        self.assertFalse(self.stale())
        self.check(ready=self.ready, warning=self.warning, blocked=self.blocked)
        others = [("id", "in", self.drafts.ids), ("readiness_state", "!=", "ready")]
        self.assertEqual(self.drafts.search_count(others), 4)

    def test_every_change_is_seen_at_once(self):
        """Of the draft, its lines, the customer, the company, and the law."""
        law = self.env.ref("arm_receivables.invoice_requirement_de_delivery_date")
        moved = self.ready | self.warning
        self.wrong.city = "Berlin"
        self.assertEqual(self.stale(), self.blocked)
        self.check(ready=self.ready | self.blocked, warning=self.warning)
        self.wrong.city = False
        self.check_drafts()
        law.severity = "block"
        self.assertEqual(self.stale(), self.drafts)
        self.check(ready=self.ready, blocked=self.warning | self.blocked)
        law.severity = "warn"
        self.check_drafts()
        self.ready[0].invoice_line_ids.name = "*"
        self.assertEqual(self.stale(), self.ready[0])
        self.check(ready=self.ready[1])
        self.check_drafts()
        self.company.street = False
        self.assertEqual(self.stale(), self.drafts)
        self.check(blocked=moved | self.blocked)

    def test_posted_and_unchecked_drafts_are_not_found(self):
        self.ready.action_post()
        self.check(ready=self.drafts.browse(), warning=self.warning)
        self.company.invoice_check_mode = "off"
        self.check(warning=self.drafts.browse(), blocked=self.drafts.browse())

    def test_job_checks_what_changed(self):
        self.warning.delivery_date = TODAY
        self.settle()
        with self.enter_registry_test_mode():
            self.env.ref(
                "arm_receivables.ir_cron_invoice_readiness"
            ).method_direct_trigger()
        self.assertFalse(self.stale())
        self.check(ready=self.ready | self.warning, blocked=self.blocked)

    def test_number_of_queries(self):
        """Of a settled list: the same for five and for fifty drafts."""

        def queries(count):
            drafts = self.make_drafts([self.customer] * count)
            self.settle()
            (drafts | self.drafts)._record_faults()
            self.env.cr.execute("ANALYZE account_move")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = drafts.search(
                [("id", "in", drafts.ids), ("readiness_state", "=", "ready")]
            )
            self.assertEqual(len(found), count)
            return self.env.cr.sql_log_count - before

        queries(2)  # caches
        self.assertLessEqual(queries(50), queries(5))

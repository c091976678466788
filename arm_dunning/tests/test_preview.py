from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPreview(DunningCommon):
    """What the coming runs would do, without doing any of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = cls.make_task("Before", -2, template="before_due")
        cls.first = cls.make_task("First", 3, template="overdue")
        cls.call = cls.make_task("Call", 10, activity="Call them")
        cls.manager = cls.make_colleague("group_receivables_manager")

    @classmethod
    def make_colleague(cls, group):
        return new_test_user(
            cls.env,
            group,
            groups=f"arm_receivables.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def preview(self, span="days", user=None, **values):
        """The lines of a preview that a colleague computes."""
        with freeze_time(f"{TODAY} 08:00:00"):
            preview = (
                self.env["arm.dunning.preview"]
                .with_user(user or self.manager)
                .with_company(self.company)
                .create({"span": span, **values})
            )
            self.action = preview.action_preview()
        return preview.line_ids

    def rows(self, lines):
        """(day, task, document, state, reason) of each line."""
        return {
            (
                str(line.day),
                line.task_id.name,
                line.document,
                line.state,
                line.reason or "",
            )
            for line in lines
        }

    def test_a_month_if_nobody_pays(self):
        """Every step on its day, as the runs of these days would do it."""
        old = self.post_invoice(self.customer, "2026-03-13")
        new = self.post_invoice(self.make_customer("New Ltd"), "2026-03-25")
        far = self.post_invoice(self.make_customer("Far Ltd"), "2026-06-25")
        lines = self.preview()
        self.assertEqual(
            self.rows(lines),
            {
                ("2026-03-16", "First", old.name, "done", ""),
                ("2026-03-23", "Call", old.name, "done", ""),
                ("2026-03-23", "Before", new.name, "done", ""),
                ("2026-03-28", "First", new.name, "done", ""),
                ("2026-04-04", "Call", new.name, "done", ""),
            },
        )
        self.assertNotIn(far.name, lines.mapped("document"))

    def test_it_comes_as_previewed(self):
        """Performing the days gives what the preview said."""
        customers = [self.make_customer(f"{name} Ltd") for name in "ABCD"]
        for place, day in enumerate((2, 9, 11, 12, 13, 13, 14, 18, 20)):
            self.post_invoice(customers[place % 4], f"2026-03-{day:02}", 10 + place)
        self.company.dunning_gap_days = 3
        predicted = {row for row in self.rows(self.preview()) if row[0] <= "2026-03-24"}
        for day in range(16, 25):
            self.dun(f"2026-03-{day}")
        actions = self.env["arm.dunning.action"].search(
            [("state", "=", "done"), ("company_id", "=", self.company.id)]
        )
        happened = {
            (str(row.day_done), row.task_id.name, row.document, "done", "")
            for row in actions
        }
        self.assertEqual({row for row in predicted if row[3] == "done"}, happened)
        self.assertGreater(len(happened), 10)

    def test_nothing_is_written(self):
        """Not one row of any table but the preview's own, and no number is used up."""
        self.post_invoice(self.customer, "2026-03-13")
        self.make_task("Third", 30, template="second")
        with freeze_time(f"{TODAY} 07:00:00"):
            self.env["arm.customer.account"]._refresh(self.company)
        self.env.flush_all()
        for span in ("today", "days"):
            before = self.snapshot()
            self.assertTrue(self.preview(span))
            self.env.flush_all()
            after = self.snapshot()
            changed = {name for name in after if after[name] != before[name]}
            self.assertEqual(changed, set())

    def snapshot(self):
        """What identifies the contents of every table, and the state of sequences.

        A row that is written anew gets another place (``ctid``): changes are seen too.
        """
        self.env.cr.execute(
            "SELECT relname, relkind FROM pg_class "
            "JOIN pg_namespace space ON space.oid = relnamespace "
            "WHERE relkind IN ('r', 'S') AND nspname = 'public' "
            "AND relname !~ '^(arm_dunning_preview|arm_customer_account_id_seq)' "
            "ORDER BY relname"
        )
        parts = []
        for name, kind in self.env.cr.fetchall():
            query = "SELECT %s, count(*), sum(hashtext(ctid::text))::text FROM %s"
            if kind == "S":
                query = "SELECT %s, last_value, is_called::text FROM %s"
            parts.append(SQL(query, name, SQL.identifier(name)))
        query = SQL(" UNION ALL ").join(SQL("(%s)", part) for part in parts)
        return dict((row[0], row[1:]) for row in self.env.execute_query(query))

    def test_today_with_guards(self):
        """What is held back is shown with its reason, missing addresses too."""
        sent = self.post_invoice(self.customer, "2026-03-13")
        blocked = self.post_invoice(self.make_customer("Blocked Ltd"), "2026-03-13")
        blocked.action_toggle_block_payment()
        nobody = self.make_customer("Nobody", email="not an address")
        lost = self.post_invoice(nobody, "2026-03-13")
        lines = self.preview("today")
        self.assertEqual(
            self.rows(lines),
            {
                ("2026-03-16", "First", sent.name, "done", ""),
                ("2026-03-16", "First", blocked.name, "held", "blocked"),
                ("2026-03-16", "First", lost.name, "held", "no_address"),
            },
        )

    def test_what_the_register_knows(self):
        """What was done is not previewed again; what waits is."""
        self.post_invoice(self.customer, "2026-03-13")
        held = self.post_invoice(self.make_customer("Held Ltd"), "2026-03-13")
        held.action_toggle_block_payment()
        self.dun()
        held.action_toggle_block_payment()
        lines = self.preview("today")
        self.assertEqual(lines.mapped("document"), [held.name])
        self.assertEqual(lines.state, "done")

    def test_one_day(self):
        """A later day is computed with what the days before it would have done."""
        self.company.dunning_gap_days = 3
        first = self.post_invoice(self.customer, "2026-03-14")
        second = self.post_invoice(self.customer, "2026-03-15")
        lines = self.preview("date", date="2026-03-18")
        self.assertEqual(
            self.rows(lines),
            {("2026-03-18", "First", second.name, "held", "contact_gap")},
        )
        self.assertEqual(lines.figures["last"], "2026-03-17")
        lines = self.preview("date", date="2026-03-17")
        self.assertEqual(lines.mapped("document"), [first.name])

    def test_days_that_cannot_be_previewed(self):
        for date in ("2026-03-15", "2026-07-01", False):
            with self.assertRaisesRegex(ValidationError, "within the next"):
                self.preview("date", date=date)

    def test_figures_of_the_days(self):
        """Counts by day, task and reason, with the way to the items behind them."""
        for number in range(3):
            customer = self.make_customer(f"Customer {number}")
            self.post_invoice(customer, "2026-03-13", 100)
            self.post_invoice(customer, "2026-03-12", 50)
        self.preview("today")
        days = self.env["arm.dunning.preview.day"].with_user(self.manager)
        day = days.search(self.action["domain"])
        self.assertEqual((day.step_count, day.customer_count, day.amount), (6, 3, 450))
        self.assertEqual((day.task_id, day.state), (self.first, "done"))
        self.assertEqual(day.title, "3 × First")
        lines = self.env["arm.dunning.preview.line"].with_user(self.manager)
        found = lines.search(day.action_view_lines()["domain"])
        self.assertEqual(len(found), 6)
        self.assertIn("Would be done", found[0].explanation)

    def test_who_may_preview(self):
        """Not a reader; a collector sees own customers; nobody another's preview."""
        reader = self.make_colleague("group_receivables_reader")
        with self.assertRaises(AccessError):
            self.preview(user=reader)
        collector = self.make_colleague("group_receivables_collector")
        mine = self.make_customer("Mine Ltd")
        invoice = self.post_invoice(mine, "2026-03-13")
        self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        account = self.env["arm.customer.account"].search(
            [("partner_id", "=", mine.id), ("company_id", "=", self.company.id)]
        )
        account.sudo().collector_id = collector
        self.env.flush_all()
        lines = self.preview("today", user=collector)
        self.assertEqual(lines.mapped("document"), [invoice.name])
        theirs = self.preview("today")
        self.assertEqual(len(theirs), 2)
        with self.assertRaises(AccessError):
            theirs.with_user(collector).read(["document"])

    def test_company_of_others(self):
        other = self.setup_other_company()["company"]
        with self.assertRaisesRegex(ValidationError, "you are working in"):
            self.preview(company_id=other.id)

    def test_without_tasks(self):
        self.env["arm.dunning.task"].search([]).active = False
        with self.assertRaisesRegex(UserError, "no active task"):
            self.preview()

import random
from decimal import Decimal

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.arm_receivables.models import arm_customer_event

from ..models import arm_work_todo
from ..tools import worklist
from .common import TODAY
from .common_work import WorkCommon

SLACK = 6


@tagged("post_install", "-at_install", "arm")
class TestMyDay(WorkCommon):
    """Who comes first, for whom, and why."""

    def test_same_as_the_pure_rules(self):
        """Points and drawer of 600 random customers, in SQL and in Python."""
        luck = random.Random(5)
        weights = worklist.Weights()
        facts = [self.random_facts(luck) for _number in range(600)]
        query = self.entries._scored_query(
            SQL(
                "SELECT * FROM (VALUES %s) fact (%s)",
                SQL(", ").join(self.as_row(fact, weights) for fact in facts),
                SQL(
                    "id, reliability_status, amount_open, amount_overdue, "
                    "amount_stake, days_overdue, promises_broken, limit_used, clock, "
                    "due, must, planned, date_called, handed_over, paused, today, "
                    "amount_full, act_points, rest_days, most_amount, most_late, "
                    "most_broken, most_limit, most_clock"
                ),
            )
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT points_amount, points_late, points_broken, points_limit, "
                "points_clock, score, %s FROM (%s) scored ORDER BY id",
                self.entries._verdict_sql(),
                query,
            )
        )
        seen = set()
        for fact, (*parts, score, verdict) in zip(facts, rows, strict=True):
            points = worklist.weigh(fact, weights)
            self.assertEqual(worklist.Points(*parts), points, fact)
            self.assertEqual(score, points.total, fact)
            expected = ":".join(worklist.drawer(fact, weights))
            self.assertEqual(verdict, expected, fact)
            seen.add(expected)
        self.assertGreaterEqual(len(seen), 12, "every drawer and nearly every reason")

    def random_facts(self, luck):
        overdue = Decimal(luck.choice([0, 1, 500, 4999, 12000, 30000]))
        return worklist.Facts(
            status=luck.choice(["green", "yellow", "red"]),
            balance=luck.choice([Decimal(0), overdue, overdue * 2]),
            overdue=overdue,
            stake=min(overdue, Decimal(luck.choice([0, 125, 6000, 40000, 40000]))),
            days_late=luck.choice([0, 1, 30, 31, 44, 90, 200]),
            broken=luck.choice([0, 0, 0, 1, 2, 5]),
            limit_used=luck.choice([None, 10, 51, 75, 90, 99, 150]),
            clock=luck.choice([None, None, -3, 0, 1, 15, 29, 60]),
            due=luck.choice([0, 0, 1]),
            must=luck.choice([0, 0, 0, 0, 1]),
            planned=luck.random() < 0.2,
            called=luck.choice([None, None, 0, 4, 5, 30]),
            handed_over=luck.random() < 0.1,
            paused=luck.random() < 0.1,
        )

    def as_row(self, fact, weights):
        self.number = getattr(self, "number", 0) + 1
        day = SQL("%s::date", TODAY)
        later = {
            "clock": SQL("NULL::date"),
            "called": SQL("NULL::date"),
        }
        if fact.clock is not None:
            later["clock"] = SQL("%s::date + %s", TODAY, fact.clock)
        if fact.called is not None:
            later["called"] = SQL("%s::date - %s", TODAY, fact.called)
        values = (
            self.number,
            fact.status,
            SQL("%s::numeric", fact.balance),
            SQL("%s::numeric", fact.overdue),
            SQL("%s::numeric", fact.stake),
            fact.days_late,
            fact.broken,
            SQL("%s::integer", fact.limit_used),
            later["clock"],
            fact.due,
            fact.must,
            fact.planned,
            later["called"],
            fact.handed_over,
            fact.paused,
            day,
            SQL("%s::numeric", weights.amount_full),
            weights.act,
            weights.rest_days,
            *(getattr(weights, part) for part in worklist.PARTS),
        )
        return SQL("(%s)", SQL(", ").join(SQL("%s", value) for value in values))

    @freeze_time(f"{TODAY} 09:00:00")
    def test_facts_of_a_customer(self):
        """From the ledger to points that one can add up."""
        entry = self.entry(self.account)
        self.assertEqual((entry.drawer, entry.why), ("leave", "machine"))
        self.make_call(self.account)
        entry.invalidate_recordset()
        self.account._set_status("red", "Test")
        self.assertEqual((entry.drawer, entry.why), ("act", "due"))
        self.assertEqual((entry.amount_overdue, entry.days_overdue), (4000, 30))
        # 40 x 4000 / 10000, 20 x 30 / 90
        self.assertEqual((entry.points_amount, entry.points_late), (16, 7))
        self.assertEqual(
            (entry.score, entry.score_text), (23, "16 amount + 7 days late")
        )
        self.assertEqual(entry.what, "Call: Ask about the payment")
        self.assertEqual(entry.item_ids.move_id, self.invoice)
        self.assertIn("+49", entry.phone)
        self.env["res.partner"].with_company(self.company).browse(
            self.customer.id
        ).credit_limit = 5000
        entry.invalidate_recordset()
        self.assertEqual((entry.limit_used, entry.points_limit), (80, 6))
        self.company.work_points_amount = 10
        entry.invalidate_recordset()
        self.assertEqual(entry.points_amount, 4)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_whose_day(self):
        """One's own customers and work; a colleague's only for who may see them."""
        self.make_call(self.account)
        self.make_call(self.other_account)
        domain = self.entries._get_day_domain()
        self.assertEqual(
            self.entries.with_user(self.anna).search(domain).account_id, self.account
        )
        self.assertEqual(
            self.entries.with_user(self.bert).search(domain).account_id,
            self.other_account,
        )
        self.assertFalse(self.entries.with_user(self.boss).search(domain))
        seen = self.entries.with_user(self.boss).search([("drawer", "=", "easy")])
        self.assertGreaterEqual(seen.account_id, self.account)
        with self.assertRaises(AccessError):
            self.entry(self.other_account, self.anna).read(["score"])
        with self.assertRaises(AccessError):
            self.entry(self.other_account, self.anna).action_no_answer()
        self.account.activity_schedule(
            "mail.mail_activity_data_todo", date_deadline=TODAY, user_id=self.boss.id
        )
        self.assertEqual(
            self.entries.with_user(self.boss).search(domain).account_id, self.account
        )

    @freeze_time(f"{TODAY} 09:00:00")
    def test_order_and_next(self):
        """The most points first; next is who comes after, although this one is gone."""
        third = self.make_customer("Third Ltd")
        self.post_invoice(third, "2026-03-01", 9000)
        third_account = self.account_of(third, self.anna)
        self.other_account.collector_id = self.anna
        for account in (self.account, self.other_account, third_account):
            account._set_status("red", "Test")
            self.make_call(account)
        mine = self.entries.with_user(self.anna)
        order = mine.search(mine._get_day_domain()).account_id
        self.assertEqual(
            order.ids, [third_account.id, self.account.id, self.other_account.id]
        )
        action = mine.action_start()
        self.assertEqual(action["res_id"], third_account.id)
        action = self.entry(third_account).action_no_answer()
        self.assertEqual(action["params"]["action"]["res_id"], self.account.id)
        action = self.entry(self.account).action_next()
        self.assertEqual(action["params"]["action"]["res_id"], self.other_account.id)
        action = self.entry(self.other_account).action_next()
        self.assertTrue(action["params"]["is_list"])

    @freeze_time(f"{TODAY} 09:00:00")
    def test_what_there_is_to_do(self):
        """Calls, broken promises, activities and disputes; each until it is done."""
        item = self.account.env["account.move.line"].search(
            self.account._get_open_items_domain()
        )
        with freeze_time("2026-03-02 05:00:00"):
            promise = self.env["arm.promise"].create(
                {
                    "account_id": self.account.id,
                    "currency_id": item.currency_id.id,
                    "item_ids": [Command.set(item.ids)],
                    "amount": 4000,
                    "date": "2026-03-04",
                    "grace_days": 0,
                }
            )
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual(promise.state, "broken")
        entry = self.entry(self.account)
        kinds = entry.todo_ids.mapped("kind")
        self.assertEqual(sorted(kinds), ["activity", "promise"])
        self.assertEqual(entry.drawer, "act")
        text = entry.todo_ids.filtered(lambda t: t.kind == "promise").description
        self.assertRegex(text, r"^Broken Promise: .*4,000.* until 03/04/2026$")
        entry.todo_ids.filtered(lambda t: t.kind == "activity").action_done()
        entry.invalidate_recordset()
        self.assertEqual(entry.todo_ids.mapped("kind"), ["promise"])
        entry.action_reached()
        entry.invalidate_recordset()
        self.assertFalse(entry.todo_ids, "it was talked about")
        reply = (
            self.env["arm.dunning.reply"]
            .sudo()
            .create(
                {
                    "account_id": self.account.id,
                    "company_id": self.company.id,
                    "date": f"{TODAY} 08:00:00",
                    "kind": "promise",
                    "sentence": "We pay on Friday.",
                }
            )
        )
        entry.invalidate_recordset()
        self.assertEqual(entry.what, "Answer to Read: We pay on Friday.")
        self.assertEqual((entry.drawer, entry.why), ("act", "must"))
        reply.state = "done"
        entry.invalidate_recordset()
        self.assertFalse(entry.todo_ids)
        self.assertEqual(entry.date_called.isoformat(), TODAY)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_requests_of_customers(self):
        """Who is asked has it in the day, until it is answered."""
        # As superuser: customers enter requests on their page.
        requests = self.env["arm.portal.request"].sudo()
        request = requests.create(
            {
                "account_id": self.other_account.id,
                "kind": "copy",
                "item_ids": [Command.set(self.other_invoice.line_ids[-1:].ids)],
            }
        )
        self.assertEqual(request.user_id, self.bert)
        self.set_created(request, f"{TODAY} 08:00:00")
        entry = self.entry(self.other_account, self.bert)
        self.assertEqual((entry.drawer, entry.why), ("act", "must"))
        words = f"Customer's Request: Copy of Invoices · {self.other_invoice.name}"
        self.assertEqual(entry.what, words)
        self.assertTrue(entry.is_mine)
        action = entry.todo_ids.action_open()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (request._name, request.id)
        )
        request.user_id = self.anna  # while somebody else looks after the customer
        domain = [("is_mine", "=", True), ("todo_count", ">", 0)]
        self.assertEqual(self.entries.with_user(self.boss).search(domain).ids, [])
        own = self.entry(self.other_account, self.boss)
        self.assertEqual(own.user_id, self.anna)
        request.with_user(self.boss).sudo(False).action_reject()
        entry.invalidate_recordset()
        self.assertFalse(entry.todo_ids)

    def test_every_source_has_its_place(self):
        """With more sources than places an id is that of two records."""
        for model, places in (
            ("arm.customer.event", arm_customer_event.PLACES),
            ("arm.work.todo", arm_work_todo.PLACES),
        ):
            self.assertLess(len(self.env[model]._get_sources()), places, model)

    def set_created(self, record, moment):
        """The clock of the database does not stand still in tests."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(record._table),
                moment,
                record.id,
            )
        )
        self.env.invalidate_all()

    @freeze_time(f"{TODAY} 22:00:00")
    def test_the_evening_belongs_to_the_same_day(self):
        """Where the company is behind Greenwich, UTC is at the next day by then."""
        self.company.receivables_timezone = "America/Los_Angeles"
        # As superuser: customers enter requests on their page.
        request = (
            self.env["arm.portal.request"]
            .sudo()
            .create({"account_id": self.account.id, "kind": "copy"})
        )
        for moment in ("2026-03-17 02:00:00", "2026-03-16 09:00:00"):
            self.set_created(request, moment)
            todo = self.entry(self.account).todo_ids
            self.assertEqual(str(todo.date), TODAY)

    def test_growth(self):
        """Ten times the customers, the same queries."""
        counts = {}
        for number in (5, 50):
            partners = self.env["res.partner"].create(
                [{"name": f"W {number} {n}", "is_company": True} for n in range(number)]
            )
            invoices = self.env["account.move"]
            for partner in partners:
                invoices |= self.make_invoice(partner, "2026-03-01", 1000)
            invoices.action_post()
            accounts = self.env["arm.customer.account"].search(
                [("partner_id", "in", partners.ids)]
            )
            for account in accounts:
                self.make_call(account, user=self.boss)
            self.env["arm.portal.request"].sudo().create(
                [{"account_id": account.id, "kind": "copy"} for account in accounts]
            )
            self.env.flush_all()
            self.env.cr.execute(
                "ANALYZE arm_customer_account, arm_dunning_call, account_move_line, "
                "arm_portal_request"
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(f"{TODAY} 09:00:00"):
                found = self.entries.with_user(self.boss).search_read(
                    [("is_mine", "=", True), ("id", "in", accounts.ids)],
                    ["what", "score", "score_text", "phone", "drawer", "account_id"],
                )
            counts[number] = self.env.cr.sql_log_count - before
            self.assertEqual(len(found), number)
        self.assertLessEqual(counts[50], counts[5] + SLACK, counts)

import random
from datetime import date, timedelta
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..tools import codes
from ..tools.account import Item, Receipt
from ..tools.replay import replay
from .common import TODAY, InsuranceCommon

AMOUNTS = ("covered", "suspended", "uncovered", "insured_amount")


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestCoverage(InsuranceCommon):
    """Cover of open items: replayed from the ledger, stored, and told in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)

    def deliver(self, day, amount, due=None, partner=None, **values):
        return self.post_invoice(
            partner or self.buyer,
            due or str(date.fromisoformat(day) + timedelta(days=30)),
            amount,
            invoice_date=day,
            **values,
        )

    def check(self, invoice, status, covered, uncovered=0.0):
        row = self.row(invoice)
        self.assertEqual(
            (row.status, row.covered, row.uncovered), (status, covered, uncovered)
        )
        return row

    # ------------------------------------------------------------- the main course

    def test_items_move_up_when_older_ones_are_paid(self):
        first = self.deliver("2026-02-20", 700)
        second = self.deliver("2026-03-01", 500)
        self.limit._refresh()
        self.check(first, codes.COVERED, 700)
        row = self.check(second, codes.PARTIAL, 300, 200)
        self.assertEqual(row.insured_amount, 270)
        self.assertEqual(row.own_share, 230)
        self.assertEqual(row.reason, "Insured in part. Older items use the limit.")
        self.assertEqual(row.decision_id, self.limit.decision_ids)
        self.assertEqual(self.limit.covered, 1000)
        self.assertEqual(self.limit.uncovered, 200)
        self.assertEqual(self.limit.use_pct, 100)
        self.assertEqual(self.limit.room, 0)
        self.assertEqual(self.policy.uncovered, 200)
        self.pay(first, "2026-03-10")
        self.assertTrue(self.limit.is_stale)
        self.limit._refresh()
        self.assertFalse(self.limit.is_stale)
        self.assertFalse(self.row(first))
        self.check(second, codes.COVERED, 500)

    def test_receipts_count_for_the_oldest_item_first(self):
        """The books say that the second is paid; the insurer says the first."""
        first = self.deliver("2026-02-20", 700)
        second = self.deliver("2026-03-01", 700)
        self.pay(second, "2026-03-10")
        self.limit._refresh()
        self.assertEqual(self.row(first).status, codes.PAID)
        self.check(second, codes.COVERED, 700)
        self.assertEqual(self.limit.amount_open, 700)

    def test_stop_of_cover(self):
        old = self.deliver("2025-12-01", 100, due="2026-01-10")
        with freeze_time("2026-03-12"):
            new = self.deliver("2026-03-12", 200)
            self.limit._refresh()
            self.assertEqual(self.limit.stop_item_id, self.item(old))
            self.assertEqual(self.limit.stop_expiry, date(2026, 3, 11))
            self.assertEqual(self.limit.stop_days, 1)
            self.assertEqual(self.limit.amount_to_lift, 100)
            self.assertIn(old.name, self.limit.stop_reason)
        self.check(old, codes.OUTSIDE_PERIOD, 0, 100)
        self.check(new, codes.STOP_SHIPMENT, 0, 200)
        self.pay(old, "2026-03-13")
        later = self.deliver("2026-03-14", 300)
        self.limit._refresh()
        self.assertFalse(self.limit.is_stopped)
        self.check(new, codes.STOP_SHIPMENT, 0, 200)
        self.check(later, codes.COVERED, 300)

    def test_events_end_cover(self):
        before = self.deliver("2026-02-20", 100)
        after = self.deliver("2026-03-05", 100)
        self.limit.insolvency_date = "2026-03-01"
        self.check(before, codes.COVERED, 100)
        self.check(after, codes.COVER_ENDED, 0, 100)
        self.assertTrue(self.limit.is_stopped)
        self.assertIn("insolvent", self.limit.stop_reason)

    def test_what_is_left_out(self):
        person = self.env["res.partner"].create({"name": "Person"})
        limit = self.make_limit(person, 500)
        invoice = self.deliver("2026-03-01", 50, partner=person)
        limit._refresh()
        self.check(invoice, codes.EXCLUDED, 0, 50)
        self.policy.include_individuals = True
        limit._refresh()
        self.check(invoice, codes.COVERED, 50)
        tag = self.env["res.partner.category"].create({"name": "Related"})
        person.category_id = tag
        self.policy.excluded_category_ids = tag
        limit._refresh()
        self.check(invoice, codes.EXCLUDED, 0, 50)

    def test_dispute_suspends(self):
        invoice = self.deliver("2026-03-01", 100)
        self.limit._refresh()
        hold = (
            self.env["arm.hold"]
            .sudo()
            .create(
                {
                    "item_id": self.item(invoice).id,
                    "company_id": self.company.id,
                    "reason": "dispute",
                }
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE arm_hold SET create_date = '2026-03-10' WHERE id = %s", [hold.id]
        )
        self.assertTrue(self.limit.is_stale)
        self.limit._refresh()
        self.assertEqual(self.row(invoice).suspended, 100)
        self.assertEqual(self.limit.suspended, 100)
        self.assertEqual(self.limit.covered, 0)

    def test_each_instalment_is_an_item(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Three parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": days}
                    )
                    for part, days in ((30, 10), (30, 40), (40, 70))
                ],
            }
        )
        invoice = self.make_invoice(self.buyer, False, 900)
        invoice.write(
            {
                "invoice_date": "2026-03-01",
                "invoice_payment_term_id": term.id,
            }
        )
        invoice.action_post()
        self.limit._refresh()
        rows = self.row(invoice).sorted("date_maturity")
        self.assertEqual(rows.mapped("covered"), [270, 270, 360])
        self.assertEqual(rows[0].mep_expiry, date(2026, 5, 10))

    # -------------------------------------------------------------- the past changes

    def test_backdated_receipt_and_decision_are_replayed(self):
        first = self.deliver("2026-02-01", 900)
        second = self.deliver("2026-02-10", 400)
        self.decide(self.limit, "withdraw", "2026-03-01")
        self.check(second, codes.PARTIAL, 100, 300)
        # It was paid before the withdrawal, and is entered now: more moved up.
        self.pay(first, "2026-02-25", 600)
        self.limit._refresh()
        self.check(second, codes.COVERED, 400)
        # The insurer had withdrawn the limit earlier than we knew.
        self.decide(self.limit, "withdraw", "2026-02-05")
        self.check(first, codes.COVERED, 300)
        self.check(second, codes.LIMIT_WITHDRAWN, 0, 400)

    def test_moved_due_date_does_not_move_the_clock(self):
        invoice = self.deliver("2026-01-05", 100, due="2026-01-12")
        self.item(invoice).date_maturity = "2026-05-01"
        fact = self.env["arm.insurance.item"].search(
            [("item_id", "=", self.item(invoice).id)]
        )
        self.assertEqual(fact.original_due, date(2026, 1, 12))
        self.item(invoice).date_maturity = "2026-06-01"
        self.assertEqual(fact.original_due, date(2026, 1, 12))
        self.limit._refresh()
        self.assertEqual(self.limit.stop_expiry, date(2026, 3, 13))
        fact.has_consent = True
        self.assertTrue(self.limit.is_stale)

    def test_delivery_keeps_the_clauses_of_its_year(self):
        self.policy.action_draft()
        old = self.env["arm.insurance.year"].create(
            {
                "policy_id": self.policy.id,
                "date_from": "2025-01-01",
                "date_to": "2025-12-31",
                "pct_named": 75,
                "vat_covered": True,
            }
        )
        self.policy.action_activate()
        self.assertTrue(old)
        self.decide(self.limit, "grant", "2025-01-01", amount=1000)
        last = self.deliver("2025-12-31", 100, due="2026-02-28")
        this = self.deliver("2026-01-01", 100, due="2026-02-28")
        self.limit._refresh()
        self.assertEqual(self.row(last).insured_amount, 75)
        self.assertEqual(self.row(this).insured_amount, 90)

    # -------------------------------------------------------------------- currencies

    def test_foreign_currency_counts_at_the_invoice_date(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        self.env["res.currency.rate"].create(
            [
                {"currency_id": foreign.id, "name": day, "rate": rate,
                 "company_id": self.company.id}
                for day, rate in [("2026-01-01", 2.0), ("2026-03-05", 4.0)]
            ]
        )  # fmt: skip
        invoice = self.deliver("2026-02-01", 800, currency_id=foreign.id)
        later = self.deliver("2026-03-06", 800, currency_id=foreign.id)
        self.limit._refresh()
        self.check(invoice, codes.COVERED, 400)
        self.check(later, codes.COVERED, 200)
        self.pay(invoice, "2026-03-10")
        self.limit._refresh()
        self.assertFalse(self.row(invoice))
        self.check(later, codes.COVERED, 200)
        self.assertEqual(self.limit.amount_open, 200)

    def test_policy_in_another_currency(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": foreign.id, "name": "2026-01-01", "rate": 2.0,
             "company_id": self.company.id}
        )  # fmt: skip
        policy = self.make_policy("CHF", currency_id=foreign.id)
        limit = self.env["arm.insurance.limit"].create(
            {"policy_id": policy.id, "partner_id": self.buyer.id}
        )
        self.decide(limit, "grant", "2026-01-01", amount=150)
        invoice = self.deliver("2026-02-01", 100)
        self.pay(invoice, "2026-02-10", 40)
        limit._refresh()
        row = limit.coverage_ids
        self.assertEqual((row.amount_open, row.covered), (120, 120))
        self.assertEqual(row.currency_id, foreign)

    def test_rates_are_those_of_core(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        self.env["res.currency.rate"].create(
            [
                {"currency_id": foreign.id, "name": day, "rate": rate,
                 "company_id": self.company.id}
                for day, rate in [("2026-01-10", 2.0), ("2026-03-05", 4.0)]
            ]
        )  # fmt: skip
        own = self.company.currency_id
        table = self.env["arm.insurance.ledger"]._get_rates(self.policy)
        for day in (date(2025, 1, 1), date(2026, 1, 10), date(2026, 3, 4),
                    date(2026, 3, 5), date(2027, 1, 1)):  # fmt: skip
            core = foreign._get_conversion_rate(foreign, own, self.company, day)
            self.assertAlmostEqual(float(table.rate(foreign.id, day)), core, 9, day)

    # ------------------------------------------------------------- joint companies

    def test_joint_insured_share_one_limit(self):
        other = self.setup_other_company()["company"]
        self.policy.joint_company_ids = other
        self.deliver("2026-02-01", 800)
        buyer = self.buyer.with_company(other)
        theirs = self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": buyer.id,
                "invoice_date": "2026-02-02",
                "invoice_date_due": "2026-03-30",
                "invoice_payment_term_id": False,
                "currency_id": self.company.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "x", "price_unit": 500, "tax_ids": [Command.clear()]}
                    )
                ],
            }
        )  # fmt: skip
        theirs.action_post()
        self.assertTrue(self.limit.is_stale)
        self.limit._refresh()
        self.check(theirs, codes.PARTIAL, 200, 300)
        self.assertEqual(self.row(theirs).company_id, other)

    # ----------------------------------------------------------- what is kept, shown

    def test_story_tells_the_days(self):
        first = self.deliver("2026-02-20", 700)
        second = self.deliver("2026-03-01", 500)
        self.pay(first, "2026-03-10")
        self.limit._refresh()
        action = self.row(second).action_explain()
        story = self.env["arm.insurance.story"].browse(action["res_id"])
        days = story.day_ids
        self.assertEqual(days.mapped("day"), [date(2026, 3, 1), date(2026, 3, 10)])
        self.assertIn("Cover taken", days[0].what)
        self.assertIn("300.00", days[0].what)
        self.assertIn("Moved up into the limit", days[1].what)
        self.assertEqual(days.mapped("covered"), [300, 500])
        self.assertIn("Insured in full", story.reason)

    def test_month_end_stays_as_it_was(self):
        invoice = self.deliver("2026-02-20", 700)
        self.env["arm.insurance.engine"]._snapshot(
            self.policy, self.limit, date(2026, 2, 28)
        )
        self.pay(invoice, "2026-03-10")
        self.limit._refresh()
        rows = self.env["arm.insurance.coverage"].search(
            [("limit_id", "=", self.limit.id)]
        )
        self.assertEqual(rows.mapped("snapshot_date"), [date(2026, 2, 28)])
        self.assertEqual(rows.covered, 700)
        again = rows.read()
        self.env["arm.insurance.engine"]._snapshot(
            self.policy, self.limit, date(2026, 2, 28)
        )
        self.assertEqual(rows.read(), again)

    def test_cron_replays_what_changed_and_what_is_due(self):
        quiet = self.make_limit(self.make_customer("Quiet"), 100)
        self.deliver("2026-01-02", 100, due="2026-01-18")
        self.limit._refresh()
        self.assertFalse(self.limit.is_stopped)
        self.assertEqual(self.limit.next_event, date(2026, 3, 20))
        unknown = self.make_customer("Unknown")
        invoice = self.deliver("2026-03-02", 50, partner=unknown)
        self.env["arm.customer.account"]._refresh(self.company, unknown)
        before = (quiet.replayed_on, self.limit.replayed_on)
        cron = self.env.ref("arm_insurance.ir_cron_refresh")
        with self.enter_registry_test_mode(), freeze_time("2026-03-20 09:00:00"):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(quiet.replayed_on, before[0])
        self.assertEqual(self.limit.is_stopped, True)
        self.check(invoice, codes.NO_LIMIT, 0, 50)
        self.assertEqual(self.row(invoice).limit_id.state, "none")
        self.assertEqual(self.policy.snapshot_on, date(2026, 2, 28))

    def test_a_draft_policy_insures_nothing(self):
        invoice = self.deliver("2026-03-01", 100)
        self.limit._refresh()
        self.check(invoice, codes.COVERED, 100)
        self.policy.action_draft()
        self.limit._refresh()
        self.assertFalse(self.row(invoice))
        self.assertEqual(self.limit.covered, 0)

    # --------------------------------------------------------- random differential

    def test_stored_rows_equal_the_pure_replay(self):
        """Random accounts: what is stored is what the arithmetic says of the same."""
        dice = random.Random(7)
        for number in range(4):
            buyer = self.make_customer(f"Random {number}")
            limit = self.make_limit(buyer, dice.randint(200, 2000))
            invoices = []
            for _step in range(12):
                self.random_step(dice, buyer, limit, invoices)
            limit._refresh()
            self.assertFalse(limit.error)
            self.compare(limit, invoices)

    def random_step(self, dice, buyer, limit, invoices):
        day = date(2026, 1, 2) + timedelta(days=dice.randint(0, 70))
        move = dice.random()
        unpaid = [inv for inv in invoices if inv.amount_residual > 1]
        if move < 0.5 or not unpaid:
            due = day + timedelta(days=dice.choice((0, 7, 30)))
            amount = dice.randint(5, 80000) / 100
            invoices.append(self.deliver(str(day), amount, str(due), buyer))
        elif move < 0.85:
            invoice = dice.choice(unpaid)
            part = round(invoice.amount_residual * dice.choice((0.3, 1)), 2)
            self.pay(invoice, str(max(day, invoice.invoice_date)), part)
        elif move < 0.95:
            kind = dice.choice(("increase", "reduce"))
            self.decide(limit, kind, str(day), amount=dice.randint(0, 2000))
        else:
            self.decide(limit, "withdraw", str(day))

    def compare(self, limit, invoices):
        """Build the same account from the documents, not from the loader."""
        items, receipts = [], []
        lines = self.env["account.move.line"].browse(
            self.item(invoice).id for invoice in invoices
        )
        for line in lines.sorted(lambda r: (r.move_id.invoice_date, r.move_id.id)):
            due, key = line.date_maturity, str(line.id)
            gross = Decimal(str(line.balance))
            items.append(Item(key, line.move_id.invoice_date, due, gross))
            for partial in line.matched_credit_ids:
                amount = Decimal(str(partial.amount))
                receipts.append(
                    Receipt(partial.credit_move_id.date, amount, invoice=key)
                )
        terms = self.policy.year_ids._get_terms_for(limit._get_facts()[limit.id])[0]
        want = replay(terms, limit._get_history(), items, receipts, date(2026, 3, 16))
        rows = {str(row.item_id.id): row for row in limit.coverage_ids}
        for item in want.items:
            row = rows.pop(item.id, None)
            if row is None:
                self.assertEqual(item.open, 0)
                continue
            self.assertEqual(row.status, item.status)
            self.assertEqual(row.reasons, ",".join(item.reasons))
            for name in (*AMOUNTS, "insurable"):
                self.assertEqual(Decimal(str(row[name])), getattr(item, name), name)
        self.assertFalse(rows)
        self.assertEqual(limit.is_stopped, want.stop_shipment)
        self.assertEqual(Decimal(str(limit.covered)), want.totals.covered)

    # ------------------------------------------------------------------------ growth

    def test_statements_do_not_grow_with_the_account(self):
        buyers = [self.make_customer(f"Many {number}") for number in range(22)]
        limits = self.env["arm.insurance.limit"].browse(
            self.make_limit(buyer, 100).id for buyer in buyers
        )
        for buyer in buyers:
            self.deliver("2026-03-01", 60, partner=buyer)

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records._refresh()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(limits)
        few, many = count(limits[:2]), count(limits[2:])
        self.assertLess(many - few, 6, f"{few} for 2, {many} for 20 buyers")

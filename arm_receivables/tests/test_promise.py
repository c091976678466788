from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..tools.promise import (
    ClosedPromise,
    Payment,
    Standing,
    judge_promise,
    promise_rate,
)
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPromise(ReceivablesCommon):
    """Promises hold their items, payments decide, and the customer's figures know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.promise_grace_days = 2
        cls.collector = cls.make_user("p_collector", "collector")
        cls.customer = cls.make_customer("Promises Ltd")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-01", 100)
        cls.account = cls.account_of(cls.customer)
        cls.account.sudo().collector_id = cls.collector
        cls.item = cls.item_of(cls.invoice)

    @classmethod
    def item_of(cls, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def promise(self, items=None, amount=None, day="2026-03-20", user=None, **values):
        """Enter a promise as a collector does: in the dialog of the open items."""
        items = (items or self.item).with_user(user or self.collector)
        action = items.action_promise()
        form = Form(
            self.env[action["res_model"]]
            .with_user(user or self.collector)
            .with_context(**action["context"])
        )
        form.date = day
        if amount is not None:
            form.amount = amount
        for name, value in values.items():
            form[name] = value
        return form.save()

    def refresh(self):
        self.account_of(self.customer)

    # ------------------------------------------------------------------- the verdict

    def test_dialog_proposes_what_is_open(self):
        promise = self.promise()
        self.assertEqual(promise.account_id, self.account)
        self.assertEqual((promise.amount, promise.state), (100, "open"))
        self.assertEqual(str(promise.date_last), "2026-03-22")
        self.assertEqual(promise.user_id, self.collector)
        self.assertEqual(self.item.hold_reason, "promise")
        self.assertEqual(str(self.item.hold_until), "2026-03-22")
        self.assertEqual(self.account.amount_promised, 100)
        self.assertEqual(self.account.running_promise_count, 1)

    def test_kept_with_the_last_day_of_grace(self):
        promise = self.promise()
        with freeze_time("2026-03-22 09:00:00"):
            self.pay(self.invoice, "2026-03-22")
            self.assertEqual((promise.state, promise.amount_paid), ("kept", 100))
        self.assertFalse(self.env["arm.hold"].search([("item_id", "=", self.item.id)]))
        self.assertEqual(self.account.promises_kept, 100)

    def test_broken_by_a_day_is_told_and_counted(self):
        promise = self.promise()
        with freeze_time("2026-03-23 09:00:00"):
            self.refresh()
            self.assertEqual(promise.state, "broken")
            self.assertFalse(self.item.hold_id)
            self.assertEqual(self.account.promises_broken, 1)
            self.assertEqual(self.account.amount_promised, 0)
            activity = self.account.activity_ids
            self.assertEqual(activity.user_id, self.collector)
            self.assertIn("Promise not kept", activity.summary)
            self.refresh()
            self.assertEqual(len(self.account.activity_ids), 1)  # told once

    def test_kept_in_part(self):
        promise = self.promise()
        self.pay(self.invoice, "2026-03-18", 40)
        self.assertEqual((promise.state, promise.amount_paid), ("open", 40))
        with freeze_time("2026-03-23 09:00:00"):
            self.refresh()
            self.assertEqual((promise.state, promise.paid_share), ("partly", 40))
            self.assertEqual(self.account.promises_broken, 1)

    def test_payment_before_the_promise_does_not_count(self):
        self.pay(self.invoice, TODAY, 40)
        promise = self.promise()
        self.assertEqual((promise.amount, promise.amount_paid), (60, 0))
        self.pay(self.invoice, TODAY, 60)
        self.assertEqual(promise.state, "kept")

    def test_bank_statement_entered_late_and_payment_returned(self):
        """The day of the payment decides, not the day of its entry; both can change."""
        promise = self.promise()
        with freeze_time("2026-03-25 09:00:00"):
            self.refresh()
            self.assertEqual(promise.state, "broken")
            payment = self.pay(self.invoice, "2026-03-20")
            self.assertEqual(promise.state, "kept")
            lines = payment.move_id.line_ids | self.invoice.line_ids
            lines.remove_move_reconcile()
            self.assertEqual(promise.state, "broken")

    def test_credit_note_takes_the_promise_along(self):
        promise = self.promise()
        self.invoice._reverse_moves(cancel=True)
        self.assertEqual(promise.state, "cancelled")
        self.assertFalse(self.account.promise_count)

    def test_sql_agrees_with_the_formula(self):
        """A grid of payments, credits and days: the statement and the pure function."""
        cases = [
            (promised, paid, day, credited)
            for promised in (100, 70)
            for paid, day in [(0, 20), (70, 20), (100, 22), (100, 23), (30, 18)]
            for credited in (0, 30)
            if paid + credited <= 100
        ]
        made = []
        for promised, paid, day, credited in cases:
            invoice = self.post_invoice(self.customer, "2026-03-01", 100)
            promise = self.promise(self.item_of(invoice), promised)
            if credited:
                refund = invoice._reverse_moves([{"invoice_date": TODAY}])
                refund.invoice_line_ids.price_unit = credited
                refund.action_post()
            if paid:
                self.pay(invoice, f"2026-03-{day}", paid)
            made.append(promise)
        for today in ("2026-03-16", "2026-03-22", "2026-03-24"):
            with freeze_time(f"{today} 09:00:00"):
                self.refresh()
                for promise, (promised, paid, day, credited) in zip(
                    made, cases, strict=True
                ):
                    expected = judge_promise(
                        Decimal(promised),
                        date(2026, 3, 20),
                        Standing(
                            Decimal(100),
                            Decimal(credited),
                            (Payment(date(2026, 3, day), Decimal(paid)),),
                        ),
                        grace_days=2,
                        as_of=date.fromisoformat("2026-03-24"),
                    )
                    if today == "2026-03-24":
                        state = expected.state
                        if state == "broken" and expected.paid_in_time:
                            state = "partly"
                        self.assertEqual(
                            (promise.state, promise.amount_paid),
                            (state, expected.paid_in_time),
                            (promised, paid, day, credited),
                        )
        closed = [
            ClosedPromise(
                Decimal(str(p.amount_company)),
                "kept" if p.state == "kept" else "broken",
            )
            for p in made
        ]
        rate = promise_rate(closed)
        with freeze_time("2026-03-24 09:00:00"):
            self.refresh()
        self.assertAlmostEqual(self.account.promises_kept, float(rate.by_count), 2)
        self.assertAlmostEqual(
            self.account.promises_kept_amount, float(rate.by_amount), 2
        )

    # -------------------------------------------------------------------- bad input

    def test_refusals(self):
        with self.refused("is past", ValidationError):
            self.promise(day="2026-03-15")
        with self.refused("more cannot be promised"):
            self.promise(amount=101)
        self.promise()
        with self.refused("promised already"):
            self.promise()
        other = self.post_invoice(self.make_customer("Other"), "2026-03-01", 10)
        with self.refused("several customers"):
            (self.item | self.item_of(other)).action_promise()
        with self.refused("still owes"):
            self.invoice.line_ids.filtered(
                lambda line: line.account_type != "asset_receivable"
            ).with_user(self.env.ref("base.user_admin"))._check_same_customer()

    def test_nobody_writes_the_outcome(self):
        promise = self.promise()
        for vals in ({"state": "kept"}, {"amount": 1}, {"date": "2027-01-01"}):
            with self.assertRaises(AccessError):
                promise.write(vals)
        with self.assertRaises(AccessError):
            promise.unlink()
        promise.note = "Rang back"
        with self.assertRaises(AccessError):
            promise.with_user(self.make_user("p_reader", "reader")).action_cancel()
        foreign = self.make_user("p_foreign", "collector")
        with self.assertRaises(AccessError):
            promise.with_user(foreign).action_cancel()
        with self.assertRaises(AccessError):
            self.promise(self.item, user=foreign)

    def test_cancel_gives_the_items_back(self):
        promise = self.promise()
        promise.action_cancel()
        self.assertEqual(promise.state, "cancelled")
        self.assertFalse(self.item.hold_id)
        self.assertEqual(self.account.amount_promised, 0)
        with self.assertRaises(UserError):
            promise.action_cancel()

    def test_pause_comes_back_after_a_shorter_promise(self):
        self.env["arm.hold.pause"].with_user(self.collector).create(
            {
                "item_ids": self.item.ids,
                "until": "2026-04-30",
                "reason": "Waits for a document",
            }
        ).action_apply()
        promise = self.promise()
        self.assertEqual(self.item.hold_reason, "promise")
        promise.action_cancel()
        self.assertEqual(self.item.hold_reason, "pause")
        self.assertEqual(str(self.item.hold_until), "2026-04-30")

    def test_time_line_shows_promise_and_verdict(self):
        self.promise().action_cancel()
        events = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account.id), ("kind", "=", "promise")]
        )
        self.assertEqual(set(events.mapped("description")), {"Open", "Cancelled"})

    def test_queries_do_not_grow_with_the_promises(self):
        def judge(count):
            """Queries to judge as many promises that nobody kept."""
            customer = self.make_customer(f"Many {count}")
            for _number in range(count):
                invoice = self.post_invoice(customer, "2026-03-01", 10)
                self.account_of(customer).sudo().collector_id = self.collector
                self.promise(self.item_of(invoice))
            self.env.flush_all()
            with freeze_time("2026-03-25 09:00:00"):
                before = self.env.cr.sql_log_count
                self.env["arm.customer.account"]._refresh(self.company, customer)
                self.env.flush_all()
                return self.env.cr.sql_log_count - before

        judge(1)
        self.assertLess(judge(10) - judge(1), 15)

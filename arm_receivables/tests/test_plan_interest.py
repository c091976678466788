from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..tools.payment_plan import plan_interest
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPlanInterest(ReceivablesCommon):
    """Payment plans with interest on what is still owed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Interest Ltd")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-01", 36500)
        cls.account = cls.account_of(cls.customer)
        items = cls.invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        plans = cls.env["arm.payment.plan"]
        cls.plan = plans.create(
            {
                **plans._prepare_from_items(items),
                "date_first": "2026-03-26",
                "interest_rate": 10,
                "line_ids": [
                    Command.create({"date": "2026-03-26", "amount": 16500}),
                    Command.create({"date": "2026-04-05", "amount": 20000}),
                ],
            }
        )

    def test_formula(self):
        """10 % of 36,500 for 10 days is 100; of the remaining 20,000 54.79."""
        start = date(2026, 3, 16)
        schedule = [
            (date(2026, 4, 5), Decimal(20000)),
            (date(2026, 3, 26), Decimal(16500)),
        ]
        self.assertEqual(
            plan_interest(schedule, Decimal(10), start),
            [Decimal("100.00"), Decimal("54.79")],
        )
        self.assertEqual(plan_interest(schedule, Decimal(0), start), [Decimal(0)] * 2)
        self.assertEqual(
            plan_interest(schedule, Decimal(10), date(2026, 4, 1)),
            [Decimal(0), Decimal("21.92")],
        )
        self.assertEqual(plan_interest([], Decimal(10), start), [])
        with self.assertRaises(ValueError):
            plan_interest(schedule, Decimal(-1), start)

    def test_interest_is_invoiced_on_top(self):
        """The instalments pay the items; the interest is a draft of its own."""
        lines = self.plan.line_ids.sorted("date")
        self.assertEqual(lines.mapped("amount_interest"), [100, 54.79])
        self.plan.action_agree()
        move = self.plan.interest_move_id
        self.assertEqual((move.state, move.amount_total), ("draft", 154.79))
        self.assertEqual(str(move.invoice_date_due), "2026-04-05")
        self.assertEqual(sum(self.plan.promise_ids.mapped("amount")), 36500)
        with self.refused("stays as it is", UserError):
            self.plan.interest_rate = 5
        self.plan.action_cancel()
        self.assertFalse(move.exists())

    def test_no_interest_no_invoice(self):
        self.plan.interest_rate = 0
        self.plan.action_agree()
        self.assertFalse(self.plan.interest_move_id)

    def test_rate_is_a_rate(self):
        for rate in (-1, 101):
            with self.refused("between 0 and 100", ValidationError):
                self.plan.interest_rate = rate

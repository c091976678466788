from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from ..tools.payment_plan import due_days, equal_instalments
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPlanExtension(ReceivablesCommon):
    """Plans and extensions hold items, end by themselves, and keep due dates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.promise_grace_days = 0
        cls.company.extension_collector_amount = 150
        cls.collector = cls.make_user("x_collector", "collector")
        cls.manager = cls.make_user("x_manager", "manager")
        cls.customer = cls.make_customer("Plans Ltd")
        cls.invoices = [
            cls.post_invoice(cls.customer, "2026-03-01", amount)
            for amount in (100, 200)
        ]
        cls.account = cls.account_of(cls.customer)
        cls.account.sudo().collector_id = cls.collector
        cls.items = cls.items_of(cls.invoices)

    @classmethod
    def items_of(cls, invoices):
        lines = cls.env["account.move"].union(*invoices).line_ids
        return lines.filtered(lambda line: line.account_type == "asset_receivable")

    def enter(self, action, items=None, user=None, **values):
        user = user or self.collector
        items = (self.items if items is None else items).with_user(user)
        window = getattr(items, action)()
        model = self.env[window["res_model"]].with_user(user)
        form = Form(model.with_context(**window["context"]))
        for name, value in values.items():
            form[name] = value
        return form.save()

    def plan(self, **values):
        return self.enter("action_plan", date_first="2026-03-20", **values)

    def on(self, day):
        """The customer's figures as they are on a day."""
        with freeze_time(f"{day} 09:00:00"):
            self.account_of(self.customer)

    # ------------------------------------------------------------------------- plans

    def test_schedule(self):
        """Equal parts add up; months keep their day or take their last one."""
        self.assertEqual(
            equal_instalments(Decimal(100), 3),
            [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")],
        )
        self.assertEqual(
            due_days(date(2026, 1, 31), 3, "month"),
            [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)],
        )
        self.assertEqual(due_days(date(2025, 12, 31), 2, "month")[1], date(2026, 1, 31))
        self.assertEqual(due_days(date(2026, 1, 1), 2, "week")[1], date(2026, 1, 8))
        for wrong in ((Decimal(100), 0), (Decimal("0.01"), 2), (Decimal(9), 61)):
            with self.assertRaises(ValueError):
                equal_instalments(*wrong)
        with self.assertRaises(ValueError):
            due_days(date(2026, 1, 1), 2, "day")

    def test_plan_is_paid(self):
        """Money pays the oldest instalment first, whichever invoice it settles."""
        plan = self.plan(instalment_count=3)
        self.assertEqual(plan.line_ids.mapped("amount"), [100, 100, 100])
        self.assertFalse(self.items.hold_id)  # nothing is agreed yet
        plan.action_agree()
        self.assertEqual(plan.state, "running")
        self.assertEqual(set(self.items.mapped("hold_reason")), {"plan"})
        self.assertEqual(str(self.items[0].hold_until), "2026-05-20")
        self.assertEqual(self.account.amount_promised, 300)
        self.assertEqual(str(self.items[0].date_maturity), "2026-03-01")
        with freeze_time("2026-03-18 09:00:00"):
            self.pay(self.invoices[1], "2026-03-18", 150)
        self.assertEqual(plan.line_ids.mapped("state"), ["kept", "open", "open"])
        self.assertEqual(plan.line_ids.mapped("amount_paid"), [100, 50, 0])
        with freeze_time("2026-04-20 09:00:00"):
            self.pay(self.invoices[1], "2026-04-20", 50)
            self.pay(self.invoices[0], "2026-04-20", 100)
        self.assertEqual((plan.state, plan.paid_share), ("done", 100))
        self.assertFalse(self.items.hold_id)

    def test_missed_instalment_fails_the_plan(self):
        plan = self.plan(instalment_count=3)
        plan.action_agree()
        self.on("2026-03-20")
        self.assertEqual(plan.state, "running")
        self.on("2026-03-21")
        self.assertEqual(plan.state, "failed")
        self.assertEqual(
            plan.line_ids.mapped("state"), ["broken", "cancelled", "cancelled"]
        )
        self.assertFalse(self.items.hold_id)
        self.assertEqual(self.account.promises_broken, 1)

    def test_two_may_be_missed(self):
        plan = self.plan(instalment_count=3, missed_allowed="2")
        plan.action_agree()
        self.on("2026-03-21")
        self.assertEqual(plan.state, "running")
        self.assertEqual(self.items[0].hold_reason, "plan")
        self.on("2026-04-21")
        self.assertEqual(plan.state, "failed")

    def test_free_instalments_and_refusals(self):
        plan = self.plan(instalment_count=2)
        plan.line_ids[0].amount = 250
        with self.refused("add up to"):
            plan.action_agree()
        plan.line_ids[1].amount = 50
        plan.action_agree()
        with self.assertRaises(AccessError):
            plan.line_ids[0].amount = 10
        with self.assertRaises(AccessError):
            plan.line_ids[0].unlink()
        with self.assertRaises(AccessError):
            plan.line_ids.create(
                {"plan_id": plan.id, "date": "2026-05-01", "amount": 5}
            )
        with self.refused("promised already"):
            self.enter("action_promise", date="2026-03-20")
        with self.refused("1 to 60", ValidationError):
            self.plan(instalment_count=0)
        late = self.plan(instalment_count=2)
        with freeze_time("2026-03-21 09:00:00"), self.refused("is past"):
            late.action_agree()
        self.pay(self.invoices[0], TODAY, 10)
        with self.refused("by now"):
            late.action_agree()

    def test_cancel_restores_the_chain(self):
        plan = self.plan(instalment_count=2)
        plan.action_agree()
        plan.promise_ids[0].action_cancel()  # an instalment is not cancelled alone
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(set(plan.promise_ids.mapped("state")), {"cancelled"})
        self.assertFalse(self.items.hold_id)
        with self.refused("ended already"):
            plan.action_cancel()

    # -------------------------------------------------------------------- extensions

    def statement_lines(self, day=None):
        """The last column of words of each open item on the customer's statement."""
        account = self.items[0]._get_customer_account()
        statement = self.env["arm.statement.engine"]._collect(
            account, date=date.fromisoformat(day) if day else None
        )[account.id]
        words = self.env["arm.statement.format"]
        labels = words._get_kind_labels()
        return [
            words._describe(line, labels)[1]
            for section in statement.sections
            for line in section.lines
        ]

    def test_small_extension_is_granted_at_once_and_ends(self):
        extension = self.enter(
            "action_extend", self.items[0], date="2026-04-10", reason="Late delivery"
        )
        self.assertEqual(extension.state, "granted")
        self.assertEqual(extension.decided_by_id, self.collector)
        self.assertEqual(self.items[0].hold_reason, "extension")
        self.assertEqual(str(self.items[0].date_maturity), "2026-03-01")
        self.assertFalse(self.items[1].hold_id)
        self.assertEqual(self.statement_lines(), ["extended to 04/10/2026", ""])
        self.assertEqual(self.statement_lines("2026-04-11"), ["", ""])
        self.on("2026-04-11")
        self.assertFalse(
            self.env["arm.hold"].search([("item_id", "in", self.items.ids)])
        )
        with freeze_time("2026-04-11 09:00:00"):
            self.assertIn(extension, extension.search([("is_over", "=", True)]))

    def test_large_extension_waits_for_a_manager(self):
        extension = self.enter("action_extend", date="2026-04-10", reason="Season")
        self.assertEqual((extension.state, extension.amount), ("requested", 300))
        self.assertTrue(extension.sudo().activity_ids)
        self.assertFalse(self.items.hold_id)
        with self.refused("Only a credit manager", AccessError):
            extension.action_grant()
        extension.with_user(self.manager).action_grant()
        self.assertEqual(set(self.items.mapped("hold_reason")), {"extension"})
        self.assertFalse(extension.sudo().activity_ids)
        extension.action_cancel()
        self.assertFalse(self.items.hold_id)
        with self.refused("decided already"):
            extension.with_user(self.manager).action_grant()

    def test_extension_needs_a_later_day(self):
        for day in ("2026-03-16", "2026-06-30"):
            with self.assertRaises(ValidationError):
                self.enter("action_extend", date=day, reason="Test")
        with self.assertRaises(AccessError):
            self.env["arm.extension"].with_user(self.collector).create(
                {
                    "account_id": self.account.id,
                    "currency_id": self.items[0].currency_id.id,
                    "item_ids": self.items.ids,
                    "date": "2026-04-01",
                    "reason": "Test",
                    "state": "granted",
                }
            )

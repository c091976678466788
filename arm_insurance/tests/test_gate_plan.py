from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestGatePlan(InsuranceCommon):
    """A payment plan that runs longer than the insurer lets you wait."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)
        # Waits until 21 March at the latest: 60 days after the due date.
        cls.invoice = cls.post_invoice(
            cls.buyer, "2026-01-20", 300, invoice_date="2026-01-05"
        )
        cls.limit._refresh()

    def make_plan(self, *days):
        # As superuser: the rights of plans are those of receivables.
        plans = self.env["arm.payment.plan"].sudo()
        plan = plans.create(
            {
                "account_id": self.account_of(self.buyer).id,
                "currency_id": self.company.currency_id.id,
                "item_ids": self.item(self.invoice).ids,
            }
        )
        plan.line_ids = [
            Command.clear(),
            *(Command.create({"date": day, "amount": 300 / len(days)}) for day in days),
        ]
        return plan

    def test_block_until_the_insurer_agrees(self):
        self.policy.gate_plan = "block"
        plan = self.make_plan("2026-03-20", "2026-03-22")
        self.assertEqual(plan.insurance_gate, "block")
        with self.refused("Ask the insurer for consent"):
            plan.action_agree()
        self.assertEqual(plan.state, "proposed")
        self.env["arm.insurance.overdue"].create(
            {
                "limit_id": self.limit.id,
                "category": "rescheduling",
                "consent_until": "2026-03-22",
            }
        )
        plan.invalidate_recordset()
        self.assertFalse(plan.insurance_gate)
        plan.action_agree()
        self.assertEqual(plan.state, "running")

    def test_a_plan_in_time_needs_nobody(self):
        self.policy.gate_plan = "block"
        plan = self.make_plan("2026-03-18", "2026-03-21")
        self.assertFalse(plan.insurance_gate)
        plan.action_agree()

    def test_warning_is_kept_as_a_note(self):
        plan = self.make_plan("2026-04-22")
        self.assertEqual(plan.insurance_gate, "warn")
        plan.action_agree()
        notes = " ".join(plan.message_ids.mapped("body"))
        self.assertIn("Ask the insurer for consent", notes)
        self.policy.gate_plan = "off"
        self.assertFalse(self.make_plan("2026-04-22").insurance_gate)

    def test_override_says_who_and_why(self):
        self.policy.gate_plan = "block"
        plan = self.make_plan("2026-04-22")
        values = {
            "plan_id": plan.id,
            "company_id": self.company.id,
            "reason": "The owner guarantees it",
        }
        overrides = self.env["arm.insurance.override"]
        with self.assertRaises(AccessError):
            overrides.with_user(self.make_insurance_user("collector")).create(values)
        user = self.make_insurance_user("insurance_user")
        override = overrides.with_user(user).create(values)
        self.assertEqual(override.user_id, user)
        self.assertIn("Ask the insurer", override.gate_text)
        self.assertEqual(plan.insurance_gate, "override")
        plan.action_agree()
        self.assertEqual(plan.state, "running")
        with self.assertRaises(UserError):
            override.reason = "other"

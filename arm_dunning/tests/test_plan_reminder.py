from odoo.tests import freeze_time, tagged

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPlanReminder(DunningCommon):
    """Instalments of payment plans have reminders of their own."""

    def agree(self, invoice, model, **values):
        items = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        with freeze_time(f"{TODAY} 05:00:00"):
            records = self.env[model]
            return records.create({**records._prepare_from_items(items), **values})

    def test_instalment_is_announced(self):
        """Two days before each instalment; single promises and items are left alone."""
        other = self.make_customer("Promising Ltd")
        planned, promised = (
            self.post_invoice(customer, "2026-03-01", 120)
            for customer in (self.customer, other)
        )
        plan = self.agree(
            planned,
            "arm.payment.plan",
            instalment_count=2,
            date_first="2026-03-20",
        )
        with freeze_time(f"{TODAY} 05:00:00"):
            plan.action_agree()
        self.agree(promised, "arm.promise", date="2026-03-20")
        task = self.make_task(
            "Instalment",
            -2,
            template="before_due",
            subject_type="promise",
            anchor="promise_date",
            item_domain="[('plan_id', '!=', False)]",
        )
        self.make_task("Overdue", 17, template="overdue")
        self.dun("2026-03-18")
        rows = self.env["arm.dunning.action"].search([("task_id", "=", task.id)])
        first = plan.promise_ids.sorted("date")[0]
        self.assertEqual((rows.subject_id, rows.amount), (first.id, 60))
        self.assertEqual(rows.state, "done")
        self.assertIn("60,00", self.mails_to(self.customer).body_html)
        self.assertEqual(self.actions_of(planned).mapped("reason"), ["held"])
        self.assertFalse(self.mails_to(other))

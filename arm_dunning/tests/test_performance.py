from odoo.tests import freeze_time, tagged

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPerformance(DunningCommon):
    """The work of a run grows with the data; its queries grow with the batches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_task("First", 3, template="overdue")
        cls.make_task("Call", 4, activity="Call them", catch_up_days=0)

    def make_debtors(self, count):
        """Customers with two due items each."""
        customers = self.env["res.partner"].create(
            [
                {"name": f"Debtor {number}", "email": f"d{number}@example.com"}
                for number in range(count)
            ]
        )
        invoices = self.env["account.move"]
        for customer in customers:
            invoices |= self.make_invoice(customer, "2026-03-13")
            invoices |= self.make_invoice(customer, "2026-03-12")
        invoices.action_post()
        return customers

    def measure(self, count):
        """(queries of planning, queries of executing) for new debtors in one batch."""
        customers = self.make_debtors(count)
        runs = self.env["arm.dunning.run"].sudo()
        with freeze_time(f"{TODAY} 08:00:00"):
            run = runs._open_run(self.company, "manual")
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            run._plan_locked()
            planned = self.env.cr.sql_log_count - start
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.assertTrue(run._execute_batch())
            self.assertFalse(run._execute_batch())
            executed = self.env.cr.sql_log_count - start
            run._finish()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.mails_to(customers)), count)
        return planned, executed

    def test_queries_do_not_grow_with_the_items(self):
        self.measure(1)  # fill the caches
        few_planned, few_executed = self.measure(3)
        many_planned, many_executed = self.measure(30)
        self.assertLessEqual(many_planned, few_planned + 2)
        self.assertLessEqual(many_executed, few_executed + 10)

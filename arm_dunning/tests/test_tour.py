from odoo import fields
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install", "arm")
class TestDunningTour(HttpCase):
    """An accountant builds a task and reads the register in a real browser."""

    def test_task_and_register(self):
        admin = self.env.ref("base.user_admin")
        company = admin.company_id
        customer = self.env["res.partner"].create(
            {"name": "Tour Customer", "email": "tour@example.com", "is_company": True}
        )
        self._make_register_row(company, customer)
        self.start_tour("/odoo/dunning-tasks", "arm_dunning_task_tour", login="admin")
        task = self.env["arm.dunning.task"].search([("name", "=", "Friendly call")])
        self.assertEqual(task.offset_days, 5)
        self.assertEqual(
            task.operation_ids.template_id,
            self.env.ref("arm_dunning.mail_template_overdue"),
        )

    def _make_register_row(self, company, customer):
        """A real run over a real invoice, without the commits of the engine."""
        today = company._local_today()
        if not company.chart_template:
            self.env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        template = self.env.ref("arm_dunning.mail_template_overdue")
        task = self.env["arm.dunning.task"].create(
            {
                "name": "Reminder",
                "company_id": company.id,
                "offset_days": 3,
                "operation_ids": [
                    fields.Command.create({"template_id": template.id}),
                ],
            }
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "partner_id": customer.id,
                "invoice_date": fields.Date.subtract(today, days=33),
                "invoice_date_due": fields.Date.subtract(today, days=3),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    fields.Command.create({"name": "Parts", "price_unit": 100})
                ],
            }
        )
        invoice.action_post()
        runs = self.env["arm.dunning.run"].sudo()
        run = runs._open_run(company, "manual")
        run._plan_locked()
        while run._execute_batch():
            self.env.flush_all()
        run._finish()
        action = self.env["arm.dunning.action"].search([("task_id", "=", task.id)])
        self.assertEqual(action.state, "done")

from odoo import fields
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install", "arm")
class TestDunningTour(HttpCase):
    """Tasks, packs, preview, run and register in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.user_admin").company_id
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.company, install_demo=False
            )
        tasks = cls.env["arm.dunning.task"].search(
            [("company_id", "=", cls.company.id)]
        )
        tasks.active = False
        cls.customer = cls.env["res.partner"].create(
            {"name": "Tour Customer", "email": "tour@example.com", "is_company": True}
        )

    def _post_invoice(self, days_late):
        today = self.company._local_today()
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.subtract(today, days=days_late + 30),
                "invoice_date_due": fields.Date.subtract(today, days=days_late),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    fields.Command.create({"name": "Parts", "price_unit": 100})
                ],
            }
        )
        invoice.action_post()

    def test_building_a_task(self):
        self._post_invoice(3)
        self.start_tour("/odoo/dunning-tasks", "arm_dunning_task_tour", login="admin")
        task = self.env["arm.dunning.task"].search([("name", "=", "Friendly mail")])
        self.assertEqual((task.offset_days, task.for_red), (3, False))
        self.assertEqual(
            task.operation_ids.template_id,
            self.env.ref("arm_dunning.mail_template_overdue"),
        )
        register = self.env["arm.dunning.action"].search([("task_id", "=", task.id)])
        self.assertFalse(register, "a preview writes nothing")

    def test_loading_previewing_running_reading(self):
        self._post_invoice(2)
        url = "/odoo/dunning-procedures"
        self.start_tour(url, "arm_dunning_pack_tour", login="admin")
        procedure = self.env["arm.dunning.procedure"].search(
            [("name", "=", "Tour Procedure")]
        )
        self.assertGreater(procedure.task_count, 10)
        self._perform_run()
        url = "/odoo/dunning-register"
        self.start_tour(url, "arm_dunning_register_tour", login="admin")

    def test_confirming_an_answer(self):
        """A promise by e-mail becomes one, with one click."""
        self._post_invoice(3)
        accounts = self.env["arm.customer.account"]
        accounts._refresh(self.company)
        account = accounts.search([("partner_id", "=", self.customer.id)])
        day = fields.Date.add(self.company._local_today(), days=5)
        account.sudo()._note_reply(
            {
                "message_id": "<tour@example.com>",
                "email_from": "tour@example.com",
                "subject": "Re: reminder",
                "body": f"<p>Hello, we will pay on {day}.</p>",
            }
        )
        url = "/odoo/dunning-answers"
        self.start_tour(url, "arm_dunning_answer_tour", login="admin")
        promise = self.env["arm.promise"].search([("account_id", "=", account.id)])
        self.assertEqual(promise.date, day)

    def _perform_run(self):
        """What the scheduled action does, without the commits of the engine."""
        run = self.env["arm.dunning.run"].search(
            [("company_id", "=", self.company.id), ("origin", "=", "manual")], limit=1
        )
        self.assertEqual(run.state, "planning")
        run = run.sudo()
        run._plan_locked()
        while run._execute_batch():
            self.env.flush_all()
        run._finish()
        done = run.action_ids.filtered(lambda a: a.partner_id == self.customer)
        self.assertEqual(set(done.mapped("state")), {"done"})

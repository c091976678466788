from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestTask(DunningCommon, CronMixinCase):
    """Tasks say what they mean, and refuse what cannot work."""

    def test_when_in_words(self):
        task = self.make_task("T", 3, template="overdue")
        self.assertEqual(task.when_text, "3 days after the due date")
        task.offset_days = -2
        self.assertEqual(task.when_text, "2 days before the due date")
        task.offset_days = 0
        self.assertEqual(task.when_text, "on the due date")

    def test_condition_in_words(self):
        """The whole condition as a sentence, in the reader's language."""
        self.company.dunning_hour = 7.0
        task = self.make_task(
            "T",
            -2,
            template="before_due",
            for_red=False,
            amount_min=50,
            catch_up_days=1,
        )
        self.assertEqual(
            task.condition_text,
            "Invoice: 2 days before the due date, at 07:00, or a day later at most, "
            "for green and yellow customers, items of at least "
            "$\N{NO-BREAK SPACE}50.00",
        )
        task.write(
            {
                "offset_days": 1,
                "day_type": "working",
                "for_red": True,
                "amount_min": 0,
                "balance_min": 1000,
                "days_late_max": 30,
                "insurance": "only",
                "partner_domain": "[('ref', '!=', False)]",
                "item_domain": "[('name', '!=', False)]",
                "date_to": "2026-12-31",
                "repeat_max": 3,
                "catch_up_days": 0,
            }
        )
        self.company.dunning_hour = 6.5
        for part in (
            "1 working day after the due date, then every 7 days, 3 times in all",
            "at 06:30",
            "for chosen customers",
            "owing at least",
            "at most 30 days overdue",
            "only insured items",
            "only chosen items",
            "until 12/31/2026",
            "on that day only",
        ):
            self.assertIn(part, task.condition_text)
        task.write(
            {"subject_type": "account", "anchor": "month_start", "item_domain": False}
        )
        self.assertIn(
            "Customer Balance: First Day of the Month: 1 working day after",
            task.condition_text,
        )

    def test_date_follows_what_it_is_about(self):
        """An order has no due date, so the form chooses one that it has."""
        with Form(self.env["arm.dunning.task"]) as form:
            form.name = "Thanks"
            form.subject_type = "order"
            self.assertEqual(form.anchor, "order_date")
            self.assertNotIn("due_date", form.anchor_options)
        self.assertTrue(form.record.is_courtesy)

    def test_what_it_would_do_today(self):
        """This task's customers only, and nothing is written."""
        task = self.make_task("T", 3, template="overdue")
        self.make_task("Other", 10, template="second")
        manager = new_test_user(
            self.env,
            "task.manager",
            groups="arm_receivables.group_receivables_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.post_invoice(self.make_customer("Late Ltd"), "2026-03-06")
        with freeze_time(f"{TODAY} 08:00:00"):
            action = task.with_user(manager).action_preview_today()
        lines = self.env["arm.dunning.preview.line"].with_user(manager)
        lines = lines.search(action["domain"])
        self.assertEqual(lines.partner_id, self.customer)
        self.assertEqual(lines.state, "done")
        self.assertFalse(self.actions_of(invoice))
        task.operation_ids.unlink()
        with self.assertRaisesRegex(UserError, "does nothing yet"):
            task.action_preview_today()

    def test_customers_of_procedures(self):
        """Counted, and found, by the planner's own rule."""
        procedures = self.env["arm.dunning.procedure"].create(
            [
                {"name": "Red ones", "company_id": self.company.id, "for_green": False},
                {"name": "The others", "company_id": self.company.id, "sequence": 20},
            ]
        )
        other = self.make_customer("Other Ltd")
        for partner in (self.customer, other):
            self.post_invoice(partner, "2026-03-13")
        accounts = self.env["arm.customer.account"]
        accounts._refresh(self.company)
        accounts = accounts.search([("company_id", "=", self.company.id)])
        mine = accounts.filtered(lambda a: a.partner_id == self.customer)
        mine.dunning_procedure_id = procedures[0]
        red = accounts.filtered(lambda a: a.reliability_status != "green") | mine
        self.assertEqual(procedures[0].customer_count, len(red))
        self.assertEqual(procedures[1].customer_count, len(accounts - red))
        domain = procedures[0].action_view_customers()["domain"]
        self.assertEqual(accounts.search(domain), red)
        self.assertEqual(red.dunning_procedure_current_id, procedures[0])

    def test_due_window(self):
        """A missed day can be made up for; a note before the due date never after."""
        today = date(2026, 3, 16)
        late = self.make_task("Late", 3, template="overdue", catch_up_days=5)
        self.assertEqual(
            late._get_due_window(today), (date(2026, 3, 8), date(2026, 3, 13))
        )
        early = self.make_task("Early", -4, template="before_due", catch_up_days=30)
        self.assertEqual(
            early._get_due_window(today), (date(2026, 3, 16), date(2026, 3, 20))
        )

    def test_version_counts_changes_of_the_rule(self):
        task = self.make_task("T", 3, template="overdue")
        task.name = "Another name"
        self.assertEqual(task.version, 1)
        task.offset_days = 5
        self.assertEqual(task.version, 2)
        task.operation_ids.summary = "Changed"
        self.assertEqual(task.version, 3)

    def test_refusals(self):
        task = self.make_task("T", 3, template="overdue")
        with self.assertRaisesRegex(ValidationError, "no status"):
            task.write({"for_green": False, "for_yellow": False, "for_red": False})
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            task.catch_up_days = -1
        with self.assertRaisesRegex(ValidationError, "choose the e-mail template"):
            task.operation_ids.template_id = False
        with self.assertRaisesRegex(ValidationError, "choose the person"):
            task.operation_ids = [
                Command.create(
                    {"operation_type": "activity", "responsible_type": "user"}
                )
            ]
        with self.assertRaisesRegex(ValidationError, "00:00 to 23:59"):
            self.company.dunning_hour = 24

    def test_form(self):
        """An accountant makes a task by the form."""
        with Form(self.env["arm.dunning.task"]) as form:
            form.name = "Call"
            form.offset_days = 5
            with form.operation_ids.new() as operation:
                operation.operation_type = "activity"
                operation.summary = "Call the customer"
                operation.responsible_type = "user"
                operation.user_id = self.officer
        task = form.save()
        self.assertEqual(task.company_id, self.env.company)
        self.assertEqual(task.operation_ids.operation_type, "activity")

    def test_start_by_hand(self):
        """The button makes the run and wakes the scheduled action."""
        runs = self.env["arm.dunning.run"]
        manager = self.env.ref("arm_receivables.group_receivables_manager")
        self.env.user.group_ids -= manager
        self.env.user.group_ids -= self.env.ref("account.group_account_manager")
        with self.assertRaisesRegex(UserError, "Only a credit manager"):
            runs.action_start()
        self.env.user.group_ids += manager
        with self.assertRaisesRegex(UserError, "no active task"):
            runs.action_start()
        self.make_task("T", 3, template="overdue")
        with self.capture_triggers(self.cron.id) as captured:
            action = runs.action_start()
        self.assertEqual(len(captured.records), 1)
        run = runs.browse(action["res_id"])
        self.assertEqual((run.origin, run.state), ("manual", "planning"))
        self.assertEqual(runs.action_start()["res_id"], run.id, "one run, not two")

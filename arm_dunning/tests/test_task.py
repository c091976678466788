from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import DunningCommon


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

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, DunningCommon

QWEB = "odoo.addons.arm_dunning.models.arm_dunning_qweb"


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 08:00:00")
class TestTestMessage(DunningCommon):
    """A look at a task's text for a real customer, sent to nobody but oneself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task("First", 3, template="overdue")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-13")
        cls.env["arm.customer.account"]._refresh(cls.company)
        cls.collector = cls.make_colleague("group_receivables_collector_all")

    @classmethod
    def make_colleague(cls, group):
        return new_test_user(
            cls.env,
            f"t_{group}",
            groups=f"arm_receivables.{group}",
            email="me@seller.example.com",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def open_test(self, task=None, user=None):
        tests = self.env["arm.dunning.test"].with_user(user or self.collector)
        tests = tests.with_context(default_task_id=(task or self.task).id)
        return Form(tests).save()

    def count_all(self):
        models = ("arm.dunning.action", "arm.dunning.message", "arm.dunning.run")
        return [self.env[model].search_count([]) for model in models]

    def test_only_to_oneself(self):
        """The customer's text in the customer's language; nothing in the register."""
        before = self.count_all()
        test = self.open_test()
        self.assertEqual(test.account_id.partner_id, self.customer)
        self.assertFalse(test.problem)
        self.assertIn(self.invoice.name, test.body)
        self.assertIn("müller@example.com", test.recipients)
        last = self.env["mail.mail"].search([], order="id desc", limit=1)
        test.action_send()
        mails = self.env["mail.mail"].search([("id", ">", last.id or 0)])
        self.assertEqual(len(mails), 1)
        self.assertIn("me@seller.example.com", mails.email_to)
        self.assertFalse(mails.recipient_ids or mails.email_cc or mails.res_id)
        self.assertIn(self.invoice.name, mails.body_html)
        self.assertIn("[Test]", mails.subject)
        self.assertEqual(self.count_all(), before)
        self.assertFalse(self.actions_of(self.invoice))

    def test_from_the_template_editor(self):
        """The text of a template for a real customer, without any task."""
        template = self.env.ref("arm_dunning.mail_template_final")
        tests = self.env["arm.dunning.test"].with_user(self.collector)
        test = Form(tests.with_context(default_chosen_template_id=template.id)).save()
        self.assertEqual(test.template_id, template)
        self.assertEqual(test.account_id.partner_id, self.customer)
        self.assertFalse(test.problem)
        self.assertIn(self.invoice.name, test.body)

    def test_who_may(self):
        reader = self.make_colleague("group_receivables_reader")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.open_test(user=reader)
        self.collector.partner_id.email = False
        with self.assertRaisesRegex(UserError, "your own e-mail address"):
            self.open_test().action_send()

    def test_problems_are_told(self):
        """What would fail in a run is seen before it."""
        work = self.make_task("Work", 5, activity="Call")
        self.assertIn("no e-mail template", self.open_test(work).problem)
        test = self.open_test()
        test.account_id = False
        self.assertIn("Choose a customer", test.problem)
        test = self.open_test()
        template = self.task.operation_ids.template_id.copy()
        for code, _name in self.env["res.lang"].get_installed():
            localised = template.with_context(lang=code)
            localised.body_html = '<p><t t-out="object.nowhere"/></p>'
        self.task.operation_ids.template_id = template
        test.invalidate_recordset()
        with mute_logger(QWEB):
            problem = test.problem
        self.assertIn("nowhere", problem)
        self.assertIn(self.customer.name, problem)
        with self.assertRaises(UserError), mute_logger(QWEB):
            test.action_send()

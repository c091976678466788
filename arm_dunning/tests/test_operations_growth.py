from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, DunningCommon

FEW, MANY, SLACK = 2, 20, 8


@tagged("post_install", "-at_install", "arm")
class TestOperationsGrowth(DunningCommon):
    """Every operation works in batches: ten times the customers, the same queries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = iter(range(1000))
        cls.template = cls.env.ref("arm_dunning.mail_template_overdue")
        sms = cls.env.ref("arm_dunning.sms_template_overdue")
        term = cls.env.ref("account.account_payment_term_immediate")
        channel = cls.env["discuss.channel"]._create_channel("Credit", False)
        model = cls.env["ir.model"]._get_id("arm.dunning.action")
        action = cls.env["ir.actions.server"].create(
            {
                "name": "x",
                "model_id": model,
                "state": "code",
                "code": "records.exists()",
            }
        )
        cls.settings = {
            "email": {"template_id": cls.template.id},
            "sms": {"sms_template_id": sms.id},
            "letter": {"template_id": cls.template.id},
            "activity": {"responsible_type": "collector"},
            "call": {"responsible_type": "salesperson"},
            "block_orders": {},
            "unblock_orders": {},
            "status": {"new_status": "yellow"},
            "payment_term": {"payment_term_id": term.id},
            "charge": {"charge_kind": "compensation"},
            "handover": {},
            "server_action": {"server_action_id": action.id},
            "channel": {"channel_id": channel.id},
            "meeting": {"responsible_type": "salesperson", "summary": "Talk"},
        }

    def make_debtors(self, count, group):
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Debtor {number}",
                    "ref": group,
                    "email": f"d{number}@example.com",
                    "phone": f"+49 30 {1000000 + number}",
                    "street": "Street 1",
                    "city": "Berlin",
                    "is_company": True,
                    "country_id": self.env.ref("base.de").id,
                    "user_id": self.officer.id,
                }
                for number in (next(self.numbers) for _n in range(count))
            ]
        )
        invoices = self.env["account.move"]
        for partner in partners:
            invoices |= self.make_invoice(partner, "2026-03-13")
            invoices |= self.make_invoice(partner, "2026-03-12")
        invoices.action_post()
        # Tests before this one leave tables that were counted while they were empty.
        self.env.cr.execute("ANALYZE account_move, account_move_line, res_partner")

    def measure(self, task, count):
        """The queries of executing one batch of new debtors."""
        group = f"{task.name} {count}"
        self.make_debtors(count, group)
        task.partner_domain = str([("ref", "=", group)])
        with freeze_time(f"{TODAY} 08:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "manual")
            run._plan_locked()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._execute_batch()
            used = self.env.cr.sql_log_count - before
            run._finish()
        self.assertEqual((run.done_count, run.failed_count), (2 * count, 0))
        return used

    def check(self, kind):
        tasks = self.env["arm.dunning.task"]
        tasks.search([("company_id", "=", self.company.id)]).active = False
        operation = {"operation_type": kind, **self.settings[kind]}
        task = tasks.create(
            {
                "name": kind,
                "company_id": self.company.id,
                "offset_days": 3,
                "operation_ids": [Command.create(operation)],
            }
        )
        self.measure(task, 1)  # fill the caches
        few, many = self.measure(task, FEW), self.measure(task, MANY)
        allowed = few + SLACK + self.count_core(kind, FEW, MANY)
        self.assertLessEqual(many, allowed, f"{kind}: {few} -> {many} queries")

    def count_core(self, kind, few, many):
        """By how many queries core's own batch grows; only that of meetings does."""
        if kind != "meeting":
            return 0
        self.make_meetings(1)  # fill the caches
        return self.make_meetings(many) - self.make_meetings(few)

    def make_meetings(self, count):
        """The queries that core's calendar needs for as many meetings."""
        account = self.env["arm.customer.account"].search([], limit=1)
        operations = self.env["arm.dunning.operation"]
        operation = operations.search([("operation_type", "=", "meeting")], limit=1)
        actions = self.env["arm.dunning.action"].search(
            [("task_id", "=", operation.task_id.id)], limit=1
        )
        values = operation._prepare_meeting_values(account, actions, self.officer)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        operations._get_quiet_calendar().create([dict(values) for _n in range(count)])
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_growth(self):
        for kind in self.settings:
            with self.subTest(operation=kind):
                self.check(kind)

    def test_every_type_is_looked_at(self):
        """A new type of operation gets its growth test, too."""
        model = self.env["arm.dunning.operation"]
        modules = model._fields["operation_type"]._selection_modules(model)
        own = {value for value, names in modules.items() if "arm_dunning" in names}
        self.assertLessEqual(own, set(self.settings))

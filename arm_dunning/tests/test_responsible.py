from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestResponsible(DunningCommon):
    """Whose work an activity of a task becomes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        collector = "arm_receivables.group_receivables_collector"
        cls.ann, cls.bob, cls.sally = (
            new_test_user(
                cls.env,
                login,
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login, groups in [
                ("r_ann", collector),
                ("r_bob", collector),
                ("r_sally", "base.group_user"),
            ]
        )
        cls.task = cls.make_task("Call", 3, activity="Call them")
        cls.task.operation_ids.responsible_type = "collector"

    def prepare(self, count=1, **values):
        """Customers with an overdue invoice; returns their accounts."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Customer {i}", "is_company": True, **values}
                for i in range(count)
            ]
        )
        for partner in partners:
            self.post_invoice(partner, "2026-03-13")
        accounts = self.env["arm.customer.account"].sudo()
        accounts._refresh(self.company)
        return accounts.search([("partner_id", "in", partners.ids)])

    def test_default_is_the_collector(self):
        operation = self.env["arm.dunning.operation"].new({})
        self.assertEqual(operation.responsible_type, "collector")

    def test_collector_then_stand_in_then_salesperson_then_person(self):
        account = self.prepare(user_id=self.sally.id)
        operation = self.task.operation_ids
        with freeze_time(f"{TODAY} 08:00:00"):
            self.assertEqual(operation._get_responsible(account), self.sally)
            account.collector_id = self.ann
            self.assertEqual(operation._get_responsible(account), self.ann)
            absence = self.env["arm.collector.absence"].create(
                {
                    "user_id": self.ann.id,
                    "stand_in_id": self.bob.id,
                    "date_from": TODAY,
                    "date_to": TODAY,
                }
            )
            self.assertEqual(operation._get_responsible(account), self.bob)
            absence.active = False
            self.ann.action_archive()
            account.invalidate_recordset()
            self.assertEqual(operation._get_responsible(account), self.sally)
            self.sally.action_archive()
            self.assertEqual(operation._get_responsible(account), self.officer)

    def test_run_gives_the_work_to_the_collector(self):
        account = self.prepare()
        account.collector_id = self.ann
        self.dun()
        self.assertEqual(account.activity_ids.user_id, self.ann)

    def test_growth_of_responsibles(self):
        """Ten times the customers, the same number of queries."""
        counts = []
        for size in (3, 30):
            accounts = self.prepare(size)
            accounts.collector_id = self.ann
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people = {self.task.operation_ids._get_responsible(a) for a in accounts}
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(people, {self.ann})
        self.assertLessEqual(counts[1], counts[0] + 1)

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.arm_receivables.tests.common import ROLES

from .common import DunningCommon

OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}

# Who reads, and nobody writes: the engine alone does.
RECORDS = {"reader": "r", "auditor": "r", "collector": "r", "manager": "r"}
# What the manager sets and the others read.
SETTINGS = {**RECORDS, "manager": "rwcu"}
# What collectors add to a case, and the case itself.
CASES = {**RECORDS, "collector": "rw", "manager": "rw"}
RIGHTS = {
    "arm.collection.case": CASES,
    "arm.collection.case.item": {**RECORDS, "manager": "ru"},
    "arm.collection.cost": {**RECORDS, "collector": "rwc", "manager": "rwcu"},
    "arm.collection.document": {**RECORDS, "collector": "rwcu", "manager": "rwcu"},
    "arm.dunning.action": RECORDS,
    "arm.dunning.charge": RECORDS,
    "arm.dunning.charge.segment": RECORDS,
    "arm.dunning.call": RECORDS,
    "arm.dunning.call.result": RECORDS,
    "arm.dunning.law": SETTINGS,
    "arm.dunning.message": RECORDS,
    "arm.dunning.operation": SETTINGS,
    "arm.dunning.pack": RECORDS,
    "arm.dunning.pack.line": RECORDS,
    "arm.dunning.reply": RECORDS,
    "arm.dunning.run": RECORDS,
    "arm.dunning.task": SETTINGS,
    "arm.interest.regime": SETTINGS,
    "arm.interest.tier": SETTINGS,
    "arm.limitation.rule": SETTINGS,
    "arm.reference.rate": SETTINGS,
    "arm.work.entry": RECORDS,
    "arm.work.todo": RECORDS,
}


@tagged("post_install", "-at_install", "arm")
class TestAccessRights(DunningCommon):
    """Every role on every model of dunning, and on whose customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: cls.make_user(role, xml_id) for role, xml_id in ROLES.items()
        }
        cls.users["employee"] = cls.make_user("employee", "base.group_user")

    @classmethod
    def make_user(cls, name, groups):
        return new_test_user(
            cls.env,
            f"d_{name}",
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_rights_of_each_role(self):
        for model, roles in RIGHTS.items():
            for role, user in self.users.items():
                named = "collector" if role == "collector_all" else role
                for letter, operation in OPERATIONS.items():
                    self.assertEqual(
                        self.env[model].with_user(user).has_access(operation),
                        letter in roles.get(named, ""),
                        f"{role} {operation} {model}",
                    )

    def test_register_and_messages_follow_the_customer(self):
        """A collector of own customers sees what was done about those only."""
        self.make_task("First", 3, template="overdue")
        foreign = self.make_customer("Foreign Ltd")
        for customer in (self.customer, foreign):
            self.post_invoice(customer, "2026-03-13")
        run = self.dun()
        self.assertEqual(run.done_count, 2)
        accounts = run.action_ids.account_id.sudo()
        mine = accounts.filtered(lambda account: account.partner_id == self.customer)
        mine.collector_id = self.users["collector"]
        for role, customers in [
            ("reader", self.customer | foreign),
            ("auditor", self.customer | foreign),
            ("collector", self.customer),
            ("collector_all", self.customer | foreign),
            ("manager", self.customer | foreign),
        ]:
            user = self.users[role]
            for model in ("arm.dunning.action", "arm.dunning.message"):
                rows = self.env[model].with_user(user).search([("run_id", "=", run.id)])
                self.assertEqual(rows.sudo().partner_id, customers, f"{role} {model}")
            self.assertTrue(run.with_user(user).has_access("read"), role)

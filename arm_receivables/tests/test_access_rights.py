from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import ROLES, TODAY, ReceivablesCommon

OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}

# Who reads, and nobody writes: the system alone does.
RECORDS = {"reader": "r", "auditor": "r", "collector": "r", "manager": "r"}
# What the manager sets and the others read.
SETTINGS = {**RECORDS, "manager": "rwcu"}
# What collectors enter, and only methods change.
ENTRIES = {**RECORDS, "collector": "rwc", "manager": "rwc"}
# What each role may do with each model: read, write, create, unlink. A role that is not
# named may do nothing; a collector of all customers may do what one of own ones may.
RIGHTS = {
    "arm.customer.account": {**RECORDS, "collector": "rw", "manager": "rw"},
    "arm.collector.absence": {**RECORDS, "collector": "rwcu", "manager": "rwcu"},
    "arm.collector.change": RECORDS,
    "arm.collector.rule": SETTINGS,
    "arm.contact.state": RECORDS,
    "arm.contact.verification": RECORDS,
    "arm.customer.event": RECORDS,
    "arm.dispute": ENTRIES,
    "arm.dispute.item": ENTRIES,
    "arm.dispute.reason": SETTINGS,
    "arm.extension": ENTRIES,
    "arm.hold": RECORDS,
    "arm.invoice.delivery": RECORDS,
    "arm.invoice.fault": RECORDS,
    "arm.invoice.opening": RECORDS,
    "arm.invoice.requirement": SETTINGS,
    "arm.invoice.state": RECORDS,
    "arm.order.block": RECORDS,
    "arm.order.hold": RECORDS,
    "arm.order.release": RECORDS,
    "arm.order.release.use": RECORDS,
    "arm.payment.plan": ENTRIES,
    "arm.payment.plan.line": {**RECORDS, "collector": "rwcu", "manager": "rwcu"},
    "arm.portal.request": {**RECORDS, "collector": "rw", "manager": "rw"},
    "arm.portfolio.transfer": SETTINGS,
    "arm.promise": ENTRIES,
    "arm.reliability.change": RECORDS,
    "arm.reliability.policy": SETTINGS,
    "arm.statement": RECORDS,
}


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestAccessRights(ReceivablesCommon):
    """Every role on every model: what it may do, and on whose customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls.make_user(f"a_{role}", role) for role in ROLES}
        cls.users["employee"] = cls.make_user("a_employee")
        cls.collector = cls.users["collector"]
        cls.other_company = cls.setup_other_company()["company"]
        cls.both = cls.make_user("a_both", "collector", cls.company | cls.other_company)
        partners = [cls.make_customer(name) for name in ("Own", "Foreign", "Nobody's")]
        cls.own, cls.foreign, cls.nobodys = (cls.make_accounts(p) for p in partners)
        cls.elsewhere = cls.make_accounts(partners[0], cls.other_company)
        cls.own.sudo().collector_id = cls.collector
        cls.foreign.sudo().collector_id = cls.users["collector_all"]
        cls.elsewhere.sudo().collector_id = cls.both
        cls.accounts = cls.own | cls.foreign | cls.nobodys | cls.elsewhere

    def visible(self, role, records):
        """Which of these records a role finds, in all companies that it has."""
        user = self.users.get(role, role)
        model = self.env[records._name].with_user(user)
        model = model.with_context(allowed_company_ids=user.company_ids.ids)
        return model.search([("id", "in", records.ids)]).ids

    def stored_models(self, prefix="arm."):
        """Names of the suite's models that keep records, of every add-on."""
        return [
            name
            for name, model in self.env.registry.items()
            if name.startswith(prefix) and not (model._abstract or model._transient)
        ]

    # --------------------------------------------------- role x model x operation

    def test_every_model_is_in_the_table(self):
        ours = {
            name
            for name in self.stored_models()
            if self.env[name]._original_module == "arm_receivables"
        }
        self.assertEqual(ours, set(RIGHTS))

    def test_every_model_keeps_companies_and_customers_apart(self):
        """Who sees own customers only sees of other models what is about those."""
        for name in self.stored_models():
            if "company_id" in self.env[name]._fields:
                rules = self.env["ir.rule"].with_user(self.users["reader"])
                self.assertIn(
                    "company_id", str(rules._compute_domain(name, "read")), name
                )
            account = self.env[name]._fields.get("account_id")
            if account and account.comodel_name == "arm.customer.account":
                rules = self.env["ir.rule"].with_user(self.collector)
                self.assertIn("is_mine", str(rules._compute_domain(name, "read")), name)

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

    def test_outsiders_have_no_rights(self):
        """Employees without a role, portal users and the public."""
        portal = self.env.ref("base.group_portal")
        guest = (
            self.env["res.users"]
            .sudo()
            .create(
                {
                    "name": "P",
                    "login": "a_portal",
                    "group_ids": [Command.set(portal.ids)],
                }
            )
        )
        for user in (
            guest,
            self.users["employee"],
            self.env.ref("base.public_user").sudo(),
        ):
            for model in RIGHTS:
                for operation in OPERATIONS.values():
                    allowed = self.env[model].with_user(user).has_access(operation)
                    self.assertFalse(allowed, f"{user.login} {operation} {model}")

    def test_own_customers_only(self):
        """A collector of own customers sees no other's, and nobody's neither."""
        everything = (self.own | self.foreign | self.nobodys).ids
        for role, seen in [
            ("reader", everything),
            ("auditor", everything),
            ("collector", self.own.ids),
            ("collector_all", everything),
            ("manager", everything),
        ]:
            self.assertCountEqual(self.visible(role, self.accounts), seen, role)
        foreign = self.foreign.with_user(self.collector)
        for access in (
            lambda: foreign.read(["amount_open"]),
            lambda: foreign.message_post(body="Hello"),
            lambda: foreign.write({"reliability_status": "red"}),
            lambda: foreign.activity_schedule("mail.mail_activity_data_todo"),
        ):
            with self.assertRaises(AccessError):
                access()
        self.own.with_user(self.collector).message_post(body="Hello")

    def test_companies_are_kept_apart(self):
        self.assertEqual(self.visible(self.both, self.accounts), self.elsewhere.ids)
        self.both.company_ids = self.company
        self.both.company_id = self.company
        self.assertFalse(self.visible(self.both, self.accounts))
        for role in self.users:
            if role != "employee":
                self.assertNotIn(self.elsewhere.id, self.visible(role, self.accounts))

    def test_what_belongs_to_a_customer_follows_it(self):
        """History and transfers: all, or those of own customers."""
        transfer = self.env["arm.portfolio.transfer"].create(
            {
                "company_id": self.company.id,
                "collector_from_id": self.users["collector_all"].id,
                "collector_to_id": self.users["manager"].id,
                "reason": "Shared out anew",
            }
        )
        transfer.action_confirm()
        changes = self.accounts.sudo().collector_change_ids
        here = changes.filtered(lambda change: change.company_id == self.company)
        for role in ("reader", "auditor", "collector_all", "manager"):
            self.assertCountEqual(self.visible(role, changes), here.ids, role)
            self.assertEqual(self.visible(role, transfer), transfer.ids, role)
        own = here.filtered(lambda change: change.account_id == self.own)
        self.assertEqual(self.visible("collector", changes), own.ids)
        self.assertFalse(self.visible("collector", transfer))

    def test_rules_and_absences_of_a_company(self):
        rule = (
            self.env["arm.collector.rule"]
            .sudo()
            .create({"company_id": self.other_company.id, "collector_id": self.both.id})
        )
        stand_in = self.make_user("a_stand_in", "collector", self.other_company)
        values = {"user_id": self.both.id, "date_from": TODAY, "date_to": TODAY}
        absence = (
            self.env["arm.collector.absence"]
            .sudo()
            .create(
                {
                    **values,
                    "stand_in_id": stand_in.id,
                    "company_id": self.other_company.id,
                }
            )
        )
        for role in ROLES:
            self.assertFalse(self.visible(role, rule), role)
            self.assertFalse(self.visible(role, absence), role)
        self.assertEqual(self.visible(self.both, rule), rule.ids)
        self.assertEqual(self.visible(stand_in, absence), absence.ids)

    # --------------------------------------------------------------------- auditors

    def test_auditor_changes_nothing_anywhere(self):
        """No record of the suite, whatever add-on it comes from; nor our windows.

        A window may be for reading only, such as a preview or a statement.
        """
        auditor = self.users["auditor"]
        reading = {"arm.statement.make"}
        windows = [
            name
            for name, model in self.env.registry.items()
            if model._transient
            and model._original_module == "arm_receivables"
            and name not in reading
        ]
        for name in self.stored_models() + windows:
            model = self.env[name].with_user(auditor)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(model.has_access(operation), f"{operation} {name}")

    def test_auditor_reads_everything_anywhere(self):
        auditor = self.users["auditor"]
        for name in self.stored_models():
            self.assertTrue(self.env[name].with_user(auditor).has_access("read"), name)

    def test_auditor_cannot_act_on_an_account(self):
        account = self.own.with_user(self.users["auditor"])
        todo = "mail.mail_activity_data_todo"
        for change in (
            lambda: account.write({"reliability_status": "red"}),
            lambda: account.write({"collector_id": False}),
            lambda: account.message_post(body="Hello"),
            lambda: account.activity_schedule(todo),
            lambda: account.action_transfer(),
            lambda: account.env["arm.collector.rule"].action_apply(),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_nobody_is_auditor_and_collector(self):
        """Refused from the user's side, from the group's, and by implication."""
        auditor = self.users["auditor"]
        for xml_id in (
            "arm_receivables.group_receivables_collector",
            "arm_receivables.group_receivables_manager",
            "account.group_account_manager",
        ):
            group = self.env.ref(xml_id)
            with self.refused("A_Auditor cannot be an auditor", ValidationError):
                auditor.sudo().group_ids += group
            with self.refused("A_Auditor cannot be an auditor", ValidationError):
                group.sudo().user_ids += auditor
        employees = self.env.ref("base.group_user").sudo()
        with self.refused("cannot be an auditor", ValidationError):
            employees.implied_ids += self.env.ref(ROLES["collector"])
        # A request that fails clears its caches; a savepoint does not.
        self.env.registry.clear_cache("groups", "default")
        auditor.sudo().group_ids += self.env.ref("account.group_account_invoice")
        self.assertFalse(self.own.with_user(auditor).has_access("write"))

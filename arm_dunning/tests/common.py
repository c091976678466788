"""What the tests of dunning share; other add-ons may build on it."""

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.arm_receivables.tests.common import TODAY, ReceivablesCommon


class DunningCommon(ReceivablesCommon):
    """A company with tasks, customers in several languages, and frozen days.

    ``dun(day)`` performs the run of that day as the scheduled action does.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "dunning_enabled": True,
                "dunning_hour": 6.0,
                "email": "accounts@seller.example.com",
            }
        )
        others = cls.env["res.company"].search([("id", "!=", cls.company.id)])
        others.dunning_enabled = False
        cls.cron = cls.env.ref("arm_dunning.ir_cron_dunning_run")
        cls.customer = cls.make_customer("Müller & Söhne GmbH", lang="de_DE")
        cls.officer = cls.env["res.users"].create(
            {
                "name": "Olga Officer",
                "login": "olga.officer",
                "email": "olga@seller.example.com",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
            }
        )

    @classmethod
    def make_customer(cls, name, email=None, **values):
        address = (
            email if email is not None else f"{name.split()[0].lower()}@example.com"
        )
        return cls.env["res.partner"].create(
            {"name": name, "email": address, "is_company": True, **values}
        )

    @classmethod
    def make_task(cls, name, days, template=None, activity=None, **values):
        """A task with an e-mail (end of the template xml id), an activity, or both."""
        operations = []
        if template:
            record = cls.env.ref(f"arm_dunning.mail_template_{template}")
            operations.append({"operation_type": "email", "template_id": record.id})
        if activity:
            operations.append(
                {
                    "operation_type": "activity",
                    "summary": activity,
                    "responsible_type": "user",
                    "user_id": cls.officer.id,
                }
            )
        return cls.env["arm.dunning.task"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "offset_days": days,
                "operation_ids": [Command.create(vals) for vals in operations],
                **values,
            }
        )

    def make_orders(self, *prices):
        """Quotations of the customer, one for each price."""
        lines = [
            Command.create({"product_id": self.product_a.id, "price_unit": price})
            for price in prices
        ]
        shared = {"partner_id": self.customer.id, "company_id": self.company.id}
        orders = self.env["sale.order"].sudo()
        return orders.create([{**shared, "order_line": [line]} for line in lines])

    def dun(self, day=TODAY, hour="08:00:00"):
        """Let the scheduled action run on a day; returns that day's newest run."""
        self.env.flush_all()
        with freeze_time(f"{day} {hour}"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["arm.dunning.run"].search(
            [("company_id", "=", self.company.id), ("date", "=", day)],
            order="id desc",
            limit=1,
        )

    def actions_of(self, invoice):
        return self.env["arm.dunning.action"].search(
            [("item_id", "in", invoice.line_ids.ids)], order="id"
        )

    def mails_to(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])


class PlannerCommon(DunningCommon):
    """Runs that are planned and not carried out."""

    def plan(self, day=TODAY):
        """The rows that a run enters, in the order of subjects and occurrences."""
        with freeze_time(f"{day} 08:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "manual")
            run._plan_locked()
            self.env.flush_all()
        return self.env["arm.dunning.action"].search([("run_id", "=", run.id)])

    def replan(self, day=TODAY):
        """Plan anew, as the next run does."""
        runs = self.env["arm.dunning.run"].sudo()
        runs.search([("state", "=", "executing")]).state = "done"
        return self.plan(day)

    def waiting(self, actions):
        return actions.filtered(lambda row: row.state == "planned")

    def documents(self, actions):
        return set(actions.mapped("document"))

    def account_of(self, partner):
        """The customer account, made as the run makes it."""
        self.env["arm.customer.account"]._refresh(self.company, partner)
        found = self.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )
        if not found:
            self.post_invoice(partner, "2026-06-30")
            return self.account_of(partner)
        return found


class OperationsCommon(DunningCommon):
    """A customer who can be reached in every way, and people who do the work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write(
            {
                "phone": "+49 30 1234567",
                "street": "Hauptstraße 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
            }
        )
        cls.template = cls.env.ref("arm_dunning.mail_template_overdue")
        cls.sms_template = cls.env.ref("arm_dunning.sms_template_overdue")
        cls.collector = cls.make_user(
            "o_collector", "arm_receivables.group_receivables_collector_all"
        )
        cls.manager = cls.make_user(
            "o_manager", "arm_receivables.group_receivables_manager"
        )

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def make_steps(cls, name, *operations, days=3, **values):
        """A task with operations in their order, each a dict of values."""
        return cls.env["arm.dunning.task"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "offset_days": days,
                "operation_ids": [
                    Command.create({"sequence": number, **operation})
                    for number, operation in enumerate(operations)
                ],
                **values,
            }
        )

    def email(self):
        return {"operation_type": "email", "template_id": self.template.id}

    def for_officer(self, kind, **values):
        return {
            "operation_type": kind,
            "responsible_type": "user",
            "user_id": self.officer.id,
            **values,
        }

    def account_of(self, partner):
        return self.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PlannerCommon


@tagged("post_install", "-at_install", "arm")
class TestConditions(PlannerCommon):
    """For whom a task falls due: customers, items, amounts, procedures."""

    def test_domains(self):
        """Customers and items by stored domains; archived contacts count as others."""
        task = self.make_task("T", 3, template="overdue")
        french = self.make_customer(
            "Français SA", country_id=self.env.ref("base.fr").id
        )
        german = self.make_customer("Deutsch AG", country_id=self.env.ref("base.de").id)
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": french.id, "type": "invoice"}
        )
        fr = self.post_invoice(contact, "2026-03-13", 100)
        de = self.post_invoice(german, "2026-03-13", 100)
        dear = self.post_invoice(french, "2026-03-13", 5000)
        task.partner_domain = "[('country_id.code', '=', 'FR')]"
        self.assertEqual(self.documents(self.plan()), {fr.name, dear.name})
        task.item_domain = "[('move_id.amount_total', '>', 1000)]"
        rows = self.waiting(self.replan())
        self.assertEqual(self.documents(rows), {dear.name})
        closed = self.actions_of(fr)
        self.assertEqual((closed.state, closed.reason), ("cancelled", "not_due"))
        self.assertFalse(self.actions_of(de))

    def test_domains_are_checked(self):
        task = self.make_task("T", 3, template="overdue")
        for text in ("[('no_field', '=', 1)]", "nonsense", "[(1"):
            with self.assertRaisesRegex(ValidationError, "does not work"):
                task.partner_domain = text
        with self.assertRaisesRegex(ValidationError, "does not work"):
            task.item_domain = "[('order_line', '!=', False)]"

    def test_a_domain_that_broke_later(self):
        """What was a field when the rule was made may be gone after an update."""
        task = self.make_task("Broken", 3, template="overdue")
        self.make_task("Good", 3, activity="Look")
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.plan()
        self.env.cr.execute(
            "UPDATE arm_dunning_task SET partner_domain = %s WHERE id = %s",
            ("[('gone', '=', 1)]", task.id),
        )
        task.invalidate_recordset()
        with mute_logger("odoo.addons.arm_dunning.models.arm_dunning_planner"):
            self.replan("2026-03-17")
        rows = self.actions_of(invoice)
        self.assertEqual(rows.mapped("state"), ["planned", "planned"])
        self.assertIn("Broken cannot be planned", rows[1].run_id.problem)

    def test_minimum_in_a_foreign_currency(self):
        """The minimum is in company currency; nothing is converted the wrong way."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": yen.id,
                "rate": 150.0,
                "company_id": self.company.id,
            }
        )
        self.make_task("T", 3, template="overdue", amount_min=1.0)
        small = self.post_invoice(
            self.customer, "2026-03-13", 50, currency_id=yen.id
        )  # 0.33 of the company's currency
        large = self.post_invoice(self.customer, "2026-03-13", 300, currency_id=yen.id)
        exact = self.post_invoice(self.customer, "2026-03-13", 150, currency_id=yen.id)
        own = self.post_invoice(self.customer, "2026-03-13", 1)
        self.post_invoice(self.customer, "2026-03-13", 0.99)
        names = self.documents(self.plan())
        self.assertEqual(names, {large.name, exact.name, own.name})
        self.assertFalse(self.actions_of(small))

    def test_currency_balance_and_age(self):
        franc = self.env.ref("base.CHF")
        franc.active = True
        task = self.make_task("T", 3, template="overdue", catch_up_days=30)
        old = self.post_invoice(self.customer, "2026-02-20", 100)
        new = self.post_invoice(self.customer, "2026-03-12", 100)
        foreign = self.post_invoice(
            self.customer, "2026-03-12", 100, currency_id=franc.id
        )
        everything = {old.name, new.name, foreign.name}
        self.assertEqual(self.documents(self.plan()), everything)
        for values, expected in (
            ({"only_currency_id": franc.id}, {foreign.name}),
            ({"balance_min": 299}, everything),
            ({"balance_min": 301}, set()),
            ({"days_late_min": 5}, {old.name}),
            ({"days_late_max": 4}, {new.name, foreign.name}),
            ({"days_late_min": 4, "days_late_max": 24}, everything),
            ({"insurance": "only"}, set()),
            ({"insurance": "never"}, everything),
            ({"date_from": "2026-03-20"}, set()),
            ({"date_to": "2026-03-01"}, {old.name}),
        ):
            with self.subTest(values=values), self.cr.savepoint() as savepoint:
                task.write(values)
                rows = self.waiting(self.replan())
                self.assertEqual(self.documents(rows), expected)
                self.env.flush_all()
                self.env.invalidate_all()
                savepoint.rollback()

    def make_procedures(self):
        """Procedures for friends, for yellow customers, for others, and by choice."""
        procedures = self.env["arm.dunning.procedure"].create(
            [
                {
                    "name": "Friends",
                    "sequence": 1,
                    "company_id": self.company.id,
                    "partner_domain": "[('name', 'ilike', 'friend')]",
                },
                {
                    "name": "Yellow",
                    "sequence": 2,
                    "company_id": self.company.id,
                    "for_green": False,
                    "for_red": False,
                },
                {"name": "Others", "sequence": 3, "company_id": self.company.id},
                {
                    "name": "Chosen",
                    "sequence": 0,
                    "company_id": self.company.id,
                    "automatic": False,
                },
            ]
        )
        for procedure in procedures:
            self.make_task(
                procedure.name, 3, activity="Look", procedure_id=procedure.id
            )
        return procedures

    def test_procedures(self):
        """By status and kind, or chosen; tasks without a procedure are for all."""
        procedures = self.make_procedures()
        everybody = self.make_task("Everybody", 3, activity="Look")
        friend = self.make_customer("Friend Ltd")
        yellow = self.make_customer("Yellow Ltd")
        chosen = self.make_customer("Chosen Ltd")
        green = self.make_customer("Green Ltd")
        for customer in friend | yellow | chosen | green:
            self.post_invoice(customer, "2026-03-13")
        self.account_of(yellow).reliability_status = "yellow"
        self.account_of(chosen).dunning_procedure_id = procedures[3]
        expected = {
            (friend, "Friends"),
            (yellow, "Yellow"),
            (chosen, "Chosen"),
            (green, "Others"),
        }
        for customer, name in expected:
            current = self.account_of(customer).dunning_procedure_current_id
            self.assertEqual(current.name, name)
        rows = self.plan()
        found = {(row.partner_id, row.task_id.name) for row in rows}
        everyone = friend | yellow | chosen | green
        self.assertEqual(
            found, expected | {(customer, everybody.name) for customer in everyone}
        )
        procedures[3].active = False
        rows = self.waiting(self.replan("2026-03-17"))
        found = {row.task_id.name for row in rows if row.partner_id == chosen}
        self.assertEqual(
            found, {"Others", "Everybody"}, "the archived one is passed over"
        )

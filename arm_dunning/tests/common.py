"""What the tests of dunning share; other add-ons may build on it."""

from odoo.fields import Command
from odoo.tests import freeze_time

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

TODAY = "2026-03-16"  # a Monday


class DunningCommon(AccountTestInvoicingCommon):
    """A company with tasks, customers in several languages, and frozen days.

    ``dun(day)`` performs the run of that day as the scheduled action does.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.write(
            {
                "dunning_enabled": True,
                "dunning_hour": 6.0,
                "receivables_timezone": "UTC",
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

    @classmethod
    def make_invoice(cls, partner, due, amount=100.0, **values):
        """A posted invoice that falls due on a day, without taxes."""
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "invoice_date": "2026-01-15",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Machine parts",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def post_invoice(cls, *args, **values):
        invoice = cls.make_invoice(*args, **values)
        invoice.action_post()
        return invoice

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

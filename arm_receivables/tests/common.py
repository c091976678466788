"""What the tests of receivables share; other add-ons may build on it."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

TODAY = "2026-03-16"  # a Monday

# role of a person -> group
ROLES = {
    "reader": "arm_receivables.group_receivables_reader",
    "auditor": "arm_receivables.group_receivables_auditor",
    "collector": "arm_receivables.group_receivables_collector",
    "collector_all": "arm_receivables.group_receivables_collector_all",
    "manager": "arm_receivables.group_receivables_manager",
}


class ReceivablesCommon(AccountTestInvoicingCommon):
    """A company, customers who owe it money, and people with a role.

    Dates are given, never taken from the clock: freeze :data:`TODAY`.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.receivables_timezone = "UTC"

    @contextmanager
    def refused(self, words, exception=UserError):
        """What is done inside is refused with these words and leaves nothing."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertIn(words, str(caught.exception))

    # ---------------------------------------------------------------------- people

    @classmethod
    def make_user(cls, login, role=None, companies=None, **values):
        """A user with one role of :data:`ROLES`, or a plain employee."""
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=ROLES[role] if role else "base.group_user",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **{"name": login.title(), **values},
        )

    # ------------------------------------------------------------------- customers

    @classmethod
    def make_customer(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    @classmethod
    def make_accounts(cls, partners, company=None, **values):
        """Customer accounts without any documents, for tests that need no ledger."""
        company = company or cls.company
        # As superuser: nobody has the right to make accounts by hand.
        accounts = cls.env["arm.customer.account"].sudo()
        return accounts.create(
            [
                {
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "partner_id": partner.id,
                    **values,
                }
                for partner in partners
            ]
        ).sudo(False)

    @classmethod
    def account_of(cls, partner, company=None):
        """The customer account of a partner, brought up to date with the ledger."""
        company = company or cls.company
        accounts = cls.env["arm.customer.account"]
        accounts._refresh(company, partner.commercial_partner_id)
        return accounts.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "=", partner.commercial_partner_id.id),
            ]
        )

    # ------------------------------------------------------------------- documents

    @classmethod
    def make_invoice(cls, partner, due, amount=100.0, **values):
        """A draft invoice that falls due on a day, without taxes."""
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

    @classmethod
    def pay(cls, invoices, date=TODAY, amount=None):
        """Pay invoices of one customer, in full or with an amount; the payments."""
        wizard = cls.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        )
        values = {"payment_date": date, "group_payment": True}
        if amount is not None:
            values["amount"] = amount
        return wizard.create(values)._create_payments()

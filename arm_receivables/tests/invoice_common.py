"""What tests of the checks of invoices share."""

from odoo.fields import Command

from .common import ReceivablesCommon


class InvoiceCheckCommon(ReceivablesCommon):
    """A German company that enforces requirements, and a customer without faults."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        germany = cls.env.ref("base.de")
        cls.company.write(
            {
                "name": "Nordlicht GmbH",
                "street": "Kaistr. 5",
                "zip": "20457",
                "city": "Hamburg",
                "country_id": germany.id,
                "currency_id": cls.env.ref("base.EUR").id,
                "vat": "DE136695976",
                "company_registry": "HRB 12345",
                "display_invoice_tax_company_currency": True,
                "invoice_check_mode": "enforce",
            }
        )
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "acc_number": "DE02120300000000202051",
                "partner_id": cls.company.partner_id.id,
            }
        )
        cls.tax = cls.company.account_sale_tax_id
        cls.customer = cls.make_good_customer("Müller & Søhne KG")

    @classmethod
    def make_good_customer(cls, name, **values):
        return cls.make_customer(
            name,
            **{
                "street": "Graben 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "email": "ap@example.com",
                "property_payment_term_id": False,
                **values,
            },
        )

    @classmethod
    def make_draft(cls, partner=None, **values):
        """A draft invoice on which nothing is missing."""
        return cls.make_drafts(partner or cls.customer, **values)

    @classmethod
    def make_drafts(cls, partners, **values):
        """One draft for each of the partners; all in one create."""
        line = {
            "name": "Carbide end mill",
            "quantity": 2,
            "price_unit": 500,
            "tax_ids": [Command.set(cls.tax.ids)],
        }
        return cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-03-16",
                    "invoice_date_due": "2026-04-10",
                    "delivery_date": "2026-03-13",
                    "invoice_payment_term_id": False,
                    "partner_bank_id": cls.bank.id,
                    "invoice_line_ids": [Command.create(line)],
                    **values,
                }
                for partner in partners
            ]
        )

    def topics(self, move):
        """The topics of what is missing on an invoice, as it is now."""
        self.env.invalidate_all()
        found = move._get_readiness()[move]
        return {finding.rule.topic for finding in found.findings}

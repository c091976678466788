from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ResCompany(models.Model):
    """How claims for late payment are chosen and booked."""

    _name = "res.company"
    _inherit = ["res.company"]

    interest_regime_id = fields.Many2one(
        "arm.interest.regime",
        help="For all customers of the company, as when the contracts choose its law. "
        "Empty: by the country and kind of each customer.",
    )
    interest_posting = fields.Selection(
        [("invoice", "An Invoice"), ("entry", "A Journal Entry")],
        string="Claim With",
        default="invoice",
        required=True,
        help="What a claimed charge is booked with.",
    )
    interest_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('sale', 'general'))]",
        help="Empty: the first sales or miscellaneous journal.",
    )
    interest_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other'))]",
        help="The income account of interest, flat sums and costs.",
    )
    interest_tax_ids = fields.Many2many(
        "account.tax",
        "arm_interest_tax_rel",
        string="Taxes on Charges",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        help="Usually none: interest and flat sums are damages, not a supply.",
    )

    def _prepare_interest_move(self, account, currency, charges):
        """Hook: the invoice or entry that claims charges of a customer.

        :raise UserError: when the account or journal is not set
        """
        self.ensure_one()
        journal = self._get_interest_journal()
        if not self.interest_account_id:
            raise UserError(
                self.env._(
                    "%(company)s: choose the income account of late-payment charges in "
                    "the settings first.",
                    company=self.name,
                )
            )
        prepare = getattr(self, f"_prepare_interest_{self.interest_posting}")
        return {
            "company_id": self.id,
            "journal_id": journal.id,
            "currency_id": currency.id,
            **prepare(account, currency, charges),
        }

    def _get_interest_journal(self):
        kind = "sale" if self.interest_posting == "invoice" else "general"
        journals = self.env["account.journal"].sudo()  # of the company's settings
        chosen = self.interest_journal_id.filtered(lambda j: j.type == kind)
        journal = chosen or journals.search(
            [("company_id", "=", self.id), ("type", "=", kind)], limit=1
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal to claim charges with. Make one first.",
                    company=self.name,
                )
            )
        return journal

    def _prepare_interest_invoice(self, account, _currency, charges):
        lang = account.partner_id.lang
        return {
            "move_type": "out_invoice",
            "partner_id": account.partner_id.id,
            "invoice_date": self._local_today(),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": charge.with_context(lang=lang)._get_line_label(),
                        "quantity": 1,
                        "price_unit": charge.amount,
                        "account_id": self.interest_account_id.id,
                        "tax_ids": [Command.set(self.interest_tax_ids.ids)],
                    }
                )
                for charge in charges
            ],
        }

    def _prepare_interest_entry(self, account, currency, charges):
        """Receivable against income; the customer is reminded of it like of others."""
        today = self._local_today()
        partner = account.partner_id.with_company(self)
        lines = []
        for charge in charges:
            balance = currency._convert(charge.amount, self.currency_id, self, today)
            common = {
                "name": charge._get_line_label(),
                "partner_id": partner.id,
                "currency_id": currency.id,
            }
            lines += [
                {
                    **common,
                    "account_id": partner.property_account_receivable_id.id,
                    "amount_currency": charge.amount,
                    "balance": balance,
                    "date_maturity": today,
                    "no_followup": False,
                },
                {
                    **common,
                    "account_id": self.interest_account_id.id,
                    "amount_currency": -charge.amount,
                    "balance": -balance,
                },
            ]
        return {
            "move_type": "entry",
            "date": today,
            "line_ids": [Command.create(line) for line in lines],
        }

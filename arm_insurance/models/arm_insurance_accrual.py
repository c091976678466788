from datetime import timedelta

from odoo import api, fields, models

from ..tools import deposit
from .arm_insurance_terms import decimal


class ArmInsuranceAccrual(models.Model):
    """The part of a policy year's deposits that one month bears, and its entry.

    Made by the scheduled action when the month is over, where the policy names the
    journal and both accounts (credit-insurance.md, section 2.4: deposits accrued by
    month). A deposit that is entered later is caught up in the next month.
    """

    _name = "arm.insurance.accrual"
    _description = "Monthly Part of the Deposits"
    _inherit = ["arm.insurance.recorded"]
    _order = "date desc, id desc"
    _rec_name = "date"

    policy_id = fields.Many2one(
        "arm.insurance.policy", required=True, index=True, ondelete="restrict"
    )
    year_id = fields.Many2one(
        "arm.insurance.year", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date = fields.Date(string="Month", required=True, help="Its last day.")
    amount = fields.Monetary(required=True)
    balance = fields.Monetary(
        string="In Company Currency",
        currency_field="company_currency_id",
        help="At the rates of the deposits, so that nothing is left over.",
    )
    move_id = fields.Many2one(
        "account.move", string="Entry", readonly=True, index="btree_not_null"
    )

    _month_uniq = models.UniqueIndex(
        "(year_id, date)", "This month has borne its part of the deposits already."
    )

    @api.model
    def _accrue_due(self):
        """Book what the months that are over bear; again changes nothing."""
        # As superuser: the engine books for every policy; nobody else writes here.
        engine = self.sudo()
        policies = engine.env["arm.insurance.policy"].search(
            [
                ("state", "not in", ["draft", "cancelled"]),
                ("journal_id", "!=", False),
                ("premium_account_id", "!=", False),
                ("deposit_account_id", "!=", False),
                ("deposit_ids", "!=", False),
            ]
        )
        for policy in policies:
            today = policy.company_id._local_today()
            for year, deposits in policy.deposit_ids.grouped("year_id").items():
                if year:
                    engine._accrue_year(year, deposits, today)

    @api.model
    def _accrue_year(self, year, deposits, today):
        """The rows of one year that are missing, with their entries."""
        known = self.search([("year_id", "=", year.id)])
        months = self._get_months(year, deposits)
        over = [row for row in months if row[0] < today]
        done = sum(map(decimal, known.mapped("amount")))
        booked = sum(map(decimal, known.mapped("balance")))
        missing = [row for row in over if row[0] not in known.mapped("date")]
        for day, upto, upto_balance in missing:
            row = self.create(
                {
                    "policy_id": year.policy_id.id,
                    "year_id": year.id,
                    "date": day,
                    "amount": upto - done,
                    "balance": upto_balance - booked,
                }
            )
            done, booked = upto, upto_balance
            row._book()

    @api.model
    def _get_months(self, year, deposits):
        """Last day of each month, and what it and those before bear together.

        In the policy's currency and in the company's.
        """
        policy = year.policy_id
        columns = []
        for amounts, currency in (
            (deposits.mapped("amount"), policy.currency_id),
            ([row._get_balance() for row in deposits], policy.company_id.currency_id),
        ):
            total = sum(map(decimal, amounts))
            parts = deposit.accrue(
                total, year.date_from, year.date_to, currency.decimal_places
            )
            columns.append(parts)
        upto = upto_balance = 0
        for (day, part), (_day, balance) in zip(*columns, strict=True):
            upto, upto_balance = upto + part, upto_balance + balance
            yield day, upto, upto_balance

    def _book(self):
        """Debit the premium, credit what was prepaid, on the first open day."""
        self.ensure_one()
        policy = self.policy_id
        lock = policy.company_id._get_user_fiscal_lock_date(policy.journal_id)
        day = max(self.date, lock + timedelta(days=1)) if lock else self.date
        self.move_id = self.env["arm.insurance.booking"]._book(
            policy,
            self.amount,
            day,
            (policy.premium_account_id, policy.deposit_account_id),
            self.env._(
                "Premium of the month %(month)s, %(policy)s",
                month=f"{self.date:%Y-%m}",
                policy=policy.name,
            ),
            balance=self.balance,
        )
        self._record("premium_accrued", "amount", system=True)

    def _get_register_facts(self):
        """It is about no buyer: it stands under the insurer."""
        self.ensure_one()
        return {
            "company": self.company_id,
            "partner": self.policy_id.insurer_id,
            "currency": self.currency_id,
            "document": self.move_id.name or self.policy_id.name,
        }

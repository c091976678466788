from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import limits, premium
from .arm_insurance_terms import decimal


class ArmInsuranceDeclaration(models.Model):
    """The bill that follows from a declaration: fees, bonus or malus, vendor bill."""

    _name = "arm.insurance.declaration"
    _inherit = ["arm.insurance.declaration"]

    fee_ids = fields.One2many(
        "arm.insurance.declaration.fee", "declaration_id", readonly=True
    )
    fees = fields.Monetary(readonly=True)
    claims_ratio = fields.Float(
        string="Claims Ratio (%)",
        digits=(8, 2),
        readonly=True,
        aggregator=None,
        help="Paid and reserved, less recovered, in percent of the premium.",
    )
    bonus_malus = fields.Monetary(
        readonly=True, help="Of the year; below zero: you get it back."
    )
    amount_due = fields.Monetary(
        string="To Be Paid",
        readonly=True,
        help="Premium that deposits have not paid, with tax, fees and bonus or malus.",
    )
    bill_id = fields.Many2one(
        "account.move", readonly=True, copy=False, index="btree_not_null"
    )

    def _is_whole_year(self):
        """Whether the declaration settles the policy year."""
        self.ensure_one()
        year = self.year_id
        return (self.date_from, self.date_to) == (year.date_from, year.date_to)

    def _get_premium_year(self, lines):
        """All that enters the premium, for the arithmetic.

        :param lines: tools.premium.PremiumLine
        """
        year, whole = self.year_id, self._is_whole_year()
        # As superuser: all claims of the year count, whoever declares.
        sums = self.env["arm.insurance.claim.settlement"].sudo()._get_sums(year)
        return premium.PremiumYear(
            lines=tuple(lines),
            method=year.premium_method,
            minimum_premium=decimal(year.minimum_premium if whole else 0),
            deposit_paid=decimal(year._get_deposits() if whole else 0),
            bonus=year.bonus_ids._get_steps() if whole else (),
            claims_net=sums["claims"] - sums["recovered"],
            fees=tuple(self._get_fees()),
            decimals=self.currency_id.decimal_places,
        )

    def _get_fees(self):
        """The fees of the period: each kind with its number (tools.premium.Fee)."""
        self.ensure_one()
        counts = self._count_fees() if self.year_id.fee_ids else {}
        for fee in self.year_id.fee_ids:
            yield premium.Fee(fee.name, counts[fee.kind], decimal(fee.price))

    def _count_fees(self):
        """How often each kind of fee fell due in the period."""
        # As superuser: all buyers count, whoever declares.
        decisions = self.env["arm.insurance.limit.decision"].sudo()
        decisions = (
            decisions.search(
                [
                    ("limit_id.policy_id", "=", self.policy_id.id),
                    ("decided_on", ">=", self.date_from),
                    ("decided_on", "<=", self.date_to),
                ]
            )
            ._in_force()
            .filtered(lambda row: row.limit_type != "discretionary")
        )
        claims = decisions.env["arm.insurance.claim"]
        filed = [
            ("policy_id", "=", self.policy_id.id),
            ("filed_on", ">=", self.date_from),
            ("filed_on", "<=", self.date_to),
        ]
        requests = decisions.filtered(lambda row: row.kind == limits.REQUEST)
        return {
            "request": len(requests),
            "decision": len((decisions - requests).filtered(lambda r: not r.by_us)),
            "monitoring": self._count_monitored(),
            "claim": claims.search_count(filed),
            "fixed": 1,
        }  # fmt: skip

    def _count_monitored(self):
        """Buyers with a limit of the insurer at some time of the period."""
        # As superuser: all buyers count, whoever declares.
        buyers = self.policy_id.sudo().with_context(active_test=False).limit_ids
        buyers.mapped("decision_ids.reversal_ids")
        runoff = self.year_id.runoff_days
        return sum(
            any(
                row is not None and row.limit_type != "discretionary"
                for row in buyer._get_rows_between(self.date_from, self.date_to, runoff)
            )
            for buyer in buyers
        )

    def _write_bill(self, result):
        """Keep fees, ratio, bonus and the sum that is due.

        :param result: tools.premium.PremiumResult
        """
        whole = self._is_whole_year()
        due = result.adjustment_due if whole else result.earned
        self.write(
            {
                "fees": result.fees,
                "claims_ratio": result.claims_ratio_pct or 0,
                "bonus_malus": result.bonus_malus,
                "amount_due": due
                + result.premium_tax
                + result.fees
                + result.bonus_malus,
                "fee_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": fee.label,
                                "quantity": fee.quantity,
                                "price": fee.unit_price,
                                "amount": fee.amount,
                            }
                        )
                        for fee in self._get_fees()
                    ),
                ],
            }
        )

    # ---------------------------------------------------------------------- actions

    def action_create_bill(self):
        """Make the vendor bill of a sent declaration, as a draft to be compared with
        the insurer's paper."""
        self.ensure_one()
        self._check_state("sent")
        policy = self.policy_id
        if not policy.premium_account_id:
            raise UserError(
                self.env._(
                    "Choose the account of premiums on policy %(name)s first.",
                    name=policy.name,
                )
            )
        moves = self.env["account.move"]
        moves.check_access("create")
        self.bill_id = moves.create(self._prepare_bill())
        self.write({"state": "invoiced"})
        return self.action_view_bill()

    def action_view_bill(self):
        """Open the bill of the insurer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bill_id.id,
            "view_mode": "form",
        }

    def _prepare_bill(self):
        """A bill, or a credit where the bonus is more than what is due."""
        policy = self.policy_id
        sign = -1 if self.amount_due < 0 else 1
        return {
            "move_type": "in_refund" if sign < 0 else "in_invoice",
            "company_id": policy.company_id.id,
            "partner_id": policy.insurer_id.id,
            "currency_id": policy.currency_id.id,
            "invoice_date": policy.company_id._local_today(),
            "ref": self.display_name,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": text,
                        "quantity": 1,
                        "price_unit": sign * amount,
                        "account_id": policy.premium_account_id.id,
                        # Premium tax is no value-added tax: it has a line of its own.
                        "tax_ids": [Command.clear()],
                    }
                )
                for text, amount in self._get_bill_lines()
                if amount
            ],
        }

    def _get_bill_lines(self):
        """Texts and amounts, each as the insurer would show it."""
        due = self.adjustment if self._is_whole_year() else self.earned
        return [
            (self.env._("Premium %(period)s", period=self.display_name), due),
            (self.env._("Premium tax"), self.premium_tax),
            *((fee.name, fee.amount) for fee in self.fee_ids),
            (self.env._("Bonus or malus"), self.bonus_malus),
        ]

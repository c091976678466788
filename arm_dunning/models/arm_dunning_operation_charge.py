from dataclasses import dataclass
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from odoo.addons.arm_receivables.tools.money import round_half_away

from ..tools.compensation import (
    BUSINESS,
    CONSUMER,
    Regime,
    fixed_compensation,
    regime_named,
)
from ..tools.interest import late_interest
from ..tools.rates import RateTable
from .arm_dunning_charge import KINDS

CUSTOMER = "customer"
# The currency of the limits in laws whose amounts are in another one.
LIMIT_CURRENCIES = {"PL": "PLN"}


@dataclass(frozen=True)
class Law:
    """A law's amounts, with the currencies of the amounts and of their limits."""

    regime: Regime
    currency: models.BaseModel
    limits: models.BaseModel
    label: str


@dataclass(frozen=True)
class Facts:
    """What is looked up once for all rows of a batch."""

    law: Law | None
    starts: dict
    claims: dict
    claimed: dict


class ArmDunningOperation(models.Model):
    """Propose interest, flat compensation or a fee; nothing is posted here."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("charge", "Propose Charge")], ondelete={"charge": "cascade"}
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    charge_kind = fields.Selection(KINDS, string="Charge", default="compensation")
    charge_percent = fields.Float(
        string="Interest Rate",
        digits=(7, 4),
        help="Percent a year, as agreed. 0: by the law or contract of each customer "
        "(interest regime), through all half-years, payments and credit notes.",
    )
    charge_regime = fields.Selection(
        [
            (CUSTOMER, "By Each Customer's Regime"),
            ("EU", "European Union"),
            ("UK", "United Kingdom"),
            ("PL", "Poland"),
            ("IE", "Ireland"),
        ],
        string="Law",
        default="EU",
        help="Whose amounts and tiers count. From businesses only.",
    )
    charge_amount = fields.Monetary(string="Fee")

    @api.constrains("operation_type", "charge_kind", "charge_percent", "charge_amount")
    def _check_charge(self):
        for operation in self._of_type("charge"):
            task, kind = operation.task_id.name, operation.charge_kind
            if not kind:
                raise ValidationError(
                    self.env._("Task %(task)s: choose what to propose.", task=task)
                )
            if kind == "interest" and not 0 <= operation.charge_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: enter the interest rate in percent a year, "
                        "not above 100, or 0 for the regime of each customer.",
                        task=task,
                    )
                )
            if kind == "fee" and operation.charge_amount <= 0:
                raise ValidationError(
                    self.env._("Task %(task)s: enter the amount of the fee.", task=task)
                )

    def _describe_charge(self):
        labels = dict(self._fields["charge_kind"]._description_selection(self.env))
        return labels.get(self.charge_kind, "")

    def _execute_charge(self, actions):
        """Propose for each overdue item what the rule gives; nothing is no proposal."""
        proposals = []
        for operation, rows in self._split(actions):
            find = getattr(operation, f"_find_{operation.charge_kind}")
            facts = operation._get_facts(rows)
            for row in rows:
                found = find(row, facts)
                if found:
                    proposals.append(operation._prepare_charge_values(row, *found))
        # As superuser: nobody has the right to write charges directly.
        self.env["arm.dunning.charge"].sudo()._propose(proposals)

    def _get_facts(self, actions):
        """What the finders need, in a few queries for all rows."""
        engine, items = self.env["arm.interest.engine"], actions.item_id
        legal = self.charge_kind == "interest" and not self.charge_percent
        claims = {}
        if legal:
            for run, rows in actions.grouped("run_id").items():
                claims.update(engine._work_out(rows.item_id, run.date))
        elif self.charge_kind == "costs" or self.charge_regime == CUSTOMER:
            claims = engine._get_regimes(items)
        kind = {"interest": "interest", "costs": "compensation"}.get(self.charge_kind)
        charges = self.env["arm.dunning.charge"]
        return Facts(
            law=self._get_law(),
            starts=items._get_interest_starts(),
            claims=claims,
            claimed=charges._get_claimed(items, kind) if kind else {},
        )

    def _prepare_charge_values(
        self, action, amount, currency, calculation, values=None
    ):
        """Hook: the values of a proposal.

        :param amount: Decimal, in the currency.
        :param values: more of them, such as the rows of the calculation sheet
        """
        return {
            "action_id": action.id,
            "account_id": action.account_id.id,
            "company_id": action.company_id.id,
            "item_id": action.item_id.id,
            "document": action.document,
            "kind": self.charge_kind,
            "currency_id": currency.id,
            "amount": float(amount),
            "date": action.run_id.date,
            "calculation": calculation,
            **(values or {}),
        }

    def _find_interest(self, action, facts):
        """Simple interest from the day after the due date, or of an extension."""
        if not action.item_id or action.days_late <= 0 or action.amount <= 0:
            return None
        if not self.charge_percent:
            return self._find_legal_interest(action, facts)
        percent = Decimal(str(self.charge_percent))
        currency, day = action.currency_id, action.run_id.date
        due = facts.starts.get(action.item_id, action.date_due)
        if due >= day:
            return None
        interest = late_interest(
            Decimal(str(action.amount)), due, day, RateTable.flat(percent)
        )
        amount = interest.rounded(currency.decimal_places)
        text = self.env._(
            "%(amount)s, %(days)s days, %(percent)s %% a year",
            amount=action._format_amount(),
            days=(day - due).days,
            percent=percent.normalize(),
        )
        charges = self.env["arm.dunning.charge"]
        values = {"segment_ids": charges._prepare_segments(interest.segments)}
        return (amount, currency, text, values) if amount > 0 else None

    def _find_legal_interest(self, action, facts):
        """Interest by the customer's regime, less what was claimed already.

        A rate that is missing is listed in words: reminders do not wait for it.
        """
        claim = facts.claims.get(action.item_id)
        if not claim:
            return None
        if claim.problem:
            missing = {"state": "missing", "regime_id": claim.regime.id}
            return Decimal(0), action.currency_id, claim.problem, missing
        return self._prepare_legal_interest(claim, facts.claimed)

    @api.model
    def _prepare_legal_interest(self, claim, claimed):
        """Amount, currency, text and more values of a proposal; None for nothing."""
        currency = claim.item.currency_id
        places = currency.decimal_places
        before = Decimal(f"{claimed.get(claim.item, 0.0):.{places}f}")
        amount = claim.interest.rounded(places) - before
        if amount <= 0:
            return None
        segments = claim.interest.segments
        text = self.env._(
            "%(regime)s, %(first)s to %(last)s",
            regime=claim.regime.name,
            first=format_date(self.env, segments[0].date_from),
            last=format_date(self.env, segments[-1].date_to),
        )
        if before:
            text += self.env._(
                ", less %(amount)s claimed before",
                amount=currency.format(float(before)),
            )
        charges = self.env["arm.dunning.charge"]
        values = {
            "regime_id": claim.regime.id,
            "is_unconfirmed": claim.unconfirmed,
            "segment_ids": charges._prepare_segments(segments),
        }
        return amount, currency, text, values

    def _find_compensation(self, action, facts):
        """The flat amount of the law, once for each late item of a business."""
        if not action.item_id or action.days_late <= 0 or action.amount <= 0:
            return None
        if self.charge_regime == CUSTOMER:
            return self._find_legal_compensation(action, facts)
        law = facts.law
        claim = action.currency_id._convert(
            action.amount, law.limits, action.company_id, action.run_id.date
        )
        debtor = BUSINESS if action.partner_id.is_company else CONSUMER
        found = fixed_compensation(law.regime, [Decimal(str(claim))], debtor)
        text = self.env._("Flat amount for late payment, %(law)s", law=law.label)
        return (found.amount, law.currency, text) if found.amount > 0 else None

    def _find_legal_compensation(self, action, facts):
        regime = facts.claims.get(action.item_id)
        found = self.env["arm.interest.engine"]._get_flat_sum(
            action.item_id, action.account_id, regime, action.run_id.date
        )
        if not found:
            return None
        amount, currency = found
        text = self.env._("Flat amount for late payment, %(law)s", law=regime.name)
        return amount, currency, text, {"regime_id": regime.id}

    def _find_costs(self, action, facts):
        """Collection costs by the scale of the regime, less a flat sum claimed."""
        if not action.item_id or action.days_late <= 0 or action.amount <= 0:
            return None
        regime = facts.claims.get(action.item_id)
        principal = Decimal(str(action.amount))
        costs = self.env["arm.interest.engine"]._get_costs(regime, principal)
        if costs is None:
            return None
        places = action.currency_id.decimal_places
        costs -= Decimal(f"{facts.claimed.get(action.item_id, 0.0):.{places}f}")
        amount = round_half_away(costs, places)
        text = self.env._("Collection costs by scale, %(law)s", law=regime.name)
        found = amount, action.currency_id, text, {"regime_id": regime.id}
        return found if amount > 0 else None

    def _find_fee(self, _action, _facts):
        """The fixed fee of the task."""
        return Decimal(str(self.charge_amount)), self.currency_id, self.task_id.name

    def _get_law(self):
        """What the law says, looked up once for all rows; None where none is asked."""
        if self.charge_kind != "compensation" or self.charge_regime == CUSTOMER:
            return None
        labels = dict(self._fields["charge_regime"]._description_selection(self.env))
        regime = regime_named(self.charge_regime)
        limits = LIMIT_CURRENCIES.get(self.charge_regime, regime.currency)
        return Law(
            regime=regime,
            currency=self._get_currency(regime.currency),
            limits=self._get_currency(limits),
            label=labels[self.charge_regime],
        )

    @api.model
    def _get_currency(self, name):
        """A currency by its code, active or not."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        found = currencies.search([("name", "=", name)], limit=1)
        if not found:
            raise ValidationError(
                self.env._(
                    "The currency %(code)s, which the law of the charge is written in, "
                    "is missing. Add it under Currencies.",
                    code=name,
                )
            )
        return found

from dataclasses import dataclass
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

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

# The currency of the limits in laws whose amounts are in another one.
LIMIT_CURRENCIES = {"PL": "PLN"}


@dataclass(frozen=True)
class Law:
    """A law's amounts, with the currencies of the amounts and of their limits."""

    regime: Regime
    currency: models.BaseModel
    limits: models.BaseModel
    label: str


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
        help="Percent a year, as agreed or as the law says at the moment.",
    )
    charge_regime = fields.Selection(
        [
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
            if kind == "interest" and not 0 < operation.charge_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: enter the interest rate in percent a year, "
                        "above 0 and not above 100.",
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
        starts = actions.item_id._get_interest_starts()
        for operation, rows in self._split(actions):
            find = getattr(operation, f"_find_{operation.charge_kind}")
            law = operation._get_law()
            for row in rows:
                found = find(row, law, starts)
                if found:
                    proposals.append(operation._prepare_charge_values(row, *found))
        # As superuser: nobody has the right to write charges directly.
        self.env["arm.dunning.charge"].sudo()._propose(proposals)

    def _prepare_charge_values(self, action, amount, currency, calculation):
        """Hook: the values of a proposal.

        :param amount: Decimal, in the currency.
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
        }

    def _find_interest(self, action, _law, starts):
        """Simple interest on what is open, from the day after the due date.

        :param starts: items with an extension whose interest runs from the new day
        """
        if not action.item_id or action.days_late <= 0 or action.amount <= 0:
            return None
        percent = Decimal(str(self.charge_percent))
        currency, day = action.currency_id, action.run_id.date
        due = starts.get(action.item_id, action.date_due)
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
        return (amount, currency, text) if amount > 0 else None

    def _find_compensation(self, action, law, _starts):
        """The flat amount of the law, once for each late item of a business."""
        if not action.item_id or action.days_late <= 0 or action.amount <= 0:
            return None
        claim = action.currency_id._convert(
            action.amount, law.limits, action.company_id, action.run_id.date
        )
        debtor = BUSINESS if action.partner_id.is_company else CONSUMER
        found = fixed_compensation(law.regime, [Decimal(str(claim))], debtor)
        text = self.env._("Flat amount for late payment, %(law)s", law=law.label)
        return (found.amount, law.currency, text) if found.amount > 0 else None

    def _find_fee(self, _action, _law, _starts):
        """The fixed fee of the task."""
        return Decimal(str(self.charge_amount)), self.currency_id, self.task_id.name

    def _get_law(self):
        """What the law says, looked up once for all rows; None where none is asked."""
        if self.charge_kind != "compensation":
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

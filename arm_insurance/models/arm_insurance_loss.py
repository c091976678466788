from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, models

from ..tools.currency import loss_rate
from ..tools.money import round_money
from .arm_insurance_terms import decimal


@dataclass(frozen=True)
class LossLine:
    """An open item at the date of loss, in policy currency at the rate of the loss."""

    item_id: int
    risk_date: date
    open: Decimal
    covered: Decimal
    pct: Decimal
    status: str


class ArmInsuranceLoss(models.AbstractModel):
    """What a buyer owes and what is covered of it, as a claim shows it.

    Limits are used at the rate of the invoice date; a loss counts at that rate, at the
    one of the date of loss, or at the lower of both, as the clauses of the delivery's
    year say (credit-insurance.md, section 4.8).
    """

    _name = "arm.insurance.loss"
    _description = "Loss of a Buyer"

    @api.model
    def _get_lines(self, limit, done, day):
        """The open items of a replay.

        :param limit: arm.insurance.limit
        :param done: its ``Replayed``
        :param day: date of loss, or today as long as it is not known
        :return: list of :class:`LossLine`
        """
        rows = done.coverage.items if done.coverage else ()
        rows = [row for row in rows if row.open]
        factors = self._get_factors(limit.policy_id, done, rows, day)
        places = limit.currency_id.decimal_places
        return [
            LossLine(
                int(row.id),
                row.risk_date,
                round_money(row.open * factors.get(row.id, 1), places),
                round_money(row.covered * factors.get(row.id, 1), places),
                row.pct or Decimal(0),
                row.status,
            )
            for row in rows
        ]

    @api.model
    def _get_factors(self, policy, done, rows, day):
        """By item of another currency: rate of the loss by rate of the invoice."""
        lines = self.env["account.move.line"].browse(int(row.id) for row in rows)
        foreign = lines.filtered(
            lambda line: line.currency_id != policy.currency_id and line.amount_currency
        )
        if not foreign:
            return {}
        rates = self.env["arm.insurance.ledger"]._get_rates(policy)
        items = {item.id: item for item in done.ledger.items}
        found = {}
        for line in foreign:
            item = items[str(line.id)]
            before = item.gross / abs(decimal(line.amount_currency))
            year = policy._get_year(item.risk_date)
            if before:
                now = rates.rate(line.currency_id.id, day)
                found[item.id] = loss_rate(before, now, year.fx_rule) / before
        return found

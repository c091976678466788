"""Currency clauses: which rate counts for which purpose."""

from dataclasses import dataclass
from decimal import Decimal

from .money import (
    ZERO,
    check_amount,
    check_choice,
    check_percent,
    exact,
    percent_of,
    round_money,
)

LOWER = "lower"
INVOICE = "invoice"
LOSS = "loss"
RULES = (LOWER, INVOICE, LOSS)


@dataclass(frozen=True, slots=True)
class PolicyLoss:
    """A loss in policy currency and its indemnity before deductibles."""

    policy_amount: Decimal
    indemnity: Decimal


def _check_rate(rate, label):
    if check_amount(rate, label) <= 0:
        raise ValueError(f"{label} must be above 0, not {rate}.")
    return Decimal(rate)


@exact
def convert(amount, rate, places=2):
    """Convert an amount into policy currency.

    Limit use and premium take the rate of the invoice date, recoveries the rate of
    the day of receipt.

    :param amount: Decimal in the foreign currency, may be negative
    :param rate: units of policy currency for one unit of the foreign currency
    :param places: decimals of the policy currency
    :return: Decimal, rounded half up
    :raise ValueError: an inexact amount, a rate of 0 or below
    Source: section 4.8.
    """
    return round_money(
        check_amount(amount, "The amount") * _check_rate(rate, "The rate"), places
    )


def loss_rate(rate_invoice, rate_loss, rule):
    """Return the rate at which a loss is converted.

    :param rate_invoice: rate of the invoice date
    :param rate_loss: rate of the date of loss
    :param rule: invoice, loss, or lower (no exchange gain is insured)
    :raise ValueError: an unknown rule, a rate of 0 or below
    Source: section 4.8.
    """
    check_choice(rule, "The currency rule", RULES)
    at_invoice = _check_rate(rate_invoice, "The rate of the invoice date")
    at_loss = _check_rate(rate_loss, "The rate of the date of loss")
    if rule == LOWER:
        return min(at_invoice, at_loss)
    return at_invoice if rule == INVOICE else at_loss


@exact
def convert_loss(amount, rate_invoice, rate_loss, rule, pct, places=2):
    """Return a covered loss in policy currency and the insurer's share of it.

    :param amount: Decimal, covered loss in the foreign currency
    :param rate_invoice: units of policy currency per unit on the invoice date
    :param rate_loss: the same on the date of loss
    :param rule: invoice, loss, or lower
    :param pct: insured percentage
    :param places: decimals of the policy currency
    :return: PolicyLoss; the indemnity is taken from the unrounded amount
    Source: section 4.8.
    """
    check_percent(pct, "The insured percentage")
    check_amount(amount, "The loss", ZERO)
    value = amount * loss_rate(rate_invoice, rate_loss, rule)
    return PolicyLoss(
        round_money(value, places), round_money(percent_of(value, pct), places)
    )

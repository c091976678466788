"""How much limit and how much maximum liability does the insured need?"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from .indemnity import maximum_liability
from .money import (
    HUNDRED,
    ZERO,
    check_amount,
    check_count,
    check_percent,
    exact,
    percent_of,
    round_money,
)

DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class NeededLimit:
    """The limit a buyer needs: exact, and rounded up to a sum to ask for."""

    theoretical: Decimal
    request: Decimal


@exact
def needed_limit(annual_turnover, days, step=1000, places=2):
    """Return the limit to request for a buyer.

    :param annual_turnover: Decimal, insurable turnover of a year
    :param days: int, days from delivery to payment
    :param step: the request is rounded up to a multiple of this amount
    :param places: decimals of the policy currency
    :return: NeededLimit; an exact multiple stays as it is
    :raise ValueError: negative or inexact input, a step of 0
    Source: Atradius practical guide, turnover x days / 365.
    """
    turnover = check_amount(annual_turnover, "The turnover", ZERO)
    step = check_amount(step, "The step", ZERO)
    if not step:
        raise ValueError("The step must be above 0.")
    need = turnover * check_count(days, "The days") / DAYS_OF_YEAR
    steps = (need / step).to_integral_value(rounding=ROUND_CEILING)
    return NeededLimit(round_money(need, places), round_money(steps * step, places))


@dataclass(frozen=True, slots=True)
class LiabilityCheck:
    """Is the maximum liability enough for the largest exposure?

    ``gross_loss_supported`` is the covered loss that uses it up (None at 0 %),
    ``multiple_needed`` the multiple of the premium that would be enough (None
    without premium).
    """

    max_liability: Decimal
    largest_indemnity: Decimal
    shortfall: Decimal
    gross_loss_supported: Decimal | None
    multiple_needed: Decimal | None


@exact
def check_maximum_liability(
    premium, multiple, largest_exposure, pct, minimum_premium=ZERO, places=2
):
    """Compare the maximum liability with the largest possible indemnity.

    :param premium: Decimal, premium of the year
    :param multiple: Decimal, maximum liability as a multiple of the premium
    :param largest_exposure: Decimal, largest covered exposure to one buyer
    :param pct: insured percentage
    :param minimum_premium: the multiple counts at least on this
    :param places: decimals of the policy currency
    :return: LiabilityCheck
    :raise ValueError: negative or inexact input, a percentage above 100
    Source: section 4.6 (maximum liability); Atevis example.
    """
    check_percent(pct, "The insured percentage")
    exposure = check_amount(largest_exposure, "The largest exposure", ZERO)
    maximum = maximum_liability(None, multiple, premium, minimum_premium)
    base = max(Decimal(premium), Decimal(minimum_premium))
    indemnity = percent_of(exposure, pct)

    def money(amount):
        return round_money(amount, places)

    return LiabilityCheck(
        max_liability=money(maximum),
        largest_indemnity=money(indemnity),
        shortfall=money(max(ZERO, indemnity - maximum)),
        gross_loss_supported=money(maximum * HUNDRED / pct) if pct else None,
        multiple_needed=round_money(indemnity / base, 2) if base else None,
    )

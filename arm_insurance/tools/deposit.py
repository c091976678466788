"""Deposits on the premium: when they fall due, and which month bears how much."""

from decimal import Decimal
from math import lcm

from .dates import DAY, add_months, check_date
from .money import ZERO, check_amount, check_count, exact, round_money

MONTHS = 12


@exact
def plan_deposits(total, first, last, count, decimals=2):
    """Split the deposits of a policy year into equal instalments in advance.

    :param total: Decimal, the deposits of the year
    :param first: date, first day of the policy year
    :param last: date, last day of the policy year
    :param count: instalments of twelve months; those that would fall due after the
        year has ended are not asked for
    :param decimals: of the currency
    :return: list of (date, Decimal) that sum up to ``total``
    :raise ValueError: a period that ends before it begins, less than one instalment
    Source: credit-insurance.md, 1 (deposit premium: instalments), 2.4.
    """
    total = check_amount(total, "The deposits", ZERO)
    _check_period(first, last)
    check_count(count, "The number of deposits")
    if not 1 <= count <= MONTHS:
        raise ValueError("Between one and twelve deposits fall due in a year.")
    days = [add_months(first, MONTHS * number // count) for number in range(count)]
    days = [day for day in days if day <= last]
    weights = [1] * len(days)
    return list(zip(days, _share(total, weights, decimals), strict=True))


@exact
def accrue(total, first, last, decimals=2):
    """Spread the deposits of a policy year over its months.

    Whole months bear the same; a month that lies in the year in part bears that part
    of it, by days.

    :param total: Decimal, the deposits of the year
    :param first: date, first day of the policy year
    :param last: date, last day of the policy year
    :param decimals: of the currency
    :return: list of (last day in the month, Decimal) that sum up to ``total``; each is
        the difference of two rounded sums, so that no rounding adds up
    :raise ValueError: a period that ends before it begins
    Source: credit-insurance.md, 2.4 ("deposits accrued by month").
    """
    total = check_amount(total, "The deposits", ZERO)
    _check_period(first, last)
    ends, parts = [], []
    day = first
    while day <= last:
        following = add_months(day.replace(day=1), 1)
        end = min(following - DAY, last)
        ends.append(end)
        parts.append(((end - day).days + 1, (following - DAY).day))
        day = following
    whole = lcm(*(days for _part, days in parts))
    weights = [part * (whole // days) for part, days in parts]
    return list(zip(ends, _share(total, weights, decimals), strict=True))


def _check_period(first, last):
    check_date(first, "The first day")
    check_date(last, "The last day")
    if last < first:
        raise ValueError("The policy year must not end before it begins.")


def _share(total, weights, decimals):
    """Parts of a total by weights; rounded sums, so that nothing is left over."""
    whole, done, before = sum(weights), 0, ZERO
    for weight in weights:
        done += weight
        upto = round_money(total * Decimal(done) / Decimal(whole), decimals)
        yield upto - before
        before = upto

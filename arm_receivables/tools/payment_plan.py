"""Instalments of a payment plan: equal parts that add up, and their days."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from .money import ZERO, round_half_away

DAYS = {"week": 7, "fortnight": 14}
MONTH = "month"
MAX_INSTALMENTS = 60


def equal_instalments(total: Decimal, count: int, places: int = 2) -> list[Decimal]:
    """Split an amount into equal parts; the last takes the odd cents.

    :param total: amount to pay, above zero
    :param count: number of instalments, 1 to 60
    :param places: decimals of the currency
    :raise ValueError: if there are not so many cents, or too many instalments
    """
    if not 1 <= count <= MAX_INSTALMENTS:
        raise ValueError(f"A plan has 1 to {MAX_INSTALMENTS} instalments.")
    part = Decimal(int(total.scaleb(places)) // count).scaleb(-places)
    parts = [part] * (count - 1)
    parts.append(total - sum(parts, ZERO))
    if min(parts) <= 0:
        raise ValueError("Every instalment must be above zero.")
    return parts


def plan_interest(
    schedule: Sequence[tuple[date, Decimal]],
    yearly_rate: Decimal,
    start: date,
    places: int = 2,
) -> list[Decimal]:
    """Return the interest that each instalment brings along.

    Simple interest on what is still owed, actual days over 365, from one instalment to
    the next; rounded for each instalment, half away from zero.

    :param schedule: pairs of day and amount
    :param yearly_rate: percent a year; zero for a plan without interest
    :param start: the day of the agreement; nothing is counted before it
    :raise ValueError: if the rate is below zero or above 100
    """
    if not 0 <= yearly_rate <= 100:
        raise ValueError("Interest must be between 0 and 100 percent a year.")
    owed = sum((amount for _day, amount in schedule), ZERO)
    result, since = [], start
    for day, amount in sorted(schedule):
        days = max((day - since).days, 0)
        interest = owed * yearly_rate * days / Decimal(36500)
        result.append(round_half_away(interest, places))
        owed, since = owed - amount, max(day, since)
    return result


def due_days(first: date, count: int, every: str) -> list[date]:
    """Return the days of the instalments.

    Monthly ones keep the day of the month of the first, or take the month's last day
    where there is none: 31 January, 28 February, 31 March.

    :param first: day of the first instalment
    :param count: number of instalments
    :param every: "week", "fortnight" or "month"
    :raise ValueError: if the rhythm is unknown
    """
    if every in DAYS:
        step = timedelta(days=DAYS[every])
        return [first + number * step for number in range(count)]
    if every != MONTH:
        raise ValueError(f"{every!r} is no rhythm of a payment plan.")
    return [_add_months(first, number) for number in range(count)]


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))

"""Instalments of a payment plan: equal parts that add up, and their days."""

from datetime import date, timedelta
from decimal import Decimal

from .money import ZERO

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

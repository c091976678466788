"""Calendar arithmetic of insurance clauses: calendar days, clamped months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .money import check_count

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in a clause: months are added first, then days."""

    days: int = 0
    months: int = 0

    def __post_init__(self):
        check_count(self.days, "The days of a span")
        check_count(self.months, "The months of a span")


def add_months(day, months):
    """Move a date by whole months; the day clamps to the end of the month.

    :param day: date
    :param months: int, may be negative
    :return: date, e.g. 31 August + 6 months = 28 February
    Source: section 4, "months clamp to month end".
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_span(day, span):
    """Return the last day of a period of ``span`` that starts with ``day``.

    :param day: date, or None while it is unknown
    :param span: Span, or None when the policy has no such period
    :return: date, or None when either is missing
    Source: section 4, "Dates: calendar days".
    """
    if day is None or span is None:
        return None
    moved = add_months(day, span.months) if span.months else day
    return moved + timedelta(days=span.days)


def check_date(value, label, optional=False):
    """Return ``value`` if it is a plain date.

    :param optional: True lets None pass
    :raise ValueError: a datetime, a text, or a None that is not allowed
    """
    if value is None and optional:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"{label} must be a date, not {value!r}.")
    return value


def in_period(day, start, end):
    """Tell whether ``day`` lies in a period, both ends inclusive, None = open end."""
    return (start is None or start <= day) and (end is None or day <= end)

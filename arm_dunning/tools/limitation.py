"""When a claim can no longer be enforced: limitation periods as arithmetic.

The rules are data (``arm.limitation.rule``). Nothing here prolongs a period: whether an
acknowledgement, a part payment or negotiations start it anew differs from country to
country, so the date is the earliest on which a claim can be lost. Who knows better
enters another date on the case.
"""

from calendar import isleap
from dataclasses import dataclass
from datetime import date

OPEN, SOON, URGENT, OVER = "open", "soon", "urgent", "over"
SOON_DAYS = 180
URGENT_DAYS = 60


@dataclass(frozen=True)
class Period:
    """A limitation period.

    :param years: its length
    :param year_end: it ends with the calendar year (Germany: it begins at the end of
        the year in which the claim arose; Poland: it ends at the end of a year)
    """

    years: int
    year_end: bool = False


def limitation_date(due: date, period: Period) -> date:
    """The last day on which a claim that fell due on a day can be enforced."""
    year = due.year + period.years
    if period.year_end:
        return date(year, 12, 31)
    if (due.month, due.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return due.replace(year=year)


def warning(today: date, last: date | None) -> str:
    """How near the last day is: open, soon, urgent, over; open without a date."""
    if last is None:
        return OPEN
    left = (last - today).days
    if left < 0:
        return OVER
    if left <= URGENT_DAYS:
        return URGENT
    return SOON if left <= SOON_DAYS else OPEN

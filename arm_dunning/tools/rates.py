"""Interest rates as dated rows, and the rule that makes a statutory rate.

A missing half-year is an error in words: late interest must never silently be zero
or go on at an old rate.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

from odoo.addons.arm_receivables.tools.money import to_decimal


@dataclass(frozen=True)
class RateRow:
    """A yearly rate in percent and the first day on which it applies."""

    valid_from: date
    percent: Decimal


@dataclass(frozen=True)
class RateTable:
    """The rates of one rule, for example "EU reference rate + 8 points".

    :param name: name used in messages
    :param rows: dated rates, in any order
    :param half_yearly: True if each half-year (from 1 January and 1 July) must have a
        row of its own, as with statutory reference rates; False if a row is valid
        until the next one, as with a flat or contractual rate
    :raise ValueError: if there is no row or two rows start on the same day
    """

    name: str
    rows: Sequence[RateRow]
    half_yearly: bool = True

    def __post_init__(self):
        rows = tuple(sorted(self.rows, key=lambda row: row.valid_from))
        starts = [row.valid_from for row in rows]
        if not rows:
            raise ValueError(f"The rate table {self.name} is empty.")
        if len(set(starts)) < len(starts):
            raise ValueError(f"The rate table {self.name} has two rates for one day.")
        object.__setattr__(self, "rows", rows)

    @classmethod
    def flat(cls, percent: Decimal, name: str = "flat rate") -> "RateTable":
        """Return a table with one rate for all days, in percent a year."""
        return cls(name, [RateRow(date.min, percent)], half_yearly=False)

    def percent_on(self, day: date) -> Decimal:
        """Return the rate that applies to a day, in percent a year.

        :raise ValueError: if the table has no rate for the day or, when half-yearly,
            no row for its half-year
        """
        position = bisect_right([row.valid_from for row in self.rows], day)
        needed = half_year_start(day) if self.half_yearly else date.min
        if not position or self.rows[position - 1].valid_from < needed:
            raise ValueError(
                f"The rate table {self.name} has no rate for {day}: "
                "add the published rate of that period."
            )
        return self.rows[position - 1].percent

    def changes(self, after: date, until: date) -> list[date]:
        """Return the days in (after, until] on which another row applies."""
        days = {row.valid_from for row in self.rows}
        if self.half_yearly:
            days |= half_year_starts(after, until)
        return sorted(day for day in days if after < day <= until)


def half_year_start(day: date) -> date:
    """Return the 1 January or 1 July on or before a day."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def half_year_starts(after: date, until: date) -> set[date]:
    """Return each 1 January and 1 July in (after, until]."""
    years = range(after.year, until.year + 1)
    starts = (date(year, month, 1) for year in years for month in (1, 7))
    return {start for start in starts if after < start <= until}


def statutory_rate(
    reference: Decimal, points: Decimal, round_up_to: Decimal | None = None
) -> Decimal:
    """Return reference rate + points, in percent a year.

    Directive 2011/7/EU article 2(6) (reference + at least 8 points); Belgium rounds up
    to the next half point (law of 2 August 2002, article 5), an exact multiple stays.

    :param reference: reference rate in percent, may be negative
    :param points: percentage points on top
    :param round_up_to: step to round up to in percentage points, None for none
    :raise ValueError: if the step is not above zero
    """
    rate = reference + points
    if round_up_to is None:
        return rate
    if round_up_to <= 0:
        raise ValueError("The step to round a rate up to must be above zero.")
    step = Fraction(round_up_to)
    return to_decimal(ceil(Fraction(rate) / step) * step)

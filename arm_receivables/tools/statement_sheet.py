"""What stands on a statement of account, and on which page.

The figures come from the ledger in bulk, as floats already rounded to the cent by the
database; nothing here multiplies or divides them. ``statement.py`` holds the
arithmetic that these sheets are tested against.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

Day = date  # fields of this name hide the type
OPEN, ACTIVITY = "open", "activity"
STATEMENT_KINDS = (OPEN, ACTIVITY)


class Line(NamedTuple):
    """One row: an open item, or a movement of the period.

    ``amount`` is the whole amount (negative for a credit), ``open`` what was left of
    it on the day; a movement has no ``open`` but the ``balance`` after it.
    ``extended`` is the later day that was granted; the due date stays. Until
    ``discount_until`` it is enough to pay ``discounted``.
    """

    date: Day
    document: str
    kind: str
    reference: str | None
    due: Day | None
    days: int
    amount: float
    open: float = 0.0
    extended: Day | None = None
    balance: float = 0.0
    discount_until: Day | None = None
    discounted: float | None = None


@dataclass(slots=True)
class Section:
    """The part of a statement in one currency; amounts in that currency.

    ``aging`` holds what is not due, the overdue buckets, and the credits (negative):
    together they are the total.
    """

    currency_id: int
    places: int
    lines: list[Line]
    total: float
    aging: tuple[float, ...]
    opening: float = 0.0
    debits: float = 0.0
    credits: float = 0.0
    open_total: float = 0.0

    @property
    def difference(self) -> float:
        """Closing balance less the sum of open items; must be zero."""
        return round(self.total - self.open_total, self.places)


@dataclass(slots=True)
class Statement:
    """One customer's statement; ``sections`` is empty when there is nothing to say."""

    kind: str
    date: Day
    date_from: Day | None = None
    sections: list[Section] = field(default_factory=list)


def age(lines: Iterable[Line], bounds: Sequence[int], places: int) -> tuple[float, ...]:
    """Return what is not due, each overdue bucket, and the credits.

    As the customer account does it: credits are in no bucket.

    :param lines: open items of one currency
    :param bounds: 0, then the last day of each bucket but the last one
    :param places: decimals of the currency
    """
    sums = [0.0] * (len(bounds) + 2)
    for line in lines:
        left = line.open
        sums[bisect_left(bounds, line.days) if left > 0 else -1] += left
    return tuple([round(value, places) + 0.0 for value in sums])


def with_balance(lines: Iterable[Line], opening: float, places: int) -> list[Line]:
    """Return movements with the balance after each of them.

    :param lines: movements of one currency, in their order
    :param opening: balance before the first one
    :param places: decimals of the currency
    """
    balance, rows = opening, []
    for line in lines:
        balance = round(balance + line.amount, places) + 0.0
        rows.append(line._replace(balance=balance))
    return rows


def carried(statement: Statement, section: Section, index: int) -> float:
    """Return what is carried forward to a row: the balance, or the sum so far."""
    if statement.kind == ACTIVITY:
        return section.lines[index - 1].balance if index else section.opening
    return round(sum(line.open for line in section.lines[:index]), section.places)


# ------------------------------------------------------------------------------- pages


class Part(NamedTuple):
    """Consecutive rows of one section on one page."""

    section: int
    first: int
    end: int
    starts: bool
    ends: bool


# Heights in rows of a table.
HEAD = 4  # name of the currency, column titles, opening or carried forward
FOOT = 6  # total and aging line
CARRY = 1  # "carried forward", where the section goes on
FEWEST = 3  # rows that a table must have on a page to begin there


def paginate(
    lengths: Sequence[int], first_page: int, next_page: int
) -> list[list[Part]]:
    """Deal the rows of the sections out to pages; at least one page.

    A section that does not fit goes on after a line "carried forward"; it does not
    begin at the foot of a page.

    :param lengths: number of rows of each section
    :param first_page: rows that the first page holds, below address and title
    :param next_page: rows that each further page holds
    :raise ValueError: if a page cannot even hold a head, a foot and a row
    """
    if min(first_page, next_page) < HEAD + FOOT + FEWEST:
        raise ValueError("A page of a statement holds too few rows.")
    pages, left = [[]], first_page
    for number, length in enumerate(lengths):
        if pages[-1] and left < HEAD + FOOT + min(length, FEWEST):
            pages.append([])
            left = next_page
        done = 0
        while done < length or not length:
            ends = length - done <= left - HEAD - FOOT
            end = length if ends else min(length - 1, done + left - HEAD - CARRY)
            pages[-1].append(Part(number, done, end, not done, ends))
            left -= HEAD + FOOT + end - done
            done = end
            if ends:
                break
            pages.append([])
            left = next_page
    return pages


def first_weekday(day: date) -> date:
    """Return the first day from Monday to Friday in the month of a day."""
    first = day.replace(day=1)
    weekend = max(first.weekday() - 4, 0)  # Saturday 1, Sunday 2
    return first + timedelta(days=(3 - weekend) % 3)

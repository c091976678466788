"""What the customer's own page computes from open items, and reads from a browser.

The figures are the same as ``arm.customer.account._get_portal_figures`` asks of the
database; the rest turns what a browser sent into something that can be trusted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .money import ZERO

MAX_IDS = 200


@dataclass(frozen=True)
class Figures:
    """Open items of one customer in one currency.

    ``buckets``: not due, then one for each limit, then what is older. Credits are in
    none of them, but they are in the balance.
    """

    balance: Decimal
    credits: Decimal
    overdue: Decimal
    next_due: date | None
    buckets: tuple[Decimal, ...]
    count: int


def page_figures(
    items: Iterable[tuple[date, Decimal]], limits: Sequence[int], today: date
) -> Figures:
    """Return the figures at the top of the customer's page.

    :param items: pairs of due day and what is open, negative for a credit, in one
        currency
    :param limits: last day of each bucket but the last one, ascending
    :param today: the company's day; what is due today is not overdue
    """
    items = list(items)
    claims = [(day, amount) for day, amount in items if amount > 0]
    buckets = [ZERO] * (len(limits) + 2)
    for day, amount in claims:
        buckets[_bucket((today - day).days, limits)] += amount
    return Figures(
        balance=sum((amount for _day, amount in items), ZERO),
        credits=sum((amount for _day, amount in items if amount < 0), ZERO),
        overdue=sum(buckets[1:], ZERO),
        next_due=min((day for day, _amount in claims if day >= today), default=None),
        buckets=tuple(buckets),
        count=len(items),
    )


def _bucket(days: int, limits: Sequence[int]) -> int:
    if days <= 0:
        return 0
    return 1 + sum(days > limit for limit in limits)


def read_ids(texts: Sequence[str]) -> list[int] | None:
    """Return record ids from a browser, or None if one of them is none.

    :param texts: as they were sent; more than 200 are refused
    """
    plain = all(t.isascii() and t.isdecimal() and len(t) < 10 for t in texts)
    return [int(text) for text in texts] if plain and len(texts) <= MAX_IDS else None


def read_day(text: str | None, today: date) -> date | None:
    """Return a day from a browser, or None if it is none or years away.

    :param text: such as "2026-03-16"
    :param today: a day more than two years later is a slip of the hand
    """
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day <= today + timedelta(days=731) else None


def read_number(text: str | None, lowest: int, highest: int) -> int | None:
    """Return a whole number from a browser, or None if it is none or out of bounds."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return None
    return int(text) if lowest <= int(text) <= highest else None

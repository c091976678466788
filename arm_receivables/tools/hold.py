"""Which of several reasons holds an open item, and how much of it.

A customer can dispute a part of an invoice, promise the rest, and be paused at the same
time. One of these decides: what keeps the whole item comes before what keeps a part of
it, then the order of :data:`RANK`, then the longest. A part that is no less than what
is open is the whole item.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# The strongest first: nobody asks for what is disputed, whatever was promised.
RANK = ("dispute", "plan", "promise", "extension", "pause")


@dataclass(frozen=True)
class Claim:
    """One reason to leave an item alone.

    ``until`` is its last day (None: no end); ``amount`` the part that it keeps, in the
    item's currency (None: all of it).
    """

    reason: str
    until: date | None = None
    amount: Decimal | None = None


def strongest_claim(
    claims: Iterable[Claim], residual: Decimal, today: date
) -> Claim | None:
    """Return the claim that holds an item today, or None.

    :param claims: in any order; those whose last day is past do not count
    :param residual: what is open of the item, in its currency
    :param today: the day of the question
    :return: the claim, its amount None when it keeps the whole item
    :raise ValueError: if a reason is unknown
    """
    running = [
        Claim(c.reason, c.until, None if _is_whole(c, residual) else c.amount)
        for c in claims
        if c.until is None or c.until >= today
    ]
    return min(running, key=_order, default=None)


def _is_whole(claim: Claim, residual: Decimal) -> bool:
    return claim.amount is None or claim.amount >= residual


def _order(claim: Claim) -> tuple:
    length = (claim.until or date.max).toordinal()
    return claim.amount is not None, RANK.index(claim.reason), -length

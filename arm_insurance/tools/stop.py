"""Stop of cover: does an old unpaid item forbid new deliveries?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from heapq import heappop, heappush

from .dates import add_span
from .eligibility import mep_span
from .money import ZERO
from .terms import BASIS_EXTENDED, BASIS_INVOICE, DESIGNATED


@dataclass(frozen=True, slots=True)
class StopInfo:
    """Why cover is stopped: the item whose extension period ended first.

    ``expiry`` is the last free day of that item, ``days_over`` the days since then,
    ``open`` its open amount, ``amount_to_lift`` what the buyer must pay to end the
    stop (policy currency).
    """

    item_id: str
    expiry: date
    days_over: int
    open: Decimal
    amount_to_lift: Decimal


def mep_expiry(item, terms, row=None):
    """Return the last day of the maximum extension period of an item.

    :param item: Item
    :param terms: CoverTerms
    :param row: Decision in force at delivery, whose own period wins
    :return: date, or None when the policy has no such period
    Source: section 4.3; the original due date counts unless the wording lets a
    written postponement replace it (basis ``extended``; section 0.5).
    """
    terms = item.terms or terms
    start = item.due
    if terms.mep_basis == BASIS_INVOICE:
        start = item.invoiced
    elif terms.mep_basis == BASIS_EXTENDED:
        start = item.extended_due or item.due
    return add_span(start, mep_span(terms, row))


def stops_cover(item, open_amount, expiry, terms, day):
    """Tell whether one delivered item stops cover on ``day``.

    :param item: Item, insured or not
    :param open_amount: Decimal open on the insurer's ledger that day
    :param expiry: end of its maximum extension period, or None
    :param terms: CoverTerms
    Source: section 4.3; the expiry day itself is free.
    """
    if expiry is None or expiry >= day or open_amount <= terms.stop_min_amount:
        return False
    return terms.disputed_triggers_stop or not item.is_disputed(day)


def amount_to_lift(entries, terms):
    """Return what the buyer must pay so that no item stops cover any more.

    :param entries: (open amount, does it stop cover) in the order in which receipts
        are used
    :param terms: CoverTerms
    :return: Decimal; with designation only the stopping items are paid, otherwise
        everything older too
    Source: section 7, "the amount to be paid to lift the stop".
    """
    total = needed = ZERO
    for amount, is_stopping in entries:
        excess = amount - terms.stop_min_amount
        if terms.allocation == DESIGNATED:
            needed += excess if is_stopping else ZERO
        elif is_stopping:
            needed = total + excess
        total += amount
    return needed


class StopWatch:
    """Keeps track of the items that stop cover while a replay runs.

    :param terms: CoverTerms
    Source: section 4.3. ``refresh`` must be called for an item whenever its open
    amount or dispute changes and on the day after its period ends.
    """

    def __init__(self, terms):
        self._terms = terms
        self._count = 0
        self._queue = []

    @property
    def is_stopped(self):
        """Tell whether any item stops cover."""
        return self._count > 0

    def refresh(self, line, day):
        """Look at one item again.

        :param line: Line
        :param day: date of the replay
        """
        stopping = line.is_delivered and stops_cover(
            line.item, line.open, line.expiry, self._terms, day
        )
        if stopping == line.is_stopping:
            return
        line.is_stopping = stopping
        self._count += 1 if stopping else -1
        if stopping:
            heappush(self._queue, (line.expiry, line.fifo_key, line))

    @property
    def oldest(self):
        """Return the Line whose period ended first among those that stop cover."""
        while self._queue and not self._queue[0][2].is_stopping:
            heappop(self._queue)
        return self._queue[0][2] if self._queue else None

    def info(self, lines, day):
        """Return the StopInfo of ``day``, or None when nothing stops cover.

        :param lines: all lines of the account
        """
        line = self.oldest
        if line is None:
            return None
        ordered = sorted(
            (other for other in lines if other.is_delivered and other.open),
            key=lambda other: other.fifo_key,
        )
        entries = [(other.open, other.is_stopping) for other in ordered]
        lift = amount_to_lift(entries, self._terms)
        days = (day - line.expiry).days
        return StopInfo(line.item.id, line.expiry, days, line.open, lift)

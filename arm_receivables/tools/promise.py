"""Promises to pay: whether one was kept, and how often they are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .money import ZERO, ratio

OPEN, KEPT, BROKEN, CANCELLED = "open", "kept", "broken", "cancelled"


@dataclass(frozen=True)
class Payment:
    """Money received on a day for the promised items."""

    date: date
    amount: Decimal


@dataclass(frozen=True)
class PromiseOutcome:
    """State of a promise and what was paid until its last day (with grace)."""

    state: str
    paid_in_time: Decimal


@dataclass(frozen=True)
class ClosedPromise:
    """A promised amount and how it ended."""

    amount: Decimal
    state: str


@dataclass(frozen=True)
class PromiseRate:
    """Share of promises kept, in percent, by number and by amount."""

    by_count: Decimal | None
    by_amount: Decimal | None


def promise_outcome(
    promised: Decimal,
    promised_date: date,
    payments: Iterable[Payment],
    grace_days: int = 0,
    as_of: date | None = None,
) -> PromiseOutcome:
    """Tell whether payments up to the date plus grace reach the promised amount.

    :param promised: amount, same currency as the payments
    :param promised_date: day promised
    :param payments: receipts for the promised items, in any order
    :param grace_days: calendar days of tolerance; the last one still counts
    :param as_of: day of the question; a promise not yet reached is "open" until its
        last day has passed. None: judge with all payments, as after the last day
    :raise ValueError: if the grace is negative
    """
    if grace_days < 0:
        raise ValueError("Days of grace cannot be negative.")
    last_day = promised_date + timedelta(days=grace_days)
    counted_until = last_day if as_of is None else min(last_day, as_of)
    paid = sum((p.amount for p in payments if p.date <= counted_until), ZERO)
    if paid >= promised:
        return PromiseOutcome(KEPT, paid)
    still_open = as_of is not None and as_of <= last_day
    return PromiseOutcome(OPEN if still_open else BROKEN, paid)


def promise_rate(promises: Iterable[ClosedPromise]) -> PromiseRate:
    """Return the share of kept among kept and broken promises, in percent.

    Cancelled and open promises are left out. None without closed promises. Show both
    rates: one large broken promise hides behind many small kept ones.

    :param promises: amounts in company currency with their state
    :raise ValueError: if a state is unknown
    """
    kept, broken = [], []
    for promise in promises:
        if promise.state not in (OPEN, KEPT, BROKEN, CANCELLED):
            raise ValueError(f"{promise.state!r} is not a state of a promise.")
        if promise.state == KEPT:
            kept.append(promise.amount)
        elif promise.state == BROKEN:
            broken.append(promise.amount)
    amount = sum(kept, ZERO)
    return PromiseRate(
        ratio(100 * len(kept), len(kept) + len(broken)),
        ratio(100 * amount, amount + sum(broken, ZERO)),
    )


@dataclass(frozen=True)
class Standing:
    """What happened to the promised items since the promise was made.

    ``owed`` is what was open of them then, ``credited`` what was taken off since
    without a payment (credit notes, write-offs), ``paid`` the payments since.
    """

    owed: Decimal
    credited: Decimal
    paid: tuple[Payment, ...]


def judge_promise(
    promised: Decimal,
    promised_date: date,
    standing: Standing,
    grace_days: int,
    as_of: date,
    prior: Decimal = ZERO,
) -> PromiseOutcome:
    """Tell how a promise stands, with credit notes and the instalments before it.

    Nobody has to pay what was credited: the promise falls to what is still owed, and
    is cancelled when nothing is. An instalment of a plan is kept when the payments
    reach it and all before it, so money always pays the oldest instalment first.

    :param promised: amount of the promise, in the currency of the items
    :param promised_date: day promised
    :param standing: what happened since, same currency
    :param grace_days: calendar days of tolerance
    :param as_of: day of the question
    :param prior: sum of the plan's earlier instalments; zero for a simple promise
    :return: the state; what was paid in time of this promise alone
    """
    due = max(min(prior + promised, standing.owed - standing.credited), ZERO)
    outcome = promise_outcome(due, promised_date, standing.paid, grace_days, as_of)
    own = min(max(outcome.paid_in_time - prior, ZERO), promised)
    if due <= prior and not own:
        return PromiseOutcome(CANCELLED, ZERO)
    return PromiseOutcome(outcome.state, own)

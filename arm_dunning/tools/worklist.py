"""Whom to telephone first, and why: points that a person can add up.

Each part has a maximum, so that the sum is at most the sum of the maxima (100 by
default), and each is a straight line between nothing and its full amount. The list of
work is made in SQL by the same rules (``arm.work.entry``), tested equal to these.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

DAYS_FULL = 90  # so many days late give all points of lateness
BROKEN_FULL = 2  # so many broken promises give all points of promises
LIMIT_FROM = 50  # per cent of the limit from which points are given
LIMIT_FULL = 100
LIMIT_NEAR = 90  # a good payer whose limit is used so far is worth a friendly call
CLOCK_DAYS = 30  # days before the insurer's deadline from which points are given
FRIENDLY_DAYS = 30  # a green customer who is late for no longer is an easy call

ACT, EASY, LEAVE, NOTHING = "act", "easy", "leave", "nothing"
PARTS = ("amount", "late", "broken", "limit", "clock")
RANKS = {ACT: 0, EASY: 1, LEAVE: 2, NOTHING: 3}


@dataclass(frozen=True)
class Weights:
    """What a company finds important.

    :param amount: most points for the amount at stake, and so on for each part
    :param amount_full: the amount at stake, in company currency, that gives them all
    :param act: points from which a customer without anything to do is called anyway
    :param rest_days: days after a call in which such a customer is left alone
    """

    amount: int = 40
    late: int = 20
    broken: int = 15
    limit: int = 10
    clock: int = 15
    amount_full: Decimal = Decimal(10000)
    act: int = 50
    rest_days: int = 5


@dataclass(frozen=True)
class Facts:
    """What is known about a customer today.

    :param stake: overdue and neither disputed nor promised, in company currency
    :param days_late: days since the due date of the oldest overdue item
    :param broken: promises not kept
    :param limit_used: per cent of the credit limit; None without a limit
    :param clock: days until the insurer's next deadline; None without one
    :param due: calls to make and broken promises to ask about, today or before
    :param must: activities, disputes and deadlines that somebody has to see to
    :param planned: whether something is planned for a later day
    :param called: days since the last call; None without one
    """

    status: str = "green"
    balance: Decimal = Decimal()
    overdue: Decimal = Decimal()
    stake: Decimal = Decimal()
    days_late: int = 0
    broken: int = 0
    limit_used: int | None = None
    clock: int | None = None
    due: int = 0
    must: int = 0
    planned: bool = False
    called: int | None = None
    handed_over: bool = False
    paused: bool = False


@dataclass(frozen=True)
class Points:
    """The parts of the points; their sum decides the order."""

    amount: int
    late: int
    broken: int
    limit: int
    clock: int

    @property
    def total(self) -> int:
        return self.amount + self.late + self.broken + self.limit + self.clock


def weigh(facts: Facts, weights: Weights) -> Points:
    """The points of a customer, part by part."""
    used = (facts.limit_used or 0) - LIMIT_FROM
    waited = 0 if facts.clock is None else CLOCK_DAYS - facts.clock
    return Points(
        _part(weights.amount, facts.stake, weights.amount_full),
        _part(weights.late, facts.days_late, DAYS_FULL),
        _part(weights.broken, facts.broken, BROKEN_FULL),
        _part(weights.limit, used, LIMIT_FULL - LIMIT_FROM),
        _part(weights.clock, waited, CLOCK_DAYS),
    )


def _part(most: int, value: Decimal | int, full: Decimal | int) -> int:
    """A share of the most points, rounded half up; never less than none.

    :param full: the value that gives all of them; where it is nothing, any value does
    """
    if full <= 0:
        return most if value > 0 else 0
    exact = most * Decimal(min(max(value, 0), full)) / full
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def drawer(facts: Facts, weights: Weights) -> tuple[str, str]:
    """Where a customer belongs today, and why: (drawer, code of the reason)."""
    if facts.must:
        return ACT, "must"
    if stopped := _stopped(facts):
        return LEAVE, stopped
    if facts.due:
        return (EASY, "good_payer") if _is_friendly(facts) else (ACT, "due")
    if facts.overdue <= 0:
        return NOTHING, "nothing"
    return _without_plan(facts, weights)


def _stopped(facts):
    """Why nobody should call, although something may be due; or None."""
    owes = facts.overdue > 0
    if facts.handed_over:
        return "handed_over"
    if facts.paused:
        return "paused"
    if owes and facts.balance <= 0:
        return "covered"
    if owes and facts.stake <= 0:
        return "agreed"
    return None


def _is_friendly(facts):
    """A good payer who is hardly late: a short and pleasant call."""
    friendly = facts.status == "green" and not facts.broken
    return friendly and facts.days_late <= FRIENDLY_DAYS


def _without_plan(facts, weights):
    """An overdue customer about whom nothing is to be done by a person today."""
    if facts.planned:
        return LEAVE, "later"
    if facts.called is not None and facts.called < weights.rest_days:
        return LEAVE, "called"
    if weigh(facts, weights).total >= weights.act:
        return ACT, "points"
    if facts.status == "green" and (facts.limit_used or 0) >= LIMIT_NEAR:
        return EASY, "limit"
    return LEAVE, "machine"

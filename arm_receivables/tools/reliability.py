"""The reliability status: which rule decides, and what a better one would take.

Worse at once, better slowly: a threshold that is reached moves the customer down on the
same day; back up it goes one status at a time, after so many items paid in terms in a
row and with nothing overdue. A customer without enough experiences begins with the
policy's start status.

The explanation that people are owed for a decision about them is what would have had to
be different (Court of Justice of the EU, C-203/22): see ``Verdict.needs``.
"""

from dataclasses import dataclass, field
from decimal import Decimal

GREEN, YELLOW, RED = "green", "yellow", "red"
STATUSES = (GREEN, YELLOW, RED)
LEVELS = {status: level for level, status in enumerate(STATUSES)}

AT_LEAST, BELOW = ">=", "<"

# What decided when it was not a threshold.
IN_ORDER = "in_order"  # no threshold is reached
NEW_CUSTOMER = "new_customer"  # too few experiences: the start status
WAITING = "waiting"  # no threshold, but the improvement is not proven yet
IMPROVED = "improved"  # proven by items paid in terms
OUTCOMES = (IN_ORDER, NEW_CUSTOMER, WAITING, IMPROVED)

# What a better status needs beside the thresholds.
EXPERIENCES = "experience_count"
PAID_IN_TERMS = "paid_in_terms"
NOTHING_OVERDUE = "nothing_overdue"


@dataclass(frozen=True)
class Rule:
    """A figure that is compared with the thresholds of yellow and red.

    :param code: name of the fact and of the threshold
    :param compare: worse when the figure is "at least" or "below" the threshold
    :param proven: counts only with the policy's minimum of experiences
    :param overdue: counts only when what is overdue is worth mentioning
    """

    code: str
    compare: str = AT_LEAST
    proven: bool = False
    overdue: bool = False


# In the order in which the deciding rule is named when several are reached.
RULES = (
    Rule("promises_broken"),
    Rule("payments_returned"),
    Rule("oldest_overdue_days", overdue=True),
    Rule("amount_overdue"),
    Rule("overdue_share", overdue=True),
    Rule("payment_index", BELOW, proven=True),
    Rule("days_late", proven=True),
)


@dataclass(frozen=True)
class Facts:
    """What is known of a customer; amounts in company currency.

    :param payment_index: 0 to 100; None when not available
    :param days_late: amount-weighted, open items included; None without experiences
    :param experience_count: payments matched, and overdue items, in the window
    :param oldest_overdue_days: calendar days; 0 when nothing is overdue
    :param overdue_share: overdue in percent of all that is open; None without any
    :param paid_in_terms: items paid in terms in a row since the last status change
    """

    payment_index: Decimal | None = None
    days_late: Decimal | None = None
    experience_count: int = 0
    oldest_overdue_days: int = 0
    amount_overdue: Decimal = Decimal(0)
    overdue_share: Decimal | None = None
    promises_broken: int = 0
    payments_returned: int = 0
    paid_in_terms: int = 0


@dataclass(frozen=True)
class Thresholds:
    """From which figure a status is reached; None: the figure does not matter."""

    payment_index: Decimal | None = None
    days_late: Decimal | None = None
    oldest_overdue_days: int | None = None
    amount_overdue: Decimal | None = None
    overdue_share: Decimal | None = None
    promises_broken: int | None = None
    payments_returned: int | None = None


@dataclass(frozen=True)
class Policy:
    """The rules of one company.

    :param better_after: items paid in terms in a row for the next better status
    :param start_status: status of a customer without enough experiences
    :param minimum_experiences: least number for index and days late to count, and to
        leave the start status
    :param ignore_below: an overdue amount below it is not worth mentioning; company
        currency
    """

    yellow: Thresholds = field(default_factory=Thresholds)
    red: Thresholds = field(default_factory=Thresholds)
    better_after: int = 3
    start_status: str = GREEN
    minimum_experiences: int = 3
    ignore_below: Decimal = Decimal(0)

    def thresholds(self, level: int) -> Thresholds:
        """Return the thresholds of a level: 1 yellow, 2 red."""
        return self.red if level == LEVELS[RED] else self.yellow


@dataclass(frozen=True)
class Need:
    """One thing that would have to be different: the figure, and what it must reach."""

    code: str
    actual: Decimal | int | None
    required: Decimal | int | None
    compare: str = AT_LEAST


@dataclass(frozen=True)
class Verdict:
    """A status with the rule that decided and the way to the next better one.

    :param status: green, yellow or red
    :param rule: code of a rule, or one of OUTCOMES
    :param breach: the figure that reached its threshold, if a rule decided
    :param needs: what the next better status would take; empty for green
    """

    status: str
    rule: str
    breach: Need | None = None
    needs: tuple[Need, ...] = ()


def evaluate(facts: Facts, policy: Policy, present: str | None = None) -> Verdict:
    """Return the status that the policy gives a customer.

    :param facts: the customer's figures of today
    :param policy: the rules of the company
    :param present: the status so far; None when there is none that counts (a new
        customer, or a manual status that has ended): then nothing has to be proven
    :raise ValueError: if the present or the start status is unknown
    """
    for status in (present or GREEN, policy.start_status):
        if status not in LEVELS:
            raise ValueError(f"{status!r} is not a reliability status.")
    target, rule, breach = _target(facts, policy, present)
    if present is None or target >= LEVELS[present]:
        changed = present is None or target > LEVELS[present]
        return _verdict(facts, policy, target, rule, breach, changed)
    if _is_proven(facts, policy):
        return _verdict(facts, policy, LEVELS[present] - 1, IMPROVED, None, True)
    return _verdict(facts, policy, LEVELS[present], WAITING, None, False)


def breaches(facts: Facts, policy: Policy, level: int) -> list[Need]:
    """Return the figures that reach the thresholds of a level, in order of RULES."""
    thresholds = policy.thresholds(level)
    found = []
    for rule in RULES:
        actual = getattr(facts, rule.code)
        limit = getattr(thresholds, rule.code)
        if _is_reached(rule, facts, policy, actual, limit):
            found.append(Need(rule.code, actual, limit, rule.compare))
    return found


def is_anything_overdue(facts: Facts, policy: Policy) -> bool:
    """Tell whether something is overdue that is worth mentioning."""
    return facts.amount_overdue > 0 and facts.amount_overdue >= policy.ignore_below


def _is_reached(rule, facts, policy, actual, limit):
    if actual is None or limit is None:
        return False
    if rule.proven and facts.experience_count < policy.minimum_experiences:
        return False
    if rule.overdue and not is_anything_overdue(facts, policy):
        return False
    return actual < limit if rule.compare == BELOW else actual >= limit


def _target(facts, policy, present):
    """The level that the figures alone give, its rule, and the figure behind it."""
    level, breach = 0, None
    for candidate in (LEVELS[RED], LEVELS[YELLOW]):
        found = breaches(facts, policy, candidate)
        if found:
            level, breach = candidate, found[0]
            break
    is_new = present is None and facts.experience_count < policy.minimum_experiences
    start = LEVELS[policy.start_status]
    if is_new and (level == 0 or start > level):
        return start, NEW_CUSTOMER, None
    return level, breach.code if breach else IN_ORDER, breach


def _is_proven(facts, policy):
    return (
        facts.paid_in_terms >= policy.better_after
        and facts.experience_count >= policy.minimum_experiences
        and not is_anything_overdue(facts, policy)
    )


def _verdict(facts, policy, level, rule, breach, changed):
    needs = tuple(_needs(facts, policy, level, changed)) if level else ()
    return Verdict(STATUSES[level], rule, breach, needs)


def _needs(facts, policy, level, changed):
    """What the next better status than ``level`` would take.

    After a change the items paid in terms are counted anew.
    """
    yield from breaches(facts, policy, level)
    if is_anything_overdue(facts, policy):
        yield Need(NOTHING_OVERDUE, facts.amount_overdue, Decimal(0), BELOW)
    if facts.experience_count < policy.minimum_experiences:
        yield Need(EXPERIENCES, facts.experience_count, policy.minimum_experiences)
    paid = 0 if changed else facts.paid_in_terms
    if paid < policy.better_after:
        yield Need(PAID_IN_TERMS, paid, policy.better_after)

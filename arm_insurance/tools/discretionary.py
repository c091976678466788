"""Discretionary limit: what the insured may set himself, as of a day."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .dates import add_months, check_date
from .money import (
    HUNDRED,
    ZERO,
    check_amount,
    check_choice,
    check_count,
    exact,
    percent_of,
    round_money,
    set_checked,
)

HIGHEST_PAID_BALANCE = "highest_paid_balance"
HIGHEST_PAID_INVOICE = "highest_paid_invoice"
FULL_IF_N = "full_if_n"
REPORT = "report"
METHODS = (HIGHEST_PAID_BALANCE, HIGHEST_PAID_INVOICE, FULL_IF_N, REPORT)

OK = "OK"
NO_EXPERIENCE = "NO_EXPERIENCE"
INSURER_DECISION = "INSURER_DECISION"
OVERDUE = "OVERDUE"
NO_REPORT = "NO_REPORT"
REPORT_EXPIRED = "REPORT_EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscretionaryRule:
    """How the policy lets the insured assess a buyer (amounts in policy currency).

    ``maximum`` is the discretionary limit of the policy. ``tolerance_days`` after
    due are still in time, paid or open. ``lookback_months``: how old an experience
    may be. ``block_months``: how long a decision of the insurer blocks.
    ``min_experiences`` for the method full_if_n. ``uplift_pct`` of the experience
    counts (150: one and a half times). ``terms_days``: only experience on terms at
    least that long. ``overdue_min_amount``: overdue in all up to it is harmless.
    ``report_months``: how long a report is valid.
    """

    maximum: Decimal
    method: str = HIGHEST_PAID_BALANCE
    tolerance_days: int = 0
    lookback_months: int = 12
    block_months: int = 12
    min_experiences: int = 1
    uplift_pct: Decimal = HUNDRED
    terms_days: int | None = None
    overdue_min_amount: Decimal = ZERO
    report_months: int = 12
    decimals: int = 2

    def __post_init__(self):
        check_choice(self.method, "The method of the discretionary limit", METHODS)
        for name in (
            "tolerance_days",
            "lookback_months",
            "block_months",
            "min_experiences",
            "report_months",
            "decimals",
        ):
            check_count(getattr(self, name), f"The rule's {name}")
        for name in ("maximum", "uplift_pct", "overdue_min_amount"):
            amount = check_amount(getattr(self, name), f"The rule's {name}", ZERO)
            set_checked(self, **{name: amount})
        if self.terms_days is not None:
            check_count(self.terms_days, "The rule's terms_days")


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """One invoice of the buyer: ``paid`` is the day of full payment, or None."""

    invoiced: date
    due: date
    amount: Decimal
    paid: date | None = None
    id: str = ""

    def __post_init__(self):
        check_date(self.invoiced, "The invoice date of an experience")
        check_date(self.due, "The due date of an experience")
        check_date(self.paid, "The payment date of an experience", optional=True)
        set_checked(self, amount=check_amount(self.amount, "An experience"))


@dataclass(frozen=True, slots=True)
class CreditReport:
    """A credit report: ``limit`` recommended, ``day`` it was issued."""

    limit: Decimal
    day: date

    def __post_init__(self):
        check_amount(self.limit, "The limit of a credit report", ZERO)
        check_date(self.day, "The day of a credit report")


@dataclass(frozen=True, slots=True)
class DiscretionaryLimit:
    """The limit on ``as_of`` with its proof: the experiences that carry it."""

    as_of: date
    limit: Decimal
    status: str
    experiences: tuple = field(default_factory=tuple)


@exact
def discretionary_limit(rule, as_of, invoices=(), decisions=(), report=None):
    """Return the discretionary limit of a buyer as of a day.

    :param rule: DiscretionaryRule
    :param as_of: date, mostly the delivery date
    :param invoices: iterable of PaidInvoice
    :param decisions: days on which the insurer decided on the buyer (zero included)
    :param report: CreditReport, for the method report
    :return: DiscretionaryLimit; what happened after ``as_of`` is not looked at, so
        that the result can be proved later
    Source: section 4.10.
    """
    check_date(as_of, "The day of a discretionary limit")
    invoices = [invoice for invoice in invoices if invoice.invoiced <= as_of]
    if is_blocked(rule, as_of, decisions):
        return _none(as_of, INSURER_DECISION)
    if is_overdue(rule, as_of, invoices):
        return _none(as_of, OVERDUE)
    if rule.method == REPORT:
        return _by_report(rule, as_of, report)
    return _by_experience(rule, as_of, experiences(rule, as_of, invoices))


def is_blocked(rule, as_of, decisions):
    """Tell whether a decision of the insurer takes the choice away.

    :param decisions: dates; later ones are not looked at
    Source: section 4.10, "decided on the buyer in the last 12 months"; free again
    on the same day 12 months later.
    """
    return any(
        day <= as_of < add_months(day, rule.block_months)
        for day in (check_date(day, "A decision of the insurer") for day in decisions)
    )


def is_overdue(rule, as_of, invoices):
    """Tell whether more than allowed was open past due + tolerance on ``as_of``.

    :param invoices: iterable of PaidInvoice
    Source: section 4.10; the last day of the tolerance is in time.
    """
    overdue = [
        invoice.amount
        for invoice in invoices
        if (invoice.paid is None or invoice.paid > as_of)
        and (as_of - invoice.due).days > rule.tolerance_days
    ]
    return sum(overdue, ZERO) > rule.overdue_min_amount


def experiences(rule, as_of, invoices):
    """Return the good payment experiences as of a day.

    :param invoices: iterable of PaidInvoice
    Source: section 4.10: paid in full in the last months (first day of the window
    included), not later than due + tolerance, on terms at least as long as now.
    """
    opens = add_months(as_of, -rule.lookback_months)
    return tuple(
        invoice
        for invoice in invoices
        if invoice.paid is not None
        and opens <= invoice.paid <= as_of
        and (invoice.paid - invoice.due).days <= rule.tolerance_days
        and (
            rule.terms_days is None
            or (invoice.due - invoice.invoiced).days >= rule.terms_days
        )
    )


def highest_balance(invoices):
    """Return the highest sum that was open at the end of a day.

    :param invoices: iterable of PaidInvoice, all paid; an invoice is open from its
        date to the day before its payment
    Source: section 4.10, "highest balance".
    """
    changes = {}
    for invoice in invoices:
        for day, amount in (
            (invoice.invoiced, invoice.amount),
            (max(invoice.paid, invoice.invoiced), -invoice.amount),
        ):
            changes[day] = changes.get(day, ZERO) + amount
    balance = highest = ZERO
    for day in sorted(changes):
        balance += changes[day]
        highest = max(highest, balance)
    return highest


def _by_experience(rule, as_of, found):
    needed = rule.min_experiences if rule.method == FULL_IF_N else 1
    if not found or len(found) < needed:
        return DiscretionaryLimit(as_of, ZERO, NO_EXPERIENCE, found)
    amount = min(_experience_amount(rule, found), rule.maximum)
    return DiscretionaryLimit(as_of, round_money(amount, rule.decimals), OK, found)


def _experience_amount(rule, found):
    if rule.method == FULL_IF_N:
        return rule.maximum
    if rule.method == HIGHEST_PAID_INVOICE:
        amount = max(invoice.amount for invoice in found)
    else:
        amount = highest_balance(found)
    return percent_of(amount, rule.uplift_pct)


def _by_report(rule, as_of, report):
    if report is None or report.day > as_of:
        return _none(as_of, NO_REPORT)
    if as_of > add_months(report.day, rule.report_months):
        return _none(as_of, REPORT_EXPIRED)
    amount = min(Decimal(report.limit), rule.maximum)
    return DiscretionaryLimit(as_of, round_money(amount, rule.decimals), OK)


def _none(as_of, status):
    return DiscretionaryLimit(as_of, ZERO, status)

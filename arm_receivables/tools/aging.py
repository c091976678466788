"""Aging: open items by days past due, or by age of the invoice, on any day.

Rule (Credit Research Foundation practice, as in all ledgers): days past due = as-of
day - due date; zero or less is current. Each instalment is an item of its own. An
item without a due date is due on its invoice date, as in Odoo.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import ZERO, translate

DEFAULT_BOUNDS = (30, 60, 90)
CURRENT = "current"
UNAPPLIED = "unapplied"
NET = "net"


@dataclass(frozen=True)
class OpenItem:
    """What is left of one instalment; negative for a credit. Company currency."""

    residual: Decimal
    due_date: date | None = None
    invoice_date: date | None = None
    name: str = ""


@dataclass(frozen=True)
class Settlement:
    """A payment, credit note or write-off matched with an item on a day."""

    date: date
    amount: Decimal
    kind: str = "payment"


@dataclass(frozen=True)
class LedgerItem:
    """One instalment with its full amount and all that was matched with it."""

    amount: Decimal
    due_date: date | None = None
    settlements: Sequence[Settlement] = ()
    invoice_date: date | None = None
    name: str = ""


@dataclass(frozen=True)
class ForeignItem:
    """What is left in a foreign currency; rates are company units for one of it."""

    residual_currency: Decimal
    booked_rate: Decimal
    closing_rate: Decimal | None
    due_date: date | None = None
    invoice_date: date | None = None
    name: str = ""


@dataclass(frozen=True)
class ForeignAging:
    """The same buckets twice; at the closing rate None if a rate is missing."""

    at_booked_rate: dict[str, Decimal]
    at_closing_rate: dict[str, Decimal | None]


def bucket_labels(
    bounds: Sequence[int] = DEFAULT_BOUNDS, first: str = CURRENT
) -> list[str]:
    """Return the bucket names: first, "1-30", ..., ">90".

    :param bounds: last day of each bucket, ascending, in days
    :param first: name of the bucket for zero days or less; "" for none (then the first
        bucket starts at day 0)
    :raise ValueError: if the bounds are empty, not ascending or not above zero
    """
    if not bounds or bounds[0] < 1 or any(a >= b for a, b in _neighbours(bounds)):
        raise ValueError("Bucket bounds must be ascending days above zero.")
    starts = [1 if first else 0] + [bound + 1 for bound in bounds]
    ranges = [f"{start}-{end}" for start, end in zip(starts, bounds, strict=False)]
    return ([first] if first else []) + ranges + [f">{bounds[-1]}"]


def age_bucket(
    days: int, bounds: Sequence[int] = DEFAULT_BOUNDS, first: str = CURRENT
) -> str:
    """Return the name of the bucket for a number of days (see bucket_labels)."""
    labels = bucket_labels(bounds, first)
    if first and days <= 0:
        return first
    passed = sum(days > bound for bound in bounds)
    return labels[passed + bool(first)]


def days_past_due(
    as_of: date, due_date: date | None, invoice_date: date | None = None
) -> int:
    """Return the calendar days from the due date to the as-of day; negative if early.

    :raise ValueError: if the item has neither a due date nor an invoice date
    """
    due = due_date or invoice_date
    if due is None:
        raise ValueError("An open item needs a due date or an invoice date.")
    return (as_of - due).days


def aging_by_due_date(
    items: Iterable[OpenItem], as_of: date, bounds: Sequence[int] = DEFAULT_BOUNDS
) -> dict[str, Decimal]:
    """Add up what is open by days past due; all buckets are present.

    Credits stay in the bucket of their own due date, so the buckets add up to the
    ledger.

    :param items: open items, company currency
    :param as_of: day of the list; the due day itself is current
    :param bounds: last day of each overdue bucket
    """
    aging = dict.fromkeys(bucket_labels(bounds), ZERO)
    for item in items:
        days = days_past_due(as_of, item.due_date, item.invoice_date)
        aging[age_bucket(days, bounds)] += item.residual
    return aging


def aging_by_invoice_date(
    items: Iterable[OpenItem], as_of: date, bounds: Sequence[int] = DEFAULT_BOUNDS
) -> dict[str, Decimal]:
    """Add up what is open by age of the invoice: "0-30", "31-60", "61-90", ">90".

    :param items: open items with an invoice date, company currency
    :param as_of: day of the list; an invoice of this day is 0 days old, a later one
        counts as new
    :raise ValueError: if an item has no invoice date
    """
    aging = dict.fromkeys(bucket_labels(bounds, ""), ZERO)
    for item in items:
        if item.invoice_date is None:
            raise ValueError("Aging by invoice date needs an invoice date.")
        days = (as_of - item.invoice_date).days
        aging[age_bucket(days, bounds, "")] += item.residual
    return aging


def aging_as_of(
    items: Iterable[LedgerItem],
    unapplied: Iterable[Settlement],
    as_of: date,
    bounds: Sequence[int] = DEFAULT_BOUNDS,
) -> dict[str, Decimal]:
    """Return the aging as it stood on a past day, with "unapplied" and "net".

    What happened after the day is ignored: settlements, receipts and invoices.
    Receipts not matched with an item stay in a column of their own.

    :param items: items with full amounts and settlements, company currency
    :param unapplied: receipts without an item, positive amounts
    :param as_of: last day that counts
    """
    known = [item for item in items if not _is_later(item.invoice_date, as_of)]
    aging = aging_by_due_date(
        [
            OpenItem(residual_on(item, as_of), item.due_date, item.invoice_date)
            for item in known
        ],
        as_of,
        bounds,
    )
    credit = -sum((paid.amount for paid in unapplied if paid.date <= as_of), ZERO)
    return aging | {UNAPPLIED: credit, NET: sum(aging.values(), ZERO) + credit}


def residual_on(item: LedgerItem, as_of: date) -> Decimal:
    """Return what was open of an item at the end of a day, company currency."""
    settled = (part.amount for part in item.settlements if part.date <= as_of)
    return item.amount - sum(settled, ZERO)


def aging_in_foreign_currency(
    items: Iterable[ForeignItem], as_of: date, bounds: Sequence[int] = DEFAULT_BOUNDS
) -> ForeignAging:
    """Age foreign-currency items at the booked and at the closing rate.

    The ledger shows the booked figure (IAS 21 restates it only with an entry); the
    other is for management and must be labelled as such. Sums are unrounded.

    :param items: residuals in their own currency with both rates
    :param as_of: day of the list
    :raise ValueError: if a rate is not above zero
    """
    booked = dict.fromkeys(bucket_labels(bounds), ZERO)
    closing: dict[str, Decimal | None] = dict.fromkeys(booked, ZERO)
    for item in items:
        days = days_past_due(as_of, item.due_date, item.invoice_date)
        bucket = age_bucket(days, bounds)
        booked[bucket] += translate(item.residual_currency, item.booked_rate)
        closing[bucket] = _add_translated(closing[bucket], item)
    return ForeignAging(booked, closing)


def _add_translated(total: Decimal | None, item: ForeignItem) -> Decimal | None:
    if total is None or item.closing_rate is None:
        return None
    return total + translate(item.residual_currency, item.closing_rate)


def _is_later(day: date | None, as_of: date) -> bool:
    return day is not None and day > as_of


def _neighbours(values: Sequence[int]) -> Iterable[tuple[int, int]]:
    return zip(values, values[1:], strict=False)

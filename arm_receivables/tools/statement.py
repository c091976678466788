"""Statement of account in its two forms, and the identity between them.

A balance-forward statement lists the movements of a period; an open-item statement
lists what is unmatched on a day. Opening + debits + credits of the one must equal the
total of the other on the last day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .money import ZERO


@dataclass(frozen=True)
class Entry:
    """A posted entry: positive for what the customer owes, negative for a credit.

    ``applied`` says how much of it was matched with which other entry (by name,
    amounts positive).
    """

    date: date
    name: str
    amount: Decimal
    kind: str = ""
    applied: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class BalanceForward:
    """Opening balance, sum of debits, sum of credits (negative), closing balance."""

    opening: Decimal
    debits: Decimal
    credits: Decimal
    closing: Decimal


@dataclass(frozen=True)
class OpenItems:
    """What is open by entry name (nothing that is zero), and the total."""

    open: dict[str, Decimal]
    total: Decimal


def statement_balance_forward(
    entries: Sequence[Entry], date_from: date, date_to: date
) -> BalanceForward:
    """Return the balance-forward statement of a period.

    :param entries: all entries of the customer, one currency; later ones are ignored
    :param date_from: first day of the period
    :param date_to: last day of the period
    :raise ValueError: if the period ends before it starts
    """
    if date_to < date_from:
        raise ValueError("The period of a statement ends before it starts.")
    opening = sum((e.amount for e in entries if e.date < date_from), ZERO)
    moves = [e.amount for e in entries if date_from <= e.date <= date_to]
    debits = sum((amount for amount in moves if amount > 0), ZERO)
    credits = sum((amount for amount in moves if amount < 0), ZERO)
    return BalanceForward(opening, debits, credits, opening + debits + credits)


def statement_open_items(entries: Sequence[Entry], as_of: date) -> OpenItems:
    """Return what was open at the end of a day, entry by entry.

    A match counts from the day on which both of its entries exist: a payment matched
    with a later invoice is still unapplied before that invoice.

    :param entries: all entries of the customer, one currency
    :param as_of: last day that counts
    :raise ValueError: if two entries share a name or a match names no entry
    """
    _check_names(entries)
    open_items = {entry.name: entry.amount for entry in entries if entry.date <= as_of}
    total = sum(open_items.values(), ZERO)
    for entry in entries:
        if entry.name in open_items:
            _match(entry, open_items)
    return OpenItems({n: amount for n, amount in open_items.items() if amount}, total)


def statement_difference(
    entries: Sequence[Entry], date_from: date, date_to: date
) -> Decimal:
    """Return balance-forward closing less the sum of open items; must be zero.

    :param entries: all entries of the customer, one currency
    :param date_from: first day of the period
    :param date_to: last day of the period
    :raise ValueError: as the two statements do
    """
    closing = statement_balance_forward(entries, date_from, date_to).closing
    listed = statement_open_items(entries, date_to).open
    return closing - sum(listed.values(), ZERO)


def _match(entry: Entry, open_items: dict[str, Decimal]) -> None:
    sign = 1 if entry.amount > 0 else -1
    for name, amount in entry.applied.items():
        if name in open_items:
            open_items[entry.name] -= sign * amount
            open_items[name] += sign * amount


def _check_names(entries: Sequence[Entry]) -> None:
    names = {entry.name for entry in entries}
    if len(names) < len(entries):
        raise ValueError("Two entries of a statement have the same name.")
    for entry in entries:
        for name in entry.applied:
            if name not in names:
                raise ValueError(f"{entry.name} is matched with unknown entry {name}.")

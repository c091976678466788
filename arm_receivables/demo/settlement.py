"""Which payment settles which item: what Odoo's reconciliation comes to.

Pure functions over plain objects. They follow ``account.move.line`` of Odoo 19
(``_prepare_reconciliation_single_partial`` and what is around it) for items that
share one currency: a customer's items in another currency than the payment's are
not matched here.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

from odoo.tools.float_utils import float_round


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency, as far as arithmetic needs it."""

    id: int
    digits: int = 2

    def round(self, amount):
        return float_round(amount, precision_digits=self.digits)


@dataclass(slots=True, eq=False)
class Item:
    """A line on a receivable account; a credit is negative."""

    paper: Any
    date: datetime.date
    maturity: datetime.date | None
    balance: float
    amount: float
    residual: float = 0.0
    residual_amount: float = 0.0
    id: int = 0
    partials: list = field(default_factory=list)
    full_id: int | None = None
    matching: str | None = None

    def __post_init__(self):
        self.residual, self.residual_amount = self.balance, self.amount

    @property
    def open(self):
        return bool(self.residual or self.residual_amount)

    @property
    def order(self):
        """Odoo settles what is due first, then the smaller amount."""
        return self.maturity or self.date, self.amount, self.balance


@dataclass(slots=True, eq=False)
class Exchange:
    """An entry that books the gain or loss which a settlement brings to light.

    ``fixes`` are pairs of an item and the part of its balance that is written off;
    ``items`` are the counterparts on the receivable account.
    """

    date: datetime.date
    fixes: list
    items: list = field(default_factory=list)
    number: Any = None
    id: int = 0


@dataclass(slots=True, eq=False)
class Partial:
    """A piece of a debit that is settled by a piece of a credit."""

    debit: Item
    credit: Item
    balance: float
    amount: float
    exchange: Exchange | None = None
    id: int = 0

    @property
    def max_date(self):
        return max(self.debit.date, self.credit.date)


class Settlement:
    """Reconciles items and remembers what came of it, in the order of events."""

    def __init__(self, company_currency):
        self.company = company_currency
        self.partials = []
        self.exchanges = []

    def reconcile(self, items, currency):
        """Settle debits with credits, in the order of their due dates.

        :param currency: the currency that all the items share.
        """
        items = sorted((item for item in items if item.open), key=lambda i: i.order)
        debits = iter([item for item in items if item.balance > 0])
        credits_ = iter([item for item in items if item.balance < 0])
        debit, credit = next(debits, None), next(credits_, None)
        partials, exchanges = [], []
        while debit and credit:
            partial, fixes = self._match(debit, credit, currency)
            partials.append(partial)
            if fixes:
                exchanges.append(Exchange(partial.max_date, fixes))
            debit = debit if debit.open else next(debits, None)
            credit = credit if credit.open else next(credits_, None)
        self._record(partials, exchanges)

    def _match(self, debit, credit, currency):
        """Match two items: the partial, and what the rate made of the rest."""
        if currency == self.company:
            balance = amount = min(debit.residual, -credit.residual)
            fixes = []
        else:
            amount = min(debit.residual_amount, -credit.residual_amount)
            balance, shares = self._common_balance(debit, credit, amount, currency)
            fixes = self._rate_differences(debit, credit, amount, balance, shares)
        partial = Partial(debit, credit, balance, amount)
        for item, sign in ((debit, 1), (credit, -1)):
            item.residual = self.company.round(item.residual - sign * balance)
            item.residual_amount = currency.round(item.residual_amount - sign * amount)
        return partial, fixes

    def _common_balance(self, debit, credit, amount, currency):
        """What an amount is worth to both items, and to each of them alone.

        Two values that only rounding keeps apart count as the same value.
        """
        low, share, high = self._worth(debit, amount, currency)
        credit_low, credit_share, credit_high = self._worth(credit, amount, currency)
        share = min(share, debit.residual)
        credit_share = min(credit_share, -credit.residual)
        if credit_low <= share <= credit_high and low <= credit_share <= high:
            balance = min(debit.residual, -credit.residual)
            return balance, (balance, balance)
        return min(share, credit_share), (share, credit_share)

    def _worth(self, item, amount, currency):
        """The balance of an amount at the item's own rate: lowest, exact, highest."""
        inverse = 1 / abs(item.amount / item.balance)
        half = 10**-currency.digits / 2
        parts = (amount - half, amount, amount + half)
        return tuple(self.company.round(part * inverse) for part in parts)

    def _rate_differences(self, debit, credit, amount, balance, shares):
        """What is left of a balance whose amount is settled: (item, difference).

        An item that stays open keeps the relation of its balance to its amount.
        """
        debit_done = debit.residual_amount <= -credit.residual_amount
        credit_done = debit.residual_amount >= -credit.residual_amount
        differences = (
            (debit, debit.residual - balance)
            if debit_done
            else (debit, max(shares[0] - balance, 0.0)),
            (credit, credit.residual + balance)
            if credit_done
            else (credit, min(balance - shares[1], 0.0)),
        )
        fixes = []
        for item, difference in differences:
            difference = self.company.round(difference)
            if difference:
                item.residual = self.company.round(item.residual - difference)
                fixes.append((item, difference))
        return fixes

    def _record(self, partials, exchanges):
        """Keep the partials, and after them those of the exchange entries."""
        extra = []
        for exchange in exchanges:
            for item, difference in exchange.fixes:
                mirror = Item(exchange, exchange.date, None, -difference, 0.0)
                mirror.residual = 0.0
                exchange.items.append(mirror)
                pair = (item, mirror) if difference > 0 else (mirror, item)
                extra.append(Partial(*pair, abs(difference), 0.0))
        _link_exchanges(partials, exchanges)
        for partial in partials + extra:
            partial.debit.partials.append(partial)
            partial.credit.partials.append(partial)
        self.partials += partials + extra
        self.exchanges += exchanges


def _link_exchanges(partials, exchanges):
    """Name on a partial the exchange entry that touches one of its items."""
    free = list(exchanges)
    for partial in partials:
        for exchange in free:
            touched = [item for item, _difference in exchange.fixes]
            if partial.debit in touched or partial.credit in touched:
                partial.exchange = exchange
                free.remove(exchange)
                break


def components(partials):
    """The groups of items that are matched with each other, directly or not.

    Yields (items, partials) in the order of the groups' first partial.
    """
    seen = set()
    for start in partials:
        if id(start) in seen:
            continue
        items, members, queue = {}, [], [start]
        seen.add(id(start))
        while queue:
            partial = queue.pop()
            members.append(partial)
            for item in (partial.debit, partial.credit):
                items[id(item)] = item
                for other in item.partials:
                    if id(other) not in seen:
                        seen.add(id(other))
                        queue.append(other)
        yield list(items.values()), members

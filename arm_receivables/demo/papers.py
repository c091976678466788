"""The documents that a ledger is made of, as plain rows, and what they amount to.

Rows come without ids and names; the writer fills those in. Amounts are in the
document's currency unless a name says ``balance``.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

from .books import Party, Tax, Term
from .settlement import Currency, Item


@dataclass(slots=True)
class Line:
    """What was sold."""

    name: str
    quantity: float
    price: float


@dataclass(slots=True, eq=False)
class Invoice:
    """An invoice or a credit note of a customer.

    ``rate`` says how many units of the currency one unit of the company's currency
    buys. ``settles`` are the invoices that a credit note is set off against. Either
    ``term`` or ``due`` tells when it is to be paid.
    """

    party: Party
    date: datetime.date
    lines: list[Line]
    currency: Currency
    rate: float = 1.0
    term: Term | None = None
    due: datetime.date | None = None
    tax: Tax | None = None
    refund: bool = False
    settles: list = field(default_factory=list)
    ref: str | None = None
    sent: bool = False
    blocked: bool = False
    no_followup: bool = False
    id: int = 0
    number: Any = None
    items: list = field(default_factory=list)
    state: str = "not_paid"
    subtotals: list = field(default_factory=list)
    tax_amount: float = 0.0

    def __post_init__(self):
        """Price the document at once: who pays it wants to know how much it is."""
        raw = [line.quantity * line.price for line in self.lines]
        self.subtotals = spread(raw, self.currency)
        self.tax_amount = self.currency.round(sum(self._raw_taxes(raw)))

    def _raw_taxes(self, raw):
        return [amount * self.tax.percent / 100 for amount in raw] if self.tax else []

    @property
    def untaxed(self):
        return self.currency.round(sum(self.subtotals))

    @property
    def total(self):
        return self.currency.round(self.untaxed + self.tax_amount)

    @property
    def direction(self):
        """1 for an invoice, -1 for a credit note: the sign of what is receivable."""
        return -1 if self.refund else 1

    @property
    def move_type(self):
        return "out_refund" if self.refund else "out_invoice"

    @property
    def invoice_rate(self):
        """The rate after Odoo's way of calculating it, bit for bit."""
        return 1 / (1 / self.rate)

    def balances(self, company_currency):
        """The same amounts in the company's currency: (of each line, of the tax)."""
        if self.currency == company_currency:
            return self.subtotals, self.tax_amount
        raw = [line.quantity * line.price for line in self.lines]
        rate = self.invoice_rate
        tax = sum(amount / rate for amount in self._raw_taxes(raw))
        lines = spread([amount / rate for amount in raw], company_currency)
        return lines, company_currency.round(tax)

    def instalments(self, balance, company_currency):
        """When how much is due: (date, balance, amount), as the term divides it."""
        total = self.total
        if self.term is None:
            return [(self.due or self.date, balance, total)]
        found = {}
        left_balance, left = balance, total
        for index, (percent, days) in enumerate(self.term.parts, 1):
            if index < len(self.term.parts):
                share = company_currency.round(balance * (percent / 100.0))
                amount = self.currency.round(total * (percent / 100.0))
            else:
                share, amount = left_balance, left
            left_balance -= share
            left -= amount
            day = self.date + datetime.timedelta(days=days)
            before = found.get(day, (0.0, 0.0))
            found[day] = before[0] + share, before[1] + amount
        return [
            (day, company_currency.round(share), self.currency.round(amount))
            for day, (share, amount) in found.items()
        ]

    def open_items(self, company_currency):
        """Make the receivable lines; ``items`` are in the order of their due dates."""
        lines, tax = self.balances(company_currency)
        balance = company_currency.round(sum(lines) + tax)
        self.items = [
            Item(self, self.date, day, self.direction * share, self.direction * amount)
            for day, share, amount in self.instalments(balance, company_currency)
        ]
        self.items.sort(key=lambda item: item.maturity)
        return lines, tax

    @property
    def touched(self):
        """Whether Odoo would have written the document after it was posted."""
        return self.blocked or self.no_followup or any(i.partials for i in self.items)


@dataclass(slots=True, eq=False)
class Payment:
    """Money that came in; what ``settles`` leaves over stays unallocated."""

    party: Party
    date: datetime.date
    amount: float
    currency: Currency
    rate: float = 1.0
    settles: list = field(default_factory=list)
    memo: str | None = None
    bank: Any = None
    id: int = 0
    move_id: int = 0
    number: Any = None
    item: Item | None = None
    state: str = "in_process"

    @property
    def items(self):
        return [self.item]

    def open_items(self, company_currency):
        """Make the line on the receivable account."""
        balance = self.amount
        if self.currency != company_currency:
            balance = company_currency.round(self.amount * (1 / self.rate))
        self.item = Item(self, self.date, self.date, -balance, -self.amount)


def spread(raw, currency):
    """Round amounts so that they add up to the rounded total.

    The difference goes to the largest amounts first, as
    ``account.tax._distribute_delta_amount_smoothly`` does it.
    """
    rounded = [currency.round(amount) for amount in raw]
    if len(raw) < 2:
        return rounded
    unit = 10**-currency.digits
    delta = currency.round(sum(raw)) - sum(rounded)
    errors = round(abs(delta) / unit)
    if not errors:
        return rounded
    sign = -unit if delta < 0 else unit
    order = sorted(range(len(raw)), key=lambda index: abs(raw[index]), reverse=True)
    weight = sum(abs(amount) for amount in raw)
    left = errors
    for index in order:
        share = min(round(abs(raw[index]) / weight * errors), left)
        left -= share
        rounded[index] += sign * share
    for index in order[:left]:
        rounded[index] += sign
    return [currency.round(amount) for amount in rounded]

"""What is known of an invoice when it is checked: plain facts, read beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .postal import Address


@dataclass(frozen=True)
class Party:
    """Seller or buyer.

    :param kind: ``business``, ``consumer`` or ``public``
    :param tax_id_valid: whether the tax number is well formed; None when that cannot
        be told
    :param tax_id_online: what a register said, or None if none was asked
    :param in_union: whether the country belongs to the European Union
    :param reference_required: whether this buyer pays nothing without its own number
    :param routing: the code by which a public body sorts its invoices
    :param endpoint: the address for electronic invoices
    """

    name: str = ""
    address: Address = Address()
    kind: str = "business"
    tax_id: str = ""
    tax_id_valid: bool | None = None
    tax_id_online: bool | None = None
    registry: str = ""
    in_union: bool = False
    reference_required: bool = False
    routing: str = ""
    endpoint: str = ""
    email: str = ""

    @property
    def country(self):
        return self.address.country


@dataclass(frozen=True)
class Tax:
    """A tax on a line: per cent, whether the buyer owes it, its wording."""

    rate: Decimal
    reverse: bool = False
    wording: str = ""


@dataclass(frozen=True)
class Line:
    """A line that sells something.

    :param goods: whether goods or services are sold; None when that cannot be told
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[Tax, ...] = ()
    goods: bool | None = None

    @property
    def is_zero_rated(self):
        return bool(self.taxes) and all(tax.rate == 0 for tax in self.taxes)

    @property
    def is_reverse(self):
        return any(tax.reverse for tax in self.taxes)


@dataclass(frozen=True)
class Document:
    """An invoice, a credit note or a receipt to a customer.

    :param kind: ``invoice``, ``refund`` or ``receipt``
    :param day: the invoice date, or the day on which it would be posted
    :param totals: currency -> total with tax, positive
    :param text: all that is printed beside the lines: notes, terms, footer
    :param note: the wording of the fiscal position
    :param origin: number of the invoice that a credit note corrects
    """

    kind: str
    day: date
    seller: Party
    buyer: Party
    lines: tuple[Line, ...] = ()
    totals: Mapping[str, Decimal] = field(default_factory=dict)
    company_id: int = 0
    number: str = ""
    delivery_date: date | None = None
    due_date: date | None = None
    currency: str = ""
    local_currency: str = ""
    shows_local_tax: bool = False
    bank_account: str = ""
    reference: str = ""
    origin: str = ""
    text: str = ""
    note: str = ""

    @property
    def is_zero_rated(self):
        return any(line.is_zero_rated for line in self.lines)

    @property
    def is_across_union(self):
        """Zero-rated, from one country of the Union to a business in another."""
        return (
            self.is_zero_rated
            and self.seller.in_union
            and self.buyer.in_union
            and self.seller.country != self.buyer.country
            and self.buyer.kind != "consumer"
        )

    @property
    def is_intra_supply(self):
        """Goods to a business in another country of the Union, without tax."""
        return self.is_across_union and self._sells_untaxed(True)

    @property
    def is_reverse_charge(self):
        """The buyer owes the tax: of services across the Union, or by the tax."""
        across = self.is_across_union and self._sells_untaxed(False)
        return across or any(line.is_reverse for line in self.lines)

    @property
    def is_unclear_union(self):
        """Untaxed across the Union, and nobody said whether goods or services."""
        return self.is_across_union and self._sells_untaxed(None)

    @property
    def is_export(self):
        """Goods without tax to a country outside the Union, or the seller's own."""
        seller, buyer = self.seller, self.buyer
        abroad = buyer.country and buyer.country != seller.country
        outside = abroad and not (seller.in_union and buyer.in_union)
        return bool(outside) and self._sells_untaxed(True)

    def _sells_untaxed(self, goods):
        return any(line.is_zero_rated and line.goods is goods for line in self.lines)

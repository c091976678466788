"""The facts of one buyer's account: open items, receipts, events."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .dates import check_date, in_period
from .money import ZERO, check_amount, check_choice, set_checked

PAYMENT = "payment"
CREDIT_NOTE = "credit_note"
WRITE_OFF = "write_off"
DISCOUNT = "discount"
EXCHANGE = "exchange"

# These hit their own invoice whatever the policy says about receipts; the last
# three are no money of the buyer and never pay another item (section 7).
OWN_INVOICE = frozenset({CREDIT_NOTE, WRITE_OFF, DISCOUNT, EXCHANGE})
NO_MONEY = frozenset({WRITE_OFF, DISCOUNT, EXCHANGE})
RECEIPT_KINDS = OWN_INVOICE | {PAYMENT}


@dataclass(frozen=True, slots=True)
class Item:
    """One receivable line (an instalment is its own item; section 0.10).

    ``gross`` is the amount in policy currency, with ``vat`` and ``charges``
    (interest, fees) inside it. ``due`` is the original due date and never moves;
    ``extended_due`` is the one agreed later. ``last_due`` is the last instalment of
    the invoice, on which the maximum terms are tested. ``delivered`` defaults to
    the invoice date. ``disputes`` are (first day, last day or None), inclusive.
    A negative ``gross`` is an unallocated credit and counts as a receipt. ``terms``
    are the CoverTerms of the policy year and country rule under which it was
    delivered (None: those of the account): they decide whether and how far it is
    insured, the account's decide how receipts, stop and moving up work.
    """

    id: str
    invoiced: date
    due: date
    gross: Decimal
    vat: Decimal = ZERO
    charges: Decimal = ZERO
    delivered: date | None = None
    extended_due: date | None = None
    last_due: date | None = None
    disputes: tuple = ()
    insurer_consent: bool = False
    excluded: str = ""
    terms: object = None

    def __post_init__(self):
        label = f"of item {self.id}"
        check_date(self.invoiced, f"The invoice date {label}")
        check_date(self.due, f"The due date {label}")
        for name in ("delivered", "extended_due", "last_due"):
            check_date(getattr(self, name), f"The {name} {label}", optional=True)
        set_checked(
            self,
            gross=check_amount(self.gross, f"The gross amount {label}"),
            vat=check_amount(self.vat, f"The VAT {label}"),
            charges=check_amount(self.charges, f"The charges {label}"),
            disputes=tuple(self._checked_dispute(pair) for pair in self.disputes),
        )
        if self.gross >= 0 and not self._parts_fit():
            raise ValueError(
                f"VAT and charges of item {self.id} must lie between 0 and its gross."
            )

    def _parts_fit(self):
        return (
            self.vat >= 0
            and self.charges >= 0
            and self.vat + self.charges <= self.gross
        )

    def _checked_dispute(self, pair):
        first, last = pair
        check_date(first, f"The start of a dispute of item {self.id}")
        check_date(last, f"The end of a dispute of item {self.id}", optional=True)
        if last is not None and last < first:
            raise ValueError(f"A dispute of item {self.id} ends before it starts.")
        return (first, last)

    @property
    def risk_date(self):
        """Day on which the risk starts: the delivery, else the invoice date."""
        return self.delivered or self.invoiced

    def is_disputed(self, day):
        """Tell whether a dispute runs on ``day`` (first and last day included)."""
        return any(in_period(day, first, last) for first, last in self.disputes)

    def insurable_net(self, vat_covered):
        """Return the part of ``gross`` that can be insured.

        :param vat_covered: bool, does the policy insure VAT
        Source: section 4.4.1; interest and fees never enter.
        """
        return self.gross - self.charges - (ZERO if vat_covered else self.vat)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money or a credit on the buyer's account.

    ``amount`` in policy currency; a negative payment is money that went back (a
    returned debit) and reopens on ``day``. ``invoice`` is the item it names.
    ``kind``: payment, credit_note, write_off, discount, exchange.
    """

    day: date
    amount: Decimal
    invoice: str | None = None
    kind: str = PAYMENT

    def __post_init__(self):
        check_date(self.day, "The date of a receipt")
        check_choice(self.kind, "The kind of a receipt", RECEIPT_KINDS)
        amount = check_amount(self.amount, f"The receipt of {self.day}")
        if self.kind in NO_MONEY and self.invoice is None:
            raise ValueError(f"The {self.kind} of {self.day} must name its invoice.")
        if self.kind != PAYMENT and amount < 0:
            raise ValueError(f"The {self.kind} of {self.day} must not be negative.")
        set_checked(self, amount=amount)


@dataclass(frozen=True, slots=True)
class Events:
    """What ends cover on a buyer: insolvency, hand-over to collection (dates)."""

    insolvency: date | None = None
    hand_over: date | None = None

    def __post_init__(self):
        check_date(self.insolvency, "The insolvency", optional=True)
        check_date(self.hand_over, "The hand-over to collection", optional=True)

    def ended_before(self, day):
        """Return the events that lie before ``day``, as field names.

        Deliveries of the day itself are still judged as before, like those of the
        day on which a limit is withdrawn (sections 4.1, 4.2).
        """
        return tuple(
            name
            for name in ("insolvency", "hand_over")
            if getattr(self, name) is not None and day > getattr(self, name)
        )

    def ended_on(self, day):
        """Tell whether nothing may be shipped any more when ``day`` is over."""
        return any(
            moment is not None and moment <= day
            for moment in (self.insolvency, self.hand_over)
        )

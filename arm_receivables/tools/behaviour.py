"""How reliably customers pay: days to pay, delay, index, shares.

Every mean is weighted by amount in company currency at the booking rate. Credit notes
and write-offs are not payments and must never look like prompt payment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .money import ratio, to_decimal, weighted_mean

PAYMENT = "payment"
NOT_A_PAYMENT = ("credit_note", "write_off")
PAID, OPEN = "paid", "open"
LEFT_OUT = ("credit_note", "write_off", "cancelled")

RATING_LIMITS = (30, 60, 90)

# (days beyond terms, points), early to late. The classes up to 120 days are published
# (30 early 100, 20 early 90, on time 80, ...); the end point of 180 days is our own.
INDEX_CURVE = (
    (-30, 100),
    (-20, 90),
    (0, 80),
    (15, 70),
    (22, 60),
    (30, 50),
    (60, 40),
    (90, 30),
    (120, 20),
    (180, 0),
)
MINIMUM_EXPERIENCES = 3


@dataclass(frozen=True)
class PaidPart:
    """A part of a receipt matched with an invoice; company currency."""

    amount: Decimal
    invoice_date: date
    due_date: date | None
    paid_on: date
    kind: str = PAYMENT


@dataclass(frozen=True)
class DaysToPay:
    """Mean days from invoice to payment, and from due date to payment."""

    days_to_pay: Decimal | None
    days_beyond_terms: Decimal | None


@dataclass(frozen=True)
class DelayItem:
    """An item with its days late: paid on a day, or open and counted until today."""

    amount: Decimal
    delay_days: Decimal | int
    state: str


@dataclass(frozen=True)
class PaymentDelay:
    """Mean days late (negative: early) and its letter, A best."""

    days: Decimal | None
    rating: str | None


@dataclass(frozen=True)
class Experience:
    """One payment experience: amount in company currency, days beyond terms."""

    amount: Decimal
    days_beyond_terms: Decimal | int


def weighted_average_days_to_pay(parts: Iterable[PaidPart]) -> DaysToPay:
    """Return the amount-weighted days to pay and days beyond terms.

    Weighted by the part paid, not by the invoice; parts that are credit notes or
    write-offs are left out. An invoice without a due date was due on its date. None
    without payments.

    :param parts: matched parts, amounts in company currency at the booking rate
    :raise ValueError: if a part has an unknown kind
    """
    paid = [part for part in parts if _is_payment(part.kind)]
    return DaysToPay(
        weighted_mean((p.amount, (p.paid_on - p.invoice_date).days) for p in paid),
        weighted_mean(
            (p.amount, (p.paid_on - (p.due_date or p.invoice_date)).days) for p in paid
        ),
    )


def average_payment_delay(
    items: Iterable[DelayItem],
    include_open: bool = True,
    limits: Sequence[int] = RATING_LIMITS,
) -> PaymentDelay:
    """Return the amount-weighted days late, with a rating.

    Open items count with the days they are late today; without them bad debt would be
    hidden (Upflow changed its published formula for that reason).

    :param items: paid and open items with days late (negative: early)
    :param include_open: whether items still open count
    :param limits: last day of the ratings A, B, C, ...; beyond is the next letter
    :raise ValueError: if an item has an unknown state
    """
    counted = [item for item in items if _counts(item.state, include_open)]
    delay = weighted_mean((item.amount, item.delay_days) for item in counted)
    if delay is None:
        return PaymentDelay(None, None)
    passed = sum(delay > limit for limit in limits)
    return PaymentDelay(delay, chr(ord("A") + passed))


def payment_index(
    experiences: Iterable[Experience], minimum: int = MINIMUM_EXPERIENCES
) -> Decimal | None:
    """Return the amount-weighted payment index, 0 (worst) to 100.

    Classes as commonly published for payment scores, joined by straight lines (see
    INDEX_CURVE). None with fewer experiences than the minimum.

    :param experiences: amounts in company currency and days beyond terms
    :param minimum: least number of experiences
    """
    known = list(experiences)
    if len(known) < minimum:
        return None
    return weighted_mean((e.amount, _points(e.days_beyond_terms)) for e in known)


def index_points(days_beyond_terms: Decimal | int) -> Decimal:
    """Return the points of one experience, 0 to 100 (see INDEX_CURVE).

    :param days_beyond_terms: days after the due date, negative if early
    """
    return to_decimal(_points(days_beyond_terms))


def percent_current(current: Decimal, total: Decimal) -> Decimal | None:
    """Return the part of receivables not yet due, in percent; None without any.

    :param current: receivables not yet due, company currency
    :param total: all receivables
    """
    return _share(current, total)


def at_risk_rate(billed: Decimal, unpaid: Decimal) -> Decimal | None:
    """Return the share of a month's billing unpaid 90 days past due, in percent.

    :param billed: amount billed in the month, company currency
    :param unpaid: part of it still open 90 days after its due date
    """
    return _share(unpaid, billed)


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return ratio(Fraction(part) * 100, whole) if whole > 0 else None


def _is_payment(kind: str) -> bool:
    if kind != PAYMENT and kind not in NOT_A_PAYMENT:
        raise ValueError(f"{kind!r} is not a known kind of settlement.")
    return kind == PAYMENT


def _counts(state: str, include_open: bool) -> bool:
    if state not in (PAID, OPEN, *LEFT_OUT):
        raise ValueError(f"{state!r} is not a known state of an item.")
    return state == PAID or (state == OPEN and include_open)


def _points(days_beyond_terms: Decimal | int) -> Fraction:
    days = Fraction(days_beyond_terms)
    if days <= INDEX_CURVE[0][0]:
        return Fraction(INDEX_CURVE[0][1])
    for (start, high), (end, low) in pairwise(INDEX_CURVE):
        if days <= end:
            return high - (days - start) * (high - low) / (end - start)
    return Fraction(INDEX_CURVE[-1][1])

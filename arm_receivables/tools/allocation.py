"""Which debt a payment pays, and which small differences close an invoice.

When the debtor names a debt, that counts; otherwise costs come before interest and
interest before principal, and among debts the oldest due comes first (German BGB
366/367, French Code civil 1342-10 and 1343-1, Dutch BW 6:43/6:44, Italian c.c. 1193).
Amounts are in one currency; what nothing takes stays unapplied, so the parts and the
unapplied rest always add up to the payment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .money import ZERO, percent_of, round_half_away


@dataclass(frozen=True)
class Debt:
    """An open item that a payment can pay; a credit (negative) takes nothing."""

    name: str
    residual: Decimal
    due_date: date | None = None


@dataclass(frozen=True)
class Allocation:
    """One amount for each debt, in the order of the debts, and what is left over."""

    parts: tuple[Decimal, ...]
    unapplied: Decimal


@dataclass(frozen=True)
class ClaimAllocation:
    """What a payment pays of one claim, what principal is left, what is left over."""

    costs: Decimal
    interest: Decimal
    principal: Decimal
    principal_left: Decimal
    unapplied: Decimal


@dataclass(frozen=True)
class CashDiscount:
    """Whether the payment closes the invoice, the discount taken, what is open."""

    closed: bool
    discount: Decimal
    residual: Decimal


@dataclass(frozen=True)
class WriteOff:
    """Whether the payment closes the invoice, what is written off, what is open."""

    closed: bool
    written_off: Decimal
    residual: Decimal


def allocate_oldest_due_first(payment: Decimal, debts: Sequence[Debt]) -> Allocation:
    """Pay the debts by due date; equal dates in the given order, no date last.

    :param payment: amount received
    :param debts: open items in the payment's currency
    """
    order = sorted(range(len(debts)), key=lambda i: debts[i].due_date or date.max)
    return _fill(payment, debts, order)


def allocate_as_designated(
    payment: Decimal, debts: Sequence[Debt], designated: Sequence[str]
) -> Allocation:
    """Pay the debts that the debtor named, in that order.

    The rest is not moved to other debts without a person's decision: it stays
    unapplied, as does all of it when a named debt is not open. Without any name the
    oldest due debt comes first.

    :param payment: amount received
    :param debts: open items in the payment's currency
    :param designated: names of the debts named by the debtor
    """
    if not designated:
        return allocate_oldest_due_first(payment, debts)
    named = [i for name in designated for i, d in enumerate(debts) if d.name == name]
    return _fill(payment, debts, list(dict.fromkeys(named)))


def allocate_pro_rata(
    payment: Decimal, debts: Sequence[Debt], places: int = 2
) -> Allocation:
    """Pay all debts in proportion to what is open.

    Shares are cut to whole cents; the odd cents go one each to the shares that lost
    most by the cut, the first of equals first. So no share is a whole cent off, and no
    debt gets more than is open.

    :param payment: amount received
    :param debts: open items in the payment's currency, with no finer decimals than it
    :param places: decimals of the currency
    """
    total = sum((_payable(debt) for debt in debts), ZERO)
    if payment <= 0 or payment >= total:
        return _fill(payment, debts, list(range(len(debts))))
    share = Fraction(payment) / Fraction(total) * 10**places
    exact = [share * Fraction(_payable(debt)) for debt in debts]
    units = [int(part) for part in exact]
    odd = int(Fraction(payment) * 10**places) - sum(units)
    for index in sorted(range(len(debts)), key=lambda i: units[i] - exact[i])[:odd]:
        units[index] += 1
    parts = tuple(Decimal(count).scaleb(-places) for count in units)
    return Allocation(parts, payment - sum(parts, ZERO))


def allocate_costs_interest_principal(
    payment: Decimal, costs: Decimal, interest: Decimal, principal: Decimal
) -> ClaimAllocation:
    """Pay costs, then interest, then principal of one claim.

    Source: German BGB 367(1), French Code civil 1343-1, Dutch BW 6:44. Not to be used
    where the debtor named the invoice and the creditor must accept that.

    :param payment: amount received
    :param costs: costs owed
    :param interest: interest owed
    :param principal: principal owed
    """
    claims = [Debt("", costs), Debt("", interest), Debt("", principal)]
    paid = _fill(payment, claims, [0, 1, 2])
    return ClaimAllocation(*paid.parts, principal - paid.parts[2], paid.unapplied)


def cash_discount(
    invoice: Decimal,
    received: Decimal,
    day: int,
    discount_percent: Decimal,
    discount_days: int,
    places: int = 2,
) -> CashDiscount:
    """Tell whether a payment closes an invoice with its cash discount.

    The discount is granted in full and in time only: the last day of the window is
    inside; who pays less than the discounted amount gets none. Who pays more than
    that loses the difference of the discount.

    :param invoice: amount of the invoice
    :param received: amount received
    :param day: days from the invoice to the payment
    :param discount_percent: discount in percent of the invoice
    :param discount_days: last day of the window
    :param places: decimals of the currency
    """
    missing = invoice - received
    allowed = round_half_away(percent_of(invoice, discount_percent), places)
    granted = day <= discount_days and missing <= allowed
    discount = max(ZERO, missing) if granted else ZERO
    residual = missing - discount
    return CashDiscount(residual <= 0, discount, residual)


def write_off_tolerance(
    invoice: Decimal, received: Decimal, tolerance: Decimal
) -> WriteOff:
    """Tell whether a small difference closes an invoice; the limit itself does.

    A small overpayment is written off as a gain (negative); a large one closes the
    invoice too, but stays open as the customer's credit.

    :param invoice: amount of the invoice
    :param received: amount received
    :param tolerance: largest difference to write off, same currency
    :raise ValueError: if the tolerance is negative
    """
    if tolerance < 0:
        raise ValueError("A tolerance cannot be negative.")
    missing = invoice - received
    written_off = missing if abs(missing) <= tolerance else ZERO
    return WriteOff(missing <= tolerance, written_off, missing - written_off)


def _payable(debt: Debt) -> Decimal:
    return max(ZERO, debt.residual)


def _fill(payment: Decimal, debts: Sequence[Debt], order: Sequence[int]) -> Allocation:
    parts, left = [ZERO] * len(debts), payment
    for index in order:
        parts[index] = max(ZERO, min(left, _payable(debts[index])))
        left -= parts[index]
    return Allocation(tuple(parts), left)

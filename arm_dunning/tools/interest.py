"""Late-payment interest: simple, by segments, rounded once.

Rules: interest runs from the day after the due date up to and including the day of
payment (Directive 2011/7/EU article 3; German BGB 187(1), 288); no interest on interest
(BGB 289, Swiss OR 105(3)). The rate floats by half-year in most countries; in the
United Kingdom the rate of the half-year in which interest starts stays (SI 2002/1675
article 4), and Irish guidance knows one rate per late payment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from odoo.addons.arm_receivables.tools.money import (
    ZERO,
    round_half_away,
    to_decimal,
    translate,
)

from .rates import RateTable

FLOATING, FIXED_AT_START = "floating", "fixed_at_start"
RATE_MODES = (FLOATING, FIXED_AT_START)

ACT_365, ACT_360, ACT_ACT, D30E_360 = "act/365", "act/360", "act/act", "30e/360"
DAY_COUNTS = (ACT_365, ACT_360, ACT_ACT, D30E_360)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Payment:
    """Money received; the paid part still bears interest for that day.

    Negative for a payment that bounced: the debt is back from the next day.
    """

    date: date
    amount: Decimal


@dataclass(frozen=True)
class CreditNote:
    """A credit note; retroactive if it corrects the invoice from the beginning."""

    date: date
    amount: Decimal
    retroactive: bool = True


@dataclass(frozen=True)
class Segment:
    """Consecutive days with one principal and one rate; the amount is unrounded."""

    date_from: date
    date_to: date
    days: int
    principal: Decimal
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True)
class LateInterest:
    """Unrounded interest in the currency of the principal, and how it came about.

    Rounded segments may differ from the rounded total by a cent: the total rules.
    """

    amount: Decimal
    segments: tuple[Segment, ...] = ()

    def rounded(self, places: int = 2) -> Decimal:
        """Return the interest to claim, rounded once, half away from zero."""
        return round_half_away(self.amount, places)


def late_interest(
    principal: Decimal,
    due_date: date,
    as_of: date,
    rates: RateTable,
    payments: Iterable[Payment] = (),
    credit_notes: Iterable[CreditNote] = (),
    day_count: str = ACT_365,
    rate_mode: str = FLOATING,
    grace_days: int = 0,
) -> LateInterest:
    """Return the interest of one late claim up to and including a day.

    Sum of principal x rate x days / days of the year over segments, which change with
    the rate, a payment and (act/act only) the year. Later payments and credit notes
    are ignored; a credit balance bears nothing. Days of grace are a waiver: a claim
    settled within them (or not older than them) bears nothing, otherwise interest
    runs from the day after the due date.

    :param principal: amount of the claim (one instalment), any currency
    :param due_date: its due date
    :param as_of: last day that bears interest if still unpaid
    :param rates: yearly rates in percent
    :param payments: payments, same currency
    :param credit_notes: credit notes, same currency, positive amounts
    :param day_count: one of DAY_COUNTS
    :param rate_mode: FLOATING or FIXED_AT_START
    :param grace_days: calendar days after the due date
    :raise ValueError: for an unknown option, negative grace, or a day without a rate
    """
    _check_options(day_count, rate_mode, grace_days)
    start = due_date + _ONE_DAY
    reductions = _reductions(start, as_of, payments, credit_notes)
    terms = _Terms(rates, day_count, start if rate_mode == FIXED_AT_START else None)
    days = sorted(terms.cuts(start, as_of) | set(reductions))
    exact = [terms.segment(*span) for span in _spans(days, principal, reductions)]
    if not exact or exact[-1][0].date_to <= due_date + timedelta(days=grace_days):
        return LateInterest(ZERO)
    segments, amounts = zip(*exact, strict=True)
    return LateInterest(to_decimal(sum(amounts, Fraction(0))), segments)


def translate_interest(interest: Decimal, rate_to_company: Decimal) -> Decimal:
    """Return interest in company currency, unrounded.

    Interest is computed and rounded in the currency of the invoice first, and then
    translated at the rate of the day of the claim.

    :param interest: rounded interest in the currency of the invoice
    :param rate_to_company: company currency for one unit of that currency
    :raise ValueError: if the rate is not above zero
    """
    return translate(interest, rate_to_company)


@dataclass(frozen=True)
class _Terms:
    rates: RateTable
    day_count: str
    fixed_on: date | None

    def cuts(self, start: date, as_of: date) -> set[date]:
        """Return the first days of segments, and the day after the last one."""
        days = {start, max(start, as_of + _ONE_DAY)}
        if self.fixed_on is None:
            days.update(self.rates.changes(start, as_of))
        if self.day_count == ACT_ACT:
            days.update(_new_years(start, as_of))
        return days

    def segment(
        self, first: date, last: date, principal: Decimal
    ) -> tuple[Segment, Fraction]:
        percent = self.rates.percent_on(self.fixed_on or first)
        days = _count_days(first, last, self.day_count)
        basis = _days_of_year(first.year, self.day_count)
        exact = Fraction(principal) * Fraction(percent) * days / (100 * basis)
        amount = to_decimal(exact)
        return Segment(first, last, days, principal, percent, amount), exact


def _spans(
    days: Sequence[date], principal: Decimal, reductions: Mapping[date, Decimal]
) -> list[tuple[date, date, Decimal]]:
    spans, balance = [], principal
    for first, following in pairwise(days):
        balance -= reductions.get(first, ZERO)
        if balance > 0:
            spans.append((first, following - _ONE_DAY, balance))
    return spans


def _reductions(
    start: date,
    as_of: date,
    payments: Iterable[Payment],
    credit_notes: Iterable[CreditNote],
) -> dict[date, Decimal]:
    """Return by how much the principal falls on each first day of a lower balance."""
    moves = [(max(start, p.date + _ONE_DAY), p) for p in payments]
    for note in credit_notes:
        own_day = max(start, note.date + _ONE_DAY)
        moves.append((start if note.retroactive else own_day, note))
    reductions: dict[date, Decimal] = {}
    for day, move in moves:
        if move.date <= as_of and day <= as_of:
            reductions[day] = reductions.get(day, ZERO) + move.amount
    return {day: amount for day, amount in reductions.items() if amount}


def _new_years(after: date, until: date) -> set[date]:
    return {date(year, 1, 1) for year in range(after.year + 1, until.year + 1)}


def _count_days(first: date, last: date, day_count: str) -> int:
    if day_count != D30E_360:
        return (last - first).days + 1
    return _days_30e(last) - _days_30e(first - _ONE_DAY)


def _days_30e(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def _days_of_year(year: int, day_count: str) -> int:
    if day_count == ACT_ACT:
        return (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return 365 if day_count == ACT_365 else 360


def _check_options(day_count: str, rate_mode: str, grace_days: int) -> None:
    if day_count not in DAY_COUNTS:
        raise ValueError(f"{day_count!r} is not a known day count.")
    if rate_mode not in RATE_MODES:
        raise ValueError(f"{rate_mode!r} is not a known rate mode.")
    if grace_days < 0:
        raise ValueError("Days of grace cannot be negative.")

"""Days sales outstanding and its relatives.

Definitions: Credit Research Foundation (DSO, best possible DSO, average days
delinquent, collection effectiveness index, receivables turnover). Receivables and
sales must have the same tax basis and both be net of credit notes; amounts are in
company currency. Without net sales there is no rate of selling: the result is None.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .money import check_days, ratio, to_decimal


@dataclass(frozen=True)
class MonthSales:
    """Net credit sales of one month (negative when credit notes prevail)."""

    sales: Decimal
    days: int
    period: str = ""


@dataclass(frozen=True)
class Countback:
    """Days counted back; a lower bound when the history was too short."""

    days: Decimal | None
    history_exhausted: bool


@dataclass(frozen=True)
class Delinquency:
    """DSO split into what terms allow and what lateness adds, in days."""

    dso: Decimal | None
    best_possible: Decimal | None
    delinquent: Decimal | None
    overdue_over_sales: Decimal | None


@dataclass(frozen=True)
class DelinquencyCountback:
    """Average days delinquent by countback, with both of its terms."""

    dso: Countback
    best_possible: Countback
    delinquent: Decimal | None


@dataclass(frozen=True)
class Turnover:
    """How often receivables turned over in the period, and days per turn."""

    turnover: Decimal | None
    days: Decimal | None


def dso_simple(
    receivables: Decimal, credit_sales: Decimal, days: int
) -> Decimal | None:
    """Return receivables / credit sales x days, in days.

    Negative when customers have prepaid (a net credit balance); None without sales.

    :param receivables: open receivables net of credits, end of period
    :param credit_sales: net credit sales of the period, same tax basis
    :param days: calendar days of the period
    :raise ValueError: if the period has no day
    """
    return _decimal(_exact_dso(receivables, credit_sales, days))


def dso_countback(
    receivables: Decimal, newest_first: Iterable[MonthSales]
) -> Countback:
    """Count back the sales that make up the receivables (exhaustion method).

    Monthly sales are subtracted, newest first; a fully used month adds its calendar
    days, the last one its share. A month without net sales adds its days, a negative
    one also gives its amount back. When the months run out first the result is a lower
    bound and flagged; without any month it is None. Nothing owed counts no day.

    :param receivables: open receivables, company currency
    :param newest_first: months with net sales and calendar days
    :raise ValueError: if a month has no day
    """
    counted, exhausted = _exact_countback(receivables, newest_first)
    return Countback(_decimal(counted), exhausted)


def best_possible_dso(
    current_receivables: Decimal, credit_sales: Decimal, days: int
) -> Decimal | None:
    """Return the DSO if everybody paid on the due date, in days.

    :param current_receivables: receivables not yet due
    :param credit_sales: net credit sales of the period, same tax basis
    :param days: calendar days of the period
    :raise ValueError: if the period has no day
    """
    return dso_simple(current_receivables, credit_sales, days)


def best_possible_dso_countback(
    current_receivables: Decimal, newest_first: Iterable[MonthSales]
) -> Countback:
    """Return the countback of the receivables not yet due (see dso_countback)."""
    return dso_countback(current_receivables, newest_first)


def average_days_delinquent(
    receivables: Decimal, current_receivables: Decimal, credit_sales: Decimal, days: int
) -> Delinquency:
    """Return DSO, best possible DSO and their difference, in days.

    The difference must equal overdue receivables / sales x days, which is returned as
    a check.

    :param receivables: open receivables, end of period
    :param current_receivables: the part not yet due
    :param credit_sales: net credit sales of the period, same tax basis
    :param days: calendar days of the period
    :raise ValueError: if the period has no day
    """
    dso = _exact_dso(receivables, credit_sales, days)
    best = _exact_dso(current_receivables, credit_sales, days)
    check = dso_simple(receivables - current_receivables, credit_sales, days)
    return Delinquency(
        _decimal(dso), _decimal(best), _decimal(_difference(dso, best)), check
    )


def average_days_delinquent_countback(
    receivables: Decimal,
    current_receivables: Decimal,
    newest_first: Iterable[MonthSales],
) -> DelinquencyCountback:
    """Return countback DSO less countback best possible DSO, in days.

    A lower bound where the history of the first term was exhausted.

    :param receivables: open receivables
    :param current_receivables: the part not yet due
    :param newest_first: months with net sales and calendar days
    :raise ValueError: if a month has no day
    """
    months = tuple(newest_first)
    dso, short = _exact_countback(receivables, months)
    best, best_short = _exact_countback(current_receivables, months)
    return DelinquencyCountback(
        Countback(_decimal(dso), short),
        Countback(_decimal(best), best_short),
        _decimal(_difference(dso, best)),
    )


def collection_effectiveness_index(
    opening: Decimal,
    sales: Decimal,
    closing_total: Decimal,
    closing_current: Decimal,
    months: int = 1,
) -> Decimal | None:
    """Return the collected share of what could be collected, in percent.

    (opening + sales/n - closing total) / (opening + sales/n - closing current) x 100,
    the form of the Credit Research Foundation. None when nothing was collectable.

    :param opening: receivables at the start of the period
    :param sales: credit sales of the period
    :param closing_total: receivables at its end
    :param closing_current: the part of them not yet due
    :param months: number of months n in the period
    :raise ValueError: if there is not at least one month
    """
    if months < 1:
        raise ValueError("A period must have at least one month.")
    supply = Fraction(opening) + Fraction(sales) / months
    collectable = supply - Fraction(closing_current)
    if collectable <= 0:
        return None
    return ratio((supply - Fraction(closing_total)) * 100, collectable)


def ar_turnover(
    net_credit_sales: Decimal, opening: Decimal, closing: Decimal, days: int
) -> Turnover:
    """Return sales / average receivables, and the days of the period per turn.

    The average is (opening + closing) / 2. Undefined without average receivables; the
    days are undefined without sales too.

    :param net_credit_sales: of the period
    :param opening: receivables at the start
    :param closing: receivables at the end
    :param days: calendar days of the period
    :raise ValueError: if the period has no day
    """
    check_days(days)
    average = Fraction(opening + closing) / 2
    turnover = ratio(net_credit_sales, average)
    if turnover is None or net_credit_sales <= 0:
        return Turnover(turnover, None)
    return Turnover(turnover, ratio(average * days, net_credit_sales))


def _exact_dso(receivables: Decimal, sales: Decimal, days: int) -> Fraction | None:
    check_days(days)
    return Fraction(receivables) * days / Fraction(sales) if sales > 0 else None


def _exact_countback(
    receivables: Decimal, newest_first: Iterable[MonthSales]
) -> tuple[Fraction | None, bool]:
    left, counted, months = Fraction(receivables), Fraction(0), tuple(newest_first)
    if left > 0 and not months:
        return None, True
    for month in months:
        check_days(month.days)
        if left <= 0:
            break
        if month.sales >= left:
            return counted + left * month.days / Fraction(month.sales), False
        counted += month.days
        left -= Fraction(month.sales)
    return counted, left > 0


def _difference(total: Fraction | None, part: Fraction | None) -> Fraction | None:
    return None if total is None or part is None else total - part


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else to_decimal(value)

"""What time is worth: a day of DSO, money tied up, a cash discount."""

from decimal import Decimal
from fractions import Fraction

from .money import check_days, ratio, to_decimal

DAYS_PER_YEAR = 365


def cash_value_of_one_day(
    annual_credit_sales: Decimal, days: int = DAYS_PER_YEAR
) -> Decimal:
    """Return the cash freed by one day less of DSO, company currency, unrounded.

    :param annual_credit_sales: credit sales of the year
    :param days: calendar days of that year
    :raise ValueError: if the year has no day
    """
    check_days(days)
    return to_decimal(Fraction(annual_credit_sales) / days)


def carrying_cost(
    amount: Decimal, rate_percent: Decimal, days: int, basis: int = DAYS_PER_YEAR
) -> Decimal:
    """Return what financing an amount for some days costs, simple, unrounded.

    :param amount: amount tied up, company currency
    :param rate_percent: cost of money in percent a year
    :param days: calendar days
    :param basis: days of the year for the rate
    :raise ValueError: if the days are negative or the basis is not above zero
    """
    if days < 0:
        raise ValueError("The number of days cannot be negative.")
    check_days(basis)
    return to_decimal(Fraction(amount) * Fraction(rate_percent) * days / (100 * basis))


def cash_discount_annual_rate(
    discount_percent: Decimal,
    discount_days: int,
    net_days: int,
    basis: int = DAYS_PER_YEAR,
) -> Decimal | None:
    """Return the simple annual rate that a cash discount amounts to, in percent.

    d / (100 - d) x 365 / (net days - discount days) x 100 (corporate finance
    textbooks: cost of trade credit). None when paying early wins no day or the
    discount is everything.

    :param discount_percent: discount in percent
    :param discount_days: last day of the discount
    :param net_days: last day without discount
    :param basis: days of the year
    """
    won = net_days - discount_days
    if won <= 0 or discount_percent >= 100:
        return None
    percent = Fraction(discount_percent)
    return ratio(percent * 100 * basis, (100 - percent) * won)

"""Exact decimal arithmetic shared by all formulas of the suite.

Sums of quotients are carried as fractions, so that a result that lies exactly between
two cents is rounded as such and not one digit too low.
"""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

HUNDRED = Decimal(100)
ZERO = Decimal(0)

# ROUND_HALF_UP of the decimal module is "half away from zero".
_DIVISION = Context(prec=40, rounding=ROUND_HALF_UP)
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")

Exact = Decimal | Fraction | int


def parse_decimal(value: str | int | Decimal) -> Decimal:
    """Return the number written in a plain decimal text.

    :param value: text such as ``"-12.50"``, an int or a Decimal; a float is refused
        because it may already have lost the cent
    :raise ValueError: for a float, a bool, an empty or scientific text, NaN, infinity
    """
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise ValueError(f"{value!r} is not a plain decimal number.")


def format_decimal(value: Exact, places: int = 2) -> str:
    """Return the value as text with exactly so many decimals, half away from zero.

    There is no thousands separator, no exponent and no minus sign before zero.

    :param value: exact number
    :param places: number of decimals, zero or more
    :raise ValueError: if places is negative
    """
    return f"{round_half_away(value, places):f}"


def round_half_away(value: Exact, places: int = 2) -> Decimal:
    """Round to so many decimals; a tie goes away from zero (0.005 -> 0.01).

    :param value: exact number (Decimal, Fraction or int)
    :param places: number of decimals, zero or more
    :raise ValueError: if places is negative
    """
    if places < 0:
        raise ValueError("The number of decimals cannot be negative.")
    exact = Fraction(value)
    units = (2 * abs(exact.numerator) * 10**places + exact.denominator) // (
        2 * exact.denominator
    )
    sign = 1 if exact < 0 and units else 0
    digits = tuple(int(digit) for digit in str(units))
    return Decimal((sign, digits, -places))


def to_decimal(value: Exact) -> Decimal:
    """Return an exact number as a Decimal of at most 40 significant digits."""
    if isinstance(value, Decimal):
        return value
    exact = Fraction(value)
    return _DIVISION.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def ratio(numerator: Exact, denominator: Exact) -> Decimal | None:
    """Return numerator / denominator, or None when the denominator is zero."""
    if not denominator:
        return None
    return to_decimal(Fraction(numerator) / Fraction(denominator))


def weighted_mean(pairs: Iterable[tuple[Exact, Exact]]) -> Decimal | None:
    """Return sum(weight x value) / sum(weight), or None when the weights add to zero.

    :param pairs: (weight, value)
    """
    weights = total = Fraction(0)
    for weight, value in pairs:
        weights += Fraction(weight)
        total += Fraction(weight) * Fraction(value)
    return ratio(total, weights)


def percent_of(amount: Exact, percent: Exact) -> Decimal:
    """Return so many percent of an amount, unrounded."""
    return to_decimal(Fraction(amount) * Fraction(percent) / 100)


def translate(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in another currency, unrounded.

    :param amount: amount in the foreign currency, already rounded there if it is a
        figure that the customer has seen
    :param rate: units of the target currency for one unit of the foreign currency
    :raise ValueError: if the rate is not above zero
    """
    if rate <= 0:
        raise ValueError("An exchange rate must be above zero.")
    return to_decimal(Fraction(amount) * Fraction(rate))


def check_days(days: int) -> None:
    """Refuse a period without a day.

    :param days: calendar days of the period
    :raise ValueError: if there is not at least one day
    """
    if days < 1:
        raise ValueError("A period must have at least one day.")

"""Exact arithmetic: rounding, parsing, ratios."""

import random
import sys
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import money

D = Decimal


@pytest.mark.parametrize(
    "value, places, text",
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999999999999999999999999999999999", 2, "0.00"),
        ("-0.004", 2, "0.00"),
        ("-0", 2, "0.00"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("1E+3", 2, "1000.00"),
        ("999999999999999999999999999999.995", 2, "1000000000000000000000000000000.00"),
    ],
)
def test_round_and_format(value, places, text):
    """Ties go away from zero; no exponent, no negative zero, any size."""
    assert money.format_decimal(D(value), places) == text


def test_exact_tie_of_a_fraction():
    """A sum of thirds that is exactly half a cent is rounded up."""
    assert money.round_half_away(Fraction(1, 300) + Fraction(1, 600), 2) == D("0.01")


def test_rounding_against_the_decimal_module():
    """The same as ROUND_HALF_UP of the decimal module, for many numbers."""
    rng = random.Random(1)
    context = Context(prec=60, rounding=ROUND_HALF_UP)
    for _ in range(3000):
        value = D(rng.randint(-(10**9), 10**9)).scaleb(-rng.randint(0, 7))
        places = rng.randint(0, 6)
        by_module = value.quantize(D(1).scaleb(-places), context=context)
        assert money.round_half_away(value, places) == by_module


def test_negative_places_are_refused():
    """Rounding to hundreds is not meant."""
    with pytest.raises(ValueError, match="decimals"):
        money.round_half_away(D(1), -1)


@pytest.mark.parametrize("text", ["1", "-1.50", "+0.1", ".5", "7.", " 3 ", 4, D("1.1")])
def test_parse(text):
    """Plain numbers are read digit by digit."""
    assert money.parse_decimal(text) == D(str(text).strip())


@pytest.mark.parametrize(
    "value",
    ["", " ", "1e3", "1_000", "1,000", "NaN", "Infinity", "٣", "0x1", "--1", "."]
    + [0.1, True, None, D("NaN"), D("Infinity"), ["1"]],
)
def test_parse_refuses(value):
    """A float, a bool and anything that is not a plain number are refused."""
    with pytest.raises(ValueError, match="plain decimal number"):
        money.parse_decimal(value)


def test_ratio_and_mean():
    """Division by nothing is undefined, not zero."""
    assert money.ratio(D(1), D(0)) is None
    assert money.ratio(D(1), D(8)) == D("0.125")
    assert money.weighted_mean([]) is None
    assert money.weighted_mean([(D(1), 2), (D(-1), 3)]) is None
    assert money.weighted_mean([(D(1), 2), (D(3), 4)]) == D("3.5")
    assert money.percent_of(D("99.99"), D("2")) == D("1.9998")


def test_translate_needs_a_rate():
    """An exchange rate of zero or less is an error."""
    assert money.translate(D("236.71"), D("0.92")) == D("217.7732")
    for rate in (D(0), D("-1")):
        with pytest.raises(ValueError, match="exchange rate"):
            money.translate(D(1), rate)

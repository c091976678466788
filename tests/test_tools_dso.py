"""DSO and its relatives."""

import random
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import dso

D = Decimal


def months(*pairs):
    return [dso.MonthSales(D(sales), days) for sales, days in pairs]


def exhaust(receivables, pairs):
    """Countback the slow way: pay off one hundredth of a month after the other."""
    left, days = Fraction(receivables), Fraction(0)
    for sales, length in pairs:
        if left <= 0:
            return days, False
        if sales <= 0 or sales < left:
            left, days = left - sales, days + length
            continue
        daily = Fraction(sales, length)
        while left > 0:
            step = min(left, daily / 100)
            days += step / daily
            left -= step
    return days, left > 0


def test_simple_without_sales_is_undefined():
    """No sales, or more credit notes than sales: no rate of selling."""
    assert dso.dso_simple(D(100), D(0), 30) is None
    assert dso.dso_simple(D(0), D(0), 30) is None
    assert dso.dso_simple(D(100), D(-1), 30) is None
    assert dso.best_possible_dso(D(100), D(0), 30) is None


def test_simple_of_nothing_and_of_credits():
    """Nothing owed is zero days; prepaid is negative."""
    assert dso.dso_simple(D(0), D(10), 30) == 0
    assert dso.dso_simple(D(-5), D(10), 30) == -15


@pytest.mark.parametrize("days", [0, -1])
def test_periods_need_days(days):
    """A period without a day is bad input everywhere."""
    calls = [
        lambda: dso.dso_simple(D(1), D(1), days),
        lambda: dso.ar_turnover(D(1), D(1), D(1), days),
        lambda: dso.dso_countback(D(1), months((1, days))),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="at least one day"):
            call()
    with pytest.raises(ValueError, match="at least one month"):
        dso.collection_effectiveness_index(D(1), D(1), D(1), D(1), days)


@pytest.mark.parametrize(
    "receivables, history, days, exhausted",
    [
        (0, [(100, 30)], 0, False),
        (-10, [(100, 30)], 0, False),
        (0, [], 0, False),
        (10, [], None, True),
        (50, [(0, 30), (100, 31)], "45.5", False),
        (50, [(-50, 30), (200, 31)], "45.5", False),
        (50, [(0, 30), (0, 31)], 61, True),
        (100, [(100, 31)], 31, False),
        (100, [(100, 31), (0, 30), (50, 31)], 31, False),
    ],
)
def test_countback_edges(receivables, history, days, exhausted):
    """Credits, empty months, negative months and short histories."""
    result = dso.dso_countback(D(receivables), months(*history))
    assert result.days == (None if days is None else D(days))
    assert result.history_exhausted is exhausted


def test_countback_against_slow_exhaustion():
    """The same as paying off month by month in small steps."""
    rng = random.Random(4)
    for _ in range(60):
        pairs = [
            (rng.choice([0, -200, rng.randint(1, 2000)]), rng.choice([28, 29, 30, 31]))
            for _ in range(rng.randint(1, 5))
        ]
        receivables = rng.randint(0, 4000)
        result = dso.dso_countback(D(receivables), months(*pairs))
        days, exhausted = exhaust(receivables, pairs)
        assert abs(Fraction(result.days) - days) < Fraction(1, 10**30)
        assert result.history_exhausted is exhausted


def test_countback_is_monotone():
    """More owed never means fewer days."""
    rng = random.Random(5)
    history = months(*((rng.randint(0, 900), 30) for _ in range(12)))
    results = [dso.dso_countback(D(owed), history).days for owed in range(0, 9000, 37)]
    assert results == sorted(results)


def test_countback_equals_simple_with_even_sales():
    """With the same sales every day both methods agree."""
    history = months((300, 30), (310, 31), (280, 28))
    assert dso.dso_countback(D(455), history).days == dso.dso_simple(D(455), D(890), 89)


def test_delinquent_is_overdue_over_sales():
    """ADD = DSO - best possible DSO = overdue / sales x days, always."""
    rng = random.Random(6)
    for _ in range(200):
        total, current = D(rng.randint(-99, 9999)), D(rng.randint(0, 5000))
        result = dso.average_days_delinquent(
            total, current, D(rng.randint(1, 99999)), rng.randint(1, 366)
        )
        assert result.delinquent == result.overdue_over_sales
    undefined = dso.average_days_delinquent(D(1), D(1), D(0), 90)
    assert undefined == dso.Delinquency(None, None, None, None)


def test_delinquent_countback():
    """Difference of both terms, with the flag of a short history."""
    history = months((100, 30), (100, 31))
    result = dso.average_days_delinquent_countback(D(300), D(50), history)
    assert result.delinquent == 61 - 15
    assert result.dso.history_exhausted
    assert not result.best_possible.history_exhausted
    empty = dso.average_days_delinquent_countback(D(1), D(0), [])
    assert empty.delinquent is None


@pytest.mark.parametrize(
    "figures, expected",
    [
        ((100, 0, 100, 100), None),
        ((100, 0, 120, 120), None),
        ((100, 0, 100, 0), 0),
        ((100, 0, 150, 0), -50),
        ((100, 0, 0, 0), 100),
    ],
)
def test_cei(figures, expected):
    """Nothing collectable is undefined; growing debts give a negative index."""
    result = dso.collection_effectiveness_index(*map(D, figures))
    assert result == (None if expected is None else D(expected))


@pytest.mark.parametrize(
    "sales, opening, closing, turnover, days",
    [
        (0, 10, 10, 0, None),
        (10, 0, 0, None, None),
        (10, -5, 5, None, None),
        (10, -1, -1, -10, "-36.5"),
        (10, 0, 4, 5, 73),
    ],
)
def test_turnover_edges(sales, opening, closing, turnover, days):
    """Without average receivables or without sales the ratio is undefined."""
    result = dso.ar_turnover(D(sales), D(opening), D(closing), 365)
    assert result.turnover == (None if turnover is None else D(turnover))
    assert result.days == (None if days is None else D(days))

"""Days to pay, delay, payment index, shares, promises, forecast."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import behaviour, forecast, promise

D = Decimal
DAY = date(2026, 3, 10)


def part(amount, to_pay, terms=30, kind="payment"):
    due = None if terms is None else DAY + timedelta(days=terms)
    return behaviour.PaidPart(D(amount), DAY, due, DAY + timedelta(days=to_pay), kind)


def test_days_to_pay_counts_payments_only():
    """Credit notes and write-offs do not make a customer prompt."""
    parts = [
        part(800, 40),
        part(200, 5, kind="credit_note"),
        part(1, 0, 30, "write_off"),
    ]
    result = behaviour.weighted_average_days_to_pay(parts)
    assert (result.days_to_pay, result.days_beyond_terms) == (40, 10)
    with pytest.raises(ValueError, match="kind of settlement"):
        behaviour.weighted_average_days_to_pay([part(1, 1, kind="gift")])


def test_days_to_pay_without_due_date_or_payment():
    """No due date: due at once. No payment: undefined. Early: negative."""
    result = behaviour.weighted_average_days_to_pay([part(5, 7, terms=None)])
    assert (result.days_to_pay, result.days_beyond_terms) == (7, 7)
    early = behaviour.weighted_average_days_to_pay([part(5, -3)])
    assert (early.days_to_pay, early.days_beyond_terms) == (-3, -33)
    nothing = behaviour.weighted_average_days_to_pay([part(5, 1, kind="write_off")])
    assert (nothing.days_to_pay, nothing.days_beyond_terms) == (None, None)


def delay(*rows, include_open=True):
    items = [behaviour.DelayItem(D(a), days, state) for a, days, state in rows]
    return behaviour.average_payment_delay(items, include_open)


def test_open_items_can_be_left_out():
    """The vendor's example: 18 days with open items, 25 without."""
    rows = [(140, 7, "paid"), (85, 55, "paid"), (214, 10, "open")]
    assert round(delay(*rows).days, 4) == D("17.7563")
    assert round(delay(*rows, include_open=False).days, 4) == D("25.1333")
    assert delay((214, 10, "open"), include_open=False).days is None
    assert delay().rating is None
    assert delay((1, 5, "paid"), (9, 0, "credit_note")).days == 5
    with pytest.raises(ValueError, match="state of an item"):
        delay((1, 5, "lost"))


@pytest.mark.parametrize(
    "days, rating",
    [
        ("-9", "A"),
        ("30", "A"),
        ("30.01", "B"),
        (60, "B"),
        (61, "C"),
        (90, "C"),
        (91, "D"),
    ],
)
def test_rating_boundaries(days, rating):
    """A rating is judged on the unrounded mean; the limit still belongs to it."""
    assert delay((1, D(days), "paid")).rating == rating


KNOWN_POINTS = {-40: 100, -30: 100, -25: 95, -20: 90, -10: 85, 0: 80, 15: 70, 22: 60}
KNOWN_POINTS |= {26: 55, 30: 50, 45: 45, 60: 40, 75: 35, 90: 30, 105: 25, 120: 20}
KNOWN_POINTS |= {150: 10, 180: 0, 999: 0}


@pytest.mark.parametrize("days, points", KNOWN_POINTS.items())
def test_index_points(days, points):
    """Classes, middles between them, and both ends."""
    assert behaviour.index_points(days) == points


def test_index_is_monotone_and_weighted():
    """Later never scores higher; the index is the weighted mean of the points."""
    scores = [behaviour.index_points(days) for days in range(-40, 200)]
    assert scores == sorted(scores, reverse=True)
    rng = random.Random(7)
    for _ in range(100):
        rows = [(rng.randint(1, 999), rng.randint(-40, 200)) for _ in range(5)]
        known = [behaviour.Experience(D(a), days) for a, days in rows]
        by_hand = sum(a * Fraction(behaviour.index_points(d)) for a, d in rows)
        by_hand /= sum(a for a, _days in rows)
        assert abs(Fraction(behaviour.payment_index(known)) - by_hand) < D("1e-30")


def test_index_needs_three_experiences():
    """Too little known, or no weight at all: undefined."""
    one = behaviour.Experience(D(1), 0)
    assert behaviour.payment_index([]) is None
    assert behaviour.payment_index([one, one]) is None
    assert behaviour.payment_index([one, one], minimum=2) == 80
    assert behaviour.payment_index([behaviour.Experience(D(0), 0)] * 3) is None


def test_shares():
    """Percent of nothing is undefined."""
    assert behaviour.percent_current(D(0), D(5)) == 0
    assert behaviour.percent_current(D(1), D(0)) is None
    assert behaviour.at_risk_rate(D(0), D(0)) is None
    assert behaviour.at_risk_rate(D(400), D(18)) == D("4.5")


def outcome(promised, payments, grace=0, as_of=None):
    rows = [promise.Payment(DAY + timedelta(days=d), D(a)) for d, a in payments]
    return promise.promise_outcome(D(promised), DAY, rows, grace, as_of)


@pytest.mark.parametrize(
    "payments, grace, state, paid",
    [
        ([], 0, "broken", 0),
        ([(0, 100)], 0, "kept", 100),
        ([(1, 100)], 0, "broken", 0),
        ([(1, 100)], 1, "kept", 100),
        ([(-5, 60), (2, 40)], 2, "kept", 100),
        ([(-5, 60), (2, "39.99")], 2, "broken", "99.99"),
        ([(-5, 160)], 0, "kept", 160),
        ([(-5, 100), (-1, -100)], 0, "broken", 0),
    ],
)
def test_promise(payments, grace, state, paid):
    """Kept when payments until the last day with grace reach the amount."""
    result = outcome(100, payments, grace)
    assert (result.state, result.paid_in_time) == (state, D(paid))


def test_promise_is_open_until_its_last_day_is_over():
    """On the last day it can still be kept; the day after it is broken."""
    assert outcome(100, [(0, 50)], 1, DAY + timedelta(days=1)).state == "open"
    assert outcome(100, [(0, 50)], 1, DAY + timedelta(days=2)).state == "broken"
    assert outcome(100, [(0, 100)], 1, DAY).state == "kept"
    assert outcome(100, [(0, 100)], 1, DAY - timedelta(days=1)).state == "open"
    with pytest.raises(ValueError, match="grace"):
        outcome(100, [], -1)


def test_promise_rate():
    """By number and by amount, closed promises only."""
    rows = [
        ("kept", 1000),
        ("kept", 200),
        ("broken", 5000),
        ("cancelled", 1),
        ("open", 7),
    ]
    rate = promise.promise_rate(promise.ClosedPromise(D(a), s) for s, a in rows)
    assert round(rate.by_count, 2) == D("66.67")
    assert round(rate.by_amount, 2) == D("19.35")
    nothing = promise.promise_rate([promise.ClosedPromise(D(1), "open")])
    assert (nothing.by_count, nothing.by_amount) == (None, None)
    with pytest.raises(ValueError, match="state of a promise"):
        promise.promise_rate([promise.ClosedPromise(D(1), "maybe")])


@pytest.mark.parametrize(
    "delay_days, days",
    [("12.4", 13), ("12", 12), ("0.01", 1), ("-0.5", 0), ("-3.5", -3), (None, 0)],
)
def test_forecast_rounds_up(delay_days, days):
    """Part of a day is a day; unknown customers pay on the due date."""
    delay_days = None if delay_days is None else D(delay_days)
    early = DAY - timedelta(days=30)
    expected = forecast.expected_payment_date(DAY, delay_days, early)
    assert expected == DAY + timedelta(days=days)


def test_forecast_floor_and_promise():
    """Never before tomorrow; an open promise wins, a past one is not open."""
    today = DAY + timedelta(days=100)
    tomorrow = today + timedelta(days=1)
    for promised, expected in (
        (None, tomorrow),
        (today + timedelta(days=9), today + timedelta(days=9)),
        (today, today),
        (today - timedelta(days=1), tomorrow),
    ):
        got = forecast.expected_payment_date(DAY, D(5), today, promised)
        assert got == expected

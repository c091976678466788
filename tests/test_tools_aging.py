"""Aging by due date, by invoice date, as of a day, in foreign currency."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import aging

D = Decimal
TODAY = date(2026, 3, 31)
LABELS = ["current", "1-30", "31-60", "61-90", ">90"]


def ago(days):
    return TODAY - timedelta(days=days)


def plain_bucket(days):
    if days <= 0:
        return "current"
    if days <= 30:
        return "1-30"
    if days <= 60:
        return "31-60"
    return "61-90" if days <= 90 else ">90"


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 30, 31, 60, 61, 90, 91, 4000])
def test_boundaries(days):
    """Each boundary day belongs to the younger bucket."""
    assert aging.age_bucket(days) == plain_bucket(days)


def test_all_buckets_are_there_without_items():
    """No items: every bucket is zero."""
    assert aging.aging_by_due_date([], TODAY) == dict.fromkeys(LABELS, 0)
    assert list(aging.aging_by_invoice_date([], TODAY)) == [
        "0-30",
        "31-60",
        "61-90",
        ">90",
    ]


def test_random_items_against_a_plain_loop():
    """The same as an if-chain; the buckets add up to the ledger."""
    rng = random.Random(2)
    for _ in range(200):
        pairs = [
            (D(rng.randint(-5000, 9000)) / 100, rng.randint(-60, 200))
            for _ in range(rng.randint(0, 20))
        ]
        items = [aging.OpenItem(amount, ago(days)) for amount, days in pairs]
        result = aging.aging_by_due_date(items, TODAY)
        for label in LABELS:
            assert result[label] == sum(a for a, d in pairs if plain_bucket(d) == label)
        assert sum(result.values()) == sum(amount for amount, _days in pairs)


def test_own_bounds():
    """Other buckets are a matter of policy, not of code."""
    items = [aging.OpenItem(D(1), ago(days)) for days in (0, 15, 16, 46)]
    assert aging.aging_by_due_date(items, TODAY, (15, 45)) == {
        "current": 1,
        "1-15": 1,
        "16-45": 1,
        ">45": 1,
    }
    for bounds in ((), (0, 30), (30, 30), (60, 30)):
        with pytest.raises(ValueError, match="bounds"):
            aging.bucket_labels(bounds)


def test_missing_dates():
    """Without due date the invoice date counts; without both it is an error."""
    item = aging.OpenItem(D(5), None, ago(10))
    assert aging.aging_by_due_date([item], TODAY)["1-30"] == 5
    with pytest.raises(ValueError, match="due date or an invoice date"):
        aging.aging_by_due_date([aging.OpenItem(D(5))], TODAY)
    with pytest.raises(ValueError, match="invoice date"):
        aging.aging_by_invoice_date([aging.OpenItem(D(5), TODAY)], TODAY)


def test_invoice_date_boundaries():
    """By invoice date day 30 is still new, and so is an invoice of tomorrow."""
    items = [
        aging.OpenItem(D(days + 100), None, ago(days))
        for days in (-1, 0, 30, 31, 90, 91)
    ]
    assert aging.aging_by_invoice_date(items, TODAY) == {
        "0-30": 99 + 100 + 130,
        "31-60": 131,
        "61-90": 190,
        ">90": 191,
    }


def test_as_of_ignores_what_came_later():
    """Settlements and receipts of the day count, those after it do not."""
    item = aging.LedgerItem(
        D(100),
        ago(5),
        [
            aging.Settlement(TODAY, D(30)),
            aging.Settlement(TODAY + timedelta(days=1), D(70)),
        ],
    )
    later = aging.LedgerItem(D(9), None, invoice_date=TODAY + timedelta(days=1))
    receipts = [
        aging.Settlement(TODAY, D(8)),
        aging.Settlement(TODAY + timedelta(days=1), D(80)),
    ]
    result = aging.aging_as_of([item, later], receipts, TODAY)
    assert result["1-30"] == 70
    assert result["unapplied"] == -8
    assert result["net"] == 62
    assert result["current"] == 0


def test_as_of_adds_up_on_every_day():
    """On any day: net = billed - settled - received, for random ledgers."""
    rng = random.Random(3)
    for _ in range(100):
        items = [random_item(rng) for _ in range(rng.randint(0, 8))]
        receipts = [
            aging.Settlement(ago(rng.randint(-30, 120)), D(rng.randint(1, 99)))
            for _ in range(3)
        ]
        day = ago(rng.randint(-20, 100))
        billed = [i for i in items if i.invoice_date <= day]
        net = sum(i.amount for i in billed)
        net -= sum(s.amount for i in billed for s in i.settlements if s.date <= day)
        net -= sum(r.amount for r in receipts if r.date <= day)
        result = aging.aging_as_of(items, receipts, day)
        assert result["net"] == net
        assert result["net"] == sum(result[k] for k in [*LABELS, "unapplied"])


def random_item(rng):
    invoiced = ago(rng.randint(0, 150))
    settlements = [
        aging.Settlement(
            invoiced + timedelta(days=rng.randint(0, 90)), D(rng.randint(1, 40))
        )
        for _ in range(rng.randint(0, 3))
    ]
    due = invoiced + timedelta(days=rng.choice([0, 14, 30, 60]))
    return aging.LedgerItem(D(rng.randint(50, 500)), due, settlements, invoiced)


def test_foreign_currency():
    """Two figures for one bucket; an unknown closing rate leaves its figure open."""
    items = [
        aging.ForeignItem(D(1000), D("0.90"), D("0.92"), ago(20)),
        aging.ForeignItem(D(10), D("0.95"), D("0.92"), ago(20)),
        aging.ForeignItem(D(10), D("1"), None, ago(40)),
        aging.ForeignItem(D(10), D("1"), D("1"), ago(40)),
    ]
    result = aging.aging_in_foreign_currency(items, TODAY)
    assert result.at_booked_rate["1-30"] == D("909.5")
    assert result.at_closing_rate["1-30"] == D("929.2")
    assert result.at_booked_rate["31-60"] == 20
    assert result.at_closing_rate["31-60"] is None
    with pytest.raises(ValueError, match="exchange rate"):
        aging.aging_in_foreign_currency(
            [aging.ForeignItem(D(1), D(0), D(1), TODAY)], TODAY
        )

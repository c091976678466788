"""Allocation of payments, cash discount, tolerance, statements."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import allocation, statement

D = Decimal
DAY = date(2026, 1, 10)


def debts(*residuals):
    return [
        allocation.Debt(name, D(residual), DAY + timedelta(days=index))
        for index, (name, residual) in enumerate(
            zip("ABCDEFGHIJKLMNOP", residuals, strict=False)
        )
    ]


def cents(rng, low, high):
    return D(rng.randint(low, high)) / 100


def random_debts(rng):
    return [
        allocation.Debt(
            str(i), cents(rng, -5000, 90000), DAY + timedelta(days=rng.randint(0, 5))
        )
        for i in range(rng.randint(0, 9))
    ]


def test_parts_always_add_up_to_the_payment():
    """Whatever the method: parts + unapplied = payment, and no debt is overpaid."""
    rng = random.Random(8)
    for _ in range(1000):
        items, payment = random_debts(rng), cents(rng, -100, 200000)
        for result in (
            allocation.allocate_oldest_due_first(payment, items),
            allocation.allocate_pro_rata(payment, items),
            allocation.allocate_as_designated(payment, items, ["3", "1"]),
        ):
            assert sum(result.parts) + result.unapplied == payment
            assert all(
                0 <= paid <= max(0, debt.residual)
                for paid, debt in zip(result.parts, items, strict=True)
            )


def test_nothing_stays_unapplied_while_a_debt_is_open():
    """Oldest-first and pro rata use the payment up before they leave a rest."""
    rng = random.Random(9)
    for _ in range(500):
        items, payment = random_debts(rng), cents(rng, 0, 200000)
        owed = sum(max(D(0), debt.residual) for debt in items)
        for method in (
            allocation.allocate_oldest_due_first,
            allocation.allocate_pro_rata,
        ):
            assert method(payment, items).unapplied == max(0, payment - owed)


def test_oldest_first_is_by_date_then_by_order():
    """Dates decide, then the given order; no date comes last; credits take nothing."""
    items = [
        allocation.Debt("late", D(5), DAY + timedelta(days=9)),
        allocation.Debt("undated", D(5)),
        allocation.Debt("first", D(5), DAY),
        allocation.Debt("credit", D(-5), DAY),
        allocation.Debt("second", D(5), DAY),
    ]
    result = allocation.allocate_oldest_due_first(D(12), items)
    assert result.parts == (2, 0, 5, 0, 5)


def test_designation():
    """Only what was named is paid; the rest waits for a decision."""
    items = debts(500, 800, 300)
    named = allocation.allocate_as_designated
    assert named(D(350), items, ["C"]) == allocation.Allocation((0, 0, 300), D(50))
    assert named(D(350), items, ["C", "B"]).parts == (0, 50, 300)
    assert named(D(350), items, ["C", "C"]).unapplied == 50
    assert named(D(350), items, ["X"]).unapplied == 350
    assert named(D(350), items, []).parts == (350, 0, 0)


@pytest.mark.parametrize(
    "payment, residuals, parts",
    [
        ("100", ("100", "100", "100"), ("33.34", "33.33", "33.33")),
        ("200", ("100", "100", "100"), ("66.67", "66.67", "66.66")),
        ("100.01", ("100", "100"), ("50.01", "50.00")),
        ("0.01", ("100", "100"), ("0.01", "0.00")),
        ("0.03", ("0.01", "0.01", "100"), ("0.00", "0.00", "0.03")),
        ("500", ("600", "400"), ("300.00", "200.00")),
        ("100", ("300", "200", "100"), ("50.00", "33.33", "16.67")),
        ("0.10", ("0.07", "0.07", "0.07"), ("0.04", "0.03", "0.03")),
        ("500", ("0", "-50", "400"), ("0", "0", "400")),
        ("0", ("5", "5"), ("0", "0")),
    ],
)
def test_pro_rata(payment, residuals, parts):
    """Odd cents go where the cut took most, to the first of equals."""
    result = allocation.allocate_pro_rata(D(payment), debts(*residuals))
    assert sum(result.parts) + result.unapplied == D(payment)
    assert result.parts == tuple(map(D, parts))


def test_pro_rata_is_fair_to_a_unit():
    """No share is further from the exact one than one unit of the currency."""
    rng = random.Random(10)
    for places in (0, 2, 3):
        unit = D(1).scaleb(-places)
        for _ in range(200):
            items = debts(*(rng.randint(1, 500) for _ in range(rng.randint(1, 9))))
            owed = sum(debt.residual for debt in items)
            payment = D(rng.randint(0, int(owed)))
            result = allocation.allocate_pro_rata(payment, items, places)
            for paid, debt in zip(result.parts, items, strict=True):
                exact = Fraction(payment) * Fraction(debt.residual) / Fraction(owed)
                assert abs(Fraction(paid) - exact) < Fraction(unit)
                assert paid == paid.quantize(unit)


@pytest.mark.parametrize(
    "payment, expected",
    [
        (30, (30, 0, 0, 1000, 0)),
        (70, (40, 30, 0, 1000, 0)),
        (500, (40, 60, 400, 600, 0)),
        (1100, (40, 60, 1000, 0, 0)),
        (1200, (40, 60, 1000, 0, 100)),
        (0, (0, 0, 0, 1000, 0)),
    ],
)
def test_costs_interest_principal(payment, expected):
    """Costs first, then interest, then principal; too much stays unapplied."""
    result = allocation.allocate_costs_interest_principal(
        D(payment), D(40), D(60), D(1000)
    )
    assert result == allocation.ClaimAllocation(*map(D, expected))


@pytest.mark.parametrize(
    "received, day, closed, discount, residual",
    [
        ("980", 10, True, "20", "0"),
        ("980", 11, False, "0", "20"),
        ("979.99", 10, False, "0", "20.01"),
        ("990", 5, True, "10", "0"),
        ("1000", 5, True, "0", "0"),
        ("1000", 50, True, "0", "0"),
        ("1010", 5, True, "0", "-10"),
        ("0", 5, False, "0", "1000"),
    ],
)
def test_cash_discount(received, day, closed, discount, residual):
    """In time and in full, or no discount at all."""
    result = allocation.cash_discount(D(1000), D(received), day, D(2), 10)
    assert result == allocation.CashDiscount(closed, D(discount), D(residual))


def test_cash_discount_is_rounded_to_the_currency():
    """2 % of 999.99 is 20.00, so 979.99 closes the invoice."""
    result = allocation.cash_discount(D("999.99"), D("979.99"), 1, D(2), 10)
    assert result == allocation.CashDiscount(True, D("20.00"), D(0))
    assert not allocation.cash_discount(D(1), D("0.99"), 1, D(0), 10).closed


@pytest.mark.parametrize(
    "received, closed, written_off, residual",
    [
        ("1000", True, "0", "0"),
        ("999.50", True, "0.50", "0"),
        ("999.49", False, "0", "0.51"),
        ("1000.50", True, "-0.50", "0"),
        ("1000.51", True, "0", "-0.51"),
    ],
)
def test_write_off(received, closed, written_off, residual):
    """The tolerance itself is inside; a large overpayment stays as credit."""
    result = allocation.write_off_tolerance(D(1000), D(received), D("0.50"))
    assert result == allocation.WriteOff(closed, D(written_off), D(residual))


def test_write_off_refuses_negative_tolerance():
    """A tolerance below zero is bad input."""
    with pytest.raises(ValueError, match="tolerance"):
        allocation.write_off_tolerance(D(1), D(1), D(-1))


# ---------------------------------------------------------------------------
# Statements
# ---------------------------------------------------------------------------


def entry(name, day, amount, **applied):
    return statement.Entry(
        DAY + timedelta(days=day),
        name,
        D(amount),
        applied={key: D(value) for key, value in applied.items()},
    )


def test_match_counts_from_the_later_entry():
    """A payment before its invoice is unapplied until the invoice exists."""
    entries = [entry("P", 0, -60, I=60), entry("I", 10, 100)]
    before = statement.statement_open_items(entries, DAY + timedelta(days=9))
    after = statement.statement_open_items(entries, DAY + timedelta(days=10))
    assert (before.open, before.total) == ({"P": D(-60)}, -60)
    assert (after.open, after.total) == ({"I": D(40)}, 40)


def test_refund_matched_with_a_credit():
    """A positive entry can be matched with a credit as well."""
    entries = [entry("C", 0, -60), entry("R", 1, 60, C=60)]
    assert statement.statement_open_items(entries, DAY).open == {"C": -60}
    assert statement.statement_open_items(entries, DAY + timedelta(days=1)).open == {}


def test_period_boundaries():
    """First and last day belong to the period; refunds are debits."""
    entries = [entry(str(day), day, 10**day) for day in range(4)]
    entries.append(entry("C", 2, -5))
    result = statement.statement_balance_forward(
        entries, DAY + timedelta(days=1), DAY + timedelta(days=2)
    )
    assert result == statement.BalanceForward(D(1), D(110), D(-5), D(106))
    nothing = statement.statement_balance_forward([], DAY, DAY)
    assert nothing == statement.BalanceForward(D(0), D(0), D(0), D(0))


def test_statement_errors():
    """A period backwards, two entries of one name, a match with a stranger."""
    with pytest.raises(ValueError, match="ends before"):
        statement.statement_balance_forward([], DAY, DAY - timedelta(days=1))
    with pytest.raises(ValueError, match="same name"):
        statement.statement_open_items([entry("A", 0, 1), entry("A", 1, 1)], DAY)
    with pytest.raises(ValueError, match="unknown entry X"):
        statement.statement_open_items([entry("P", 0, -1, X=1)], DAY)


def random_ledger(rng):
    entries, unpaid = [], {}
    for index in range(rng.randint(0, 25)):
        day, name = rng.randint(0, 90), f"E{index}"
        if rng.random() < 0.5:
            amount = cents(rng, 1, 90000)
            entries.append(entry(name, day, amount))
            unpaid[name] = amount
            continue
        amount, applied = cents(rng, 1, 90000), {}
        left = amount
        for target in rng.sample(sorted(unpaid), min(2, len(unpaid))):
            part = min(left, unpaid[target])
            applied[target] = part
            unpaid[target] -= part
            left -= part
        entries.append(entry(name, day, -amount, **applied))
    rng.shuffle(entries)
    return entries


def test_statement_identity_on_every_day():
    """Opening + debits + credits = sum of open items, for any ledger and period."""
    rng = random.Random(11)
    for _ in range(200):
        entries = random_ledger(rng)
        first = DAY + timedelta(days=rng.randint(-5, 90))
        last = first + timedelta(days=rng.randint(0, 60))
        assert statement.statement_difference(entries, first, last) == 0
        listed = statement.statement_open_items(entries, last)
        assert listed.total == sum(listed.open.values())
        assert listed.total == sum(e.amount for e in entries if e.date <= last)


def test_nothing_settled_is_listed():
    """At the end invoices show what is unpaid, never the wrong sign."""
    rng = random.Random(12)
    for _ in range(100):
        entries = random_ledger(rng)
        listed = statement.statement_open_items(entries, date.max).open
        amounts = {e.name: e.amount for e in entries}
        for name, left in listed.items():
            assert left and abs(left) <= abs(amounts[name])
            assert (left > 0) == (amounts[name] > 0)

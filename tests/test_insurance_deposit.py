"""Deposits: instalments in advance, and what each month bears."""

import random
import sys
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools.deposit import accrue, plan_deposits

D = Decimal
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


class TestPlan:
    def test_quarters(self):
        """In advance; rounding is settled on the way, the sum is the total."""
        assert plan_deposits(D(100), *YEAR, 3) == [
            (date(2026, 1, 1), D("33.33")),
            (date(2026, 5, 1), D("33.34")),
            (date(2026, 9, 1), D("33.33")),
        ]

    def test_month_ends_clamp(self):
        """A year from 31 August: the second half begins on 28 February."""
        rows = plan_deposits(D(10), date(2025, 8, 31), date(2026, 8, 30), 2)
        assert [day for day, _amount in rows] == [date(2025, 8, 31), date(2026, 2, 28)]

    def test_short_year(self):
        """What would fall due after the end is not asked for."""
        rows = plan_deposits(D(90), date(2026, 1, 1), date(2026, 6, 30), 4)
        assert rows == [(date(2026, 1, 1), D(45)), (date(2026, 4, 1), D(45))]

    @pytest.mark.parametrize(
        "total, count, text", [(-1, 4, "deposits"), (1, 0, "twelve"), (1, 13, "twelve")]
    )
    def test_bad_input(self, total, count, text):
        """One clear sentence."""
        with pytest.raises(ValueError, match=text):
            plan_deposits(D(total), *YEAR, count)

    def test_backward_year(self):
        """A year ends after it begins."""
        with pytest.raises(ValueError, match="before it begins"):
            accrue(D(1), YEAR[1], YEAR[0])


class TestAccrual:
    def test_whole_months_bear_the_same(self):
        """A twelfth each, whatever the days of the month."""
        rows = accrue(D(1200), *YEAR)
        assert rows[0] == (date(2026, 1, 31), D(100))
        assert {amount for _day, amount in rows} == {D(100)}

    def test_parts_of_months(self):
        """16 January to 15 January: 16/31 and 15/31 of a month at the ends."""
        rows = accrue(D(1200), date(2026, 1, 16), date(2027, 1, 15))
        assert len(rows) == 13
        assert (rows[0][1], rows[-1]) == (D("51.61"), (date(2027, 1, 15), D("48.39")))

    def test_currency_without_decimals(self):
        """Whole yen, and still the whole sum."""
        rows = accrue(D(100), *YEAR, 0)
        assert sum(amount for _day, amount in rows) == 100
        assert {amount for _day, amount in rows} == {D(8), D(9)}

    def test_random_against_days(self):
        """A naive count of days says the same, and nothing is ever left over."""
        chance = random.Random(19)
        for _number in range(300):
            first = date(2024, 1, 1) + timedelta(days=chance.randrange(800))
            last = first + timedelta(days=chance.randrange(1, 800))
            total = D(chance.randrange(1, 10_000_000)) / 100
            rows = accrue(total, first, last)
            assert sum(amount for _day, amount in rows) == total
            weights = {}
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                month = (day.year, day.month)
                share = 1 / monthrange(*month)[1]
                weights[month] = weights.get(month, 0) + share
            whole = sum(weights.values())
            for (day, amount), weight in zip(rows, weights.values(), strict=True):
                assert abs(float(amount) - float(total) * weight / whole) < 0.0101
                assert (day + timedelta(days=1)).day == 1 or day == last

"""What people are told of: idle limits, reminders, used-up sums, declared periods."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools.alerts import (
    LimitUse,
    ended_periods,
    first_loss_stage,
    invoicing_deadline,
    is_idle,
    reminder_day,
)

TODAY = date(2026, 8, 31)
OLD = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("values", "idle"),
    [
        ({}, True),  # never sold anything
        ({"last_sale": date(2026, 2, 28)}, False),  # 31 August - 6 months
        ({"last_sale": date(2026, 2, 27)}, True),
        ({"open": Decimal(1)}, False),
        ({"granted": date(2026, 3, 1)}, False),  # too young to be idle
        ({"granted": None}, False),
        ({"amount": Decimal(0)}, False),
        ({"open": Decimal(1), "highest_pct": Decimal("29.9")}, True),
        ({"open": Decimal(1), "highest_pct": Decimal(30)}, False),
        (
            {
                "open": Decimal(1),
                "highest_pct": Decimal(5),
                "granted": date(2025, 9, 1),
            },
            False,
        ),
    ],
)
def test_idle(values, idle):
    use = LimitUse(**{"amount": Decimal(100), "granted": OLD, **values})
    assert is_idle(use, TODAY) is idle
    assert not is_idle(use, TODAY, months=0, pct=0)


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 2, 1), date(2026, 4, 30)),
        (date(2026, 4, 29), date(2026, 4, 30)),
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2026, 7, 30), date(2026, 4, 30)),
        (date(2026, 7, 31), date(2026, 7, 31)),
        (date(2027, 12, 1), date(2027, 10, 31)),
    ],
)
def test_quarterly_reminders_clamp_to_month_ends(today, day):
    assert reminder_day(date(2026, 1, 31), today) == day


def test_invoicing_deadline():
    assert invoicing_deadline(date(2026, 2, 20), 10) == date(2026, 3, 2)
    assert invoicing_deadline(date(2026, 2, 20), 0) is None


@pytest.mark.parametrize(
    ("used", "stage"),
    [("749.99", 0), ("750", 75), ("999.99", 75), ("1000", 100), ("1500", 100)],
)
def test_first_loss(used, stage):
    assert first_loss_stage(Decimal(used), Decimal(1000)) == stage
    assert first_loss_stage(Decimal(used), Decimal(0)) == 0


@pytest.mark.parametrize(
    ("kind", "today", "found"),
    [
        ("year", date(2026, 12, 31), []),
        ("year", date(2027, 1, 1), [(date(2026, 1, 1), date(2026, 12, 31))]),
        (
            "quarter",
            date(2026, 7, 1),
            [
                (date(2026, 1, 1), date(2026, 3, 31)),
                (date(2026, 4, 1), date(2026, 6, 30)),
            ],
        ),
        ("month", date(2026, 2, 1), [(date(2026, 1, 1), date(2026, 1, 31))]),
    ],
)
def test_ended_periods(kind, today, found):
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    assert ended_periods(first, last, kind, today) == found


def test_last_period_ends_with_the_year():
    found = ended_periods(date(2026, 1, 1), date(2026, 4, 15), "quarter", TODAY)
    assert found[-1] == (date(2026, 4, 1), date(2026, 4, 15))

"""Who comes first in My Day, and in which drawer: the rules, one by one."""

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import tools  # noqa: F401  (makes the add-ons' tools importable)

from odoo.addons.arm_dunning.tools.worklist import Facts, Weights, drawer, weigh

WEIGHTS = Weights()
OWES = Facts(
    status="red", balance=Decimal(2000), overdue=Decimal(2000), stake=Decimal(2000)
)
TODAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("changes", "part", "points"),
    [
        ({"stake": Decimal(0)}, "amount", 0),
        ({"stake": Decimal(2500)}, "amount", 10),
        ({"stake": Decimal(10000)}, "amount", 40),
        ({"stake": Decimal(99999)}, "amount", 40),
        ({"stake": Decimal(125)}, "amount", 1),  # half a point is one
        ({"stake": Decimal("124.99")}, "amount", 0),
        ({"days_late": 45}, "late", 10),
        ({"days_late": 90}, "late", 20),
        ({"days_late": 400}, "late", 20),
        ({"broken": 1}, "broken", 8),  # 7.5, half up
        ({"broken": 2}, "broken", 15),
        ({"broken": 7}, "broken", 15),
        ({"limit_used": None}, "limit", 0),
        ({"limit_used": 50}, "limit", 0),
        ({"limit_used": 75}, "limit", 5),
        ({"limit_used": 130}, "limit", 10),
        ({"clock": None}, "clock", 0),
        ({"clock": 30}, "clock", 0),
        ({"clock": 10}, "clock", 10),
        ({"clock": 0}, "clock", 15),
        ({"clock": -5}, "clock", 15),
    ],
)
def test_each_part_of_the_points(changes, part, points):
    assert getattr(weigh(replace(OWES, **changes), WEIGHTS), part) == points


def test_parts_add_up_and_the_most_is_a_hundred():
    worst = replace(
        OWES, stake=Decimal(50000), days_late=300, broken=9, limit_used=200, clock=-1
    )
    points = weigh(worst, WEIGHTS)
    assert points.total == 100
    parts = (points.amount, points.late, points.broken, points.limit, points.clock)
    assert sum(parts) == points.total


def test_without_a_full_amount_any_amount_counts_fully():
    weights = Weights(amount_full=Decimal(0))
    assert weigh(OWES, weights).amount == 40
    assert weigh(replace(OWES, stake=Decimal(0)), weights).amount == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # Somebody waits: neither a pause nor a hand-over hides it.
        ({"must": 1, "paused": True}, ("act", "must")),
        ({"must": 1, "handed_over": True}, ("act", "must")),
        # Nobody calls while others are at work, or nothing is left to ask for.
        ({"due": 1, "handed_over": True}, ("leave", "handed_over")),
        ({"due": 1, "paused": True}, ("leave", "paused")),
        ({"due": 1, "balance": Decimal(0)}, ("leave", "covered")),
        ({"due": 1, "stake": Decimal(0)}, ("leave", "agreed")),
        # Calls and broken promises of today.
        ({"due": 1}, ("act", "due")),
        ({"due": 1, "status": "green"}, ("easy", "good_payer")),
        ({"due": 1, "status": "green", "days_late": 31}, ("act", "due")),
        ({"due": 1, "status": "green", "broken": 1}, ("act", "due")),
        ({"due": 1, "overdue": Decimal(0), "stake": Decimal(0)}, ("act", "due")),
        # Nothing planned by anybody.
        ({"overdue": Decimal(0), "stake": Decimal(0)}, ("nothing", "nothing")),
        ({}, ("leave", "machine")),
        ({"planned": True, "stake": Decimal(20000)}, ("leave", "later")),
        ({"stake": Decimal(20000), "days_late": 45}, ("act", "points")),
        ({"stake": Decimal(20000), "days_late": 40}, ("leave", "machine")),
        (
            {"stake": Decimal(20000), "days_late": 45, "called": 4},
            ("leave", "called"),
        ),
        ({"stake": Decimal(20000), "days_late": 45, "called": 5}, ("act", "points")),
        ({"status": "green", "limit_used": 90}, ("easy", "limit")),
        ({"status": "yellow", "limit_used": 90}, ("leave", "machine")),
    ],
)
def test_drawer_and_reason(changes, expected):
    assert drawer(replace(OWES, **changes), WEIGHTS) == expected

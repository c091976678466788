"""Promises with credit notes and instalments, holds, and schedules of plans."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import hold, payment_plan, promise

D = Decimal
DAY = date(2026, 3, 20)


def judge(promised, paid=(), credited=0, owed=100, as_of=30, prior=0):
    """The verdict; payments are (day of March, amount), ``as_of`` a day of March."""
    outcome = promise.judge_promise(
        D(promised),
        DAY,
        promise.Standing(
            D(owed),
            D(credited),
            tuple(promise.Payment(date(2026, 3, day), D(sum_)) for day, sum_ in paid),
        ),
        grace_days=2,
        as_of=date(2026, 3, as_of),
        prior=D(prior),
    )
    return outcome.state, int(outcome.paid_in_time)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"promised": 100, "paid": [(22, 100)]}, ("kept", 100)),
        ({"promised": 100, "paid": [(23, 100)]}, ("broken", 0)),
        ({"promised": 100, "as_of": 22}, ("open", 0)),
        ({"promised": 100, "as_of": 23}, ("broken", 0)),
        ({"promised": 100, "paid": [(10, 100)], "as_of": 16}, ("kept", 100)),
        # Credit notes: the promise falls to what is owed, and no further.
        ({"promised": 100, "credited": 40, "paid": [(20, 60)]}, ("kept", 60)),
        ({"promised": 60, "credited": 40, "paid": [(20, 20)]}, ("broken", 20)),
        ({"promised": 60, "credited": 100}, ("cancelled", 0)),
        ({"promised": 60, "credited": 100, "paid": [(20, 10)]}, ("kept", 10)),
        # Instalments: money pays those before first.
        ({"promised": 50, "prior": 50, "paid": [(20, 50)]}, ("broken", 0)),
        ({"promised": 50, "prior": 50, "paid": [(20, 70)]}, ("broken", 20)),
        ({"promised": 50, "prior": 50, "paid": [(20, 100)]}, ("kept", 50)),
        ({"promised": 50, "prior": 50, "credited": 50}, ("cancelled", 0)),
    ],
)
def test_judge_promise(case, expected):
    assert judge(**case) == expected


def test_instalments_share_what_was_paid():
    """Whatever is paid in time, the instalments' parts add up to it, oldest first."""
    rng = random.Random(7)
    for _case in range(200):
        amounts = [rng.randint(1, 50) for _number in range(rng.randint(1, 6))]
        paid = rng.randint(0, sum(amounts))
        parts, prior = [], 0
        for amount in amounts:
            state, part = judge(
                amount, [(18, paid)], owed=sum(amounts), as_of=31, prior=prior
            )
            assert (state == "kept") == (paid >= prior + amount)
            parts.append(part)
            prior += amount
        assert sum(parts) == paid


def test_strongest_claim_does_not_depend_on_the_order():
    claims = [
        hold.Claim("pause", DAY + timedelta(days=30)),
        hold.Claim("promise", DAY),
        hold.Claim("promise", DAY + timedelta(days=5)),
        hold.Claim("dispute", None, D(30)),
    ]
    for order in permutations(claims):
        assert hold.strongest_claim(order, D(100), DAY) == claims[2]
        # The disputed part is all that is left.
        assert hold.strongest_claim(order, D(30), DAY) == hold.Claim("dispute")
    late = DAY + timedelta(days=6)
    assert hold.strongest_claim(claims, D(100), late) == claims[0]
    over = DAY + timedelta(days=31)
    assert hold.strongest_claim(claims, D(100), over) == claims[3]
    assert hold.strongest_claim(claims[:3], D(100), over) is None
    with pytest.raises(ValueError):
        hold.strongest_claim([hold.Claim("mood")], D(1), DAY)


def test_equal_instalments_add_up():
    rng = random.Random(11)
    for _case in range(500):
        count, places = rng.randint(1, 60), rng.choice((0, 2, 3))
        total = D(rng.randint(count, rng.choice((count + 90, 10**7)))).scaleb(-places)
        parts = payment_plan.equal_instalments(total, count, places)
        assert sum(parts) == total
        assert len(set(parts[:-1])) <= 1
        assert min(parts) > 0


def test_days_of_instalments():
    every_month = payment_plan.due_days(date(2027, 11, 30), 5, "month")
    assert [day.isoformat() for day in every_month] == [
        "2027-11-30",
        "2027-12-30",
        "2028-01-30",
        "2028-02-29",
        "2028-03-30",
    ]
    weeks = payment_plan.due_days(DAY, 3, "fortnight")
    assert [(day - DAY).days for day in weeks] == [0, 14, 28]

"""The rules of the order block: blocks, credit limit, prepaid orders, releases."""

import random
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_receivables.tools import order_block as rules

D = Decimal
TODAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 16, 12)


def order(amount=100, number=1, **values):
    return rules.Order(number, D(amount), "a", ("a",), TODAY, **values)


def manual(**values):
    return rules.Block(rules.MANUAL, since=NOON - timedelta(days=1), id=7, **values)


def release(number=1, left=None, **values):
    left = None if left is None else D(left)
    return rules.Release(number, NOON, left, **values)


def decide(what, **customer):
    return rules.decide(what, {"a": rules.Customer(**customer)})


def test_overdue_rule():
    """Too long or too much; the larger amount of the two lifts both."""
    rule = rules.OverdueRule(days=30, maximum=D(500), minimum=D(10))
    assert rules.overdue_to_lift(D(10), D(500), rule) is None
    assert rules.overdue_to_lift(D("10.01"), D(500), rule) == D("10.01")
    assert rules.overdue_to_lift(D(0), D("500.01"), rule) == D("0.01")
    assert rules.overdue_to_lift(D(200), D(900), rule) == D(400)
    assert rules.overdue_to_lift(D(600), D(900), rule) == D(600)
    assert rules.overdue_to_lift(D(600), D(900), rules.OverdueRule()) is None


def test_limit():
    """The limit itself may be used up; zero is a limit, None is not."""
    assert rules.limit_to_lift(D(900), D(1000), D(100)) is None
    assert rules.limit_to_lift(D(900), D(1000), D("100.01")) == D("0.01")
    assert rules.limit_to_lift(D(0), D(0), D(1)) == D(1)
    assert rules.limit_to_lift(D(10**9), None, D(1)) is None


def test_free_without_customer():
    """Nothing is known of a new customer: nothing holds the order."""
    assert rules.decide(order(), {}) == rules.Decision(rules.FREE)


def test_limit_counts_the_order_and_ignores_the_stored_block():
    """A stored block by limit is older than the figures; the limit is judged anew."""
    stale = rules.Block(rules.LIMIT, to_lift=D(1))
    free = decide(order(), exposure=D(100), limit=D(200), blocks=(stale,))
    assert free.state == rules.FREE
    held = decide(order("100.01"), exposure=D(100), limit=D(200))
    assert (held.state, held.to_lift, held.payment_lifts) == (
        rules.HELD,
        D("0.01"),
        True,
    )


def test_block_ends_after_its_last_day():
    """The last day belongs to the block."""
    assert decide(order(), blocks=(manual(until=TODAY),)).state == rules.HELD
    yesterday = TODAY - timedelta(days=1)
    assert decide(order(), blocks=(manual(until=yesterday),)).state == rules.FREE


def test_one_payment_works_against_all_blocks():
    """The amount needed is the largest, not the sum; a block by hand needs a person."""
    overdue = rules.Block(rules.OVERDUE, to_lift=D(300))
    held = decide(order(), exposure=D(500), limit=D(550), blocks=(overdue,))
    assert (held.to_lift, held.payment_lifts) == (D(300), True)
    held = decide(order(), blocks=(overdue, manual()))
    assert (held.to_lift, held.payment_lifts) == (D(300), False)


def test_prepaid_passes_unless_the_block_says_no():
    paid = order(prepaid=True)
    assert decide(paid, exposure=D(1), limit=D(0)).state == rules.PREPAID
    assert decide(paid, blocks=(manual(),)).state == rules.PREPAID
    assert decide(paid, blocks=(manual(even_prepaid=True),)).state == rules.HELD


def test_block_of_either_party_counts():
    """Who orders and who gets the invoice; the limit is that of the second."""
    split = rules.Order(1, D(100), "b", ("a", "b"), TODAY)
    blocked = {"a": rules.Customer(blocks=(manual(),)), "b": rules.Customer()}
    assert rules.decide(split, blocked).state == rules.HELD
    limits = {"a": rules.Customer(limit=D(0)), "b": rules.Customer(limit=D(100))}
    assert rules.decide(split, limits).state == rules.FREE


@pytest.mark.parametrize(
    ("permission", "passes"),
    [
        (release(order=1, left=100), True),
        (release(order=1, left="99.99"), False),
        (release(order=2, left=100), False),
        (release(order=0), False),
        (release(left=100), True),
        (release(left="99.99"), False),
        (release(until=TODAY), True),
        (release(until=TODAY - timedelta(days=1)), False),
        (release(until=TODAY, left=50), False),
    ],
)
def test_release_scopes(permission, passes):
    found = decide(order(), blocks=(manual(),), releases=(permission,))
    assert found.state == (rules.RELEASED if passes else rules.HELD)


def test_release_does_not_pass_what_came_later():
    """Who granted it did not know; figures may have moved within its amount."""
    later = rules.Block(rules.INSURANCE, since=NOON + timedelta(minutes=1))
    moved = rules.Block(rules.OVERDUE, since=NOON + timedelta(minutes=1), to_lift=D(1))
    open_end = release(until=TODAY)
    assert decide(order(), blocks=(later,), releases=(open_end,)).state == rules.HELD
    found = decide(order(), blocks=(moved,), releases=(open_end,))
    assert found.state == rules.RELEASED


def test_release_for_this_order_is_used_first():
    """Then the smallest sufficient amount; an open-ended one last."""
    permissions = (
        release(1, until=TODAY),
        release(2, left=500),
        release(3, left=200),
        release(4, left=100, order=1),
    )
    for number in (4, 3, 2, 1):
        found = decide(order(), blocks=(manual(),), releases=permissions)
        assert found.release == number
        permissions = tuple(p for p in permissions if p.id != number)


def test_together_uses_up_limit_and_release():
    """Of three orders of 40 under a limit of 100 the third is held."""
    orders = [order(40, number) for number in (1, 2, 3)]
    customers = {"a": rules.Customer(limit=D(100))}
    states = [d.state for d in rules.decide_together(orders, customers).values()]
    assert states == [rules.FREE, rules.FREE, rules.HELD]
    customers = {"a": rules.Customer(blocks=(manual(),), releases=(release(left=80),))}
    states = [d.state for d in rules.decide_together(orders, customers).values()]
    assert states == [rules.RELEASED, rules.RELEASED, rules.HELD]
    customers = {
        "a": rules.Customer(blocks=(manual(),), releases=(release(until=TODAY),))
    }
    states = {d.state for d in rules.decide_together(orders, customers).values()}
    assert states == {rules.RELEASED}


def test_held_and_prepaid_orders_use_up_nothing():
    orders = [order(500, 1), order(100, 2, prepaid=True), order(100, 3)]
    decisions = rules.decide_together(orders, {"a": rules.Customer(limit=D(100))})
    assert [d.state for d in decisions.values()] == [
        rules.HELD,
        rules.FREE,
        rules.HELD,
    ]


def test_together_never_exceeds_the_limit():
    """Whatever the amounts and their order, what passes fits."""
    chance = random.Random(19)
    for _round in range(300):
        limit, exposure = D(chance.randint(0, 400)), D(chance.randint(0, 300))
        orders = [order(chance.randint(0, 150), n) for n in range(chance.randint(1, 8))]
        customers = {"a": rules.Customer(exposure=exposure, limit=limit)}
        found = rules.decide_together(orders, customers)
        passed = sum(o.amount for o in orders if found[o.id].state == rules.FREE)
        assert exposure + passed <= limit or not any(
            d.state == rules.FREE for d in found.values()
        )


def test_role_needed():
    assert rules.role_needed(D(100), D(100)) == rules.COLLECTOR
    assert rules.role_needed(D("100.01"), D(100)) == rules.MANAGER
    assert rules.role_needed(None, D(10**9)) == rules.MANAGER

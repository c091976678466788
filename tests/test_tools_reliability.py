"""The reliability status: thresholds, hysteresis, start, and what better would take."""

import random
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import reliability as r

D = Decimal
POLICY = r.Policy(
    yellow=r.Thresholds(
        payment_index=D(75),
        oldest_overdue_days=15,
        promises_broken=1,
        overdue_share=D(40),
    ),
    red=r.Thresholds(payment_index=D(50), oldest_overdue_days=60, promises_broken=2),
    better_after=3,
    start_status=r.YELLOW,
    minimum_experiences=3,
    ignore_below=D(10),
)
GOOD = r.Facts(payment_index=D(85), days_late=D(-10), experience_count=8)


def facts(**values):
    return r.Facts(**{**GOOD.__dict__, **values})


def codes(verdict):
    return [need.code for need in verdict.needs]


def test_in_order():
    verdict = r.evaluate(GOOD, POLICY, r.GREEN)
    assert (verdict.status, verdict.rule, verdict.needs) == (r.GREEN, r.IN_ORDER, ())


@pytest.mark.parametrize(
    ("index", "status"),
    [("75.01", r.GREEN), ("75", r.GREEN), ("74.99", r.YELLOW), ("49.99", r.RED)],
)
def test_index_is_worse_below_the_threshold(index, status):
    assert r.evaluate(facts(payment_index=D(index)), POLICY, r.GREEN).status == status


@pytest.mark.parametrize(
    ("days", "status"), [(14, r.GREEN), (15, r.YELLOW), (59, r.YELLOW), (60, r.RED)]
)
def test_oldest_item_is_worse_from_the_threshold(days, status):
    found = facts(oldest_overdue_days=days, amount_overdue=D(10))
    assert r.evaluate(found, POLICY, r.GREEN).status == status


def test_small_overdue_amounts_are_ignored():
    """Nine cents under the limit, a year late, change and block nothing."""
    found = facts(
        oldest_overdue_days=365,
        amount_overdue=D("9.99"),
        overdue_share=D(100),
        paid_in_terms=3,
    )
    assert r.evaluate(found, POLICY, r.GREEN).status == r.GREEN
    assert r.evaluate(found, POLICY, r.YELLOW).rule == r.IMPROVED


def test_worse_at_once_by_two_levels():
    verdict = r.evaluate(facts(promises_broken=2), POLICY, r.GREEN)
    assert (verdict.status, verdict.rule) == (r.RED, "promises_broken")
    assert verdict.breach == r.Need("promises_broken", 2, 2)


def test_first_rule_of_the_worst_level_is_named():
    found = facts(payment_index=D(40), oldest_overdue_days=20, amount_overdue=D(100))
    verdict = r.evaluate(found, POLICY, r.GREEN)
    assert (verdict.status, verdict.rule) == (r.RED, "payment_index")


def test_better_by_one_level_when_proven():
    waiting = r.evaluate(facts(paid_in_terms=2), POLICY, r.RED)
    assert (waiting.status, waiting.rule) == (r.RED, r.WAITING)
    assert waiting.needs == (r.Need(r.PAID_IN_TERMS, 2, 3),)
    proven = r.evaluate(facts(paid_in_terms=3), POLICY, r.RED)
    assert (proven.status, proven.rule) == (r.YELLOW, r.IMPROVED)
    assert proven.needs == (r.Need(r.PAID_IN_TERMS, 0, 3),), "counted anew"


def test_better_needs_nothing_overdue():
    found = facts(paid_in_terms=9, amount_overdue=D(11), oldest_overdue_days=1)
    verdict = r.evaluate(found, POLICY, r.YELLOW)
    assert (verdict.status, verdict.rule) == (r.YELLOW, r.WAITING)
    assert codes(verdict) == [r.NOTHING_OVERDUE]


def test_new_customer_starts_with_the_policy():
    new = r.Facts()
    verdict = r.evaluate(new, POLICY)
    assert (verdict.status, verdict.rule) == (r.YELLOW, r.NEW_CUSTOMER)
    assert codes(verdict) == [r.EXPERIENCES, r.PAID_IN_TERMS]
    late = r.Facts(oldest_overdue_days=70, amount_overdue=D(100))
    assert r.evaluate(late, POLICY).status == r.RED, "evidence is not needed for that"


def test_few_experiences_do_not_judge_and_do_not_punish():
    """An old customer without recent payments keeps a good status."""
    thin = facts(experience_count=2, payment_index=None, days_late=D(200))
    assert r.evaluate(thin, POLICY, r.GREEN).rule == r.IN_ORDER
    assert r.evaluate(thin, POLICY, r.YELLOW).rule == r.WAITING


def test_nothing_to_prove_without_a_status_that_counts():
    """After a status set by hand, and the first time, the figures decide at once."""
    assert r.evaluate(GOOD, POLICY, None).status == r.GREEN


def test_missing_figures_reach_no_threshold():
    policy = r.Policy(red=r.Thresholds(overdue_share=D(0), payment_index=D(100)))
    assert r.evaluate(r.Facts(experience_count=9), policy, r.GREEN).status == r.GREEN


def test_unknown_status_is_refused():
    with pytest.raises(ValueError, match="'blue'"):
        r.evaluate(GOOD, POLICY, "blue")


def random_facts(dice):
    overdue = dice.choice([0, 0, 5, 10, 250])
    return r.Facts(
        payment_index=dice.choice([None, D(dice.randint(0, 100))]),
        days_late=D(dice.randint(-30, 90)),
        experience_count=dice.randint(0, 6),
        oldest_overdue_days=dice.randint(1, 120) if overdue else 0,
        amount_overdue=D(overdue),
        overdue_share=D(dice.randint(1, 100)) if overdue else D(0),
        promises_broken=dice.randint(0, 3),
        payments_returned=dice.randint(0, 3),
        paid_in_terms=dice.randint(0, 5),
    )


def test_properties_hold_for_everybody():
    """Worse is never missed, better never a gift, and green needs nothing."""
    dice = random.Random(7)
    for _number in range(3000):
        found, present = random_facts(dice), dice.choice(r.STATUSES)
        verdict = r.evaluate(found, POLICY, present)
        level, before = r.LEVELS[verdict.status], r.LEVELS[present]
        worst = max(
            (n for n in (1, 2) if r.breaches(found, POLICY, n)),
            default=0,
        )
        assert level >= worst
        assert before - level <= 1
        if level < before:
            assert verdict.rule == r.IMPROVED
            assert found.paid_in_terms >= POLICY.better_after
            assert found.amount_overdue < POLICY.ignore_below
        if level > before:
            assert verdict.breach and level == worst
        assert bool(verdict.needs) == (level > 0)
        again = r.evaluate(
            r.Facts(**{**found.__dict__, "paid_in_terms": 0}), POLICY, verdict.status
        )
        assert again.status == verdict.status, "a second look changes nothing"

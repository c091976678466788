"""IFRS 9 provision, money value of time, insured exposure."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden.tools import exposure_basics, provision, value

D = Decimal


def balances(*gross):
    return [provision.BucketBalance(str(i), D(g)) for i, g in enumerate(gross)]


def test_matrix_ignores_credit_balances():
    """A bucket in credit needs no provision and lowers no other."""
    result = provision.provision_matrix(balances(100, -50), [D(10), D(50)])
    assert result == provision.Provision((D(10), D(0)), D(10))


def test_matrix_with_unknown_rate():
    """A debit balance without a rate has no result, and no total either."""
    unknown = provision.provision_matrix(balances(100, 50), [D(10), None])
    assert unknown == provision.Provision((D(10), None), None)
    empty_bucket = provision.provision_matrix(balances(100, 0), [D(10), None])
    assert empty_bucket.total == 10
    assert provision.provision_matrix([], []) == provision.Provision((), D(0))


def test_matrix_errors():
    """Rates and balances must match; a rate below zero is no loss."""
    with pytest.raises(ValueError, match="exactly one"):
        provision.provision_matrix(balances(1), [])
    with pytest.raises(ValueError, match="negative"):
        provision.provision_matrix(balances(1), [D(-1)])


def test_roll_keeps_rates_unrounded():
    """2 000 of 23 000 is a rate without end: 69 000 of it lose exactly 6 000."""
    reached = {"0": D(23000), "1": D(0)}
    result = provision.provision_from_roll(reached, D(2000), balances(69000, 0))
    assert result.provision.total == 6000
    assert result.loss_rates_percent["1"] is None
    unknown = provision.provision_from_roll(reached, D(2000), balances(1, 1))
    assert unknown.provision.total is None


def test_roll_errors():
    """An unknown bucket or a negative history is bad input."""
    with pytest.raises(ValueError, match="no bucket '1'"):
        provision.provision_from_roll({"0": D(1)}, D(1), balances(1, 1))
    with pytest.raises(ValueError, match="negative"):
        provision.provision_from_roll({"0": D(1)}, D(-1), balances(1))


def test_insurance_never_raises_the_loss():
    """Insured or not, the loss lies between the own share and the full loss."""
    rng = random.Random(13)
    for _ in range(300):
        gross, exposure = D(rng.randint(-10, 999)), D(rng.randint(0, 1500))
        percent, rate = D(rng.randint(0, 100)), D(rng.randint(0, 100))
        result = provision.provision_with_insurance(gross, rate, exposure, percent)
        full = max(D(0), gross) * rate / 100
        assert result.total == result.uninsured_part + result.insured_part
        assert full * (100 - percent) / 100 <= result.total <= full
    with pytest.raises(ValueError, match="out of range"):
        provision.provision_with_insurance(D(1), D(1), D(1), D(101))


def test_money_value():
    """A leap year has 366 days; financing is linear; periods need days."""
    assert value.cash_value_of_one_day(D(366), 366) == 1
    assert value.carrying_cost(D(200000), D(7), 0) == 0
    assert value.carrying_cost(D(36000), D(10), 30, basis=360) == 300
    with pytest.raises(ValueError, match="at least one day"):
        value.cash_value_of_one_day(D(1), 0)
    with pytest.raises(ValueError, match="negative"):
        value.carrying_cost(D(1), D(1), -1)


@pytest.mark.parametrize(
    "percent, discount_days, net_days, rate",
    [(0, 10, 30, 0), (2, 30, 30, None), (2, 31, 30, None), (100, 0, 30, None)],
)
def test_discount_rate_edges(percent, discount_days, net_days, rate):
    """No day won, or everything given away: no rate."""
    got = value.cash_discount_annual_rate(D(percent), discount_days, net_days)
    assert got == (None if rate is None else D(rate))


@pytest.mark.parametrize(
    "exposure, limit, within, above",
    [(100, 80, 80, 20), (50, 80, 50, 0), (-5, 80, 0, 0), (100, 0, 0, 100)],
)
def test_insured_exposure(exposure, limit, within, above):
    """Parts within and above the limit add up; own risk is the rest."""
    got = exposure_basics.insured_exposure(D(exposure), D(limit), D(90))
    assert (got.within_limit, got.above_limit) == (within, above)
    assert got.indemnifiable + got.own_risk == within + above
    assert got.indemnifiable == D(within) * 9 / 10


def test_insurance_clock():
    """The last day of the extension is free; nothing unpaid stops nothing."""
    due = date(2023, 12, 31)
    clock = exposure_basics.insurance_clock(due, 60, 30)
    assert clock.cover_stops_after == date(2024, 2, 29)
    assert clock.handover_by == date(2024, 3, 30)
    nothing = exposure_basics.insurance_clock(None, 60, 30)
    assert (nothing.cover_stops_after, nothing.handover_by) == (None, None)
    allowed = exposure_basics.extension_allowed
    assert allowed(due, 60, clock.cover_stops_after)
    assert not allowed(due, 60, clock.cover_stops_after + timedelta(days=1))
    assert allowed(None, 60, due)


def test_insurance_errors():
    """Negative days and impossible percentages are bad input."""
    with pytest.raises(ValueError, match="negative"):
        exposure_basics.insurance_clock(None, -1, 0)
    for limit, percent in ((-1, 90), (1, -1), (1, 101)):
        with pytest.raises(ValueError, match="out of range"):
            exposure_basics.insured_exposure(D(1), D(limit), D(percent))

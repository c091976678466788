"""Late interest, statutory rates, flat compensation, collection costs."""

import calendar
import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import runner
from golden.tools import collection_costs, compensation, interest, rates

D = Decimal
HEAD = runner.read_file(Path(__file__).parent / "golden" / "receivables.json")


def table(name):
    rows = [
        rates.RateRow(date.fromisoformat(row["from"]), D(row["rate"]))
        for row in HEAD["rate_tables"][name]
    ]
    return rates.RateTable(name, rows, half_yearly=len(rows) > 1)


EU = table("eu_plus8")
FLAT = rates.RateTable.flat(D(10))


def day_by_day(principal, due, as_of, rate_table, payments, notes, count, mode, grace):
    """Interest the slow way: what is open on each single day."""
    rows = {row.valid_from: row.percent for row in rate_table.rows}

    def rate_on(day):
        return rows[max(start for start in rows if start <= day)]

    total, last, day = Fraction(0), due, due + timedelta(days=1)
    first = day
    while day <= as_of:
        left = principal - sum(a for d, a in notes if d <= as_of)
        left -= sum(amount for paid, amount in payments if paid < day)
        percent = rate_on(first if mode == "fixed_at_start" else day)
        year = {"act/365": 365, "act/360": 360}.get(count)
        year = year or (366 if calendar.isleap(day.year) else 365)
        if left > 0:
            total += Fraction(left) * Fraction(percent) / 100 / year
            last = day
        day += timedelta(days=1)
    return Fraction(0) if (last - due).days <= grace else total


def random_moves(rng, due, count):
    return [
        (due + timedelta(days=rng.randint(-20, 400)), D(rng.randint(1, 400000)) / 100)
        for _ in range(rng.randint(0, count))
    ]


def test_against_day_by_day():
    """Segments give exactly what adding up single days gives."""
    rng = random.Random(14)
    for _ in range(150):
        due = date(2023, 1, 1) + timedelta(days=rng.randint(0, 900))
        as_of = due + timedelta(days=rng.randint(-5, 420))
        principal = D(rng.randint(0, 1000000)) / 100
        payments, notes = random_moves(rng, due, 4), random_moves(rng, due, 1)
        count = rng.choice(["act/365", "act/360", "act/act"])
        mode = rng.choice(interest.RATE_MODES)
        grace = rng.choice([0, 0, 5, 30])
        result = interest.late_interest(
            principal,
            due,
            as_of,
            EU,
            [interest.Payment(*move) for move in payments],
            [interest.CreditNote(*move) for move in notes],
            count,
            mode,
            grace,
        )
        slow = day_by_day(
            principal, due, as_of, EU, payments, notes, count, mode, grace
        )
        assert abs(Fraction(result.amount) - slow) < Fraction(1, 10**30)
        check_segments(result.segments, due, as_of)


def check_segments(segments, due, as_of):
    """Segments are in order, do not overlap, stay inside and count their days."""
    last = due
    for segment in segments:
        assert last < segment.date_from <= segment.date_to <= as_of
        assert segment.days == (segment.date_to - segment.date_from).days + 1
        assert segment.principal > 0
        last = segment.date_to


@pytest.mark.parametrize("count", interest.DAY_COUNTS)
def test_additive_over_time(count):
    """Interest to a day = interest to an earlier day + interest from then on."""
    rng = random.Random(15)
    for _ in range(100):
        due = date(2023, 1, 1) + timedelta(days=rng.randint(0, 300))
        middle = due + timedelta(days=rng.randint(0, 400))
        end = middle + timedelta(days=rng.randint(0, 400))
        whole, first, second = (
            interest.late_interest(D("1234.56"), a, b, EU, day_count=count).amount
            for a, b in ((due, end), (due, middle), (middle, end))
        )
        assert abs(whole - first - second) < D("1e-20")


def test_half_year_boundary():
    """Due on 30 June: every day is of the second half-year, also when frozen."""
    for mode in interest.RATE_MODES:
        result = interest.late_interest(
            D(1000), date(2025, 6, 30), date(2025, 7, 30), EU, rate_mode=mode
        )
        assert [s.percent for s in result.segments] == [D("10.15")]
        assert result.segments[0].days == 30


def test_segment_for_each_half_year_also_with_equal_rates():
    """The sheet names every half-year, even if the rate did not move."""
    result = interest.late_interest(D(1000), date(2025, 12, 1), date(2026, 2, 1), EU)
    assert [(s.date_from, s.percent) for s in result.segments] == [
        (date(2025, 12, 2), D("10.15")),
        (date(2026, 1, 1), D("10.15")),
    ]


@pytest.mark.parametrize(
    "due, as_of",
    [
        ("2022-12-30", "2023-01-05"),
        ("2022-01-01", "2022-02-01"),
        ("2026-12-01", "2027-01-01"),
        ("2027-05-01", "2027-06-01"),
    ],
)
def test_missing_half_year_is_an_error(due, as_of):
    """No published rate: an error in words, never zero and never the old rate."""
    with pytest.raises(ValueError, match="eu_plus8 has no rate for 202[27]"):
        interest.late_interest(
            D(1000), date.fromisoformat(due), date.fromisoformat(as_of), EU
        )


def test_missing_half_year_in_the_middle():
    """A gap inside the table is found as well; frozen rates do not need it."""
    rows = [row for row in EU.rows if row.valid_from != date(2024, 7, 1)]
    gap = rates.RateTable("gap", rows)
    due, as_of = date(2024, 5, 1), date(2025, 3, 1)
    with pytest.raises(ValueError, match="gap has no rate for 2024-07-01"):
        interest.late_interest(D(1000), due, as_of, gap)
    frozen = interest.late_interest(
        D(1000), due, as_of, gap, rate_mode=interest.FIXED_AT_START
    )
    assert [s.percent for s in frozen.segments] == [D("12.50")]


def test_no_rate_is_needed_after_the_debt_is_paid():
    """Nothing open in the missing half-year: no error."""
    paid = [interest.Payment(date(2026, 12, 20), D(1000))]
    result = interest.late_interest(
        D(1000), date(2026, 12, 1), date(2027, 3, 1), EU, paid
    )
    assert sum(s.days for s in result.segments) == 19


def test_flat_table_lasts():
    """A flat rate of one row goes on for ever, but not before its first day."""
    swiss = table("ch_or104")
    result = interest.late_interest(
        D(36500), date(2030, 1, 1), date(2030, 1, 11), swiss
    )
    assert result.rounded() == D("50.00")
    assert len(result.segments) == 1
    with pytest.raises(ValueError, match="1911-12-31"):
        swiss.percent_on(date(1911, 12, 31))


@pytest.mark.parametrize("late, days", [(0, 0), (4, 0), (5, 0), (6, 6), (40, 40)])
def test_grace_is_a_waiver(late, days):
    """Within grace nothing, beyond it everything from the day after the due date."""
    due = date(2026, 1, 31)
    paid = [interest.Payment(due + timedelta(days=late), D(1000))]
    result = interest.late_interest(
        D(1000), due, date(2026, 6, 30), EU, paid, grace_days=5
    )
    assert sum(s.days for s in result.segments) == days
    assert bool(result.amount) is bool(days)
    unpaid = interest.late_interest(
        D(1000), due, due + timedelta(days=late), EU, grace_days=5
    )
    assert sum(s.days for s in unpaid.segments) == days


@pytest.mark.parametrize("principal", [D(0), D(-100)])
def test_nothing_owed_bears_nothing(principal):
    """Neither zero nor a credit balance bears late interest."""
    result = interest.late_interest(principal, date(2026, 1, 1), date(2026, 6, 1), EU)
    assert result == interest.LateInterest(D(0))


def test_before_the_due_date():
    """On the due day and before it there is no interest, and no rate is asked."""
    for as_of in (date(2029, 1, 1), date(2029, 12, 31)):
        result = interest.late_interest(D(100), date(2029, 12, 31), as_of, EU)
        assert result.segments == ()


def test_payments_around_the_claim():
    """Early parts lower the base, later ones are ignored, too much ends it."""
    due, as_of = date(2026, 1, 31), date(2026, 2, 20)
    paid = [
        interest.Payment(date(2026, 1, 15), D(300)),
        interest.Payment(due, D(100)),
        interest.Payment(date(2026, 2, 10), D(200)),
        interest.Payment(date(2026, 2, 10), D(700)),
        interest.Payment(date(2026, 3, 1), D(999)),
    ]
    result = interest.late_interest(D(1000), due, as_of, FLAT, paid)
    assert [(s.days, s.principal) for s in result.segments] == [(10, D(600))]


def test_bounced_payment():
    """A bounced payment brings the debt back from the next day."""
    due = date(2026, 1, 31)
    paid = [
        interest.Payment(date(2026, 2, 5), D(1000)),
        interest.Payment(date(2026, 2, 8), D(-1000)),
    ]
    result = interest.late_interest(D(1000), due, date(2026, 2, 10), FLAT, paid)
    assert [s.days for s in result.segments] == [5, 2]


def test_credit_note_with_and_without_effect_from_the_beginning():
    """A correction counts from the start, a later allowance from its own day."""
    due, as_of = date(2026, 1, 31), date(2026, 2, 20)
    fields = (date(2026, 2, 10), D(400))
    correction = interest.CreditNote(*fields)
    allowance = interest.CreditNote(*fields, retroactive=False)
    corrected = interest.late_interest(
        D(1000), due, as_of, FLAT, credit_notes=[correction]
    )
    allowed = interest.late_interest(
        D(1000), due, as_of, FLAT, credit_notes=[allowance]
    )
    assert [s.principal for s in corrected.segments] == [600]
    assert [(s.days, s.principal) for s in allowed.segments] == [(10, 1000), (10, 600)]
    before = interest.late_interest(
        D(1000), due, date(2026, 2, 9), FLAT, credit_notes=[correction]
    )
    assert [s.principal for s in before.segments] == [1000]


def test_act_act_breaks_at_new_year():
    """Each day is measured with its own year: 365 in 2023, 366 in 2024."""
    result = interest.late_interest(
        D(1000), date(2023, 12, 21), date(2024, 1, 10), FLAT, day_count="act/act"
    )
    assert [s.days for s in result.segments] == [10, 10]
    exact = Fraction(1000, 365) + Fraction(1000, 366)
    assert abs(Fraction(result.amount) - exact) < Fraction(1, 10**30)


def test_thirty_days_a_month():
    """30E/360: a full month is 30 days, also February."""
    result = interest.late_interest(
        D(36000), date(2026, 1, 31), date(2026, 3, 31), FLAT, day_count="30e/360"
    )
    assert result.segments[0].days == 60
    assert result.rounded() == 600


def test_option_errors():
    """Unknown options and negative grace are bad input."""
    day = date(2026, 1, 1)
    for options, words in (
        ({"day_count": "act/364"}, "day count"),
        ({"rate_mode": "frozen"}, "rate mode"),
        ({"grace_days": -1}, "grace"),
    ):
        with pytest.raises(ValueError, match=words):
            interest.late_interest(D(1), day, day, EU, **options)


def test_rounded_once():
    """The total is rounded, not the segments: 77.86 + 51.72 becomes 129.59."""
    due, as_of = date(2026, 1, 31), date(2026, 3, 31)
    paid = [interest.Payment(date(2026, 2, 28), D(4000))]
    result = interest.late_interest(D(10000), due, as_of, EU, paid)
    assert result.rounded() == D("129.59")
    assert result.rounded(0) == 130
    assert interest.translate_interest(result.rounded(), D("0.92")) == D("119.2228")


# ---------------------------------------------------------------------------
# Rate tables and the statutory rate
# ---------------------------------------------------------------------------


def test_rate_table_errors_and_order():
    """Rows may come in any order, but not twice for a day and not at all."""
    first = rates.RateRow(date(2025, 1, 1), D(1))
    second = rates.RateRow(date(2025, 7, 1), D(2))
    ordered = rates.RateTable("t", [second, first])
    assert ordered.percent_on(date(2025, 6, 30)) == 1
    assert ordered.percent_on(date(2025, 7, 1)) == 2
    with pytest.raises(ValueError, match="t is empty"):
        rates.RateTable("t", [])
    with pytest.raises(ValueError, match="two rates"):
        rates.RateTable("t", [first, rates.RateRow(date(2025, 1, 1), D(3))])


@pytest.mark.parametrize(
    "reference, points, step, rate",
    [
        ("2.15", "8", "0.5", "10.50"),
        ("2.50", "8", "0.5", "10.50"),
        ("2.51", "8", "0.5", "11.00"),
        ("-8.20", "8", "0.5", "0"),
        ("1.1", "8", "0.3", "9.3"),
        ("1.0", "8", "0.3", "9.0"),
        ("-0.88", "9", None, "8.12"),
    ],
)
def test_statutory_rate(reference, points, step, rate):
    """Up to the next step; an exact multiple stays; references may be negative."""
    got = rates.statutory_rate(
        D(reference), D(points), None if step is None else D(step)
    )
    assert got == D(rate)


def test_statutory_rate_needs_a_step_above_zero():
    """A step of zero is bad input."""
    with pytest.raises(ValueError, match="above zero"):
        rates.statutory_rate(D(1), D(8), D(0))


def test_belgian_table_follows_from_the_eu_table():
    """The test data agrees with the rule: EU rate up to the next half point."""
    for eu, be in zip(EU.rows, table("be_b2b").rows, strict=True):
        assert rates.statutory_rate(eu.percent, D(0), D("0.5")) == be.percent


# ---------------------------------------------------------------------------
# Compensation and collection costs
# ---------------------------------------------------------------------------

TIERS = {
    "EU": {"0.01": 40, "1000000": 40},
    "UK": {"999.99": 40, "1000": 70, "9999.99": 70, "10000": 100},
    "PL": {"5000": 40, "5000.01": 70, "49999.99": 70, "50000": 100},
    "IE": {"1000": 40, "1000.01": 70, "10000": 70, "10000.01": 100},
}


@pytest.mark.parametrize(
    "name, claim, amount",
    [(name, claim, a) for name, tiers in TIERS.items() for claim, a in tiers.items()],
)
def test_tier_boundaries(name, claim, amount):
    """Three laws, three ways to treat the boundary amounts."""
    regime = compensation.regime_named(name)
    assert compensation.fixed_compensation(regime, [D(claim)]).amount == amount


def test_compensation_adds_up():
    """Per claim, for business and public debtors; nothing from consumers."""
    regime = compensation.regime_named("UK")
    claims = [D(10), D(5000), D(0), D(-20)]
    got = compensation.fixed_compensation(regime, claims, compensation.PUBLIC)
    assert got == compensation.Compensation(D(110), "GBP")
    consumer = compensation.fixed_compensation(regime, claims, compensation.CONSUMER)
    assert consumer == compensation.Compensation(D(0), "GBP")
    assert compensation.fixed_compensation(regime, []).amount == 0
    with pytest.raises(ValueError, match="debtor"):
        compensation.fixed_compensation(regime, claims, "friend")
    with pytest.raises(ValueError, match="regime"):
        compensation.regime_named("XX")


@pytest.mark.parametrize(
    "due, rate_day",
    [
        ("2026-06-10", "2026-05-29"),
        ("2026-01-01", "2025-12-31"),
        ("2024-03-31", "2024-02-29"),
        ("2025-12-01", "2025-11-28"),
    ],
)
def test_rate_date(due, rate_day):
    """The last working day of the month before."""
    got = compensation.compensation_rate_date(date.fromisoformat(due))
    assert got == date.fromisoformat(rate_day)


def test_rate_date_with_holiday():
    """A public holiday is not a working day."""
    holidays = {date(2026, 5, 29)}
    got = compensation.compensation_rate_date(date(2026, 6, 10), holidays)
    assert got == date(2026, 5, 28)
    assert compensation.translate_compensation(D(70), D("4.25")) == D("297.5")


def dutch_scale(principal):
    """The scale the slow way: each euro pays the percentage of its own slice."""
    costs = Fraction(0)
    for euro in range(principal):
        for limit, percent in ((2500, 15), (5000, 10), (10000, 5), (200000, 1)):
            if euro < limit:
                costs += Fraction(percent, 100)
                break
        else:
            costs += Fraction(1, 200)
    return min(max(costs, 40), 6775)


@pytest.mark.parametrize(
    "principal", [1, 266, 267, 2500, 2501, 5000, 9999, 10001, 60000]
)
def test_dutch_scale(principal):
    """The same as adding up euro by euro."""
    assert collection_costs.collection_costs(D(principal)) == dutch_scale(principal)


@pytest.mark.parametrize(
    "principal, vat, costs",
    [
        ("0", None, "0"),
        ("-5", "21", "0"),
        ("0.01", None, "40"),
        ("100", "21", "48.40"),
        ("200000", None, "2775"),
        ("1000000", None, "6775"),
        ("999999999", None, "6775"),
        ("999999999", "21", "8197.75"),
    ],
)
def test_dutch_limits(principal, vat, costs):
    """Minimum and maximum hold before VAT; nothing owed costs nothing."""
    vat = None if vat is None else D(vat)
    assert collection_costs.collection_costs(D(principal), vat) == D(costs)


def test_negative_vat_is_refused():
    """A VAT percentage below zero is bad input."""
    with pytest.raises(ValueError, match="VAT"):
        collection_costs.collection_costs(D(1), D(-1))

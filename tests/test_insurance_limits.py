"""Limit in force, eligibility and stop of cover at every boundary day."""

import sys
from datetime import date, datetime
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools import codes, money
from odoo.addons.arm_insurance.tools.account import Events, Item, Receipt
from odoo.addons.arm_insurance.tools.dates import Span, add_months, add_span
from odoo.addons.arm_insurance.tools.eligibility import judge
from odoo.addons.arm_insurance.tools.limits import (
    Decision,
    LimitHistory,
    last_covered_day,
    limit_on,
)
from odoo.addons.arm_insurance.tools.stop import (
    amount_to_lift,
    mep_expiry,
    stops_cover,
)
from odoo.addons.arm_insurance.tools.terms import CoverTerms

D = Decimal


def on(text):
    return date.fromisoformat(text)


def row(kind, decided, amount=None, **more):
    for name in ("effective", "until"):
        if name in more:
            more[name] = on(more[name])
    return Decision(kind, on(decided), None if amount is None else D(amount), **more)


def item(invoiced="2026-02-01", due="2026-03-03", gross="100", **more):
    return Item("A", on(invoiced), on(due), D(gross), **more)


GRANT = row("grant", "2026-01-10", 100)


class TestDates:
    @pytest.mark.parametrize(
        "day, months, expected",
        [
            ("2025-08-31", 6, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2026-01-15", 6, "2026-07-15"),
            ("2026-12-31", 2, "2027-02-28"),
            ("2026-03-31", -1, "2026-02-28"),
            ("2026-01-01", -12, "2025-01-01"),
        ],
    )
    def test_months_clamp(self, day, months, expected):
        """Months end on the last day of a shorter month."""
        assert add_months(on(day), months) == on(expected)

    def test_span_adds_months_first(self):
        """31 January + 1 month and 1 day = 1 March."""
        assert add_span(on("2026-01-31"), Span(days=1, months=1)) == on("2026-03-01")

    def test_unknown_stays_unknown(self):
        """No start or no period: no end."""
        assert add_span(None, Span(3)) is None
        assert add_span(on("2026-01-31"), None) is None

    @pytest.mark.parametrize("wrong", [-1, 1.5, True, "3"])
    def test_wrong_span(self, wrong):
        """Spans are whole and not negative."""
        with pytest.raises(ValueError, match="whole number"):
            Span(days=wrong)


class TestMoney:
    @pytest.mark.parametrize(
        "amount, expected",
        [("0.045", "0.05"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("1", "1.00")],
    )
    def test_half_up(self, amount, expected):
        """Half a cent goes away from zero."""
        assert str(money.round_money(D(amount))) == expected

    def test_no_negative_zero(self):
        """-0.004 is 0.00, with the places of the currency."""
        assert str(money.round_money(D("-0.004"))) == "0.00"
        assert str(money.round_money(D("-0.4"), 0)) == "0"

    def test_noise_of_quotients(self):
        """Half a cent that became 0.00499...9 is still half a cent."""
        assert money.round_money(D("0.00499999999999999999999999999")) == D("0.01")

    def test_callers_context_does_not_matter(self):
        """The caller's precision neither enters nor changes."""
        with localcontext() as context:
            context.prec = 5
            assert limit_on(
                [row("grant", "2026-01-01", "1234567.89")], on("2026-02-01")
            )
            assert money.round_money(D("1234567.895")) == D("1234567.90")
            assert context.prec == 5

    @pytest.mark.parametrize("wrong", [1.0, "1", None, True, D("NaN"), D("Infinity")])
    def test_inexact_amounts(self, wrong):
        """Only exact finite numbers are amounts."""
        with pytest.raises(ValueError, match="must be a"):
            money.check_amount(wrong, "The amount")


class TestFirstDay:
    @pytest.mark.parametrize(
        "decision, expected",
        [
            (row("grant", "2026-03-01", 1), "2026-03-01"),
            (row("increase", "2026-03-01", 1, effective="2026-03-10"), "2026-03-10"),
            (row("reduce", "2026-03-01", 1), "2026-03-02"),
            (row("reduce", "2026-03-01", 1, runoff_days=30), "2026-04-01"),
            (row("withdraw", "2026-06-01", runoff_days=30), "2026-07-02"),
            (row("withdraw", "2026-06-01", effective="2026-06-01"), "2026-06-01"),
            (row("expire", "2026-06-30"), "2026-07-01"),
        ],
    )
    def test_rules(self, decision, expected):
        """Increases at once, the rest after run-off unless a day is given."""
        assert decision.first_day() == on(expected)

    def test_policy_run_off(self):
        """The policy's run-off counts where the decision has none, never on expiry."""
        assert row("reduce", "2026-03-01", 1).first_day(30) == on("2026-04-01")
        assert row("reduce", "2026-03-01", 1, runoff_days=0).first_day(30) == on(
            "2026-03-02"
        )
        assert row("expire", "2026-03-01").first_day(30) == on("2026-03-02")


class TestLimitOn:
    def test_before_and_from_the_grant(self):
        """No limit on the day before, the limit on the day."""
        assert limit_on([GRANT], on("2026-01-09")) == 0
        assert limit_on([GRANT], on("2026-01-10")) == 100

    def test_until_is_the_last_day(self):
        """Valid on the last day, gone the day after, and nothing older comes back."""
        rows = [GRANT, row("increase", "2026-02-01", 300, until="2026-02-10")]
        assert limit_on(rows, on("2026-02-10")) == 300
        assert limit_on(rows, on("2026-02-11")) == 0

    def test_limit_of_one_day(self):
        """First and last day may be the same."""
        rows = [row("grant", "2026-02-05", 70, until="2026-02-05")]
        days = ("2026-02-04", "2026-02-05", "2026-02-06")
        assert [limit_on(rows, on(day)) for day in days] == [0, 70, 0]

    def test_same_day_later_decision_wins(self):
        """Same first day: the later decision, then the later row."""
        rows = [
            row("increase", "2026-02-05", 300, effective="2026-03-01"),
            row("increase", "2026-02-01", 200, effective="2026-03-01"),
        ]
        assert limit_on(rows, on("2026-03-01")) == 300
        rows = [row("grant", "2026-03-01", 7), row("grant", "2026-03-01", 9)]
        assert limit_on(rows, on("2026-03-01")) == 9

    def test_pending_reduction_beats_an_increase_in_between(self):
        """The entry with the last first day holds, as the specification says."""
        rows = [
            GRANT,
            row("reduce", "2026-02-01", 50, runoff_days=30),
            row("increase", "2026-02-10", 200),
        ]
        assert limit_on(rows, on("2026-03-03")) == 200
        assert limit_on(rows, on("2026-03-04")) == 50

    def test_temporary_comes_on_top(self):
        """Extra amount on both end days, nothing outside."""
        rows = [
            GRANT,
            row("grant", "2026-02-01", 30, until="2026-02-28", limit_type="temporary"),
        ]
        amounts = [
            limit_on(rows, on(day))
            for day in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")
        ]
        assert amounts == [100, 130, 130, 100]

    def test_temporary_alone_gives_cover(self):
        """A buyer with nothing but an extra amount is insured while it runs."""
        rows = [
            row("grant", "2026-02-01", 30, until="2026-02-28", limit_type="temporary")
        ]
        history = LimitHistory(rows)
        assert history.admit(on("2026-02-28")).row is rows[0]
        assert history.admit(on("2026-03-01")).status == codes.NO_LIMIT

    def test_withdrawal_takes_older_extras_out_of_cover(self):
        """After a withdrawal an older extra lets nothing in, a newer one does."""
        extra = {"until": "2026-12-31", "limit_type": "temporary"}
        rows = [
            GRANT,
            row("grant", "2026-01-15", 30, **extra),
            row("withdraw", "2026-02-01"),
        ]
        assert (
            LimitHistory(rows).admit(on("2026-02-02")).status == codes.LIMIT_WITHDRAWN
        )
        newer = row("grant", "2026-02-10", 40, **extra)
        history = LimitHistory([*rows, newer])
        assert history.admit(on("2026-02-09")).status == codes.LIMIT_WITHDRAWN
        assert history.admit(on("2026-02-10")).row is newer

    def test_temporary_withdrawn(self):
        """A withdrawal of type temporary ends the extra only."""
        extra = {"until": "2026-12-31", "limit_type": "temporary"}
        rows = [
            GRANT,
            row("grant", "2026-01-15", 30, **extra),
            row("withdraw", "2026-02-01", limit_type="temporary"),
        ]
        assert limit_on(rows, on("2026-02-01")) == 130
        assert limit_on(rows, on("2026-02-02")) == 100

    def test_requests_and_refusals_change_nothing(self):
        """Only decisions that were given move the limit."""
        rows = [GRANT, row("request", "2026-02-01", 900), row("refuse", "2026-02-05")]
        assert limit_on(rows, on("2026-03-01")) == 100

    def test_zero(self):
        """A limit of nought is no limit."""
        rows = [GRANT, row("reduce", "2026-02-01", 0)]
        assert LimitHistory(rows).admit(on("2026-02-02")).status == codes.NO_LIMIT

    def test_last_covered_day(self):
        """What sales may still deliver after a withdrawal."""
        rows = [GRANT, row("withdraw", "2026-02-01", runoff_days=30)]
        assert last_covered_day(rows, on("2026-02-10")) == on("2026-03-03")
        assert last_covered_day(rows, on("2026-03-04")) is None
        assert last_covered_day([GRANT], on("2026-02-10")) is None


class TestAdmission:
    def test_retroactive(self):
        """30 days back from the first day, not a day more; covered from that day."""
        history = LimitHistory([row("grant", "2026-03-15", 1, retro_days=30)])
        assert history.admit(on("2026-02-12")).status == codes.NO_LIMIT
        admission = history.admit(on("2026-02-13"))
        assert (admission.row.kind, admission.let_in) == ("grant", on("2026-03-15"))

    def test_retroactive_by_policy(self):
        """The policy's days count where the decision has none."""
        history = LimitHistory([row("grant", "2026-03-15", 1)], retro_days=10)
        assert history.admit(on("2026-03-05")).let_in == on("2026-03-15")
        assert history.admit(on("2026-03-04")).row is None

    def test_withdrawn_is_not_healed(self):
        """A delivery after a withdrawal stays out, whatever is granted later."""
        history = LimitHistory(
            [
                GRANT,
                row("withdraw", "2026-02-01"),
                row("grant", "2026-03-01", 1, retro_days=60),
            ]
        )
        assert history.admit(on("2026-02-20")).status == codes.LIMIT_WITHDRAWN
        assert history.admit(on("2026-02-01")).row is GRANT

    def test_retroactive_after_an_expiry(self):
        """A limit that ran out on its date does not stand in the way."""
        rows = [
            row("grant", "2026-01-01", 5, until="2026-01-31"),
            row("grant", "2026-03-01", 5, retro_days=30),
        ]
        history = LimitHistory(rows)
        assert history.admit(on("2026-01-31")).let_in == on("2026-01-31")
        assert history.admit(on("2026-02-01")).let_in == on("2026-03-01")


class TestEligibility:
    def verdict(self, thing, terms=None, rows=(GRANT,), events=None, stopped=False):
        return judge(
            thing,
            terms or CoverTerms(),
            LimitHistory(rows),
            events or Events(),
            stopped,
        )

    def test_order_of_tests(self):
        """The first failing test names the status."""
        terms = CoverTerms(
            start=on("2026-02-01"),
            end=on("2026-02-28"),
            max_terms_days=30,
            max_invoicing_days=5,
        )
        events = Events(insolvency=on("2026-02-10"))
        day = on("2026-02-11")
        bad = {"delivered": day, "excluded": "consumer"}
        cases = [
            (item("2026-02-20", "2026-05-01", **bad), codes.EXCLUDED),
            (
                item("2026-03-20", "2026-05-01", delivered=on("2026-03-01")),
                codes.OUTSIDE_PERIOD,
            ),
            (item("2026-02-20", "2026-05-01", delivered=day), codes.TERMS_TOO_LONG),
            (item("2026-02-20", "2026-03-01", delivered=day), codes.LATE_INVOICING),
            (item("2026-02-12", "2026-03-01", delivered=day), codes.COVER_ENDED),
        ]
        for thing, status in cases:
            assert (
                self.verdict(thing, terms, events=events, stopped=True).status == status
            )
        stopped = self.verdict(item(), terms, stopped=True)
        assert stopped.status == codes.STOP_SHIPMENT
        assert self.verdict(item(), terms, rows=()).status == codes.NO_LIMIT
        assert not self.verdict(item(), terms).status

    def test_terms_boundary(self):
        """90 days are allowed, 91 are not; the limit's own maximum wins."""
        terms = CoverTerms(max_terms_days=90)
        just = item("2026-02-01", "2026-05-02")
        over = item("2026-02-01", "2026-05-03")
        assert self.verdict(just, terms).is_eligible
        assert self.verdict(over, terms).status == codes.TERMS_TOO_LONG
        own = [row("grant", "2026-01-10", 100, max_terms_days=120)]
        assert self.verdict(over, terms, own).is_eligible

    def test_terms_from_delivery(self):
        """Basis delivery counts from an earlier delivery."""
        thing = item("2026-02-10", "2026-03-12", delivered=on("2026-02-01"))
        assert self.verdict(thing, CoverTerms(max_terms_days=30)).is_eligible
        late = CoverTerms(max_terms_days=30, terms_basis="delivery")
        assert self.verdict(thing, late).status == codes.TERMS_TOO_LONG

    def test_instalments_are_measured_on_the_last(self):
        """The first instalment falls out with the last."""
        thing = item("2026-02-01", "2026-02-15", last_due=on("2026-06-01"))
        verdict = self.verdict(thing, CoverTerms(max_terms_days=90))
        assert verdict.status == codes.TERMS_TOO_LONG

    def test_late_invoicing_boundary(self):
        """Written on the last day allowed is in time."""
        terms = CoverTerms(max_invoicing_days=5)
        for invoiced, status in (("2026-02-06", ""), ("2026-02-07", "LATE_INVOICING")):
            thing = item(invoiced, "2026-03-03", delivered=on("2026-02-01"))
            assert self.verdict(thing, terms).status == status

    @pytest.mark.parametrize("name", ["insolvency", "hand_over"])
    def test_cover_ends_after_the_day(self, name):
        """Deliveries of the day itself are judged as before."""
        events = Events(**{name: on("2026-02-01")})
        assert self.verdict(item("2026-02-01"), events=events).is_eligible
        after = self.verdict(item("2026-02-02"), events=events)
        assert after.status == codes.COVER_ENDED

    def test_consent_lifts_the_stop_only(self):
        """Consent passes a stop, not an insolvency."""
        thing = item(insurer_consent=True)
        verdict = self.verdict(thing, stopped=True)
        assert verdict.is_eligible and verdict.consented
        events = Events(insolvency=on("2026-01-31"))
        ended = self.verdict(thing, events=events, stopped=True)
        assert ended.status == codes.COVER_ENDED

    def test_period_is_inclusive_and_for_risk_attaching_only(self):
        """First and last day inside; losses occurring has no such test."""
        terms = {"start": on("2026-02-01"), "end": on("2026-02-02")}
        for day, status in (
            ("2026-01-31", codes.OUTSIDE_PERIOD),
            ("2026-02-01", ""),
            ("2026-02-02", ""),
            ("2026-02-03", codes.OUTSIDE_PERIOD),
        ):
            assert self.verdict(item(day), CoverTerms(**terms)).status == status
            occurring = CoverTerms(**terms, attachment="losses_occurring")
            assert self.verdict(item(day), occurring).is_eligible

    @pytest.mark.parametrize(
        "limit_type, own, expected",
        [
            ("named", None, 90),
            ("discretionary", None, 80),
            ("blind", None, 60),
            ("top_up", None, 90),
            ("discretionary", D("75.5"), D("75.5")),
        ],
    )
    def test_percentage(self, limit_type, own, expected):
        """By type of limit; the limit's own percentage wins."""
        rows = [row("grant", "2026-01-10", 100, limit_type=limit_type, pct=own)]
        assert self.verdict(item(), rows=rows).pct == expected


class TestStop:
    def test_expiry_basis(self):
        """Original due date, invoice date, or an agreed later due date."""
        thing = item("2026-01-31", "2026-03-02", extended_due=on("2026-04-01"))
        span = Span(months=1)
        expected = {
            "due": "2026-04-02",
            "invoice": "2026-02-28",
            "extended": "2026-05-01",
        }
        for basis, day in expected.items():
            assert mep_expiry(thing, CoverTerms(mep=span, mep_basis=basis)) == on(day)
        assert mep_expiry(thing, CoverTerms(mep=None)) is None
        own = row("grant", "2026-01-01", 1, mep=Span(days=10))
        assert mep_expiry(thing, CoverTerms(), own) == on("2026-03-12")

    def test_expiry_day_is_free(self):
        """The stop starts the day after, above the minimum amount only."""
        terms, thing = CoverTerms(stop_min_amount=D(50)), item()
        expiry = on("2026-05-02")
        assert not stops_cover(thing, D(100), expiry, terms, on("2026-05-02"))
        assert stops_cover(thing, D(100), expiry, terms, on("2026-05-03"))
        assert not stops_cover(thing, D(50), expiry, terms, on("2026-05-03"))
        assert stops_cover(thing, D("50.01"), expiry, terms, on("2026-05-03"))
        assert not stops_cover(thing, D(100), None, terms, on("2026-05-03"))

    def test_dispute(self):
        """A disputed item stops nothing, first and last day included."""
        thing = item(disputes=((on("2026-05-10"), on("2026-05-20")),))
        expiry = on("2026-05-02")
        days = ("2026-05-09", "2026-05-10", "2026-05-20", "2026-05-21")
        plain, strict = CoverTerms(), CoverTerms(disputed_triggers_stop=True)
        stops = [stops_cover(thing, D(1), expiry, plain, on(day)) for day in days]
        assert stops == [True, False, False, True]
        assert all(stops_cover(thing, D(1), expiry, strict, on(day)) for day in days)

    def test_amount_to_lift(self):
        """Oldest first pays everything older too; with designation only the rest."""
        entries = [
            (D(10), False),
            (D(20), True),
            (D(5), False),
            (D(30), True),
            (D(7), False),
        ]
        assert amount_to_lift(entries, CoverTerms()) == 65
        assert amount_to_lift(entries, CoverTerms(stop_min_amount=D(2))) == 63
        assert amount_to_lift(entries, CoverTerms(allocation="designated")) == 50
        assert amount_to_lift([(D(10), False)], CoverTerms()) == 0


class TestBadInput:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: CoverTerms(allocation="lifo"),
            lambda: CoverTerms(end=date(1999, 1, 1)),
            lambda: CoverTerms(insured_pct={"named": D(101)}),
            lambda: CoverTerms(max_terms_days=-1),
            lambda: CoverTerms(stop_min_amount=1.5),
            lambda: CoverTerms(insured_pct={}).percentage("named"),
            lambda: row("grant", "2026-01-01"),
            lambda: row("grant", "2026-01-01", -1),
            lambda: row("donate", "2026-01-01", 1),
            lambda: row("grant", "2026-01-01", 1, limit_type="secret"),
            lambda: row("grant", "2026-01-01", 1, limit_type="temporary"),
            lambda: row("grant", "2026-01-01", 1, pct=D("100.5")),
            lambda: Decision("grant", datetime(2026, 1, 1), D(1)),
            lambda: Decision("grant", "2026-01-01", D(1)),
            lambda: item(vat=D(101)),
            lambda: item(vat=D(-1)),
            lambda: item(vat=D(60), charges=D(60)),
            lambda: item(disputes=((on("2026-02-02"), on("2026-02-01")),)),
            lambda: item(delivered="2026-02-01"),
            lambda: Item("A", on("2026-02-01"), on("2026-02-01"), 100.0),
            lambda: Receipt(on("2026-02-01"), D(1), None, "barter"),
            lambda: Receipt(on("2026-02-01"), D(1), None, "write_off"),
            lambda: Receipt(on("2026-02-01"), D(-1), "A", "credit_note"),
            lambda: Events(insolvency="yesterday"),
        ],
    )
    def test_one_clear_sentence(self, make):
        """Bad input raises ValueError with a sentence that ends with a full stop."""
        with pytest.raises(ValueError) as caught:
            make()
        assert str(caught.value).endswith(".")
        assert "\n" not in str(caught.value)

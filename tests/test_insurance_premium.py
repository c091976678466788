"""Premium, insurable turnover and discretionary limit."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools.discretionary import (
    CreditReport,
    DiscretionaryRule,
    PaidInvoice,
    discretionary_limit,
    highest_balance,
)
from odoo.addons.arm_insurance.tools.limits import Decision
from odoo.addons.arm_insurance.tools.premium import (
    BonusStep,
    Fee,
    PremiumLine,
    PremiumYear,
    bonus_percentage,
    premium,
)
from odoo.addons.arm_insurance.tools.terms import CoverTerms
from odoo.addons.arm_insurance.tools.turnover import Sale, insurable_turnover

D = Decimal


def on(text):
    return date.fromisoformat(text)


def line(*amounts, rate="0.20", label="all", **more):
    return PremiumLine(
        label=label, rate_pct=D(rate), amounts=tuple(map(D, amounts)), **more
    )


def bill(*lines, **more):
    return premium(PremiumYear(lines=lines, **more))


BONUS = tuple(
    BonusStep(bound, D(adjust))
    for bound, adjust in ((None, 30), (D(70), 15), (D(20), -15), (D(40), 0))
)


class TestPremium:
    @pytest.mark.parametrize(
        "method, amounts, basis",
        [
            ("turnover", [1000000], 1000000),
            ("balances", [100, 200, 300], 600),
            ("limits", [5000, 7000], 12000),
            ("terms", [100], 100),
        ],
    )
    def test_every_basis(self, method, amounts, basis):
        """Basis x rate; balances are added up month by month."""
        result = bill(line(*amounts), method=method)
        assert result.lines[0].basis == basis
        assert result.calculated == basis * D("0.002")

    def test_credit_notes_and_excluded_sales(self):
        """Both leave the basis."""
        result = bill(line(1000, credit_notes=D(100), excluded=D(250)))
        assert result.lines[0].basis == 650

    def test_minimum_and_deposit(self):
        """No refund below the minimum, none below nought."""
        result = bill(line(4000000), minimum_premium=D(10000), deposit_paid=D(9000))
        assert (result.calculated, result.earned) == (8000, 10000)
        assert result.adjustment_due == 1000
        assert bill(line(4000000), deposit_paid=D(9000)).adjustment_due == 0

    @pytest.mark.parametrize(
        "ratio, expected",
        [("-5", -15), ("20", -15), ("20.01", 0), ("40", 0), ("70", 15), ("70.1", 30)],
    )
    def test_bonus_bounds_are_inclusive(self, ratio, expected):
        """The order of the rows does not matter."""
        assert bonus_percentage(BONUS, D(ratio)) == expected

    def test_bonus_on_the_earned_premium(self):
        """Ratio and bonus of the minimum premium; settled apart."""
        result = bill(
            line(1000000), minimum_premium=D(5000), bonus=BONUS, claims_net=D(1000)
        )
        assert (result.claims_ratio_pct, result.bonus_malus) == (20, -750)
        assert result.adjustment_due == 5000

    def test_no_bonus(self):
        """No table, no premium, or a ratio above the last bound."""
        assert bill(line(1000000), claims_net=D(10)).claims_ratio_pct is None
        assert bill(line(0), bonus=BONUS).bonus_malus == 0
        assert bonus_percentage((BonusStep(D(20), D(-15)),), D(30)) == 0

    def test_tax_by_class(self):
        """Each class on its share of the earned premium."""
        result = bill(
            line(3000000, tax_pct=D(11)), line(1000000), minimum_premium=D(10000)
        )
        assert result.premium_tax == 825  # 11 % of 7500

    def test_tax_of_a_minimum_without_turnover(self):
        """Nothing sold: the minimum is split evenly."""
        result = bill(line(0, tax_pct=D(10)), line(0), minimum_premium=D(1000))
        assert result.premium_tax == 50

    def test_fees(self):
        """Quantity x price."""
        fees = (Fee("domestic", D(40), D(30)), Fee("export", D(15), D(55)))
        assert bill(line(0), fees=fees).fees == 2025

    def test_rounded_once(self):
        """Three times a third of a cent is a cent."""
        lines = [line("1.67") for _index in range(3)]  # 0.00334 each
        result = bill(*lines)
        assert [row.premium for row in result.lines] == [0, 0, 0]
        assert result.calculated == D("0.01")

    @pytest.mark.parametrize(
        "make",
        [
            lambda: bill(line(1), method="astrology"),
            lambda: line(1, rate="-1"),
            lambda: bill(line(1), minimum_premium=D(-1)),
            lambda: bill(line(1), deposit_paid=1.5),
        ],
    )
    def test_bad_input(self, make):
        """One clear sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            make()


def sale(name, day, gross=100, **more):
    for key in ("delivered", "origin_date"):
        if key in more:
            more[key] = on(more[key])
    return Sale(id=name, buyer="A", invoiced=on(day), gross=D(gross), **more)


class TestTurnover:
    ROWS = (
        Decision("grant", on("2026-02-01"), D(50), retro_days=10),
        Decision("withdraw", on("2026-06-01"), runoff_days=30),
    )
    TERMS = CoverTerms(start=on("2026-01-01"), end=on("2026-12-31"))

    def statuses(self, *sales, **more):
        result = insurable_turnover(self.TERMS, sales, {"A": self.ROWS}, **more)
        return [row.status for row in result.sales]

    def test_over_the_limit_is_declared_in_full(self):
        """A limit of 50, sales of 100."""
        result = insurable_turnover(
            self.TERMS, [sale("a", "2026-03-01", 121, vat=D(21))], {"A": self.ROWS}
        )
        assert result.insurable_turnover == 100

    def test_limit_boundaries(self):
        """Retroactive days in; the last day of the run-off in, the next out."""
        days = ("2026-01-21", "2026-01-22", "2026-07-01", "2026-07-02")
        assert self.statuses(*(sale(day, day) for day in days)) == [
            "NO_LIMIT",
            "DECLARED",
            "DECLARED",
            "LIMIT_WITHDRAWN",
        ]

    def test_delivery_decides(self):
        """Delivered in time, invoiced after the withdrawal."""
        thing = sale("a", "2026-07-10", delivered="2026-07-01")
        assert self.statuses(thing) == ["DECLARED"]

    def test_credit_note_follows_its_invoice(self):
        """Dated like its invoice; its sign does not matter."""
        notes = [
            sale("a", "2026-08-01", 100, is_refund=True, origin_date="2026-03-01"),
            sale("b", "2026-08-01", -100, is_refund=True, origin_date="2026-03-01"),
            sale("c", "2026-08-01", 100, is_refund=True),
            sale("d", "2027-02-01", 100, is_refund=True, origin_date="2026-03-01"),
        ]
        result = insurable_turnover(self.TERMS, notes, {"A": self.ROWS})
        assert [row.declared for row in result.sales] == [-100, -100, 0, -100]
        assert result.insurable_turnover == -300

    def test_period_before_category(self):
        """Both fail: the period is named."""
        thing = sale("a", "2027-01-01", excluded="consumer")
        assert self.statuses(thing) == ["OUTSIDE_PERIOD"]
        assert self.statuses(sale("a", "2026-03-01", excluded="x")) == ["EXCLUDED"]

    def test_deliveries_during_a_stop(self):
        """In by default, out where the policy says so."""
        thing = sale("a", "2026-03-01", is_stopped=True)
        assert self.statuses(thing) == ["DECLARED"]
        assert self.statuses(thing, declare_stopped=False) == ["STOP_SHIPMENT"]


def bought(invoiced, due, amount, paid=None):
    return PaidInvoice(on(invoiced), on(due), D(amount), paid and on(paid))


GOOD = bought("2025-09-01", "2025-10-01", 12000, "2025-10-05")
TODAY = on("2026-03-01")


def own_limit(invoices=(), decisions=(), report=None, **rule):
    values = {"maximum": D(25000), "tolerance_days": 30, **rule}
    return discretionary_limit(
        DiscretionaryRule(**values), TODAY, invoices, decisions, report
    )


class TestDiscretionary:
    def test_highest_balance(self):
        """Receipts of a day before its invoices; a cash sale is no balance."""
        invoices = [
            bought("2025-09-01", "2025-10-01", 12000, "2025-09-15"),
            bought("2025-09-15", "2025-10-15", 8000, "2025-10-20"),
            bought("2025-09-20", "2025-09-20", 99000, "2025-09-20"),
        ]
        assert highest_balance(invoices) == 12000
        assert highest_balance([]) == 0

    @pytest.mark.parametrize(
        "method, expected",
        [
            ("highest_paid_balance", 20000),
            ("highest_paid_invoice", 15000),
            ("full_if_n", 25000),
        ],
    )
    def test_methods(self, method, expected):
        """12000 and 8000 together, 15000 alone."""
        invoices = [
            GOOD,
            bought("2025-09-15", "2025-10-15", 8000, "2025-10-20"),
            bought("2025-12-01", "2025-12-31", 15000, "2026-01-10"),
        ]
        found = own_limit(invoices, method=method, min_experiences=3)
        assert (found.limit, found.status) == (expected, "OK")
        assert len(found.experiences) == 3

    def test_uplift_and_cap(self):
        """150 % of 12000, at most the policy's maximum."""
        assert own_limit([GOOD], uplift_pct=D(150)).limit == 18000
        assert own_limit([GOOD], uplift_pct=D(300)).limit == 25000

    def test_too_few(self):
        """Two needed, one there."""
        found = own_limit([GOOD], method="full_if_n", min_experiences=2)
        assert (found.limit, found.status) == (0, "NO_EXPERIENCE")

    @pytest.mark.parametrize(
        "paid, status",
        [
            ("2025-02-28", "NO_EXPERIENCE"),
            ("2025-03-01", "OK"),
            ("2025-03-16", "OK"),
            ("2025-03-17", "NO_EXPERIENCE"),
        ],
    )
    def test_window_and_lateness(self, paid, status):
        """Window opens on 1 March; 14 Feb + 30 days is 16 March."""
        invoices = [bought("2025-01-15", "2025-02-14", 9000, paid)]
        assert own_limit(invoices).status == status

    @pytest.mark.parametrize(
        "due, status",
        [("2026-01-30", "OK"), ("2026-01-29", "OVERDUE")],
    )
    def test_overdue(self, due, status):
        """30 days after 30 January is 1 March: still in time."""
        for paid in (None, "2026-03-02"):  # paid later: not known on the day
            invoices = [GOOD, bought("2025-12-30", due, 500, paid)]
            assert own_limit(invoices).status == status

    def test_small_overdue(self):
        """Overdue in all up to the minimum is harmless."""
        invoices = [GOOD, bought("2025-12-01", "2025-12-31", 500)]
        assert own_limit(invoices, overdue_min_amount=D(500)).status == "OK"
        assert own_limit(invoices, overdue_min_amount=D(499)).status == "OVERDUE"

    @pytest.mark.parametrize(
        "decided, status",
        [
            ("2025-03-01", "OK"),
            ("2025-03-02", "INSURER_DECISION"),
            ("2026-03-01", "INSURER_DECISION"),
            ("2026-03-02", "OK"),
        ],
    )
    def test_insurers_decision_blocks(self, decided, status):
        """Free on the same day 12 months later; the future is not known."""
        assert own_limit([GOOD], [on(decided)]).status == status

    def test_terms_at_least_as_long(self):
        """30 days of experience carry 30 days, not 31."""
        assert own_limit([GOOD], terms_days=30).status == "OK"
        assert own_limit([GOOD], terms_days=31).status == "NO_EXPERIENCE"

    @pytest.mark.parametrize(
        "day, limit, status",
        [
            ("2025-03-01", 9000, "OK"),
            ("2025-02-28", 0, "REPORT_EXPIRED"),
            ("2026-03-02", 0, "NO_REPORT"),
        ],
    )
    def test_report(self, day, limit, status):
        """Valid for 12 months, capped by the policy."""
        found = own_limit(report=CreditReport(D(9000), on(day)), method="report")
        assert (found.limit, found.status) == (limit, status)

    def test_report_cap_and_absence(self):
        """min(report, maximum); none without a report."""
        report = CreditReport(D(90000), on("2026-01-01"))
        assert own_limit(report=report, method="report").limit == 25000
        assert own_limit(method="report").status == "NO_REPORT"

    def test_bad_input(self):
        """One clear sentence."""
        with pytest.raises(ValueError, match="method"):
            own_limit(method="gut_feeling")
        with pytest.raises(ValueError, match="tolerance_days"):
            own_limit(tolerance_days=-1)

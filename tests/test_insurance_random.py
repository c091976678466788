"""Deadlines, premium, turnover, own limits and recoveries at random, against oracles.

The oracles are written from the words of the specification: day by day or row by row,
in Fractions, sharing nothing with the tools but their input dataclasses.
"""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo
from insurance_naive import Limits, cents, plus_span

from odoo.addons.arm_insurance.tools import deadlines, discretionary, recovery
from odoo.addons.arm_insurance.tools.dates import Span
from odoo.addons.arm_insurance.tools.limits import Decision
from odoo.addons.arm_insurance.tools.premium import (
    BonusStep,
    Fee,
    PremiumLine,
    PremiumYear,
    premium,
)
from odoo.addons.arm_insurance.tools.terms import CoverTerms
from odoo.addons.arm_insurance.tools.turnover import Sale, insurable_turnover

D = Decimal
START = date(2025, 11, 20)
ONE_DAY = timedelta(days=1)


class Chance(random.Random):
    """Dates that collide, amounts with cents."""

    def day(self, span=300):
        return START + timedelta(days=self.randrange(span))

    def maybe(self, value, probability=0.5):
        return value if self.random() < probability else None

    def money(self, top=20000):
        return D(self.randrange(top * 100)) / 100

    def span(self):
        return self.choice(
            [Span(0), Span(30), Span(60), Span(0, 1), Span(0, 6), Span(5, 2)]
        )


# --------------------------------------------------------------------- deadlines


def waited(start, span, disputes):
    """The last day of a period, counted day by day; disputed days do not count."""
    if start is None or span is None:
        return None
    left = (plus_span(start, span) - start).days
    day = start
    while left:
        day += ONE_DAY
        stands = [
            (first, last)
            for first, last in disputes
            if first <= day and (last is None or day <= last)
        ]
        if any(last is None for _first, last in stands):
            return None
        if not stands:
            left -= 1
    return day


class NaiveClock:
    """Section 4.5, one line after the other."""

    def __init__(self, terms, facts):
        self.terms, self.facts = terms, facts
        self.disputes = facts.disputes if terms.dispute_pauses else ()
        self.loss = None
        self.mep = self.end(terms.mep_basis, terms.mep)

    def start(self, basis):
        facts = self.facts
        return {
            "due": facts.due,
            "extended": facts.extended_due or facts.due,
            "invoice": facts.invoiced,
            "delivery": facts.delivered or facts.invoiced,
            "mep": getattr(self, "mep", None),
            "noa": facts.noa_sent,
            "claim": facts.claim_sent,
            "collection": facts.collection,
            "insolvency": facts.insolvency,
            "loss": self.loss,
            "policy_end": facts.policy_end,
        }[basis]

    def end(self, basis, span):
        return waited(self.start(basis), span, self.disputes)

    def clock(self, clock):
        return clock and self.end(clock.basis, clock.span)

    def result(self):
        facts, terms = self.facts, self.terms
        waiting = self.clock(terms.waiting)
        ends = [day for day in (facts.insolvency, waiting) if day]
        self.loss = min(ends, default=None)
        cause = None
        if self.loss:
            insolvent = facts.insolvency == self.loss
            cause = "insolvency" if insolvent else "protracted_default"
        if self.loss and facts.paid and facts.paid <= self.loss:
            self.loss = cause = None
        noa = self.clock(terms.noa)
        known = facts.insolvency_known or facts.insolvency
        if known and terms.noa_insolvency_days is not None:
            hurry = known + terms.noa_insolvency_days * ONE_DAY
            noa = min(noa, hurry) if noa else hurry
        claim = self.clock(terms.claim)
        pay = None
        if self.loss and terms.settlement is not None:
            known = (self.loss, facts.claim_sent, facts.docs_complete)
            pay = plus_span(max(day for day in known if day), terms.settlement)
        return (
            self.mep,
            self.mep and self.mep + ONE_DAY,
            noa,
            self.clock(terms.collection),
            self.clock(terms.claim_earliest),
            claim,
            waiting,
            self.loss,
            cause,
            pay,
            self.late(noa, facts.noa_sent),
            self.late(claim, facts.claim_sent),
        )

    def late(self, deadline, sent):
        paid, today = self.facts.paid, self.facts.today
        if not deadline or (paid and paid <= deadline):
            return False
        return sent > deadline if sent else bool(today and today > deadline)


def random_clock(chance):
    bases = [base for base in deadlines.BASES if base != "loss"]

    def clock(*more):
        made = deadlines.Clock(chance.choice([*bases, *more]), chance.span())
        return chance.maybe(made, 0.7)

    terms = deadlines.DeadlineTerms(
        mep=chance.maybe(chance.span(), 0.8),
        mep_basis=chance.choice(["due", "invoice", "extended"]),
        noa=clock(),
        noa_insolvency_days=chance.maybe(chance.choice([0, 7, 10])),
        claim_earliest=clock("loss"),
        claim=clock("loss"),
        collection=clock(),
        waiting=clock(),
        settlement=chance.maybe(chance.span(), 0.7),
        dispute_pauses=chance.random() < 0.5,
    )
    invoiced = chance.day(60)
    disputes = []
    for _number in range(chance.choice([0, 0, 1, 2, 3])):
        first = chance.day()
        last = first + chance.randrange(40) * ONE_DAY
        disputes.append((first, chance.maybe(last, 0.85)))
    days = {
        name: chance.maybe(chance.day(), probability)
        for name, probability in (
            ("delivered", 0.5),
            ("extended_due", 0.3),
            ("insolvency", 0.3),
            ("insolvency_known", 0.2),
            ("noa_sent", 0.5),
            ("claim_sent", 0.5),
            ("collection", 0.4),
            ("docs_complete", 0.4),
            ("policy_end", 0.5),
            ("paid", 0.2),
            ("today", 0.6),
        )
    }
    facts = deadlines.DeadlineFacts(
        invoiced=invoiced,
        due=invoiced + chance.choice([0, 14, 30, 61]) * ONE_DAY,
        disputes=tuple(disputes),
        **days,
    )
    return terms, facts


@pytest.mark.parametrize("block", range(10))
def test_deadlines_equal_days_counted_one_by_one(block):
    """Every date and both kinds of lateness, with clocks that pause."""
    for seed in range(block * 200, block * 200 + 200):
        terms, facts = random_clock(Chance(seed))
        got = deadlines.deadlines(terms, facts)
        found = (
            got.mep_expiry,
            got.stop_shipment_from,
            got.noa_deadline,
            got.collection_deadline,
            got.claim_earliest,
            got.claim_deadline,
            got.waiting_end,
            got.date_of_loss,
            got.cause,
            got.indemnity_due,
            got.noa_late,
            got.claim_late,
        )
        assert found == NaiveClock(terms, facts).result(), seed


# ----------------------------------------------------------------------- premium


def naive_premium(year):
    """Section 4.9 in Fractions."""
    classes = []
    for line in year.lines:
        basis = sum((Fraction(amount) for amount in line.amounts), Fraction(0))
        basis -= Fraction(line.credit_notes) + Fraction(line.excluded)
        classes.append((line, basis, basis * Fraction(line.rate_pct) / 100))
    calculated = sum((part for _line, _basis, part in classes), Fraction(0))
    earned = max(calculated, Fraction(year.minimum_premium))
    tax = Fraction(0)
    for line, _basis, part in classes:
        share = part / calculated if calculated else Fraction(1, len(classes))
        tax += earned * share * Fraction(line.tax_pct) / 100
    bonus = Fraction(0)
    if year.bonus and earned:
        ratio = Fraction(year.claims_net) * 100 / earned
        fits = [
            step
            for step in year.bonus
            if step.up_to_ratio_pct is None or ratio <= Fraction(step.up_to_ratio_pct)
        ]
        if fits:
            step = min(
                fits,
                key=lambda step: (step.up_to_ratio_pct is None, step.up_to_ratio_pct),
            )
            bonus = earned * Fraction(step.adjust_pct) / 100
    fees = sum((Fraction(f.quantity) * Fraction(f.unit_price) for f in year.fees), 0)
    return tuple(
        cents(Fraction(value))
        for value in (
            calculated,
            earned,
            tax,
            bonus,
            fees,
            max(Fraction(0), earned - Fraction(year.deposit_paid)),
        )
    )


def random_year(chance):
    lines = tuple(
        PremiumLine(
            label=str(number),
            rate_pct=D(chance.randrange(0, 60000)) / 100000,
            amounts=tuple(chance.money(900000) for _n in range(chance.randint(0, 5))),
            credit_notes=chance.choice([D(0), chance.money(1000)]),
            tax_pct=D(chance.choice([0, 11, 19])),
        )
        for number in range(chance.randint(1, 4))
    )
    bounds = chance.sample(range(10, 100, 10), chance.randint(1, 3))
    steps = [BonusStep(D(bound), D(chance.randint(-20, 20))) for bound in bounds]
    steps += [BonusStep(None, D(30))] * chance.choice([0, 1])
    chance.shuffle(steps)
    return PremiumYear(
        lines=lines,
        minimum_premium=chance.choice([D(0), chance.money(5000)]),
        deposit_paid=chance.choice([D(0), chance.money(5000)]),
        bonus=tuple(steps) if chance.random() < 0.7 else (),
        claims_net=chance.choice([D(0), chance.money(3000)]),
        fees=tuple(
            Fee(str(number), D(chance.randint(0, 50)), chance.money(60))
            for number in range(chance.randint(0, 3))
        ),
    )


@pytest.mark.parametrize("seed", range(600))
def test_premium_equals_the_naive_one(seed):
    """Minimum, deposits, tax by class, bonus with bounds, fees."""
    year = random_year(Chance(seed))
    got = premium(year)
    assert (
        got.calculated,
        got.earned,
        got.premium_tax,
        got.bonus_malus,
        got.fees,
        got.adjustment_due,
    ) == naive_premium(year)
    assert got.earned >= max(got.calculated, year.minimum_premium) - D("0.01")
    assert 0 <= got.adjustment_due <= got.earned


# ---------------------------------------------------------------------- turnover


def random_decisions(chance):
    kinds = ["grant", "increase", "reduce", "withdraw", "refuse", "request"]
    rows = []
    for number in range(chance.randint(0, 4)):
        kind = "grant" if not number and chance.random() < 0.7 else chance.choice(kinds)
        gone = kind in ("withdraw", "refuse")
        rows.append(
            Decision(
                kind=kind,
                decided=chance.day(),
                amount=D(0) if gone else D(chance.randint(1, 9) * 1000),
                effective=chance.maybe(chance.day(), 0.2),
                runoff_days=chance.choice([None, 0, 30]),
                retro_days=chance.choice([None, 0, 20]),
            )
        )
    return rows


@pytest.mark.parametrize("block", range(10))
def test_turnover_row_by_row(block):
    """Who is in force on the day decides; what exceeds a limit stays in."""
    for seed in range(block * 60, block * 60 + 60):
        chance = Chance(seed)
        terms = CoverTerms(
            insured_pct={"named": D(90)},
            start=START + 10 * ONE_DAY,
            end=START + 280 * ONE_DAY,
            runoff_days=chance.choice([0, 30]),
            retro_days=chance.choice([0, 20]),
        )
        decisions = {name: random_decisions(chance) for name in "AB"}
        sales = []
        for number in range(chance.randint(1, 15)):
            invoiced = chance.day()
            gross = chance.money()
            sales.append(
                Sale(
                    id=str(number),
                    buyer=chance.choice("ABC"),
                    invoiced=invoiced,
                    gross=gross,
                    vat=chance.choice([D(0), (gross / 6).quantize(D("0.01"))]),
                    delivered=chance.maybe(invoiced - 3 * ONE_DAY, 0.4),
                    is_refund=chance.random() < 0.2,
                    origin_date=chance.maybe(chance.day(), 0.3),
                    excluded=chance.choice(["", "", "", "consumer"]),
                    is_stopped=chance.random() < 0.2,
                )
            )
        declare_stopped = chance.random() < 0.5
        got = insurable_turnover(terms, sales, decisions, declare_stopped)
        total = D(0)
        for sale, row in zip(sales, got.sales, strict=True):
            day = sale.delivered or sale.invoiced
            if sale.is_refund and sale.origin_date:
                day = sale.origin_date
            limits = Limits(decisions.get(sale.buyer, []), terms)
            admitted, status, _let_in = limits.delivery(day)
            if not terms.start <= day <= terms.end:
                expected = "OUTSIDE_PERIOD"
            elif sale.excluded:
                expected = "EXCLUDED"
            elif admitted is None:
                expected = status
            elif sale.is_stopped and not declare_stopped:
                expected = "STOP_SHIPMENT"
            else:
                expected = "DECLARED"
                total += (sale.gross - sale.vat) * (-1 if sale.is_refund else 1)
            assert row.status == expected, (seed, sale)
        assert got.insurable_turnover == total


# --------------------------------------------------------------------- own limit


def months_back(day, months):
    return plus_span(day, SimpleNamespace(days=0, months=-months))


def naive_own_limit(rule, as_of, invoices, decisions, report):
    """Section 4.10; the highest balance is looked for day by day."""
    known = [row for row in invoices if row.invoiced <= as_of]
    for decided in decisions:
        if decided <= as_of < plus_span(decided, Span(0, rule.block_months)):
            return D(0), "INSURER_DECISION"
    late = sum(
        row.amount
        for row in known
        if not (row.paid and row.paid <= as_of)
        and as_of > row.due + rule.tolerance_days * ONE_DAY
    )
    if late > rule.overdue_min_amount:
        return D(0), "OVERDUE"
    if rule.method == "report":
        if not report or report.day > as_of:
            return D(0), "NO_REPORT"
        if as_of > plus_span(report.day, Span(0, rule.report_months)):
            return D(0), "REPORT_EXPIRED"
        return min(report.limit, rule.maximum), "OK"
    good = [
        row
        for row in known
        if row.paid
        and months_back(as_of, rule.lookback_months) <= row.paid <= as_of
        and row.paid <= row.due + rule.tolerance_days * ONE_DAY
        and (
            rule.terms_days is None or (row.due - row.invoiced).days >= rule.terms_days
        )
    ]
    needed = rule.min_experiences if rule.method == "full_if_n" else 1
    if not good or len(good) < needed:
        return D(0), "NO_EXPERIENCE"
    if rule.method == "full_if_n":
        return rule.maximum, "OK"
    if rule.method == "highest_paid_invoice":
        found = max(row.amount for row in good)
    else:
        found = D(0)
        day = min(row.invoiced for row in good)
        while day <= as_of:
            balance = sum(row.amount for row in good if row.invoiced <= day < row.paid)
            found = max(found, balance)
            day += ONE_DAY
    amount = min(Fraction(found) * Fraction(rule.uplift_pct) / 100, rule.maximum)
    return cents(Fraction(amount)), "OK"


@pytest.mark.parametrize("block", range(10))
def test_own_limit_equals_the_naive_one(block):
    """All methods; never above the maximum of the policy."""
    for seed in range(block * 60, block * 60 + 60):
        chance = Chance(seed)
        rule = discretionary.DiscretionaryRule(
            maximum=chance.money(30000),
            method=chance.choice(discretionary.METHODS),
            tolerance_days=chance.choice([0, 15, 30]),
            lookback_months=chance.choice([3, 12]),
            block_months=chance.choice([6, 12]),
            min_experiences=chance.randint(1, 4),
            uplift_pct=D(chance.choice([100, 150])),
            terms_days=chance.maybe(chance.choice([14, 30]), 0.3),
            overdue_min_amount=chance.choice([D(0), D(500), chance.money()]),
            report_months=chance.choice([3, 12]),
        )
        invoices = []
        for _number in range(chance.randint(0, 8)):
            invoiced = chance.day(250)
            due = invoiced + chance.choice([0, 14, 30]) * ONE_DAY
            paid = invoiced + chance.randrange(1, 90) * ONE_DAY
            invoices.append(
                discretionary.PaidInvoice(
                    invoiced, due, chance.money(), chance.maybe(paid, 0.8)
                )
            )
        decisions = [chance.day()] if chance.random() < 0.2 else []
        report = chance.maybe(
            discretionary.CreditReport(chance.money(40000), chance.day()), 0.7
        )
        as_of = chance.day() + 60 * ONE_DAY
        got = discretionary.discretionary_limit(
            rule, as_of, invoices, decisions, report
        )
        expected = naive_own_limit(rule, as_of, invoices, decisions, report)
        assert (got.limit, got.status) == expected, seed
        assert got.limit <= rule.maximum


# -------------------------------------------------------------------- recoveries


def naive_shares(terms, rows):
    """Section 4.7, receipt after receipt in the order of their days."""
    debt, loss = Fraction(terms.total_debt), Fraction(terms.insured_loss)
    paid = Fraction(terms.indemnity)
    back = received = Fraction(0)
    found = {}
    for place, row in sorted(enumerate(rows), key=lambda pair: pair[1].day):
        net, own_costs = Fraction(row.amount), Fraction(0)
        if terms.cost_mode == "net":
            net -= Fraction(row.costs)
        else:
            own_costs = Fraction(row.costs) * (1 - (loss / debt if debt else 0))
        net = Fraction(cents(net))
        received += net
        if terms.mode == "insurer_first":
            insurer = min(received, paid) - back
        elif row.is_guarantee and terms.mode == "share_of_total_loss":
            insurer = min(net * paid / loss if loss else 0, paid - back)
        elif row.is_guarantee:
            insurer = min(net * Fraction(terms.pct) / 100, paid - back)
        elif terms.mode == "share_of_total_loss":
            insurer = min(net * paid / debt if debt else 0, paid - back)
        else:
            part = loss / debt if debt else 0
            insurer = min(net * part * Fraction(terms.pct) / 100, paid - back)
        insurer = Fraction(cents(Fraction(insurer)))
        back += insurer
        found[place] = (
            cents(net), cents(insurer), cents(net - insurer), cents(own_costs)
        )  # fmt: skip
    return [found[place] for place in range(len(rows))]


@pytest.mark.parametrize("seed", range(600))
def test_recoveries_equal_the_naive_ones(seed):
    """Parts sum to the whole; the insurer never gets back more than it paid."""
    chance = Chance(seed)
    debt = chance.money(100000) + 1
    loss = (debt * chance.randint(0, 100) / 100).quantize(D("0.01"), "ROUND_DOWN")
    terms = recovery.RecoveryTerms(
        total_debt=debt,
        insured_loss=loss,
        indemnity=(loss * chance.randint(0, 100) / 100).quantize(
            D("0.01"), "ROUND_DOWN"
        ),
        pct=D(chance.choice([60, 85, 90, 100])),
        mode=chance.choice(recovery.MODES),
        cost_mode=chance.choice(recovery.COST_MODES),
    )
    rows = [
        recovery.Recovery(
            chance.money(30000), chance.money(300), chance.day(), chance.random() < 0.2
        )
        for _number in range(chance.randint(1, 8))
    ]
    got = recovery.share_recoveries(terms, rows)
    shares = [
        (row.net, row.insurer, row.insured, row.costs_borne_by_insured)
        for row in got.shares
    ]
    assert shares == naive_shares(terms, rows)
    assert got.insurer_total <= terms.indemnity
    assert got.insurer_total + got.insured_total == sum(row.net for row in got.shares)
    assert got.indemnity_after_recovery == terms.indemnity - got.insurer_total

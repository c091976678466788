"""Indemnity, recoveries, currency, sizing, and the whole course of a year."""

import random
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo
from insurance_naive import cents

from odoo.addons.arm_insurance.tools import currency, sizing, story
from odoo.addons.arm_insurance.tools.account import Item
from odoo.addons.arm_insurance.tools.dates import Span
from odoo.addons.arm_insurance.tools.deadlines import (
    Clock,
    DeadlineFacts,
    DeadlineTerms,
)
from odoo.addons.arm_insurance.tools.indemnity import (
    Claim,
    ClaimLine,
    IndemnityTerms,
    indemnify,
    maximum_liability,
    split_by_year,
)
from odoo.addons.arm_insurance.tools.limits import Decision
from odoo.addons.arm_insurance.tools.recovery import (
    Recovery,
    RecoveryTerms,
    share_recoveries,
)
from odoo.addons.arm_insurance.tools.terms import CoverTerms

D = Decimal


def on(text):
    return date.fromisoformat(f"2026-{text}")


def claim(covered, pct=90, name="a", **more):
    return Claim(id=name, lines=(ClaimLine(D(covered), D(pct)),), **more)


def settle(claims, **terms):
    values = {
        name: D(value) if isinstance(value, int) else value
        for name, value in terms.items()
    }
    return indemnify(IndemnityTerms(**values), claims)


def only(thing, **terms):
    return settle([thing], **terms).claims[0]


class TestIndemnity:
    @pytest.mark.parametrize(
        "deductible, afl, expected",
        [
            ("gross", "gross", 7650),  # (10000 - 1000 - 500) x 90 %
            ("net", "net", 7500),  # 9000 - 1000 - 500
            ("gross", "net", 7600),  # 9000 x 90 % - 500
            ("net", "gross", 7550),  # 9500 x 90 % - 1000
        ],
    )
    def test_before_or_after_the_percentage(self, deductible, afl, expected):
        """All four orders of a deductible of 1000 and a first loss of 500."""
        row = only(
            claim(10000), eel=1000, afl=500, deductible_basis=deductible, afl_basis=afl
        )
        assert row.indemnity == expected
        assert (row.deductible, row.afl_absorbed) == (1000, 500)
        assert row.insured_share == 10000 - expected

    def test_threshold(self):
        """Equal is not paid and erodes nothing; above counts in full."""
        rows = settle([claim(1000), claim(1001, name="b")], nql=1000, afl=300).claims
        assert [row.status for row in rows] == ["below_threshold", "paid"]
        assert (rows[0].indemnity, rows[0].afl_left) == (0, 300)
        assert rows[1].indemnity == D("600.90")

    def test_threshold_looks_at_the_loss_after_salvage(self):
        """3000 covered of 9000, 6000 salvaged: 1000 are left, not above 1000."""
        row = only(claim(3000, total_debt=D(9000), salvage=D(6000)), nql=1000)
        assert (row.insured_loss, row.status) == (1000, "below_threshold")

    def test_void_erodes_nothing(self):
        """A late notice costs the indemnity, not the first loss."""
        rows = settle([claim(9000, is_void=True), claim(10000, name="b")], afl=5000)
        assert rows.claim("a").status == "void"
        assert rows.claim("a").insured_share == 9000
        assert rows.claim("b").indemnity == 4000

    def test_deductible_larger_than_the_loss(self):
        """Nothing is paid, nothing below nought, only the real part is shown."""
        row = only(claim(500), eel=1000)
        assert (row.indemnity, row.deductible, row.status) == (0, 450, "paid")
        row = only(claim(500), eel=1000, deductible_basis="gross")
        assert (row.indemnity, row.deductible) == (0, 500)

    def test_minimum_retention(self):
        """Own share at least 1000; larger than the loss: nothing is paid."""
        assert only(claim(5000, 85), min_retention=1000).indemnity == 4000
        assert only(claim(50000, 85), min_retention=1000).indemnity == 42500
        row = only(claim(800, 85), min_retention=1000)
        assert (row.indemnity, row.retention_cut) == (0, 680)

    def test_retention_after_deductible_before_net_first_loss(self):
        """5000 x 90 % - 200 = 4300 > 4000; then the first loss."""
        row = only(claim(5000), eel=200, min_retention=1000, afl=300)
        assert row.indemnity == 3700
        assert row.reasons == ("paid", "deductible", "retention_cut", "afl_absorbed")

    def test_first_loss_over_claims_by_date(self):
        """The earlier loss eats it, whatever the order of entry."""
        late = claim(10000, name="late", date_of_loss=on("05-02"))
        early = claim(4000, name="early", date_of_loss=on("05-01"))
        undated = claim(1000, name="undated")
        rows = settle([undated, late, early], afl=5000).claims
        assert [row.id for row in rows] == ["early", "late", "undated"]
        assert [row.afl_absorbed for row in rows] == [3600, 1400, 0]
        assert [row.indemnity for row in rows] == [0, 7600, 900]

    def test_maximum_liability(self):
        """Used up by what is paid, rounded as it is paid."""
        rows = settle([claim("33.33"), claim("33.33", name="b")], maximum=D(50)).claims
        assert [row.indemnity for row in rows] == [D("30.00"), D("20.00")]
        assert [row.ml_cut for row in rows] == [0, D("10.00")]
        assert rows[1].max_liability_left == 0

    def test_used_before(self):
        """More used than there is: nothing left, not less."""
        row = only(claim(1000), afl=100, afl_used=300, maximum=D(10), paid_to_date=20)
        assert (row.afl_left, row.max_liability_left, row.indemnity) == (0, 0, 0)

    @pytest.mark.parametrize(
        "arguments, expected",
        [
            ({}, None),
            ({"absolute": D(7)}, 7),
            ({"multiple": D(20), "premium_paid": D(10)}, 200),
            (
                {"multiple": D(20), "premium_paid": D(10), "minimum_premium": D(12)},
                240,
            ),
            ({"absolute": D(7), "multiple": D(20), "premium_paid": D(10)}, 7),
        ],
    )
    def test_value_of_the_maximum(self, arguments, expected):
        """Amount, multiple of the premium, at least of the minimum premium."""
        assert maximum_liability(**arguments) == expected

    def test_mixed_percentages(self):
        """Weighted by the covered amounts."""
        lines = (ClaimLine(D(60000), D(90)), ClaimLine(D(20000), D(80)))
        row = only(Claim(id="a", lines=lines), eel=8000, deductible_basis="gross")
        assert (row.pct, row.indemnity) == (D("87.5"), 63000)

    def test_salvage_and_guarantee(self):
        """Salvage is shared with the uninsured part, a required guarantee is not."""
        plain = only(claim(80000, total_debt=D(100000), salvage=D(10000)))
        assert (plain.insured_loss, plain.indemnity) == (72000, 64800)
        assert plain.insured_share == 25200
        secured = only(claim(80000, total_debt=D(100000), guarantee=D(10000)))
        assert (secured.insured_loss, secured.indemnity) == (70000, 63000)
        assert secured.insured_share == 27000

    def test_reduction(self):
        """A cut of 20 % for lateness, before the maximum liability."""
        row = only(claim(1000, reduction_pct=D(20)), maximum=D(700))
        assert (row.indemnity, row.ml_cut) == (700, 20)

    def test_nothing_covered(self):
        """No line, no loss, no indemnity; the debt is all own."""
        row = only(Claim(id="a", lines=(), total_debt=D(500)))
        assert (row.indemnity, row.insured_share) == (0, 500)

    def test_two_years(self):
        """Lines go to the year of their delivery, debt and salvage with them."""
        lines = (
            ClaimLine(D(6000), D(90), D(8000), date(2025, 12, 31)),
            ClaimLine(D(2000), D(80), D(2000), date(2026, 1, 1)),
        )
        whole = Claim(id="a", lines=lines, total_debt=D(10000), salvage=D(1000))
        years = [
            ("2025", date(2025, 1, 1), date(2025, 12, 31)),
            ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ]
        parts = dict(split_by_year(whole, years))
        assert [part.debt for part in parts.values()] == [8000, 2000]
        assert [part.salvage for part in parts.values()] == [800, 200]
        losses = sum(part.insured_loss for part in parts.values())
        assert parts["2025"].id == "a/2025" and losses == 5400 + 1800
        with pytest.raises(ValueError, match="No policy year"):
            split_by_year(whole, years[:1])

    @pytest.mark.parametrize(
        "make",
        [
            lambda: claim(100, total_debt=D(99)),
            lambda: claim(-1),
            lambda: claim(1, 101),
            lambda: claim(1, salvage=1.5),
            lambda: claim(1, salvage=D(-1)),
            lambda: settle([claim(1)]).claim("x"),
            lambda: split_by_year(claim(1), []),
            lambda: IndemnityTerms(nql=D(-1)),
            lambda: IndemnityTerms(afl_basis="both"),
            lambda: settle([claim(1), claim(2)]),
        ],
    )
    def test_bad_input(self, make):
        """One clear sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            make()


def naive_indemnity(terms, claims):
    """Section 4.6 in Fractions, one step under the other."""
    afl = max(Fraction(0), Fraction(terms.afl) - Fraction(terms.afl_used))
    left = None
    if terms.maximum is not None:
        left = max(Fraction(0), Fraction(terms.maximum) - Fraction(terms.paid_to_date))
    results = []
    for thing in sorted(claims, key=lambda c: c.date_of_loss):
        covered = sum(Fraction(line.covered) for line in thing.lines)
        debt = Fraction(thing.total_debt)
        salvage = Fraction(thing.salvage)
        loss = max(Fraction(0), covered - salvage * covered / debt)
        amount = Fraction(0)
        if not thing.is_void and loss > terms.nql:
            amount = loss
            if terms.deductible_basis == "gross":
                amount -= min(amount, Fraction(terms.eel))
            if terms.afl_basis == "gross":
                used = min(afl, amount)
                afl, amount = afl - used, amount - used
            weighted = sum(
                Fraction(li.covered) * Fraction(li.pct) for li in thing.lines
            )
            amount *= weighted / covered / 100
            if terms.deductible_basis == "net":
                amount -= min(amount, Fraction(terms.eel))
            amount = min(amount, max(Fraction(0), loss - Fraction(terms.min_retention)))
            if terms.afl_basis == "net":
                used = min(afl, amount)
                afl, amount = afl - used, amount - used
            if left is not None:
                amount = min(amount, left)
        paid = cents(amount)
        if left is not None:
            left -= Fraction(paid)
        results.append((thing.id, cents(loss), paid, cents(debt - salvage) - paid))
    return results


class TestIndemnityAtRandom:
    @staticmethod
    def year(seed):
        rng = random.Random(seed)

        def money(top):
            return D(rng.randint(0, top * 100)) / 100

        terms = IndemnityTerms(
            nql=rng.choice([D(0), D(1000), money(3000)]),
            eel=rng.choice([D(0), money(3000)]),
            deductible_basis=rng.choice(["gross", "net"]),
            min_retention=rng.choice([D(0), money(2000)]),
            afl=rng.choice([D(0), money(20000)]),
            afl_basis=rng.choice(["gross", "net"]),
            afl_used=rng.choice([D(0), money(5000)]),
            maximum=rng.choice([None, money(60000)]),
            paid_to_date=rng.choice([D(0), money(10000)]),
        )
        claims = []
        for index in range(rng.randint(1, 6)):
            lines = tuple(
                ClaimLine(
                    money(20000) + D("0.01"), D(rng.choice([60, 80, 87, 90, 100]))
                )
                for _line in range(rng.randint(1, 3))
            )
            covered = sum(line.covered for line in lines)
            debt = covered + rng.choice([D(0), money(10000)])
            claims.append(
                Claim(
                    id=str(index),
                    lines=lines,
                    total_debt=debt,
                    salvage=rng.choice([D(0), min(debt, money(8000))]),
                    is_void=rng.random() < 0.1,
                    date_of_loss=date(2026, 1, rng.randint(1, 28)),
                )
            )
        return terms, claims

    @pytest.mark.parametrize("block", range(10))
    def test_equals_the_naive_one(self, block):
        """Same loss, indemnity and own share; never above the maximum."""
        for seed in range(block * 100, block * 100 + 100):
            terms, claims = self.year(seed)
            result = indemnify(terms, claims)
            rows = [
                (row.id, row.insured_loss, row.indemnity, row.insured_share)
                for row in result.claims
            ]
            assert rows == naive_indemnity(terms, claims), seed
            if terms.maximum is not None:
                room = max(D(0), terms.maximum - terms.paid_to_date)
                assert result.total_indemnity <= room
            for row in result.claims:
                assert 0 <= row.indemnity <= row.insured_loss

    @pytest.mark.parametrize("seed", range(50))
    def test_a_larger_loss_never_pays_less(self, seed):
        """Monotone in the loss, for one claim under any terms."""
        terms, _claims = self.year(seed)
        paid = [
            indemnify(terms, [claim(amount, 85)]).total_indemnity
            for amount in range(100, 60000, 2777)
        ]
        assert paid == sorted(paid)


def share(amounts, **terms):
    values = {
        "total_debt": 100000,
        "insured_loss": 80000,
        "indemnity": 72000,
        "pct": 90,
    }
    values.update(terms)
    exact = {key: D(v) if isinstance(v, int) else v for key, v in values.items()}
    rows = [row if isinstance(row, Recovery) else Recovery(D(row)) for row in amounts]
    return share_recoveries(RecoveryTerms(**exact), rows)


class TestRecoveries:
    @pytest.mark.parametrize(
        "mode, insurer",
        [
            ("share_of_total_loss", 7200),
            ("pool_then_percentage", 7200),
            ("insurer_first", 10000),
        ],
    )
    def test_modes(self, mode, insurer):
        """Without a deductible the two pro rata methods agree."""
        assert share([10000], mode=mode).insurer_total == insurer

    @pytest.mark.parametrize(
        "mode, insurer",
        [("share_of_total_loss", 8100), ("pool_then_percentage", 9000)],
    )
    def test_with_a_deductible_they_part(self, mode, insurer):
        """REC-05a and b."""
        result = share(
            [10000], total_debt=50000, insured_loss=50000, indemnity=40500, mode=mode
        )
        assert result.insurer_total == insurer

    def test_insurer_first_until_repaid(self):
        """The excess goes to the insured; money given back comes from him first."""
        mode = {"mode": "insurer_first"}
        result = share([70000, 5000, 1000], **mode)
        assert [row.insurer for row in result.shares] == [70000, 2000, 0]
        assert result.indemnity_after_recovery == 0
        back = share([70000, 5000, -4000], **mode)
        assert [row.insurer for row in back.shares] == [70000, 2000, -1000]

    def test_never_more_than_the_indemnity(self):
        """Interest beyond the debt is the insured's."""
        result = share([100000, 5000])
        assert (result.insurer_total, result.insured_total) == (72000, 33000)
        assert result.final_loss_of_insured == -5000

    def test_costs_net(self):
        """Costs come off before sharing; more costs than money are shared too."""
        result = share([Recovery(D(10000), D(1500))])
        assert (result.shares[0].net, result.insurer_total) == (8500, 6120)
        assert result.final_loss_of_insured == 100000 - 72000 - 2380
        poor = share([Recovery(D(100), D(200))])
        assert (poor.shares[0].insurer, poor.shares[0].insured) == (-72, -28)

    def test_costs_of_the_covered_part(self):
        """The insured pays the uninsured fifth of the costs."""
        result = share([Recovery(D(10000), D(1500))], cost_mode="insurer_covered_part")
        assert result.shares[0].costs_borne_by_insured == 300
        assert result.final_loss_of_insured == 25500

    def test_split_and_rounding_by_receipt(self):
        """Each receipt on its own: 3 x 0.01 x 72 % gives the insurer 3 cents."""
        result = share(["0.01", "0.01", "0.01"])
        assert (result.insurer_total, result.insured_total) == (D("0.03"), 0)

    def test_guarantee_for_the_insured_part_first(self):
        """All of it against the insured loss: 90 % instead of 72 %."""
        row = Recovery(D(10000), is_guarantee=True)
        assert share([row]).insurer_total == 9000
        assert share([row], mode="pool_then_percentage").insurer_total == 9000

    def test_by_date_shown_as_given(self):
        """The cap is used up by the dates, the rows stay in their order."""
        rows = [
            Recovery(D(60000), day=on("03-01")),
            Recovery(D(60000), day=on("02-01")),
        ]
        result = share(rows)
        assert [row.insurer for row in result.shares] == [28800, 43200]

    @pytest.mark.parametrize("guarantee", [False, True])
    @pytest.mark.parametrize(
        "mode", ["share_of_total_loss", "pool_then_percentage", "insurer_first"]
    )
    def test_nothing_paid(self, mode, guarantee):
        """No indemnity, no debt: everything is the insured's."""
        row = Recovery(D(50), is_guarantee=guarantee)
        empty = share([row], total_debt=0, insured_loss=0, indemnity=0, mode=mode)
        assert (empty.insurer_total, empty.insured_total) == (0, 50)

    @pytest.mark.parametrize("seed", range(200))
    def test_sums(self, seed):
        """Insurer + insured = net, insurer never above the indemnity."""
        rng = random.Random(seed)
        debt = D(rng.randint(1, 10**7)) / 100
        loss = (debt * rng.randint(0, 100) / 100).quantize(D("0.01"), "ROUND_DOWN")
        indemnity = (loss * rng.randint(0, 100) / 100).quantize(D("0.01"), "ROUND_DOWN")
        rows = [
            Recovery(D(rng.randint(1, 10**6)) / 100, D(rng.randint(0, 10**4)) / 100)
            for _row in range(rng.randint(1, 12))
        ]
        result = share(
            rows,
            total_debt=debt,
            insured_loss=loss,
            indemnity=indemnity,
            mode=rng.choice(
                ["share_of_total_loss", "pool_then_percentage", "insurer_first"]
            ),
            cost_mode=rng.choice(["net", "insurer_covered_part"]),
        )
        for row in result.shares:
            assert row.insurer + row.insured == row.net
        nets = sum(row.net for row in result.shares)
        assert result.insurer_total + result.insured_total == nets
        assert result.insurer_total <= indemnity

    @pytest.mark.parametrize(
        "terms",
        [
            {"insured_loss": 100001},
            {"indemnity": 100001},
            {"mode": "fair"},
            {"cost_mode": "fair"},
            {"pct": 101},
            {"total_debt": 1.5},
        ],
    )
    def test_bad_input(self, terms):
        """One clear sentence."""
        with pytest.raises(ValueError, match=r"\.$"):
            share([1], **terms)


class TestCurrency:
    @pytest.mark.parametrize(
        "rule, expected", [("lower", 92000), ("invoice", 92000), ("loss", 95000)]
    )
    def test_rates(self, rule, expected):
        """Rate of the invoice, of the loss, or the lower."""
        loss = currency.convert_loss(D(100000), D("0.92"), D("0.95"), rule, D(90))
        assert (loss.policy_amount, loss.indemnity) == (expected, expected * D("0.9"))

    def test_indemnity_from_the_unrounded_amount(self):
        """0.05 x 0.9 = 0.045; 50 % of that is 0.02, not 0.03."""
        loss = currency.convert_loss(D("0.05"), D("0.9"), D("0.9"), "loss", D(50))
        assert (loss.policy_amount, loss.indemnity) == (D("0.05"), D("0.02"))

    def test_convert(self):
        """Rounded half up to the policy currency."""
        assert currency.convert(D("1.5"), D("1.23")) == D("1.85")
        assert currency.convert(D(1), D("163.5"), 0) == 164
        for rate in (D(0), D(-1), 1.1):
            with pytest.raises(ValueError, match=r"\.$"):
                currency.convert(D(1), rate)
        with pytest.raises(ValueError, match="currency rule"):
            currency.convert_loss(D(1), D(1), D(1), "best", D(90))


class TestSizing:
    @pytest.mark.parametrize(
        "turnover, days, theoretical, asked",
        [
            (730000, 45, "90000.00", "90000.00"),
            (500000, 60, "82191.78", "83000.00"),
            (0, 60, "0.00", "0.00"),
            (365, 1, "1.00", "1000.00"),
        ],
    )
    def test_needed_limit(self, turnover, days, theoretical, asked):
        """Turnover x days / 365, up to the next thousand."""
        need = sizing.needed_limit(D(turnover), days)
        assert (str(need.theoretical), str(need.request)) == (theoretical, asked)

    def test_other_step(self):
        """The step is a parameter; nought is none."""
        assert sizing.needed_limit(D(500000), 60, D(5000)).request == 85000
        with pytest.raises(ValueError, match="above 0"):
            sizing.needed_limit(D(1), 1, D(0))

    def test_maximum_liability(self):
        """Shortfall, gross loss carried, multiple needed."""
        check = sizing.check_maximum_liability(D(30000), D(20), D(1000000), D(75))
        assert (check.max_liability, check.shortfall) == (600000, 150000)
        assert (check.gross_loss_supported, check.multiple_needed) == (800000, 25)
        least = sizing.check_maximum_liability(D(10), D(20), D(100), D(50), D(20))
        assert (least.max_liability, least.multiple_needed) == (400, D("2.50"))
        none = sizing.check_maximum_liability(D(0), D(20), D(100), D(0))
        assert none.gross_loss_supported is none.multiple_needed is None


class TestStory:
    def tell(self, recoveries=(), indemnity=None, **more):
        terms = story.StoryTerms(
            cover=CoverTerms(),
            deadlines=DeadlineTerms(
                mep=Span(60),
                noa=Clock("mep", Span(30)),
                waiting=Clock("due", Span(months=6)),
                settlement=Span(30),
            ),
            indemnity=indemnity or IndemnityTerms(),
        )
        facts = {"invoiced": on("01-10"), "due": on("02-09"), **more}
        buyer = story.BuyerStory(
            id="X",
            facts=DeadlineFacts(**facts),
            decisions=(Decision("grant", on("01-01"), D(800)),),
            items=(Item("A", on("01-10"), on("02-09"), D(1000)),),
            recoveries=recoveries,
        )
        return story.tell(terms, [buyer], on("07-01"))

    def test_money_by_its_date(self):
        """Loss on 9 August, settlement on 8 September: receipt, salvage, recovery."""
        rows = [
            Recovery(D(100), day=on("08-09")),
            Recovery(D(90), day=on("08-10")),
            Recovery(D(180), day=on("09-08")),
        ]
        told = self.tell(rows)
        row = told.buyers["X"].coverage.item("A")
        assert (row.open, row.covered) == (900, 700)  # A itself stops moving up
        settled = told.indemnity.claim("X")
        assert settled.insured_loss == 630  # 700 - 90 x 700/900
        assert settled.indemnity == 567
        assert settled.insured_share == 900 - 90 - 567
        assert told.recovery["X"].insurer_total == 126  # 180 x 567/810

    def test_late_notice_voids(self):
        """11 May is a day late."""
        told = self.tell(noa_sent=on("05-11"))
        assert told.indemnity.claim("X").status == "void"
        assert self.tell(noa_sent=on("05-10")).indemnity.total_indemnity == 720

    def test_insolvency_of_the_clock_ends_cover(self):
        """The account learns of it from the clock's facts."""
        told = self.tell(insolvency=on("03-01"))
        assert told.buyers["X"].coverage.as_of == on("03-01")
        assert told.buyers["X"].coverage.stop_shipment

    def test_no_loss_yet(self):
        """Paid: no claim, cover as of the day asked."""
        told = self.tell([Recovery(D(5), day=on("06-02"))], paid=on("06-01"))
        assert told.indemnity.claims == ()
        assert told.buyers["X"].coverage.as_of == on("07-01")

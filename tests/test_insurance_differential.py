"""The replay against a deliberately naive second one, on seeded random accounts."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo
from insurance_naive import NaiveReplay

from odoo.addons.arm_insurance.tools.account import Events, Item, Receipt
from odoo.addons.arm_insurance.tools.dates import Span
from odoo.addons.arm_insurance.tools.limits import Decision
from odoo.addons.arm_insurance.tools.replay import replay
from odoo.addons.arm_insurance.tools.terms import CoverTerms

D = Decimal
START = date(2026, 1, 1)
DAYS = 90


class Maker:
    """Makes one random account; days collide often, so that order matters."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.as_of = START + timedelta(days=self.random.randint(20, DAYS))

    def chance(self, probability):
        return self.random.random() < probability

    def day(self, first=0, last=DAYS):
        return START + timedelta(days=self.random.randint(first, last))

    def amount(self, lowest=1, highest=100):
        whole = D(self.random.randint(lowest, highest) * 100)
        return whole + (D(self.random.randint(1, 99)) / 100 if self.chance(0.4) else 0)

    def terms(self):
        pick = self.random.choice
        return CoverTerms(
            start=pick([date(2000, 1, 1), self.day(0, 20)]),
            end=pick([date(2099, 12, 31), self.day(50, 80)]),
            attachment=pick(["risk_attaching"] * 3 + ["losses_occurring"]),
            vat_covered=self.chance(0.3),
            max_terms_days=pick([None, None, 30, 20]),
            terms_basis=pick(["invoice", "delivery"]),
            max_invoicing_days=pick([None, None, 3]),
            mep=pick([None, Span(days=0), Span(10), Span(20), Span(45), Span(5, 1)]),
            mep_basis=pick(["due", "due", "invoice", "extended"]),
            allocation=pick(["fifo", "designated"]),
            overlimit=pick(["revolving", "revolving", "at_shipment"]),
            coverage_method=pick(["replay"] * 5 + ["snapshot"]),
            partial_rule=pick(["covered_first", "uncovered_first", "pro_rata"]),
            stop_min_amount=pick([D(0), D(0), D(500)]),
            disputed_triggers_stop=self.chance(0.3),
            runoff_days=pick([0, 0, 7]),
            retro_days=pick([0, 0, 5]),
        )

    def decision(self, kind):
        temporary = kind != "increase" and self.chance(0.2)
        until = self.day(10) if temporary or self.chance(0.15) else None
        return Decision(
            kind=kind,
            decided=self.day(),
            amount=self.random.choice([D(0), *[self.amount(20, 200)] * 6]),
            effective=self.day() if self.chance(0.2) else None,
            until=until,
            runoff_days=self.random.choice([None, None, 0, 10]),
            retro_days=self.random.choice([None, None, 0, 15]),
            limit_type="temporary"
            if temporary
            else self.random.choice(["named", "named", "discretionary", "blind"]),
            pct=self.random.choice([None, None, D("87.5")]),
            max_terms_days=self.random.choice([None, None, None, 25]),
            mep=self.random.choice([None, None, None, Span(15)]),
        )

    def decisions(self):
        kinds = ["increase", "reduce", "withdraw", "grant", "expire", "refuse"]
        rows = [self.decision("grant")]
        if self.chance(0.7):
            rows = [Decision("grant", START - timedelta(days=5), self.amount(50, 200))]
        for _index in range(self.random.randint(0, 4)):
            rows.append(self.decision(self.random.choice(kinds)))
        return rows

    def item(self, index):
        invoiced = self.day()
        gross = self.amount()
        delivered = None
        if self.chance(0.4):
            delivered = invoiced + timedelta(days=self.random.randint(-6, 3))
        due = invoiced + timedelta(days=self.random.choice([0, 5, 10, 20, 30, 31]))
        return Item(
            id=f"i{index}",
            invoiced=invoiced,
            due=due,
            gross=gross,
            vat=cents_of(gross, 21, 121) if self.chance(0.5) else D(0),
            charges=D("1.23") if self.chance(0.1) else D(0),
            delivered=delivered,
            extended_due=due + timedelta(days=9) if self.chance(0.2) else None,
            last_due=due + timedelta(days=30) if self.chance(0.1) else None,
            disputes=tuple(self.disputes()),
            insurer_consent=self.chance(0.15),
            excluded="prepayment" if self.chance(0.05) else "",
        )

    def disputes(self):
        while self.chance(0.2):
            first = self.day()
            open_end = self.chance(0.3)
            yield (
                first,
                None
                if open_end
                else first + timedelta(days=self.random.randint(0, 30)),
            )

    def receipts(self, items):
        kinds = ["payment"] * 7 + ["credit_note", "write_off", "discount"]
        received, rows = D(0), []
        for day in sorted(self.day() for _index in range(self.random.randint(0, 14))):
            item = self.random.choice(items)
            kind = self.random.choice(kinds)
            named = kind in ("write_off", "discount") or self.chance(0.6)
            amount = self.random.choice([item.gross, self.amount(1, 60), D("33.33")])
            rows.append(Receipt(day, amount, item.id if named else None, kind))
            if kind == "payment":
                received += amount
                if self.chance(0.15):
                    back = min(received, self.random.choice([amount, D(150)]))
                    received -= back
                    later = day + timedelta(days=self.random.choice([0, 0, 3]))
                    named = self.random.choice([item.id, None])
                    rows.append(Receipt(later, -back, named))
        return rows

    def events(self):
        return Events(
            insolvency=self.day(30) if self.chance(0.15) else None,
            hand_over=self.day(30) if self.chance(0.1) else None,
        )

    def account(self):
        items = [self.item(index) for index in range(self.random.randint(1, 9))]
        return (
            self.terms(),
            self.decisions(),
            items,
            self.receipts(items),
            self.as_of,
            self.events(),
        )


def cents_of(gross, part, whole):
    return (gross * part / whole).quantize(D("0.01"))


def rows_of(coverage):
    return [
        (
            row.id,
            row.open,
            row.insurable,
            row.covered,
            row.suspended,
            row.uncovered,
            row.insured_amount,
            row.status,
        )
        for row in coverage.items
    ]


@pytest.mark.parametrize("block", range(20))
def test_replay_equals_the_naive_one(block):
    """Same rows, totals, limit and stop, whatever the policy says."""
    for seed in range(block * 100, block * 100 + 100):
        account = Maker(seed).account()
        expected = NaiveReplay(*account).run().result()
        got = replay(*account)
        assert rows_of(got) == expected["rows"], seed
        totals = got.totals
        assert (
            totals.open,
            totals.insurable,
            totals.covered,
            totals.suspended,
            totals.uncovered,
            totals.insured_amount,
        ) == expected["totals"], seed
        assert got.limit == expected["limit"], seed
        assert got.stop_shipment == expected["stop"], seed
        assert got.credit == expected["credit"], seed

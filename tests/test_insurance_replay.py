"""The coverage replay: worked by hand, explained, and fast."""

import random
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools import codes
from odoo.addons.arm_insurance.tools.account import Events, Item, Receipt
from odoo.addons.arm_insurance.tools.dates import Span
from odoo.addons.arm_insurance.tools.limits import Decision
from odoo.addons.arm_insurance.tools.replay import replay
from odoo.addons.arm_insurance.tools.terms import CoverTerms
from odoo.addons.arm_insurance.tools.topup import replay_top_up

D = Decimal


def on(text):
    return date.fromisoformat(f"2026-{text}")


def item(name, invoiced, gross, days=30, **more):
    for key in ("delivered", "extended_due"):
        if key in more:
            more[key] = on(more[key])
    day = on(invoiced)
    return Item(name, day, day + timedelta(days=days), D(gross), **more)


def paid(day, amount, invoice=None, kind="payment"):
    return Receipt(on(day), D(amount), invoice, kind)


def grant(amount, day="01-01", **more):
    return Decision("grant", on(day), D(amount), **more)


def run(items, receipts=(), decisions=None, as_of="06-30", events=None, **terms):
    rows = [grant(100)] if decisions is None else decisions
    return replay(CoverTerms(**terms), rows, items, receipts, on(as_of), events)


def covered(result):
    return {row.id: row.covered for row in result.items}


class TestOrderOfTheDay:
    def test_receipt_before_delivery(self):
        """Money of the day lifts the stop for the deliveries of the day."""
        items = [item("A", "01-02", 50), item("B", "04-10", 20)]
        result = run(items, [paid("04-10", 50)], as_of="04-10")
        assert result.item("B").status == codes.COVERED
        late = run(items, [paid("04-11", 50)], as_of="04-11")
        assert late.item("B").status == codes.STOP_SHIPMENT

    def test_credit_note_before_receipt(self):
        """The credit note takes its own invoice, the receipt then the oldest."""
        items = [item("A", "01-02", 50), item("B", "01-03", 50)]
        receipts = [paid("02-01", 60), paid("02-01", 50, "A", "credit_note")]
        result = run(items, receipts, as_of="02-01")
        assert (result.item("A").open, result.item("B").open) == (0, 0)
        assert result.credit == 10

    def test_same_day_deliveries_by_sequence(self):
        """The order of the invoices decides who gets the rest of the limit."""
        items = [item("B", "01-05", 70), item("A", "01-05", 70)]
        assert covered(run(items, as_of="01-05")) == {"B": 70, "A": 30}

    def test_fifo_by_due_then_invoice_then_sequence(self):
        """Receipts follow the due date, not the delivery."""
        items = [item("A", "01-05", 40, 60), item("B", "01-10", 40, 10)]
        result = run(items, [paid("02-01", 30)], as_of="02-01")
        assert (result.item("A").open, result.item("B").open) == (40, 10)

    def test_grant_and_delivery_on_one_day(self):
        """A limit works on its first day."""
        result = run([item("A", "01-05", 40)], decisions=[grant(100, "01-05")])
        assert result.item("A").covered == 40


class TestReceipts:
    def test_payment_on_account_waits(self):
        """Paid before: the next invoice takes it, the one that is due first."""
        items = [item("A", "01-05", 40, 60), item("B", "01-05", 40, 10)]
        result = run(items, [paid("01-02", 50)], as_of="01-05")
        assert (result.item("A").open, result.item("B").open) == (30, 0)

    def test_designated_waits_for_its_invoice(self):
        """A named receipt is kept aside while older items are open; its rest not."""
        items = [item("A", "01-05", 40), item("B", "02-05", 40)]
        early = run(
            items, [paid("01-20", 50, "B")], as_of="01-25", allocation="designated"
        )
        assert early.item("A").open == 40
        assert early.not_delivered == ("B",)
        later = run(
            items, [paid("01-20", 50, "B")], as_of="02-05", allocation="designated"
        )
        assert (later.item("A").open, later.item("B").open) == (30, 0)

    def test_write_off_is_no_money(self):
        """It lowers its own invoice and never pays another one."""
        items = [item("A", "01-05", 40), item("B", "01-06", 40)]
        receipts = [paid("02-01", 40), paid("02-02", 15, "A", "write_off")]
        result = run(items, receipts, as_of="02-02")
        assert (result.item("A").open, result.item("B").open) == (0, 40)

    def test_discount_goes_to_its_invoice(self):
        """Cash discount on B while the money itself pays A."""
        items = [item("A", "01-05", 98), item("B", "01-06", 100)]
        receipts = [paid("02-01", 98, "B"), paid("02-01", 2, "B", "discount")]
        result = run(items, receipts, as_of="02-01")
        assert (result.item("A").open, result.item("B").open) == (0, 98)

    def test_returned_debit_reopens(self):
        """The latest use is undone; cover comes back only where there is room."""
        items = [item("A", "01-05", 60), item("B", "01-10", 60)]
        receipts = [paid("02-01", 60), paid("02-10", -60)]
        before = run(items, receipts, as_of="02-09")
        assert covered(before) == {"A": 0, "B": 60}
        after = run(items, receipts, as_of="02-10")
        assert after.item("A").open == 60
        assert covered(after) == {"A": 40, "B": 60}

    def test_returned_debit_can_stop_cover(self):
        """The original due date counts, also for what was reopened."""
        items = [item("A", "01-05", 60), item("B", "05-10", 10)]
        receipts = [paid("02-01", 60), paid("05-01", -60)]
        result = run(items, receipts, as_of="05-10")
        assert result.item("B").status == codes.STOP_SHIPMENT

    def test_more_returned_than_received(self):
        """That cannot be."""
        with pytest.raises(ValueError, match="exceeds what was received"):
            run([item("A", "01-05", 60)], [paid("02-01", 5), paid("02-02", -6)])

    def test_negative_item_is_a_receipt(self):
        """An unallocated credit counts on its date and has no row of its own."""
        items = [item("A", "01-05", 60), item("C", "01-20", -25)]
        result = run(items, as_of="02-01")
        assert covered(result) == {"A": 35}

    def test_future_receipts_do_not_count(self):
        """Replayed to a day: nothing after it is known."""
        result = run([item("A", "01-05", 60)], [paid("02-02", 60)], as_of="02-01")
        assert result.item("A").open == 60

    def test_unknown_invoice(self):
        """A credit note of an invoice that is not there is an error."""
        with pytest.raises(ValueError, match="unknown invoice X"):
            run([item("A", "01-05", 60)], [paid("02-01", 1, "X", "credit_note")])

    def test_double_id(self):
        """Two items with one id are an error."""
        with pytest.raises(ValueError, match="given twice"):
            run([item("A", "01-05", 60), item("A", "01-06", 60)])


class TestPartialRule:
    """A is paid, 30 of B's 60 too, after a withdrawal: B had 20 of 60 covered."""

    @pytest.mark.parametrize(
        "rule, expected",
        [("covered_first", 0), ("uncovered_first", 20), ("pro_rata", 10)],
    )
    def test_frozen(self, rule, expected):
        """COV-26: the three rules differ when nothing can move up."""
        rows = [grant(100), Decision("withdraw", on("02-01"))]
        items = [item("A", "01-05", 80), item("B", "01-20", 60)]
        result = run(items, [paid("02-10", 110)], rows, "02-20", partial_rule=rule)
        assert result.item("B").covered == expected

    @pytest.mark.parametrize("rule", ["covered_first", "uncovered_first", "pro_rata"])
    def test_not_frozen(self, rule):
        """While cover moves up all three end with the same cover."""
        items = [item("A", "01-05", 80), item("B", "01-20", 60)]
        result = run(items, [paid("02-10", 110)], as_of="02-20", partial_rule=rule)
        assert result.item("B").covered == 30


class TestLimitChanges:
    def test_reduction_uncovers_nothing_and_blocks_room(self):
        """150 covered under a limit of 60: only when 90 are paid there is room."""
        items = [item("A", "01-05", 150), item("B", "02-05", 50)]
        rows = [grant(200), Decision("reduce", on("02-01"), D(60))]
        assert covered(run(items, (), rows, "02-05")) == {"A": 150, "B": 0}
        half = run(items, [paid("02-10", 95)], rows, "02-10")
        assert covered(half) == {"A": 55, "B": 5}

    def test_increase_covers_old_excess_on_its_day(self):
        """Not the day before."""
        rows = [grant(100), Decision("increase", on("02-10"), D(130))]
        items = [item("A", "01-05", 120)]
        assert covered(run(items, (), rows, "02-09")) == {"A": 100}
        assert covered(run(items, (), rows, "02-10")) == {"A": 120}

    def test_old_percentage_stays(self):
        """A later change does not touch the delivery."""
        rows = [grant(100), Decision("increase", on("02-10"), D(200), pct=D(50))]
        items = [item("A", "01-05", 120), item("B", "02-10", 40)]
        result = run(items, (), rows, "02-10")
        assert [row.insured_amount for row in result.items] == [108, 20]

    def test_nothing_moves_up_after_an_end(self):
        """Expiry freezes: the receipt frees room that nobody gets."""
        rows = [grant(100, until=on("02-28"))]
        items = [item("A", "01-05", 100), item("B", "01-20", 50)]
        result = run(items, [paid("03-01", 100)], rows, "03-01")
        assert covered(result) == {"A": 0, "B": 0}
        assert result.item("B").reasons[:2] == (codes.OVER_LIMIT, codes.FROZEN_NO_LIMIT)
        in_time = run(items, [paid("02-28", 100)], rows, "03-01")
        assert covered(in_time) == {"A": 0, "B": 50}

    def test_temporary_limit_leaves_cover_behind(self):
        """What the extra amount covered stays covered when it ends."""
        rows = [
            grant(100),
            Decision(
                "grant", on("02-01"), D(50), until=on("02-28"), limit_type="temporary"
            ),
        ]
        items = [
            item("A", "01-05", 100),
            item("B", "02-10", 60),
            item("C", "03-05", 10),
        ]
        assert covered(run(items, (), rows, "03-05")) == {"A": 100, "B": 50, "C": 0}

    def test_retroactive_waits_and_keeps_its_place(self):
        """Let in on 15 March, before a younger delivery of that day."""
        rows = [grant(30, "03-15", retro_days=30)]
        items = [item("A", "02-20", 20), item("B", "03-15", 20)]
        early = run(items, (), rows, "03-14")
        assert early.item("A").reasons == (
            codes.OVER_LIMIT,
            codes.LET_IN_LATER,
            codes.RETROACTIVE,
        )
        assert covered(run(items, (), rows, "03-15")) == {"A": 20, "B": 10}

    def test_retroactive_at_shipment(self):
        """Without moving up it is covered on the day it is let in."""
        rows = [grant(30, "03-15", retro_days=30)]
        items = [item("A", "02-20", 20)]
        result = run(items, (), rows, "03-20", overlimit="at_shipment")
        assert covered(result) == {"A": 20}


class TestEndOfCover:
    def test_insolvency_freezes_from_the_next_day(self):
        """Nothing moves up after the day of insolvency."""
        items = [item("A", "01-05", 100), item("B", "01-20", 50)]
        for day, expected in (("02-10", 50), ("02-11", 0)):
            result = run(
                items,
                [paid(day, 100)],
                as_of="02-20",
                events=Events(insolvency=on("02-10")),
            )
            assert result.item("B").covered == expected
            assert result.stop_shipment

    def test_shipping_flag_on_the_day(self):
        """When the day of insolvency is over, nothing may be shipped."""
        events = Events(hand_over=on("02-10"))
        items = [item("A", "01-05", 10)]
        assert not run(items, as_of="02-09", events=events).stop_shipment
        assert run(items, as_of="02-10", events=events).stop_shipment


class TestStopInTheReplay:
    def test_no_moving_up_during_a_stop_but_consented_items(self):
        """A stops cover from 6 April; 50 paid on B leave room for C only by consent."""
        for consent, expected in ((False, 0), (True, 45)):
            items = [
                item("A", "01-05", 50),
                item("B", "01-20", 50, 60),
                item("C", "02-01", 45, 90, insurer_consent=consent),
            ]
            result = run(
                items,
                [paid("04-20", 50, "B")],
                as_of="04-21",
                allocation="designated",
            )
            assert result.item("C").covered == expected
            assert result.stop.item_id == "A"
            assert result.stop.days_over == (on("04-21") - on("04-05")).days

    def test_moving_up_resumes_when_the_dispute_starts(self):
        """A disputed item stops nothing: excess moves up on the day it is disputed."""
        items = [
            item("A", "01-05", 50, disputes=((on("05-01"), on("05-10")),)),
            item("B", "01-20", 50, 90),
            item("C", "02-01", 30, 90),
        ]
        receipts = [paid("04-20", 50, "B")]
        kwargs = {"allocation": "designated"}
        assert covered(run(items, receipts, as_of="04-30", **kwargs))["C"] == 0
        result = run(items, receipts, as_of="05-01", **kwargs)
        assert covered(result)["C"] == 30
        assert result.item("A").status == codes.DISPUTED
        assert result.item("A").suspended == 50
        again = run(items, receipts, as_of="05-11", **kwargs)
        assert again.stop_shipment and again.item("A").covered == 50

    def test_prepaid_late_delivery_does_not_stop_itself(self):
        """An advance invoice, long due, but paid before the delivery."""
        items = [item("A", "01-05", 50, 10, delivered="06-01")]
        result = run(items, [paid("01-10", 50)], as_of="06-01")
        assert result.item("A").status == codes.PAID
        unpaid = run(items, as_of="06-01")
        assert unpaid.item("A").covered == 0 and unpaid.stop_shipment

    def test_months_from_invoice(self):
        """German style: 4 months from the invoice, expiry day free."""
        items = [item("A", "01-31", 50), item("B", "05-31", 10), item("C", "06-01", 10)]
        result = run(items, as_of="06-01", mep=Span(months=4), mep_basis="invoice")
        assert [row.status for row in result.items[1:]] == ["COVERED", "STOP_SHIPMENT"]

    def test_amount_to_lift(self):
        """A stops from 6 April, B from the 7th: both must be paid then."""
        items = [item("A", "01-05", 50), item("B", "01-06", 20), item("C", "03-01", 5)]
        assert run(items, as_of="04-05").stop is None
        assert run(items, as_of="04-06").stop.amount_to_lift == 50
        stop = run(items, as_of="04-07").stop
        assert (stop.item_id, stop.amount_to_lift) == ("A", 70)


class TestInsurableAmount:
    def test_vat_and_charges(self):
        """Interest and fees never enter, VAT only where it is insured."""
        items = [item("A", "01-05", "121", vat=D(20), charges=D(1))]
        assert run(items, as_of="01-05").item("A").insurable == 100
        assert run(items, as_of="01-05", vat_covered=True).item("A").insurable == 120

    def test_receipt_pays_tax_and_net_alike(self):
        """Half paid: half of the net is left."""
        items = [item("A", "01-05", "121", vat=D(21))]
        row = run(items, [paid("02-01", "60.50")], as_of="02-01").item("A")
        assert (row.open, row.insurable, row.covered) == (D("60.50"), 50, 50)
        assert codes.VAT_EXCLUDED in row.reasons

    def test_uneven_tax_leaves_no_dust(self):
        """Net / gross is endless, yet nothing is left uncovered or over."""
        items = [item("A", "01-05", "100", vat=D("17.3"))]
        receipts = [paid("02-01", "33.33"), paid("02-02", "33.33")]
        row = run(items, receipts, as_of="02-02").item("A")
        assert row.status == codes.COVERED
        assert row.covered == D("27.57")  # 33.34 x 0.827 = 27.57218
        assert (
            run(items, [paid("02-01", 100)], as_of="02-02").item("A").status == "PAID"
        )

    def test_zero_invoice(self):
        """An invoice of nought is paid."""
        assert run([item("A", "01-05", 0)]).item("A").status == codes.PAID


class TestSnapshot:
    def test_lesser_of_balance_and_limit(self):
        """History does not matter where the wording says so."""
        rows = [grant(200), Decision("reduce", on("02-01"), D(60))]
        items = [item("A", "01-05", 40), item("B", "01-06", 100)]
        result = run(items, (), rows, "02-10", coverage_method="snapshot")
        assert covered(result) == {"A": 40, "B": 20}
        gone = [*rows, Decision("withdraw", on("02-05"))]
        after = run(items, (), gone, "02-10", coverage_method="snapshot")
        assert covered(after) == {"A": 0, "B": 0}


class TestExplanation:
    def test_story_of_an_item(self):
        """Every change of the item with the state of its day."""
        rows = [grant(100), Decision("increase", on("03-01"), D(120))]
        items = [item("A", "01-05", 80), item("B", "01-20", 60)]
        result = run(items, [paid("02-10", 10), paid("04-01", 200)], rows, "04-01")
        steps = [(step.day, step.code, step.amount) for step in result.steps("B")]
        assert steps == [
            (on("01-20"), codes.STEP_DELIVERED, 60),
            (on("01-20"), codes.STEP_COVERED, 20),
            (on("02-10"), codes.STEP_MOVED_UP, 10),
            (on("03-01"), codes.STEP_MOVED_UP, 20),
            (on("04-01"), codes.STEP_RECEIPT, -60),
        ]
        story = result.explain("B")
        assert [state.day for state, _steps in story] == [
            on(day) for day in ("01-20", "02-10", "03-01", "04-01")
        ]
        assert story[0][0].room == 0 and story[0][0].limit == 100

    def test_refused_delivery_names_its_stop(self):
        """The day shows which item stopped cover."""
        items = [item("A", "01-05", 80), item("B", "04-20", 60)]
        story = run(items, as_of="05-01").explain("B")
        state, steps = story[0]
        assert (state.stop_item, steps[0].code) == ("A", codes.STOP_SHIPMENT)
        assert state.frozen == (codes.FROZEN_STOP,)

    def test_freeze_without_own_steps_is_told(self):
        """A day on which only the reason changed belongs to the story."""
        rows = [grant(50), Decision("withdraw", on("02-09"))]
        story = run([item("A", "01-05", 80)], (), rows, "03-01").explain("A")
        assert story[-1][0].frozen == (codes.FROZEN_WITHDRAWN,)
        assert story[-1][1] == ()

    def test_limit_full_and_fixed(self):
        """Why is it not covered?"""
        items = [item("A", "01-05", 100), item("B", "01-20", 50)]
        assert run(items, as_of="02-01").item("B").reasons == (
            "OVER_LIMIT",
            "LIMIT_FULL",
        )
        fixed = run(items, as_of="02-01", overlimit="at_shipment").item("B")
        assert fixed.reasons == ("OVER_LIMIT", "FIXED_AT_SHIPMENT")

    def test_trace_can_be_left_out(self):
        """Same figures without a trace."""
        terms, rows = CoverTerms(), [grant(100)]
        items = [item("A", "01-05", 80), item("B", "01-20", 60)]
        plain = replay(terms, rows, items, [], on("02-01"), trace=False)
        traced = replay(terms, rows, items, [], on("02-01"))
        assert plain.items == traced.items and plain.totals == traced.totals
        assert not plain.days and not plain.steps("A")

    def test_unknown_item(self):
        """Asked for an item that is not there."""
        with pytest.raises(ValueError, match="no delivered item X"):
            run([]).explain("X")

    def test_empty_account(self):
        """Nothing there: nothing covered, limit shown."""
        result = run([])
        assert (result.items, result.totals.open, result.limit) == ((), 0, 100)


class TestTopUp:
    def both(self, items, receipts, as_of, first, second, **terms):
        return replay_top_up(
            CoverTerms(**terms),
            second,
            items,
            receipts,
            on(as_of),
            None,
            CoverTerms(),
            first,
        )

    def test_covers_the_remainder(self):
        """100 + 50 of an exposure of 180; items refused below leave nothing."""
        items = [
            item("N", "01-01", 40),
            item("A", "01-05", 120),
            item("B", "01-06", 60),
        ]
        first, second = self.both(
            items, [], "01-10", [grant(100, "01-02")], [grant(50, "01-02")]
        )
        assert covered(first) == {"N": 0, "A": 100, "B": 0}
        assert covered(second) == {"N": 0, "A": 20, "B": 30}
        assert second.item("A").insurable == 20

    def test_at_most_doubles_the_first(self):
        """The limit of the primary policy caps the second."""
        items = [item("A", "01-05", 300)]
        _first, second = self.both(items, [], "01-10", [grant(100)], [grant(150)])
        assert (second.totals.covered, second.limit) == (100, 100)

    def test_moving_up_below_makes_room_above(self):
        """A paid: B moves into the primary, C into the top-up."""
        items = [
            item("A", "01-05", 100),
            item("B", "01-06", 50),
            item("C", "01-07", 50),
        ]
        rows = [grant(100)], [grant(50)]
        before = self.both(items, [], "01-20", *rows)
        assert covered(before[1]) == {"A": 0, "B": 50, "C": 0}
        first, second = self.both(items, [paid("01-20", 60)], "01-20", *rows)
        assert covered(first) == {"A": 40, "B": 50, "C": 10}
        assert covered(second) == {"A": 0, "B": 0, "C": 40}

    def test_receipt_on_a_shared_item_counts_once(self):
        """Primary withdrawn: the receipt eats the primary's part, not both."""
        rows = [grant(60), Decision("withdraw", on("01-10"))], [grant(40)]
        items = [item("A", "01-05", 100)]
        first, second = self.both(items, [paid("01-20", 50)], "01-20", *rows)
        assert (first.item("A").covered, second.item("A").covered) == (10, 40)


class TestInvariants:
    @staticmethod
    def account(seed):
        rng = random.Random(seed)
        items, receipts = [], []
        for index in range(200):
            day = date(2026, 1, 1) + timedelta(days=rng.randint(0, 300))
            gross = D(rng.randint(100, 200000)) / 100
            vat = (gross * rng.choice([0, 7, 19]) / 119).quantize(D("0.01"))
            due = day + timedelta(days=rng.choice([14, 30, 60]))
            items.append(Item(str(index), day, due, gross, vat))
            if rng.random() < 0.9:
                paid_on = day + timedelta(days=rng.randint(5, 100))
                receipts.append(Receipt(paid_on, gross))
        rows = [grant(rng.randint(5000, 40000))]
        for _index in range(4):
            kind = rng.choice(["increase", "reduce"])
            day = date(2026, 1, 1) + timedelta(days=rng.randint(0, 300))
            rows.append(Decision(kind, day, D(rng.randint(1000, 60000))))
        return rows, items, receipts

    @pytest.mark.parametrize("seed", range(15))
    def test_sums_and_bounds(self, seed):
        """Parts add up; cover never exceeds the highest limit so far, on any day."""
        rows, items, receipts = self.account(seed)
        result = replay(CoverTerms(), rows, items, receipts, date(2026, 12, 31))
        for row in (*result.items, result.totals):
            parts = row.covered + row.suspended + row.uncovered
            assert parts == row.insurable
            assert 0 <= row.covered and 0 <= row.suspended <= row.insurable
            assert row.insurable <= row.open
        highest = 0
        for state in result.days:
            highest = max(highest, state.limit)
            assert state.covered <= highest
        received = sum(r.amount for r in receipts if r.day <= date(2026, 12, 31))
        delivered = sum(i.gross for i in items if i.risk_date <= date(2026, 12, 31))
        assert result.totals.open - result.credit == delivered - received

    @pytest.mark.parametrize("seed", range(10))
    def test_cover_of_yesterday_is_the_trace_of_today(self, seed):
        """A replay to an earlier day gives what the trace says of that day."""
        rows, items, receipts = self.account(seed)
        full = replay(CoverTerms(), rows, items, receipts, date(2026, 12, 31))
        for state in full.days[:: max(1, len(full.days) // 6)]:
            then = replay(CoverTerms(), rows, items, receipts, state.day)
            assert then.totals.covered == state.covered
            assert then.limit == state.limit

    @pytest.mark.parametrize("seed", range(10))
    def test_more_limit_covers_no_less(self, seed):
        """With one constant limit a higher one never covers less in total."""
        _rows, items, receipts = self.account(seed)
        totals = [
            run(items, receipts, [grant(limit)], "12-31").totals.covered
            for limit in (0, 5000, 20000, 10**9)
        ]
        assert totals == sorted(totals)


class TestSpeed:
    @pytest.mark.parametrize(
        "terms",
        [
            {},
            {"allocation": "designated"},
            {"overlimit": "at_shipment"},
            {"partial_rule": "pro_rata", "mep": None},
        ],
    )
    def test_ten_thousand_items(self, terms):
        """Under two seconds, trace included."""
        rng = random.Random(7)
        items, receipts = [], []
        for index in range(10_000):
            day = date(2018, 1, 1) + timedelta(days=index * 3 // 10)
            gross = D(rng.randint(100, 500000)) / 100
            vat = (gross * 21 / 121).quantize(D("0.01"))
            disputes = ()
            if rng.random() < 0.03:
                disputes = ((day + timedelta(40), day + timedelta(60)),)
            due = day + timedelta(days=rng.choice([14, 30, 60]))
            items.append(Item(str(index), day, due, gross, vat, disputes=disputes))
            if rng.random() < 0.93:
                paid_on = day + timedelta(days=rng.randint(10, 100))
                receipts.append(Receipt(paid_on, gross, str(index)))
        rows = [Decision("grant", date(2018, 1, 1), D(300000))]
        started = time.process_time()  # other sessions share the machine
        result = replay(CoverTerms(**terms), rows, items, receipts, date(2026, 6, 1))
        assert time.process_time() - started < 2
        assert len(result.items) == 10_000

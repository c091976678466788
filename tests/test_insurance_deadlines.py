"""Deadlines: every basis, every boundary, pauses, and what is not known yet."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools.account import Item
from odoo.addons.arm_insurance.tools.dates import Span
from odoo.addons.arm_insurance.tools.deadlines import (
    Clock,
    DeadlineFacts,
    deadlines,
    is_late,
    last_working_day,
    oldest_item,
    paused,
)
from odoo.addons.arm_insurance.tools.deadlines import DeadlineTerms as Terms

D = Decimal


def on(text):
    return date.fromisoformat(f"2026-{text}")


def clock(basis, days=0, months=0):
    return Clock(basis, Span(days, months))


def facts(**more):
    values = {"invoiced": "01-01", "due": "01-31", **more}
    return DeadlineFacts(
        **{
            name: on(value) if isinstance(value, str) else value
            for name, value in values.items()
        }
    )


ATRADIUS = Terms(
    mep=Span(60),
    noa=clock("mep", 30),
    noa_insolvency_days=10,
    waiting=clock("due", months=6),
    settlement=Span(30),
)


class TestPlain:
    def test_chain(self):
        """31 January + 60 days, + 30 days; + 6 months; + 30 days."""
        result = deadlines(ATRADIUS, facts())
        assert result.mep_expiry == on("04-01")
        assert result.stop_shipment_from == on("04-02")
        assert result.noa_deadline == on("05-01")
        assert result.waiting_end == result.date_of_loss == on("07-31")
        assert result.cause == "protracted_default"
        assert result.indemnity_due == on("08-30")

    def test_nothing_agreed(self):
        """No clause, no date, nothing late."""
        result = deadlines(Terms(), facts(noa_sent="12-01", claim_sent="12-01"))
        assert result.mep_expiry is result.noa_deadline is result.date_of_loss is None
        assert not (result.noa_late or result.claim_late or result.claim_early)

    @pytest.mark.parametrize(
        "basis, more, expected",
        [
            ("due", {}, "02-10"),
            ("extended", {}, "02-10"),
            ("extended", {"extended_due": "02-20"}, "03-02"),
            ("invoice", {}, "01-11"),
            ("delivery", {"delivered": "01-05"}, "01-15"),
            ("delivery", {}, "01-11"),
            ("mep", {}, "04-11"),
            ("noa", {"noa_sent": "05-01"}, "05-11"),
            ("claim", {"claim_sent": "05-02"}, "05-12"),
            ("collection", {"collection": "05-03"}, "05-13"),
            ("insolvency", {"insolvency": "12-01"}, "12-11"),
            ("policy_end", {"policy_end": "05-05"}, "05-15"),
        ],
    )
    def test_every_basis(self, basis, more, expected):
        """The waiting period may start in all these ways."""
        terms = Terms(mep=Span(60), waiting=clock(basis, 10))
        assert deadlines(terms, facts(**more)).waiting_end == on(expected)

    @pytest.mark.parametrize("basis", ["noa", "claim", "collection", "insolvency"])
    def test_unknown_while_the_basis_is_missing(self, basis):
        """Nothing sent: the end of the waiting period is not known."""
        result = deadlines(Terms(waiting=clock(basis, 10)), facts())
        assert result.waiting_end is result.date_of_loss is result.cause is None

    def test_claim_window_from_the_loss(self):
        """A window may hang on the date of loss."""
        terms = Terms(waiting=clock("due", 10), claim=clock("loss", 5))
        assert deadlines(terms, facts()).claim_deadline == on("02-15")

    def test_unknown_basis(self):
        """An unknown basis is an error."""
        with pytest.raises(ValueError, match="basis of a deadline"):
            clock("moon", 3)

    def test_mep_basis(self):
        """Months from the invoice."""
        terms = Terms(mep=Span(months=4), mep_basis="invoice")
        assert deadlines(terms, facts()).mep_expiry == on("05-01")


class TestInsolvency:
    @pytest.mark.parametrize(
        "day, loss, cause",
        [
            ("07-30", "07-30", "insolvency"),
            ("07-31", "07-31", "insolvency"),
            ("08-01", "07-31", "protracted_default"),
        ],
    )
    def test_earlier_of_both(self, day, loss, cause):
        """After the end of the waiting period it changes nothing."""
        result = deadlines(ATRADIUS, facts(insolvency=day))
        assert (result.date_of_loss, result.cause) == (on(loss), cause)

    def test_notice_is_shortened_never_lengthened(self):
        """10 days from the knowledge, or the normal day if that is earlier."""
        early = deadlines(ATRADIUS, facts(insolvency="02-01", insolvency_known="02-05"))
        assert early.noa_deadline == on("02-15")
        late = deadlines(ATRADIUS, facts(insolvency="02-01", insolvency_known="06-05"))
        assert late.noa_deadline == on("05-01")

    def test_known_on_the_day_unless_told(self):
        """Without a day of knowledge the insolvency itself counts."""
        result = deadlines(ATRADIUS, facts(insolvency="02-01"))
        assert result.noa_deadline == on("02-11")

    def test_settlement_takes_the_latest(self):
        """Loss, claim, documents: 30 days from the last of them."""
        result = deadlines(
            ATRADIUS,
            facts(insolvency="02-01", claim_sent="02-20", docs_complete="02-10"),
        )
        assert result.indemnity_due == on("03-22")


class TestLate:
    @pytest.mark.parametrize(
        "sent, paid, today, expected",
        [
            ("05-01", None, None, False),
            ("05-02", None, None, True),
            (None, None, None, False),
            (None, None, "05-01", False),
            (None, None, "05-02", True),
            (None, "05-01", "05-02", False),
            (None, "05-02", "05-03", True),
            ("05-03", "05-01", "05-03", False),
        ],
    )
    def test_rules(self, sent, paid, today, expected):
        """Sent after the day, or never; paid by the day means no duty."""
        dates = [day and on(day) for day in ("05-01", sent, paid, today)]
        assert is_late(*dates) is expected

    def test_no_deadline(self):
        """No duty is never late."""
        assert not is_late(None, on("05-01"))

    def test_claim_too_early(self):
        """Before the first day is told apart from late."""
        terms = Terms(claim_earliest=clock("due", 90), claim=clock("due", 240))
        result = deadlines(terms, facts(claim_sent="04-30"))
        assert result.claim_early and not result.claim_late
        assert not deadlines(terms, facts(claim_sent="05-01")).claim_early

    def test_paid_before_the_loss(self):
        """No loss where all was paid by the end of the waiting period."""
        assert deadlines(ATRADIUS, facts(paid="07-31")).date_of_loss is None
        assert deadlines(ATRADIUS, facts(paid="08-01")).date_of_loss == on("07-31")


class TestPause:
    @pytest.mark.parametrize(
        "disputes, expected",
        [
            ([], "01-31"),
            ([("01-10", "01-14")], "02-05"),
            ([("01-01", "01-01")], "01-31"),  # the first day is not counted anyway
            ([("01-31", "01-31")], "02-01"),
            ([("02-01", "02-05")], "01-31"),
            ([("01-10", "01-14"), ("02-03", "02-04")], "02-07"),
            ([("01-10", "01-14"), ("01-12", "01-16")], "02-07"),
            ([("01-30", None)], None),
            ([("02-01", None)], "01-31"),
        ],
    )
    def test_disputed_days_do_not_count(self, disputes, expected):
        """30 days from 1 January; overlapping disputes count once."""
        pairs = [(on(first), last and on(last)) for first, last in disputes]
        assert paused(on("01-01"), on("01-31"), pairs) == (expected and on(expected))

    def test_only_if_the_policy_says_so(self):
        """The same dispute with and without the clause; chained clocks count once."""
        disputed = facts(disputes=((on("03-01"), on("03-10")),))
        assert deadlines(ATRADIUS, disputed).noa_deadline == on("05-01")
        pausing = Terms(mep=Span(60), noa=clock("mep", 30), dispute_pauses=True)
        result = deadlines(pausing, disputed)
        assert (result.mep_expiry, result.noa_deadline) == (on("04-11"), on("05-11"))


class TestOldest:
    def test_choice(self):
        """Oldest due, above the minimum, undisputed unless disputes count."""
        items = [
            Item("new", on("01-05"), on("03-01"), D(50)),
            Item("small", on("01-01"), on("01-10"), D(5)),
            Item(
                "disputed",
                on("01-01"),
                on("01-20"),
                D(50),
                disputes=((on("02-01"), None),),
            ),
            Item("old", on("01-02"), on("02-01"), D(50)),
            Item("older", on("01-01"), on("02-01"), D(50)),
        ]
        entries = [(item, item.gross) for item in items]
        assert oldest_item(entries, on("03-01"), D(5)).id == "older"
        assert oldest_item(entries, on("03-01"), D(5), True).id == "disputed"
        assert oldest_item(entries, on("03-01")).id == "small"
        assert oldest_item([(items[0], D(0))], on("03-01")) is None


def test_last_working_day():
    """Sunday 1 March 2026 goes back to Friday, or further over a holiday."""
    assert last_working_day(on("03-01")) == on("02-27")
    assert last_working_day(on("03-01"), {on("02-27")}) == on("02-26")
    assert last_working_day(on("03-02")) == on("03-02")

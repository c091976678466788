"""The whole course of one policy year: clocks, cover, claims, indemnity, recoveries."""

from dataclasses import dataclass
from datetime import date

from .account import Events, Receipt
from .coverage import Coverage
from .deadlines import DeadlineFacts, Deadlines, DeadlineTerms, deadlines
from .indemnity import Claim, ClaimLine, IndemnityTerms, YearResult, indemnify
from .money import ZERO, exact
from .recovery import (
    COSTS_NET,
    SHARE_OF_TOTAL_LOSS,
    RecoveryTerms,
    share_recoveries,
)
from .replay import replay
from .terms import CoverTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTerms:
    """All clauses of a policy year in one place."""

    cover: CoverTerms
    deadlines: DeadlineTerms
    indemnity: IndemnityTerms
    recovery_mode: str = SHARE_OF_TOTAL_LOSS
    cost_mode: str = COSTS_NET


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerStory:
    """The facts of one buyer: ``facts`` of the item that starts the clocks."""

    id: str
    facts: DeadlineFacts
    decisions: tuple = ()
    items: tuple = ()
    receipts: tuple = ()
    recoveries: tuple = ()
    events: Events = Events()

    @property
    def all_events(self):
        """Events of the account; the clocks' own facts fill what is missing."""
        return Events(
            insolvency=self.events.insolvency or self.facts.insolvency,
            hand_over=self.events.hand_over or self.facts.collection,
        )


@dataclass(frozen=True, slots=True)
class BuyerOutcome:
    """Clocks and cover of one buyer; ``coverage`` at the date of loss, else on the
    day asked, None when neither is known."""

    id: str
    deadlines: Deadlines
    coverage: Coverage | None


@dataclass(frozen=True, slots=True)
class StoryResult:
    """Everything that follows from the facts. ``recovery`` maps buyer id to its
    RecoveryResult where money came in after settlement."""

    buyers: dict
    indemnity: YearResult
    recovery: dict


@exact
def tell(terms, buyers, as_of=None):
    """Run the whole course of a policy year for some buyers.

    :param terms: StoryTerms
    :param buyers: iterable of BuyerStory
    :param as_of: date for the cover of buyers without a date of loss, or None
    :return: StoryResult; claims in the order of their dates of loss
    :raise ValueError: bad input of any part
    Source: sections 4.4 to 4.7 one after the other; money between loss and
    settlement is salvage (4.6.1), earlier money a receipt (4.4), later money a
    recovery (4.7).
    """
    chapters = [_Chapter(terms, buyer, as_of) for buyer in buyers]
    claims = [chapter.claim for chapter in chapters if chapter.claim is not None]
    year = indemnify(terms.indemnity, claims)
    recovery = {
        chapter.buyer.id: chapter.share(year)
        for chapter in chapters
        if chapter.claim is not None and chapter.later
    }
    return StoryResult(
        {chapter.buyer.id: chapter.outcome for chapter in chapters}, year, recovery
    )


class _Chapter:
    """One buyer on the way from deadlines to recoveries."""

    def __init__(self, terms, buyer, as_of):
        self.terms = terms
        self.buyer = buyer
        dates = deadlines(terms.deadlines, buyer.facts)
        self.loss = dates.date_of_loss
        early, self.salvage, self.later = self._sort_recoveries(dates)
        day = self.loss or as_of
        coverage = day and self._cover(day, early)
        self.outcome = BuyerOutcome(buyer.id, dates, coverage)
        self.claim = self._claim(dates, coverage) if self.loss else None

    def _sort_recoveries(self, dates):
        """Return receipts before, salvage (sum) during, recoveries after the claim."""
        early, salvage, later = [], ZERO, []
        for recovery in self.buyer.recoveries:
            if recovery.day is None or self.loss is None:
                later.append(recovery)
            elif recovery.day <= self.loss:
                early.append(Receipt(recovery.day, recovery.amount - recovery.costs))
            elif dates.indemnity_due and recovery.day < dates.indemnity_due:
                salvage += recovery.amount - recovery.costs
            else:
                later.append(recovery)
        return early, salvage, later

    def _cover(self, day: date, early):
        return replay(
            self.terms.cover,
            self.buyer.decisions,
            self.buyer.items,
            (*self.buyer.receipts, *early),
            day,
            self.buyer.all_events,
        )

    def _claim(self, dates, coverage):
        lines = [
            ClaimLine(row.covered, row.pct, row.open, row.risk_date)
            for row in coverage.items
            if row.covered
        ]
        return Claim(
            id=self.buyer.id,
            lines=tuple(lines),
            total_debt=sum((row.open for row in coverage.items), ZERO),
            salvage=self.salvage,
            is_void=dates.noa_late or dates.claim_late,
            date_of_loss=dates.date_of_loss,
        )

    def share(self, year):
        """Share what came in after settlement."""
        claim = self.claim
        settled = RecoveryTerms(
            total_debt=claim.debt_left,
            insured_loss=claim.insured_loss,
            indemnity=year.claim(claim.id).indemnity,
            pct=claim.percentage,
            mode=self.terms.recovery_mode,
            cost_mode=self.terms.cost_mode,
            decimals=self.terms.indemnity.decimals,
        )
        return share_recoveries(settled, self.later)

"""What a replay returns: cover per item, totals, and the trace that explains it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from . import codes
from .account import Item
from .money import ZERO, percent_of, round_money
from .stop import StopInfo
from .terms import AT_SHIPMENT, SNAPSHOT, CoverTerms


@dataclass(frozen=True, slots=True)
class ItemCover:
    """Cover of one item. Amounts in policy currency, rounded to its decimals.

    covered + suspended + uncovered = insurable. ``suspended`` is cover of a disputed
    item; ``insured_amount`` is the insurer's percentage of ``covered``. ``reasons``
    starts with ``status``. ``let_in`` is the first day on which it could be covered.
    """

    id: str
    open: Decimal
    insurable: Decimal
    covered: Decimal
    suspended: Decimal
    uncovered: Decimal
    insured_amount: Decimal
    pct: Decimal | None
    status: str
    reasons: tuple
    risk_date: date
    let_in: date | None
    mep_expiry: date | None


@dataclass(frozen=True, slots=True)
class CoverTotals:
    """Sums over the items: added unrounded, then rounded once."""

    open: Decimal = ZERO
    insurable: Decimal = ZERO
    covered: Decimal = ZERO
    suspended: Decimal = ZERO
    uncovered: Decimal = ZERO
    insured_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one item: ``amount`` signed, ``open`` and ``covered`` after it.

    ``code`` is a STEP code, or the status with which a delivery was refused.
    """

    day: date
    code: str
    amount: Decimal
    open: Decimal
    covered: Decimal


@dataclass(frozen=True, slots=True)
class DayState:
    """The buyer at the end of a day on which something happened.

    ``covered`` is the sum of all cover, suspended included; ``frozen`` the reasons
    for which nothing could move up; ``stop_item`` the oldest item of a stop.
    """

    day: date
    limit: Decimal
    covered: Decimal
    room: Decimal
    frozen: tuple
    stop_item: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Cover of a buyer on ``as_of``.

    ``limit`` is the limit of that day, ``stop_shipment`` tells whether a delivery
    after it would be uninsured (stop of cover, insolvency, hand-over), ``stop`` why.
    ``not_delivered`` are the ids of items whose risk starts later, ``credit`` is money
    of the buyer that waits for an invoice. ``days`` are all days on which something
    happened; see ``steps`` and ``explain`` for a single item.
    """

    as_of: date
    items: tuple
    totals: CoverTotals
    limit: Decimal
    stop_shipment: bool
    frozen: tuple
    stop: StopInfo | None
    not_delivered: tuple
    credit: Decimal
    days: tuple = ()
    decimals: int = 2
    _steps: dict = field(default_factory=dict, repr=False)

    def item(self, item_id):
        """Return the ItemCover with this id.

        :raise ValueError: the id is not among the delivered items
        """
        for row in self.items:
            if row.id == item_id:
                return row
        raise ValueError(f"There is no delivered item {item_id}.")

    def steps(self, item_id):
        """Return everything that happened to one item as Steps, oldest first."""
        return tuple(
            Step(day, code, *(round_money(figure, self.decimals) for figure in figures))
            for day, code, *figures in self.exact_steps(item_id)
        )

    def exact_steps(self, item_id):
        """Return the steps of an item unrounded: (day, code, amount, open, covered)."""
        return tuple(self._steps.get(item_id, ()))

    def explain(self, item_id):
        """Return the story of one item: (DayState, Steps of that day) by day.

        Holds every day from its delivery on on which its own figures changed or
        on which cover was frozen for another reason than the day before. Empty in
        snapshot mode, where history decides nothing.

        :raise ValueError: the id is not among the delivered items
        """
        row = self.item(item_id)
        own = {}
        for step in self.steps(item_id):
            own.setdefault(step.day, []).append(step)
        story, frozen = [], None
        for state in self.days:
            if state.day < row.risk_date:
                continue
            if state.day in own or state.frozen != frozen:
                story.append((state, tuple(own.get(state.day, ()))))
            frozen = state.frozen
        return tuple(story)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What holds for the whole buyer on the day asked (input of the results)."""

    terms: CoverTerms
    as_of: date
    frozen: tuple
    room: Decimal


def item_status(line, as_of):
    """Return the status of a Line on a day.

    Source: section 4.2 (ineligible) and 4.4.7; what is paid is paid whatever was
    covered, what is disputed is shown as disputed whatever is covered.
    """
    if line.eligibility.status:
        return line.eligibility.status
    if not line.open:
        return codes.PAID
    if line.item.is_disputed(as_of):
        return codes.DISPUTED
    if line.covered >= line.coverable:
        return codes.COVERED
    return codes.PARTIAL if line.covered else codes.OVER_LIMIT


def item_reasons(line, status, outlook):
    """Return the reason codes of an item, its status first.

    :param line: Line
    :param status: its status
    :param outlook: Outlook of the day
    """
    reasons = [status]
    if status in (codes.PARTIAL, codes.OVER_LIMIT, codes.DISPUTED) and line.gap:
        reasons.extend(_why_uncovered(line, outlook))
    elif status == codes.COVERED:
        reasons.append(codes.WITHIN_LIMIT)
    reasons.extend(_circumstances(line, outlook.terms))
    return tuple(reasons)


def _why_uncovered(line, outlook):
    if line.eligibility.let_in > outlook.as_of:
        return [codes.LET_IN_LATER]
    if outlook.terms.coverage_method == SNAPSHOT:
        limitless = {codes.FROZEN_NO_LIMIT, codes.FROZEN_WITHDRAWN}
        return limitless.intersection(outlook.frozen) or [codes.LIMIT_FULL]
    if outlook.terms.overlimit == AT_SHIPMENT:
        return [codes.FIXED_AT_SHIPMENT]
    frozen = [
        code
        for code in outlook.frozen
        if code != codes.FROZEN_STOP or not line.item.insurer_consent
    ]
    return frozen if outlook.room > 0 or frozen else [codes.LIMIT_FULL]


def _circumstances(line, terms):
    item: Item = line.item
    if line.eligibility.is_eligible:
        if line.eligibility.let_in > line.day:
            yield codes.RETROACTIVE
        if line.eligibility.consented:
            yield codes.CONSENT
    if item.vat and not (item.terms or terms).vat_covered:
        yield codes.VAT_EXCLUDED
    if item.charges:
        yield codes.CHARGES_EXCLUDED


@dataclass(frozen=True, slots=True)
class _Exact:
    """Unrounded figures of a line on the day asked."""

    open: Decimal
    insurable: Decimal
    covered: Decimal
    suspended: Decimal
    insured_amount: Decimal


def _exact_figures(line, as_of):
    suspended = line.covered if line.item.is_disputed(as_of) else ZERO
    covered = line.covered - suspended
    insured = percent_of(covered, line.eligibility.pct or ZERO)
    return _Exact(line.open, line.coverable, covered, suspended, insured)


def _rounded(figures, places):
    """Round; the uncovered part takes the remainder (section 4, "Money")."""
    values = {
        name: round_money(getattr(figures, name), places) for name in _Exact.__slots__
    }
    values["uncovered"] = values["insurable"] - values["covered"] - values["suspended"]
    return values


def item_cover(line, outlook):
    """Return (ItemCover, unrounded figures) of a Line.

    Source: section 4.4.7.
    """
    figures = _exact_figures(line, outlook.as_of)
    status = item_status(line, outlook.as_of)
    row = ItemCover(
        id=line.item.id,
        pct=line.eligibility.pct,
        status=status,
        reasons=item_reasons(line, status, outlook),
        risk_date=line.day,
        let_in=line.eligibility.let_in,
        mep_expiry=line.expiry,
        **_rounded(figures, outlook.terms.decimals),
    )
    return row, figures


def total_cover(figures, places):
    """Add unrounded figures and round the sums.

    :param figures: list of the unrounded figures of item_cover
    :param places: decimals of the policy currency
    """
    sums = _Exact(
        *(
            sum((getattr(row, name) for row in figures), ZERO)
            for name in _Exact.__slots__
        )
    )
    return CoverTotals(**_rounded(sums, places))

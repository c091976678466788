"""Indemnity of the claims of one policy year, with every deductible."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .dates import check_date
from .money import (
    ZERO,
    check_amount,
    check_choice,
    check_count,
    check_percent,
    exact,
    percent_of,
    round_money,
    set_checked,
    snap,
)

GROSS = "gross"
NET = "net"

PAID = "paid"
BELOW_THRESHOLD = "below_threshold"
VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndemnityTerms:
    """The loss clauses of one policy year (amounts in policy currency).

    ``nql``: losses up to it are not paid, above it paid in full. ``eel``: each and
    every loss, deducted before (gross) or after (net) the insured percentage.
    ``afl``: aggregate first loss, gross or net, of which ``afl_used`` is consumed.
    ``maximum`` is the maximum liability of the year (see maximum_liability), None =
    none, of which ``paid_to_date`` is consumed.
    """

    nql: Decimal = ZERO
    eel: Decimal = ZERO
    deductible_basis: str = NET
    min_retention: Decimal = ZERO
    afl: Decimal = ZERO
    afl_basis: str = NET
    afl_used: Decimal = ZERO
    maximum: Decimal | None = None
    paid_to_date: Decimal = ZERO
    decimals: int = 2

    def __post_init__(self):
        check_choice(self.deductible_basis, "The basis of the EEL", (GROSS, NET))
        check_choice(self.afl_basis, "The basis of the AFL", (GROSS, NET))
        check_count(self.decimals, "The decimals of the policy currency")
        names = ("nql", "eel", "min_retention", "afl", "afl_used", "paid_to_date")
        for name in names:
            amount = check_amount(getattr(self, name), f"The policy's {name}", ZERO)
            set_checked(self, **{name: amount})
        if self.maximum is not None:
            check_amount(self.maximum, "The maximum liability", ZERO)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Cover of one item at the date of loss.

    ``covered`` in policy currency, ``pct`` its insured percentage, ``debt`` all that
    is open on it (VAT, uninsured part), ``delivered`` its risk date.
    """

    covered: Decimal
    pct: Decimal
    debt: Decimal | None = None
    delivered: date | None = None

    def __post_init__(self):
        covered = check_amount(self.covered, "The covered amount of a line", ZERO)
        set_checked(self, covered=covered, pct=check_percent(self.pct, "A percentage"))
        if self.debt is not None:
            check_amount(self.debt, "The debt of a claim line", ZERO)
        check_date(self.delivered, "The delivery of a claim line", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim, frozen at its date of loss.

    ``total_debt`` is everything the buyer owes then (None: the covered amounts),
    ``salvage`` what came in between loss and settlement, ``guarantee`` the proceeds
    of securities that the limit required (they count for the insured part first).
    ``is_void``: a policy consequence of late notice or claim. ``reduction_pct``: the
    insurer's cut where the consequence is a reduction.
    """

    id: str
    lines: tuple
    total_debt: Decimal | None = None
    salvage: Decimal = ZERO
    guarantee: Decimal = ZERO
    is_void: bool = False
    reduction_pct: Decimal = ZERO
    date_of_loss: date | None = None

    def __post_init__(self):
        label = f"of claim {self.id}"
        set_checked(
            self,
            lines=tuple(self.lines),
            salvage=check_amount(self.salvage, f"The salvage {label}", ZERO),
            guarantee=check_amount(self.guarantee, f"The guarantee {label}", ZERO),
            reduction_pct=check_percent(self.reduction_pct, f"The reduction {label}"),
        )
        check_date(self.date_of_loss, f"The date of loss {label}", optional=True)
        if self.total_debt is None:
            return
        check_amount(self.total_debt, f"The total debt {label}", ZERO)
        if self.total_debt < self.covered:
            raise ValueError(f"The total debt {label} is less than what is covered.")

    @property
    def covered(self):
        """Sum of the covered amounts."""
        return sum((line.covered for line in self.lines), ZERO)

    @property
    def debt(self):
        """Everything the buyer owes at the date of loss."""
        return self.covered if self.total_debt is None else self.total_debt

    @property
    def debt_left(self):
        """What is still owed at settlement."""
        return self.debt - self.salvage - self.guarantee

    @property
    def percentage(self):
        """Insured percentage, weighted by the covered amounts (section 4.6.6)."""
        covered = self.covered
        if not covered:
            return ZERO
        weighted = sum((line.covered * line.pct for line in self.lines), ZERO)
        return weighted / covered

    @property
    def insured_loss(self):
        """Covered amount less its share of the salvage (section 4.6.1) and less
        guarantees (section 4.7, last sentence)."""
        if not self.debt:
            return ZERO
        share = self.salvage * self.covered / self.debt
        return snap(max(ZERO, self.covered - share - self.guarantee))


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Indemnity of a claim; amounts rounded to the policy currency.

    ``deductible`` and ``afl_absorbed`` are what was really deducted; ``ml_cut`` is
    what the maximum liability cut off. ``insured_share`` is the insured's own loss:
    what is still owed less the indemnity. ``afl_left`` and ``max_liability_left``
    (None: no maximum) hold after this claim. ``reasons`` names every clause that bit.
    """

    id: str
    insured_loss: Decimal
    pct: Decimal
    deductible: Decimal
    afl_absorbed: Decimal
    retention_cut: Decimal
    ml_cut: Decimal
    status: str
    indemnity: Decimal
    insured_share: Decimal
    afl_left: Decimal
    max_liability_left: Decimal | None
    reasons: tuple


@dataclass(frozen=True, slots=True)
class YearResult:
    """All claims of a policy year in the order in which they were settled."""

    claims: tuple
    total_indemnity: Decimal

    def claim(self, claim_id):
        """Return the ClaimResult with this id.

        :raise ValueError: there is none
        """
        for row in self.claims:
            if row.id == claim_id:
                return row
        raise ValueError(f"There is no claim {claim_id}.")


def maximum_liability(
    absolute=None, multiple=None, premium_paid=ZERO, minimum_premium=ZERO
):
    """Return the maximum liability of a policy year, None when there is none.

    :param absolute: amount in policy currency, or None
    :param multiple: multiple of the premium, or None
    :param premium_paid: premium paid for the year
    :param minimum_premium: the multiple counts at least on this
    :raise ValueError: a negative or inexact amount
    Source: section 4.6, "ML = amount, or multiple x max(premium paid, minimum
    premium)"; where a policy has both, the lower one.
    """
    found = []
    if absolute is not None:
        found.append(check_amount(absolute, "The maximum liability", ZERO))
    if multiple is not None:
        premium = max(
            check_amount(premium_paid, "The premium paid", ZERO),
            check_amount(minimum_premium, "The minimum premium", ZERO),
        )
        found.append(check_amount(multiple, "The multiple", ZERO) * premium)
    return min(found, default=None)


@exact
def indemnify(terms, claims):
    """Return the indemnity of every claim of a policy year.

    :param terms: IndemnityTerms of the year
    :param claims: iterable of Claim; they are settled by date of loss, those without
        a date last, in the order given
    :return: YearResult
    :raise ValueError: two claims with one id
    Source: section 4.6. The sums of a year (AFL, ML) are used up in that order.
    """
    claims = sorted(claims, key=lambda claim: claim.date_of_loss or date.max)
    if len({claim.id for claim in claims}) < len(claims):
        raise ValueError("Two claims of a policy year have the same id.")
    year = _Year(terms)
    results = tuple(year.settle(claim) for claim in claims)
    return YearResult(results, sum((row.indemnity for row in results), ZERO))


@exact
def split_by_year(claim, years):
    """Split a claim whose deliveries lie in several policy years (risk attaching).

    Debt, salvage and guarantees follow the lines: by their own debt where every line
    has one, else by the covered amounts.

    :param claim: Claim whose lines have a delivery date
    :param years: (name, first day, last day) of the policy years
    :return: list of (name, Claim), in the order of ``years``, empty ones left out
    :raise ValueError: a line without a date, or outside all years
    Source: section 4.6, "one claim may touch two years: split by line".
    """
    groups = {name: [] for name, _start, _end in years}
    for line in claim.lines:
        groups[_year_of(line, years)].append(line)
    return [
        (name, _part(claim, name, lines)) for name, lines in groups.items() if lines
    ]


def _year_of(line, years):
    if line.delivered is None:
        raise ValueError("A claim line needs its delivery date to find its year.")
    for name, start, end in years:
        if start <= line.delivered <= end:
            return name
    raise ValueError(f"No policy year contains the delivery of {line.delivered}.")


def _part(claim, name, lines):
    weights = [_weights(claim, group) for group in (lines, claim.lines)]
    share = weights[0] / weights[1] if weights[1] else ZERO
    return Claim(
        id=f"{claim.id}/{name}",
        lines=tuple(lines),
        total_debt=max(claim.debt * share, sum((li.covered for li in lines), ZERO)),
        salvage=claim.salvage * share,
        guarantee=claim.guarantee * share,
        is_void=claim.is_void,
        reduction_pct=claim.reduction_pct,
        date_of_loss=claim.date_of_loss,
    )


def _weights(claim, lines):
    by_debt = all(line.debt is not None for line in claim.lines)
    return sum((line.debt if by_debt else line.covered for line in lines), ZERO)


class _Year:
    """What is left of the yearly sums while claims are settled."""

    def __init__(self, terms):
        self.terms = terms
        self.afl_left = max(ZERO, terms.afl - terms.afl_used)
        self.ml_left = None
        if terms.maximum is not None:
            left = max(ZERO, terms.maximum - terms.paid_to_date)
            self.ml_left = round_money(left, terms.decimals)

    def settle(self, claim):
        """Take one claim through the steps of section 4.6."""
        loss = claim.insured_loss
        if claim.is_void:
            return self._result(claim, VOID, _Waterfall(loss))
        if loss <= self.terms.nql:
            return self._result(claim, BELOW_THRESHOLD, _Waterfall(loss))
        fall = _Waterfall(loss)
        self._deduct_gross(fall)
        fall.amount = percent_of(fall.amount, claim.percentage)
        self._deduct_net(fall, claim)
        self._cut(fall)
        return self._result(claim, PAID, fall)

    def _deduct_gross(self, fall):
        """EEL, then AFL, where they stand before the percentage (4.6.4 and 5)."""
        if self.terms.deductible_basis == GROSS:
            fall.take("deductible", self.terms.eel)
        if self.terms.afl_basis == GROSS:
            self.afl_left -= fall.take("afl_absorbed", self.afl_left)

    def _deduct_net(self, fall, claim):
        """EEL, minimum retention, AFL after the percentage (4.6.7 to 9)."""
        if self.terms.deductible_basis == NET:
            fall.take("deductible", self.terms.eel)
        highest = max(ZERO, fall.loss - self.terms.min_retention)
        fall.take("retention_cut", max(ZERO, fall.amount - highest))
        if self.terms.afl_basis == NET:
            self.afl_left -= fall.take("afl_absorbed", self.afl_left)
        if claim.reduction_pct:
            fall.take("reduction", percent_of(fall.amount, claim.reduction_pct))

    def _cut(self, fall):
        """Maximum liability (4.6.10); what is paid is rounded, so is what is left."""
        if self.ml_left is None:
            return
        fall.take("ml_cut", max(ZERO, fall.amount - self.ml_left))
        self.ml_left -= round_money(fall.amount, self.terms.decimals)

    def _result(self, claim, status, fall):
        def money(amount):
            return round_money(amount, self.terms.decimals)

        indemnity = money(fall.amount) if status == PAID else money(ZERO)
        return ClaimResult(
            id=claim.id,
            insured_loss=money(fall.loss),
            pct=claim.percentage,
            deductible=money(fall.taken("deductible")),
            afl_absorbed=money(fall.taken("afl_absorbed")),
            retention_cut=money(fall.taken("retention_cut")),
            ml_cut=money(fall.taken("ml_cut")),
            status=status,
            indemnity=indemnity,
            insured_share=money(claim.debt_left) - indemnity,
            afl_left=money(self.afl_left),
            max_liability_left=None if self.ml_left is None else money(self.ml_left),
            reasons=(status, *fall.bites),
        )


class _Waterfall:
    """An amount from which one clause after the other takes its part."""

    def __init__(self, loss):
        self.loss = loss
        self.amount = loss
        self._taken = {}

    def take(self, clause, wanted):
        """Deduct at most what is there; return what was deducted."""
        part = min(wanted, self.amount)
        self.amount -= part
        if part:
            self._taken[clause] = part
        return part

    def taken(self, clause):
        """Return what a clause took."""
        return self._taken.get(clause, ZERO)

    @property
    def bites(self):
        """Names of the clauses that took something, in their order."""
        return tuple(self._taken)

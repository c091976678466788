"""Recoveries after settlement: who gets what of money that still comes in."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .dates import check_date
from .money import (
    HUNDRED,
    ONE,
    ZERO,
    check_amount,
    check_choice,
    check_count,
    check_percent,
    exact,
    percent_of,
    round_money,
    set_checked,
)

SHARE_OF_TOTAL_LOSS = "share_of_total_loss"
POOL_THEN_PERCENTAGE = "pool_then_percentage"
INSURER_FIRST = "insurer_first"
MODES = (SHARE_OF_TOTAL_LOSS, POOL_THEN_PERCENTAGE, INSURER_FIRST)

COSTS_NET = "net"
COSTS_INSURER_COVERED_PART = "insurer_covered_part"
COST_MODES = (COSTS_NET, COSTS_INSURER_COVERED_PART)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryTerms:
    """A settled claim and how its recoveries are shared (policy currency).

    ``total_debt`` is the debt that was left at settlement, ``insured_loss`` the
    covered part of it, ``indemnity`` what the insurer paid, ``pct`` the insured
    percentage. ``mode`` is one of MODES, ``cost_mode`` one of COST_MODES.
    """

    total_debt: Decimal
    insured_loss: Decimal
    indemnity: Decimal
    pct: Decimal = HUNDRED
    mode: str = SHARE_OF_TOTAL_LOSS
    cost_mode: str = COSTS_NET
    decimals: int = 2

    def __post_init__(self):
        check_choice(self.mode, "The recovery mode", MODES)
        check_choice(self.cost_mode, "The cost mode", COST_MODES)
        check_count(self.decimals, "The decimals of the policy currency")
        check_percent(self.pct, "The insured percentage")
        debt = check_amount(self.total_debt, "The total debt", ZERO)
        loss = check_amount(self.insured_loss, "The insured loss", ZERO)
        indemnity = check_amount(self.indemnity, "The indemnity", ZERO)
        if loss > debt:
            raise ValueError("The insured loss must not exceed the total debt.")
        if indemnity > debt:
            raise ValueError("The indemnity must not exceed the total debt.")
        set_checked(self, total_debt=debt, insured_loss=loss, indemnity=indemnity)

    @property
    def covered_part(self):
        """Insured loss as a part (0 to 1) of the debt."""
        return self.insured_loss / self.total_debt if self.total_debt else ZERO

    @property
    def insurer_part(self):
        """Insurer's part (0 to 1) of a receipt, before its cap.

        Source: section 4.7; ``insurer_first`` takes everything until repaid.
        """
        if self.mode == INSURER_FIRST:
            return ONE
        if self.mode == POOL_THEN_PERCENTAGE:
            return percent_of(self.covered_part, self.pct)
        return self.indemnity / self.total_debt if self.total_debt else ZERO

    @property
    def insurer_part_of_guarantees(self):
        """Insurer's part of securities: they count for the insured part first.

        Source: section 4.7, last sentence; the cap sends the rest to the insured.
        """
        if self.mode == SHARE_OF_TOTAL_LOSS:
            return self.indemnity / self.insured_loss if self.insured_loss else ZERO
        return self.insurer_part if self.mode == INSURER_FIRST else self.pct / HUNDRED


@dataclass(frozen=True, slots=True)
class Recovery:
    """Money after settlement from any source, at the rate of the day of receipt.

    ``amount`` and ``costs`` in policy currency; a negative amount is money that had
    to be given back. ``is_guarantee``: proceeds of a security that the limit required.
    """

    amount: Decimal
    costs: Decimal = ZERO
    day: date | None = None
    is_guarantee: bool = False

    def __post_init__(self):
        set_checked(
            self,
            amount=check_amount(self.amount, "A recovery"),
            costs=check_amount(self.costs, "The costs of a recovery", ZERO),
        )
        check_date(self.day, "The date of a recovery", optional=True)


@dataclass(frozen=True, slots=True)
class RecoveryShare:
    """One receipt shared out: insurer + insured = net."""

    day: date | None
    net: Decimal
    insurer: Decimal
    insured: Decimal
    costs_borne_by_insured: Decimal


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """All receipts of a claim, in the order given, and where both sides stand."""

    shares: tuple
    insurer_total: Decimal
    insured_total: Decimal
    indemnity_after_recovery: Decimal
    final_loss_of_insured: Decimal


@exact
def share_recoveries(terms, recoveries):
    """Share the recoveries of a settled claim between insurer and insured.

    Each receipt is split and rounded on its own, by date (those without a date in
    the order given); the insured gets the remainder. What goes beyond the indemnity
    (interest) goes to the insured.

    :param terms: RecoveryTerms
    :param recoveries: iterable of Recovery
    :return: RecoveryResult, shares in the order given
    Source: section 4.7.
    """
    recoveries = list(recoveries)
    order = range(len(recoveries))
    if all(recovery.day for recovery in recoveries):
        order = sorted(order, key=lambda index: recoveries[index].day)
    shares = [None] * len(recoveries)
    net_total = insurer_total = ZERO
    for index in order:
        share = _share(terms, recoveries[index], net_total, insurer_total)
        net_total += share.net
        insurer_total += share.insurer
        shares[index] = share
    return _result(terms, shares)


def _share(terms, recovery, net_total, insurer_total):
    """Split one receipt, given what both and the insurer alone had before."""
    own_costs = ZERO
    net = recovery.amount
    if terms.cost_mode == COSTS_NET:
        net -= recovery.costs
    else:
        own_costs = recovery.costs * (ONE - terms.covered_part)
    net = round_money(net, terms.decimals)
    if terms.mode == INSURER_FIRST:
        insurer = min(net_total + net, terms.indemnity) - insurer_total
    else:
        part = terms.insurer_part
        if recovery.is_guarantee:
            part = terms.insurer_part_of_guarantees
        insurer = min(net * part, terms.indemnity - insurer_total)
    insurer = round_money(insurer, terms.decimals)
    borne = round_money(own_costs, terms.decimals)
    return RecoveryShare(recovery.day, net, insurer, net - insurer, borne)


def _result(terms, shares):
    def money(amount):
        return round_money(amount, terms.decimals)

    insurer = sum((share.insurer for share in shares), ZERO)
    insured = sum((share.insured for share in shares), ZERO)
    borne = sum((share.costs_borne_by_insured for share in shares), ZERO)
    loss = terms.total_debt - terms.indemnity - insured + borne
    return RecoveryResult(
        shares=tuple(shares),
        insurer_total=money(insurer),
        insured_total=money(insured),
        indemnity_after_recovery=money(terms.indemnity - insurer),
        final_loss_of_insured=money(loss),
    )

"""Premium of a policy year: basis, minimum, deposits, bonus, tax, fees."""

from dataclasses import dataclass
from decimal import Decimal

from .money import (
    HUNDRED,
    ONE,
    ZERO,
    check_amount,
    check_choice,
    check_count,
    exact,
    percent_of,
    round_money,
    set_checked,
)

TURNOVER = "turnover"
BALANCES = "balances"
LIMITS = "limits"
TERMS = "terms"
METHODS = (TURNOVER, BALANCES, LIMITS, TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumLine:
    """One premium class (country group, term bucket ...).

    ``amounts`` are added up: the turnover net of VAT, the month-end balances, the
    limits, or the invoiced amounts of a term bucket; ``credit_notes`` and
    ``excluded`` are taken off. ``rate_pct`` is the price in percent of that basis
    (of balances: per month), ``tax_pct`` the premium tax of the class.
    """

    label: str
    rate_pct: Decimal
    amounts: tuple = ()
    credit_notes: Decimal = ZERO
    excluded: Decimal = ZERO
    tax_pct: Decimal = ZERO

    def __post_init__(self):
        label = f"of premium class {self.label}"
        set_checked(
            self,
            amounts=tuple(
                check_amount(amount, f"An amount {label}") for amount in self.amounts
            ),
            rate_pct=check_amount(self.rate_pct, f"The rate {label}", ZERO),
            credit_notes=check_amount(
                self.credit_notes, f"The credit notes {label}", ZERO
            ),
            excluded=check_amount(self.excluded, f"The excluded part {label}", ZERO),
            tax_pct=check_amount(self.tax_pct, f"The tax {label}", ZERO),
        )

    @property
    def basis(self):
        """Amount on which the rate counts."""
        return sum(self.amounts, ZERO) - self.credit_notes - self.excluded

    @property
    def premium(self):
        """Premium of the class, unrounded."""
        return percent_of(self.basis, self.rate_pct)


@dataclass(frozen=True, slots=True)
class BonusStep:
    """A row of the bonus table: claims ratio ``up_to_ratio_pct`` inclusive (None:
    any higher one), ``adjust_pct`` of the earned premium (negative: bonus)."""

    up_to_ratio_pct: Decimal | None
    adjust_pct: Decimal

    def __post_init__(self):
        if self.up_to_ratio_pct is not None:
            check_amount(self.up_to_ratio_pct, "The bound of a bonus step")
        check_amount(self.adjust_pct, "The adjustment of a bonus step")


@dataclass(frozen=True, slots=True)
class Fee:
    """Limit and monitoring fees: a quantity at a unit price."""

    label: str
    quantity: Decimal
    unit_price: Decimal

    def __post_init__(self):
        check_amount(self.quantity, f"The quantity of {self.label}")
        check_amount(self.unit_price, f"The price of {self.label}")

    @property
    def amount(self):
        """Quantity x price."""
        return Decimal(self.quantity) * self.unit_price


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumYear:
    """All that enters the premium of a year (amounts in policy currency).

    ``method`` names the basis of the lines (one of METHODS). ``claims_net`` is paid
    + reserved - recovered. ``bonus`` are BonusSteps in any order.
    """

    lines: tuple
    method: str = TURNOVER
    minimum_premium: Decimal = ZERO
    deposit_paid: Decimal = ZERO
    bonus: tuple = ()
    claims_net: Decimal = ZERO
    fees: tuple = ()
    decimals: int = 2

    def __post_init__(self):
        check_choice(self.method, "The premium method", METHODS)
        check_count(self.decimals, "The decimals of the policy currency")
        set_checked(
            self,
            lines=tuple(self.lines),
            bonus=tuple(self.bonus),
            fees=tuple(self.fees),
            minimum_premium=check_amount(
                self.minimum_premium, "The minimum premium", ZERO
            ),
            deposit_paid=check_amount(self.deposit_paid, "The deposit", ZERO),
            claims_net=check_amount(self.claims_net, "The net claims"),
        )


@dataclass(frozen=True, slots=True)
class PremiumLineResult:
    """Basis and premium of a class, rounded."""

    label: str
    basis: Decimal
    premium: Decimal


@dataclass(frozen=True, slots=True)
class PremiumResult:
    """The bill of a year, rounded to the policy currency.

    ``calculated`` is basis x rate over all classes, ``earned`` at least the minimum
    premium, ``adjustment_due`` what deposits did not pay (tax, fees and the bonus or
    malus are settled apart). ``claims_ratio_pct`` is None without a bonus table or
    without premium.
    """

    lines: tuple
    calculated: Decimal
    earned: Decimal
    bonus_malus: Decimal
    premium_tax: Decimal
    fees: Decimal
    adjustment_due: Decimal
    claims_ratio_pct: Decimal | None


@exact
def premium(year):
    """Return the premium of a policy year.

    :param year: PremiumYear
    :return: PremiumResult
    Source: section 4.9.
    """

    def money(amount):
        return round_money(amount, year.decimals)

    calculated = sum((line.premium for line in year.lines), ZERO)
    earned = max(calculated, year.minimum_premium)
    ratio = claims_ratio(year.claims_net, earned) if year.bonus else None
    return PremiumResult(
        lines=tuple(
            PremiumLineResult(line.label, money(line.basis), money(line.premium))
            for line in year.lines
        ),
        calculated=money(calculated),
        earned=money(earned),
        bonus_malus=money(percent_of(earned, bonus_percentage(year.bonus, ratio))),
        premium_tax=money(premium_tax(year.lines, calculated, earned)),
        fees=money(sum((fee.amount for fee in year.fees), ZERO)),
        adjustment_due=money(max(ZERO, earned - year.deposit_paid)),
        claims_ratio_pct=None if ratio is None else round_money(ratio, 2),
    )


def claims_ratio(claims_net, earned):
    """Return net claims in percent of the earned premium, None without premium.

    :param claims_net: paid + reserved - recovered
    :param earned: earned premium
    Source: glossary, "Bonus / malus".
    """
    return claims_net * HUNDRED / earned if earned else None


def bonus_percentage(steps, ratio):
    """Return the adjustment in percent of the earned premium.

    :param steps: iterable of BonusStep
    :param ratio: claims ratio in percent, unrounded, or None
    :return: Decimal; 0 without a ratio or above the last bound
    Source: section 4.9, "upper bounds inclusive".
    """
    if ratio is None:
        return ZERO
    bounded = [step for step in steps if step.up_to_ratio_pct is not None]
    for step in sorted(bounded, key=lambda step: step.up_to_ratio_pct):
        if ratio <= step.up_to_ratio_pct:
            return step.adjust_pct
    for step in steps:
        if step.up_to_ratio_pct is None:
            return step.adjust_pct
    return ZERO


def premium_tax(lines, calculated, earned):
    """Return the premium tax, unrounded: each class on its share of the earned.

    A minimum premium of a year without any calculated premium is split evenly.

    :param lines: PremiumLines
    :param calculated: their premium in all
    :param earned: earned premium
    Source: section 4.9; split published by OeKB.
    """
    total = ZERO
    for line in lines:
        share = line.premium / calculated if calculated else ONE / len(lines)
        total += percent_of(earned * share, line.tax_pct)
    return total

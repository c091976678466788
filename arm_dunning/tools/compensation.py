"""Flat compensation for recovery costs: one amount for each late claim.

Sources: Directive 2011/7/EU article 6 (40 EUR; per invoice, CJEU C-585/20, C-419/21,
C-279/23); United Kingdom, Late Payment of Commercial Debts (Interest) Act 1998 section
5A; Poland, law of 8 March 2013 article 10; Ireland, SI 580/2012. The
three tiered laws put the boundary amounts on different sides: see REGIMES.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.arm_receivables.tools.money import ZERO, translate

BUSINESS, PUBLIC, CONSUMER = "business", "public", "consumer"
DEBTORS = (BUSINESS, PUBLIC, CONSUMER)


@dataclass(frozen=True)
class Tier:
    """An amount for claims up to a limit; None for all above."""

    amount: Decimal
    up_to: Decimal | None = None
    limit_included: bool = True

    def holds(self, claim: Decimal) -> bool:
        """Tell whether a claim falls into this tier or a lower one."""
        if self.up_to is None:
            return True
        return claim < self.up_to or (self.limit_included and claim == self.up_to)


@dataclass(frozen=True)
class Regime:
    """The tiers of a country, lowest first, and the currency of the amounts.

    Claims are compared with the limits in the currency of the law (PLN for Poland).
    """

    currency: str
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Compensation:
    """Flat amount for all late claims together."""

    amount: Decimal
    currency: str


_40, _70, _100 = Decimal(40), Decimal(70), Decimal(100)

REGIMES = {
    "EU": Regime("EUR", (Tier(_40),)),
    # below 1 000; from 1 000 and below 10 000; from 10 000
    "UK": Regime(
        "GBP",
        (
            Tier(_40, Decimal(1000), limit_included=False),
            Tier(_70, Decimal(10000), limit_included=False),
            Tier(_100),
        ),
    ),
    # up to 5 000; above 5 000 and below 50 000; from 50 000
    "PL": Regime(
        "EUR",
        (
            Tier(_40, Decimal(5000)),
            Tier(_70, Decimal(50000), limit_included=False),
            Tier(_100),
        ),
    ),
    # up to 1 000; above 1 000 and up to 10 000; above 10 000
    "IE": Regime(
        "EUR",
        (
            Tier(_40, Decimal(1000)),
            Tier(_70, Decimal(10000)),
            Tier(_100),
        ),
    ),
}


def regime_named(name: str) -> Regime:
    """Return the built-in regime of that name.

    :raise ValueError: if there is none
    """
    if name not in REGIMES:
        raise ValueError(f"{name!r} is not a known compensation regime.")
    return REGIMES[name]


def fixed_compensation(
    regime: Regime, late_claims: Iterable[Decimal], debtor: str = BUSINESS
) -> Compensation:
    """Return the flat compensation for late claims.

    Due without reminder, once per late claim however small; each late instalment is
    a claim (German BGB 288(5) sentence 2). Consumers owe none, and a claim of nothing
    is not late.

    :param regime: tiers and currency
    :param late_claims: amount of each late claim, in the currency of the law's limits
    :param debtor: BUSINESS, PUBLIC or CONSUMER
    :raise ValueError: if the kind of debtor is unknown
    """
    if debtor not in DEBTORS:
        raise ValueError(f"{debtor!r} is not a known kind of debtor.")
    if debtor == CONSUMER:
        return Compensation(ZERO, regime.currency)
    amounts = (_amount_for(regime, claim) for claim in late_claims if claim > 0)
    return Compensation(sum(amounts, ZERO), regime.currency)


def translate_compensation(amount: Decimal, rate: Decimal) -> Decimal:
    """Return a flat amount in another currency, unrounded.

    Poland: the NBP average rate of the day given by compensation_rate_date.

    :param amount: flat amount in the currency of the law (EUR)
    :param rate: units of the target currency for one of it
    :raise ValueError: if the rate is not above zero
    """
    return translate(amount, rate)


def compensation_rate_date(
    due_date: date, holidays: Collection[date] = frozenset()
) -> date:
    """Return the last working day of the month before the claim fell due.

    Poland, law of 8 March 2013 article 10(1a): the day whose NBP average rate counts.

    :param due_date: due date of the claim
    :param holidays: public holidays, beside Saturdays and Sundays
    """
    day = due_date.replace(day=1) - timedelta(days=1)
    while day.weekday() >= 5 or day in holidays:
        day -= timedelta(days=1)
    return day


def _amount_for(regime: Regime, claim: Decimal) -> Decimal:
    return next(tier.amount for tier in regime.tiers if tier.holds(claim))

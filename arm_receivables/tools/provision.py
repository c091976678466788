"""IFRS 9 provision matrix: lifetime expected credit losses of trade receivables.

Source: IFRS 9 paragraphs 5.5.15 and B5.5.35 with illustrative example 12 (IE74-IE77).
Credit balances are liabilities and are never netted against the debts of others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .money import ZERO, ratio, to_decimal


@dataclass(frozen=True)
class BucketBalance:
    """Gross debit balance of an aging bucket, company currency."""

    bucket: str
    gross: Decimal


@dataclass(frozen=True)
class Provision:
    """Loss per bucket and in total, unrounded; None where a rate is undefined."""

    per_bucket: tuple[Decimal | None, ...]
    total: Decimal | None


@dataclass(frozen=True)
class RollProvision:
    """Loss rates of the buckets in percent, and the provision they lead to."""

    loss_rates_percent: dict[str, Decimal | None]
    provision: Provision


@dataclass(frozen=True)
class InsuredProvision:
    """Expected loss of the uninsured part and of the own share of the insured."""

    uninsured_part: Decimal
    insured_part: Decimal
    total: Decimal


def provision_matrix(
    balances: Sequence[BucketBalance], loss_rates_percent: Sequence[Decimal | None]
) -> Provision:
    """Return balance x loss rate for each bucket and in total.

    A bucket with a credit balance needs no provision. A debit balance without a rate
    has no result, nor has then the total. The total is the sum of unrounded losses.

    :param balances: gross balances by bucket, company currency
    :param loss_rates_percent: lifetime loss rate of each of them, in percent
    :raise ValueError: if the numbers of balances and rates differ or a rate is negative
    """
    if len(balances) != len(loss_rates_percent):
        raise ValueError("Every bucket needs exactly one loss rate.")
    rates = [None if r is None else Fraction(r) / 100 for r in loss_rates_percent]
    return _provision(balances, rates)


def provision_from_roll(
    reached: Mapping[str, Decimal],
    finally_lost: Decimal,
    balances: Sequence[BucketBalance],
) -> RollProvision:
    """Take loss rates from own history and apply them to the balances.

    Loss rate of a bucket = amount finally lost / amount that reached the bucket. Rates
    stay unrounded inside; a bucket that nothing reached has none.

    :param reached: sales of the observed period that were outstanding on entering each
        bucket, company currency, buckets in order
    :param finally_lost: amount of those sales never collected
    :param balances: gross balances to provide for
    :raise ValueError: if an amount of the history is negative or a bucket is unknown
    """
    if finally_lost < 0 or any(amount < 0 for amount in reached.values()):
        raise ValueError("Amounts of a loss history cannot be negative.")
    for balance in balances:
        if balance.bucket not in reached:
            raise ValueError(f"The loss history has no bucket {balance.bucket!r}.")
    rates = {
        bucket: Fraction(finally_lost) / Fraction(amount) if amount else None
        for bucket, amount in reached.items()
    }
    shown = {b: ratio(100 * finally_lost, amount) for b, amount in reached.items()}
    provision = _provision(balances, [rates[b.bucket] for b in balances])
    return RollProvision(shown, provision)


def provision_with_insurance(
    gross: Decimal,
    loss_rate_percent: Decimal,
    insured_exposure: Decimal,
    insured_percent: Decimal,
) -> InsuredProvision:
    """Return the expected loss when credit insurance is part of the contract terms.

    The insured exposure only loses the share that the insurer does not carry (IFRS 9
    B5.5.55, credit enhancement integral to the contractual terms).

    :param gross: balance, company currency; a credit balance needs no provision
    :param loss_rate_percent: lifetime loss rate in percent
    :param insured_exposure: part of the balance that is insured, at most all of it
    :param insured_percent: insurer's share of it in percent, 0 to 100
    :raise ValueError: if the insured exposure is negative or a percentage impossible
    """
    if insured_exposure < 0 or not 0 <= insured_percent <= 100:
        raise ValueError("The insured exposure or percentage is out of range.")
    if loss_rate_percent < 0:
        raise ValueError("A loss rate cannot be negative.")
    base = max(ZERO, gross)
    insured = min(base, insured_exposure)
    rate = Fraction(loss_rate_percent) / 100
    own_share = Fraction(insured) * (100 - Fraction(insured_percent)) / 100 * rate
    uninsured = Fraction(base - insured) * rate
    return InsuredProvision(
        to_decimal(uninsured), to_decimal(own_share), to_decimal(uninsured + own_share)
    )


def _provision(
    balances: Sequence[BucketBalance], rates: Sequence[Fraction | None]
) -> Provision:
    losses = [
        _loss(balance.gross, rate)
        for balance, rate in zip(balances, rates, strict=True)
    ]
    known = [loss for loss in losses if loss is not None]
    total = to_decimal(sum(known)) if len(known) == len(losses) else None
    return Provision(
        tuple(None if loss is None else to_decimal(loss) for loss in losses), total
    )


def _loss(gross: Decimal, rate: Fraction | None) -> Fraction | None:
    if rate is not None and rate < 0:
        raise ValueError("A loss rate cannot be negative.")
    if gross <= 0:
        return Fraction(0)
    return None if rate is None else Fraction(gross) * rate

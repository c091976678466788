"""First figures of credit insurance: exposure against a limit, and the clock.

A quick view for one buyer and one limit. What is really covered depends on the path
that the account took and comes from the replay of the account. Days count from the
original due date, whatever was agreed later (Atradius and Allianz Trade, public
guides).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class InsuredExposure:
    """An exposure split by the limit and by who bears it, one currency, unrounded."""

    within_limit: Decimal
    above_limit: Decimal
    indemnifiable: Decimal
    own_risk: Decimal


@dataclass(frozen=True)
class InsuranceClock:
    """Last day of cover for new deliveries, last day to hand over for collection."""

    cover_stops_after: date | None
    handover_by: date | None


def insured_exposure(
    exposure: Decimal, limit: Decimal, insured_percent: Decimal
) -> InsuredExposure:
    """Split an exposure into insured and own risk.

    :param exposure: what the buyer owes; a credit balance is neither insured nor above
    :param limit: credit limit of the insurer, same currency; zero without cover
    :param insured_percent: insurer's share in percent, 0 to 100
    :raise ValueError: if the limit is negative or the percentage out of range
    """
    if limit < 0 or not 0 <= insured_percent <= 100:
        raise ValueError("The limit or the insured percentage is out of range.")
    owed = max(Decimal(0), exposure)
    within = min(owed, limit)
    indemnifiable = within * insured_percent / 100
    return InsuredExposure(within, owed - within, indemnifiable, owed - indemnifiable)


def insurance_clock(
    oldest_original_due: date | None, max_extension_days: int, handover_days: int
) -> InsuranceClock:
    """Return when cover of new deliveries stops and when to hand over.

    :param oldest_original_due: original due date of the oldest unpaid invoice; None if
        nothing is unpaid, then no clock runs
    :param max_extension_days: maximum extension period in calendar days
    :param handover_days: further calendar days until hand-over
    :raise ValueError: if a number of days is negative
    """
    if max_extension_days < 0 or handover_days < 0:
        raise ValueError("Days of extension and hand-over cannot be negative.")
    if oldest_original_due is None:
        return InsuranceClock(None, None)
    stop = oldest_original_due + timedelta(days=max_extension_days)
    return InsuranceClock(stop, stop + timedelta(days=handover_days))


def extension_allowed(
    oldest_original_due: date | None, max_extension_days: int, requested: date
) -> bool:
    """Tell whether a new due date needs no consent of the insurer.

    :param oldest_original_due: original due date of the oldest unpaid invoice; None if
        nothing is unpaid
    :param max_extension_days: maximum extension period in calendar days; its last day
        is still allowed
    :param requested: new due date asked for
    :raise ValueError: if the number of days is negative
    """
    last_day = insurance_clock(
        oldest_original_due, max_extension_days, 0
    ).cover_stops_after
    return last_day is None or requested <= last_day

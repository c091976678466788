"""What people are told of: idle limits, reminders, used-up sums, declarations."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .dates import DAY, add_months, check_date
from .money import HUNDRED, ZERO, check_choice, check_count

PERIODS = {"month": 1, "quarter": 3, "year": 12}
WARNING_DAYS = 5  # before the last day to invoice a delivery
STAGES = (75, 100)  # percent of the aggregate first loss


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """How a limit was used: ``granted`` is the day since which it holds unchanged,
    ``last_sale`` the day of the last invoice, ``highest_pct`` the highest use at a
    month end of the last twelve months, None where those are not known."""

    amount: Decimal
    granted: date | None
    last_sale: date | None = None
    open: Decimal = ZERO
    highest_pct: Decimal | None = None


def is_idle(use, today, months=6, pct=30):
    """Tell whether a limit could be given back or made smaller.

    :param use: LimitUse
    :param months: without any sale and open item; 0: not looked at
    :param pct: use below it during twelve months; 0: not looked at
    Source: section 3, LIM-IDLE.
    """
    check_date(today, "The day of an alert")
    check_count(months, "The months of an idle limit")
    if not use.amount or use.granted is None:
        return False
    opens = add_months(today, -months)
    quiet = use.last_sale is None or use.last_sale < opens
    if months and not use.open and quiet and use.granted <= opens:
        return True
    known = use.highest_pct is not None and use.granted <= add_months(today, -12)
    return bool(pct and known and use.highest_pct < pct)


def reminder_day(opened, today, months=3):
    """Return the last reminder that has come, else the first one ahead.

    :param opened: first day of what people are reminded of
    :param months: between two reminders
    Source: section 3, DISPUTE "remind quarterly".
    """
    day, number = add_months(opened, months), 1
    while add_months(opened, months * (number + 1)) <= today:
        number += 1
        day = add_months(opened, months * number)
    return day


def invoicing_deadline(delivered, max_days):
    """Return the last day on which a delivery may be invoiced.

    :param max_days: the clause of the policy; 0 or None: there is no such clause
    Source: section 4.2, LATE_INVOICING.
    """
    return delivered + timedelta(days=max_days) if max_days else None


def first_loss_stage(used, whole):
    """Return 75 or 100 once so many percent of the first loss are used, else 0.

    :param used: Decimal, absorbed by the claims of the year
    :param whole: Decimal, the aggregate first loss of the year
    Source: section 3, AFL.
    """
    if whole <= 0:
        return 0
    reached = used * HUNDRED / whole
    return max((stage for stage in STAGES if reached >= stage), default=0)


def ended_periods(first, last, kind, today):
    """Return (first day, last day) of the declared periods that are over.

    :param first: first day of the policy year
    :param last: its last day; the last period ends with it
    :param kind: month, quarter or year
    Source: section 3, DECL-DUE.
    """
    check_choice(kind, "The declared period", PERIODS)
    found, number, start = [], 0, first
    while start <= last:
        number += 1
        following = add_months(first, PERIODS[kind] * number)
        end = min(last, following - DAY)
        if end >= today:
            break
        found.append((start, end))
        start = following
    return found

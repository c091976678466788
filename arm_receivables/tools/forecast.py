"""When an open item is likely to be paid."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal


def expected_payment_date(
    due_date: date,
    delay_days: Decimal | None,
    today: date,
    promise: date | None = None,
) -> date:
    """Return the day on which payment is expected.

    Due date plus the customer's weighted delay, rounded up to a day, and never before
    tomorrow. An open promise wins; one whose day has passed is no longer open.

    :param due_date: due date of the item
    :param delay_days: the customer's mean days late (negative: early); None without
        history, which means on the due date
    :param today: day of the forecast
    :param promise: day promised, if any
    """
    if promise is not None and promise >= today:
        return promise
    delay = (delay_days or Decimal(0)).to_integral_value(ROUND_CEILING)
    return max(due_date + timedelta(days=int(delay)), today + timedelta(days=1))

"""How much data there is, and the day that it belongs to."""

from dataclasses import dataclass
from datetime import date

# Benchmarks run with the clock at this day, so that data made once stays true.
DAY = date(2026, 3, 16)
HISTORY_DAYS = 730


@dataclass(frozen=True)
class Size:
    """What the generated company looks like; orders are those not yet invoiced."""

    name: str
    customers: int
    invoices: int
    orders: int


SIZES = {
    size.name: size
    for size in (
        Size("tiny", customers=40, invoices=400, orders=40),
        Size("small", customers=1_000, invoices=20_000, orders=1_000),
        Size("full", customers=50_000, invoices=1_000_000, orders=50_000),
    )
}

"""May an order be confirmed? Blocks, credit limit and releases decide it.

Amounts are Decimals in the company's currency; days are the company's calendar days.
The same rules exist as one SQL statement for all customers; a test compares the two.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from .money import ZERO

MANUAL, STATUS, OVERDUE, LIMIT = "manual", "status", "overdue", "limit"
DUNNING, INSURANCE = "dunning", "insurance"
# Opened and lifted by figures; the others begin with somebody's decision.
AUTOMATIC = (STATUS, OVERDUE, LIMIT)

FREE, PREPAID, RELEASED, HELD = "free", "prepaid", "released", "held"
COLLECTOR, MANAGER = "collector", "manager"


@dataclass(frozen=True)
class OverdueRule:
    """When overdue items block: too long, or too much. Zero switches a part off."""

    days: int = 0
    maximum: Decimal = ZERO
    minimum: Decimal = ZERO


@dataclass(frozen=True)
class Block:
    """A reason why a customer's orders are not confirmed.

    ``to_lift`` is what must be paid to be rid of it; None: no payment lifts it.
    """

    source: str
    since: datetime | None = None
    until: date | None = None
    to_lift: Decimal | None = None
    even_prepaid: bool = False
    id: int | None = None


@dataclass(frozen=True)
class Release:
    """A permission to pass blocks: for one order, an amount, until a day."""

    id: int
    granted: datetime
    left: Decimal | None = None
    order: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Customer:
    """What is known about a customer of one company."""

    exposure: Decimal = ZERO
    limit: Decimal | None = None
    blocks: tuple[Block, ...] = ()
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True)
class Order:
    """What somebody wants to confirm: ``amount`` is what it adds to the exposure.

    ``debtor`` gets the invoice and has the limit; a block of any of ``parties`` (who
    orders, who gets the invoice) counts.
    """

    id: int
    amount: Decimal
    debtor: Hashable
    parties: tuple[Hashable, ...]
    today: date
    prepaid: bool = False


@dataclass(frozen=True)
class Decision:
    """Whether an order may be confirmed, and what would have to happen if not."""

    state: str
    blocks: tuple[Block, ...] = ()
    release: int | None = None

    @property
    def to_lift(self) -> Decimal:
        """The amount to be paid; one payment works against all blocks at once."""
        return max((block.to_lift or ZERO for block in self.blocks), default=ZERO)

    @property
    def payment_lifts(self) -> bool:
        """Whether paying is enough, without anybody's decision."""
        return all(block.to_lift is not None for block in self.blocks)


def overdue_to_lift(
    late: Decimal, overdue: Decimal, rule: OverdueRule
) -> Decimal | None:
    """Return what must be paid to end a block for overdue items; None: no block.

    :param late: sum of the items overdue for more days than the rule allows
    :param overdue: sum of all overdue items
    """
    needed = []
    if rule.days and late > rule.minimum:
        needed.append(late)
    if rule.maximum and overdue > rule.maximum:
        needed.append(overdue - rule.maximum)
    return max(needed, default=None)


def limit_to_lift(
    exposure: Decimal, limit: Decimal | None, order: Decimal = ZERO
) -> Decimal | None:
    """Return by how much a limit is exceeded with an order; None: it is not.

    :param exposure: open items and confirmed orders, without the order at hand
    :param limit: None means no limit; zero means that nothing is sold on credit
    :param order: amount of the order at hand
    """
    if limit is None or exposure + order <= limit:
        return None
    return exposure + order - limit


def role_needed(amount: Decimal | None, collector_limit: Decimal) -> str:
    """Return who may grant a release of so much; None is a release without limit."""
    if amount is not None and amount <= collector_limit:
        return COLLECTOR
    return MANAGER


def passes(release: Release, order: Order, blocks: Iterable[Block]) -> bool:
    """Tell whether a release lets an order pass these blocks.

    A block that somebody set after the release was granted is not passed: who granted
    it did not know. Figures may have moved meanwhile, within the release's amount.
    """
    if release.order not in (None, order.id):
        return False
    if release.until is not None and release.until < order.today:
        return False
    if release.left is not None and order.amount > release.left:
        return False
    return all(
        block.source in AUTOMATIC
        or block.since is None
        or block.since <= release.granted
        for block in blocks
    )


def decide(order: Order, customers: Mapping[Hashable, Customer]) -> Decision:
    """Return whether one order may be confirmed now.

    :param customers: the order's parties; one that is missing has nothing open
    """
    blocks = _blocks_of(order, customers)
    if not blocks:
        return Decision(FREE)
    if order.prepaid and not any(block.even_prepaid for block in blocks):
        return Decision(PREPAID, blocks)
    usable = [
        release
        for party in dict.fromkeys((order.debtor, *order.parties))
        for release in customers.get(party, Customer()).releases
        if passes(release, order, blocks)
    ]
    if usable:
        return Decision(RELEASED, blocks, min(usable, key=_preference).id)
    return Decision(HELD, blocks)


def decide_together(
    orders: Iterable[Order], customers: Mapping[Hashable, Customer]
) -> dict[int, Decision]:
    """Decide orders that are confirmed at once, in their order.

    Each one that passes uses up the limit and the release for those after it.
    """
    known = dict(customers)
    decisions = {}
    for order in orders:
        decisions[order.id] = decision = decide(order, known)
        if decision.state in (FREE, RELEASED):
            debtor = known.get(order.debtor, Customer())
            exposure = debtor.exposure + order.amount
            known[order.debtor] = replace(debtor, exposure=exposure)
        if decision.state == RELEASED:
            _use_up(decision.release, order, known)
    return decisions


def _blocks_of(
    order: Order, customers: Mapping[Hashable, Customer]
) -> tuple[Block, ...]:
    """The blocks in force; the limit is judged with the order, not as it was stored."""
    blocks = [
        block
        for party in dict.fromkeys(order.parties)
        for block in customers.get(party, Customer()).blocks
        if block.source != LIMIT and (block.until is None or block.until >= order.today)
    ]
    debtor = customers.get(order.debtor, Customer())
    excess = limit_to_lift(debtor.exposure, debtor.limit, order.amount)
    if excess is not None:
        blocks.append(Block(LIMIT, to_lift=excess))
    return tuple(blocks)


def _preference(release: Release):
    """First what was meant for this very order, then what is nearest to its end."""
    return (
        release.order is None,
        release.left is None,
        release.left or ZERO,
        release.until or date.max,
        release.id,
    )


def _use_up(release_id: int, order: Order, customers: dict[Hashable, Customer]) -> None:
    for party in {order.debtor, *order.parties} & customers.keys():
        rest = []
        for release in customers[party].releases:
            if release.id != release_id:
                rest.append(release)
            elif release.order is None and release.left is None:
                rest.append(release)
            elif release.order is None:
                rest.append(replace(release, left=release.left - order.amount))
        customers[party] = replace(customers[party], releases=tuple(rest))

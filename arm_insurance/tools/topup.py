"""Top-up cover: a second policy that follows the first one."""

from dataclasses import dataclass, replace
from datetime import date

from .limits import LimitHistory
from .money import exact
from .replay import replay
from .terms import UNCOVERED_FIRST


@dataclass(frozen=True, slots=True)
class Layer:
    """What a policy leaves to the one above it.

    ``caps`` maps an item id to (day, uncovered remainder from that day on) pairs in
    order of days; items without an entry leave nothing. ``ceiling`` is the
    LimitHistory of the policy below: the one above at most doubles it.
    """

    caps: dict
    ceiling: LimitHistory


@exact
def remainders(terms, items, coverage):
    """Return what a policy left uncovered of each insured item, day by day.

    :param terms: CoverTerms of that policy
    :param items: iterable of account.Item
    :param coverage: its Coverage, replayed with a trace
    :return: dict of item id to list of (day, Decimal); items that are not insured at
        all leave nothing to a top-up policy
    Source: section 7, "uncovered remainder (status PARTIAL/OVER_LIMIT only)".
    """
    eligible = {row.id for row in coverage.items if row.pct is not None}
    found = {}
    for item in items:
        if item.id not in eligible or not item.gross:
            continue
        net = item.insurable_net(terms.vat_covered)
        by_day: dict[date, object] = {}
        for day, _code, _amount, opened, covered in coverage.exact_steps(item.id):
            by_day[day] = opened * net / item.gross - covered
        found[item.id] = sorted(by_day.items())
    return found


def replay_top_up(
    terms, decisions, items, receipts, as_of, events, primary_terms, primary_decisions
):
    """Return the cover of the top-up policy and of the primary one below it.

    Both are replayed on the same account. The top-up covers what the primary leaves
    uncovered of its insured items; what moves up in the primary makes room again.

    :param terms: CoverTerms of the top-up policy
    :param decisions: its limits.Decisions
    :param items: iterable of account.Item
    :param receipts: iterable of account.Receipt
    :param as_of: the day asked, or the date of loss
    :param events: account.Events, or None
    :param primary_terms: CoverTerms of the primary policy
    :param primary_decisions: its limits.Decisions
    :return: (Coverage of the primary policy, Coverage of the top-up policy);
        ``insurable`` of the second is what the first left
    Source: section 7, "several policies on one buyer".
    """
    items, receipts = list(items), list(receipts)
    primary_decisions = list(primary_decisions)
    primary = replay(primary_terms, primary_decisions, items, receipts, as_of, events)
    ceiling = LimitHistory(
        primary_decisions, primary_terms.runoff_days, primary_terms.retro_days
    )
    layer = Layer(remainders(primary_terms, items, primary), ceiling)
    # The remainder falls by itself when a receipt eats it: no second deduction.
    above = replace(
        terms, partial_rule=UNCOVERED_FIRST, vat_covered=primary_terms.vat_covered
    )
    return primary, replay(
        above, decisions, items, receipts, as_of, events, layer=layer
    )

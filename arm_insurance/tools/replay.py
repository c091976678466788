"""Coverage replay: the account of one buyer, day by day.

Cover is path dependent (section 0.1): what is covered today follows from every
delivery, receipt and decision before, in their order. Only days on which something
happens are visited; queues keep the work near one sort and one pass.
"""

from . import codes
from .account import OWN_INVOICE, Events, Receipt
from .cover import CoverPool, fill_snapshot, freeze_reasons
from .coverage import Coverage, DayState, Outlook, item_cover, total_cover
from .dates import DAY, check_date
from .eligibility import judge
from .ledger import Ledger, Line
from .limits import LimitHistory
from .money import ZERO, exact, round_money
from .stop import StopWatch, mep_expiry
from .terms import SNAPSHOT, CoverTerms


@exact
def replay(
    terms, decisions, items, receipts, as_of, events=None, trace=True, layer=None
):
    """Return the cover of every open item of a buyer on a day.

    :param terms: CoverTerms of the policy
    :param decisions: iterable of limits.Decision on the buyer, as entered
    :param items: iterable of account.Item, in invoice order (the order decides
        between deliveries of the same day); items delivered after ``as_of`` are
        left out
    :param receipts: iterable of account.Receipt; later ones are ignored
    :param as_of: the day asked, or the date of loss
    :param events: account.Events, or None
    :param trace: False leaves out steps and days
    :param layer: topup.Layer, what the policy below leaves to this one
    :return: coverage.Coverage
    :raise ValueError: bad input (see the dataclasses), double ids, receipts that
        name unknown invoices, more money returned than received
    Source: section 4.4.
    """
    check_date(as_of, "The day of a replay")
    history = LimitHistory(decisions, terms.runoff_days, terms.retro_days)
    account = _Account(terms, history, events or Events(), as_of, trace)
    account.load(items, receipts)
    if layer is not None:
        account.lay_over(layer)
    return account.run()


class _Todo:
    """What happens on one day."""

    __slots__ = ("caps", "clocks", "deliveries", "let_in", "receipts")

    def __init__(self):
        self.caps = []
        self.receipts = []
        self.clocks = []
        self.deliveries = []
        self.let_in = []


def _booking_order(receipt):
    """Credit notes first, then receipts, then returned payments (section 4.4.3)."""
    return (receipt.kind not in OWN_INVOICE, receipt.amount < 0)


class _Account:
    """One replay (internal)."""

    def __init__(self, terms: CoverTerms, limits, events, as_of, trace):
        self.terms = terms
        self.limits = limits
        self.events = events
        self.as_of = as_of
        self.trace = trace
        self.lines = {}
        self.agenda = {}
        self.ceiling = None
        self.steps = {}
        self.days = []
        self.day = None
        self.stop = StopWatch(terms)
        self.is_snapshot = terms.coverage_method == SNAPSHOT
        self.pool = CoverPool(terms, self._on_cover)
        self.ledger = Ledger(terms, self.lines, self._on_receipt)

    # -- loading ---------------------------------------------------------------

    def load(self, items, receipts):
        """Sort everything that happens up to the day asked into an agenda."""
        receipts = list(receipts)
        for seq, item in enumerate(items):
            if item.gross < 0:  # the insurer nets unallocated credits (section 7)
                receipts.append(Receipt(item.risk_date, -item.gross))
            else:
                self._load_item(item, seq)
        for receipt in receipts:
            if receipt.day <= self.as_of:
                self._on(receipt.day).receipts.append(receipt)
        for day in self.limits.change_days:
            if day <= self.as_of:
                self._on(day)

    def lay_over(self, layer):
        """Cover only what another policy leaves, up to its limit (section 7)."""
        self.ceiling = layer.ceiling
        for item_id, line in self.lines.items():
            line.cap = ZERO
            for day, amount in layer.caps.get(item_id, ()):
                if day <= self.as_of:
                    self._on(day).caps.append((line, amount))
        for day in layer.ceiling.change_days:
            if day <= self.as_of:
                self._on(day)

    def _load_item(self, item, seq):
        if item.id in self.lines:
            raise ValueError(f"The item {item.id} is given twice.")
        line = Line(item, seq, self.terms.vat_covered)
        self.lines[item.id] = line
        if line.day > self.as_of:
            return
        line.expiry = mep_expiry(item, self.terms, self.limits.admit(line.day).row)
        self._on(line.day).deliveries.append(line)
        self._watch(line, line.expiry and line.expiry + DAY, codes.STEP_MEP_PASSED)
        for first, last in item.disputes:
            self._watch(line, first, codes.STEP_DISPUTE_ON)
            self._watch(line, last and last + DAY, codes.STEP_DISPUTE_OFF)

    def _watch(self, line, day, code):
        """Look at a delivered item again on ``day``."""
        if day is not None and line.day < day <= self.as_of:
            self._on(day).clocks.append((line, code))

    def _on(self, day):
        todo = self.agenda.get(day)
        if todo is None:
            todo = self.agenda[day] = _Todo()
        return todo

    # -- running ---------------------------------------------------------------

    def run(self):
        """Visit the days in order and return the Coverage."""
        for day in sorted(self.agenda):
            self.day = day
            self._visit(self.agenda[day])
        if self.is_snapshot:
            self._cover_as_snapshot()
        return self._result()

    def _visit(self, todo):
        """One day, in the order of section 4.4 steps 3 to 6."""
        for receipt in sorted(todo.receipts, key=_booking_order):
            self.ledger.receive(receipt)
        for line, code in todo.clocks:
            if line.open:
                self._step(line, code, ZERO)
            self.stop.refresh(line, self.day)
        self._deliver(todo.deliveries)
        for line in todo.let_in:
            self.pool.admit(line)
        for line, amount in todo.caps:
            self._cap(line, amount)
        if not self.is_snapshot:
            self._fill()

    def _cap(self, line, amount):
        covered, grows = line.covered, amount > line.cap
        line.cap = amount
        line.settle()
        self.pool.changed(line, covered)
        if grows:
            self._requeue(line)

    def _fill(self):
        frozen = self._freeze()
        if not set(frozen) - {codes.FROZEN_STOP}:
            self.pool.fill(self._limit(), bool(frozen))
        self.pool.end_of_day()
        if self.trace:
            self._close_day(frozen)

    def _deliver(self, lines):
        """Judge the day's deliveries, then let waiting credits pay them."""
        stopped = self.stop.is_stopped
        for line in lines:
            line.eligibility = judge(
                line.item, self.terms, self.limits, self.events, stopped
            )
        for line in lines:
            self.ledger.deliver(line)
            status = line.eligibility.status
            self._step(line, status or codes.STEP_DELIVERED, line.gross)
            self.ledger.use_aside(line)
        self.ledger.use_credit()
        for line in lines:
            self.stop.refresh(line, self.day)
            self._queue(line)

    def _queue(self, line):
        """Let an eligible item queue for cover, now or on the day it is let in."""
        if not line.eligibility.is_eligible:
            return
        if line.eligibility.let_in <= self.day:
            self.pool.admit(line)
        elif line.eligibility.let_in <= self.as_of:
            self._on(line.eligibility.let_in).let_in.append(line)

    def _limit(self):
        """Limit of the day, never above that of the policy below."""
        limit = self.limits.on(self.day).amount
        if self.ceiling is not None:
            limit = min(limit, self.ceiling.on(self.day).amount)
        return limit

    def _freeze(self):
        state = self.limits.on(self.day)
        return freeze_reasons(state, self.events, self.stop.is_stopped, self.day)

    def _cover_as_snapshot(self):
        lines = [
            line
            for line in self._delivered()
            if line.eligibility.is_eligible and line.eligibility.let_in <= self.as_of
        ]
        self.day = self.as_of
        state = self.limits.on(self.as_of)
        fill_snapshot(lines, self._limit() if state.row else ZERO)

    # -- what the ledger and the pool report -----------------------------------

    def _on_receipt(self, line, code, amount, covered_before):
        self.pool.changed(line, covered_before)
        self.stop.refresh(line, self.day)
        self._step(line, code, amount)
        if code == codes.STEP_RETURNED:
            self._requeue(line)

    def _requeue(self, line):
        """An item whose gap grew may be covered again when the limit has room."""
        verdict = line.eligibility
        if verdict is not None and verdict.is_eligible and verdict.let_in <= self.day:
            self.pool.admit(line)

    def _on_cover(self, line, amount):
        fresh = self.day in (line.day, line.eligibility.let_in)
        self._step(line, codes.STEP_COVERED if fresh else codes.STEP_MOVED_UP, amount)

    # -- trace and result ------------------------------------------------------

    def _money(self, amount):
        return round_money(amount, self.terms.decimals)

    def _step(self, line, code, amount):
        if self.trace:
            step = (self.day, code, amount, line.open, line.covered)
            self.steps.setdefault(line.item.id, []).append(step)

    def _close_day(self, frozen):
        limit, total = self._limit(), self.pool.total
        oldest = self.stop.oldest
        figures = map(self._money, (limit, total, limit - total))
        stop_item = oldest.item.id if oldest else None
        self.days.append(DayState(self.day, *figures, frozen, stop_item))

    def _delivered(self):
        return [line for line in self.lines.values() if line.is_delivered]

    def _result(self):
        self.day = self.as_of
        limit = self._limit()
        frozen = self._freeze()
        outlook = Outlook(self.terms, self.as_of, frozen, limit - self.pool.total)
        pairs = [item_cover(line, outlook) for line in self._delivered()]
        figures = [exactly for _row, exactly in pairs]
        return Coverage(
            as_of=self.as_of,
            items=tuple(row for row, _exactly in pairs),
            totals=total_cover(figures, self.terms.decimals),
            limit=self._money(limit),
            stop_shipment=self.stop.is_stopped or self.events.ended_on(self.as_of),
            frozen=frozen,
            stop=self.stop.info(self.lines.values(), self.as_of),
            not_delivered=tuple(
                line.item.id for line in self.lines.values() if not line.is_delivered
            ),
            credit=self._money(self.ledger.credit),
            days=tuple(self.days),
            decimals=self.terms.decimals,
            _steps=self.steps,
        )

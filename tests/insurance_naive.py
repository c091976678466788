"""A second coverage replay, written from the words of the specification.

Deliberately naive: every calendar day is visited, every question is answered by going
through all rows, and money is a Fraction, so that nothing is ever rounded before the
end. It shares nothing with the tools but their input dataclasses.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

ONE_DAY = timedelta(days=1)


def cents(value, places=2):
    """Round a Fraction half away from zero and give it as a Decimal."""
    scale = 10**places
    units = (2 * abs(value.numerator) * scale + value.denominator) // (
        2 * value.denominator
    )
    return Decimal(units if value >= 0 else -units).scaleb(-places)


def plus_span(day, span):
    if span is None:
        return None
    month = day.month - 1 + span.months
    year, month = day.year + month // 12, month % 12 + 1
    number = day.day
    while True:
        try:
            return date(year, month, number) + timedelta(days=span.days)
        except ValueError:
            number -= 1


class Limits:
    """Section 4.1, row by row."""

    def __init__(self, decisions, terms):
        self.terms = terms
        self.rows = [d for d in decisions if d.kind not in ("request", "refuse")]

    def first_day(self, row):
        if row.effective:
            return row.effective
        if row.kind in ("grant", "increase"):
            return row.decided
        runoff = row.runoff_days
        if runoff is None:
            runoff = self.terms.runoff_days if row.kind != "expire" else 0
        return row.decided + timedelta(days=runoff + 1)

    def key(self, row):
        return (self.first_day(row), row.decided, self.rows.index(row))

    def last_permanent(self, day):
        started = [
            row
            for row in self.rows
            if row.limit_type != "temporary" and self.first_day(row) <= day
        ]
        return max(started, key=self.key, default=None)

    def running(self, day):
        found = []
        for row in self.rows:
            if row.limit_type != "temporary" or not row.amount:
                continue
            if not self.first_day(row) <= day <= row.until:
                continue
            ended = [
                other
                for other in self.rows
                if other.limit_type == "temporary"
                and other.kind in ("reduce", "withdraw", "expire")
                and self.key(other) > self.key(row)
                and self.first_day(other) <= day
            ]
            if not ended:
                found.append(row)
        return sorted(found, key=self.key)

    def permanent(self, day):
        row = self.last_permanent(day)
        if row is None or row.kind in ("withdraw", "expire") or not row.amount:
            return None
        return None if row.until and row.until < day else row

    def amount(self, day):
        row = self.permanent(day)
        extra = sum((r.amount for r in self.running(day)), Decimal(0))
        return Fraction((row.amount if row else 0) + extra)

    def row(self, day):
        """The row that deliveries of the day fall under."""
        if self.permanent(day):
            return self.permanent(day)
        extras = self.running(day)
        last = self.last_permanent(day)
        if last is not None and last.kind == "withdraw":
            extras = [row for row in extras if self.key(row) > self.key(last)]
        return extras[-1] if extras else None

    def delivery(self, day):
        """(row, status, first covered day)"""
        if self.row(day):
            return self.row(day), "", day
        last = self.last_permanent(day)
        if last is not None and last.kind == "withdraw":
            return None, "LIMIT_WITHDRAWN", None
        for row in sorted(self.rows, key=self.key):
            if row.kind not in ("grant", "increase") or not row.amount:
                continue
            retro = row.retro_days
            retro = self.terms.retro_days if retro is None else retro
            first = self.first_day(row)
            if first - timedelta(days=retro) <= day < first:
                return row, "", first
        return None, "NO_LIMIT", None


class State:
    """Running figures of one item."""

    def __init__(self, item, seq, terms):
        self.item, self.seq = item, seq
        self.day = item.delivered or item.invoiced
        net = item.gross - item.charges - (0 if terms.vat_covered else item.vat)
        self.factor = Fraction(net) / Fraction(item.gross) if item.gross else 1
        self.open = self.covered = self.received = Fraction(0)
        self.here = False
        self.status = self.pct = self.let_in = None
        self.touched = None

    @property
    def insurable(self):
        return self.open * self.factor

    @property
    def order(self):
        return (self.item.due, self.item.invoiced, self.seq)


class NaiveReplay:
    """Section 4.4, a day at a time."""

    def __init__(self, terms, decisions, items, receipts, as_of, events):
        self.terms, self.as_of, self.events = terms, as_of, events
        self.limits = Limits(decisions, terms)
        self.states = [State(item, seq, terms) for seq, item in enumerate(items)]
        self.receipts = list(receipts)
        self.credit = Fraction(0)
        self.aside = []  # [item id, amount, kind]
        self.used = []  # [state, amount]
        self.highest = Fraction(0)

    def run(self):
        days = [s.day for s in self.states] + [r.day for r in self.receipts]
        days += [self.limits.first_day(row) for row in self.limits.rows]
        day = min([*days, self.as_of])
        while day <= self.as_of:
            self.one_day(day)
            self.check(day)
            day += ONE_DAY
        return self

    def one_day(self, day):
        todays = [r for r in self.receipts if r.day == day]
        for receipt in [r for r in todays if r.kind != "payment"]:
            self.book(receipt, day)
        for receipt in [r for r in todays if r.kind == "payment" and r.amount >= 0]:
            self.book(receipt, day)
        for receipt in [r for r in todays if r.amount < 0]:
            self.give_back(receipt, day)
        new = [s for s in self.states if s.day == day]
        stopped = self.stopped(day)
        for state in new:
            self.judge(state, day, stopped)
        for state in new:
            state.here, state.open = True, Fraction(state.item.gross)
        for state in new:
            self.unpack(state)
        amount, self.credit = self.credit, Fraction(0)
        self.credit = self.oldest_first(amount, "payment")
        self.fill(day)

    # -- receipts

    def named(self, receipt):
        if receipt.invoice is None:
            return None
        if receipt.kind == "payment" and self.terms.allocation == "fifo":
            return None
        return next(s for s in self.states if s.item.id == receipt.invoice)

    def book(self, receipt, day):
        rest, state = Fraction(receipt.amount), self.named(receipt)
        if state is not None:
            if not state.here:
                self.aside.append([state.item.id, rest, receipt.kind])
                return
            rest -= self.pay(state, rest, receipt.kind)
            if receipt.kind in ("write_off", "discount", "exchange"):
                self.aside.append([state.item.id, rest, receipt.kind])
                return
        self.credit += self.oldest_first(rest, receipt.kind)

    def unpack(self, state):
        waiting = [entry for entry in self.aside if entry[0] == state.item.id]
        for own in (True, False):
            for entry in waiting:
                if (entry[2] in ("write_off", "discount", "exchange")) == own:
                    entry[1] -= self.pay(state, entry[1], entry[2])
                    if not own:
                        self.credit += entry[1]
                        entry[1] = Fraction(0)

    def oldest_first(self, amount, kind):
        here = [s for s in self.states if s.here and s.open]
        for state in sorted(here, key=lambda s: s.order):
            amount -= self.pay(state, amount, kind)
        return amount

    def pay(self, state, amount, kind):
        amount = min(amount, state.open)
        if not amount:
            return amount
        before = state.open
        state.open -= amount
        if self.terms.partial_rule == "covered_first":
            state.covered = max(Fraction(0), state.covered - amount * state.factor)
        elif self.terms.partial_rule == "uncovered_first":
            state.covered = min(state.covered, state.insurable)
        else:
            state.covered *= state.open / before
        if kind == "payment":
            state.received += amount
            self.used.append([state, amount])
        return amount

    def give_back(self, receipt, day):
        rest, state = -Fraction(receipt.amount), self.named(receipt)
        if state is not None:
            rest -= self.reopen(state, rest, day)
            rest -= self.from_aside([state.item.id], rest)
        part = min(rest, self.credit)
        self.credit -= part
        rest -= part
        while rest and self.used:
            state, amount = self.used.pop()
            part = self.reopen(state, min(rest, amount), day)
            rest -= part
            if part < amount and not rest:
                self.used.append([state, amount - part])
        rest -= self.from_aside([other.item.id for other in self.states], rest)
        assert not rest

    def reopen(self, state, amount, day):
        amount = min(amount, state.received)
        state.received -= amount
        state.open += amount
        if amount:
            state.touched = day
        return amount

    def from_aside(self, item_ids, amount):
        taken = Fraction(0)
        for entry in reversed(self.aside):
            if entry[0] in item_ids and entry[2] == "payment":
                part = min(entry[1], amount - taken)
                entry[1] -= part
                taken += part
        return taken

    # -- deliveries

    def disputed(self, state, day):
        return any(
            first <= day and (last is None or day <= last)
            for first, last in state.item.disputes
        )

    def expiry(self, state):
        row = self.limits.delivery(state.day)[0]
        span = row.mep if row is not None and row.mep else self.terms.mep
        item = state.item
        start = {
            "due": item.due,
            "invoice": item.invoiced,
            "extended": item.extended_due or item.due,
        }[self.terms.mep_basis]
        return plus_span(start, span)

    def stopped(self, day):
        for state in self.states:
            if not state.here or state.open <= self.terms.stop_min_amount:
                continue
            if self.disputed(state, day) and not self.terms.disputed_triggers_stop:
                continue
            expiry = self.expiry(state)
            if expiry is not None and expiry < day:
                return True
        return False

    def ended(self, day):
        dates = (self.events.insolvency, self.events.hand_over)
        return any(d is not None and day > d for d in dates)

    def judge(self, state, day, stopped):
        terms, item = self.terms, state.item
        row, status, let_in = self.limits.delivery(day)
        maximum = terms.max_terms_days
        if row is not None and row.max_terms_days is not None:
            maximum = row.max_terms_days
        start = item.invoiced if terms.terms_basis == "invoice" else day
        term = ((item.last_due or item.due) - start).days
        wait = (item.invoiced - day).days
        outside = not terms.start <= day <= terms.end
        tests = [
            ("EXCLUDED", bool(item.excluded)),
            ("OUTSIDE_PERIOD", outside and terms.attachment == "risk_attaching"),
            (status, row is None),
            ("TERMS_TOO_LONG", maximum is not None and term > maximum),
            (
                "LATE_INVOICING",
                terms.max_invoicing_days is not None
                and wait > terms.max_invoicing_days,
            ),
            ("COVER_ENDED", self.ended(day)),
            ("STOP_SHIPMENT", stopped and not item.insurer_consent),
        ]
        state.status = next((name for name, failed in tests if failed), "")
        if not state.status:
            state.let_in = let_in
            kind = "named" if row.limit_type == "temporary" else row.limit_type
            own = terms.insured_pct.get(kind, terms.insured_pct["named"])
            state.pct = own if row.pct is None else row.pct

    # -- cover

    def fill(self, day):
        self.highest = max(self.highest, self.limits.amount(day))
        if self.terms.coverage_method == "snapshot":
            return
        if self.limits.row(day) is None or self.ended(day):
            return
        stopped = self.stopped(day)
        for state in sorted(self.states, key=lambda s: (s.day, s.seq)):
            if not state.here or state.status or state.let_in > day:
                continue
            if stopped and not state.item.insurer_consent:
                continue
            if self.terms.overlimit == "at_shipment" and day not in (
                state.day,
                state.let_in,
                state.touched,
            ):
                continue
            room = self.limits.amount(day) - sum(s.covered for s in self.states)
            if room > 0:
                state.covered += min(room, state.insurable - state.covered)

    def check(self, day):
        for state in self.states:
            assert 0 <= state.covered <= state.insurable, (day, state.item.id)
        assert sum(s.covered for s in self.states) <= self.highest

    # -- results

    def result(self):
        day, rows = self.as_of, []
        if self.terms.coverage_method == "snapshot":
            room = self.limits.amount(day) if self.limits.row(day) else Fraction(0)
            for state in sorted(self.states, key=lambda s: (s.day, s.seq)):
                if state.here and not state.status and state.let_in <= day:
                    state.covered = min(state.insurable, room)
                    room -= state.covered
        exact = []
        for state in (s for s in self.states if s.here):
            disputed = self.disputed(state, day)
            suspended = state.covered if disputed else Fraction(0)
            covered = state.covered - suspended
            insured = covered * Fraction(state.pct or 0) / 100
            figures = (state.open, state.insurable, covered, suspended, insured)
            exact.append(figures)
            rows.append((state.item.id, *self.shown(figures), self.status(state)))
        columns = zip(*exact, strict=True) if exact else [()] * 5
        totals = self.shown([sum(column, Fraction(0)) for column in columns])
        dates = (self.events.insolvency, self.events.hand_over)
        ended = any(d is not None and d <= day for d in dates)
        return {
            "rows": rows,
            "totals": totals,
            "limit": cents(self.limits.amount(day)),
            "stop": self.stopped(day) or ended,
            "credit": cents(self.credit),
        }

    def shown(self, figures):
        opened, insurable, covered, suspended, insured = map(cents, figures)
        uncovered = insurable - covered - suspended
        return (opened, insurable, covered, suspended, uncovered, insured)

    def status(self, state):
        if state.status:
            return state.status
        if not state.open:
            return "PAID"
        if self.disputed(state, self.as_of):
            return "DISPUTED"
        if state.covered == state.insurable:
            return "COVERED"
        return "PARTIAL" if state.covered else "OVER_LIMIT"

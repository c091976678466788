"""The insurer's ledger: which open item does a receipt pay?"""

from heapq import heappop, heappush

from . import codes
from .account import CREDIT_NOTE, NO_MONEY, OWN_INVOICE
from .money import DUST, ZERO
from .terms import COVERED_FIRST, DESIGNATED, UNCOVERED_FIRST

_STEP = {CREDIT_NOTE: codes.STEP_CREDIT_NOTE}


class Line:
    """The running state of one item during a replay (mutable, internal)."""

    __slots__ = (
        "cap",
        "covered",
        "day",
        "eligibility",
        "expiry",
        "fifo_key",
        "gross",
        "in_fifo",
        "in_queue",
        "insurable",
        "is_delivered",
        "is_stopping",
        "item",
        "net",
        "open",
        "received",
        "seq",
    )

    def __init__(self, item, seq, vat_covered):
        self.item = item
        self.seq = seq
        self.day = item.risk_date
        self.gross = item.gross
        own = item.terms
        self.net = item.insurable_net(own.vat_covered if own else vat_covered)
        self.fifo_key = (item.due, item.invoiced, seq)
        self.open = self.insurable = self.covered = self.received = ZERO
        self.cap = None  # what another policy leaves (top-up only)
        self.eligibility = None
        self.expiry = None
        self.is_delivered = self.is_stopping = False
        self.in_fifo = False
        self.in_queue = set()

    @property
    def coverable(self):
        """Most that can be covered: the insurable amount, or what is left of it."""
        if self.cap is None:
            return self.insurable
        return min(self.insurable, self.cap)

    @property
    def gap(self):
        """Coverable amount that is not covered."""
        return self.coverable - self.covered

    def set_open(self, amount):
        """Set the open amount and its insurable part (section 4.4.1)."""
        self.open = amount
        if self.net == self.gross or not amount:
            self.insurable = amount
        else:
            self.insurable = amount * self.net / self.gross

    def pay(self, amount, rule):
        """Lower the item by a receipt (section 4.4.4).

        :param amount: Decimal, at most the open amount
        :param rule: covered_first, uncovered_first or pro_rata
        """
        before, insured = self.open, self.insurable
        self.set_open(before - amount)
        if rule == COVERED_FIRST:
            self.covered -= insured - self.insurable
        elif rule != UNCOVERED_FIRST:
            self.covered = self.covered * self.open / before
        self.settle()

    def settle(self):
        """Keep cover inside 0 and the coverable amount, without quotient dust."""
        coverable = self.coverable
        if self.covered > coverable - DUST:
            self.covered = coverable
        elif self.covered < DUST:
            self.covered = ZERO


class Ledger:
    """Open items in the insurer's order and the credits that wait (section 4.4.3).

    :param terms: CoverTerms
    :param lines: mapping of item id to Line, all items of the account
    :param on_change: called with (line, step code, signed amount, covered before)
        after every change
    """

    def __init__(self, terms, lines, on_change):
        self._terms = terms
        self._lines = lines
        self._on_change = on_change
        self._queue = []
        self._taken = []  # receipts in the order they were used: (line, amount)
        self._aside = {}  # item id -> [amount, step] that wait for that invoice
        self._waiting = []  # the same entries, in the order in which they came
        self._aside_own = {}  # the same for write-offs, which pay nothing else
        self.credit = ZERO

    def receive(self, receipt):
        """Book one receipt.

        :param receipt: Receipt
        :raise ValueError: it names an unknown invoice, or more went back than came
        """
        if receipt.amount < 0:
            self._give_back(receipt)
            return
        rest, step = receipt.amount, _STEP.get(receipt.kind, codes.STEP_RECEIPT)
        if receipt.kind in NO_MONEY:
            step = codes.STEP_WRITE_OFF
        line = self._named(receipt)
        if line is not None:
            rest = self._hit(line, receipt, step)
        if rest:
            self.credit += self._spread(rest, step)

    def deliver(self, line):
        """Put a delivered item on the ledger."""
        line.is_delivered = True
        line.set_open(line.gross)
        self._enqueue(line)

    def use_aside(self, line):
        """Let what was kept aside for a delivered item pay it; the rest waits."""
        own = self._aside_own.pop(line.item.id, ZERO)
        if own:
            used = self._use(line, own, codes.STEP_WRITE_OFF)
            if own > used:
                self._aside_own[line.item.id] = own - used
        for entry in self._aside.pop(line.item.id, ()):
            self.credit += entry[0] - self._use(line, *entry)
            entry[0] = ZERO

    def use_credit(self):
        """Let the waiting credit pay what is open now."""
        if self.credit:
            self.credit = self._spread(self.credit, codes.STEP_CREDIT_USED)

    def _named(self, receipt):
        """Return the line that the receipt must hit first, or None."""
        if receipt.invoice is None:
            return None
        designated = self._terms.allocation == DESIGNATED
        if not designated and receipt.kind not in OWN_INVOICE:
            return None
        if receipt.invoice not in self._lines:
            raise ValueError(
                f"The {receipt.kind} of {receipt.day} names the unknown invoice "
                f"{receipt.invoice}."
            )
        return self._lines[receipt.invoice]

    def _hit(self, line, receipt, step):
        """Pay the named item; return what is left for the others."""
        own = receipt.kind in NO_MONEY
        if line.is_delivered:
            rest = receipt.amount - self._use(line, receipt.amount, step)
        elif not own:
            entry = [receipt.amount, step]
            self._aside.setdefault(line.item.id, []).append(entry)
            self._waiting.append(entry)
            return ZERO
        else:
            rest = receipt.amount
        if own and rest:
            kept = self._aside_own.get(line.item.id, ZERO)
            self._aside_own[line.item.id] = kept + rest
            return ZERO
        return rest

    def _spread(self, amount, step):
        """Pay open items oldest first; return what is left."""
        queue = self._queue
        while amount and queue:
            line = queue[0][1]
            if line.open:
                amount -= self._use(line, amount, step)
            if not line.open:
                heappop(queue)
                line.in_fifo = False
        return amount

    def _use(self, line, amount, step):
        used = min(amount, line.open)
        if not used:
            return ZERO
        covered = line.covered
        line.pay(used, self._terms.partial_rule)
        if step in (codes.STEP_RECEIPT, codes.STEP_CREDIT_USED):
            line.received += used
            self._taken.append((line, used))
        self._on_change(line, step, -used, covered)
        return used

    def _give_back(self, receipt):
        """Undo receipts: the named item first, then waiting credit, then the
        latest use first, then what was kept aside for other invoices."""
        rest = -receipt.amount
        line = self._named(receipt)
        if line is not None:
            rest -= self._reopen(line, rest)
            rest = self._take_waiting(self._aside.get(line.item.id, ()), rest)
        used = min(rest, self.credit)
        self.credit -= used
        rest = self._undo(rest - used)
        if rest:
            rest = self._take_waiting(self._waiting, rest)
        if rest:
            raise ValueError(
                f"The payment returned on {receipt.day} exceeds what was received."
            )

    def _undo(self, rest):
        while rest and self._taken:
            line, amount = self._taken.pop()
            used = self._reopen(line, min(rest, amount))
            rest -= used
            if not rest and amount > used:
                self._taken.append((line, amount - used))
        return rest

    @staticmethod
    def _take_waiting(entries, amount):
        """Take waiting payments back, the latest first; return what is missing."""
        for entry in reversed(entries):
            if amount and entry[1] == codes.STEP_RECEIPT:
                used = min(entry[0], amount)
                entry[0] -= used
                amount -= used
        return amount

    def _reopen(self, line, amount):
        used = min(amount, line.received)
        if not used:
            return ZERO
        covered = line.covered
        line.received -= used
        line.set_open(line.open + used)
        self._enqueue(line)
        self._on_change(line, codes.STEP_RETURNED, used, covered)
        return used

    def _enqueue(self, line):
        if not line.in_fifo:
            line.in_fifo = True
            heappush(self._queue, (line.fifo_key, line))

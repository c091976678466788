"""Credit limit in force: from a list of decisions to the limit of any day."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from . import codes
from .dates import DAY, Span, check_date
from .money import (
    ZERO,
    check_amount,
    check_choice,
    check_count,
    check_percent,
    set_checked,
)

GRANT = "grant"
INCREASE = "increase"
REDUCE = "reduce"
WITHDRAW = "withdraw"
EXPIRE = "expire"
REQUEST = "request"
REFUSE = "refuse"

# A request or the refusal of one leaves the limit as it is.
SILENT = frozenset({REQUEST, REFUSE})
AT_ONCE = frozenset({GRANT, INCREASE})
ENDING = frozenset({WITHDRAW, EXPIRE})
KINDS = SILENT | AT_ONCE | ENDING | {REDUCE}

NAMED = "named"
TEMPORARY = "temporary"
LIMIT_TYPES = (NAMED, "discretionary", "blind", TEMPORARY, "top_up")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on a buyer's limit (append-only; section 2.2).

    ``amount`` is the whole limit after the decision in policy currency (for a
    temporary limit: the extra amount). ``until`` is the last day on which it is
    valid. ``runoff_days`` and ``retro_days`` None take the policy's figures.
    ``pct``, ``max_terms_days`` and ``mep`` are the limit's own and win over the
    policy's.
    """

    kind: str
    decided: date
    amount: Decimal | None = None
    effective: date | None = None
    until: date | None = None
    runoff_days: int | None = None
    retro_days: int | None = None
    limit_type: str = NAMED
    pct: Decimal | None = None
    max_terms_days: int | None = None
    mep: Span | None = None
    reference: str = ""

    def __post_init__(self):
        check_choice(self.kind, "The kind of a decision", KINDS)
        check_choice(self.limit_type, "The type of a limit", LIMIT_TYPES)
        check_date(self.decided, "The day of a decision")
        check_date(self.effective, "The effective day", optional=True)
        check_date(self.until, "The last day of a limit", optional=True)
        for name in ("runoff_days", "retro_days", "max_terms_days"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), f"The {name} of a decision")
        if self.pct is not None:
            set_checked(self, pct=check_percent(self.pct, "The limit's percentage"))
        set_checked(self, amount=self._checked_amount())
        self._check_temporary()

    def _checked_amount(self):
        if self.kind in ENDING:
            return ZERO
        if self.amount is None:
            if self.kind in SILENT:
                return ZERO
            raise ValueError(f"The {self.kind} of {self.decided} needs an amount.")
        return check_amount(self.amount, f"The {self.kind} of {self.decided}", ZERO)

    def _check_temporary(self):
        running = self.kind in AT_ONCE or (self.kind == REDUCE and self.amount)
        if self.is_temporary and running and self.until is None:
            raise ValueError(
                f"The temporary limit of {self.decided} needs a last day (until)."
            )

    @property
    def is_temporary(self):
        """Tell whether this is an extra amount between two dates."""
        return self.limit_type == TEMPORARY

    def first_day(self, default_runoff=0):
        """Return the first day on which the decision acts on deliveries.

        :param default_runoff: run-off days of the policy
        Source: section 4.1: increases at once; reductions and withdrawals on the
        given day, else the day after decision + run-off days.
        """
        if self.effective is not None:
            return self.effective
        if self.kind in AT_ONCE:
            return self.decided
        runoff = self.runoff_days
        if runoff is None:
            runoff = 0 if self.kind == EXPIRE else default_runoff
        return self.decided + timedelta(days=runoff + 1)

    def retro_start(self, default_retro=0, default_runoff=0):
        """Return the first delivery day that a grant lets in afterwards.

        :param default_retro: retroactive days of the policy
        Source: section 4.1, "a grant with first day - retro days <= r".
        """
        retro = default_retro if self.retro_days is None else self.retro_days
        return self.first_day(default_runoff) - timedelta(days=retro)


@dataclass(frozen=True, slots=True)
class LimitState:
    """What holds on a day: ``amount`` available, ``row`` that deliveries take
    their terms from (None: no cover), ``status`` when there is none."""

    amount: Decimal
    row: Decision | None
    status: str


@dataclass(frozen=True, slots=True)
class Admission:
    """How a delivery meets the limits: ``row`` (None: not let in, ``status`` says
    why) and ``let_in``, the first day on which it can be covered."""

    row: Decision | None
    status: str
    let_in: date | None


class LimitHistory:
    """All decisions of one buyer, prepared for quick questions by day.

    :param decisions: iterable of Decision, in the order in which they were entered
    :param runoff_days: run-off of the policy for rows without an own figure
    :param retro_days: retroactive days of the policy, likewise
    Source: section 4.1.
    """

    def __init__(self, decisions, runoff_days=0, retro_days=0):
        rows = [
            (decision.first_day(runoff_days), decision.decided, index, decision)
            for index, decision in enumerate(decisions)
            if decision.kind not in SILENT
        ]
        rows.sort(key=lambda row: row[:3])
        self.runoff_days = runoff_days
        self._permanent = [row for row in rows if not row[3].is_temporary]
        self._temporary = self._spans([row for row in rows if row[3].is_temporary])
        self._retro = [
            (decision.retro_start(retro_days, runoff_days), first, decision)
            for first, _decided, _index, decision in rows
            if decision.kind in AT_ONCE and decision.amount > 0
        ]
        self.change_days = self._days(rows)
        self._states = [self._state(day) for day in self.change_days]

    @staticmethod
    def _spans(rows):
        """Return (key, first, last, row) of the temporary limits: a later temporary
        reduction or withdrawal ends the ones that run before it."""
        spans = []
        for first, decided, index, row in rows:
            if row.kind not in AT_ONCE:
                cut = first - DAY
                spans = [(k, f, min(last, cut), r) for k, f, last, r in spans]
            if row.amount:
                spans.append(((first, decided, index), first, row.until, row))
        return spans

    @staticmethod
    def _days(rows):
        days = {row[0] for row in rows}
        days.update(row[3].until + DAY for row in rows if row[3].until)
        return sorted(days)

    def _last_permanent(self, day):
        last = None
        for row in self._permanent:
            if row[0] > day:
                break
            last = row
        return last

    def _state(self, day):
        last = self._last_permanent(day)
        permanent = last[3] if last and self._is_valid(last[3], day) else None
        running = [span for span in self._temporary if span[1] <= day <= span[2]]
        amount = sum((span[3].amount for span in running), ZERO)
        withdrawn = last is not None and last[3].kind == WITHDRAW
        status = codes.LIMIT_WITHDRAWN if withdrawn else codes.NO_LIMIT
        if permanent is not None:
            return LimitState(amount + permanent.amount, permanent, "")
        if withdrawn:  # older extras give nobody new cover after a withdrawal
            running = [span for span in running if span[0] > last[:3]]
        row = running[-1][3] if running else None
        return LimitState(amount, row, "" if row else status)

    @staticmethod
    def _is_valid(row, day):
        return row.amount > 0 and (row.until is None or day <= row.until)

    def on(self, day):
        """Return the LimitState of a day.

        :param day: date
        Source: section 4.1, permanent limit plus temporary ones running.
        """
        index = bisect_right(self.change_days, day)
        if not index:
            return LimitState(ZERO, None, codes.NO_LIMIT)
        return self._states[index - 1]

    def admit(self, day):
        """Return the Admission of a delivery.

        :param day: delivery date
        Source: section 4.1, "delivery on r".
        """
        state = self.on(day)
        if state.row is not None:
            return Admission(state.row, "", day)
        if state.status == codes.LIMIT_WITHDRAWN:
            return Admission(None, state.status, None)
        for start, first, row in self._retro:
            if start <= day < first:
                return Admission(row, "", first)
        return Admission(None, codes.NO_LIMIT, None)


def limit_on(decisions, day, runoff_days=0):
    """Return the credit limit of a day in policy currency, 0 when there is none.

    :param decisions: iterable of Decision
    :param day: date
    :param runoff_days: run-off of the policy for rows without an own figure
    Source: section 4.1.
    """
    return LimitHistory(decisions, runoff_days).on(day).amount


def last_covered_day(decisions, day, runoff_days=0):
    """Return the last delivery day of the cover that runs on ``day``.

    None when there is no cover on that day or no end of it is known. A later
    reduction to a lower amount is no end.

    :param decisions: iterable of Decision
    :param day: date
    Source: section 3, LIM-CUT "last covered delivery day".
    """
    history = LimitHistory(decisions, runoff_days)
    if history.on(day).row is None:
        return None
    for change in history.change_days:
        if change > day and history.on(change).row is None:
            return change - DAY
    return None

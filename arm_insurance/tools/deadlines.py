"""The clocks of an overdue item: stop, notice, claim, waiting period, payment."""

from dataclasses import dataclass
from datetime import date, timedelta

from .dates import DAY, Span, add_span, check_date
from .money import check_choice, check_count

INSOLVENCY = "insolvency"
PROTRACTED_DEFAULT = "protracted_default"

BASES = (
    "due",  # original due date
    "extended",  # agreed later due date, else the original one
    "invoice",
    "delivery",
    "mep",  # end of the maximum extension period
    "noa",  # day on which the overdue was notified
    "claim",  # day on which the claim was filed
    "collection",  # day of the collection mandate
    "insolvency",
    "loss",  # date of loss
    "policy_end",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A period in a clause: ``span`` counted from a ``basis`` (see BASES)."""

    basis: str
    span: Span

    def __post_init__(self):
        check_choice(self.basis, "The basis of a deadline", BASES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineTerms:
    """The clauses about deadlines (section 2.2, procedure terms). None = no clause.

    ``mep`` is counted from ``mep_basis`` (due, invoice or extended).
    ``noa_insolvency_days`` run from the day on which the insolvency became known,
    ``settlement`` from the latest of loss, claim and complete documents.
    """

    mep: Span | None = None
    mep_basis: str = "due"
    noa: Clock | None = None
    noa_insolvency_days: int | None = None
    claim_earliest: Clock | None = None
    claim: Clock | None = None
    collection: Clock | None = None
    waiting: Clock | None = None
    settlement: Span | None = None
    dispute_pauses: bool = False

    def __post_init__(self):
        check_choice(
            self.mep_basis, "The basis of the MEP", ("due", "invoice", "extended")
        )
        if self.noa_insolvency_days is not None:
            check_count(self.noa_insolvency_days, "The days of the insolvency notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFacts:
    """What happened to the item that starts the clocks.

    ``due`` is the original due date (of a rebilled invoice: the old one). ``paid``
    is the day on which it was paid in full; a part payment restarts nothing.
    ``disputes`` are (first day, last day or None) pairs. ``today`` turns duties that
    were never met into late ones; None judges sent papers only.
    """

    invoiced: date
    due: date
    delivered: date | None = None
    extended_due: date | None = None
    insolvency: date | None = None
    insolvency_known: date | None = None
    noa_sent: date | None = None
    claim_sent: date | None = None
    collection: date | None = None
    docs_complete: date | None = None
    policy_end: date | None = None
    paid: date | None = None
    disputes: tuple = ()
    today: date | None = None

    def __post_init__(self):
        for name in self.__slots__:
            if name not in ("invoiced", "due", "disputes"):
                check_date(getattr(self, name), f"The {name} date", optional=True)
        check_date(self.invoiced, "The invoice date")
        check_date(self.due, "The due date")
        for first, last in self.disputes:
            check_date(first, "The start of a dispute")
            check_date(last, "The end of a dispute", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """All dates of section 4.5; None = no clause, or not known yet."""

    mep_expiry: date | None
    stop_shipment_from: date | None
    noa_deadline: date | None
    collection_deadline: date | None
    claim_earliest: date | None
    claim_deadline: date | None
    waiting_end: date | None
    date_of_loss: date | None
    cause: str | None
    indemnity_due: date | None
    noa_late: bool
    claim_late: bool
    claim_early: bool


def deadlines(terms, facts):
    """Return the deadlines of the oldest unpaid item of a buyer.

    :param terms: DeadlineTerms
    :param facts: DeadlineFacts of that item (see oldest_item)
    :return: Deadlines
    Source: section 4.5. Three clocks run from the original due date (0.5); the
    insolvency notice shortens the notice period and never lengthens it.
    """
    bases = _bases(terms, facts)
    waiting_end = _clock(terms, facts, bases, terms.waiting)
    loss, cause = _date_of_loss(facts, waiting_end)
    bases["loss"] = loss
    noa = _noa_deadline(terms, facts, bases)
    claim = _clock(terms, facts, bases, terms.claim)
    earliest = _clock(terms, facts, bases, terms.claim_earliest)
    sent = facts.claim_sent
    return Deadlines(
        mep_expiry=bases["mep"],
        stop_shipment_from=bases["mep"] and bases["mep"] + DAY,
        noa_deadline=noa,
        collection_deadline=_clock(terms, facts, bases, terms.collection),
        claim_earliest=earliest,
        claim_deadline=claim,
        waiting_end=waiting_end,
        date_of_loss=loss,
        cause=cause,
        indemnity_due=_indemnity_due(terms, facts, loss),
        noa_late=is_late(noa, facts.noa_sent, facts.paid, facts.today),
        claim_late=is_late(claim, sent, facts.paid, facts.today),
        claim_early=None not in (sent, earliest) and sent < earliest,
    )


def is_late(deadline, sent, paid=None, today=None):
    """Tell whether a duty was met too late, or not met although it is too late.

    :param deadline: last day in time, or None (no such duty)
    :param sent: day on which it was met, or None
    :param paid: day on which the item was paid in full: by the deadline there is no
        duty any more
    :param today: None judges only what was sent
    Source: sections 2.3 (NOA) and 4.5 ("late if sent > deadline").
    """
    if deadline is None:
        return False
    if paid is not None and paid <= deadline:
        return False
    if sent is not None:
        return sent > deadline
    return today is not None and today > deadline


def paused(start, end, disputes):
    """Move the end of a period by the disputed days in it.

    :param start: the day from which the period counts (itself not counted)
    :param end: last day of the period without a pause
    :param disputes: (first day, last day or None) pairs
    :return: date, or None while a dispute without end pauses the clock
    Source: section 4.5, "clocks pause only if the policy says so".
    """
    counted = start
    for first, last in sorted(disputes, key=lambda pair: pair[0]):
        first = max(first, counted + DAY)
        if first > end:
            break
        if last is None:
            return None
        if last >= first:
            end += last - first + DAY
            counted = last
    return end


def oldest_item(entries, day, min_amount=0, disputed_counts=False):
    """Return the item on which the clocks of a buyer run, or None.

    :param entries: (account.Item, open amount) pairs
    :param day: date on which disputes are looked at
    :param min_amount: Decimal; smaller or equal open amounts start no clock
    :param disputed_counts: bool, do disputed items count
    Source: section 4.5, "oldest unpaid, undisputed item above the minimum amount".
    """
    open_items = [
        item
        for item, amount in entries
        if amount > min_amount and (disputed_counts or not item.is_disputed(day))
    ]
    return min(open_items, key=lambda item: (item.due, item.invoiced), default=None)


def last_working_day(deadline, holidays=()):
    """Return the last day up to a deadline that is neither weekend nor holiday.

    :param deadline: date
    :param holidays: container of dates
    Source: section 3, "due activities are put on the last working day before".
    """
    while deadline.weekday() >= 5 or deadline in holidays:
        deadline -= DAY
    return deadline


def _bases(terms, facts):
    bases = {
        "due": facts.due,
        "extended": facts.extended_due or facts.due,
        "invoice": facts.invoiced,
        "delivery": facts.delivered or facts.invoiced,
        "noa": facts.noa_sent,
        "claim": facts.claim_sent,
        "collection": facts.collection,
        "insolvency": facts.insolvency,
        "policy_end": facts.policy_end,
        "loss": None,
    }
    bases["mep"] = _span_end(terms, facts, bases[terms.mep_basis], terms.mep)
    return bases


def _clock(terms, facts, bases, clock):
    if clock is None:
        return None
    return _span_end(terms, facts, bases[clock.basis], clock.span)


def _span_end(terms, facts, start, span):
    end = add_span(start, span)
    if end is None or not terms.dispute_pauses:
        return end
    return paused(start, end, facts.disputes)


def _noa_deadline(terms, facts, bases):
    candidates = [_clock(terms, facts, bases, terms.noa)]
    known = facts.insolvency_known or facts.insolvency
    if known is not None and terms.noa_insolvency_days is not None:
        candidates.append(known + timedelta(days=terms.noa_insolvency_days))
    return min((day for day in candidates if day is not None), default=None)


def _date_of_loss(facts, waiting_end):
    """Return (date of loss, cause); no loss when all was paid before it."""
    insolvency = facts.insolvency
    if insolvency is not None and (waiting_end is None or insolvency <= waiting_end):
        loss, cause = insolvency, INSOLVENCY
    elif waiting_end is not None:
        loss, cause = waiting_end, PROTRACTED_DEFAULT
    else:
        return None, None
    if facts.paid is not None and facts.paid <= loss:
        return None, None
    return loss, cause


def _indemnity_due(terms, facts, loss):
    if loss is None:
        return None
    days = (loss, facts.claim_sent, facts.docs_complete)
    return add_span(max(day for day in days if day is not None), terms.settlement)

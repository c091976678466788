"""Is a delivery insured at all? Tested once, on its delivery date."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import codes
from .dates import in_period
from .limits import Decision
from .terms import BASIS_DELIVERY, RISK_ATTACHING


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The verdict on one delivery.

    ``status`` is empty when it is insured, else the first failing test. ``row`` is
    the decision it falls under, ``pct`` its insured percentage, ``let_in`` the first
    day on which it can be covered, ``consented`` tells that only the insurer's
    consent let it pass a stop.
    """

    status: str
    row: Decision | None = None
    pct: Decimal | None = None
    let_in: date | None = None
    consented: bool = False

    @property
    def is_eligible(self):
        """Tell whether the delivery is insured."""
        return not self.status


def is_outside_period(terms, day):
    """Tell whether a delivery lies outside the policy period (risk attaching only).

    :param terms: CoverTerms
    :param day: delivery date
    Source: section 4.2; both days of the period are inside.
    """
    attaching = terms.attachment == RISK_ATTACHING
    return attaching and not in_period(day, terms.start, terms.end)


def are_terms_too_long(item, terms, row=None):
    """Tell whether the agreed term exceeds the maximum credit terms.

    :param item: Item; an instalment is measured on the invoice's last due date
    :param terms: CoverTerms
    :param row: Decision whose own maximum wins
    Source: sections 4.2 and 7 (instalments); the maximum itself is allowed.
    """
    maximum = terms.max_terms_days
    if row is not None and row.max_terms_days is not None:
        maximum = row.max_terms_days
    if maximum is None:
        return False
    delivery = terms.terms_basis == BASIS_DELIVERY
    start = item.risk_date if delivery else item.invoiced
    return ((item.last_due or item.due) - start).days > maximum


def is_invoiced_late(item, terms):
    """Tell whether the invoice was written too long after the delivery.

    :param item: Item
    :param terms: CoverTerms
    Source: section 4.2, LATE_INVOICING; the last day allowed is in time.
    """
    if terms.max_invoicing_days is None:
        return False
    return (item.invoiced - item.risk_date).days > terms.max_invoicing_days


def mep_span(terms, row=None):
    """Return the maximum extension period of a delivery, the limit's own first.

    :param terms: CoverTerms
    :param row: Decision in force at delivery, or None
    Source: section 2.2, "limit decision > country rule > year > policy".
    """
    return row.mep if row is not None and row.mep is not None else terms.mep


def judge(item, terms, limits, events, stopped):
    """Return the Eligibility of a delivery on its delivery date.

    :param item: Item
    :param terms: CoverTerms
    :param limits: LimitHistory of the buyer
    :param events: Events of the buyer
    :param stopped: bool, cover is stopped on that day after the day's receipts
    Source: section 4.2; the first failing test names the status.
    """
    day, terms = item.risk_date, item.terms or terms
    if item.excluded:
        return Eligibility(codes.EXCLUDED)
    if is_outside_period(terms, day):
        return Eligibility(codes.OUTSIDE_PERIOD)
    admission = limits.admit(day)
    if admission.row is None:
        return Eligibility(admission.status)
    status = _later_tests(item, terms, admission.row, events)
    if not status and stopped and not item.insurer_consent:
        status = codes.STOP_SHIPMENT
    if status:
        return Eligibility(status, admission.row)
    pct = admission.row.pct
    if pct is None:
        pct = terms.percentage(admission.row.limit_type)
    return Eligibility("", admission.row, pct, admission.let_in, stopped)


def _later_tests(item, terms, row, events):
    if are_terms_too_long(item, terms, row):
        return codes.TERMS_TOO_LONG
    if is_invoiced_late(item, terms):
        return codes.LATE_INVOICING
    if events.ended_before(item.risk_date):
        return codes.COVER_ENDED
    return ""

"""The parameters of a policy that decide about cover."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .dates import Span, check_date
from .money import (
    ZERO,
    check_amount,
    check_choice,
    check_count,
    check_percent,
    set_checked,
)

RISK_ATTACHING = "risk_attaching"
LOSSES_OCCURRING = "losses_occurring"
FIFO = "fifo"
DESIGNATED = "designated"
REVOLVING = "revolving"
AT_SHIPMENT = "at_shipment"
REPLAY = "replay"
SNAPSHOT = "snapshot"
COVERED_FIRST = "covered_first"
UNCOVERED_FIRST = "uncovered_first"
PRO_RATA = "pro_rata"
BASIS_DUE = "due"
BASIS_INVOICE = "invoice"
BASIS_DELIVERY = "delivery"
BASIS_EXTENDED = "extended"

_CHOICES = {
    "attachment": (RISK_ATTACHING, LOSSES_OCCURRING),
    "terms_basis": (BASIS_INVOICE, BASIS_DELIVERY),
    "mep_basis": (BASIS_DUE, BASIS_INVOICE, BASIS_EXTENDED),
    "allocation": (FIFO, DESIGNATED),
    "overlimit": (REVOLVING, AT_SHIPMENT),
    "coverage_method": (REPLAY, SNAPSHOT),
    "partial_rule": (COVERED_FIRST, UNCOVERED_FIRST, PRO_RATA),
}


def _default_percentages():
    return {
        "named": Decimal(90),
        "discretionary": Decimal(80),
        "blind": Decimal(60),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverTerms:
    """What a policy says about cover (sections 2.2, 4.1 to 4.4).

    Amounts in policy currency, percentages as 90 for 90 %, days as whole calendar
    days. ``mep`` None means that the policy knows no stop of cover;
    ``max_terms_days`` and ``max_invoicing_days`` None mean no such test.
    ``runoff_days`` and ``retro_days`` apply to decisions without own figures.
    """

    start: date = date(2000, 1, 1)
    end: date = date(2099, 12, 31)
    attachment: str = RISK_ATTACHING
    insured_pct: Mapping = field(default_factory=_default_percentages)
    vat_covered: bool = False
    max_terms_days: int | None = None
    terms_basis: str = BASIS_INVOICE
    max_invoicing_days: int | None = None
    mep: Span | None = Span(days=60)
    mep_basis: str = BASIS_DUE
    allocation: str = FIFO
    overlimit: str = REVOLVING
    coverage_method: str = REPLAY
    partial_rule: str = COVERED_FIRST
    stop_min_amount: Decimal = ZERO
    disputed_triggers_stop: bool = False
    runoff_days: int = 0
    retro_days: int = 0
    decimals: int = 2

    def __post_init__(self):
        for name, allowed in _CHOICES.items():
            check_choice(getattr(self, name), f"The policy's {name}", allowed)
        for name in ("max_terms_days", "max_invoicing_days"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), f"The policy's {name}")
        for name in ("runoff_days", "retro_days", "decimals"):
            check_count(getattr(self, name), f"The policy's {name}")
        self._check_period()
        set_checked(
            self,
            stop_min_amount=check_amount(
                self.stop_min_amount, "The policy's stop_min_amount", ZERO
            ),
            insured_pct={
                kind: check_percent(pct, f"The insured percentage of {kind} limits")
                for kind, pct in self.insured_pct.items()
            },
        )

    def _check_period(self):
        check_date(self.start, "The policy's start")
        check_date(self.end, "The policy's end")
        if self.end < self.start:
            raise ValueError("The policy's end must not lie before its start.")

    def percentage(self, limit_type):
        """Return the insured percentage of a type of limit.

        :param limit_type: named, discretionary, blind, temporary or top_up; types
            without an own percentage use that of named limits
        :raise ValueError: the policy has neither
        Source: section 2.2, country rule "percentages by limit type".
        """
        for kind in (limit_type, "named"):
            if kind in self.insured_pct:
                return self.insured_pct[kind]
        raise ValueError(f"The policy has no insured percentage for {limit_type}.")

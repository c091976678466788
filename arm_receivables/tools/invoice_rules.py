"""Which requirements hold for an invoice, and which of them it does not meet.

A requirement is data: a check, and when it holds. Requirements about the same topic
replace each other: the most specific one for the seller's country decides (of the
company itself, of its country, of a group of countries, of all), so that a national
law stands in for the directive that it carries out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .invoice_checks import CHECKS
from .invoice_facts import Document, Party

BLOCK_WEIGHT = 3
"""A requirement that blocks counts as much for the score as three that warn."""


@dataclass(frozen=True)
class Rule:
    """A requirement; None, empty or zero means that it does not matter.

    :param sellers: ISO codes of the sellers' countries
    :param where: the buyer is ``domestic``, ``union`` (in another country of the EU)
        or ``abroad`` (anywhere outside the EU, or outside the seller's country)
    :param case: ``foreign_currency``, or what :class:`~.invoice_facts.Document` tells
        with ``is_``: ``zero_rated``, ``reverse_charge``, ``across_union`` …
    :param amount_over: the total with tax must be more than this, in ``currency``
    :param blocks: refuse instead of warn
    :param stage: ``post`` or ``send``
    """

    id: int
    topic: str
    check: str
    pattern: str = ""
    number: int = 0
    company_id: int = 0
    sellers: frozenset[str] = frozenset()
    buyers: frozenset[str] = frozenset()
    where: str = ""
    buyer_kind: str = ""
    document_kind: str = ""
    case: str = ""
    amount_over: Decimal = Decimal()
    currency: str = ""
    date_from: date | None = None
    date_to: date | None = None
    blocks: bool = False
    stage: str = "post"

    @property
    def rank(self):
        """How specific for the seller: the lower, the more."""
        if self.company_id:
            return 0
        return 1000 if not self.sellers else len(self.sellers)

    def is_for_seller(self, seller: Party, company_id: int, day: date) -> bool:
        """Whether it is law for a seller on a day."""
        return (
            (not self.company_id or self.company_id == company_id)
            and (not self.sellers or seller.country in self.sellers)
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
        )

    def is_for(self, document: Document) -> bool:
        """Whether it concerns a document of a seller for whom it is law."""
        buyer = document.buyer
        return (
            (not self.document_kind or self.document_kind == document.kind)
            and (not self.buyer_kind or self.buyer_kind == buyer.kind)
            and (not self.buyers or buyer.country in self.buyers)
            and (not self.where or _is_where(self.where, document))
            and (not self.case or _is_case(self.case, document))
            and (
                not self.amount_over
                or document.totals.get(self.currency, Decimal()) > self.amount_over
            )
        )


@dataclass(frozen=True)
class Finding:
    """A requirement that is not met, and what is missing."""

    rule: Rule
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Readiness:
    """The result for one document.

    :param score: 0 to 100; 100 only if nothing is missing
    """

    findings: tuple[Finding, ...] = ()
    score: int = 100

    @property
    def is_blocked(self):
        return any(finding.rule.blocks for finding in self.findings)

    @property
    def state(self):
        """``blocked``, ``warning`` or ``ready``."""
        if self.is_blocked:
            return "blocked"
        return "warning" if self.findings else "ready"

    def at(self, stage: str) -> "Readiness":
        """What is found at one stage only; the score stays that of the whole."""
        kept = tuple(f for f in self.findings if f.rule.stage == stage)
        return Readiness(kept, self.score)


def _is_where(where, document):
    seller, buyer = document.seller, document.buyer
    if not buyer.country:
        return False
    if where == "domestic":
        return buyer.country == seller.country
    if where == "union":
        return buyer.in_union and buyer.country != seller.country
    outside_union = not (seller.in_union and buyer.in_union)
    return buyer.country != seller.country and outside_union


def _is_case(case, document):
    if case == "foreign_currency":
        return document.currency != document.local_currency
    return getattr(document, f"is_{case}")


def rules_of_seller(
    rules: Iterable[Rule], seller: Party, company_id: int, day: date
) -> list[Rule]:
    """The requirements that are law for a seller: of each topic the most specific."""
    chosen = {}
    for rule in rules:
        if not rule.is_for_seller(seller, company_id, day):
            continue
        known = chosen.setdefault(rule.topic, [rule])
        if known[0] is rule:
            continue
        if rule.rank < known[0].rank:
            chosen[rule.topic] = [rule]
        elif rule.rank == known[0].rank:
            known.append(rule)
    return [rule for same in chosen.values() for rule in same]


def evaluate(document: Document, rules: Iterable[Rule]) -> Readiness:
    """Check a document against the requirements that are law for its seller.

    :param rules: see :func:`rules_of_seller`
    """
    findings, met, total = [], 0, 0
    for rule in rules:
        if not rule.is_for(document):
            continue
        weight = BLOCK_WEIGHT if rule.blocks else 1
        total += weight
        missing = CHECKS[rule.check](document, rule)
        if missing:
            findings.append(Finding(rule, missing))
        else:
            met += weight
    findings.sort(key=lambda finding: not finding.rule.blocks)
    return Readiness(tuple(findings), met * 100 // total if total else 100)


def evaluate_all(documents: Iterable[Document], rules: Iterable[Rule]):
    """Check many documents; those of one seller and day share the choice of rules."""
    rules, chosen = list(rules), {}
    for document in documents:
        seller = document.seller
        key = (document.company_id, seller.country, document.day)
        if key not in chosen:
            chosen[key] = rules_of_seller(
                rules, seller, document.company_id, document.day
            )
        yield evaluate(document, chosen[key])

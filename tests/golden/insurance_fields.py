"""Read the fields of insurance cases into the dataclasses of arm_insurance.

Cases write some things in more than one way (``collection`` or ``hand_over``); the
readers take all of them.
"""

from collections.abc import Mapping
from decimal import Decimal

from odoo.addons.arm_insurance.tools import (
    account,
    deadlines,
    discretionary,
    indemnity,
    limits,
    premium,
    recovery,
    story,
    terms,
    turnover,
)
from odoo.addons.arm_insurance.tools.dates import Span

from .fields import (
    day,
    day_or_none,
    number,
    number_or_none,
    number_or_zero,
    rows,
    whole,
)

_RECEIPT_KINDS = {
    "receipt": account.PAYMENT,
    "credit": account.CREDIT_NOTE,
    "refund": account.CREDIT_NOTE,
    "writeoff": account.WRITE_OFF,
    "early_payment_discount": account.DISCOUNT,
    "exchange_difference": account.EXCHANGE,
}
_COVER_CHOICES = (
    "attachment",
    "terms_basis",
    "mep_basis",
    "allocation",
    "overlimit",
    "coverage_method",
    "partial_rule",
)


def with_default(value, default):
    """Return a value, or the default for None."""
    return default if value is None else value


def first(read, fields, *keys):
    """Read the first of some keys that is there (cases differ in their words)."""
    for key in keys:
        if fields.get(key) is not None:
            return read(fields, key)
    return None


def percentage(fields):
    """Insured percentage, all of it where a case names none."""
    return with_default(number_or_none(fields, "pct"), Decimal(100))


def defaults(head):
    """Policy defaults of the file's head."""
    return head.get("policy_defaults") or {}


def _count(fields, key):
    return None if fields.get(key) is None else whole(fields, key)


def _span(fields):
    if fields is None:
        return None
    return Span(whole(fields, "days", 0), whole(fields, "months", 0))


def cover_terms(policy, head):
    """CoverTerms of a policy, on top of the defaults."""
    policy = {**defaults(head), **(policy or {})}
    values = {key: policy[key] for key in _COVER_CHOICES if policy.get(key)}
    own = policy.get("insured_pct") or {}
    if not isinstance(own, Mapping):
        own = {limits.NAMED: own}
    percentages = {**(defaults(head).get("insured_pct") or {}), **own}
    for key in ("start", "end"):
        if policy.get(key):
            values[key] = day(policy, key)
    if "mep" in policy:
        values["mep"] = _span(policy["mep"])
    if percentages:
        values["insured_pct"] = {
            kind: number(percentages, kind) for kind in percentages
        }
    return terms.CoverTerms(
        vat_covered=bool(policy.get("vat_covered")),
        max_terms_days=_count(policy, "max_terms_days"),
        max_invoicing_days=_count(policy, "max_invoicing_days"),
        stop_min_amount=number_or_zero(policy, "stop_min_amount"),
        disputed_triggers_stop=bool(policy.get("disputed_triggers_stop")),
        runoff_days=whole(policy, "runoff_days", 0),
        retro_days=whole(policy, "retro_days", 0),
        **values,
    )


def decisions(fields):
    """Limit decisions of a buyer."""
    return [decision(entry) for entry in rows(fields, "limits")]


def decision(fields):
    """One limit decision."""
    kind = fields.get("kind") or limits.GRANT
    limit_type = fields.get("type") or fields.get("limit_type") or limits.NAMED
    if kind == limits.TEMPORARY:
        kind, limit_type = limits.GRANT, limits.TEMPORARY
    effective = first(day, fields, "effective", "from")
    return limits.Decision(
        kind=kind,
        decided=with_default(day_or_none(fields, "decided"), effective),
        amount=number_or_none(fields, "amount"),
        effective=effective,
        until=first(day, fields, "until", "to"),
        runoff_days=_count(fields, "runoff_days"),
        retro_days=_count(fields, "retro_days"),
        limit_type=limit_type,
        pct=first(number, fields, "pct", "insured_pct"),
        max_terms_days=_count(fields, "max_terms_days"),
        mep=_span(fields.get("mep")),
    )


def items(fields):
    """Open items of a buyer."""
    return [_item(entry) for entry in rows(fields, "invoices")]


def _item(fields):
    excluded = fields.get("excluded") or ""
    return account.Item(
        id=fields["id"],
        invoiced=day(fields, "invoiced"),
        due=day(fields, "due"),
        gross=number(fields, "gross"),
        vat=number_or_zero(fields, "vat"),
        charges=number_or_zero(fields, "charges"),
        delivered=first(day, fields, "delivered", "delivery", "risk_date"),
        extended_due=day_or_none(fields, "extended_due"),
        last_due=day_or_none(fields, "last_due"),
        disputes=_disputes(fields),
        insurer_consent=bool(fields.get("insurer_consent")),
        excluded=str(excluded) if excluded else "",
    )


def _disputes(fields):
    return tuple(
        (day({"from": first}, "from"), day_or_none({"to": last}, "to"))
        for first, last in rows(fields, "disputes")
    )


def receipts(fields):
    """Receipts of a buyer."""
    return [_receipt(entry) for entry in rows(fields, "payments")]


def _receipt(fields):
    kind = fields.get("kind") or account.PAYMENT
    return account.Receipt(
        day=day(fields, "date"),
        amount=number(fields, "amount"),
        invoice=fields.get("invoice"),
        kind=_RECEIPT_KINDS.get(kind, kind),
    )


def events(fields):
    """Insolvency and hand-over of a buyer."""
    events = fields.get("events") or {}
    return account.Events(
        insolvency=day_or_none(events, "insolvency"),
        hand_over=first(
            day,
            events,
            "hand_over",
            "handover",
            "collection",
            "collection_handover",
            "handed_over",
        ),
    )


def _clause(fields):
    if fields is None:
        return None
    return deadlines.Clock(fields["basis"], _span(fields))


def deadline_terms(fields):
    """Clauses about deadlines."""
    settlement = _span(fields.get("settlement"))
    if fields.get("settlement_days") is not None:
        settlement = Span(days=whole(fields, "settlement_days"))
    return deadlines.DeadlineTerms(
        mep=_span(fields.get("mep")),
        mep_basis=fields.get("mep_basis") or terms.BASIS_DUE,
        noa=_clause(fields.get("noa")),
        noa_insolvency_days=_count(fields, "noa_insolvency_days"),
        claim_earliest=_clause(fields.get("claim_earliest")),
        claim=_clause(fields.get("claim")),
        waiting=_clause(fields.get("waiting")),
        settlement=settlement,
        dispute_pauses=bool(fields.get("dispute_pauses")),
    )


def deadline_facts(fields):
    """Facts of the item that starts the clocks."""
    return deadlines.DeadlineFacts(
        invoiced=day(fields, "invoiced"),
        due=day(fields, "due"),
        delivered=day_or_none(fields, "delivered"),
        extended_due=day_or_none(fields, "extended_due"),
        insolvency=day_or_none(fields, "insolvency"),
        insolvency_known=day_or_none(fields, "insolvency_known"),
        noa_sent=day_or_none(fields, "noa_sent"),
        claim_sent=day_or_none(fields, "claim_sent"),
        collection=first(day, fields, "collection", "collection_mandate", "mandate"),
        docs_complete=day_or_none(fields, "docs_complete"),
        policy_end=day_or_none(fields, "policy_end"),
        paid=day_or_none(fields, "paid"),
        disputes=_disputes(fields),
        today=first(day, fields, "as_of", "today"),
    )


def indemnity_terms(policy):
    """Loss clauses of a policy year."""
    return indemnity.IndemnityTerms(
        nql=number_or_zero(policy, "nql"),
        eel=number_or_zero(policy, "eel"),
        deductible_basis=policy.get("deductible_basis") or indemnity.NET,
        min_retention=number_or_zero(policy, "min_retention"),
        afl=number_or_zero(policy, "afl"),
        afl_basis=policy.get("afl_basis") or indemnity.NET,
        afl_used=number_or_zero(policy, "afl_used"),
        maximum=_maximum(policy.get("max_liability")),
        paid_to_date=number_or_zero(policy, "paid_to_date"),
    )


def _maximum(fields):
    if fields is None:
        return None
    if not isinstance(fields, Mapping):
        fields = {"absolute": fields}
    return indemnity.maximum_liability(
        number_or_none(fields, "absolute"),
        number_or_none(fields, "multiple"),
        number_or_zero(fields, "premium_paid"),
        number_or_zero(fields, "minimum_premium"),
    )


def claim(fields):
    """One claim with its lines."""
    return indemnity.Claim(
        id=fields["id"],
        lines=tuple(
            indemnity.ClaimLine(
                number(line, "covered"),
                with_default(number_or_none(line, "pct"), Decimal(100)),
            )
            for line in rows(fields, "lines")
        ),
        total_debt=first(number, fields, "total_debt", "debt"),
        salvage=_salvage(fields),
        is_void=any(
            fields.get(key)
            for key in ("void", "late", "late_notice", "noa_late", "claim_late")
        ),
        date_of_loss=day_or_none(fields, "date_of_loss"),
    )


def _salvage(fields):
    entries = fields.get("salvage")
    if entries is None:
        entries = fields.get("recoveries")
    if isinstance(entries, list):
        return sum((number(entry, "amount") for entry in entries), Decimal(0))
    return number_or_zero({"salvage": entries}, "salvage")


def recoveries(fields):
    """Money after settlement."""
    return [
        recovery.Recovery(
            number(entry, "amount"),
            number_or_zero(entry, "costs"),
            day_or_none(entry, "date"),
        )
        for entry in rows(fields, "recoveries")
    ]


def premium_line(fields):
    """One premium class."""
    return premium.PremiumLine(
        label=fields.get("label") or "",
        rate_pct=number(fields, "rate_pct"),
        amounts=_premium_amounts(fields),
        credit_notes=number_or_zero(fields, "credit_notes"),
        excluded=number_or_zero(fields, "excluded"),
        tax_pct=number_or_zero(fields, "tax_pct"),
    )


def _premium_amounts(fields):
    keys = ("turnover", "balances", "balance", "limits", "limit", "amount", "basis")
    for key in keys:
        entries = fields.get(key)
        if isinstance(entries, list):
            return tuple(number({key: entry}, key) for entry in entries)
        if entries is not None:
            return (number(fields, key),)
    raise ValueError("A premium line needs its basis.")


def claims_net(fields):
    """Net claims, given as such or in parts."""
    if fields.get("claims_net") is not None:
        return number(fields, "claims_net")
    paid, reserved, recovered = (
        number_or_zero(fields, f"claims_{part}")
        for part in ("paid", "reserved", "recovered")
    )
    return paid + reserved - recovered


def fee(fields):
    """One limit fee."""
    return premium.Fee(
        fields.get("label") or "", number(fields, "qty"), number(fields, "unit")
    )


def sale(fields):
    """One invoice of the declared period."""
    excluded = fields.get("excluded") or ""
    return turnover.Sale(
        id=fields["id"],
        buyer=fields["buyer"],
        invoiced=day(fields, "invoiced"),
        gross=number(fields, "gross"),
        vat=number_or_zero(fields, "vat"),
        delivered=day_or_none(fields, "delivered"),
        is_refund=bool(fields.get("refund")),
        origin_date=day_or_none(fields, "origin_date"),
        excluded=str(excluded) if excluded else "",
        is_stopped=bool(fields.get("stopped")),
    )


def discretionary_rule(fields):
    """Rule for discretionary limits."""
    return discretionary.DiscretionaryRule(
        maximum=number(fields, "max"),
        method=_method(fields),
        tolerance_days=whole(fields, "tolerance_days", 0),
        lookback_months=whole(fields, "lookback_months", 12),
        min_experiences=whole(fields, "min_experiences", 1),
        uplift_pct=_uplift(fields),
        terms_days=first(whole, fields, "terms_days", "min_terms_days"),
    )


def _method(fields):
    method = fields.get("method") or discretionary.HIGHEST_PAID_BALANCE
    return {
        "highest_balance": discretionary.HIGHEST_PAID_BALANCE,
        "highest_invoice": discretionary.HIGHEST_PAID_INVOICE,
    }.get(method, method)


def _uplift(fields):
    """A factor (1.5) or a percentage on top (50) in percent of the experience."""
    factor = first(number, fields, "uplift", "factor")
    if factor is not None:
        return factor * 100
    return 100 + number_or_zero(fields, "uplift_pct")


def experience(fields):
    """One invoice as payment experience."""
    return discretionary.PaidInvoice(
        invoiced=day(fields, "invoiced"),
        due=day(fields, "due"),
        amount=number(fields, "amount"),
        paid=day_or_none(fields, "paid"),
    )


def decision_day(entry):
    """Day of a decision of the insurer."""
    if isinstance(entry, Mapping):
        return first(day, entry, "date", "decided")
    return day({"decided": entry}, "decided")


def report(fields):
    """Credit report, or None."""
    if not fields:
        return None
    return discretionary.CreditReport(
        number(fields, "limit"), first(day, fields, "date", "day")
    )


def buyer(fields):
    """One buyer of a story."""
    return story.BuyerStory(
        id=fields["id"],
        facts=deadline_facts(fields["deadline"]),
        decisions=tuple(decisions(fields)),
        items=tuple(items(fields)),
        receipts=tuple(receipts(fields)),
        recoveries=tuple(recoveries(fields)),
        events=events(fields),
    )

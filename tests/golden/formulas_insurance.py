"""Adapters: the kinds of insurance cases to the tools of arm_insurance.

Each adapter gets a whole case and the head of its file and returns a structure in the
shape of the case's expected result, with Decimals and dates. Fields that a case leaves
out take the head's ``policy_defaults``.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from odoo.addons.arm_insurance.tools import (
    currency,
    deadlines,
    discretionary,
    indemnity,
    premium,
    recovery,
    replay,
    sizing,
    story,
    turnover,
)

from . import insurance_fields as read
from .fields import (
    day,
    day_or_none,
    number,
    number_or_none,
    number_or_zero,
    rows,
    whole,
)


def coverage(case, head):
    """Cover of one buyer on a day."""
    inputs = case["inputs"]
    result = replay.replay(
        read.cover_terms(inputs.get("policy"), head),
        read.decisions(inputs),
        read.items(inputs),
        read.receipts(inputs),
        day(inputs, "as_of"),
        read.events(inputs),
    )
    return _coverage_result(result)


def clock(case, head):
    """Deadlines of one overdue item."""
    inputs = case["inputs"]
    return _deadline_result(
        deadlines.deadlines(
            read.deadline_terms(inputs["terms"]), read.deadline_facts(inputs["facts"])
        )
    )


def indemnities(case, head):
    """Indemnity of the claims of a policy year."""
    inputs = case["inputs"]
    claims = [read.claim(fields) for fields in rows(inputs, "claims")]
    policy = {**read.defaults(head), **(inputs.get("policy") or {})}
    return _year_result(indemnity.indemnify(read.indemnity_terms(policy), claims))


def recoveries(case, head):
    """Recoveries of a settled claim."""
    inputs = case["inputs"]
    settled = recovery.RecoveryTerms(
        total_debt=number(inputs, "total_debt"),
        insured_loss=number(inputs, "insured_loss"),
        indemnity=number(inputs, "indemnity"),
        pct=read.percentage(inputs),
        mode=inputs.get("mode") or recovery.SHARE_OF_TOTAL_LOSS,
        cost_mode=inputs.get("cost_mode") or recovery.COSTS_NET,
    )
    result = recovery.share_recoveries(settled, read.recoveries(inputs))
    return _recovery_result(result)


def premiums(case, head):
    """Premium of a policy year."""
    inputs = case["inputs"]
    result = premium.premium(
        premium.PremiumYear(
            method=inputs.get("method") or premium.TURNOVER,
            lines=tuple(read.premium_line(line) for line in rows(inputs, "lines")),
            minimum_premium=number_or_zero(inputs, "minimum_premium"),
            deposit_paid=number_or_zero(inputs, "deposit_paid"),
            bonus=tuple(
                premium.BonusStep(
                    number_or_none(step, "up_to_ratio_pct"), number(step, "adjust_pct")
                )
                for step in rows(inputs, "bonus")
            ),
            claims_net=read.claims_net(inputs),
            fees=tuple(read.fee(fee) for fee in rows(inputs, "fees")),
        )
    )
    return {
        "lines": [
            {"label": row.label, "basis": row.basis, "premium": row.premium}
            for row in result.lines
        ],
        **_fields(
            result,
            "calculated earned bonus_malus premium_tax fees adjustment_due "
            "claims_ratio_pct",
        ),
    }


def declared_turnover(case, head):
    """Turnover to declare, invoice by invoice."""
    inputs = case["inputs"]
    result = turnover.insurable_turnover(
        read.cover_terms(inputs.get("policy"), head),
        [read.sale(fields) for fields in rows(inputs, "invoices")],
        {
            buyer: [read.decision(fields) for fields in decisions]
            for buyer, decisions in (inputs.get("limits") or {}).items()
        },
        inputs.get("declare_stopped", True),
    )
    return {
        "invoices": [_fields(row, "id declared status") for row in result.sales],
        "insurable_turnover": result.insurable_turnover,
    }


def own_limit(case, head):
    """Discretionary limit as of a day."""
    inputs = case["inputs"]
    found = discretionary.discretionary_limit(
        read.discretionary_rule(inputs["rule"]),
        day(inputs, "as_of"),
        [read.experience(fields) for fields in rows(inputs, "invoices")],
        [read.decision_day(entry) for entry in rows(inputs, "decisions")],
        read.report(inputs.get("report") or inputs["rule"].get("report")),
    )
    return _fields(found, "limit status")


def foreign_loss(case, head):
    """A loss in a foreign currency."""
    inputs = case["inputs"]
    loss = currency.convert_loss(
        number(inputs, "amount"),
        number(inputs, "rate_invoice"),
        number(inputs, "rate_loss"),
        inputs["rule"],
        read.percentage(inputs),
    )
    return _fields(loss, "policy_amount indemnity")


def needed_limit(case, head):
    """Limit to request from turnover."""
    inputs = case["inputs"]
    step = read.with_default(
        read.first(number_or_none, inputs, "step", "round_to"), Decimal(1000)
    )
    need = sizing.needed_limit(
        number(inputs, "annual_turnover"),
        whole(inputs, "days"),
        read.with_default(step, Decimal(1000)),
    )
    return _fields(need, "theoretical request")


def liability_check(case, head):
    """Is the maximum liability enough?"""
    inputs = case["inputs"]
    check = sizing.check_maximum_liability(
        number(inputs, "premium"),
        number(inputs, "multiple"),
        number(inputs, "largest_exposure"),
        number(inputs, "pct"),
        number_or_zero(inputs, "minimum_premium"),
    )
    return _fields(
        check,
        "max_liability largest_indemnity shortfall gross_loss_supported "
        "multiple_needed",
    )


def whole_story(case, head):
    """Clocks, cover, indemnity and recoveries of a policy year."""
    inputs = case["inputs"]
    policy, clauses = inputs.get("policy") or {}, inputs["terms"]
    own = {key: clauses[key] for key in ("mep", "mep_basis") if key in clauses}
    told = story.tell(
        story.StoryTerms(
            cover=read.cover_terms({**own, **policy}, head),
            deadlines=read.deadline_terms(clauses),
            indemnity=read.indemnity_terms({**read.defaults(head), **policy}),
            recovery_mode=inputs.get("recovery_mode") or recovery.SHARE_OF_TOTAL_LOSS,
            cost_mode=inputs.get("cost_mode") or recovery.COSTS_NET,
        ),
        [read.buyer(fields) for fields in rows(inputs, "buyers")],
        day_or_none(inputs, "as_of"),
    )
    return {
        "buyers": {
            name: {
                "deadlines": _deadline_result(outcome.deadlines),
                "coverage": outcome.coverage and _coverage_result(outcome.coverage),
            }
            for name, outcome in told.buyers.items()
        },
        "indemnity": _year_result(told.indemnity),
        "recovery": {
            name: _recovery_result(result) for name, result in told.recovery.items()
        },
    }


KINDS: dict[str, Callable[[Mapping, Mapping], Any]] = {
    "coverage": coverage,
    "deadlines": clock,
    "discretionary": own_limit,
    "fx": foreign_loss,
    "indemnity": indemnities,
    "insurable_turnover": declared_turnover,
    "max_liability_check": liability_check,
    "needed_limit": needed_limit,
    "premium": premiums,
    "recovery": recoveries,
    "story": whole_story,
}


def _fields(record, names):
    return {name: getattr(record, name) for name in names.split()}


def _coverage_result(result):
    figures = "open insurable covered suspended uncovered insured_amount"
    return {
        "invoices": [_fields(row, f"id {figures} pct status") for row in result.items],
        "totals": _fields(result.totals, figures),
        "limit": result.limit,
        "stop_shipment": result.stop_shipment,
    }


def _deadline_result(result):
    return _fields(
        result,
        "mep_expiry stop_shipment_from noa_deadline claim_earliest claim_deadline "
        "waiting_end date_of_loss cause indemnity_due noa_late claim_late",
    )


def _year_result(result):
    names = (
        "id insured_loss deductible afl_absorbed ml_cut status indemnity "
        "insured_share afl_left max_liability_left"
    )
    return {
        "claims": [_fields(row, names) for row in result.claims],
        "total_indemnity": result.total_indemnity,
    }


def _recovery_result(result):
    return {
        "recoveries": [
            {
                "date": share.day,
                **_fields(share, "net insurer insured costs_borne_by_insured"),
            }
            for share in result.shares
        ],
        **_fields(
            result,
            "insurer_total insured_total indemnity_after_recovery "
            "final_loss_of_insured",
        ),
    }

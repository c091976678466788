"""Adapters: the inputs of late-payment cases to the functions of arm_dunning."""

from odoo.addons.arm_dunning.tools import (
    collection_costs,
    compensation,
    interest,
    rates,
)

from .fields import (
    day,
    number,
    number_or_none,
    rows,
    whole,
)


def late_interest(inputs, head):
    result = interest.late_interest(
        number(inputs, "principal"),
        day(inputs, "due"),
        day(inputs, "as_of"),
        _rates(inputs, head),
        [
            interest.Payment(day(row, "date"), number(row, "amount"))
            for row in rows(inputs, "payments")
        ],
        [
            interest.CreditNote(
                day(row, "date"),
                number(row, "amount"),
                row.get("retroactive") is not False,
            )
            for row in rows(inputs, "credit_notes")
        ],
        inputs.get("day_count") or interest.ACT_365,
        inputs.get("rate_mode") or interest.FLOATING,
        whole(inputs, "grace_days", 0),
    )
    segments = [_segment(segment) for segment in result.segments]
    return {"interest": result.amount, "segments": segments}


def late_interest_translation(inputs, head):
    translated = interest.translate_interest(
        number(inputs, "interest_currency"), number(inputs, "rate_to_company")
    )
    return {"interest_company": translated}


def statutory_rate(inputs, head):
    rate = rates.statutory_rate(
        number(inputs, "reference"),
        number(inputs, "points"),
        number_or_none(inputs, "round_up_to"),
    )
    return {"rate": rate}


def fixed_compensation(inputs, head):
    result = compensation.fixed_compensation(
        compensation.regime_named(inputs["regime"]),
        [number({"late_claims": c}, "late_claims") for c in inputs["late_claims"]],
        inputs.get("debtor") or compensation.BUSINESS,
    )
    return {"amount": result.amount, "currency": result.currency}


def fixed_compensation_translation(inputs, head):
    translated = compensation.translate_compensation(
        number(inputs, "eur"), number(inputs, "rate")
    )
    return {"amount_pln": translated}


def nl_collection_costs(inputs, head):
    costs = collection_costs.collection_costs(
        number(inputs, "principal"), number_or_none(inputs, "vat_percent")
    )
    return {"costs": costs}


def _rates(inputs, head):
    """Return the rates of a case: its own rate, or a table of the file's head.

    A table of one row is a flat rate; with several, each half-year needs its own.
    """
    name = inputs.get("rate_table")
    if name is None:
        return rates.RateTable.flat(number(inputs, "rate"))
    tables = head.get("rate_tables") or {}
    if name not in tables:
        raise ValueError(f"The file has no rate table {name!r}.")
    rate_rows = [
        rates.RateRow(day(row, "from"), number(row, "rate")) for row in tables[name]
    ]
    return rates.RateTable(name, rate_rows, half_yearly=len(rate_rows) > 1)


def _segment(segment):
    return {
        "from": segment.date_from,
        "to": segment.date_to,
        "days": segment.days,
        "principal": segment.principal,
        "rate": segment.percent,
        "amount": segment.amount,
    }


FORMULAS = {
    adapter.__name__: adapter
    for adapter in (
        fixed_compensation,
        fixed_compensation_translation,
        late_interest,
        late_interest_translation,
        nl_collection_costs,
        statutory_rate,
    )
}

"""Adapters: the inputs of receivables cases to the functions of arm_receivables."""

from odoo.addons.arm_receivables.tools import (
    aging,
    allocation,
    behaviour,
    dso,
    forecast,
    money,
    promise,
    provision,
    statement,
    value,
)

from .fields import (
    day,
    day_or_none,
    number,
    number_or_none,
    number_or_zero,
    rows,
    whole,
)

LOSS_RATE_PLACES = 4


def dso_simple(inputs, head):
    days = dso.dso_simple(
        number(inputs, "receivables"),
        number(inputs, "credit_sales"),
        whole(inputs, "days"),
    )
    return {"dso": days}


def dso_countback(inputs, head):
    result = dso.dso_countback(number(inputs, "receivables"), _months(inputs))
    return {"dso": result.days, "history_exhausted": result.history_exhausted}


def best_possible_dso(inputs, head):
    days = dso.best_possible_dso(
        number(inputs, "current_receivables"),
        number(inputs, "credit_sales"),
        whole(inputs, "days"),
    )
    return {"bpdso": days}


def best_possible_dso_countback(inputs, head):
    result = dso.best_possible_dso_countback(
        number(inputs, "current_receivables"), _months(inputs)
    )
    return {"bpdso": result.days, "history_exhausted": result.history_exhausted}


def average_days_delinquent(inputs, head):
    result = dso.average_days_delinquent(
        number(inputs, "receivables"),
        number(inputs, "current_receivables"),
        number(inputs, "credit_sales"),
        whole(inputs, "days"),
    )
    return {
        "dso": result.dso,
        "bpdso": result.best_possible,
        "add": result.delinquent,
        "check_overdue_over_sales": result.overdue_over_sales,
    }


def average_days_delinquent_countback(inputs, head):
    result = dso.average_days_delinquent_countback(
        number(inputs, "receivables"),
        number(inputs, "current_receivables"),
        _months(inputs),
    )
    return {
        "dso": result.dso.days,
        "bpdso": result.best_possible.days,
        "add": result.delinquent,
        "history_exhausted": result.dso.history_exhausted,
    }


def collection_effectiveness_index(inputs, head):
    index = dso.collection_effectiveness_index(
        number(inputs, "beginning"),
        number(inputs, "sales"),
        number(inputs, "ending_total"),
        number(inputs, "ending_current"),
        whole(inputs, "months", 1),
    )
    return {"cei": index}


def ar_turnover(inputs, head):
    result = dso.ar_turnover(
        number(inputs, "net_credit_sales"),
        number(inputs, "opening_receivables"),
        number(inputs, "closing_receivables"),
        whole(inputs, "days"),
    )
    return {"turnover": result.turnover, "days": result.days}


def weighted_average_days_to_pay(inputs, head):
    result = behaviour.weighted_average_days_to_pay(
        behaviour.PaidPart(
            number(row, "amount_company"),
            day(row, "invoice_date"),
            day_or_none(row, "due_date"),
            day(row, "paid"),
            row.get("kind") or behaviour.PAYMENT,
        )
        for row in rows(inputs, "allocations")
    )
    return {
        "days_to_pay": result.days_to_pay,
        "days_beyond_terms": result.days_beyond_terms,
    }


def average_payment_delay(inputs, head):
    items = [
        behaviour.DelayItem(
            number(row, "amount"), number(row, "delay_days"), row["state"]
        )
        for row in rows(inputs, "items")
    ]
    include_open = inputs.get("include_open") is not False
    result = behaviour.average_payment_delay(items, include_open)
    return {"delay": result.days, "rating_30_60_90": result.rating}


def payment_index(inputs, head):
    index = behaviour.payment_index(
        behaviour.Experience(number(row, "amount"), number(row, "days_beyond_terms"))
        for row in rows(inputs, "experiences")
    )
    return {"index": index}


def at_risk_rate(inputs, head):
    rate = behaviour.at_risk_rate(number(inputs, "billed"), number(inputs, "unpaid_90"))
    return {"rate_percent": rate}


def percent_current(inputs, head):
    percent = behaviour.percent_current(
        number(inputs, "current"), number(inputs, "total")
    )
    return {"percent": percent}


def aging_due_date(inputs, head):
    return aging.aging_by_due_date(_open_items(inputs), day(inputs, "as_of"))


def aging_invoice_date(inputs, head):
    return aging.aging_by_invoice_date(_open_items(inputs), day(inputs, "as_of"))


def aging_due_date_as_of(inputs, head):
    items = [
        aging.LedgerItem(
            number(row, "amount"),
            day_or_none(row, "due_date"),
            _settlements(row, "settlements"),
            day_or_none(row, "invoice_date"),
        )
        for row in rows(inputs, "items")
    ]
    unapplied = _settlements(inputs, "unapplied")
    return aging.aging_as_of(items, unapplied, day(inputs, "as_of"))


def aging_due_date_multi_currency(inputs, head):
    items = [
        aging.ForeignItem(
            number(row, "residual_currency"),
            number(row, "booked_rate"),
            number_or_none(row, "closing_rate"),
            day_or_none(row, "due_date"),
            day_or_none(row, "invoice_date"),
        )
        for row in rows(inputs, "items")
    ]
    result = aging.aging_in_foreign_currency(items, day(inputs, "as_of"))
    booked = {f"{b}_at_booked_rate": v for b, v in result.at_booked_rate.items()}
    closing = {f"{b}_at_closing_rate": v for b, v in result.at_closing_rate.items()}
    return booked | closing


def ifrs9_provision_matrix(inputs, head):
    buckets = rows(inputs, "buckets")
    rates = [number_or_none(row, "loss_rate_percent") for row in buckets]
    return _provision(provision.provision_matrix(_balances(buckets), rates))


def ifrs9_loss_rates_from_roll(inputs, head):
    reached = inputs["history"]["outstanding_after"]
    result = provision.provision_from_roll(
        {bucket: number(reached, bucket) for bucket in reached},
        number(inputs, "finally_lost"),
        _balances(rows(inputs, "balances")),
    )
    rates = [
        None if rate is None else money.format_decimal(rate, LOSS_RATE_PLACES)
        for rate in result.loss_rates_percent.values()
    ]
    return {"loss_rates_percent": rates} | _provision(result.provision)


def ifrs9_with_credit_insurance(inputs, head):
    result = provision.provision_with_insurance(
        number(inputs, "gross"),
        number(inputs, "loss_rate_percent"),
        number_or_zero(inputs, "insured_exposure"),
        number_or_zero(inputs, "insured_percent"),
    )
    return {
        "uninsured_part_loss": result.uninsured_part,
        "insured_part_loss": result.insured_part,
        "total": result.total,
    }


def allocate_oldest_due_first(inputs, head):
    debts = _debts(inputs)
    payment = number(inputs, "payment")
    return _allocated(debts, allocation.allocate_oldest_due_first(payment, debts))


def allocate_debtor_designation(inputs, head):
    designated = inputs.get("designated") or []
    names = [designated] if isinstance(designated, str) else designated
    debts = _debts(inputs)
    payment = number(inputs, "payment")
    return _allocated(debts, allocation.allocate_as_designated(payment, debts, names))


def allocate_pro_rata(inputs, head):
    places = 2 if head.get("places") is None else head["places"]
    debts = _debts(inputs)
    payment = number(inputs, "payment")
    return _allocated(debts, allocation.allocate_pro_rata(payment, debts, places))


def allocate_costs_interest_principal(inputs, head):
    result = allocation.allocate_costs_interest_principal(
        number(inputs, "payment"),
        number_or_zero(inputs, "costs"),
        number_or_zero(inputs, "interest"),
        number(inputs, "principal"),
    )
    return {
        "costs": result.costs,
        "interest": result.interest,
        "principal": result.principal,
        "principal_left": result.principal_left,
        "unapplied": result.unapplied,
    }


def cash_discount(inputs, head):
    result = allocation.cash_discount(
        number(inputs, "invoice"),
        number(inputs, "received"),
        whole(inputs, "day"),
        number_or_zero(inputs, "discount_percent"),
        whole(inputs, "discount_days", 0),
        2 if head.get("places") is None else head["places"],
    )
    return {
        "closed": result.closed,
        "discount": result.discount,
        "residual": result.residual,
    }


def write_off_tolerance(inputs, head):
    result = allocation.write_off_tolerance(
        number(inputs, "invoice"),
        number(inputs, "received"),
        number_or_zero(inputs, "tolerance"),
    )
    return {
        "closed": result.closed,
        "written_off": result.written_off,
        "residual": result.residual,
    }


def statement_balance_forward(inputs, head):
    result = statement.statement_balance_forward(
        _entries(inputs), day(inputs, "from"), day(inputs, "to")
    )
    return {
        "opening": result.opening,
        "debits": result.debits,
        "credits": result.credits,
        "closing": result.closing,
    }


def statement_open_item(inputs, head):
    result = statement.statement_open_items(_entries(inputs), day(inputs, "as_of"))
    return {"open": result.open, "total": result.total}


def promise_kept(inputs, head):
    result = promise.promise_outcome(
        number(inputs, "promised"),
        day(inputs, "date"),
        [
            promise.Payment(day(row, "date"), number(row, "amount"))
            for row in rows(inputs, "payments")
        ],
        whole(inputs, "grace_days", 0),
        day_or_none(inputs, "as_of") or day_or_none(inputs, "today"),
    )
    return {"state": result.state, "paid_in_time": result.paid_in_time}


def promise_rate(inputs, head):
    result = promise.promise_rate(
        promise.ClosedPromise(number(row, "amount"), row["state"])
        for row in rows(inputs, "promises")
    )
    return {"kept_rate_count": result.by_count, "kept_rate_amount": result.by_amount}


def cash_value_of_one_day(inputs, head):
    one_day = value.cash_value_of_one_day(
        number(inputs, "annual_credit_sales"),
        whole(inputs, "days", value.DAYS_PER_YEAR),
    )
    return {"one_day": one_day}


def carrying_cost(inputs, head):
    cost = value.carrying_cost(
        number(inputs, "amount"), number(inputs, "rate_percent"), whole(inputs, "days")
    )
    return {"cost": cost}


def cash_discount_annual_rate(inputs, head):
    rate = value.cash_discount_annual_rate(
        number(inputs, "discount_percent"),
        whole(inputs, "discount_days"),
        whole(inputs, "net_days"),
    )
    return {"rate_percent": rate}


def expected_payment_date(inputs, head):
    expected = forecast.expected_payment_date(
        day(inputs, "due"),
        number_or_none(inputs, "delay_days"),
        day(inputs, "today"),
        day_or_none(inputs, "promise"),
    )
    return {"date": expected}


def _months(inputs):
    return [
        dso.MonthSales(number(row, "sales"), whole(row, "days"), row.get("period", ""))
        for row in rows(inputs, "months_newest_first")
    ]


def _open_items(inputs):
    return [
        aging.OpenItem(
            number(row, "residual"),
            day_or_none(row, "due_date"),
            day_or_none(row, "invoice_date"),
        )
        for row in rows(inputs, "items")
    ]


def _settlements(fields, key):
    return [
        aging.Settlement(day(row, "date"), number(row, "amount"))
        for row in rows(fields, key)
    ]


def _balances(buckets):
    return [
        provision.BucketBalance(row["bucket"], number(row, "gross")) for row in buckets
    ]


def _provision(result):
    return {"per_bucket": list(result.per_bucket), "total": result.total}


def _debts(inputs):
    return [
        allocation.Debt(
            row["name"], number(row, "residual"), day_or_none(row, "due_date")
        )
        for row in rows(inputs, "items")
    ]


def _allocated(debts, result):
    parts = {debt.name: part for debt, part in zip(debts, result.parts, strict=True)}
    return parts | {"unapplied": result.unapplied}


def _entries(inputs):
    return [
        statement.Entry(
            day(row, "date"),
            row["name"],
            number(row, "amount"),
            row.get("kind") or "",
            {name: number(row["applied"], name) for name in row.get("applied") or {}},
        )
        for row in rows(inputs, "entries")
    ]


FORMULAS = {
    adapter.__name__: adapter
    for adapter in (
        aging_due_date,
        aging_due_date_as_of,
        aging_due_date_multi_currency,
        aging_invoice_date,
        allocate_costs_interest_principal,
        allocate_debtor_designation,
        allocate_oldest_due_first,
        allocate_pro_rata,
        ar_turnover,
        at_risk_rate,
        average_days_delinquent,
        average_days_delinquent_countback,
        average_payment_delay,
        best_possible_dso,
        best_possible_dso_countback,
        carrying_cost,
        cash_discount,
        cash_discount_annual_rate,
        cash_value_of_one_day,
        collection_effectiveness_index,
        dso_countback,
        dso_simple,
        expected_payment_date,
        ifrs9_loss_rates_from_roll,
        ifrs9_provision_matrix,
        ifrs9_with_credit_insurance,
        payment_index,
        percent_current,
        promise_kept,
        promise_rate,
        statement_balance_forward,
        statement_open_item,
        weighted_average_days_to_pay,
        write_off_tolerance,
    )
}

# What a result tells beyond the keys that every case of the formula names.
EXTRAS = {
    "allocate_costs_interest_principal": frozenset({"unapplied"}),
    "average_days_delinquent_countback": frozenset(
        {"dso", "bpdso", "history_exhausted"}
    ),
    "best_possible_dso_countback": frozenset({"history_exhausted"}),
    "write_off_tolerance": frozenset({"residual"}),
}

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, models

from odoo.addons.arm_receivables.demo.chapters import demo_ref, firms, name_records

# How large the limits are, as parts of what the buyers owe; none for the last ones.
LIMITS = (1.5, 0.8, 1.2, 0.5, 2.0, 1.0, 0.9, 3.0, 1.1, 0.6, 1.4, 0.7)
MONTH_ENDS = 6  # whose cover is kept
# What the insurer did later: place among the buyers, days ago, kind, part.
LATER = ((1, 40, "increase", 1.1), (4, 25, "reduce", 1.0), (6, 12, "withdraw", 0))


class ArmDemo(models.AbstractModel):
    _inherit = "arm.demo"

    @api.model
    def _get_chapters(self):
        return {**super()._get_chapters(), "insurance": insurance}


def insurance(env):
    """A policy of each company, limits of its larger buyers, and what follows."""
    insurer = env["res.partner"].create(
        {"name": "Nordmark Credit Insurance SE", "is_company": True}
    )
    for key, company in firms(env).items():
        policy = _make_policy(env, key, company, insurer)
        _make_limits(env, policy)
        policy._ensure_limits()
        policy.limit_ids._refresh()
        env["arm.insurance.discretionary"]._refresh(policy.limit_ids)
        _ask_for_more(env, policy)
        env["arm.insurance.watch"]._watch_policies(policy)
        env["arm.insurance.claim"]._prepare_due(policy)
        _go_further(env, policy)
        _keep_month_ends(env, policy)


def _make_policy(env, key, company, insurer):
    """An active policy for the last, this and the next twelve months."""
    today = company._local_today()
    start = today.replace(day=1) - relativedelta(months=20)
    preset = env.ref("arm_insurance.arm_insurance_preset_atradius")
    policy = env["arm.insurance.policy"].create(
        {
            "name": f"NCI-{company.id:03d}-{start.year}",
            "insurer_id": insurer.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "preset_id": preset.id,
            "gate_stop": "warn",
            **_find_accounts(env, company),
            "declare_from": today - relativedelta(months=4),
            "responsible_id": demo_ref(env, "user", "collector").id,
            "year_ids": [Command.create(_make_year(start))],
        }
    )
    policy.action_renew()
    policy.action_activate()
    policy.action_plan_deposits()
    env["arm.insurance.accrual"]._accrue_due()
    name_records(env, "policy", {key: policy})
    return policy


def _make_year(start):
    """The clauses of an insurance year, like those of a common contract."""
    return {
        "date_from": start,
        "date_to": start + relativedelta(years=1, days=-1),
        "minimum_premium": 12000,
        "premium_rate": 0.18,
        "deposit_premium": 9600,
        "deposit_number": 4,
        "afl": 2500,
        "eel": 500,
        "max_liability_multiple": 30,
        "declaration_period": "quarter",
        "dcl_maximum": 5000,
        "dcl_tolerance_days": 15,
        "max_terms_days": 90,
        **_make_costs(),
    }


def _find_accounts(env, company):
    """Where premiums and indemnities are booked, as far as the chart has it."""
    accounts = env["account.account"].with_company(company)
    kinds = {
        "insurer_account_id": "asset_current",
        "indemnity_account_id": "income_other",
        "premium_account_id": "expense",
        "deposit_account_id": "asset_prepayments",
    }
    found = {
        name: accounts.search(
            [("company_ids", "in", company.ids), ("account_type", "=", kind)], limit=1
        ).id
        for name, kind in kinds.items()
    }
    journal = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "general")], limit=1
    )
    return {**found, "journal_id": journal.id} if all(found.values()) else {}


def _make_limits(env, policy):
    """Limits of the buyers that owe most, and what the insurer changed since."""
    company = policy.company_id
    accounts = env["arm.customer.account"].search(
        [("company_id", "=", company.id), ("partner_id.is_company", "=", True)],
        order="amount_open desc, id",
        limit=len(LIMITS),
    )
    today = company._local_today()
    decisions = []
    for number, account in enumerate(accounts):
        limit = env["arm.insurance.limit"].create(
            {"policy_id": policy.id, "partner_id": account.partner_id.id}
        )
        granted = max(1000, round(account.amount_open * LIMITS[number], -3))
        first = today - timedelta(days=590)
        decisions.append(_decision(limit, "grant", first, granted))
        decisions += [
            _decision(limit, kind, today - timedelta(days=days), granted * part)
            for place, days, kind, part in LATER
            if place == number
        ]
    env["arm.insurance.limit.decision"].create(decisions)


def _decision(limit, kind, day, amount):
    return {
        "limit_id": limit.id,
        "kind": kind,
        "decided_on": day,
        "requested_amount": amount if kind == "grant" else 0,
        "amount": 0 if kind == "withdraw" else amount,
        "reference": f"{kind}-{limit.id}",
    }


def _make_costs():
    """Bonus, malus and fees as contracts have them."""
    steps = ((20, -15), (40, -5), (70, 0))
    fees = (("Limit decisions", "decision", 25), ("Monitoring", "monitoring", 40))
    return {
        "bonus_ids": [
            *(
                Command.create({"up_to_ratio": ratio, "adjust_pct": percent})
                for ratio, percent in steps
            ),
            Command.create({"has_no_bound": True, "adjust_pct": 20}),
        ],
        "fee_ids": [
            Command.create({"name": name, "kind": kind, "price": price})
            for name, kind, price in fees
        ],
    }


def _go_further(env, policy):
    """One notice to be sent, another that the insurer has got, a claim that waits."""
    late = policy.limit_ids.filtered("is_stopped").sorted("covered", reverse=True)[:2]
    for limit in late:
        limit.action_notify()
    late[1:].notice_ids.action_send()
    late[1:].notice_ids.action_acknowledge()
    claim = late[1:].claim_ids
    claim.document_ids.is_there = True
    claim.action_submit()


def _keep_month_ends(env, policy):
    """The cover of the last month ends, for lenders and renewal."""
    end = policy.company_id._local_today().replace(day=1) - timedelta(days=1)
    engine = env["arm.insurance.engine"]
    ends = [
        (end + timedelta(days=1)) - relativedelta(months=ago) - timedelta(days=1)
        for ago in range(MONTH_ENDS)
    ]
    for day in ends:
        engine._snapshot(policy, policy.limit_ids, day)
    policy.write({"snapshot_on": end, "snapshot_from": ends[-1]})


def _ask_for_more(env, policy):
    """Requests for the buyers who need most, which the insurer has not decided."""
    today = policy.company_id._local_today()
    short = policy.limit_ids.filtered(lambda row: row.amount and row.uncovered)
    env["arm.insurance.limit.decision"].create(
        [
            {
                "limit_id": limit.id,
                "kind": "request",
                "decided_on": today,
                "requested_amount": round(limit.need * 1.2, -3),
            }
            for limit in short.sorted("uncovered", reverse=True)[:2]
        ]
    )

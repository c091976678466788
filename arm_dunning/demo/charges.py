"""What late payment costs: interest, flat sums, one claimed and one waived."""

from odoo.addons.arm_receivables.demo.chapters import demo_ref, firms

ITEMS = 8  # overdue items that something is proposed for
CUSTOMERS = 5


def charges(env):
    """For each company: the oldest items of those who owe most."""
    manager = demo_ref(env, "user", "manager")
    for company in firms(env).values():
        _set_up(env, company)
        items = _find_items(env, company)
        proposed = _propose(env, company, items)
        interest = proposed.filtered(
            lambda c: c.kind == "interest" and c.state == "proposed"
        )
        # What rests on a rate that nobody confirmed is shown, but cannot be claimed.
        claimed = interest.filtered(lambda c: not c.is_unconfirmed)[:1]
        if claimed:
            claimed.action_post()
        flat = proposed.filtered(lambda c: c.kind == "compensation")[:1]
        if flat:
            flat.action_drop("First time late, agreed on the phone")
            flat.user_id = manager


def _set_up(env, company):
    """Claims are booked on an income account of their own."""
    found = env["account.account"].search(
        [
            ("company_ids", "in", company.ids),
            ("account_type", "in", ("income_other", "income")),
        ],
        order="account_type desc, code",
        limit=1,
    )
    company.interest_account_id = found


def _find_items(env, company):
    accounts = env["arm.customer.account"].search(
        [("company_id", "=", company.id), ("amount_overdue", ">", 0)],
        order="amount_overdue desc",
        limit=CUSTOMERS,
    )
    return env["account.move.line"].search(
        [
            ("company_id", "=", company.id),
            ("partner_id.commercial_partner_id", "in", accounts.partner_id.ids),
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("move_id.move_type", "=", "out_invoice"),
            ("date_maturity", "<", company._local_today()),
        ],
        order="date_maturity, id",
        limit=ITEMS,
    )


def _propose(env, company, items):
    """Interest by the law of each customer, and the flat sum where there is one."""
    today = company._local_today()
    engine, operations = env["arm.interest.engine"], env["arm.dunning.operation"]
    values = []
    for item, claim in engine._work_out(items, today).items():
        account = item._get_customer_account()
        common = {
            "account_id": account.id,
            "company_id": company.id,
            "item_id": item.id,
            "document": item.move_id.name,
            "date": today,
            "regime_id": claim.regime.id,
        }
        if claim.problem:
            values.append(
                {
                    **common,
                    "kind": "interest",
                    "state": "missing",
                    "currency_id": item.currency_id.id,
                    "calculation": claim.problem,
                }
            )
            continue
        found = operations._prepare_legal_interest(claim, {})
        if found:
            values.append({**common, **_prepare("interest", *found)})
        flat = engine._get_flat_sum(item, account, claim.regime, today)
        if flat:
            text = f"Flat amount for late payment, {claim.regime.name}"
            values.append({**common, **_prepare("compensation", *flat, text)})
    return env["arm.dunning.charge"]._propose(values)


def _prepare(kind, amount, currency, text, values=None):
    return {
        "kind": kind,
        "amount": float(amount),
        "currency_id": currency.id,
        "calculation": text,
        **(values or {}),
    }

"""What the checks of invoices add to posting, when a company enforces them."""

from odoo import Command

from .registry import Figure, benchmark
from .sizes import DAY

ROUNDS = 2
AMOUNT = 1000
CUSTOMERS = 100
CLEAN = ("account_move", "account_move_line", "arm_customer_account")
PLACE = {"street": "Kaistr. 5", "zip": "20457", "city": "Hamburg"}


def right_invoices(env, mode, amount):
    """Draft invoices on which nothing is missing, in a company with a mode."""
    place = {**PLACE, "country_id": env.ref("base.de").id}
    company = env.company
    fiscal_country = company.account_fiscal_country_id
    company.write({**place, "vat": "DE136695976", "invoice_check_mode": mode})
    company.account_fiscal_country_id = fiscal_country
    customers = env["arm.customer.account"].search([], limit=CUSTOMERS).partner_id
    customers.write(place)
    tax = env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("country_id", "=", fiscal_country.id),
        ],
        limit=1,
    )
    bank = env["res.partner.bank"].create(
        {"acc_number": "DE02120300000000202051", "partner_id": company.partner_id.id}
    )
    line = {"name": "Goods", "price_unit": 500, "tax_ids": [Command.set(tax.ids)]}
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customers[number % len(customers)].id,
                "fiscal_position_id": False,
                "invoice_date": DAY,
                "delivery_date": DAY,
                "partner_bank_id": bank.id,
                "invoice_line_ids": [Command.create(line)],
            }
            for number in range(amount)
        ]
    )
    env.flush_all()
    env.invalidate_all()
    return invoices


def post(mode, amount):
    """A contender that posts the invoices in a mode."""
    return lambda env: right_invoices(env, mode, amount).action_post


def check(amount):
    """The checks alone, as the list of drafts and the nightly job do them."""
    return lambda env: right_invoices(env, "show", amount)._get_readiness


@benchmark("invoice", "what checks of invoices add to posting")
def invoice(lab):
    """Issue 8: posting 1,000 invoices costs at most 15 % more, few queries more."""
    amount = 200 if lab.size.name == "tiny" else AMOUNT
    samples = lab.in_turns(
        ROUNDS,
        clean=CLEAN,
        off=post("off", amount),
        enforced=post("enforce", amount),
        check=check(amount),
    )
    off, enforced, alone = samples["off"], samples["enforced"], samples["check"]
    more = enforced.query_count - off.query_count
    yield Figure(
        *("invoice.posting", (enforced.ratio(off) - 1) * 100, "% more", 15.0),
        enforced.against(off),
    )
    yield Figure("invoice.queries", more, "more", 60, f"for {amount} invoices")
    yield Figure(
        *("invoice.check", alone.milliseconds / amount, "ms each", None),
        f"{alone.query_count} queries for {amount} drafts",
    )

"""What the suite adds to posting an invoice, booking a payment, confirming orders."""

from functools import partial

from odoo import Command

from .core_only import core_only
from .lab import Contender
from .registry import Figure, benchmark

ROUNDS = 15
CLEAN = ("arm_customer_account",)


def pick_customers(env, amount=1):
    """Customers with a usual history, the same ones in every round."""
    accounts = env["arm.customer.account"].search(
        [("payment_index", "!=", False), ("reliability_status", "=", "green")],
        order="id",
        limit=amount,
    )
    return accounts.partner_id


def draft_invoices(env, amount=1):
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": 100,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for customer in pick_customers(env, amount)
        ]
    )
    env.flush_all()
    return invoices


def draft_orders(env, amount=1):
    product = env["product.product"].search([("invoice_policy", "=", "order")], limit=1)
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customer.id,
                "order_line": [
                    Command.create({"product_id": product.id, "price_unit": 10})
                ],
            }
            for customer in pick_customers(env, amount)
        ]
    )
    env.flush_all()
    return orders


# ------------------------------------------------------------------------- contenders


def post_invoice(env):
    return draft_invoices(env).action_post


def post_invoices(env):
    return draft_invoices(env, 40).action_post


def pay_invoice(env):
    """As a clerk does it: the payment wizard books and reconciles."""
    invoice = draft_invoices(env)
    invoice.action_post()
    wizard = (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create({})
    )
    env.flush_all()
    return wizard.action_create_payments


def confirm_order(env):
    return draft_orders(env).action_confirm


def confirm_orders(env):
    return draft_orders(env, 40).action_confirm


def compare(lab, contender, rounds=ROUNDS):
    """(samples with us, samples of core alone)."""
    without_us = partial(core_only, lab.registry)

    def disturbed(env):
        """As the other one: Python has just forgotten where it finds methods."""
        run = contender(env)
        with without_us():
            pass
        return run

    core = Contender(contender, within=without_us)
    samples = lab.in_turns(rounds, clean=CLEAN, ours=disturbed, core=core)
    return samples["ours"], samples["core"]


def added_queries(name, ours, core, bar=None):
    more = ours.query_count - core.query_count
    return Figure(name, more, "queries", bar, ours.against(core))


def added_time(name, ours, core, bar=None):
    return Figure(
        name, ours.added_milliseconds(core), "ms more", bar, ours.against(core)
    )


@benchmark("posting", "what the suite adds to posting and paying an invoice")
def posting(lab):
    """Issue 3: under 10 ms and at most 8 queries for one customer."""
    ours, core = compare(lab, post_invoice)
    yield added_time("posting.time", ours, core, 10.0)
    yield added_queries("posting.queries", ours, core, 8)
    ours, core = compare(lab, post_invoices, rounds=3)
    yield added_queries("posting.batch_of_40", ours, core)
    ours, core = compare(lab, pay_invoice)
    yield added_time("paying.time", ours, core)
    yield added_queries("paying.queries", ours, core)


@benchmark("orders", "what the suite adds to confirming an order")
def orders(lab):
    """Issue 3: at most 6 queries."""
    ours, core = compare(lab, confirm_order)
    yield added_queries("orders.queries", ours, core, 6)
    yield added_time("orders.time", ours, core)
    ours, core = compare(lab, confirm_orders, rounds=3)
    yield added_queries("orders.batch_of_40", ours, core)

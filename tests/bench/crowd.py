"""Open items by the hundred thousand, written for a benchmark and removed after it.

One customer and one invoice are made through the ORM; all others are copies of their
rows that differ in names and days.
"""

import contextlib
from datetime import timedelta

from odoo import Command
from odoo.tools import SQL

from .fastlane import fast_lane
from .sizes import DAY

SPREAD = 200  # days over which the items fall due
AHEAD = 20  # of these, days in the future
HISTORY = 700  # days over which settled invoices fell due
TABLES = (
    "res_partner",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "arm_customer_account",
)


@contextlib.contextmanager
def crowd(lab, items, customers, settled=0):
    """More open items in the data's company, for as long as the context lasts.

    :param items: how many of 100 each; each falls due on one of 200 days
    :param customers: over how many new customers they are spread evenly
    :param settled: how many more invoices these customers had, and paid
    """
    with taken_back(lab, TABLES):
        with lab.session(commit=True) as env:
            specimen = _make_specimen(env)
            paid = _settle(_make_specimen(env)) if settled else specimen
            with fast_lane(env.cr):
                first = _copy_partner(env, specimen.partner_id, customers)
                _copy_invoice(env, specimen, items, first, customers)
                _copy_settled(env, paid, settled, first, customers)
            env.invalidate_all()
            env["arm.customer.account"]._refresh(env.company)
        lab.vacuum(*TABLES)
        yield


@contextlib.contextmanager
def taken_back(lab, tables):
    """Rows that are committed to tables meanwhile are deleted in the end."""
    with lab.session() as env:
        before = {table: _last_id(env, table) for table in tables}
    try:
        yield
    finally:
        with lab.session(commit=True) as env:
            _remove(env, before)
        lab.vacuum(*tables)


def _last_id(env, table):
    env.cr.execute(SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table)))
    return env.cr.fetchone()[0]


def _remove(env, before):
    """Delete all rows that are newer, and what refers to them."""
    tables = tuple(before)
    env.cr.execute("SET LOCAL session_replication_role = replica")
    env.cr.execute(
        """
        SELECT child.relname, attribute.attname, parent.relname
          FROM pg_constraint link
          JOIN pg_class child ON child.oid = link.conrelid
          JOIN pg_class parent ON parent.oid = link.confrelid
          JOIN pg_attribute attribute ON attribute.attrelid = link.conrelid
           AND attribute.attnum = link.conkey[1]
         WHERE link.contype = 'f' AND parent.relname IN %s AND child.relname NOT IN %s
        """,
        (tables, tables),
    )
    columns = [*env.cr.fetchall(), *((table, "id", table) for table in tables)]
    for table, column, parent in columns:
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s > %s",
                SQL.identifier(table),
                SQL.identifier(column),
                before[parent],
            )
        )


def _make_specimen(env):
    partner = env["res.partner"].create(
        {"name": "Specimen", "is_company": True, "email": "specimen@example.com"}
    )
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": DAY - timedelta(days=60),
            "invoice_date_due": DAY - timedelta(days=30),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {"name": "Goods", "price_unit": 100, "tax_ids": [Command.clear()]}
                )
            ],
        }
    )
    invoice.action_post()
    env.flush_all()
    return invoice


def _settle(invoice):
    """An invoice with the entry that has paid it."""
    env = invoice.env
    claim = invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
    journal = env["account.journal"].search([("type", "=", "bank")], limit=1)
    lines = [
        {"account_id": claim.account_id.id, "credit": 100},
        {"account_id": journal.default_account_id.id, "debit": 100},
    ]
    values = {"partner_id": invoice.partner_id.id, "name": "Payment"}
    payment = env["account.move"].create(
        {
            "journal_id": journal.id,
            "date": invoice.invoice_date_due,
            "line_ids": [Command.create({**values, **line}) for line in lines],
        }
    )
    payment.action_post()
    (claim + payment.line_ids[0]).reconcile()
    env.flush_all()
    return invoice


def _copy(env, table, record_id, count, varying):
    """Insert copies of a row; returns the id before that of the first copy.

    :param varying: column -> SQL of its value, over the number ``g`` of the copy
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND is_generated = 'NEVER' AND column_name != 'id'",
        (table,),
    )
    same = [row[0] for row in env.cr.fetchall() if row[0] not in varying]
    sequence = f"{table}_id_seq"
    env.cr.execute("SELECT nextval(%s)", (sequence,))
    base = env.cr.fetchone()[0]
    env.cr.execute("SELECT setval(%s, %s)", (sequence, base + count))
    values = {name: value(base) for name, value in varying.items()}
    env.cr.execute(
        SQL(
            "INSERT INTO %s (id, %s) SELECT %s + g, %s FROM %s, "
            "generate_series(1, %s) g WHERE id = %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in (*values, *same)),
            base,
            SQL(", ").join(
                (*values.values(), *(SQL.identifier(name) for name in same))
            ),
            SQL.identifier(table),
            count,
            record_id,
        )
    )
    return base


def _copy_partner(env, partner, count):
    name = SQL("'Crowd ' || g")
    email = SQL("'crowd' || g || '@example.com'")
    return _copy(
        env,
        "res_partner",
        partner.id,
        count,
        {
            "name": lambda base: name,
            "complete_name": lambda base: name,
            "email": lambda base: email,
            "email_normalized": lambda base: email,
            "commercial_partner_id": lambda base: SQL("%s + g", base),
        },
    )


def _spread(last, days, customers):
    """The due day of item ``g``: primes spread them, and those of one customer."""
    return SQL(
        "(%s::date - ((g::bigint * 7919 + g / %s * 37) %% %s)::int)",
        last,
        customers,
        days,
    )


def _copy_invoice(env, invoice, count, first, customers):
    """Copies of an open invoice and its two lines."""
    due = _spread(DAY + timedelta(AHEAD), SPREAD, customers)
    _copy_move(env, invoice, count, _customer(first, customers), due, "CROWD/")


def _customer(first, customers):
    return SQL("%s + 1 + g %% %s", first, customers)


def _copy_settled(env, invoice, count, first, customers):
    """Copies of a paid invoice, of its payment, and of the match of the two."""
    match = invoice.line_ids.matched_credit_ids
    if not count:
        return
    customer = _customer(first, customers)
    due = _spread(DAY - timedelta(15), HISTORY, customers)
    paid = SQL("%s + 10", due)
    payment = match.credit_move_id.move_id
    claims = _copy_move(env, invoice, count, customer, due, "PAST/")
    payments = _copy_move(env, payment, count, customer, paid, "PAID/")
    _copy(
        env,
        "account_partial_reconcile",
        match.id,
        count,
        {
            "debit_move_id": lambda base: SQL("%s + g", claims),
            "credit_move_id": lambda base: SQL("%s + g", payments),
            "max_date": lambda base: paid,
        },
    )


def _copy_move(env, invoice, count, customer, due, prefix):
    """Copies of an entry and its two lines.

    :return: the id before that of the first copy of its receivable line
    """
    issued = SQL("%s - 30", due) if invoice.is_invoice() else due
    number = SQL("%s || g", prefix)
    claims = None
    moves = _copy(
        env,
        "account_move",
        invoice.id,
        count,
        {
            "name": lambda base: number,
            "payment_reference": lambda base: number,
            "sequence_number": lambda base: SQL("g"),
            "sequence_prefix": lambda base: SQL("%s", prefix),
            "partner_id": lambda base: customer,
            "commercial_partner_id": lambda base: customer,
            "partner_shipping_id": lambda base: customer,
            "date": lambda base: issued,
            "invoice_date": lambda base: issued,
            "invoice_date_due": lambda base: due,
        },
    )
    for line in invoice.line_ids:
        is_claim = line.account_type == "asset_receivable"
        base = _copy(
            env,
            "account_move_line",
            line.id,
            count,
            {
                "move_id": lambda base: SQL("%s + g", moves),
                "move_name": lambda base: number,
                "partner_id": lambda base: customer,
                "date": lambda base: issued,
                "invoice_date": lambda base: issued,
                "date_maturity": lambda base, claim=is_claim: (
                    due if claim else SQL("NULL::date")
                ),
            },
        )
        claims = base if is_claim else claims
    return claims

"""Load large tables without paying for each row's indexes and foreign keys."""

import contextlib

from odoo.tools import SQL

TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_move__account_payment",
    "sale_order",
    "sale_order_line",
)
# What the writer itself looks up while it loads.
NEEDED = {
    "account_move__origin_payment_id_index",
    "account_move_sequence_index",
}


@contextlib.contextmanager
def fast_lane(cr):
    """Drop indexes that are no constraint, and make them again at the end.

    Foreign keys are not checked meanwhile: the rows come from a writer that is tested
    with them. For a scratch database only, and in one transaction.
    """
    cr.execute("SET LOCAL session_replication_role = replica")
    cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    cr.execute(
        SQL(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
              FROM pg_index
             WHERE indrelid::regclass::text IN %s AND NOT indisprimary
               AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)
               AND indexrelid::regclass::text NOT IN %s
             ORDER BY indexrelid
            """,
            TABLES,
            tuple(NEEDED),
        )
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    yield
    for _name, definition in indexes:
        cr.execute(definition)
    cr.execute("SET LOCAL session_replication_role = DEFAULT")

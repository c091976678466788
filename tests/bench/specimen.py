"""Rows like those that the ORM writes, many at once.

One record is made through the ORM, its row is read and the record is taken back: a
specimen. Copies differ from it in a few columns only, and so stay right when an add-on
gives the model more fields.
"""

from odoo.tools import SQL

from odoo.addons.arm_receivables.demo.bulk import Sheet


def read_row(record):
    """The stored columns of a record, without those that are empty."""
    record.env.flush_all()
    record.env.cr.execute(
        SQL("SELECT * FROM %s WHERE id = %s", SQL.identifier(record._table), record.id)
    )
    row = record.env.cr.dictfetchone()
    return {name: value for name, value in row.items() if value is not None}


def sheet_like(table, row, varying):
    """A sheet whose rows are like ``row``, but for the columns that vary."""
    same = {name: value for name, value in row.items() if name not in varying}
    return Sheet(table, same, varying)

"""Rows into tables by COPY, and blocks of ids for them."""

import io
from itertools import islice

from odoo.tools import SQL

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(value):
    """A value in the text format of COPY; amounts are expected to be rounded."""
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    return str(value)


class Sheet:
    """Rows for one table, of which some columns are the same in every row.

    What does not vary is turned into text once, and the rest not before the database
    asks for it: it can take in rows while the next ones are being written.
    """

    def __init__(self, table, same, varying):
        """:param same: column -> value, the same in every row.
        :param varying: names of the columns that :meth:`add` gets values for.
        """
        self.table = SQL.identifier(table)
        self.stage = SQL.identifier(f"arm_stage_{table}")
        self.columns = SQL(", ").join(map(SQL.identifier, (*same, *varying)))
        self._start = "".join(f"{copy_text(value)}\t" for value in same.values())
        self._rows = []

    def add(self, *values):
        """One more row, in the order of the varying columns."""
        self._rows.append(values)

    def copy_rows(self, cr, table=None):
        """Write the rows with one statement, and start anew."""
        if self._rows:
            table = table or self.table
            statement = SQL("COPY %s (%s) FROM STDIN", table, self.columns)
            cr.copy_expert(statement.code, _Text(self._lines()))
        self._rows = []

    def _lines(self):
        for values in self._rows:
            yield self._start + "\t".join(map(copy_text, values)) + "\n"


class _Text(io.TextIOBase):
    """A file that is written while it is read."""

    def __init__(self, lines):
        self._lines = lines

    def read(self, size=-1):
        """Some lines; about 500 make a block that is worth sending."""
        return "".join(islice(self._lines, 500))


def copy_together(cr, first, second):
    """Write two sheets whose rows refer to each other.

    Foreign keys are checked at the end of a statement: one statement takes the rows of
    both from where they were put down.
    """
    for sheet in (first, second):
        cr.execute(SQL("CREATE TEMP TABLE %s (LIKE %s)", sheet.stage, sheet.table))
        sheet.copy_rows(cr, sheet.stage)
    moved = [
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s",
            sheet.table,
            sheet.columns,
            sheet.columns,
            sheet.stage,
        )
        for sheet in (first, second)
    ]
    cr.execute(SQL("WITH done AS (%s) %s", *moved))
    for sheet in (first, second):
        cr.execute(SQL("DROP TABLE %s", sheet.stage))


def reserve(cr, table, count):
    """Take ``count`` ids from the sequence of a table, as an ascending iterator."""
    if not count:
        return iter(())
    cr.execute(
        SQL(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id'))"
            " FROM generate_series(1, %s)",
            table,
            count,
        )
    )
    return iter(sorted(row[0] for row in cr.fetchall()))


def column_defaults(model, but):
    """What the ORM would store by default: column -> value, for stored fields.

    Other add-ons may have given the model fields with a default; rows that bypass
    the ORM get them as well.

    :param but: names of the columns that are written anyway.
    """
    names = [
        name
        for name, field in model._fields.items()
        if field.store and field.column_type and field.default and name not in but
        if not field.translate and not field.company_dependent and field.type != "json"
    ]
    defaults = model.default_get(names)
    return {
        name: model._fields[name].convert_to_column_insert(value, model)
        for name, value in defaults.items()
        if name in names
    }

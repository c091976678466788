from odoo import api, fields, models
from odoo.tools import SQL

# A change becomes visible only when its transaction ends: what was judged sooner than
# so long after a change may have missed it, and is judged again.
SETTLED = "15 minutes"


class ArmKnownState(models.AbstractModel):
    """How a record was judged last, written down to be searched.

    A row counts as long as nothing changed since on which the verdict depends. What
    changed is judged anew by every search, until a scheduled job writes it down. A
    model of such rows names the field of the verdict in ``_verdict``, and says by
    :meth:`_judged_query` and :meth:`_stale_sql` what is judged and what counts no more.
    """

    _name = "arm.known.state"
    _description = "State as It Was Judged Last"

    _verdict = None  # the field that keeps its state

    checked_on = fields.Datetime(required=True, readonly=True)

    @api.model
    def _judged_query(self, condition):
        """Ids of the records to judge, with a condition on their row ``known``."""
        raise NotImplementedError

    @api.model
    def _stale_sql(self):
        """Whether the row ``known`` counts no more, or is not there."""
        raise NotImplementedError

    @api.model
    def _get_stale_ids(self):
        """Records whose state is not known, or may have changed."""
        query = self._judged_query(SQL("(%s)", self._stale_sql()))
        return [record_id for (record_id,) in self.env.execute_query(query)]

    @api.model
    def _settled_query(self, states):
        """Records whose state is known to be one of these."""
        return self._judged_query(
            SQL(
                "known.%s IN %s AND NOT (%s)",
                SQL.identifier(self._verdict),
                tuple(states) or (None,),
                self._stale_sql(),
            )
        )

    @api.model
    def _upsert(self, names, rows):
        """Write down verdicts, by the clock of the database, as changes are dated.

        :param names: the columns, that of the record first
        :param rows: SQL of one tuple of values for each record
        """
        if not rows:
            return
        columns = [SQL.identifier(name) for name in names]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(table)s (
                    %(columns)s, checked_on,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT found.*, clock.now, %(uid)s, clock.now, %(uid)s, clock.now
                  FROM (VALUES %(rows)s) AS found,
                       (SELECT NOW() AT TIME ZONE 'UTC') AS clock (now)
                ON CONFLICT (%(record)s) DO UPDATE
                   SET %(changes)s, checked_on = excluded.checked_on,
                       write_date = excluded.write_date
                """,
                table=SQL.identifier(self._table),
                columns=SQL(", ").join(columns),
                uid=self.env.uid,
                rows=SQL(", ").join(rows),
                record=columns[0],
                changes=SQL(", ").join(
                    SQL("%s = excluded.%s", column, column) for column in columns[1:]
                ),
            )
        )
        self.invalidate_model()

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.hold import RANK


class ArmHold(models.Model):
    """Why an open item is left alone for a time: at most one row for each item.

    Disputes, promises, payment plans, extensions and pauses resolve to this small
    table, so that queries over open items look into one table instead of five and
    core's large tables get no column of ours. Only their methods write it. A row
    whose last day is past holds nothing any more.
    """

    _name = "arm.hold"
    _description = "Hold of an Open Item"
    _rec_name = "item_id"
    _check_company_auto = True

    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    reason = fields.Selection(
        [
            ("dispute", "Dispute"),
            ("promise", "Promise to Pay"),
            ("plan", "Payment Plan"),
            ("extension", "Extension"),
            ("pause", "Pause"),
        ],
        required=True,
        readonly=True,
    )
    until = fields.Date(
        readonly=True, help="The last day of the hold; without it, it stays."
    )
    amount = fields.Monetary(
        string="Held Part",
        readonly=True,
        help="Only this part of the item is held, the rest goes on. Empty: all of it.",
    )
    amount_disputed = fields.Monetary(
        string="Disputed",
        readonly=True,
        help="The part that is disputed, whatever else holds the item.",
    )
    currency_id = fields.Many2one(related="item_id.currency_id")
    pause_until = fields.Date(
        string="Paused Until",
        readonly=True,
        help="A pause that comes back when a stronger hold ends before it.",
    )
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(model_field="source_model", readonly=True)

    # Also what the set-based queries over open items use.
    _item_uniq = models.UniqueIndex(
        "(item_id)", "This item is held already: change its hold instead."
    )

    # ------------------------------------------------------------------- the engine

    @api.model
    def _get_sources(self, company, partners=None):
        """Hook: queries of everything that holds items now, all with these columns.

        ``item_id``, ``reason``, ``until`` (empty: no end), ``amount`` (empty: the whole
        item; in the item's currency), ``source_model``, ``source_id``; at most one row
        for each item and source.

        :param partners: the commercial partners that are asked about; None: all
        """
        return [self._pause_source()]

    @api.model
    def _pause_source(self):
        """Pauses live here alone; a stronger hold keeps them in ``pause_until``."""
        return SQL(
            """
            SELECT item_id, 'pause' AS reason,
                   CASE WHEN reason = 'pause' THEN until ELSE pause_until END AS until,
                   NULL::numeric AS amount, NULL AS source_model, NULL::integer AS
                   source_id
              FROM arm_hold
             WHERE reason = 'pause' OR pause_until IS NOT NULL
            """
        )

    @api.model
    def _resolve(self, company, partners=None):
        """Bring the holds in step with what holds items: one statement.

        The same rules as ``tools.hold.strongest_claim``. Rows that do not come from a
        record (pauses) are kept.

        :param partners: commercial partners; all customers when not given
        """
        position = self.env["arm.customer.position"]
        customer = position._customer_sql(SQL("line.partner_id"), partners)
        self.env.cr.execute(
            SQL(
                "WITH source AS MATERIALIZED (%s), best AS MATERIALIZED (%s), "
                "gone AS (%s) %s",
                SQL(" UNION ALL ").join(
                    SQL("(%s)", query) for query in self._get_sources(company, partners)
                ),
                self._best_claims_query(company, customer),
                self._delete_gone(company, customer),
                self._upsert_best(company),
            )
        )
        self.invalidate_model(flush=False)
        self.env["account.move.line"].invalidate_model(
            ["hold_id", "hold_reason", "hold_until"], flush=False
        )

    @api.model
    def _best_claims_query(self, company, customer):
        """Of all claims on each open item (``source``) the strongest one.

        :param customer: SQL about the customers, with ``join`` and ``only``
        """
        return SQL(
            """
            SELECT DISTINCT ON (line.id)
                   line.id AS item_id, source.reason, source.until,
                   source.source_model, source.source_id,
                   CASE WHEN source.amount < line.amount_residual_currency
                        THEN source.amount END AS amount,
                   disputed.amount AS amount_disputed
              FROM source
              JOIN account_move_line line ON line.id = source.item_id
              LEFT JOIN source disputed ON disputed.item_id = source.item_id
               AND disputed.reason = 'dispute'
              %(join)s
             WHERE line.company_id = %(company)s AND %(only)s
               AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND (source.until IS NULL OR source.until >= %(today)s)
             ORDER BY line.id,
                   (source.amount < line.amount_residual_currency) IS TRUE,
                   array_position(%(rank)s::varchar[], source.reason::varchar),
                   source.until DESC NULLS FIRST
            """,
            join=customer.join,
            only=customer.only,
            company=company.id,
            today=company._local_today(),
            rank=list(RANK),
        )

    @api.model
    def _delete_gone(self, company, customer):
        """Free the items of these customers that nothing claims any more (``best``)."""
        return SQL(
            """
            DELETE FROM arm_hold hold
             USING account_move_line line %(join)s
             WHERE line.id = hold.item_id AND %(only)s
               AND hold.company_id = %(company)s
               AND hold.source_id IS NOT NULL
               AND hold.item_id NOT IN (SELECT item_id FROM best)
            """,
            join=customer.join,
            only=customer.only,
            company=company.id,
        )

    @api.model
    def _upsert_best(self, company):
        """Write the strongest claims (``best``), where they say something new."""
        return SQL(
            """
            INSERT INTO arm_hold AS hold (
                item_id, company_id, reason, until, amount, amount_disputed,
                source_model, source_id,
                create_uid, create_date, write_uid, write_date
            )
            SELECT item_id, %(company)s, reason, until, amount, amount_disputed,
                   source_model, source_id, %(user)s, %(now)s, %(user)s, %(now)s
              FROM best
                ON CONFLICT (item_id) DO UPDATE
               SET reason = EXCLUDED.reason, until = EXCLUDED.until,
                   amount = EXCLUDED.amount,
                   amount_disputed = EXCLUDED.amount_disputed,
                   source_model = EXCLUDED.source_model,
                   source_id = EXCLUDED.source_id,
                   pause_until = CASE WHEN EXCLUDED.reason = 'pause' THEN NULL
                                      WHEN hold.reason = 'pause' THEN hold.until
                                      ELSE hold.pause_until END,
                   write_date = EXCLUDED.write_date,
                   write_uid = EXCLUDED.write_uid
             WHERE (hold.reason, hold.until, hold.amount, hold.amount_disputed,
                    hold.source_model, hold.source_id)
                   IS DISTINCT FROM (EXCLUDED.reason, EXCLUDED.until, EXCLUDED.amount,
                    EXCLUDED.amount_disputed, EXCLUDED.source_model,
                    EXCLUDED.source_id)
            """,
            company=company.id,
            user=self.env.uid,
            now=fields.Datetime.now(),
        )

    def action_open_source(self):
        """Open what holds the item: the dispute, the promise, and so on."""
        self.ensure_one()
        self.check_access("read")
        if not self.source_id:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }

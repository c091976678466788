from odoo import api, fields, models
from odoo.tools import SQL, format_date

KINDS = [
    ("call", "Call"),
    ("promise", "Broken Promise"),
    ("activity", "Activity"),
    ("dispute", "Dispute to Answer"),
    ("reply", "Answer to Read"),
    ("request", "Customer's Request"),
]
# Each source has its own place in the id, so that ids are unique and stay the same.
PLACES = 16
# A promise that was broken longer ago is not asked about any more.
PROMISE_DAYS = 60


class ArmWorkTodo(models.Model):
    """What somebody has to do about a customer, from wherever it is kept.

    Nothing is stored: calls of the list, activities on the customer's page, promises
    that were broken and not talked about since, disputes whose deadline has come,
    answers of customers that nobody has read, and what they ask for on their page.
    """

    _name = "arm.work.todo"
    _description = "Something to Do"
    _auto = False
    _order = "date, id"
    _rec_name = "kind"

    account_id = fields.Many2one("arm.customer.account", string="Customer")
    company_id = fields.Many2one("res.company")
    kind = fields.Selection(KINDS)
    date = fields.Date(help="The day from which it is to be done.")
    user_id = fields.Many2one(
        "res.users", string="Who", help="Whoever it is given to, else the collector."
    )
    is_must = fields.Boolean(
        string="Fixed", help="To be done even when the customer is left alone."
    )
    clock = fields.Date(string="Insurer's Deadline")
    text = fields.Char()
    description = fields.Char(string="What", compute="_compute_description")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")

    _depends = {
        "arm.dunning.call": ["account_id", "state", "date", "user_id", "reason"],
        "arm.dunning.call.result": ["account_id", "day"],
        "arm.promise": ["account_id", "state", "date_closed", "create_date"],
        "arm.dispute": ["account_id", "state", "deadline", "user_id", "name"],
        "arm.dunning.reply": ["account_id", "state", "kind", "date"],
        "arm.portal.request": ["account_id", "state", "user_id"],
        "mail.activity": ["res_model", "res_id", "date_deadline", "user_id", "active"],
        "arm.customer.account": ["company_id", "collector_id"],
        "account.move.line": ["reconciled"],
    }

    @api.depends("kind", "text", "res_model", "res_id")
    @api.depends_context("lang")
    def _compute_description(self):
        """The kind, and what it is about, in the reader's language."""
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for model, todos in self.grouped("res_model").items():
            # As superuser: who may see the customer may see what there is to do.
            records = self.env[model].sudo().browse(todos.mapped("res_id"))
            found = dict(zip(records.ids, records, strict=True))
            for todo in todos:
                text = todo._describe(found[todo.res_id])
                parts = (labels.get(todo.kind, ""), text)
                todo.description = ": ".join(filter(None, parts))

    def _describe(self, record):
        """Hook: what it is about, in a few words.

        :param record: what is behind it, readable
        """
        self.ensure_one()
        if self.kind == "promise":
            return self.env._(
                "%(amount)s until %(date)s",
                amount=record.currency_id.format(record.amount),
                date=format_date(self.env, record.date),
            )
        if self.kind == "request":  # whose it is stands beside it
            parts = record.title.split(" · ")
            return " · ".join(x for x in parts if x != record.partner_id.name)
        return self.text

    # -------------------------------------------------------------------- the query

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT source.id * %(places)s + %(place)s AS id, source.account_id, "
                "account.company_id, source.kind, source.date, "
                "COALESCE(source.user_id, account.collector_id) AS user_id, "
                "source.is_must, source.clock, source.text, source.res_model, "
                "source.res_id FROM (%(query)s) source "
                "JOIN arm_customer_account account ON account.id = source.account_id",
                places=PLACES,
                place=place,
                query=query,
            )
            for place, query in enumerate(self._get_sources().values())
        )

    @api.model
    def _get_sources(self):
        """Hook: the queries of the sources by name, each with the same columns.

        ``id``, ``account_id``, ``kind``, ``date``, ``user_id``, ``is_must``, ``clock``,
        ``text``, ``res_model``, ``res_id``. An extension adds at the end and never
        takes a place away: ids depend on it.
        """
        return {
            "call": self._call_source(),
            "promise": self._promise_source(),
            "activity": self._activity_source(),
            "dispute": self._dispute_source(),
            "reply": self._reply_source(),
            "request": self._request_source(),
        }

    @api.model
    def _call_source(self):
        return SQL(
            """
            SELECT id, account_id, 'call' AS kind, date, user_id, FALSE AS is_must,
                   NULL::date AS clock, reason AS text,
                   'arm.dunning.call' AS res_model, id AS res_id
              FROM arm_dunning_call
             WHERE state = 'open'
            """
        )

    @api.model
    def _promise_source(self):
        """Not kept, still owed, and nothing was said about it since."""
        return SQL(
            """
            SELECT promise.id, promise.account_id, 'promise' AS kind,
                   promise.date_closed AS date, NULL::integer AS user_id,
                   FALSE AS is_must, NULL::date AS clock, NULL::varchar AS text,
                   'arm.promise' AS res_model, promise.id AS res_id
              FROM arm_promise promise
             WHERE promise.state IN ('partly', 'broken')
               AND promise.date_closed > %s
               AND EXISTS (
                    SELECT FROM arm_promise_item_rel rel
                      JOIN account_move_line line ON line.id = rel.item_id
                     WHERE rel.promise_id = promise.id
                       AND line.reconciled IS NOT TRUE)
               AND NOT EXISTS (
                    SELECT FROM arm_dunning_call_result result
                     WHERE result.account_id = promise.account_id
                       AND result.day >= promise.date_closed)
               AND NOT EXISTS (
                    SELECT FROM arm_promise later
                     WHERE later.account_id = promise.account_id
                       AND later.state = 'open' AND later.id > promise.id)
            """,
            fields.Date.subtract(fields.Date.today(), days=PROMISE_DAYS),
        )

    @api.model
    def _activity_source(self):
        return SQL(
            """
            SELECT id, res_id AS account_id, 'activity' AS kind, date_deadline AS date,
                   user_id, TRUE AS is_must, NULL::date AS clock, summary AS text,
                   'mail.activity' AS res_model, id AS res_id
              FROM mail_activity
             WHERE res_model = 'arm.customer.account' AND active
            """
        )

    @api.model
    def _dispute_source(self):
        """Work for who settles it, from its deadline on."""
        return SQL(
            """
            SELECT id, account_id, 'dispute' AS kind, deadline AS date, user_id,
                   TRUE AS is_must, NULL::date AS clock, name AS text,
                   'arm.dispute' AS res_model, id AS res_id
              FROM arm_dispute
             WHERE state = 'open' AND deadline IS NOT NULL
            """
        )

    @api.model
    def _reply_source(self):
        """What customers wrote and nobody has decided about; no absence notes."""
        return SQL(
            """
            SELECT reply.id, reply.account_id, 'reply' AS kind, %s AS date,
                   NULL::integer AS user_id, TRUE AS is_must, NULL::date AS clock,
                   COALESCE(reply.sentence, reply.subject) AS text,
                   'arm.dunning.reply' AS res_model, reply.id AS res_id
              FROM arm_dunning_reply reply
              JOIN res_company company ON company.id = reply.company_id
             WHERE reply.state = 'new' AND reply.kind != 'absence'
            """,
            self._local_day(SQL("reply.date")),
        )

    @api.model
    def _request_source(self):
        """What customers ask for on their page, and wait for."""
        return SQL(
            """
            SELECT request.id, request.account_id, 'request' AS kind, %s AS date,
                   request.user_id, TRUE AS is_must, NULL::date AS clock,
                   NULL::varchar AS text, 'arm.portal.request' AS res_model,
                   request.id AS res_id
              FROM arm_portal_request request
              JOIN res_company company ON company.id = request.company_id
             WHERE request.state = 'open'
            """,
            self._local_day(SQL("request.create_date")),
        )

    @api.model
    def _local_day(self, moment):
        """The company's day of a moment: in the evening UTC is at the next one."""
        zone = SQL("COALESCE(company.receivables_timezone, 'UTC')")
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, zone)

    # ---------------------------------------------------------------------- actions

    def action_open(self):
        """Open what is behind it; an activity is on the customer's page."""
        self.ensure_one()
        model, record_id = self.res_model, self.res_id
        if self.kind == "activity":
            model, record_id = "arm.customer.account", self.account_id.id
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "views": [(False, "form")],
        }

    def action_done(self):
        """Mark an activity as done; everything else ends by itself."""
        self.ensure_one()
        if self.kind == "activity":
            self.env["mail.activity"].browse(self.res_id).action_done()
        return True

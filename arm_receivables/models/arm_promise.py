from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

from .arm_customer_position import MONEY_JOURNALS

STATES = [
    ("open", "Open"),
    ("kept", "Kept"),
    ("partly", "Kept in Part"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
]
# For so many days after its last day a promise is judged anew: a bank statement may be
# entered late, and a payment may come back.
DAYS_OF_REVISION = 60


class ArmPromise(models.Model):
    """A customer's word to pay an amount of open items until a day.

    Until that day and its days of grace the items are left alone. Then payments decide
    (``tools.promise.judge_promise``): kept, kept in part, or broken. Payments of the
    bank that are entered later, and payments that come back, change the verdict.
    """

    _name = "arm.promise"
    _description = "Promise to Pay"
    _inherit = ["arm.hold.source"]
    _order = "date desc, id desc"

    item_ids = fields.Many2many(
        "account.move.line",
        "arm_promise_item_rel",
        "promise_id",
        "item_id",
        string="Open Items",
        required=True,
        check_company=True,
    )
    amount = fields.Monetary(required=True, help="What the customer will pay.")
    date = fields.Date(
        string="Promised For",
        required=True,
        index=True,
        help="The day until which the customer will pay.",
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        required=True,
        default=lambda self: self._default_grace_days(),
        help="Calendar days after the promised day in which the payment still counts "
        "as in time, because banks need their time.",
    )
    date_last = fields.Date(
        string="Last Day",
        compute="_compute_date_last",
        store=True,
        help="The promised day and the days of grace: payments until then count.",
    )
    contact_id = fields.Many2one(
        "res.partner", string="Promised By", help="Who gave the promise."
    )
    channel = fields.Selection(
        [
            ("phone", "Telephone"),
            ("email", "E-mail"),
            ("meeting", "Meeting"),
            ("letter", "Letter"),
            ("portal", "Customer Portal"),
        ],
        string="How",
        required=True,
        default="phone",
    )
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users",
        string="Taken By",
        readonly=True,
        default=lambda self: self.env.user,
        help="Who entered the promise.",
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", tracking=True
    )
    amount_paid = fields.Monetary(
        string="Paid in Time",
        readonly=True,
        help="Payments until the last day that belong to this promise.",
    )
    paid_share = fields.Float(
        string="Paid (%)", compute="_compute_paid_share", aggregator="avg"
    )
    amount_company = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
        help="At the rate of the day of the promise; what rates are weighted with.",
    )
    date_closed = fields.Date(string="Decided On", readonly=True)
    amount_prior = fields.Monetary(
        string="Instalments Before",
        readonly=True,
        help="The plan's earlier instalments: payments settle those first.",
    )
    # What was so when the promise was made: only what happens since counts.
    amount_owed = fields.Monetary(string="Open at the Time", readonly=True)
    paid_before = fields.Monetary(readonly=True)
    credited_before = fields.Monetary(readonly=True)

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A promise must be for an amount above zero."
    )
    _grace_positive = models.Constraint(
        "CHECK(grace_days BETWEEN 0 AND 30)", "Days of grace must be between 0 and 30."
    )
    # What the refresh of the customers looks at, every time.
    _running_idx = models.Index("(company_id, partner_id, date_last)")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_grace_days(self):
        """Hook: the company's days of grace."""
        return self.env.company.promise_grace_days

    @api.depends("date", "grace_days")
    def _compute_date_last(self):
        for promise in self:
            grace = relativedelta(days=promise.grace_days)
            promise.date_last = promise.date + grace if promise.date else False

    @api.depends("amount", "amount_paid")
    def _compute_paid_share(self):
        for promise in self:
            whole = promise.amount or 1
            promise.paid_share = round(100 * promise.amount_paid / whole, 1)

    @api.depends("account_id", "amount", "date")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = self.env._(
                "%(customer)s: %(amount)s until %(date)s",
                customer=promise.account_id.display_name or "",
                amount=format_amount(self.env, promise.amount, promise.currency_id)
                if promise.currency_id
                else "",
                date=format_date(self.env, promise.date) if promise.date else "",
            )

    # ------------------------------------------------------------------- constraints

    @api.constrains("date", "account_id")
    def _check_date(self):
        for promise in self.filtered(lambda p: p.state == "open"):
            if promise.date < promise.company_id._local_today():
                raise ValidationError(
                    self.env._(
                        "%(date)s is past. A promise needs today or a later day.",
                        date=format_date(self.env, promise.date),
                    )
                )

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def _prepare_from_items(self, items):
        account = items._get_customer_account()
        return {
            **super()._prepare_from_items(items),
            "item_ids": [fields.Command.set(items.ids)],
            "amount": sum(items.mapped("amount_residual_currency")),
            "grace_days": account.company_id.promise_grace_days,
        }

    @api.model_create_multi
    def create(self, vals_list):
        # The customers are refreshed once, when the starting point is known.
        with self.env["arm.customer.account"]._collect_changes():
            promises = super().create(vals_list)
            # As superuser: what stood on that day is written by this method alone.
            promises.sudo()._take_starting_point()
        return promises

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {
            "amount_paid",
            "amount_company",
            "amount_prior",
            "amount_owed",
            "paid_before",
            "credited_before",
            "date_closed",
            "user_id",
        }

    @api.model
    def _get_fixed(self):
        return super()._get_fixed() | {"item_ids", "amount", "date", "grace_days"}

    def _check_items(self):
        """Nothing is promised twice, and not more than is open."""
        result = super()._check_items()
        self.flush_model()
        # As superuser: promises that the person may not see count, too.
        promises = self.sudo()
        running = promises._get_running_by_item()
        for promise in promises:
            twice = promise._get_rivals(running)[:1]
            if twice:
                raise UserError(
                    self.env._(
                        "These items are promised already (%(promise)s). Cancel that "
                        "promise first.",
                        promise=twice.display_name,
                    )
                )
            owed = sum(promise.item_ids.mapped("amount_residual_currency"))
            if promise.currency_id.compare_amounts(promise.amount, owed) > 0:
                raise UserError(
                    self.env._(
                        "Only %(owed)s is open of these items; more cannot be "
                        "promised.",
                        owed=format_amount(self.env, owed, promise.currency_id),
                    )
                )
        return result

    def _get_running_by_item(self):
        """The running promises of these items, the earliest first: item -> promises."""
        running = defaultdict(self.browse)
        domain = [("item_ids", "in", self.item_ids.ids), ("state", "=", "open")]
        for promise in self.search(domain, order="date"):
            for item in promise.item_ids:
                running[item] |= promise
        return running

    def _get_rivals(self, running):
        """Hook: the running promises that this one must not stand beside.

        :param running: dict of item to its running promises
        """
        return self.union(*(running[item] for item in self.item_ids)) - self

    # ---------------------------------------------------------------------- actions

    def action_cancel(self):
        """Take the promises back: they count neither as kept nor as broken."""
        self._check_collector()
        if self.filtered(lambda promise: promise.state != "open"):
            raise UserError(
                self.env._("This promise is decided already and stays as it is.")
            )
        # As superuser: the state is written by the methods alone.
        self.sudo().write({"state": "cancelled", "date_closed": self._get_today()})
        self._note_holds()
        return True

    def _get_today(self):
        company = self.company_id[:1] or self.env.company
        return company._local_today()

    # ------------------------------------------------------------------- the engine

    def _take_starting_point(self):
        """Note what is open and what was paid so far: only what follows counts."""
        self.flush_recordset()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT promise.id, COALESCE(paid.paid, 0) AS paid,
                       COALESCE(paid.credited, 0) AS credited, owed.amount AS owed,
                       owed.share
                  FROM arm_promise promise
                  JOIN LATERAL (
                       SELECT SUM(line.amount_residual_currency) AS amount,
                              SUM(line.amount_residual)
                              / NULLIF(SUM(line.amount_residual_currency), 0) AS share
                         FROM arm_promise_item_rel rel
                         JOIN account_move_line line ON line.id = rel.item_id
                        WHERE rel.promise_id = promise.id
                  ) owed ON TRUE
                  LEFT JOIN (%s) paid ON paid.promise_id = promise.id
                 WHERE promise.id = ANY(%s)
                """,
                self._settled_query(SQL("promise.id = ANY(%s)", self.ids)),
                self.ids,
            )
        )
        for row in rows:
            promise = self.browse(row["id"])
            promise.write(
                {
                    "amount_owed": row["owed"],
                    "paid_before": row["paid"],
                    "credited_before": row["credited"],
                    "amount_company": promise.amount * float(row["share"] or 1),
                }
            )

    @api.model
    def _settled_query(self, only):
        """What was paid and credited of the promised items, ever and in time.

        :param only: SQL about ``promise``
        """
        return SQL(
            """
            SELECT promise.id AS promise_id,
                   SUM(partial.debit_amount_currency) FILTER (WHERE is_money.yes)
                       AS paid,
                   SUM(partial.debit_amount_currency) FILTER (
                       WHERE is_money.yes AND credit.date <= promise.date_last
                   ) AS paid_in_time,
                   SUM(partial.debit_amount_currency) FILTER (WHERE NOT is_money.yes)
                       AS credited
              FROM arm_promise promise
              JOIN arm_promise_item_rel rel ON rel.promise_id = promise.id
              JOIN account_partial_reconcile partial
                ON partial.debit_move_id = rel.item_id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
              JOIN LATERAL (
                   SELECT credit.journal_id = ANY(%s) AS yes
              ) is_money ON TRUE
             WHERE %s
             GROUP BY promise.id
            """,
            MONEY_JOURNALS,
            only,
        )

    @api.model
    def _evaluate(self, company, partners=None):
        """Judge the promises of a company by the payments so far: one statement.

        The same rules as ``tools.promise.judge_promise``. Promises that ended lately
        are judged anew (:data:`DAYS_OF_REVISION`).

        :param partners: commercial partners; all customers when not given
        """
        today = company._local_today()
        only = SQL(
            "promise.company_id = %s AND promise.state != 'cancelled' "
            "AND promise.date_last >= %s AND %s",
            company.id,
            today - relativedelta(days=DAYS_OF_REVISION),
            self.env["arm.customer.position"]._partners_sql(
                SQL("promise.partner_id"), partners
            ),
        )
        rows = self.env.execute_query(self._verdict_statement(only, today))
        changed = [(row[0], row[2]) for row in rows if row[1] != row[2]]
        if rows:
            self.invalidate_model(["state", "amount_paid", "date_closed"], flush=False)
        if changed:
            self.browse(row[0] for row in changed)._tell_verdicts(dict(changed))

    @api.model
    def _verdict_statement(self, only, today):
        """Write what changes; returns id, state before, and state after."""
        return SQL(
            """
            WITH settled AS (%(settled)s),
            standing AS (%(standing)s),
            own AS (
                SELECT *, LEAST(GREATEST(paid - COALESCE(prior, 0), 0), amount)
                          AS own_paid
                  FROM standing
            ),
            verdict AS (
                SELECT id, state AS before, own_paid, %(state)s AS after FROM own
            )
            UPDATE arm_promise promise
               SET state = verdict.after, amount_paid = verdict.own_paid,
                   date_closed = CASE WHEN verdict.after = 'open' THEN NULL
                                      WHEN verdict.after = verdict.before
                                      THEN promise.date_closed
                                      ELSE %(today)s END
              FROM verdict
             WHERE verdict.id = promise.id
               AND (verdict.before, COALESCE(promise.amount_paid, 0))
                   IS DISTINCT FROM (verdict.after, verdict.own_paid)
            RETURNING promise.id, verdict.before, verdict.after
            """,
            settled=self._settled_query(only),
            standing=self._standing_query(only),
            state=self._judged_state_sql(today),
            today=today,
        )

    @api.model
    def _standing_query(self, only):
        """What is due of each promise, and what was paid since it was given."""
        return SQL(
            """
            SELECT promise.id, promise.state, promise.date_last,
                   promise.amount, promise.amount_prior AS prior,
                   GREATEST(LEAST(
                       COALESCE(promise.amount_prior, 0) + promise.amount,
                       promise.amount_owed - COALESCE(settled.credited, 0)
                           + promise.credited_before
                   ), 0) AS due,
                   COALESCE(settled.paid_in_time, 0) - promise.paid_before AS paid,
                   EXISTS (
                       SELECT 1 FROM arm_promise_item_rel rel
                         JOIN account_move_line line ON line.id = rel.item_id
                        WHERE rel.promise_id = promise.id
                          AND line.parent_state = 'posted'
                   ) AS is_owed
              FROM arm_promise promise
              LEFT JOIN settled ON settled.promise_id = promise.id
             WHERE %(only)s
            """,
            only=only,
        )

    @api.model
    def _judged_state_sql(self, today):
        """The state by what stands, as ``tools.promise.judge_promise`` decides it."""
        return SQL(
            """
            CASE WHEN NOT is_owed OR due <= COALESCE(prior, 0) AND own_paid = 0
                 THEN 'cancelled'
                 WHEN paid >= due THEN 'kept'
                 WHEN %(today)s <= date_last THEN 'open'
                 WHEN own_paid > 0 THEN 'partly'
                 ELSE 'broken' END
            """,
            today=today,
        )

    def _tell_verdicts(self, states):
        """Write to the history what became of the promises; tell of broken ones.

        :param states: dict of id to the new state
        """
        # As superuser: payments decide, whoever enters them.
        promises = self.sudo()
        labels = dict(self._fields["state"]._description_selection(self.env))
        promises._message_log_batch(
            bodies={
                promise.id: self.env._(
                    "%(state)s: %(paid)s of %(amount)s was paid in time.",
                    state=labels[states[promise.id]],
                    paid=format_amount(
                        self.env, promise.amount_paid, promise.currency_id
                    ),
                    amount=format_amount(self.env, promise.amount, promise.currency_id),
                )
                for promise in promises
            }
        )
        failed = promises.filtered(lambda p: states[p.id] in ("partly", "broken"))
        if failed:
            failed._after_failure()

    def _after_failure(self):
        """Hook: what follows a promise that was not kept; its collector is told."""
        vals_list = [
            promise._prepare_failure_activity()
            for promise in self
            if promise.account_id.collector_id.active
        ]
        activities = self.env["mail.activity"]
        activities.with_context(mail_activity_quick_update=True).create(vals_list)

    def _prepare_failure_activity(self):
        """Hook: the values of the activity on the customer's page."""
        self.ensure_one()
        return {
            "res_model_id": self.env["ir.model"]._get_id("arm.customer.account"),
            "res_id": self.account_id.id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "summary": self.env._("Promise not kept: %(text)s", text=self.display_name),
            "date_deadline": self._get_today(),
            "user_id": self.account_id.collector_id.id,
        }

    @api.model
    def _rates_query(self, company, start, partners=None):
        """How the promises of the window ended, by customer.

        The same shares as ``tools.promise.promise_rate``: those kept in part count as
        broken, open and cancelled ones do not count.

        :param start: the day after which promises ended
        """
        return SQL(
            """
            SELECT partner_id, COUNT(*) AS promise_count,
                   COUNT(*) FILTER (WHERE state != 'kept') AS promises_broken,
                   ROUND(100.0 * COUNT(*) FILTER (WHERE state = 'kept') / COUNT(*), 2)
                       AS promises_kept,
                   ROUND(100 * COALESCE(
                       SUM(amount_company) FILTER (WHERE state = 'kept'), 0
                   ) / NULLIF(SUM(amount_company), 0), 2) AS promises_kept_amount
              FROM arm_promise
             WHERE company_id = %s AND state IN ('kept', 'partly', 'broken')
               AND date_last > %s AND %s
             GROUP BY partner_id
            """,
            company.id,
            start,
            self.env["arm.customer.position"]._partners_sql(
                SQL("partner_id"), partners
            ),
        )

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from ..tools import order_block as rules

SOURCES = [
    (rules.MANUAL, "By Hand"),
    (rules.STATUS, "Reliability Status"),
    (rules.OVERDUE, "Overdue Items"),
    (rules.LIMIT, "Credit Limit"),
    (rules.DUNNING, "Dunning"),
    (rules.INSURANCE, "Credit Insurance"),
]
# The figures that an automatic block keeps up to date while it is open.
FIGURES = (
    "reliability_status",
    "amount",
    "amount_allowed",
    "days",
    "days_allowed",
    "amount_to_lift",
)


class ArmOrderBlock(models.Model):
    """Why the orders of a customer are not confirmed: one row for each block, for ever.

    Open rows (not lifted) are unique for each account and source. Automatic sources
    are opened, kept up to date and lifted by one statement for all customers
    (:meth:`_update`); the others through ``arm.customer.account._block_orders`` and
    ``_unblock_orders``. Nobody has the right to write rows directly. Amounts are in
    the company's currency.
    """

    _name = "arm.order.block"
    _description = "Order Block"
    _order = "lifted_on desc nulls first, since desc, id desc"
    _rec_name = "source"
    _check_company_auto = True

    account_id = fields.Many2one(
        "arm.customer.account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    partner_id = fields.Many2one(
        related="account_id.partner_id", store=True, index=True
    )
    source = fields.Selection(SOURCES, required=True, readonly=True)
    reason = fields.Char(readonly=True, help="What the person or the process said.")
    summary = fields.Char(compute="_compute_summary")
    since = fields.Datetime(required=True, readonly=True)
    until = fields.Date(
        readonly=True, help="The last day of the block; without it, it stays."
    )
    opened_by_id = fields.Many2one(
        "res.users", string="Blocked By", readonly=True, help="Empty: automatic."
    )
    even_prepaid = fields.Boolean(
        string="Even Paid in Advance",
        readonly=True,
        help="Orders that are fully paid in advance are held as well.",
    )
    lifted_on = fields.Datetime(readonly=True)
    lifted_by_id = fields.Many2one("res.users", readonly=True, help="Empty: automatic.")
    lift_cause = fields.Selection(
        [
            ("gone", "Its cause is gone"),
            ("expired", "Its end date is past"),
            ("person", "Lifted by a person"),
            ("process", "Lifted by the process that set it"),
        ],
        readonly=True,
    )
    lift_reason = fields.Char(readonly=True)
    is_open = fields.Boolean(
        string="In Force", compute="_compute_is_open", search="_search_is_open"
    )
    reliability_status = fields.Char(readonly=True)
    amount = fields.Monetary(readonly=True, help="What is overdue, or the exposure.")
    amount_allowed = fields.Monetary(readonly=True)
    days = fields.Integer(readonly=True)
    days_allowed = fields.Integer(readonly=True)
    amount_to_lift = fields.Monetary(
        string="Needed to Lift",
        readonly=True,
        help="What must be paid to be rid of this block.",
    )

    _open_source_uniq = models.UniqueIndex(
        "(account_id, source) WHERE lifted_on IS NULL",
        "This customer is blocked for that reason already.",
    )
    # The customer's page and the lists show blocks with their history.
    _account_idx = models.Index("(account_id)")

    # ---------------------------------------------------------------------- computes

    @api.depends("source", "reason", "until", *FIGURES)
    @api.depends_context("lang")
    def _compute_summary(self):
        for block in self:
            block.summary = block._get_summary()

    def _get_summary(self):
        """The block in one sentence, in the user's language."""
        self.ensure_one()
        text = getattr(self, f"_get_{self.source}_summary")()
        if self.until:
            until = format_date(self.env, self.until)
            text = self.env._("%(text)s (until %(date)s)", text=text, date=until)
        return text

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _get_manual_summary(self):
        person = self.sudo().opened_by_id.name  # the name only, for every colleague
        return self.env._(
            "Blocked by %(person)s: %(reason)s", person=person, reason=self.reason
        )

    def _get_dunning_summary(self):
        return self.env._("Blocked by dunning: %(reason)s", reason=self.reason)

    def _get_insurance_summary(self):
        return self.env._(
            "Blocked by the credit insurance: %(reason)s", reason=self.reason
        )

    def _get_status_summary(self):
        labels = dict(
            self.env["arm.customer.account"]
            ._fields["reliability_status"]
            ._description_selection(self.env)
        )
        return self.env._(
            "The reliability status is %(status)s",
            status=labels.get(self.reliability_status, self.reliability_status),
        )

    def _get_overdue_summary(self):
        if self.days_allowed and self.days > self.days_allowed:
            return self.env._(
                "%(amount)s is overdue, the oldest item for %(days)s days "
                "(%(allowed)s allowed)",
                amount=self._format(self.amount),
                days=self.days,
                allowed=self.days_allowed,
            )
        return self.env._(
            "%(amount)s is overdue (%(allowed)s allowed)",
            amount=self._format(self.amount),
            allowed=self._format(self.amount_allowed),
        )

    def _get_limit_summary(self):
        return self.env._(
            "%(amount)s is open or ordered, above the credit limit of %(allowed)s",
            amount=self._format(self.amount),
            allowed=self._format(self.amount_allowed),
        )

    @api.depends("lifted_on", "until", "company_id")
    def _compute_is_open(self):
        today = {company: company._local_today() for company in self.company_id}
        for block in self:
            block.is_open = not block.lifted_on and not (
                block.until and block.until < today[block.company_id]
            )

    @api.model
    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        ends = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("until", ">=", company._local_today())
            for company in self.env.companies
        )
        return Domain("lifted_on", "=", False) & (Domain("until", "=", False) | ends)

    # ------------------------------------------------------------- automatic sources

    @api.model
    def _update(self, companies, partners=None):
        """Open, refresh and lift the automatic blocks by the figures of the accounts.

        One statement for all customers of all companies. Blocks of any source whose
        last day is past are lifted too. Documented for other add-ons as
        ``arm.customer.account._update_order_blocks``.

        :param companies: the companies whose customers are looked at.
        :param partners: commercial partners; all customers when not given.
        """
        # As superuser: the companies' rules decide, whoever changes the figures.
        companies = companies.sudo()
        if companies and self._is_update_needed(companies, partners):
            self._flush_sources()
            self.env.cr.execute(self._update_statement(companies, partners))
            self._invalidate()

    @api.model
    def _is_update_needed(self, companies, partners):
        """Whether there is a rule, or a block of these customers that may end.

        Asking costs a tenth of what planning the statement costs, and most companies
        that post an invoice have neither.
        """
        if partners is None or any(c._has_order_block_rule() for c in companies):
            return True
        self.flush_model(["company_id", "partner_id", "lifted_on"])
        # Blocks end by themselves, whoever changes the figures: no rights are asked.
        query = SQL(
            "SELECT EXISTS (SELECT FROM arm_order_block WHERE lifted_on IS NULL "
            "AND company_id = ANY(%s) AND partner_id = ANY(%s))",
            companies.ids,
            partners.ids,
        )
        return self.env.execute_query(query)[0][0]

    @api.model
    def _flush_sources(self):
        """Write pending changes that the statement reads."""
        self.flush_model()
        self.env["account.move.line"].flush_model()
        self.env["arm.customer.account"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id", "credit_limit"])

    @api.model
    def _invalidate(self):
        """Forget what is derived from blocks and releases in this transaction."""
        self.invalidate_model()
        self.env["arm.customer.account"]._invalidate_order_block()
        self.env["sale.order"]._invalidate_order_block()

    @api.model
    def _update_statement(self, companies, partners=None):
        """One statement: what is gone is lifted, what is new or changed is written."""
        names = [SQL.identifier(name) for name in FIGURES]
        return SQL(
            """
            WITH rule(company_id, today, yellow, red, days, maximum, minimum,
                      by_limit, default_limit) AS (VALUES %(rules)s),
            late AS (%(late)s),
            figure AS (%(figure)s),
            cause AS (%(cause)s),
            lifted AS (%(lift)s)
            INSERT INTO arm_order_block AS block (
                account_id, company_id, partner_id, source, since, %(names)s,
                create_uid, create_date, write_uid, write_date
            )
            SELECT account_id, company_id, partner_id, source,
                   %(now)s, %(names)s,
                   %(user)s, %(now)s,
                   %(user)s, %(now)s
              FROM cause
                ON CONFLICT (account_id, source) WHERE lifted_on IS NULL DO UPDATE
               SET %(assignments)s, write_date = EXCLUDED.write_date
             WHERE (%(present)s) IS DISTINCT FROM (%(excluded)s)
            """,
            rules=SQL(", ").join(company._order_block_rule() for company in companies),
            late=self._late_query(partners),
            figure=self._figure_query(partners),
            cause=self._cause_query(),
            lift=self._lift_query(partners),
            user=self.env.uid,
            now=fields.Datetime.now(),
            names=SQL(", ").join(names),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", name, name) for name in names
            ),
            present=SQL(", ").join(SQL("block.%s", name) for name in names),
            excluded=SQL(", ").join(SQL("EXCLUDED.%s", name) for name in names),
        )

    @api.model
    def _lift_query(self, partners):
        """Lift what has no cause any more, or whose last day is past."""
        return SQL(
            """
            UPDATE arm_order_block block
               SET lifted_on = %(now)s,
                   lift_cause = CASE WHEN block.until < rule.today
                                     THEN 'expired' ELSE 'gone' END,
                   write_uid = %(user)s, write_date = %(now)s
              FROM arm_customer_account account
              JOIN rule ON rule.company_id = account.company_id
             WHERE account.id = block.account_id AND block.lifted_on IS NULL
               AND %(only)s
               AND (block.until < rule.today OR %(lapsed)s
                    OR (block.source IN %(automatic)s AND NOT EXISTS (
                        SELECT FROM cause
                         WHERE cause.account_id = block.account_id
                           AND cause.source = block.source)))
            """,
            only=self._only_sql(partners),
            lapsed=self._lapsed_sql(),
            automatic=rules.AUTOMATIC,
            user=self.env.uid,
            now=fields.Datetime.now(),
        )

    @api.model
    def _lapsed_sql(self):
        """Hook: when a ``block`` of another add-on's source has lost its cause."""
        return SQL("FALSE")

    @api.model
    def _only_sql(self, partners):
        """Restrict the accounts to given commercial partners, or not at all."""
        if partners is None:
            return SQL("TRUE")
        return SQL("account.partner_id IN %s", tuple(partners.ids) or (0,))

    @api.model
    def _late_query(self, partners):
        """What is overdue for longer than the rule allows, for each account.

        Only of customers whose oldest overdue item is that old: few.
        """
        return SQL(
            """
            SELECT account.id AS account_id, SUM(line.amount_residual) AS amount
              FROM arm_customer_account account
              JOIN rule ON rule.company_id = account.company_id
              JOIN res_partner contact
                ON contact.commercial_partner_id = account.partner_id
              JOIN account_move_line line
                ON line.partner_id = contact.id
               AND line.company_id = account.company_id
              JOIN account_account ledger ON ledger.id = line.account_id
             WHERE rule.days > 0
               AND account.oldest_overdue_date < rule.today - rule.days
               AND %s
               AND line.parent_state = 'posted'
               AND ledger.account_type = 'asset_receivable'
               AND line.reconciled IS NOT TRUE
               AND line.amount_residual > 0
               AND COALESCE(line.date_maturity, line.date) < rule.today - rule.days
             GROUP BY account.id
            """,
            self._only_sql(partners),
        )

    @api.model
    def _figure_query(self, partners):
        """The figures of each account beside the rules of its company."""
        return SQL(
            """
            SELECT account.id AS account_id, account.company_id, account.partner_id,
                   account.reliability_status,
                   COALESCE(account.amount_overdue, 0) AS overdue,
                   COALESCE(account.exposure, 0) AS exposure,
                   rule.today - account.oldest_overdue_date AS days_overdue,
                   COALESCE(late.amount, 0) AS late,
                   rule.yellow, rule.red, rule.days, rule.maximum, rule.minimum,
                   CASE WHEN rule.by_limit THEN %(limit)s END AS credit_limit
              FROM arm_customer_account account
              JOIN rule ON rule.company_id = account.company_id
              JOIN res_partner customer ON customer.id = account.partner_id
              LEFT JOIN late ON late.account_id = account.id
             WHERE %(only)s
            """,
            limit=self._limit_sql(),
            only=self._only_sql(partners),
        )

    @api.model
    def _limit_sql(self):
        """The credit limit of ``customer``, or null when there is none.

        Core keeps a limit for each company as JSON. Zero is a limit only where the
        company has another default, because someone has entered it then.
        """
        return SQL(
            """
            (SELECT CASE WHEN own.amount <> 0 OR rule.default_limit <> 0
                         THEN own.amount END
               FROM (SELECT COALESCE(
                        (customer.credit_limit ->> rule.company_id::text)::numeric,
                        rule.default_limit) AS amount) own)
            """
        )

    @api.model
    def _cause_query(self):
        """One row for each account and automatic source that has a cause now."""
        return SQL(
            """
            SELECT account_id, company_id, partner_id, 'status' AS source,
                   reliability_status, overdue AS amount,
                   NULL::numeric AS amount_allowed, NULL::integer AS days,
                   NULL::integer AS days_allowed, NULL::numeric AS amount_to_lift
              FROM figure
             WHERE (reliability_status = 'yellow' AND yellow)
                OR (reliability_status = 'red' AND red)
            UNION ALL
            SELECT account_id, company_id, partner_id, 'overdue',
                   NULL, overdue, NULLIF(maximum, 0), days_overdue, NULLIF(days, 0),
                   GREATEST(
                       CASE WHEN days > 0 AND late > minimum THEN late END,
                       CASE WHEN maximum > 0 AND overdue > maximum
                            THEN overdue - maximum END
                   )
              FROM figure
             WHERE (days > 0 AND late > minimum)
                OR (maximum > 0 AND overdue > maximum)
            UNION ALL
            SELECT account_id, company_id, partner_id, 'limit',
                   NULL, exposure, credit_limit, NULL, NULL, exposure - credit_limit
              FROM figure
             WHERE exposure > credit_limit
            """
        )

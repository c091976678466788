from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

RELIABILITY_STATUSES = [
    ("green", "Green"),
    ("yellow", "Yellow"),
    ("red", "Red"),
]

# The figures that the refresh writes: field -> SQL of its value for one customer,
# over rows with ``residual`` (company currency) and ``due`` (date) of ``open`` items.
POSITION = {
    "amount_open": SQL("SUM(residual) FILTER (WHERE open)"),
    "amount_overdue": SQL("SUM(residual) FILTER (WHERE overdue)"),
    "amount_credit": SQL("-SUM(residual) FILTER (WHERE open AND residual < 0)"),
    "oldest_overdue_date": SQL("MIN(due) FILTER (WHERE overdue)"),
    "item_count": SQL("COUNT(*) FILTER (WHERE open)"),
}


class ArmCustomerAccount(models.Model):
    """What one customer owes one company, and how reliable the customer is.

    There is exactly one row for each company and commercial partner that has, or
    had, receivable items. Rows are made and kept up to date by :meth:`_refresh`,
    never by hand. Amounts are in the company's currency.
    """

    _name = "arm.customer.account"
    _description = "Customer Account"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "amount_overdue desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The company as a whole (commercial entity), not a single contact.",
    )
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES,
        required=True,
        default=lambda self: self._default_reliability_status(),
        tracking=True,
        help="Green: pays in terms. Yellow: needs attention. Red: act before "
        "delivering more.",
    )
    amount_open = fields.Monetary(
        string="Open",
        readonly=True,
        help="All open items, less credit notes and payments not yet allocated.",
    )
    amount_overdue = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="Open items whose due date is past; credits are not deducted.",
    )
    amount_credit = fields.Monetary(
        string="Unallocated Credit",
        readonly=True,
        help="Credit notes and payments that are not yet allocated to an invoice.",
    )
    amount_due_later = fields.Monetary(
        string="Not Due", compute="_compute_amount_due_later"
    )
    item_count = fields.Integer(string="Open Items", readonly=True)
    oldest_overdue_date = fields.Date(string="Overdue Since", readonly=True)
    days_overdue = fields.Integer(
        compute="_compute_days_overdue",
        search="_search_days_overdue",
        help="Calendar days since the due date of the oldest overdue item.",
    )

    _company_partner_uniq = models.UniqueIndex(
        "(company_id, partner_id)",
        "This customer has an account in this company already.",
    )
    # The list opens on what is overdue, in a company with many settled customers.
    _overdue_idx = models.Index("(company_id, amount_overdue) WHERE amount_overdue > 0")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_reliability_status(self):
        """Hook: the status of a customer about whom nothing is known yet."""
        return "green"

    @api.depends("amount_open", "amount_overdue", "amount_credit")
    def _compute_amount_due_later(self):
        for account in self:
            account.amount_due_later = (
                account.amount_open + account.amount_credit - account.amount_overdue
            )

    @api.depends("oldest_overdue_date", "company_id")
    def _compute_days_overdue(self):
        today = {company: company._local_today() for company in self.company_id}
        for account in self:
            since = account.oldest_overdue_date
            days = (today[account.company_id] - since).days if since else 0
            account.days_overdue = max(days, 0)

    @api.model
    def _search_days_overdue(self, operator, value):
        """Compare in dates: more days overdue means an earlier date."""
        mirrored = {">": "<", ">=": "<=", "<": ">", "<=": ">="}.get(operator)
        if mirrored is None or not isinstance(value, int):
            return NotImplemented
        domain = Domain.FALSE
        for company in self.env.companies:
            date = fields.Date.subtract(company._local_today(), days=value)
            older = Domain("oldest_overdue_date", mirrored, date)
            if operator.startswith("<"):
                older |= Domain("oldest_overdue_date", "=", False)
            domain |= Domain("company_id", "=", company.id) & older
        return domain

    # ---------------------------------------------------------------------- refresh

    @api.model
    def _refresh(self, companies, partners=None):
        """Bring the accounts up to date with the ledger, one statement a company.

        :param companies: the companies whose accounts are refreshed.
        :param partners: commercial partners; all customers when not given.
        """
        self._flush_ledger()
        for company in companies.sudo():
            self.env.cr.execute(self._refresh_statement(company, partners))
        self.env["arm.customer.account"].invalidate_model()

    @api.model
    def _flush_ledger(self):
        """Write pending changes that the SQL of this model reads."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["arm.customer.account"].flush_model()

    @api.model
    def _refresh_statement(self, company, partners=None):
        """One upsert of all accounts of a company; rows that do not change stay.

        Accounts whose items are gone are in ``known`` too and fall to zero.
        """
        columns = [SQL.identifier(name) for name in POSITION]
        only = self._partners_sql(SQL.identifier("partner_id"), partners)
        return SQL(
            """
            WITH figures AS (%(position)s),
            known AS (
                SELECT partner_id FROM figures
                UNION
                SELECT partner_id FROM arm_customer_account
                 WHERE company_id = %(company)s AND %(only)s
            )
            INSERT INTO arm_customer_account AS account (
                company_id, partner_id, currency_id, reliability_status,
                create_uid, create_date, write_uid, write_date, %(columns)s
            )
            SELECT %(company)s, known.partner_id, %(currency)s, %(status)s,
                   %(user)s, now() AT TIME ZONE 'UTC',
                   %(user)s, now() AT TIME ZONE 'UTC', %(values)s
              FROM known LEFT JOIN figures USING (partner_id)
                ON CONFLICT (company_id, partner_id) DO UPDATE
               SET write_date = EXCLUDED.write_date,
                   currency_id = EXCLUDED.currency_id,
                   %(assignments)s
             WHERE (account.currency_id, %(present)s)
                   IS DISTINCT FROM (EXCLUDED.currency_id, %(excluded)s)
            """,
            position=self._position_query(company, partners),
            company=company.id,
            only=only,
            columns=SQL(", ").join(columns),
            currency=company.currency_id.id,
            status=self._default_reliability_status(),
            user=self.env.uid,
            values=SQL(", ").join(map(self._value_sql, POSITION)),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", name, name) for name in columns
            ),
            present=SQL(", ").join(SQL("account.%s", name) for name in columns),
            excluded=SQL(", ").join(SQL("EXCLUDED.%s", name) for name in columns),
        )

    @api.model
    def _value_sql(self, name):
        """The figure of the query; amounts of a customer without items are zero."""
        column = SQL("figures.%s", SQL.identifier(name))
        if self._fields[name].type in ("monetary", "integer"):
            return SQL("COALESCE(%s, 0)", column)
        return column

    @api.model
    def _partners_sql(self, column, partners):
        """Restrict a column to given commercial partners, or not at all."""
        if partners is None:
            return SQL("TRUE")
        return SQL("%s IN %s", column, tuple(partners.ids) or (0,))

    @api.model
    def _position_query(self, company, partners=None):
        """The position of every customer of a company: one row a customer.

        Every instalment is an item of its own (its own line and due date).
        """
        figures = [
            SQL("%s AS %s", value, SQL.identifier(name))
            for name, value in POSITION.items()
        ]
        return SQL(
            """
            SELECT partner_id, %(figures)s
              FROM (
                SELECT partner.commercial_partner_id AS partner_id,
                       line.amount_residual AS residual,
                       COALESCE(line.date_maturity, line.date) AS due,
                       line.reconciled IS NOT TRUE AS open,
                       line.reconciled IS NOT TRUE
                           AND line.amount_residual > 0
                           AND COALESCE(line.date_maturity, line.date) < %(today)s
                           AS overdue
                  FROM account_move_line line
                  JOIN account_account ledger ON ledger.id = line.account_id
                  JOIN res_partner partner ON partner.id = line.partner_id
                 WHERE line.company_id = %(company)s
                   AND line.parent_state = 'posted'
                   AND ledger.account_type = 'asset_receivable'
                   AND %(only)s
              ) item
             GROUP BY partner_id
            """,
            figures=SQL(", ").join(figures),
            today=company._local_today(),
            company=company.id,
            only=self._partners_sql(SQL("partner.commercial_partner_id"), partners),
        )

    @api.model
    def _cron_refresh(self):
        """Refresh every company; each is committed before the next begins."""
        companies = self.env["res.company"].search([("active", "=", True)])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            self._refresh(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ---------------------------------------------------------------------- actions

    def action_refresh(self):
        """Recompute the figures of the selected accounts from the ledger now."""
        self.check_access("read")
        for company, accounts in self.grouped("company_id").items():
            self._refresh(company, accounts.partner_id)
        return True

    def action_view_open_items(self):
        """Open the customer's open items, instalment by instalment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.account_move_line_action_open_items"
        )
        action["domain"] = self._get_open_items_domain()
        return action

    def _get_open_items_domain(self):
        """The domain of the account's open items on ``account.move.line``."""
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.aging import bucket_labels

_logger = logging.getLogger(__name__)

RELIABILITY_STATUSES = [
    ("green", "Green"),
    ("yellow", "Yellow"),
    ("red", "Red"),
]

# The figures that the refresh writes, by the part of the statement that knows them.
FIGURES = {
    "position": (
        "amount_open",
        "amount_credit",
        "amount_due_later",
        "amount_overdue",
        "amount_bucket_1",
        "amount_bucket_2",
        "amount_bucket_3",
        "amount_bucket_4",
        "amount_bucket_5",
        "overdue_share",
        "amount_disputed",
        "amount_promised",
        "oldest_overdue_date",
        "item_count",
    ),
    "orders": ("amount_orders",),
    "last_payment": ("last_payment_date", "last_payment_amount"),
    "behaviour": ("experience_count", "days_late", "payment_index"),
    "terms": ("paid_in_terms",),
    "returned": ("payments_returned",),
    "promises": (
        "promise_count",
        "promises_broken",
        "promises_kept",
        "promises_kept_amount",
    ),
    "sales": ("amount_sales",),
    "contact": ("email",),
}
# The queries without figures of their own that a part reads.
READS = {
    "position": ("open_item",),
    "last_payment": ("history",),
    "behaviour": ("open_item", "settlement"),
    "terms": ("settlement",),
}
# The parts that an event can change: the others need not be read again.
LEDGER = frozenset(
    ("position", "last_payment", "behaviour", "terms", "sales", "contact")
)
ORDERS = frozenset(("orders", "contact"))
EVERYTHING = frozenset(FIGURES)
# Where the changes of one batch method are collected (see _collect_changes).
CHANGES = "arm_receivables.changes"


class ArmCustomerAccount(models.Model):
    """What one customer owes one company, and how reliable the customer is.

    There is exactly one row for each company and commercial partner that has, or
    had, receivable items or a confirmed order. Rows are made and kept up to date by
    :meth:`_refresh`, never by hand: every night, and for one customer at once when
    the ledger or an order changes. Amounts are in the company's currency.
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
    email = fields.Char(
        string="E-mail",
        readonly=True,
        help="Where letters about the account go: the invoice contact's address, else "
        "the customer's own, else that of the first contact.",
    )
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES,
        required=True,
        default=lambda self: self._default_reliability_status(),
        group_expand=True,
        tracking=True,
        help="Green: pays in terms. Yellow: needs attention. Red: act before "
        "delivering more.",
    )

    # Position
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
        string="Not Due",
        readonly=True,
        help="Open items whose due date is today or later; credits are not deducted.",
    )
    # Their labels are made from the company's limits: see fields_get.
    amount_bucket_1 = fields.Monetary(string="Overdue, Bucket 1", readonly=True)
    amount_bucket_2 = fields.Monetary(string="Overdue, Bucket 2", readonly=True)
    amount_bucket_3 = fields.Monetary(string="Overdue, Bucket 3", readonly=True)
    amount_bucket_4 = fields.Monetary(string="Overdue, Bucket 4", readonly=True)
    amount_bucket_5 = fields.Monetary(string="Overdue, Bucket 5", readonly=True)
    overdue_share = fields.Float(
        string="Overdue Share (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Overdue items in percent of all open items, credits left out.",
    )
    amount_disputed = fields.Monetary(
        string="Disputed",
        readonly=True,
        help="Open items with a dispute, or whose payment is blocked on the invoice.",
    )
    amount_promised = fields.Monetary(
        string="Promised",
        readonly=True,
        help="Open items with a promise to pay or a payment plan that still runs.",
    )
    amount_orders = fields.Monetary(
        string="Orders Not Invoiced",
        readonly=True,
        help="Confirmed orders that are not invoiced yet, delivered or not.",
    )
    exposure = fields.Monetary(
        readonly=True,
        help="All open items, and confirmed orders that are not invoiced yet.",
    )
    item_count = fields.Integer(string="Open Items", readonly=True)
    oldest_overdue_date = fields.Date(string="Overdue Since", readonly=True)
    days_overdue = fields.Integer(
        compute="_compute_days_overdue",
        search="_search_days_overdue",
        help="Calendar days since the due date of the oldest overdue item.",
    )

    # Behaviour
    last_payment_date = fields.Date(string="Last Payment", readonly=True)
    last_payment_amount = fields.Monetary(readonly=True)
    experience_count = fields.Integer(
        string="Payment Experiences",
        readonly=True,
        help="Payments matched with an item in the window of the settings, and items "
        "that are overdue today.",
    )
    days_late = fields.Float(
        string="Average Days Late",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Days from due date to payment, weighted by amount; negative is early. "
        "Items that are overdue today count with their days until today.",
    )
    payment_index = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="100: 30 days early; 80: on time; 50: 30 days late; 0: half a year late. "
        "Weighted by amount; not available with fewer than three experiences.",
    )
    paid_in_terms = fields.Integer(
        string="Paid in Terms in a Row",
        readonly=True,
        aggregator=None,
        help="Items paid in terms, one after the other, since the last one that was "
        "late and since the last change of the status.",
    )
    payments_returned = fields.Integer(
        string="Returned Payments",
        readonly=True,
        help="Payments of the window that were rejected, cancelled or reversed.",
    )
    promise_count = fields.Integer(string="Promises", readonly=True)
    promises_broken = fields.Integer(string="Broken Promises", readonly=True)
    promises_kept = fields.Float(
        string="Promises Kept (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    promises_kept_amount = fields.Float(
        string="Promises Kept by Amount (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
    )
    amount_sales = fields.Monetary(
        string="Sales of 12 Months",
        readonly=True,
        help="Invoices less credit notes of the last twelve months, without taxes.",
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

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Name the buckets after the limits of the current company."""
        res = super().fields_get(allfields, attributes)
        labels = bucket_labels(self.env.company._get_aging_limits(), first="")
        labels[0] = labels[0].replace("0-", "1-", 1)
        for number, label in enumerate(labels, start=1):
            field = res.get(f"amount_bucket_{number}", {})
            if "string" in field:
                field["string"] = self.env._("%(days)s Days Overdue", days=label)
        return res

    def write(self, vals):
        """Refuse figures: only the refresh writes them, whatever the access rights."""
        figures = self._get_protected_fields() & vals.keys()
        if figures and not self.env.su:
            labels = sorted(self._fields[name].string for name in figures)
            raise AccessError(
                self.env._(
                    "These figures of a customer account come from the ledger and "
                    "cannot be written: %(figures)s.",
                    figures=", ".join(labels),
                )
            )
        return super().write(vals)

    @api.model
    def _get_protected_fields(self):
        """Hook: the names of fields that no user may write, only the engine."""
        figures = {name for names in FIGURES.values() for name in names}
        return figures | {"company_id", "currency_id", "partner_id", "exposure"}

    # ---------------------------------------------------------------------- refresh

    @api.model
    def _refresh(self, companies, partners=None, parts=EVERYTHING):
        """Bring the accounts up to date with the ledger, one statement a company.

        :param companies: the companies whose accounts are refreshed.
        :param partners: commercial partners; all customers when not given.
        :param parts: the parts of :data:`FIGURES` that can have changed.
        """
        self._flush_ledger()
        for company in companies.sudo():
            self.env.cr.execute(self._refresh_statement(company, partners, parts))
            self._after_refresh(company, partners)
        self._invalidate_accounts()

    @api.model
    def _after_refresh(self, company, partners=None):
        """Hook: what follows from the new figures, for the same customers.

        The figures are in the database, and not yet in the cache.
        """

    @api.model
    def _invalidate_accounts(self):
        """Forget what was read of the accounts, also through the partners."""
        self.env["arm.customer.account"].invalidate_model(flush=False)
        partners = self.env["res.partner"]
        partners.invalidate_model(partners._get_account_fields(), flush=False)

    @api.model
    def _flush_ledger(self):
        """Write pending changes that the SQL of this model reads."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["account.payment"].flush_model()
        self.env["res.partner"].flush_model()
        self.env["sale.order"].flush_model()
        self.env["sale.order.line"].flush_model()
        self.env["arm.hold"].flush_model()
        self.env["arm.customer.account"].flush_model()

    @api.model
    def _get_parts(self, company, partners=None):
        """Hook: the queries of the refresh, each may read those before it.

        :return: dict of name to a function that makes the SQL, with one row a customer
            (``partner_id``), or with rows that later parts read.
        """
        position = self.env["arm.customer.position"]
        behaviour = self.env["arm.customer.behaviour"]
        grace = self._get_grace_days(company)
        return {
            "open_item": lambda: position._open_items_query(company, partners),
            "history": lambda: position._history_query(company, partners),
            "settlement": lambda: behaviour._settlements_query(company, partners),
            "position": lambda: position._position_query(company),
            "orders": lambda: position._orders_query(company, partners),
            "last_payment": position._last_payment_query,
            "behaviour": behaviour._behaviour_query,
            "terms": lambda: behaviour._terms_query(company, grace),
            "returned": lambda: behaviour._returned_query(company, partners),
            "promises": lambda: behaviour._promises_query(company, partners),
            "sales": lambda: position._sales_query(company, partners),
            "contact": lambda: position._contacts_query(partners),
        }

    @api.model
    def _get_grace_days(self, company):
        """Hook: days after the due date at which an item still is paid in terms."""
        return 0

    @api.model
    def _get_figures(self, parts=EVERYTHING):
        """Hook: the columns of a new account, and the SQL of their values.

        Parts that are not read leave their figures empty.
        """
        return {
            name: self._value_sql(part if part in parts else None, name)
            for part, names in FIGURES.items()
            for name in names
        }

    @api.model
    def _value_sql(self, part, name):
        """The figure of a part; amounts of a customer without items are zero."""
        column = SQL.identifier(part, name) if part else SQL("NULL")
        if self._fields[name].type in ("monetary", "integer"):
            return SQL("COALESCE(%s, 0)", column)
        return column

    @api.model
    def _refresh_statement(self, company, partners=None, parts=EVERYTHING):
        """One upsert of all accounts of a company; rows that do not change stay.

        Accounts whose items are gone are in ``known`` too and fall to zero.
        """
        queries = self._get_queries(company, partners, parts)
        figures = self._get_figures(parts)
        written = [name for part in FIGURES if part in parts for name in FIGURES[part]]
        return SQL(
            """
            WITH %(queries)s,
            known AS (%(known)s)
            INSERT INTO arm_customer_account AS account (
                company_id, partner_id, currency_id, reliability_status,
                create_uid, create_date, write_uid, write_date, exposure, %(columns)s
            )
            SELECT %(company)s, known.partner_id, %(currency)s, %(status)s,
                   %(user)s, %(now)s, %(user)s, %(now)s,
                   %(amount_open)s + %(amount_orders)s, %(values)s
              FROM known %(joins)s
                ON CONFLICT (company_id, partner_id) DO UPDATE
               SET write_date = EXCLUDED.write_date, write_uid = EXCLUDED.write_uid,
                   currency_id = EXCLUDED.currency_id,
                   exposure = %(exposure)s, %(assignments)s
             WHERE (account.currency_id, %(present)s)
                   IS DISTINCT FROM (EXCLUDED.currency_id, %(excluded)s)
            """,
            queries=SQL(", ").join(
                SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
                for name, query in queries.items()
            ),
            known=self._known_query(company, partners, queries),
            columns=self._names_sql("", figures),
            company=company.id,
            currency=company.currency_id.id,
            status=self._default_reliability_status(),
            user=self.env.uid,
            now=fields.Datetime.now(),
            amount_open=figures["amount_open"],
            amount_orders=figures["amount_orders"],
            values=SQL(", ").join(figures.values()),
            joins=SQL(" ").join(
                SQL("LEFT JOIN %s USING (partner_id)", SQL.identifier(part))
                for part in FIGURES
                if part in parts
            ),
            exposure=self._exposure_sql(parts),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                for name in written
            ),
            present=self._names_sql("account", written),
            excluded=self._names_sql("excluded", written),
        )

    @api.model
    def _get_queries(self, company, partners, parts):
        """The queries of these parts, and of what they read."""
        needed = {name for part in parts for name in (part, *READS.get(part, ()))}
        return {
            name: make()
            for name, make in self._get_parts(company, partners).items()
            if name in needed
        }

    @api.model
    def _known_query(self, company, partners, queries):
        """Everybody who has an account, or has what makes one."""
        only = self.env["arm.customer.position"]._partners_sql(
            SQL.identifier("partner_id"), partners
        )
        sources = [
            SQL("SELECT partner_id FROM %s UNION", SQL.identifier(name))
            for name in ("history", "orders")
            if name in queries
        ]
        return SQL(
            "%s SELECT partner_id FROM arm_customer_account "
            "WHERE company_id = %s AND %s",
            SQL(" ").join(sources),
            company.id,
            only,
        )

    @api.model
    def _exposure_sql(self, parts):
        """The exposure, of which one half may not have been read."""
        halves = {"amount_open": "position", "amount_orders": "orders"}
        return SQL(" + ").join(
            SQL.identifier("excluded" if part in parts else "account", name)
            for name, part in halves.items()
        )

    @api.model
    def _names_sql(self, table, names):
        """Columns, of a table when it is given."""
        return SQL(", ").join(
            SQL.identifier(table, name) if table else SQL.identifier(name)
            for name in names
        )

    # ------------------------------------------------------------------ changes

    @api.model
    @contextmanager
    def _collect_changes(self):
        """Refresh the customers that change inside the block once, at its end.

        Blocks may be nested: the outermost one refreshes. Nothing is refreshed when
        the block raises, because its changes are then rolled back.
        """
        cache = self.env.cr.cache
        if CHANGES in cache:
            yield
            return
        changes = cache[CHANGES] = {}
        try:
            yield
        finally:
            cache.pop(CHANGES, None)
        for company, (partners, parts) in changes.items():
            # A contact may have been a customer before: its account is emptied then.
            customers = partners | partners.exists().commercial_partner_id
            self._refresh(company, customers, parts)

    @api.model
    def _note_changes(self, changes, parts=EVERYTHING):
        """Something that the accounts show has changed.

        :param changes: pairs of company and partners (contacts or customers). They are
            refreshed at once, or at the end of the batch (:meth:`_collect_changes`).
        :param parts: the parts of :data:`FIGURES` that can have changed.
        """
        with self._collect_changes():
            noted = self.env.cr.cache.setdefault(CHANGES, {})
            # As superuser: the accounts follow the ledger, whoever changes it.
            for company, partners in changes:
                company, partners = company.sudo(), partners.sudo()
                if company and partners:
                    known = noted.get(company, (partners.browse(), frozenset()))
                    noted[company] = known[0] | partners, known[1] | parts

    @api.model
    def _merge_partners(self, wizard, sources, target):
        """Bring the accounts of partners that are being merged into one a company.

        What belongs to the accounts (history, blocks, register, chatter) moves along.

        :param wizard: core's merge wizard, for its generic methods
        :param sources: the partners that will be deleted
        :param target: the partner that remains
        """
        customer = target.commercial_partner_id
        accounts = self.search([("partner_id", "in", (sources | customer).ids)])
        for company_accounts in accounts.grouped("company_id").values():
            own = company_accounts.filtered(lambda a: a.partner_id == customer)
            kept = own or company_accounts[0]
            others = company_accounts - kept
            if others:
                kept._merge_accounts(others)
                wizard._update_foreign_keys_generic(self._name, others, kept)
                wizard._update_reference_fields_generic(self._name, others, kept)
                others.unlink()
            kept.partner_id = customer
        self.env.flush_all()

    def _merge_accounts(self, others):
        """Hook: prepare that everything of the others becomes part of this account.

        To be extended where rows are unique for an account.
        """
        self.ensure_one()

    @api.model
    def _cron_refresh(self):
        """Refresh each company as soon as its new day has begun."""
        companies = self.env["res.company"].search([("active", "=", True)])
        due = companies.filtered(lambda company: company._is_refresh_due())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for company in due:
            self._refresh_night(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _refresh_night(self, company, attempts=3):
        """Refresh a company; again when somebody changed a customer meanwhile."""
        for attempt in range(1, attempts + 1):
            try:
                self._refresh(company)
                company.receivables_refreshed_on = company._local_today()
                self.env.flush_all()
                return
            except OperationalError:
                if attempt == attempts:
                    raise
                _logger.info("Refresh of company %s is repeated", company.id)
                self.env.cr.rollback()

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

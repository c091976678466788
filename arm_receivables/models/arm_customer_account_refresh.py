import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

from .arm_customer_account import EVERYTHING, FIGURES

_logger = logging.getLogger(__name__)

# The queries without figures of their own that a part reads.
READS = {
    "position": ("open_item",),
    "last_payment": ("history",),
    "behaviour": ("open_item", "settlement"),
    "terms": ("settlement",),
}
# From so many new accounts on, the planner must know of them.
WORTH_STATISTICS = 1000
# Where the changes of one batch method are collected (see _collect_changes).
CHANGES = "arm_receivables.changes"


class ArmCustomerAccount(models.Model):
    """How the accounts are kept up to date: every night, and with every event.

    Events note whose figures can have changed (:meth:`_note_changes`); a batch method
    wraps its work in :meth:`_collect_changes`, so that each customer is refreshed once.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    # ---------------------------------------------------------------------- refresh

    @api.model
    def _refresh(self, companies, partners=None, parts=EVERYTHING):
        """Bring the accounts up to date with the ledger, one statement a company.

        :param companies: the companies whose accounts are refreshed.
        :param partners: commercial partners; all customers when not given.
        :param parts: the parts of :data:`FIGURES` that can have changed.
        """
        self._flush_ledger()
        # As superuser: the settings decide, whoever posts.
        for company in companies.sudo():
            self._before_refresh(company, partners, parts)
            self.env.cr.execute(self._refresh_statement(company, partners, parts))
            new = partners and self._get_new_partners(partners)
            self._update_statistics(self.env.cr.rowcount)
            self._after_refresh(company, partners, parts)
            if new:
                self._after_creation(company, new)
        self._invalidate_accounts()

    @api.model
    def _update_statistics(self, count):
        """Tell the database's planner of many new accounts.

        Within this transaction nobody else does, and what follows would be planned for
        a nearly empty table: minutes instead of a second for 50,000 customers.

        :param count: how many accounts were written just now.
        """
        if count < WORTH_STATISTICS:
            return
        table = SQL.identifier(self._table)
        self.env.cr.execute(
            SQL("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", self._table)
        )
        if self.env.cr.fetchone()[0] < count / 2:
            self.env.cr.execute(SQL("ANALYZE %s", table))

    @api.model
    def _get_new_partners(self, partners):
        """Those of the refreshed customers who had no account before."""
        return partners.browse(
            partner_id for partner_id, is_new in self.env.cr.fetchall() if is_new
        )

    @api.model
    def _before_refresh(self, company, partners=None, parts=EVERYTHING):
        """Hook: what the figures depend on, and follows from the ledger itself.

        :param parts: the parts of :data:`FIGURES` that can have changed.
        """

    @api.model
    def _after_refresh(self, company, partners=None, parts=EVERYTHING):
        """Hook: what follows from the new figures, for the same customers.

        The figures are in the database, and not yet in the cache.

        :param parts: the parts of :data:`FIGURES` that can have changed.
        """

    @api.model
    def _after_creation(self, company, partners):
        """Hook: what the new accounts of these customers need at once.

        Not called by a refresh of all customers: :meth:`_after_refresh` looks after
        everybody then.
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
            %(update)s %(returning)s
            """,
            queries=self._with_sql(queries),
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
            joins=self._joins_sql(parts),
            update=self._update_sql(parts),
            # A row that was inserted has never been locked for an update (xmax).
            returning=SQL("RETURNING partner_id, xmax = 0") if partners else SQL(),
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
        items = "history" if "history" in queries else "open_item"
        sources = [
            SQL("SELECT partner_id FROM %s UNION", SQL.identifier(name))
            for name in (items, "orders")
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
    def _with_sql(self, queries):
        """Each query is run once, as it stands: the planner is not to mix them."""
        return SQL(", ").join(
            SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
            for name, query in queries.items()
        )

    @api.model
    def _joins_sql(self, parts):
        """The parts that are read, each with one row a customer or none."""
        return SQL(" ").join(
            SQL("LEFT JOIN %s USING (partner_id)", SQL.identifier(part))
            for part in FIGURES
            if part in parts
        )

    @api.model
    def _update_sql(self, parts):
        """An account that is there already takes over what is different."""
        names = [name for part in FIGURES if part in parts for name in FIGURES[part]]
        return SQL(
            """
                ON CONFLICT (company_id, partner_id) DO UPDATE
               SET write_date = EXCLUDED.write_date, write_uid = EXCLUDED.write_uid,
                   currency_id = EXCLUDED.currency_id,
                   exposure = %(exposure)s, %(assignments)s
             WHERE (account.currency_id, %(present)s)
                   IS DISTINCT FROM (EXCLUDED.currency_id, %(excluded)s)
            """,
            exposure=self._exposure_sql(parts),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                for name in names
            ),
            present=self._names_sql("account", names),
            excluded=self._names_sql("excluded", names),
        )

    @api.model
    def _exposure_sql(self, parts):
        """The exposure, of which one half may not have been read."""
        halves = {"amount_open": "position", "amount_orders": "orders"}
        return SQL(" + ").join(
            # A new account may have been made without figures, for a block or release.
            SQL(
                "COALESCE(%s, 0)",
                SQL.identifier("excluded" if part in parts else "account", name),
            )
            for name, part in halves.items()
        )

    @api.model
    def _names_sql(self, table, names):
        """Columns, of a table when it is given."""
        return SQL(", ").join(
            SQL.identifier(table, name) if table else SQL.identifier(name)
            for name in names
        )

    # ---------------------------------------------------------------------- changes

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
                company, partners = company.sudo(), partners.sudo()  # the same
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

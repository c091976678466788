from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.statement_sheet import (
    ACTIVITY,
    OPEN,
    STATEMENT_KINDS,
    Line,
    Section,
    Statement,
    age,
    with_balance,
)
from .arm_customer_position import MONEY_JOURNALS, RECEIVABLE_ACCOUNTS

KIND = SQL(
    """
    CASE WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
         WHEN move.move_type = 'out_refund' THEN 'refund'
         WHEN move.journal_id = ANY(%s) THEN 'payment'
         ELSE 'entry'
     END
    """,
    MONEY_JOURNALS,
)


class ArmStatementEngine(models.AbstractModel):
    """Statements of account from the ledger, for many customers at once.

    What was open at the end of a day is what is open now plus what was matched later:
    so only the later matches are read, and not the whole history. A match counts from
    the day on which both of its entries exist (core's ``max_date``). Every currency
    is a section of its own; nothing is converted or added across currencies.
    """

    _name = "arm.statement.engine"
    _description = "Statement of Account"

    @api.model
    def _collect(self, accounts, date=None, kind=OPEN, date_from=None):
        """The figures of these customers' statements; a few queries in all.

        :param accounts: customer accounts that the user may read
        :param date: last day that counts; today of each company if not given
        :param kind: ``open`` (open items) or ``activity`` (movements of a period)
        :param date_from: first day of the period; the first of the month of ``date``
            if not given
        :return: dict of account id to :class:`Statement`; one without sections has
            nothing to tell
        :raise UserError: for a period that ends before it starts
        """
        accounts.check_access("read")
        self._flush()
        statements = {}
        for company, customers in self._find_customers(accounts).items():
            day = date or company._local_today()
            if kind == ACTIVITY:
                start = date_from or day.replace(day=1)
                found = self._collect_activity(company, customers, start, day)
            else:
                found = self._collect_open(company, customers, day)
            statements.update(found)
        return statements

    @api.model
    def _find_customers(self, accounts):
        """The customers of accounts by company: dicts of partner id to account id.

        Read at once: record by record it would take as long as their open items.
        """
        accounts.flush_recordset(["company_id", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT company_id, partner_id, id FROM arm_customer_account "
                "WHERE id = ANY(%s)",
                accounts.ids,
            )
        )
        found = defaultdict(dict)
        for company_id, partner_id, account_id in rows:
            found[company_id][partner_id] = account_id
        companies = self.env["res.company"]
        return {companies.browse(id_): found[id_] for id_ in sorted(found)}

    @api.model
    def _check_options(self, kind, date, date_from):
        """Refuse what no statement can be made of.

        :raise UserError: in words
        """
        if kind not in STATEMENT_KINDS:
            raise UserError(self.env._("Choose open items or activity."))
        if date and date_from and date_from > date:
            raise UserError(
                self.env._(
                    "The period of the statement ends before it starts. Choose a "
                    "first day on or before the last one."
                )
            )

    @api.model
    def _flush(self):
        """Write what the SQL reads."""
        for name in (
            "account.move.line",
            "account.move",
            "account.partial.reconcile",
            "arm.extension",
        ):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])

    # -------------------------------------------------------------------- open items

    @api.model
    def _collect_open(self, company, customers, day):
        """Open items at the end of a day, with the aging line of each currency.

        :param customers: dict of partner id to account id
        """
        places = self._get_places()
        bounds = [0, *company._get_aging_limits()]
        statements = {id_: Statement(OPEN, day) for id_ in customers.values()}
        partners = self.env["res.partner"].browse(customers)
        rows = self.env.execute_query(self._open_query(company, partners, day))
        for partner, currency, lines in self._split_rows(rows):
            digits = places[currency]
            aging = age(lines, bounds, digits)
            total = round(sum(aging), digits) + 0.0
            section = Section(currency, digits, lines, total, aging, open_total=total)
            statements[customers[partner]].sections.append(section)
        return statements

    @api.model
    def _split_rows(self, rows):
        """Customer, currency and lines of sorted rows that have all fields of a line.

        A line is its row without the first two: made without asking for its fields by
        name, which is a third of the time.
        """
        customer = currency = lines = None
        for row in rows:
            if row[0] != customer or row[1] != currency:
                if lines:
                    yield customer, currency, lines
                customer, currency, lines = row[0], row[1], []
            lines.append(tuple.__new__(Line, row[2:]))
        if lines:
            yield customer, currency, lines

    @api.model
    def _get_places(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        # The units of all currencies are public.
        return {c.id: c.decimal_places for c in currencies.sudo().search([])}

    @api.model
    def _open_query(self, company, partners, day):
        """The open items of customers at the end of a day, in their order."""
        return SQL(
            """
            WITH contact AS MATERIALIZED (
                SELECT id, commercial_partner_id AS customer_id
                  FROM res_partner WHERE commercial_partner_id = ANY(%(partners)s)
            ),
            later AS MATERIALIZED (%(later)s),
            item AS (%(items)s)
            SELECT item.customer_id, item.currency_id, item.day, item.move_name,
                   item.kind,
                   CASE WHEN item.kind IN ('payment', 'entry')
                        THEN COALESCE(item.reference, item.name)
                        ELSE item.reference
                   END,
                   item.due, %(day)s - item.due, item.amount::float8,
                   COALESCE(item.residual + later.amount, item.residual)::float8,
                   extended.until, 0::float8 AS balance,
                   %(discount_day)s, CASE WHEN %(discount_day)s IS NOT NULL
                                          THEN item.discounted::float8 END
              FROM item
              LEFT JOIN later ON later.line_id = item.id
              LEFT JOIN (%(extended)s) extended ON extended.item_id = item.id
             WHERE COALESCE(item.residual + later.amount, item.residual) != 0
             ORDER BY item.customer_id, item.currency_id, item.due, item.date, item.id
            """,
            partners=partners.ids,
            later=self._later_query(company, day),
            items=self._open_items_query(company, day),
            extended=self._extended_query(company, partners, day),
            discount_day=self._discount_day_sql(day),
            day=day,
        )

    @api.model
    def _open_items_query(self, company, day):
        """The items that are open now, and those that were reconciled ``later``."""
        later = SQL("line.reconciled AND line.id IN (SELECT line_id FROM later)")
        return SQL(
            "%s UNION ALL %s",
            self._items_query(company, day, SQL("line.reconciled IS NOT TRUE")),
            self._items_query(company, day, later),
        )

    @api.model
    def _discount_day_sql(self, day):
        """Until when an invoice costs less, if nothing of it was paid by a day.

        As core decides it when a payment comes in.
        """
        return SQL(
            """
            CASE WHEN item.discount_date >= %s AND item.kind = 'invoice'
                      AND COALESCE(item.residual + later.amount, item.residual)
                          = item.amount
                 THEN item.discount_date
            END
            """,
            day,
        )

    @api.model
    def _extended_query(self, company, partners, day):
        """Until when items have more time, by what was granted up to a day."""
        return SQL(
            """
            SELECT rel.item_id, MAX(extension.date) AS until
              FROM arm_extension extension
              JOIN arm_extension_item_rel rel ON rel.extension_id = extension.id
             WHERE extension.state = 'granted' AND extension.company_id = %s
               AND extension.partner_id = ANY(%s)
               AND extension.date_decided <= %s AND extension.date >= %s
             GROUP BY rel.item_id
            """,
            company.id,
            partners.ids,
            day,
            day,
        )

    @api.model
    def _later_query(self, company, day):
        """By how much lines were more open at the end of a day than they are now.

        Each side is a join of its own: for a few customers the planner starts from
        their lines, for many and a late day from the matches after it.
        """
        sides = [
            self._later_side_query(company, day, "debit", SQL()),
            self._later_side_query(company, day, "credit", SQL("-")),
        ]
        return SQL(
            "SELECT line_id, SUM(amount) AS amount FROM (%s) side GROUP BY line_id",
            SQL(" UNION ALL ").join(sides),
        )

    @api.model
    def _later_side_query(self, company, day, side, sign):
        """The later matches of one side, ``debit`` or ``credit``."""
        return SQL(
            """
            SELECT line.id AS line_id, %s%s AS amount
              FROM account_partial_reconcile partial
              JOIN account_move_line line ON line.id = %s
              JOIN contact ON contact.id = line.partner_id
             WHERE partial.company_id = %s AND partial.max_date > %s
            """,
            sign,
            SQL.identifier("partial", f"{side}_amount_currency"),
            SQL.identifier("partial", f"{side}_move_id"),
            company.id,
            day,
        )

    @api.model
    def _items_query(self, company, day, condition):
        """The receivable lines of the contacts; their documents are looked up only for
        what is no invoice: an instalment that is owed is one."""
        return SQL(
            """
            SELECT contact.customer_id, line.id, line.currency_id, line.date,
                   COALESCE(line.invoice_date, line.date) AS day, line.move_name,
                   COALESCE(line.date_maturity, line.date) AS due,
                   line.amount_currency AS amount,
                   line.amount_residual_currency AS residual, line.name,
                   NULLIF(line.ref, '') AS reference, line.discount_date,
                   line.discount_amount_currency AS discounted,
                   CASE WHEN line.display_type = 'payment_term'
                             AND line.amount_currency > 0 THEN 'invoice'
                        ELSE (SELECT %s FROM account_move move
                               WHERE move.id = line.move_id)
                   END AS kind
              FROM account_move_line line
              JOIN contact ON contact.id = line.partner_id
             WHERE line.company_id = %s AND line.parent_state = 'posted'
               AND line.account_id = ANY(%s) AND line.date <= %s AND %s
            """,
            KIND,
            company.id,
            RECEIVABLE_ACCOUNTS,
            day,
            condition,
        )

    @api.model
    def _reference_sql(self, label):
        """The customer's reference of a document; the memo of a payment."""
        return SQL(
            """
            CASE WHEN move.move_type = 'entry' THEN COALESCE(NULLIF(move.ref, ''), %s)
                 ELSE NULLIF(move.ref, '')
             END
            """,
            label,
        )

    # ---------------------------------------------------------------------- activity

    @api.model
    def _collect_activity(self, company, customers, start, day):
        """Opening balance, movements, closing balance, and what is open at the end."""
        self._check_options(ACTIVITY, day, start)
        places = self._get_places()
        partners = self.env["res.partner"].browse(customers)
        still_open = self._collect_open(company, customers, day)
        openings = {
            (partner, currency): amount
            for partner, currency, amount in self.env.execute_query(
                self._opening_query(company, partners, start)
            )
        }
        moves = defaultdict(list)
        query = self._movements_query(company, partners, start, day)
        for row in self.env.execute_query(query):
            moves[row[0], row[1]].append(Line(*row[2:]))
        statements = {id_: Statement(ACTIVITY, day, start) for id_ in still_open}
        for partner, currency in sorted({*openings, *moves}):
            statement = statements[customers[partner]]
            section = self._make_activity(
                currency,
                places[currency],
                openings.get((partner, currency), 0.0),
                moves[partner, currency],
                still_open[customers[partner]],
            )
            if section.opening or section.lines:
                statement.sections.append(section)
        return statements

    @api.model
    def _make_activity(self, currency, places, opening, lines, still_open):
        opening = round(opening, places) + 0.0
        debits = round(sum([x.amount for x in lines if x.amount > 0]), places) + 0.0
        credits = round(sum([x.amount for x in lines if x.amount < 0]), places) + 0.0
        own = [s for s in still_open.sections if s.currency_id == currency]
        return Section(
            currency_id=currency,
            places=places,
            lines=with_balance(lines, opening, places),
            total=round(opening + debits + credits, places) + 0.0,
            aging=own[0].aging if own else (0.0,) * 7,
            opening=opening,
            debits=debits,
            credits=credits,
            open_total=own[0].total if own else 0.0,
        )

    @api.model
    def _opening_query(self, company, partners, start):
        return SQL(
            """
            SELECT partner_id, currency_id, SUM(amount)
              FROM (%s) movement
             WHERE date < %s
             GROUP BY partner_id, currency_id
            """,
            self._movement_query(company, partners),
            start,
        )

    @api.model
    def _movements_query(self, company, partners, start, day):
        return SQL(
            """
            SELECT movement.partner_id, movement.currency_id, movement.date,
                   move.name, COALESCE(movement.kind, %s), %s, movement.due, 0,
                   movement.amount
              FROM (%s) movement
              JOIN account_move move ON move.id = movement.move_id
             WHERE movement.date BETWEEN %s AND %s AND movement.amount != 0
             ORDER BY movement.partner_id, movement.currency_id, movement.date,
                      movement.id
            """,
            KIND,
            self._reference_sql(SQL("movement.label")),
            self._movement_query(company, partners),
            start,
            day,
        )

    @api.model
    def _movement_query(self, company, partners):
        """All that changed the balance of customers in a currency."""
        position = self.env["arm.customer.position"]
        receivable, customer = position._receivable_sql(company, partners)
        return SQL(
            """
            SELECT %s AS partner_id, line.currency_id, line.date, line.id,
                   line.move_id, line.amount_currency AS amount,
                   COALESCE(line.date_maturity, line.date) AS due,
                   line.name AS label, NULL AS kind
              FROM %s
             UNION ALL
            %s
            """,
            customer,
            receivable,
            self._crossing_query(company, partners),
        )

    @api.model
    def _crossing_query(self, company, partners):
        """Matches between two currencies or two customers, once for each side.

        An invoice in dollars that is paid in euros leaves the balance in dollars
        without any entry in dollars.
        """
        position = self.env["arm.customer.position"]
        return SQL(
            """
            SELECT side.partner_id, side.currency_id, partial.max_date AS date,
                   side.line_id AS id, side.other_id AS move_id, side.amount,
                   NULL::date AS due, NULL AS label, 'settled' AS kind
              FROM account_partial_reconcile partial
              JOIN account_move_line debit ON debit.id = partial.debit_move_id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
              LEFT JOIN res_partner payer ON payer.id = debit.partner_id
              LEFT JOIN res_partner payee ON payee.id = credit.partner_id
              CROSS JOIN LATERAL (
                VALUES (payer.commercial_partner_id, partial.debit_currency_id,
                        debit.id, credit.move_id, -partial.debit_amount_currency),
                       (payee.commercial_partner_id, partial.credit_currency_id,
                        credit.id, debit.move_id, partial.credit_amount_currency)
              ) AS side (partner_id, currency_id, line_id, other_id, amount)
             WHERE partial.company_id = %s AND debit.account_id = ANY(%s)
               AND (partial.debit_currency_id != partial.credit_currency_id
                    OR payer.commercial_partner_id
                       IS DISTINCT FROM payee.commercial_partner_id)
               AND %s
            """,
            company.id,
            RECEIVABLE_ACCOUNTS,
            position._partners_sql(SQL("side.partner_id"), partners),
        )

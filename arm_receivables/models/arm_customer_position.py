from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

# Sub-queries without any link to the rest: PostgreSQL asks them once and the planner
# has fewer tables to order, which for one customer takes longer than the work itself.
RECEIVABLE_ACCOUNTS = SQL(
    "ARRAY(SELECT id FROM account_account WHERE account_type = 'asset_receivable')"
)
# Journals in which money comes in: their credits are payments. Credit notes (sale
# journals) and write-offs (general journals) are not.
MONEY_JOURNALS = SQL(
    "ARRAY(SELECT id FROM account_journal WHERE type IN ('bank', 'cash', 'credit'))"
)
SALE_JOURNALS = SQL("ARRAY(SELECT id FROM account_journal WHERE type = 'sale')")


class Customer(NamedTuple):
    """SQL that leads from a contact to the customer."""

    join: SQL
    id: SQL
    only: SQL


class ArmCustomerPosition(models.AbstractModel):
    """The set-based half of a customer account: what is owed, ordered and sold.

    Every method returns SQL for one company and for all customers, or for given
    commercial partners: then only the rows of these are read. Nothing here is
    executed, so that the account can put the parts together into one statement. Every
    part has one row a customer, ``partner_id`` being the commercial entity.
    """

    _name = "arm.customer.position"
    _description = "Position of Customers"

    @api.model
    def _partners_sql(self, column, partners):
        """Restrict a column to given commercial partners, or not at all."""
        if partners is None:
            return SQL("TRUE")
        return SQL("%s IN %s", column, tuple(partners.ids) or (0,))

    @api.model
    def _customer_sql(self, contact, partners):
        """How to get from a contact to the customer: a :class:`Customer`.

        For a single customer there is nothing to join, which makes planning cheaper.
        For several ones their contacts are looked up first, so that the planner takes
        the index on the contact.

        :param contact: SQL of the column with the contact
        """
        join = SQL("JOIN res_partner partner ON partner.id = %s", contact)
        customer = SQL("partner.commercial_partner_id")
        if partners is None:
            return Customer(join, customer, SQL("TRUE"))
        only = SQL(
            "%s = ANY(ARRAY(SELECT id FROM res_partner WHERE %s))",
            contact,
            self._partners_sql(SQL("commercial_partner_id"), partners),
        )
        if len(partners) == 1:
            return Customer(SQL(), SQL("%s::integer", partners.id), only)
        return Customer(join, customer, only)

    @api.model
    def _receivable_sql(self, company, partners=None):
        """The posted receivable lines, to be followed by further conditions.

        :return: ``line`` with its tables and conditions, and the SQL of its customer
        """
        customer = self._customer_sql(SQL("line.partner_id"), partners)
        lines = SQL(
            """
            account_move_line line %s
            WHERE line.company_id = %s AND line.parent_state = 'posted'
              AND line.account_id = ANY(%s)
              AND %s
            """,
            customer.join,
            company.id,
            RECEIVABLE_ACCOUNTS,
            customer.only,
        )
        return lines, customer.id

    # ----------------------------------------------------------------- open items

    @api.model
    def _open_items_query(self, company, partners=None):
        """Every open item: each instalment is one (its own line and due date).

        ``days`` past the due date today (zero or less: not due), ``is_claim`` false
        for money that went out and is not matched yet, and what holds the item.
        """
        receivable, customer = self._receivable_sql(company, partners)
        today = company._local_today()
        return SQL(
            """
            SELECT item.partner_id, item.residual, item.due,
                   %(today)s - item.due AS days,
                   item.is_claim,
                   %(disputed)s AS disputed,
                   COALESCE(hold.reason IN ('promise', 'plan'), FALSE) AS promised
              FROM (
                SELECT %(customer)s AS partner_id, line.id,
                       line.move_id, line.amount_residual AS residual,
                       line.amount_residual_currency AS residual_currency,
                       COALESCE(line.date_maturity, line.date) AS due,
                       line.journal_id != ALL(%(money)s) AS is_claim
                  FROM %(receivable)s AND line.reconciled IS NOT TRUE
              ) item
              JOIN account_move move ON move.id = item.move_id
              LEFT JOIN arm_hold hold ON hold.item_id = item.id
                    AND (hold.until IS NULL OR hold.until >= %(today)s)
            """,
            today=today,
            disputed=self._disputed_sql(company),
            customer=customer,
            money=MONEY_JOURNALS,
            receivable=receivable,
        )

    @api.model
    def _disputed_sql(self, company):
        """How much of an open item is disputed, in company currency; not above it."""
        return SQL(
            """
            CASE WHEN move.payment_state = 'blocked'
                      OR hold.reason = 'dispute' AND COALESCE(hold.amount, 0) = 0
                 THEN item.residual
                 WHEN hold.amount_disputed > 0
                 THEN ROUND(item.residual * LEAST(hold.amount_disputed
                            / NULLIF(item.residual_currency, 0), 1), %s)
                 ELSE 0
             END
            """,
            company.currency_id.decimal_places,
        )

    @api.model
    def _position_query(self, company):
        """What is open, by due date; over the rows of ``open_item``.

        Credits are in no bucket: not due + all buckets - credit = open.
        """
        return SQL(
            """
            SELECT partner_id,
                   SUM(residual) AS amount_open,
                   -SUM(residual) FILTER (WHERE residual < 0) AS amount_credit,
                   SUM(residual) FILTER (WHERE residual > 0 AND days <= 0)
                       AS amount_due_later,
                   SUM(residual) FILTER (WHERE residual > 0 AND days > 0)
                       AS amount_overdue,
                   ROUND(100 * SUM(residual) FILTER (WHERE residual > 0 AND days > 0)
                         / SUM(residual) FILTER (WHERE residual > 0), 2)
                       AS overdue_share,
                   SUM(disputed) FILTER (WHERE residual > 0) AS amount_disputed,
                   SUM(residual - disputed) FILTER (WHERE residual > 0 AND promised)
                       AS amount_promised,
                   MIN(due) FILTER (WHERE residual > 0 AND days > 0)
                       AS oldest_overdue_date,
                   COUNT(*) AS item_count,
                   %s
              FROM open_item
             GROUP BY partner_id
            """,
            self._buckets_sql(company),
        )

    @api.model
    def _buckets_sql(self, company):
        """The columns of the aging: what is late, by days past the due date."""
        limits = company._get_aging_limits()
        lower = [1, *(limit + 1 for limit in limits)]
        upper = [*limits, None]
        buckets = [
            SQL(
                "SUM(residual) FILTER (WHERE residual > 0 AND days >= %s%s) AS %s",
                first,
                SQL(" AND days <= %s", last) if last else SQL(),
                SQL.identifier(f"amount_bucket_{number}"),
            )
            for number, (first, last) in enumerate(
                zip(lower, upper, strict=True), start=1
            )
        ]
        return SQL(", ").join(buckets)

    # -------------------------------------------------------- all the ledger knows

    @api.model
    def _history_query(self, company, partners=None):
        """Who ever had a receivable item, and when they paid last.

        ``last_payment`` is (days since 1970, id of the entry) of the latest payment.
        """
        receivable, customer = self._receivable_sql(company, partners)
        return SQL(
            """
            SELECT %s AS partner_id,
                   MAX(ARRAY[line.date - DATE '1970-01-01', line.move_id])
                       FILTER (WHERE line.balance < 0 AND line.journal_id = ANY(%s))
                       AS last_payment
              FROM %s
             GROUP BY 1
            """,
            customer,
            MONEY_JOURNALS,
            receivable,
        )

    @api.model
    def _last_payment_query(self):
        """Day and amount of the latest payment; over the rows of ``history``."""
        return SQL(
            """
            SELECT history.partner_id,
                   DATE '1970-01-01' + history.last_payment[1] AS last_payment_date,
                   -SUM(line.balance) AS last_payment_amount
              FROM history
              JOIN account_move_line line ON line.move_id = history.last_payment[2]
              JOIN res_partner partner ON partner.id = line.partner_id
             WHERE line.balance < 0 AND line.account_id = ANY(%s)
               AND partner.commercial_partner_id = history.partner_id
             GROUP BY history.partner_id, history.last_payment
            """,
            RECEIVABLE_ACCOUNTS,
        )

    @api.model
    def _sales_query(self, company, partners=None):
        """Invoices less credit notes of the last twelve months, without taxes.

        For single customers the invoices are found by their receivable lines: core
        has no index on the commercial partner of an entry.
        """
        only = SQL("TRUE")
        if partners is not None:
            line = self._customer_sql(SQL("line.partner_id"), partners)
            only = SQL(
                """
                move.id = ANY(ARRAY(
                    SELECT DISTINCT line.move_id FROM account_move_line line %s WHERE %s
                ))
                """,
                line.join,
                line.only,
            )
        customer = self._customer_sql(SQL("move.commercial_partner_id"), partners)
        today = company._local_today()
        return SQL(
            """
            SELECT %(customer)s AS partner_id,
                   SUM(move.amount_untaxed_signed) AS amount_sales
              FROM account_move move %(join)s
             WHERE move.company_id = %(company)s AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND move.invoice_date > %(start)s AND move.invoice_date <= %(today)s
               AND %(only)s AND %(own)s
             GROUP BY 1
            """,
            customer=customer.id,
            join=customer.join,
            company=company.id,
            start=today - relativedelta(years=1),
            today=today,
            only=only,
            own=customer.only,
        )

    # ------------------------------------------------------------------- contacts

    @api.model
    def _contacts_query(self, partners=None):
        """The contact to whom letters about the account go: one a customer.

        The invoice contact with an e-mail address, else the customer itself, else the
        first contact with an address. Archived contacts come last.
        """
        return SQL(
            """
            SELECT DISTINCT ON (commercial_partner_id)
                   commercial_partner_id AS partner_id, id AS contact_id,
                   NULLIF(email, '') AS email
              FROM res_partner
             WHERE %s
               AND (id = commercial_partner_id OR (
                    active AND COALESCE(email, '') != ''
                    AND type IN ('invoice', 'contact')
               ))
             ORDER BY commercial_partner_id,
                      COALESCE(email, '') != '' DESC, active DESC,
                      type = 'invoice' DESC, id = commercial_partner_id DESC, id
            """,
            self._partners_sql(SQL("commercial_partner_id"), partners),
        )

    # --------------------------------------------------- confirmed, not yet invoiced

    @api.model
    def _orders_query(self, company, partners=None):
        """What was ordered for good and is not in the ledger yet.

        ``partner_id`` (commercial entity of the invoice address) and
        ``amount_orders`` in company currency, at the rate stored on the order.
        """
        return SQL(
            """
            SELECT partner_id, SUM(GREATEST(amount, 0)) AS amount_orders
              FROM (%s) rest
             GROUP BY partner_id
            """,
            self._order_rest_query(company, partners),
        )

    @api.model
    def _order_rest_query(self, company, partners=None):
        """The rest of each confirmed order: ``order_id``, ``partner_id``, ``amount``.

        Delivered or not makes no difference. What is on a draft invoice is not in the
        ledger and so still part of the order. A posted down payment is in the ledger
        and is taken off, until the final invoice takes it off itself. Orders that are
        fully invoiced are left out early: there are many in a grown database.
        """
        customer = self._customer_sql(SQL("so.partner_invoice_id"), partners)
        return SQL(
            """
            WITH drafted AS (%(drafted)s),
            confirmed AS (
                SELECT so.id, %(customer)s AS partner_id, so.currency_id,
                       COALESCE(NULLIF(so.currency_rate, 0), 1) AS rate
                  FROM sale_order so %(join)s
                 WHERE so.company_id = %(company)s AND so.state = 'sale' AND %(only)s
                   AND (so.invoice_status IS DISTINCT FROM 'invoiced'
                        OR so.id IN (SELECT order_id FROM drafted))
            )
            SELECT confirmed.id AS order_id, confirmed.partner_id,
                   ROUND(SUM(%(line)s), %(digits)s) AS amount
              FROM confirmed
              JOIN sale_order_line line ON line.order_id = confirmed.id
              LEFT JOIN drafted ON drafted.line_id = line.id
             WHERE line.display_type IS NULL
             GROUP BY confirmed.id, confirmed.partner_id
            """,
            drafted=self._drafted_query(company, partners),
            customer=customer.id,
            join=customer.join,
            company=company.id,
            only=customer.only,
            line=self._order_line_sql(),
            digits=company.currency_id.decimal_places,
        )

    @api.model
    def _order_line_sql(self):
        """What one order line adds, in company currency.

        The quantity that is left is the ordered or, if more, the delivered one (the
        latter only where the product is invoiced on delivery: ``qty_to_invoice`` knows)
        less what is on posted invoices. Lines without an ordered quantity (expenses)
        count with what the order itself says is to be invoiced.
        """
        return SQL(
            """
            CASE WHEN line.is_downpayment THEN -(%s)
                 WHEN line.product_uom_qty = 0
                 THEN COALESCE(line.untaxed_amount_to_invoice, 0) / confirmed.rate
                 ELSE line.price_total / line.product_uom_qty / confirmed.rate
                      * GREATEST(
                            GREATEST(
                                line.product_uom_qty - COALESCE(line.qty_invoiced, 0),
                                COALESCE(line.qty_to_invoice, 0)
                            ) + COALESCE(drafted.quantity, 0),
                            0
                        )
             END
            """,
            self._down_payment_sql(),
        )

    @api.model
    def _down_payment_sql(self):
        """What is posted of a down payment and not taken off again, tax included."""
        return SQL(
            """
            SELECT COALESCE(SUM(
                       CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                       * item.price_total
                       / CASE WHEN move.currency_id = confirmed.currency_id
                              THEN confirmed.rate
                              ELSE COALESCE(NULLIF(move.invoice_currency_rate, 0), 1)
                          END
                   ), 0)
              FROM sale_order_line_invoice_rel rel
              JOIN account_move_line item ON item.id = rel.invoice_line_id
              JOIN account_move move ON move.id = item.move_id
             WHERE rel.order_line_id = line.id AND move.state = 'posted'
            """
        )

    @api.model
    def _drafted_query(self, company, partners=None):
        """Quantities of order lines on draft invoices, in the order line's unit.

        Found by journal and state, because core has an index on these, or for single
        customers by their orders.
        """
        unit = "(SELECT factor FROM uom_uom WHERE id = %s.product_uom_id)"
        only = SQL("TRUE")
        if partners is not None:
            so = self._customer_sql(SQL("so.partner_invoice_id"), partners)
            only = SQL(
                "line.order_id = ANY(ARRAY("
                "SELECT so.id FROM sale_order so %s WHERE %s))",
                so.join,
                so.only,
            )
        return SQL(
            """
            SELECT line.id AS line_id, line.order_id,
                   SUM(CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                       * item.quantity
                       * CASE WHEN item.product_uom_id = line.product_uom_id THEN 1
                              ELSE COALESCE(%(item_unit)s / %(line_unit)s, 1) END
                   ) AS quantity
              FROM account_move move
              JOIN account_move_line item ON item.move_id = move.id
              JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
              JOIN sale_order_line line ON line.id = rel.order_line_id
             WHERE move.journal_id = ANY(%(journals)s) AND move.state = 'draft'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND line.company_id = %(company)s AND %(only)s
             GROUP BY line.id
            """,
            item_unit=SQL(unit % "item"),
            line_unit=SQL(unit % "line"),
            journals=SALE_JOURNALS,
            company=company.id,
            only=only,
        )

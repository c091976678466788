"""The figures of all customer accounts as one bare SELECT, written by hand.

It is what the nightly refresh cannot be faster than: the same sums over the same rows,
and nothing else. It writes nothing, restricts nothing to single customers, and leaves
out what the data has not: orders with a draft invoice or a down payment, items that
are no invoices, promises, disputes other than invoices whose payment is blocked.
"""

from itertools import pairwise

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL

CURVE = ((-30, 100), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50))
CURVE += ((60, 40), (90, 30), (120, 20), (180, 0))


def points_sql(days):
    """The points of the payment index for so many days late."""
    branches = [SQL("WHEN %s <= -30 THEN 100", days)]
    for (start, high), (end, low) in pairwise(CURVE):
        branches.append(
            SQL(
                "WHEN %s <= %s THEN %s - (%s - %s) * %s::numeric / %s",
                *(days, end, high, days, start, high - low, end - start),
            )
        )
    return SQL("CASE %s ELSE 0 END", SQL(" ").join(branches))


def bucket_sql(number, first, last):
    """What is overdue from ``first`` to ``last`` days; without end when None."""
    upper = SQL("") if last is None else SQL("AND days <= %s", last)
    return SQL(
        "SUM(residual) FILTER (WHERE residual > 0 AND days >= %s %s) AS %s",
        *(first, upper, SQL.identifier(f"amount_bucket_{number}")),
    )


# Asked once, so that the planner knows plain numbers and nothing has to be joined.
RECEIVABLE = SQL(
    "item.account_id = ANY(ARRAY(SELECT id FROM account_account "
    "WHERE account_type = 'asset_receivable')) AND item.parent_state = 'posted'"
)
MONEY = SQL(
    "ARRAY(SELECT id FROM account_journal WHERE type IN ('bank', 'cash', 'credit'))"
)
SALES = SQL("ARRAY(SELECT id FROM account_journal WHERE type = 'sale')")


def open_query(company):
    """Open items of each customer."""
    limits = [0, *company._get_aging_limits(), None]
    buckets = [
        bucket_sql(number, lower + 1, upper)
        for number, (lower, upper) in enumerate(pairwise(limits), 1)
    ]
    return SQL(
        """
        SELECT commercial_partner_id AS partner_id,
               SUM(residual) AS amount_open,
               -SUM(residual) FILTER (WHERE residual < 0) AS amount_credit,
               SUM(residual) FILTER (WHERE residual > 0 AND days <= 0)
               AS amount_due_later,
               SUM(residual) FILTER (WHERE residual > 0 AND days > 0)
               AS amount_overdue,
               SUM(residual) FILTER (WHERE residual > 0 AND blocked)
               AS amount_disputed,
               MIN(due) FILTER (WHERE residual > 0 AND days > 0)
               AS oldest_overdue_date,
               COUNT(*) AS item_count,
               COUNT(*) FILTER (WHERE is_late) AS late_count,
               SUM(residual) FILTER (WHERE is_late) AS late_weight,
               SUM(residual * days) FILTER (WHERE is_late) AS late_days,
               SUM(residual * %(points)s) FILTER (WHERE is_late) AS late_points,
               %(buckets)s
          FROM (
            SELECT partner.commercial_partner_id, item.amount_residual AS residual,
                   item.date_maturity AS due, %(today)s - item.date_maturity AS days,
                   move.payment_state = 'blocked' AS blocked,
                   item.amount_residual > 0 AND item.date_maturity < %(today)s
                       AND item.journal_id <> ALL(%(money)s) AS is_late
              FROM account_move_line item
              JOIN account_move move ON move.id = item.move_id
              JOIN res_partner partner ON partner.id = item.partner_id
             WHERE item.reconciled IS NOT TRUE AND item.company_id = %(company)s
               AND %(receivable)s
          ) item
         GROUP BY commercial_partner_id
        """,
        points=points_sql(SQL("days")),
        buckets=SQL(", ").join(buckets),
        today=company._local_today(),
        money=MONEY,
        company=company.id,
        receivable=RECEIVABLE,
    )


def paid_query(company):
    """What was paid of each item in the window, and how late."""
    today = company._local_today()
    start = today - relativedelta(months=company.receivables_window_months)
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id, item.id,
               item.reconciled, item.date_maturity AS due, credit.date AS paid_on,
               credit.date - item.date_maturity AS days,
               CASE WHEN item.currency_id = %(currency)s THEN partial.amount
                    ELSE partial.debit_amount_currency
                         * item.balance / item.amount_currency END AS weight
          FROM account_move_line credit
          JOIN account_partial_reconcile partial ON partial.credit_move_id = credit.id
          JOIN account_move_line item ON item.id = partial.debit_move_id
          JOIN res_partner partner ON partner.id = item.partner_id
         WHERE credit.date > %(start)s AND credit.date <= %(today)s
           AND credit.journal_id = ANY(%(money)s) AND item.company_id = %(company)s
           AND %(receivable)s AND item.balance > 0
           AND item.journal_id = ANY(%(sales)s)
        """,
        currency=company.currency_id.id,
        start=start,
        today=today,
        money=MONEY,
        sales=SALES,
        company=company.id,
        receivable=RECEIVABLE,
    )


def behaviour_query():
    """Sums for days late and index; over the rows of ``paid``."""
    return SQL(
        """
        SELECT partner_id, COUNT(*) AS paid_count, SUM(weight) AS paid_weight,
               SUM(weight * days) AS paid_days, SUM(weight * %s) AS paid_points
          FROM paid GROUP BY partner_id
        """,
        points_sql(SQL("days")),
    )


def terms_query(company, grace):
    """Items paid in terms in a row; over the rows of ``paid``."""
    return SQL(
        """
        WITH settled AS (
            SELECT partner_id, id, MAX(paid_on) AS paid_on,
                   MAX(paid_on) <= due + %(grace)s AS in_terms
              FROM paid WHERE reconciled GROUP BY partner_id, id, due
        )
        SELECT partner_id, COUNT(*) AS paid_in_terms
          FROM settled
          JOIN (
            SELECT late.partner_id,
                   GREATEST(
                       late.day,
                       CASE WHEN reliability_since = %(today)s
                                 AND reliability_before IS NOT NULL
                            THEN reliability_before_since ELSE reliability_since END
                   ) AS day
              FROM (
                SELECT partner_id, MAX(paid_on) FILTER (WHERE NOT in_terms) AS day
                  FROM settled GROUP BY partner_id
              ) late
              LEFT JOIN arm_customer_account account
                ON account.partner_id = late.partner_id
               AND account.company_id = %(company)s
          ) start USING (partner_id)
         WHERE in_terms AND (start.day IS NULL OR paid_on > start.day)
         GROUP BY partner_id
        """,
        grace=grace,
        today=company._local_today(),
        company=company.id,
    )


def history_query(company):
    """Who ever had an item, with the last payment."""
    return SQL(
        """
        SELECT seen.partner_id, seen.last[1] AS last_payment_day,
               (SELECT -SUM(item.balance) FROM account_move_line item
                 WHERE item.move_id = seen.last[2] AND item.balance < 0
                   AND %(receivable)s) AS last_payment_amount
          FROM (
            SELECT partner.commercial_partner_id AS partner_id,
                   MAX(ARRAY[item.date - DATE '1970-01-01', item.move_id])
                   FILTER (WHERE item.balance < 0 AND item.journal_id = ANY(%(money)s))
                   AS last
              FROM account_move_line item
              JOIN res_partner partner ON partner.id = item.partner_id
             WHERE item.company_id = %(company)s AND %(receivable)s
             GROUP BY partner.commercial_partner_id
          ) seen
        """,
        receivable=RECEIVABLE,
        money=MONEY,
        company=company.id,
    )


def orders_query(company):
    """Confirmed orders that are not invoiced."""
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id,
               SUM(line.price_total / line.product_uom_qty / so.currency_rate
                   * (line.product_uom_qty - line.qty_invoiced)) AS amount_orders
          FROM sale_order so
          JOIN sale_order_line line ON line.order_id = so.id
          JOIN res_partner partner ON partner.id = so.partner_invoice_id
         WHERE so.company_id = %s AND so.state = 'sale'
           AND so.invoice_status <> 'invoiced' AND line.product_uom_qty > 0
         GROUP BY partner.commercial_partner_id
        """,
        company.id,
    )


def sales_query(company):
    """Sales of twelve months."""
    today = company._local_today()
    return SQL(
        """
        SELECT commercial_partner_id AS partner_id,
               SUM(amount_untaxed_signed) AS amount_sales
          FROM account_move
         WHERE company_id = %s AND state = 'posted'
           AND move_type IN ('out_invoice', 'out_refund', 'out_receipt')
           AND invoice_date > %s AND invoice_date <= %s
         GROUP BY commercial_partner_id
        """,
        company.id,
        today - relativedelta(years=1),
        today,
    )


def returned_query(company):
    """Payments that came back."""
    start = company._local_today() - relativedelta(
        months=company.receivables_window_months
    )
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id,
               COUNT(*) AS payments_returned
          FROM (
            SELECT id FROM account_payment WHERE state IN ('rejected', 'canceled')
             UNION
            SELECT move.origin_payment_id FROM account_move reversal
              JOIN account_move move ON move.id = reversal.reversed_entry_id
             WHERE reversal.reversed_entry_id IS NOT NULL
          ) returned
          JOIN account_payment payment ON payment.id = returned.id
          JOIN res_partner partner ON partner.id = payment.partner_id
         WHERE payment.company_id = %s AND payment.date > %s
         GROUP BY partner.commercial_partner_id
        """,
        company.id,
        start,
    )


CONTACT = SQL(
    """
    SELECT DISTINCT ON (commercial_partner_id)
           commercial_partner_id AS partner_id, NULLIF(email, '') AS email
      FROM res_partner
     WHERE id = commercial_partner_id
        OR (active AND email <> '' AND type IN ('invoice', 'contact'))
     ORDER BY commercial_partner_id, COALESCE(email, '') <> '' DESC, active DESC,
              type = 'invoice' DESC, id = commercial_partner_id DESC, id
    """
)

# Figure of the account -> its value over the parts of the statement.
EXPERIENCES = SQL("(COALESCE(late_count, 0) + COALESCE(paid_count, 0))")
WEIGHT = SQL("NULLIF(COALESCE(late_weight, 0) + COALESCE(paid_weight, 0), 0)")
FIGURES = {
    "amount_open": SQL("COALESCE(amount_open, 0)"),
    "amount_credit": SQL("COALESCE(amount_credit, 0)"),
    "amount_due_later": SQL("COALESCE(amount_due_later, 0)"),
    "amount_overdue": SQL("COALESCE(amount_overdue, 0)"),
    **{
        f"amount_bucket_{number}": SQL(
            "COALESCE(%s, 0)", SQL.identifier(f"amount_bucket_{number}")
        )
        for number in range(1, 6)
    },
    "overdue_share": SQL(
        "ROUND(100 * amount_overdue "
        "/ NULLIF(amount_open + COALESCE(amount_credit, 0), 0), 2)"
    ),
    "amount_disputed": SQL("COALESCE(amount_disputed, 0)"),
    "oldest_overdue_date": SQL("oldest_overdue_date"),
    "item_count": SQL("COALESCE(item_count, 0)"),
    "amount_orders": SQL("COALESCE(ROUND(amount_orders, 2), 0)"),
    "last_payment_date": SQL("DATE '1970-01-01' + last_payment_day"),
    "last_payment_amount": SQL("COALESCE(last_payment_amount, 0)"),
    "experience_count": EXPERIENCES,
    "days_late": SQL(
        "ROUND((COALESCE(late_days, 0) + COALESCE(paid_days, 0)) / %s, 4)", WEIGHT
    ),
    "payment_index": SQL(
        "CASE WHEN %s >= 3 THEN ROUND((COALESCE(late_points, 0) "
        "+ COALESCE(paid_points, 0)) / %s, 4) END",
        *(EXPERIENCES, WEIGHT),
    ),
    "paid_in_terms": SQL("COALESCE(paid_in_terms, 0)"),
    "payments_returned": SQL("COALESCE(payments_returned, 0)"),
    "amount_sales": SQL("COALESCE(amount_sales, 0)"),
    "email": SQL("email"),
    "exposure": SQL("COALESCE(amount_open, 0) + COALESCE(ROUND(amount_orders, 2), 0)"),
}


def floor_query(company, grace):
    """One row a customer, with every figure of the account."""
    return SQL(
        """
        WITH paid AS (%(paid)s)
        SELECT partner_id, %(figures)s
          FROM (%(history)s) history
          FULL JOIN (%(orders)s) orders USING (partner_id)
          LEFT JOIN (%(open)s) position USING (partner_id)
          LEFT JOIN (%(behaviour)s) behaviour USING (partner_id)
          LEFT JOIN (%(terms)s) terms USING (partner_id)
          LEFT JOIN (%(sales)s) sales USING (partner_id)
          LEFT JOIN (%(returned)s) returned USING (partner_id)
          LEFT JOIN (%(contact)s) contact USING (partner_id)
        """,
        paid=paid_query(company),
        figures=SQL(", ").join(
            SQL("%s AS %s", value, SQL.identifier(name))
            for name, value in FIGURES.items()
        ),
        history=history_query(company),
        orders=orders_query(company),
        open=open_query(company),
        behaviour=behaviour_query(),
        terms=terms_query(company, grace),
        sales=sales_query(company),
        returned=returned_query(company),
        contact=CONTACT,
    )


def floor_statement(company, grace):
    """All figures are made, and only their number leaves the server."""
    return SQL(
        "SELECT COUNT(*), COUNT(figure) FROM (%s) figure", floor_query(company, grace)
    )


def wrong_statement(company, grace):
    """How many customers have an account that says otherwise, figure by figure."""
    wrong = [
        SQL(
            "COUNT(*) FILTER (WHERE figure.%(name)s IS DISTINCT FROM account.%(name)s) "
            "AS %(name)s",
            name=SQL.identifier(name),
        )
        for name in FIGURES
    ]
    return SQL(
        """
        SELECT COUNT(*) FILTER (WHERE account.id IS NULL OR figure.partner_id IS NULL)
               AS missing, %s
          FROM (%s) figure
          FULL JOIN (SELECT * FROM arm_customer_account WHERE company_id = %s) account
            ON account.partner_id = figure.partner_id
        """,
        SQL(", ").join(wrong),
        floor_query(company, grace),
        company.id,
    )

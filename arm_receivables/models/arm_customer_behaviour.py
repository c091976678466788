from itertools import pairwise

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.behaviour import INDEX_CURVE, MINIMUM_EXPERIENCES
from .arm_customer_position import MONEY_JOURNALS, SALE_JOURNALS

FIGURE_PLACES = 4  # digits of index and days late


class ArmCustomerBehaviour(models.AbstractModel):
    """The set-based half of a customer account: how the customer pays.

    An experience is a payment matched with an item in the window, with the days from
    the item's due date to the payment, or an item that is overdue today, with the days
    until today: without the latter bad debt would be hidden. Credit notes, write-offs
    and exchange differences are not payments. Weights are in company currency at the
    rate at which the item was booked. The formulas are those of ``tools.behaviour``.
    """

    _name = "arm.customer.behaviour"
    _inherit = "arm.customer.position"
    _description = "Payment Behaviour of Customers"

    @api.model
    def _get_window_start(self, company):
        """The day after which payments count."""
        months = company.receivables_window_months
        return company._local_today() - relativedelta(months=months)

    @api.model
    def _settlements_query(self, company, partners=None):
        """Every payment matched with an item in the window.

        ``weight`` is what was paid of the item, ``days`` how late (negative: early),
        ``is_settled`` whether nothing of the item is left.
        """
        return SQL(
            """
            SELECT item.partner_id, item.id AS item_id, item.due, item.is_settled,
                   credit.date AS paid_on, credit.date - item.due AS days,
                   %(weight)s AS weight
              FROM (%(claims)s) item
              JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
              JOIN account_move_line credit ON credit.id = partial.credit_move_id
             WHERE partial.max_date > %(start)s
               AND credit.date > %(start)s AND credit.date <= %(today)s
               AND credit.journal_id = ANY(%(money)s)
            """,
            weight=SQL(
                "CASE WHEN item.is_own_currency OR item.amount_currency = 0 "
                "THEN partial.amount ELSE partial.debit_amount_currency "
                "* item.balance / item.amount_currency END"
            ),
            claims=self._claims_query(company, partners),
            money=MONEY_JOURNALS,
            start=self._get_window_start(company),
            today=company._local_today(),
        )

    @api.model
    def _claims_query(self, company, partners):
        """Every claim, open or paid; exchange differences are none."""
        receivable, customer = self._receivable_sql(company, partners)
        return SQL(
            """
            SELECT %(customer)s AS partner_id, line.id,
                   COALESCE(line.date_maturity, line.date) AS due,
                   line.reconciled IS TRUE AS is_settled,
                   line.balance, line.amount_currency,
                   line.currency_id = %(currency)s AS is_own_currency
              FROM %(receivable)s
               AND line.balance > 0 AND line.journal_id != ALL(%(money)s)
               AND (line.journal_id = ANY(%(sale)s) OR NOT EXISTS (
                    SELECT 1 FROM account_partial_reconcile
                     WHERE exchange_move_id = line.move_id
               ))
            """,
            currency=company.currency_id.id,
            customer=customer,
            receivable=receivable,
            money=MONEY_JOURNALS,
            sale=SALE_JOURNALS,
        )

    @api.model
    def _behaviour_query(self):
        """Days late and index; over the rows of ``settlement`` and ``open_item``."""
        return SQL(
            """
            SELECT partner_id, COUNT(*) AS experience_count,
                   ROUND(SUM(weight * days) / NULLIF(SUM(weight), 0), %(places)s)
                       AS days_late,
                   CASE WHEN COUNT(*) >= %(minimum)s
                        THEN ROUND(SUM(weight * %(points)s)
                                   / NULLIF(SUM(weight), 0), %(places)s)
                    END AS payment_index
              FROM (
                SELECT partner_id, weight, days FROM settlement
                UNION ALL
                SELECT partner_id, residual, days FROM open_item
                 WHERE residual > 0 AND days > 0 AND is_claim
              ) experience
             GROUP BY partner_id
            """,
            places=FIGURE_PLACES,
            minimum=MINIMUM_EXPERIENCES,
            points=self._points_sql(SQL("days")),
        )

    @api.model
    def _points_sql(self, days):
        """The points of an experience: straight lines between the curve's corners."""
        first, last = INDEX_CURVE[0], INDEX_CURVE[-1]
        branches = [SQL("WHEN %s <= %s THEN %s::numeric", days, *first)]
        for (start, high), (end, low) in pairwise(INDEX_CURVE):
            branches.append(
                SQL(
                    "WHEN %(days)s <= %(end)s THEN %(high)s - (%(days)s - %(start)s) "
                    "* %(fall)s::numeric / %(length)s",
                    days=days,
                    start=start,
                    end=end,
                    high=high,
                    fall=high - low,
                    length=end - start,
                )
            )
        return SQL("CASE %s ELSE %s END", SQL(" ").join(branches), last[1])

    @api.model
    def _terms_query(self, company, grace_days):
        """Items paid in terms in a row; over the rows of ``settlement``.

        Only items without a rest count, by the day of their last payment: those paid
        after the last one that was late, and after the last change of the status.

        :param grace_days: calendar days after the due date that still are in terms
        """
        return SQL(
            """
            WITH settled AS (
                SELECT partner_id, item_id, MAX(paid_on) AS paid_on,
                       MAX(paid_on) <= due + %(grace)s AS in_terms
                  FROM settlement
                 WHERE is_settled
                 GROUP BY partner_id, item_id, due
            ),
            start AS (%(start)s)
            SELECT settled.partner_id, COUNT(*) AS paid_in_terms
              FROM settled
              JOIN start USING (partner_id)
             WHERE settled.in_terms
               AND (start.day IS NULL OR settled.paid_on > start.day)
             GROUP BY settled.partner_id
            """,
            grace=grace_days,
            start=self._terms_start_query(company),
        )

    @api.model
    def _terms_start_query(self, company):
        """The day after which payments in terms count; over the rows of ``settled``."""
        return SQL(
            """
            SELECT late.partner_id,
                   GREATEST(
                       late.day,
                       CASE WHEN account.reliability_since = %(today)s
                                 AND account.reliability_before IS NOT NULL
                            THEN account.reliability_before_since
                            ELSE account.reliability_since END
                   ) AS day
              FROM (
                SELECT partner_id, MAX(paid_on) FILTER (WHERE NOT in_terms) AS day
                  FROM settled
                 GROUP BY partner_id
              ) late
              LEFT JOIN arm_customer_account account
                ON account.partner_id = late.partner_id
               AND account.company_id = %(company)s
            """,
            today=company._local_today(),
            company=company.id,
        )

    @api.model
    def _returned_query(self, company, partners=None):
        """Payments of the window that came back.

        A customer's payment counts that was rejected, or cancelled while it was posted,
        or whose entry was reversed. By the day of the payment. One that was reset to
        draft before it was cancelled was a slip of ours: core deletes its entry.
        """
        customer = self._customer_sql(SQL("payment.partner_id"), partners)
        return SQL(
            """
            SELECT %(customer)s AS partner_id, COUNT(*) AS payments_returned
              FROM (%(rejected)s UNION %(reversed)s) returned
              JOIN account_payment payment ON payment.id = returned.payment_id
              %(join)s
             WHERE payment.company_id = %(company)s AND payment.date > %(start)s
               AND payment.payment_type = 'inbound'
               AND payment.partner_type = 'customer' AND %(only)s
             GROUP BY 1
            """,
            customer=customer.id,
            rejected=self._rejected_sql(partners),
            reversed=self._reversed_sql(partners),
            join=customer.join,
            company=company.id,
            start=self._get_window_start(company),
            only=customer.only,
        )

    @api.model
    def _rejected_sql(self, partners):
        """Ids of payments that were rejected, or cancelled while they were posted."""
        customer = self._customer_sql(SQL("payment.partner_id"), partners)
        return SQL(
            """
            SELECT payment.id AS payment_id
              FROM account_payment payment
              LEFT JOIN account_move move ON move.id = payment.move_id %s
             WHERE payment.state IN ('rejected', 'canceled')
               AND (payment.state = 'rejected' OR move.posted_before)
               AND %s
            """,
            customer.join,
            customer.only,
        )

    @api.model
    def _reversed_sql(self, partners):
        """Ids of payments whose entry was reversed."""
        customer = self._customer_sql(SQL("reversal.partner_id"), partners)
        return SQL(
            """
            SELECT move.origin_payment_id
              FROM account_move reversal
              JOIN account_move move ON move.id = reversal.reversed_entry_id %s
             WHERE reversal.reversed_entry_id IS NOT NULL
               AND reversal.move_type = 'entry' AND reversal.state = 'posted'
               AND move.origin_payment_id IS NOT NULL
               AND %s
            """,
            customer.join,
            customer.only,
        )

    @api.model
    def _promises_query(self, company, partners=None):
        """How the promises of the window ended.

        Closed promises, broken ones, and the shares kept in percent by count and by
        amount (see ``tools.promise.promise_rate``).
        """
        return self.env["arm.promise"]._rates_query(
            company, self._get_window_start(company), partners
        )

from odoo import api, models
from odoo.tools import SQL

from .arm_dunning_guard import Guard


class ArmDunningSubjectItem(models.AbstractModel):
    """Open items: every instalment that somebody still has to pay."""

    _name = "arm.dunning.subject.item"
    _inherit = "arm.dunning.subject"
    _description = "Open Items as Subjects"
    _subject_model = "account.move.line"
    _subject_anchors = (
        "due_date",
        "invoice_date",
        "delivery_date",
        "contact_date",
        "returned_date",
    )

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            account_move_line line
            JOIN account_account ledger ON ledger.id = line.account_id
            JOIN account_move move ON move.id = line.move_id
            JOIN res_partner partner ON partner.id = line.partner_id
            JOIN %(accounts)s account
              ON account.partner_id = partner.commercial_partner_id
            LEFT JOIN arm_hold hold ON hold.item_id = line.id
             AND (hold.until IS NULL OR hold.until >= %(today)s)
            """,
            accounts=plan.accounts,
            today=plan.today,
        )

    @api.model
    def _id_sql(self):
        return SQL("line.id")

    @api.model
    def _alive_sql(self, plan):
        """Posted, receivable, and not settled; what the customer owes, not we."""
        return SQL(
            """
            line.company_id = %s AND line.parent_state = 'posted'
            AND line.reconciled IS NOT TRUE AND line.amount_residual > 0
            AND ledger.account_type = 'asset_receivable'
            """,
            plan.company.id,
        )

    # ---------------------------------------------------------------------- anchors

    @api.model
    def _due_sql(self):
        return SQL("COALESCE(line.date_maturity, line.date)")

    @api.model
    def _anchor_due_date_sql(self, plan):
        return self._due_sql()

    @api.model
    def _anchor_span_sql(self, plan, task, oldest, newest):
        """Core has an index on each of the two columns, but none on the expression."""
        dates = {"due_date": "date_maturity", "invoice_date": "invoice_date"}
        if task.anchor not in dates:
            return super()._anchor_span_sql(plan, task, oldest, newest)
        return SQL(
            "(%(column)s BETWEEN %(oldest)s AND %(newest)s OR %(column)s IS NULL "
            "AND line.date BETWEEN %(oldest)s AND %(newest)s)",
            column=SQL.identifier("line", dates[task.anchor]),
            oldest=oldest,
            newest=newest,
        )

    @api.model
    def _anchor_invoice_date_sql(self, plan):
        return SQL("COALESCE(line.invoice_date, line.date)")

    @api.model
    def _anchor_delivery_date_sql(self, plan):
        """The invoice's day of delivery; core fills it where stock is installed."""
        return SQL("move.delivery_date")

    @api.model
    def _anchor_returned_date_sql(self, plan):
        """When the last payment of the item came back: a returned direct debit."""
        return SQL(
            """(
            SELECT MAX(payment.date_returned)
              FROM arm_payment_returned_item_rel rel
              JOIN account_payment payment ON payment.id = rel.payment_id
             WHERE rel.item_id = line.id
            )"""
        )

    # ---------------------------------------------------------------------- figures

    @api.model
    def _get_columns(self, plan, anchor):
        return {
            "item_id": SQL("line.id"),
            "document": SQL("COALESCE(line.move_name, line.name, '/')"),
            "currency_id": SQL("line.currency_id"),
            "amount": SQL("line.amount_residual_currency - COALESCE(hold.amount, 0)"),
            "amount_company": SQL(
                "ROUND(%s, %s)",
                self._amount_sql(),
                plan.company.currency_id.decimal_places,
            ),
            "date_due": self._due_sql(),
        }

    @api.model
    def _amount_sql(self):
        """Company currency on both sides; less the part of the item that is held."""
        return SQL(
            "line.amount_residual * (1 - COALESCE(hold.amount, 0) "
            "/ NULLIF(line.amount_residual_currency, 0))"
        )

    @api.model
    def _currency_sql(self, plan):
        return SQL("line.currency_id")

    @api.model
    def _days_late_sql(self, plan):
        return SQL("%s::date - %s", plan.today, self._due_sql())

    # ----------------------------------------------------------------------- guards

    @api.model
    def _get_subject_guards(self, plan):
        return {
            "held": Guard(
                # A disputed part leaves the rest of the item alone.
                SQL("hold.id IS NOT NULL AND COALESCE(hold.amount, 0) = 0"),
                SQL("jsonb_build_object('hold', hold.reason, 'until', hold.until)"),
            ),
            "no_followup": Guard(SQL("line.no_followup"), scope="all"),
            "in_payment": Guard(SQL("move.payment_state = 'in_payment'")),
            "blocked": Guard(SQL("move.payment_state = 'blocked'")),
            "not_delivered": Guard(
                SQL(
                    "(move.is_move_sent IS NOT TRUE AND move.id NOT IN "
                    "(SELECT seen.move_id FROM arm_invoice_opening seen) "
                    "OR move.id IN (SELECT returned.move_id FROM (%s) returned)) "
                    "AND move.move_type IN ('out_invoice', 'out_receipt')",
                    self.env["account.move"]._returned_query(),
                )
            ),
        }

    @api.model
    def _is_gone_sql(self):
        return SQL(
            "line.id IS NULL OR line.reconciled OR line.parent_state != 'posted'"
        )

from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectPromise(models.AbstractModel):
    """Promises to pay: before their day, and after they were not kept.

    A promise that was kept or cancelled is no subject, nor one whose items are paid by
    now. Instalments of a payment plan are promises, too.
    """

    _name = "arm.dunning.subject.promise"
    _inherit = "arm.dunning.subject"
    _description = "Promises as Subjects"
    _subject_model = "arm.promise"
    _subject_anchors = ("promise_date", "broken_date", "contact_date")

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            arm_promise promise
            JOIN %s account ON account.id = promise.account_id
            """,
            plan.accounts,
        )

    @api.model
    def _id_sql(self):
        return SQL("promise.id")

    @api.model
    def _alive_sql(self, plan):
        return SQL("promise.company_id = %s AND %s", plan.company.id, self._owed_sql())

    @api.model
    def _owed_sql(self):
        """Not kept, and something of the items is still open."""
        return SQL(
            """
            promise.state IN ('open', 'partly', 'broken')
            AND EXISTS (
                SELECT 1 FROM arm_promise_item_rel rel
                  JOIN account_move_line item ON item.id = rel.item_id
                 WHERE rel.promise_id = promise.id AND item.parent_state = 'posted'
                   AND item.reconciled IS NOT TRUE
            )
            """
        )

    # ---------------------------------------------------------------------- anchors

    @api.model
    def _anchor_promise_date_sql(self, plan):
        """Only while the promise runs."""
        return SQL("CASE WHEN promise.state = 'open' THEN promise.date END")

    @api.model
    def _anchor_broken_date_sql(self, plan):
        """The last day, when it passed without the payment."""
        return SQL(
            "CASE WHEN promise.state IN ('partly', 'broken') THEN promise.date_last END"
        )

    # ---------------------------------------------------------------------- figures

    @api.model
    def _left_sql(self):
        return SQL("promise.amount - COALESCE(promise.amount_paid, 0)")

    @api.model
    def _get_columns(self, plan, anchor):
        return {
            "item_id": SQL("NULL::int"),
            "document": SQL(
                """(
                SELECT STRING_AGG(DISTINCT item.move_name, ', ')
                  FROM arm_promise_item_rel rel
                  JOIN account_move_line item ON item.id = rel.item_id
                 WHERE rel.promise_id = promise.id
                )"""
            ),
            "currency_id": SQL("promise.currency_id"),
            "amount": self._left_sql(),
            "amount_company": SQL(
                "ROUND(%s, %s)",
                self._amount_sql(),
                plan.company.currency_id.decimal_places,
            ),
            "date_due": SQL("promise.date"),
        }

    @api.model
    def _amount_sql(self):
        return SQL(
            "(%s) * COALESCE(promise.amount_company, 0) / promise.amount",
            self._left_sql(),
        )

    @api.model
    def _currency_sql(self, plan):
        return SQL("promise.currency_id")

    @api.model
    def _days_late_sql(self, plan):
        return SQL("%s::date - promise.date", plan.today)

    @api.model
    def _is_gone_sql(self):
        return SQL(
            """
            NOT EXISTS (
                SELECT 1 FROM arm_promise promise
                 WHERE promise.id = action.subject_id AND %s
            )
            """,
            self._owed_sql(),
        )

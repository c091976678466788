from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectAccount(models.AbstractModel):
    """Customers as a whole, with what they owe in all.

    Their anchors come again: every week or month begins a new episode, and so does an
    item that is the oldest one after the last was paid.
    """

    _name = "arm.dunning.subject.account"
    _inherit = "arm.dunning.subject"
    _description = "Customer Balances as Subjects"
    _subject_model = "arm.customer.account"
    _subject_anchors = ("due_date", "contact_date", "week_start", "month_start")
    _comes_again = True

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            %s account
            JOIN res_partner customer ON customer.id = account.partner_id
            """,
            plan.accounts,
        )

    @api.model
    def _id_sql(self):
        return SQL("account.id")

    @api.model
    def _alive_sql(self, plan):
        return SQL("account.amount_open > 0")

    # ---------------------------------------------------------------------- anchors

    @api.model
    def _anchor_due_date_sql(self, plan):
        return SQL("account.oldest_overdue_date")

    @api.model
    def _anchor_week_start_sql(self, plan):
        """The same for everybody: one anchor of the due days is chosen by itself."""
        return SQL("due.anchor")

    @api.model
    def _anchor_month_start_sql(self, plan):
        return SQL("due.anchor")

    @api.model
    def _anchor_span_sql(self, plan, task, oldest, newest):
        if task.anchor in ("week_start", "month_start"):
            return SQL("TRUE")
        return super()._anchor_span_sql(plan, task, oldest, newest)

    # ---------------------------------------------------------------------- figures

    @api.model
    def _get_columns(self, plan, anchor):
        return {
            "item_id": SQL("NULL::int"),
            "document": SQL("customer.name"),
            "currency_id": SQL("%s", plan.company.currency_id.id),
            "amount": SQL("account.amount_open"),
            "amount_company": SQL("account.amount_open"),
            "date_due": SQL("COALESCE(account.oldest_overdue_date, %s)", anchor),
        }

    @api.model
    def _amount_sql(self):
        return SQL("account.amount_open")

    @api.model
    def _subject_key_sql(self):
        return SQL("account_id")

    @api.model
    def _contact_model_sql(self):
        """A contact about anything is a contact with the customer."""
        return SQL("account_id IS NOT NULL")

    @api.model
    def _is_gone_sql(self):
        return SQL("account.id IS NULL OR account.amount_open <= 0")

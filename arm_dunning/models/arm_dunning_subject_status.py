from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectStatus(models.AbstractModel):
    """Moves of the reliability status, as long as the customer still has it."""

    _name = "arm.dunning.subject.status"
    _inherit = "arm.dunning.subject"
    _description = "Status Moves as Subjects"
    _subject_model = "arm.reliability.change"
    _subject_anchors = ("status_date",)
    _claims = False

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            arm_reliability_change change
            JOIN %s account ON account.id = change.account_id
            JOIN res_partner customer ON customer.id = account.partner_id
            """,
            plan.accounts,
        )

    @api.model
    def _id_sql(self):
        return SQL("change.id")

    @api.model
    def _alive_sql(self, plan):
        """The first status of a customer is no move."""
        return SQL(
            """
            change.company_id = %s AND change.from_status IS NOT NULL
            AND change.from_status != change.to_status
            AND change.to_status = account.reliability_status
            """,
            plan.company.id,
        )

    @api.model
    def _anchor_status_date_sql(self, plan):
        return plan.local_day_sql(SQL("change.date"))

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

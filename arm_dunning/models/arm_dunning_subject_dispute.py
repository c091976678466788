from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectDispute(models.AbstractModel):
    """Open disputes: since they were raised, and by the day to settle them.

    Their tasks ask for no money: they tell the customer how it stands, or a colleague
    to settle it.
    """

    _name = "arm.dunning.subject.dispute"
    _inherit = "arm.dunning.subject"
    _description = "Disputes as Subjects"
    _subject_model = "arm.dispute"
    _subject_anchors = ("dispute_date", "dispute_deadline", "contact_date")
    _claims = False

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            arm_dispute dispute
            JOIN %s account ON account.id = dispute.account_id
            """,
            plan.accounts,
        )

    @api.model
    def _id_sql(self):
        return SQL("dispute.id")

    @api.model
    def _alive_sql(self, plan):
        return SQL(
            "dispute.company_id = %s AND dispute.state = 'open'", plan.company.id
        )

    # ---------------------------------------------------------------------- anchors

    @api.model
    def _anchor_dispute_date_sql(self, plan):
        return SQL("dispute.date_opened")

    @api.model
    def _anchor_dispute_deadline_sql(self, plan):
        return SQL("dispute.deadline")

    # ---------------------------------------------------------------------- figures

    @api.model
    def _get_columns(self, plan, anchor):
        return {
            "item_id": SQL("NULL::int"),
            "document": SQL("dispute.name"),
            "currency_id": SQL("dispute.currency_id"),
            "amount": SQL("dispute.amount"),
            "amount_company": SQL("dispute.amount_company"),
            "date_due": SQL("COALESCE(dispute.deadline, dispute.date_opened)"),
        }

    @api.model
    def _amount_sql(self):
        return SQL("dispute.amount_company")

    @api.model
    def _currency_sql(self, plan):
        return SQL("dispute.currency_id")

    @api.model
    def _days_late_sql(self, plan):
        return SQL("0")

    @api.model
    def _is_gone_sql(self):
        return SQL(
            """
            NOT EXISTS (
                SELECT 1 FROM arm_dispute dispute
                 WHERE dispute.id = action.subject_id AND dispute.state = 'open'
            )
            """
        )

from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectCredit(models.AbstractModel):
    """Credit notes and payments that are not allocated to an invoice."""

    _name = "arm.dunning.subject.credit"
    _inherit = "arm.dunning.subject.item"
    _description = "Credits as Subjects"
    _subject_anchors = ("invoice_date", "contact_date")
    _claims = False

    @api.model
    def _alive_sql(self, plan):
        return SQL(
            """
            line.company_id = %s AND line.parent_state = 'posted'
            AND line.reconciled IS NOT TRUE AND line.amount_residual < 0
            AND ledger.account_type = 'asset_receivable'
            """,
            plan.company.id,
        )

    @api.model
    def _get_columns(self, plan, anchor):
        """The register holds the ledger's figures: a credit is negative in both."""
        columns = super()._get_columns(plan, anchor)
        return {**columns, "amount_company": SQL("line.amount_residual")}

    @api.model
    def _amount_sql(self):
        """What the task's minimum is compared with."""
        return SQL("-line.amount_residual")

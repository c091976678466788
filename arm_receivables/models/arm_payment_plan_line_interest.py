from odoo import api, fields, models


class ArmPaymentPlanLine(models.Model):
    """The interest that comes with each instalment."""

    _name = "arm.payment.plan.line"
    _inherit = ["arm.payment.plan.line"]

    amount_interest = fields.Monetary(
        string="Interest",
        compute="_compute_amount_interest",
        help="On what is owed since the instalment before.",
    )

    @api.depends(
        "date",
        "amount",
        "plan_id.line_ids.date",
        "plan_id.line_ids.amount",
        "plan_id.interest_rate",
        "plan_id.date_agreed",
    )
    def _compute_amount_interest(self):
        for plan, lines in self.grouped("plan_id").items():
            interest = plan._get_interest() if plan.interest_rate > 0 else {}
            for line in lines:
                line.amount_interest = interest.get(line, 0)

from odoo import api, fields, models
from odoo.exceptions import AccessError


class ArmPaymentPlanLine(models.Model):
    """One instalment of a plan; once the plan is agreed, it is a promise."""

    _name = "arm.payment.plan.line"
    _description = "Instalment"
    _order = "date, id"
    _rec_name = "date"
    _check_company_auto = True

    plan_id = fields.Many2one(
        "arm.payment.plan", required=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(related="plan_id.account_id", store=True, index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
    promise_id = fields.Many2one(
        "arm.promise", readonly=True, index="btree_not_null", check_company=True
    )
    state = fields.Selection(related="promise_id.state", string="Kept")
    amount_paid = fields.Monetary(related="promise_id.amount_paid", string="Paid")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Every instalment must be above zero."
    )

    @api.model_create_multi
    def create(self, vals_list):
        """An agreed plan gets no further instalments."""
        plans = self.env["arm.payment.plan"].browse(
            vals["plan_id"] for vals in vals_list if vals.get("plan_id")
        )
        self._check_proposed(plans)
        return super().create(vals_list)

    def write(self, vals):
        """Instalments stay as they were agreed."""
        self._check_proposed(self.plan_id)
        return super().write(vals)

    def unlink(self):
        """An agreed instalment cannot be taken out of the plan."""
        self._check_proposed(self.plan_id)
        return super().unlink()

    def _check_proposed(self, plans):
        if not self.env.su and plans.filtered(lambda plan: plan.state != "proposed"):
            raise AccessError(
                self.env._(
                    "The instalments of an agreed plan stay as they are. Cancel the "
                    "plan and make a new one."
                )
            )

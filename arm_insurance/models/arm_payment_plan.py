from odoo import api, fields, models
from odoo.exceptions import UserError


class ArmPaymentPlan(models.Model):
    """A plan that runs longer than the insurer lets you wait needs its consent."""

    _inherit = "arm.payment.plan"

    insurance_override_ids = fields.One2many("arm.insurance.override", "plan_id")
    insurance_gate = fields.Selection(
        [("warn", "Warning"), ("block", "Blocked"), ("override", "Allowed")],
        compute="_compute_insurance_gate",
    )
    insurance_message = fields.Text(compute="_compute_insurance_gate")

    @api.depends("line_ids.date", "item_ids", "state", "insurance_override_ids")
    def _compute_insurance_gate(self):
        """What the policies say to proposed plans, for all of them at once."""
        asked = self.filtered(lambda plan: plan.state == "proposed")
        said = self.env["arm.insurance.gate"]._judge_plans(asked)
        for plan in self:
            found = said.get(plan, ())
            gates = {gate for gate, _text in found}
            plan.insurance_message = "\n".join(text for _gate, text in found)
            if "block" in gates and plan.insurance_override_ids:
                plan.insurance_gate = "override"
            else:
                plan.insurance_gate = next(
                    (gate for gate in ("block", "warn") if gate in gates), False
                )

    def _check_agreement(self):
        """Without consent of the insurer, a plan waits where the policy says so."""
        res = super()._check_agreement()
        if self.insurance_gate == "block":
            raise UserError(
                self.env._(
                    "This plan is not agreed.\n%(why)s\nSomeone of credit insurance "
                    "can allow it all the same, with a reason.",
                    why=self.insurance_message,
                )
            )
        if self.insurance_gate:
            # As superuser: whoever agrees on a plan leaves this note.
            self.sudo()._message_log(body=self.insurance_message)
        return res

    def action_insurance_override(self):
        """Let this plan pass the insurance, with a reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Allow Without Consent"),
            "res_model": "arm.insurance.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_plan_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

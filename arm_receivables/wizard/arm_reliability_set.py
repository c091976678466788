from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.arm_customer_account import RELIABILITY_STATUSES


class ArmReliabilitySet(models.TransientModel):
    """Set the status of customers by hand: with a reason, and for how long."""

    _name = "arm.reliability.set"
    _description = "Set the Reliability Status"

    account_ids = fields.Many2many(
        "arm.customer.account", string="Customers", required=True
    )
    status = fields.Selection(RELIABILITY_STATUSES, required=True)
    note = fields.Char(
        string="Reason",
        required=True,
        help="Kept in the history of the status and shown to colleagues.",
    )
    until = fields.Date(
        string="Last Day",
        help="The policy decides again on the day after. Without it the status stays "
        "until somebody changes it.",
    )

    @api.constrains("until")
    def _check_until(self):
        for wizard in self:
            today = max(
                (c._local_today() for c in wizard.account_ids.company_id),
                default=fields.Date.context_today(self),
            )
            if wizard.until and wizard.until < today:
                raise ValidationError(
                    self.env._("The last day of the status cannot be in the past.")
                )

    def action_apply(self):
        """Set the status; the policy leaves it alone until the last day."""
        self.ensure_one()
        self.account_ids._set_status(self.status, self.note, self.until or None)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)


class ArmDunningOperation(models.Model):
    """Set the reliability status of customers, for a time or until it is changed."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("status", "Set Status")], ondelete={"status": "cascade"}
    )
    new_status = fields.Selection(
        RELIABILITY_STATUSES,
        help="A status that a person has set stays: people know more.",
    )
    status_days = fields.Integer(
        string="For Days",
        help="Calendar days until the policy decides again; 0: until somebody changes "
        "it.",
    )

    @api.constrains("operation_type", "new_status", "status_days")
    def _check_new_status(self):
        for operation in self._of_type("status"):
            if not operation.new_status:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the status to set.",
                        task=operation.task_id.name,
                    )
                )
            if operation.status_days < 0:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: the days of the status cannot be negative.",
                        task=operation.task_id.name,
                    )
                )

    def _describe_status(self):
        labels = dict(self._fields["new_status"]._description_selection(self.env))
        return labels.get(self.new_status, "")

    def _execute_status(self, actions):
        """Set the status with the task as its reason, in one go for each task."""
        for operation, rows in self._split(actions):
            accounts = rows.account_id.filtered(
                lambda a, op=operation: a.reliability_status != op.new_status
                and not a._has_status_by_person()
            )
            for status, same in accounts.grouped("reliability_status").items():
                changed = rows.filtered(lambda row, same=same: row.account_id in same)
                changed.write(
                    {"old_status": status, "new_status": operation.new_status}
                )
            if accounts:
                accounts._set_status(
                    operation.new_status,
                    note=operation.task_id.name,
                    until=operation._get_status_end(rows),
                )

    def _get_status_end(self, actions):
        """The last day of the status, or None."""
        if not self.status_days:
            return None
        return fields.Date.add(actions[0].run_id.date, days=self.status_days)

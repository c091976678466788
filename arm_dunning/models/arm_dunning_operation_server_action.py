from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ArmDunningOperation(models.Model):
    """Run a server action on the register rows of a batch, in one call."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("server_action", "Server Action")],
        ondelete={"server_action": "cascade"},
    )
    server_action_id = fields.Many2one(
        "ir.actions.server",
        domain=[("model_name", "=", "arm.dunning.action")],
        ondelete="restrict",
        help="An administrator makes it, for the model Dunning Register; it gets the "
        "register rows of a whole batch as records.",
    )

    @api.constrains("operation_type", "server_action_id")
    def _check_server_action(self):
        """Only what an administrator made for the register, and for this person."""
        for operation in self._of_type("server_action"):
            # As superuser: only administrators may read server actions.
            action = operation.server_action_id.sudo()
            if action.model_name != "arm.dunning.action":
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose a server action for the model Dunning "
                        "Register.",
                        task=operation.task_id.name,
                    )
                )
            # Constraints run as superuser: ask who the person is.
            user, groups = self.env.user, action.group_ids
            if groups and not user._is_superuser() and not groups & user.all_group_ids:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: the server action %(action)s is not for you. "
                        "Ask one of: %(groups)s.",
                        task=operation.task_id.name,
                        action=action.name,
                        groups=", ".join(groups.mapped("full_name")),
                    )
                )

    def _describe_server_action(self):
        # As superuser: a name only; only administrators may read server actions.
        return self.server_action_id.sudo().name

    def _execute_server_action(self, actions):
        """One call for each operation, with the rows as ``records``."""
        for operation, rows in self._split(actions):
            # As superuser, like the run: who may choose the action was checked when
            # the task was saved.
            operation.server_action_id.sudo().with_context(
                active_model=rows._name, active_ids=rows.ids, active_id=rows.ids[0]
            ).run()

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ArmDunningOperation(models.Model):
    """SMS: one for each customer and run, through core's own queue."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("sms", "SMS")], ondelete={"sms": "cascade"}
    )
    sms_template_id = fields.Many2one(
        "sms.template",
        string="SMS Template",
        domain=[("model", "=", "arm.dunning.message")],
        ondelete="restrict",
        help="Whoever holds the telephone reads it: keep it to number and amount.",
    )

    @api.constrains("operation_type", "sms_template_id")
    def _check_sms_template(self):
        for operation in self._of_type("sms"):
            # As superuser: the check holds for whoever changes the operation.
            template = operation.sms_template_id.sudo()
            if template.model != "arm.dunning.message":
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose an SMS template that applies to dunning "
                        "messages.",
                        task=operation.task_id.name,
                    )
                )

    @api.model
    def _get_message_types(self):
        return super()._get_message_types() | {"sms"}

    def _describe_sms(self):
        return self.sms_template_id.name

    def _guard_sms(self, actions):
        """Who has no telephone number that works, and who got an SMS in this run."""
        recipients = actions.account_id._get_dunning_recipients()
        lost = actions.filtered(
            lambda a: not a.account_id._get_dunning_phone(recipients[a.account_id])
        )
        again = self._find_served(actions, "sms")
        return {"no_phone": lost, "contact_gap": again}

    def _execute_sms(self, actions):
        """One SMS for each customer; the highest step decides the text."""
        messages = self.env["arm.dunning.message"]._create_from_actions(actions, "sms")
        messages._send_sms({op.task_id: op.sms_template_id for op in self})

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ArmDunningOperation(models.Model):
    """E-mail: one for each customer and run, from an ordinary e-mail template."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("email", "E-mail")], ondelete={"email": "cascade"}
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain=[("model", "=", "arm.dunning.message")],
        ondelete="restrict",
    )

    @api.model
    def _get_with_template(self):
        """Hook: the types whose text is an e-mail template."""
        return {"email"}

    @api.constrains("operation_type", "template_id")
    def _check_template(self):
        types = self._get_with_template()
        for operation in self.filtered(lambda o: o.operation_type in types):
            # As superuser: the check holds for whoever changes the operation.
            template = operation.template_id.sudo()
            if not template:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the e-mail template.",
                        task=operation.task_id.name,
                    )
                )
            if template.model != "arm.dunning.message":
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: the template %(template)s is for other "
                        "records. Choose one that applies to dunning messages.",
                        task=operation.task_id.name,
                        template=template.name,
                    )
                )

    def _guard_email(self, actions):
        """Who wants no e-mail, who has no address, and who got one in this run."""
        unwanted = actions.filtered("account_id.dunning_no_email")
        recipients = actions.account_id._get_dunning_recipients()
        lost = (actions - unwanted).filtered(
            lambda a: not recipients[a.account_id]._get_dunning_addresses()
        )
        again = self._find_served(actions, "email")
        return {"no_email": unwanted, "no_address": lost, "contact_gap": again}

    def _execute_email(self, actions):
        """One message for each customer; the highest step decides the text."""
        messages = self.env["arm.dunning.message"]._create_from_actions(actions)
        messages._send({op.task_id: op.template_id for op in self})

    def _describe_email(self):
        return self.template_id.name

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .arm_dunning_letter import WAYS


class ArmDunningOperation(models.Model):
    """Letter: a text in the print queue, one for each customer and run."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("letter", "Letter")], ondelete={"letter": "cascade"}
    )

    letter_way = fields.Selection(
        WAYS,
        string="Printed By",
        default="print",
        help="Print queue: you print and post it. Snailmail: the service does.",
    )

    @api.constrains("operation_type", "letter_way")
    def _check_letter_way(self):
        for operation in self._of_type("letter"):
            service = self.env["arm.dunning.letter"]._get_service()
            if operation.letter_way == "snailmail" and service is None:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: Snailmail is not installed. Install it, or "
                        "choose the print queue.",
                        task=operation.task_id.name,
                    )
                )
            if not operation.letter_way:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose who prints the letters.",
                        task=operation.task_id.name,
                    )
                )

    @api.model
    def _get_message_types(self):
        return super()._get_message_types() | {"letter"}

    @api.model
    def _get_with_template(self):
        return super()._get_with_template() | {"letter"}

    def _describe_letter(self):
        return self.template_id.name

    def _guard_letter(self, actions):
        """Who has no complete postal address, and who got a letter in this run."""
        recipients = actions.account_id._get_dunning_recipients()
        lost = actions.filtered(
            lambda a: not next(iter(recipients[a.account_id]))._has_postal_address()
        )
        again = self._find_served(actions, "letter")
        return {"no_postal_address": lost, "contact_gap": again}

    def _execute_letter(self, actions):
        """One letter for each customer; the highest step decides the text."""
        messages = self.env["arm.dunning.message"]._create_from_actions(
            actions, "letter"
        )
        messages._queue_letters(self._by_task())

from odoo import api, fields, models


class ArmDunningOperation(models.Model):
    """Letter: a text in the print queue, one for each customer and run."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[("letter", "Letter")], ondelete={"letter": "cascade"}
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

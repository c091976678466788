from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Tell the dunning message that it came back."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        self.env["arm.dunning.message"]._note_bounce(message_dict)
        return result

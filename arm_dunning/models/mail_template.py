from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _get_dunning_mail_values(self):
        """What every mail of this template has in common."""
        self.ensure_one()
        return {
            "mail_server_id": self.mail_server_id.id,
            # Deleting mails one by one costs more than sending them; what is kept is
            # purged with the register.
            "auto_delete": False,
            "attachment_ids": [
                (4, attachment.id) for attachment in self.attachment_ids
            ],
        }

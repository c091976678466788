from odoo import models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def write(self, vals):
        """Tell the dunning messages when somebody cancels or repeats a mail."""
        result = super().write(vals)
        if vals.get("state") in ("cancel", "outgoing"):
            self.env["arm.dunning.message"]._note_mails(self)
        return result

    def _postprocess_sent_message(self, *args, **kwargs):
        """Tell the dunning messages what became of their mails.

        Before core goes on, because it may delete what was sent.
        """
        self.env["arm.dunning.message"]._note_mails(self)
        return super()._postprocess_sent_message(*args, **kwargs)

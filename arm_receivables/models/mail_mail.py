from odoo import models


class MailMail(models.Model):
    """What became of the mails of statements is told to the statements."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(self, *args, **kwargs):
        """Before core goes on, because it may delete what was sent."""
        about = self.filtered(lambda mail: mail.model == "arm.customer.account")
        if about:
            # As superuser: who sends mails need not be allowed to read statements.
            self.env["arm.statement"].sudo()._note_mails(about)
        return super()._postprocess_sent_message(*args, **kwargs)

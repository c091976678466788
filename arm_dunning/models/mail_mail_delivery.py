from odoo import api, models


class MailMail(models.Model):
    """What became of mails is written back; what is not true any more stays here."""

    _name = "mail.mail"
    _inherit = ["mail.mail"]

    def write(self, vals):
        """Tell the dunning messages when somebody cancels or repeats a mail."""
        result = super().write(vals)
        if vals.get("state") in ("cancel", "outgoing"):
            self.env["arm.dunning.message"]._note_mails(self)
        return result

    def _filter_dunning(self):
        """Statements of account, too, are sent at most once."""
        # As superuser: who sends mails need not be allowed to read statements.
        statements = self.env["arm.statement"].sudo()
        found = statements.search([("mail_id", "in", self.ids)]).mail_id
        return super()._filter_dunning() | found.with_env(self.env)

    @api.model
    def _note_unclear(self):
        """Of statements somebody finds out, and sends them again if need be."""
        left = super()._note_unclear()
        if left:
            # As superuser: people are told whoever runs the queue.
            self.env["arm.statement"].sudo()._note_unclear(left)
        return left

    def _take_marked(self):
        """Look at the items once more, in the transaction that hands the mail over."""
        if not super()._take_marked():
            return False
        # As superuser: who sends mails need not be allowed to read the register.
        messages = self.env["arm.dunning.message"].sudo()
        message = messages.search([("mail_id", "=", self.id)], limit=1)
        return not message or message._may_leave()

    def _postprocess_sent_message(self, *args, **kwargs):
        """Tell the dunning messages what became of their mails.

        Before core goes on, because it may delete what was sent.
        """
        self.env["arm.dunning.message"]._note_mails(self)
        return super()._postprocess_sent_message(*args, **kwargs)

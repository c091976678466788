from odoo import api, models


class ArmStatement(models.Model):
    """What the mail server said of a statement that was put into core's mail queue."""

    _name = "arm.statement"
    _inherit = ["arm.statement"]

    @api.model
    def _note_mails(self, mails):
        """Statements whose mails were refused have failed; sent after all, they are.

        :param mails: mails that core has just tried to send
        """
        for statement in self.search([("mail_id", "in", mails.ids)]):
            mail = statement.mail_id
            if mail.state == "exception" and statement.state == "sent":
                statement._note_failure(mail.failure_reason)
            elif mail.state == "sent" and statement.state == "failed":
                statement.write({"state": "sent", "problem": False})

    def _note_failure(self, reason):
        """Say why the mail did not arrive; a person sends the statement again."""
        problem = self.env._(
            "The mail server has not taken it: %(reason)s", reason=reason or ""
        )
        self.write({"state": "failed", "problem": problem[:500]})

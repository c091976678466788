from odoo import api, models


class ArmStatement(models.Model):
    """Statements are handed to the mail server at most once, as reminders are."""

    _name = "arm.statement"
    _inherit = ["arm.statement"]

    @api.model
    def _note_unclear(self, mails):
        """Statements whose sender was killed while the mail left wait for a person."""
        problem = self.env._(
            "The sender was stopped while the mail was leaving: it may have arrived. "
            "Ask the customer, or send it again."
        )
        statements = self.search([("mail_id", "in", mails.ids), ("state", "=", "sent")])
        statements.write({"state": "failed", "problem": problem})

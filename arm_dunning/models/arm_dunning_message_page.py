from markupsafe import Markup

from odoo import models
from odoo.tools import format_datetime


class ArmDunningMessage(models.Model):
    """A message as a page of its own, for a file on a disk."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _get_channel_label(self):
        """How it was sent, in the reader's language."""
        self.ensure_one()
        return dict(self._fields["channel"]._description_selection(self.env))[
            self.channel
        ]

    def _as_page(self):
        """The text with when, how and to whom it was sent, as one HTML file."""
        self.ensure_one()
        sent = self.date_sent and format_datetime(self.env, self.date_sent)
        head = [
            (self.env._("How"), self._get_channel_label()),
            (self.env._("Sent"), sent or ""),
            (self.env._("To"), self.sent_to or self.email_to or ""),
            (self.env._("Subject"), self.subject or ""),
        ]
        rows = Markup("").join(
            Markup("<tr><th align='left'>%s</th><td>%s</td></tr>") % row for row in head
        )
        return Markup(
            "<!DOCTYPE html><html><head><meta charset='utf-8'/><title>%s</title></head>"
            "<body><table>%s</table><hr/>%s</body></html>"
        ) % (self.subject or "", rows, Markup(self.body or ""))

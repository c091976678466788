from odoo import fields, models

from .formats import Formats

CONTACT_FIELDS = ["channel", "subject", "date_sent", "delivery_state", "email_to"]
UNHEARD = ("no_answer", "not_needed", "timeout", "wrong_number")  # outcomes of calls
MOST = 12  # earlier contacts that are listed, the latest ones


class ArmDunningMessage(models.Model):
    """What the customer got before about the same items: proof for a notice."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    history_html = fields.Html(
        compute="_compute_history_html",
        sanitize=False,
        help="What was sent before about these items, numbered; for templates.",
    )

    def _compute_history_html(self):
        earlier = self._get_earlier()
        for lang, messages in self.grouped("lang").items():
            localised = messages.with_context(lang=lang)
            render = localised.env["arm.dunning.qweb"]._get_renderer()
            formats = Formats(localised.env)
            for message in messages:
                contacts = [
                    {**contact, "date": formats.date(contact["day"])}
                    for contact in earlier[message]
                ]
                message.history_html = (
                    render("arm_dunning.message_history", {"contacts": contacts})
                    if contacts
                    else False
                )

    def _get_earlier(self):
        """Contacts that reached the customer about the items of each message.

        What bounced, was refused or withdrawn is no proof and is left out.

        :return: dict of message to a list of dicts, the oldest first
        """
        items = self._get_actions().item_id._origin
        links = [link for link, _inverse in self._get_links().values()]
        # As superuser: whoever sends the notice, what was sent is on record.
        rows = self.env["arm.dunning.action"].sudo()
        rows = rows.search(
            [("item_id", "in", items.ids), ("state", "=", "done")], order="id"
        )
        for link in links:
            rows[link].fetch(CONTACT_FIELDS)
        by_item = rows.grouped("item_id")
        found = {}
        for message in self:
            mine = rows.browse().union(
                *(
                    by_item.get(item, rows.browse())
                    for item in message._get_actions().item_id._origin
                )
            )
            contacts = {
                row[link]: self._get_contact(row[link])
                for row in mine
                for link in links
                if row[link].delivery_state == "sent" and row[link] != message._origin
            }
            calls = mine.call_id.filtered(
                lambda call: call.state == "done" and call.outcome not in UNHEARD
            )
            contacts.update({call: self._get_call_contact(call) for call in calls})
            listed = sorted(contacts.values(), key=lambda contact: contact["day"])
            found[message] = listed[-MOST:]
        return found

    def _get_contact(self, message):
        """One earlier message, with the day on which it left."""
        when = message.date_sent or message.create_date
        return {
            "day": fields.Date.to_date(when),
            "channel": message.channel,
            "subject": message.subject if message.channel != "sms" else "",
            "sent_to": message.sent_to,
        }

    def _get_call_contact(self, call):
        day = fields.Date.to_date(call.date_done) or call.date
        return {"day": day, "channel": "call", "subject": "", "sent_to": ""}

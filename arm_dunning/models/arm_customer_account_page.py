from odoo import models

# What the customer has, or may have: the rest never left the house.
LEFT = ("sent", "bounced", "unclear")
MESSAGES = 20


class ArmCustomerAccount(models.Model):
    """The letters and messages that the customer finds on their own page."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _get_portal_messages_domain(self):
        """Hook: the messages that a customer may read again."""
        return [
            ("account_id", "in", self.ids),
            "|",
            ("delivery_state", "in", LEFT),
            ("letter_ids.state", "=", "printed"),
        ]

    def _get_portal_messages(self):
        found = self.env["arm.dunning.message"].search(
            self._get_portal_messages_domain(), limit=MESSAGES
        )
        channels = dict(found._fields["channel"]._description_selection(self.env))
        return [
            *super()._get_portal_messages(),
            *(
                {
                    "date": message.date_sent or message.create_date,
                    "title": message.subject or channels[message.channel],
                    "kind": channels[message.channel],
                    "path": f"message/{message.id}" if message.body else None,
                }
                for message in found
            ),
        ]

    def _get_portal_message(self, message_id):
        """One of the messages that the customer may read, or none."""
        return self.env["arm.dunning.message"].search(
            [
                ("id", "=", message_id),
                ("body", "!=", False),
                *self._get_portal_messages_domain(),
            ]
        )

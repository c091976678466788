from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_dunning_recipients(self):
        """Hook: to whom reminders of each customer go, for the whole batch.

        The invoice contact when it has an e-mail address, else the customer itself,
        else the first contact that has one.

        :return: dict of commercial partner to contact
        """
        contacts = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", self.ids),
                ("email", "!=", False),
                ("type", "in", ("invoice", "contact")),
            ],
            order="id",
        )
        by_customer = contacts.grouped("commercial_partner_id")
        return {
            customer: customer._pick_dunning_recipient(
                by_customer.get(customer, self.browse())
            )
            for customer in self
        }

    def _pick_dunning_recipient(self, contacts):
        """The best of a customer's contacts with an e-mail address."""
        self.ensure_one()
        invoice = contacts.filtered(lambda contact: contact.type == "invoice")
        return (invoice or contacts & self or contacts or self)[0]

from odoo import models


class ResPartner(models.Model):
    """How contacts can be reached."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    def _get_dunning_addresses(self):
        """The e-mail addresses of these contacts that work, as one text."""
        return ", ".join(self._with_working_email().mapped("email_normalized"))

    def _with_working_email(self):
        """Those with an e-mail address from which nothing came back lately."""
        return self.filtered(lambda p: p.email_normalized and not p.message_bounce)

    def _get_other_contacts(self):
        """Another contact of each customer whose e-mail works, in one query.

        Invoice contacts first, then the customer's own address, then any contact.

        :return: dict of commercial partner to contact
        """
        found = self.search(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("email_normalized", "!=", False),
                ("message_bounce", "=", 0),
            ],
            order="id",
        ).sorted(lambda p: (p.type != "invoice", bool(p.parent_id)))
        return {
            customer: contacts[:1]
            for customer, contacts in found.grouped("commercial_partner_id").items()
        }

    def _has_postal_address(self):
        """Whether a letter could be delivered to this contact."""
        self.ensure_one()
        return bool(self.street and self.city and self.country_id)

    def _get_letter_address(self, company):
        """The lines of the address on an envelope, in the order of its country.

        The country is the last line, in capitals and in the language of the sender's
        country, as the Universal Postal Union asks for, and only on letters abroad.

        :param company: the sender
        """
        self.ensure_one()
        lang = company.partner_id.lang or self.env.lang
        partner = self.with_context(lang=lang)
        form, parts = partner._prepare_display_address(without_company=True)
        abroad = partner.country_id != company.country_id
        parts["country_name"] = parts["country_name"].upper() if abroad else ""
        names = (partner.commercial_company_name, partner.name)
        lines = [*dict.fromkeys(filter(None, names)), *(form % parts).split("\n")]
        return "\n".join(line.strip() for line in lines if line.strip())

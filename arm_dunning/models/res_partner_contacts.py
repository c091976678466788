from odoo import models


class ResPartner(models.Model):
    """How contacts can be reached."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    def _get_dunning_addresses(self):
        """The e-mail addresses of these contacts that work, as one text."""
        return ", ".join(filter(None, self.mapped("email_normalized")))

    def _has_postal_address(self):
        """Whether a letter could be delivered to this contact."""
        self.ensure_one()
        return bool(self.street and self.city and self.country_id)

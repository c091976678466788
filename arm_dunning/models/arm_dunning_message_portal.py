import re

from odoo import api, models

# What opens the customer's page without a login; the rest of the address may stay.
SIGNED = re.compile(r"/receivables/[\w-]+")


class ArmDunningMessage(models.Model):
    """The way from a message to the customer's own page."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _get_portal_url(self):
        """The signed link to the customer's page; empty where it is not wanted."""
        self.ensure_one()
        wanted = self.company_id.dunning_portal_link and self.channel == "email"
        return self.account_id._get_portal_link() if wanted and self.account_id else ""

    @api.model
    def _hide_portal_links(self, text):
        """The text with addresses that ask for a login in place of signed ones.

        Only the customer gets the signed link: whoever may read the register could
        otherwise enter promises and disputes in the customer's name.
        """
        return text and type(text)(SIGNED.sub("/my/receivables", text))

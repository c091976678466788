from odoo import models


class ArmDunningMessage(models.Model):
    """The way from a message to the customer's own page."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _get_portal_url(self):
        """The signed link to the customer's page; empty where it is not wanted."""
        self.ensure_one()
        wanted = self.company_id.dunning_portal_link and self.channel == "email"
        return self.account_id._get_portal_link() if wanted and self.account_id else ""

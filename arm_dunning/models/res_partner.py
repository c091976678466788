from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_dunning_recipients(self):
        """Hook: to whom reminders of each customer go, for the whole batch.

        :return: dict of commercial partner to contact
        """
        return self._get_receivables_contacts()

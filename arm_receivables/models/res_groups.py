from odoo import api, models
from odoo.fields import Domain

from .res_users import AUDITOR, COLLECTOR


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _get_receivables_ids(self, *names):
        """Ids of groups by their external ids; None for one that is not loaded yet."""
        definitions = self._get_group_definitions()
        return [definitions.get_id(name) for name in names]

    @api.constrains("user_ids", "implied_ids", "implied_by_ids")
    def _check_auditor_changes_nothing(self):
        """The same as on users, for people who get a group from the group's side."""
        self.env.registry.clear_cache("groups")
        auditor, collector = self._get_receivables_ids(AUDITOR, COLLECTOR)
        if auditor and collector:
            both = Domain("all_group_ids", "in", [auditor])
            both &= Domain("all_group_ids", "in", [collector])
            self.env["res.users"].search(both)._check_auditor_changes_nothing()

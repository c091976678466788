from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

COLLECTOR = "arm_receivables.group_receivables_collector"
COLLECTOR_ALL = "arm_receivables.group_receivables_collector_all"
MANAGER = "arm_receivables.group_receivables_manager"
AUDITOR = "arm_receivables.group_receivables_auditor"


class ResUsers(models.Model):
    _inherit = "res.users"

    # ------------------------------------------------------------------ constraints

    @api.constrains("group_ids")
    def _check_auditor_changes_nothing(self):
        """Nobody is an auditor and a collector at once.

        Rights add up, so a collector who is made an auditor as well would go on
        changing what they audit. Refusing it holds for every method, too.
        """
        groups = self.env["res.groups"]
        auditor, collector = groups._get_receivables_ids(AUDITOR, COLLECTOR)
        for user in self:
            if {auditor, collector} <= set(user.all_group_ids.ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be an auditor of receivables and a collector "
                        "or credit manager at once: an auditor changes nothing. Take "
                        "one of the two away (accounting administrators are credit "
                        "managers too).",
                        user=user.name,
                    )
                )

    # ------------------------------------------------------------------- collectors

    @api.model
    def _domain_collectors(self):
        """Hook: the domain of the people who may be collectors."""
        (collector,) = self.env["res.groups"]._get_receivables_ids(COLLECTOR)
        return Domain("all_group_ids", "in", [collector or 0])

    @api.model
    def _search_collectors(self, company=None):
        """The active users who can be collectors, of one company or of any.

        As superuser: who has which group is for administrators to read, and only
        the users themselves are returned.
        """
        domain = self._domain_collectors() & Domain("active", "=", True)
        if company:
            domain &= Domain("company_ids", "in", company.ids)
        # As superuser: see above.
        return self.sudo().search(domain).sudo(False)

    def _filter_collectors(self, companies):
        """Those of these users who can be collectors in each of the companies."""
        # As superuser: who has which group is for administrators to read.
        able = self.sudo().filtered(lambda user: user.active and user._is_collector())
        return able.filtered(lambda user: companies <= user.company_ids).sudo(False)

    def _is_collector(self):
        self.ensure_one()
        return self._has_group(COLLECTOR)

    # ------------------------------------------------------------------------- CRUD

    def action_archive(self):
        """Pass a collector's work on first: core deletes what is left of it."""
        self.env["arm.customer.account"]._release_collectors(self)
        return super().action_archive()

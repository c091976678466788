from odoo import api, models


class ArmHold(models.Model):
    _inherit = "arm.hold"

    @api.model_create_multi
    def create(self, vals_list):
        """A dispute suspends cover."""
        holds = super().create(vals_list)
        holds._mark_insured_stale()
        return holds

    def write(self, vals):
        res = super().write(vals)
        self._mark_insured_stale()
        return res

    def unlink(self):
        self._mark_insured_stale()
        return super().unlink()

    @api.model
    def _resolve(self, company, partners=None):
        """What holds the items of some customers has changed, disputes among it."""
        res = super()._resolve(company, partners)
        if partners:
            # As superuser: cover follows disputes, whoever enters them.
            limits = self.env["arm.insurance.limit"].sudo()
            limits._mark_partners_stale(company, partners.commercial_partner_id)
        return res

    def _mark_insured_stale(self):
        disputes = self.filtered(lambda hold: hold.reason == "dispute")
        if disputes:
            # As superuser: cover follows disputes, whoever settles them.
            self.env["arm.insurance.limit"].sudo()._mark_partners_stale(
                disputes.company_id, disputes.item_id.partner_id.commercial_partner_id
            )

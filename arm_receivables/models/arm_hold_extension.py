from odoo import api, models


class ArmHold(models.Model):
    """Granted extensions hold their items until the new day."""

    _name = "arm.hold"
    _inherit = ["arm.hold"]

    @api.model
    def _get_sources(self, company, partners=None):
        return [
            *super()._get_sources(company, partners),
            self.env["arm.extension"]._hold_source(company, partners),
        ]

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    dunning_enabled = fields.Boolean(
        related="company_id.dunning_enabled", readonly=False
    )
    dunning_hour = fields.Float(related="company_id.dunning_hour", readonly=False)
    receivables_timezone = fields.Selection(
        related="company_id.receivables_timezone", readonly=False
    )

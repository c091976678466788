from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings"]

    invoice_check_mode = fields.Selection(
        related="company_id.invoice_check_mode", readonly=False
    )
    address_valid_months = fields.Integer(
        related="company_id.address_valid_months", readonly=False
    )
    invoice_wording_auto = fields.Boolean(
        related="company_id.invoice_wording_auto", readonly=False
    )

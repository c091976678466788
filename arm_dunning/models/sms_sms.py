from odoo import models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def write(self, vals):
        """Tell the dunning messages what became of their SMS."""
        result = super().write(vals)
        if "state" in vals:
            self.env["arm.dunning.message"]._note_sms(self)
        return result

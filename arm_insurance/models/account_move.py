from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Another delivery or invoice date changes what is insured."""
        res = super().write(vals)
        if {"delivery_date", "invoice_date"} & vals.keys():
            posted = self.filtered(lambda move: move.state == "posted")
            self.env["arm.insurance.limit"].sudo()._mark_partners_stale(
                posted.company_id, posted.partner_id.commercial_partner_id
            )
        return res

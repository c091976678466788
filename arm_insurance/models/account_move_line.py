from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        """A due date that is moved after posting is kept for the insurer's clocks."""
        if "date_maturity" in vals:
            moved = self.filtered(
                lambda line: line.parent_state == "posted"
                and line.account_type == "asset_receivable"
                and line.date_maturity
            )
            if moved:
                self.env["arm.insurance.item"]._keep_original_due(moved)
        return super().write(vals)

from odoo import fields, models


class ArmDunningWaive(models.TransientModel):
    """Waive charges, with the reason that colleagues will ask for."""

    _name = "arm.dunning.waive"
    _description = "Waive Charges"

    charge_ids = fields.Many2many("arm.dunning.charge", required=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        """Waive them; what was claimed or waived meanwhile stays as it is."""
        self.ensure_one()
        self.charge_ids.action_drop(self.reason)
        return {"type": "ir.actions.act_window_close"}

from odoo import api, models


class ArmDunningAction(models.Model):
    """The register says what became of the call that a step asked for."""

    _name = "arm.dunning.action"
    _inherit = ["arm.dunning.action"]

    @api.depends("call_id.outcome", "call_id.state")
    def _compute_explanation(self):
        return super()._compute_explanation()

    def _get_explanation(self):
        text = super()._get_explanation()
        # As superuser: who may read the register may know how the call ended.
        call = self.sudo().call_id
        if self.state != "done" or not call.outcome:
            return text
        labels = dict(call._fields["outcome"]._description_selection(self.env))
        ended = self.env._("Call: %(outcome)s.", outcome=labels[call.outcome])
        return " ".join((text, ended))

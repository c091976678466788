from odoo import api, models


class ArmDunningPurge(models.Model):
    """What was said in calls goes with the texts of messages; the outcome stays."""

    _name = "arm.dunning.purge"
    _inherit = ["arm.dunning.purge"]

    @api.model
    def _purge_content(self, company, before):
        # Counted with the texts, so that the log tells of it.
        count = self.env["arm.dunning.call.result"]._clear_notes(company, before)
        self._write_log(company, "content", before, messages=count)
        return super()._purge_content(company, before)

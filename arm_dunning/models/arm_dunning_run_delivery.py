from odoo import fields, models

UNDELIVERED = ("bounced", "failed", "unclear")


class ArmDunningRun(models.Model):
    """Which messages of a run did not arrive, as far as anybody knows by now."""

    _name = "arm.dunning.run"
    _inherit = ["arm.dunning.run"]

    undelivered_count = fields.Integer(
        string="Not Delivered", compute="_compute_undelivered_count"
    )

    def _compute_undelivered_count(self):
        counts = dict(
            self.env["arm.dunning.message"]._read_group(
                [("run_id", "in", self.ids), ("delivery_state", "in", UNDELIVERED)],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            run.undelivered_count = counts.get(run, 0)

    def action_view_undelivered(self):
        """Open the messages of this run that did not arrive, with the reasons."""
        action = self.action_view_messages()
        action["context"] = {"search_default_undelivered": 1}
        return action

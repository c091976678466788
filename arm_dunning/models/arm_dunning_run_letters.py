from odoo import fields, models


class ArmDunningRun(models.Model):
    """The letters of a run: how many wait, and all of them as one file."""

    _name = "arm.dunning.run"
    _inherit = ["arm.dunning.run"]

    letter_count = fields.Integer(
        string="Letters to Print", compute="_compute_letter_count"
    )

    def _compute_letter_count(self):
        counts = dict(
            self.env["arm.dunning.letter"]._read_group(
                [("run_id", "in", self.ids), ("state", "=", "queued")],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            run.letter_count = counts.get(run, 0)

    def action_print_letters(self):
        """Open the letters of this run that wait to be printed, as one file."""
        self.ensure_one()
        letters = self.env["arm.dunning.letter"].search(
            [("run_id", "=", self.id), ("state", "=", "queued")], order="id"
        )
        return letters.action_print()

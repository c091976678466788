from odoo import fields, models


class ArmDunningPreviewLine(models.TransientModel):
    """A step that a coming run would do, or hold back."""

    _name = "arm.dunning.preview.line"
    _description = "Line of a Dunning Preview"
    _inherit = ["arm.dunning.step"]
    _order = "day, task_id, id"

    preview_id = fields.Many2one(
        "arm.dunning.preview", required=True, index=True, ondelete="cascade"
    )
    run_id = fields.Many2one(
        "arm.dunning.run",
        compute="_compute_run_id",
        help="Always empty: operations ask for it, and there is no run.",
    )
    day = fields.Date(help="When it would be done, or is held back for the first time.")
    seen = fields.Date(help="The last day of the preview on which it was still due.")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Would Be Done"),
            ("held", "Held Back"),
            ("failed", "Failed"),
            ("cancelled", "Not Needed"),
        ],
        required=True,
    )

    _step_uniq = models.UniqueIndex(
        "(subject_id, task_id, occurrence, subject_model, preview_id)"
    )

    def _compute_run_id(self):
        self.run_id = False

    def _get_explanation(self):
        self.ensure_one()
        if self.state == "done":
            return self.env._("Would be done on %(date)s.", date=self._day(self.day))
        return super()._get_explanation()

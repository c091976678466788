from odoo import fields, models

from ..models.arm_dunning_step import REASONS, STATES


class ArmDunningWhyLine(models.TransientModel):
    """What a task did about an item, or why it did nothing."""

    _name = "arm.dunning.why.line"
    _description = "Answer about a Dunning Task"
    _order = "id"

    why_id = fields.Many2one(
        "arm.dunning.why",
        string="Question",
        required=True,
        index=True,
        ondelete="cascade",
    )
    item_id = fields.Many2one("account.move.line", readonly=True)
    date_due = fields.Date(
        related="item_id.date_maturity", string="Due Date", related_sudo=True
    )
    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    state = fields.Selection(
        [*STATES, ("coming", "Coming"), ("never", "Not for It")],
        string="Result",
        readonly=True,
    )
    reason = fields.Selection(REASONS, readonly=True)
    date = fields.Date(string="Day", readonly=True)
    text = fields.Char(string="Why", readonly=True)

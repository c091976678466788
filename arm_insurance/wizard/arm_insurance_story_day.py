from odoo import fields, models


class ArmInsuranceStoryDay(models.TransientModel):
    """One day on which something happened to the item or to the account."""

    _name = "arm.insurance.story.day"
    _description = "Day of Cover"
    _order = "day, id"

    story_id = fields.Many2one(
        "arm.insurance.story", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="story_id.currency_id")
    day = fields.Date(readonly=True)
    what = fields.Text(string="What Happened", readonly=True)
    is_own = fields.Boolean(readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)
    covered = fields.Monetary(readonly=True)
    limit = fields.Monetary(readonly=True)
    used = fields.Monetary(string="Used by All", readonly=True)
    room = fields.Monetary(readonly=True)
    frozen = fields.Text(string="Why Nothing Moved Up", readonly=True)

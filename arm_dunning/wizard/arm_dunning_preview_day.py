from odoo import api, fields, models
from odoo.tools import SQL

from ..models.arm_dunning_step import REASONS


class ArmDunningPreviewDay(models.TransientModel):
    """What a task would do on a day: how often, for how many customers, how much."""

    _name = "arm.dunning.preview.day"
    _description = "Day of a Dunning Preview"
    _order = "day, state, task_id"
    _rec_name = "title"

    preview_id = fields.Many2one(
        "arm.dunning.preview", required=True, index=True, ondelete="cascade"
    )
    day = fields.Date(readonly=True)
    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    state = fields.Selection(
        [("done", "Would Be Done"), ("held", "Held Back")],
        string="Result",
        readonly=True,
    )
    reason = fields.Selection(REASONS, readonly=True)
    step_count = fields.Integer(string="Items", readonly=True)
    customer_count = fields.Integer(
        string="Customers",
        readonly=True,
        help="Each of them gets one message, whatever the number of items.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    color = fields.Integer(compute="_compute_color")
    title = fields.Char(compute="_compute_title")

    @api.depends("state")
    def _compute_color(self):
        """Green for what would be done, orange for what is held back."""
        for day in self:
            day.color = 10 if day.state == "done" else 2

    @api.depends("task_id", "state", "customer_count")
    @api.depends_context("lang")
    def _compute_title(self):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        for day in self:
            text = labels.get(day.reason) if day.state == "held" else day.task_id.name
            day.title = f"{day.customer_count} × {text or ''}"

    @api.model
    def _summarise(self, preview):
        """Count the lines of a preview by day, task, result and reason."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO arm_dunning_preview_day (
                    preview_id, day, task_id, state, reason, step_count,
                    customer_count, currency_id, amount,
                    create_uid, create_date, write_date
                )
                SELECT preview_id, day, task_id, state, reason, COUNT(*),
                       COUNT(DISTINCT account_id), %(currency)s, SUM(amount_company),
                       %(user)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM arm_dunning_preview_line
                 WHERE preview_id = %(preview)s AND state IN ('done', 'held')
                 GROUP BY preview_id, day, task_id, state, reason
                """,
                currency=preview.company_id.currency_id.id,
                user=self.env.uid,
                preview=preview.id,
            )
        )
        self.invalidate_model()

    def action_view_lines(self):
        """Open the lines behind these figures."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_preview_line_action"
        )
        action["domain"] = [
            ("preview_id", "=", self.preview_id.id),
            ("day", "=", self.day),
            ("task_id", "=", self.task_id.id),
            ("state", "=", self.state),
            ("reason", "=", self.reason),
        ]
        return action

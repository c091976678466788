from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

STATUSES = ("green", "yellow", "red")
# A change of one of these makes a new version of the rule.
RULE_FIELDS = {
    "anchor",
    "offset_days",
    "catch_up_days",
    "for_green",
    "for_yellow",
    "for_red",
    "operation_ids",
}


class ArmDunningTask(models.Model):
    """A rule: when something falls due for a customer, and what is done then.

    The condition is an anchor date with a signed offset in calendar days and the
    reliability statuses it is meant for; the operations say what is done.
    """

    _name = "arm.dunning.task"
    _description = "Dunning Task"
    _inherit = ["mail.thread"]
    _order = "company_id, offset_days, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    anchor = fields.Selection(
        [("due_date", "Due Date")], required=True, default="due_date", tracking=True
    )
    offset_days = fields.Integer(
        string="Days",
        tracking=True,
        help="Calendar days after the anchor; a negative number means before it.",
    )
    catch_up_days = fields.Integer(
        default=7,
        tracking=True,
        help="For how many days after its day the task may still be done, for "
        "example when the server was down or the item was held.",
    )
    for_green = fields.Boolean(string="Green", default=True, tracking=True)
    for_yellow = fields.Boolean(string="Yellow", default=True, tracking=True)
    for_red = fields.Boolean(string="Red", default=True, tracking=True)
    operation_ids = fields.One2many("arm.dunning.operation", "task_id", copy=True)
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        help="Counts the changes of the rule; the register keeps the number.",
    )
    when_text = fields.Char(string="When", compute="_compute_when_text")
    action_count = fields.Integer(compute="_compute_action_count")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.depends("offset_days", "anchor")
    def _compute_when_text(self):
        for task in self:
            task.when_text = task._get_when_text()

    def _get_when_text(self):
        """The condition in words, for example "3 days after the due date"."""
        self.ensure_one()
        days = abs(self.offset_days)
        if not days:
            return self.env._("on the due date")
        if self.offset_days < 0:
            return self.env._("%(days)s days before the due date", days=days)
        return self.env._("%(days)s days after the due date", days=days)

    def _compute_action_count(self):
        counts = dict(
            self.env["arm.dunning.action"]._read_group(
                [("task_id", "in", self.ids)], ["task_id"], ["__count"]
            )
        )
        for task in self:
            task.action_count = counts.get(task, 0)

    # ------------------------------------------------------------------ constraints

    @api.constrains("catch_up_days")
    def _check_catch_up_days(self):
        for task in self:
            if task.catch_up_days < 0:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: the days to catch up cannot be negative. "
                        "Enter 0 to do it on its day only.",
                        task=task.name,
                    )
                )

    @api.constrains("for_green", "for_yellow", "for_red")
    def _check_statuses(self):
        for task in self:
            if not task._get_statuses():
                raise ValidationError(
                    self.env._(
                        "Task %(task)s is meant for no status. Choose at least one "
                        "of green, yellow and red.",
                        task=task.name,
                    )
                )

    # ----------------------------------------------------------------- CRUD, helpers

    def write(self, vals):
        if RULE_FIELDS & vals.keys() and "version" not in vals:
            for version, tasks in self.grouped("version").items():
                super(ArmDunningTask, tasks).write({**vals, "version": version + 1})
            return True
        return super().write(vals)

    def _get_statuses(self):
        """The reliability statuses that the task is meant for."""
        self.ensure_one()
        return [status for status in STATUSES if self[f"for_{status}"]]

    def _get_due_window(self, today):
        """The first and last due date whose items the task is for on a day.

        A task before the due date is never done after it, however much it missed.
        """
        self.ensure_one()
        newest = today - timedelta(days=self.offset_days)
        oldest = newest - timedelta(days=self.catch_up_days)
        return (max(oldest, today) if self.offset_days < 0 else oldest), newest

    def action_view_actions(self):
        """Open what the register holds about this task."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("task_id", "=", self.id)]
        action["context"] = {}
        return action

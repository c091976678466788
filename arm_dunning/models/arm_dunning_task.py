from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A change of one of these makes a new version of the rule.
RULE_FIELDS = {
    "procedure_id",
    "subject_type",
    "anchor",
    "after_task_id",
    "offset_days",
    "day_type",
    "calendar_id",
    "catch_up_days",
    "repeat_max",
    "repeat_days",
    "date_from",
    "date_to",
    "for_green",
    "for_yellow",
    "for_red",
    "partner_domain",
    "item_domain",
    "amount_min",
    "balance_min",
    "only_currency_id",
    "days_late_min",
    "days_late_max",
    "insurance",
    "is_courtesy",
    "operation_ids",
}
CONTACT = "contact"  # the lane of everything that reaches the customer


class ArmDunningTask(models.Model):
    """A rule: when something falls due for a customer, and what is done then.

    The condition says when, for whom and for what; the operations say what is done.
    """

    _name = "arm.dunning.task"
    _description = "Dunning Task"
    _inherit = ["arm.dunning.condition", "mail.thread"]
    _order = "company_id, offset_days, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    procedure_id = fields.Many2one(
        "arm.dunning.procedure",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
        help="Only customers in this procedure; without one, it is for everybody.",
    )
    operation_ids = fields.One2many("arm.dunning.operation", "task_id", copy=True)
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        help="Counts the changes of the rule; the register keeps the number.",
    )
    action_count = fields.Integer(compute="_compute_action_count")
    has_template = fields.Boolean(compute="_compute_has_template")

    def _compute_action_count(self):
        counts = dict(
            self.env["arm.dunning.action"]._read_group(
                [("task_id", "in", self.ids)], ["task_id"], ["__count"]
            )
        )
        for task in self:
            task.action_count = counts.get(task, 0)

    @api.depends("operation_ids.template_id")
    def _compute_has_template(self):
        for task in self:
            task.has_template = bool(task.operation_ids.template_id)

    # ------------------------------------------------------------------------ CRUD

    def write(self, vals):
        if "subject_type" in vals:
            self._check_unused(vals["subject_type"])
        if RULE_FIELDS & vals.keys() and "version" not in vals:
            for version, tasks in self.grouped("version").items():
                super(ArmDunningTask, tasks).write({**vals, "version": version + 1})
            return True
        return super().write(vals)

    def _check_unused(self, subject_type):
        """What a task is about stays, once the register speaks of it."""
        changed = self.filtered(lambda task: task.subject_type != subject_type)
        used = changed.filtered("action_count")
        if used:
            raise ValidationError(
                self.env._(
                    "Task %(task)s is in the register already, so what it is about "
                    "cannot be changed. Archive it and make a new one.",
                    task=used[0].name,
                )
            )

    # ------------------------------------------------------------------- operations

    def _get_lanes(self):
        """What the task does, where all ways to reach the customer count as one.

        Of the steps that were missed, only the newest in each lane is made up for.
        """
        self.ensure_one()
        types = set(self.operation_ids.mapped("operation_type"))
        messages = self.operation_ids._get_message_types()
        return {CONTACT if kind in messages else kind for kind in types}

    def _is_contact(self):
        """Whether the task reaches the customer, and counts as a contact."""
        self.ensure_one()
        return CONTACT in self._get_lanes() and not self.is_courtesy

    def _get_rank(self):
        """How far the task goes; of several in one message the highest writes it.

        A task that follows another one goes further than it; one that follows any
        contact goes further than what has a date of its own.
        """
        self.ensure_one()
        if self.is_courtesy:
            return -1, self.offset_days, self.sequence
        days = self.offset_days
        if self.anchor == "contact_date":
            days += self.after_task_id.offset_days if self.after_task_id else 365
        return 0, days, self.sequence

    def action_view_actions(self):
        """Open what the register holds about this task."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("task_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_preview_today(self):
        """Open what today's run would do for this task, as the preview computes it.

        The other tasks are planned, too: they can be what holds this one back.
        """
        self.ensure_one()
        preview = self.env["arm.dunning.preview"].create(
            {"company_id": self.company_id.id, "span": "today"}
        )
        if self not in self.env["arm.dunning.run"]._get_company_tasks(self.company_id):
            raise UserError(
                self.env._(
                    "%(task)s is not active, or does nothing yet. Add an operation "
                    "under What Is Done.",
                    task=self.name,
                )
            )
        preview.action_preview()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_preview_line_action"
        )
        return {
            **action,
            "display_name": self.env._("Today: %(task)s", task=self.name),
            "help": self.env._(
                "Nothing falls due for this task today. Its condition says when it "
                "does."
            ),
            "domain": [("preview_id", "=", preview.id), ("task_id", "=", self.id)],
            "context": {},
        }

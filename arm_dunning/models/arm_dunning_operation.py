from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize, plaintext2html


class ArmDunningOperation(models.Model):
    """One thing that a task does, for a whole batch of register rows at once.

    A new type is one ``selection_add`` and one method ``_execute_<type>(actions)``;
    ``_guard_<type>(actions)`` may hold rows back before anything is done.
    """

    _name = "arm.dunning.operation"
    _description = "Dunning Operation"
    _order = "task_id, sequence, id"
    _check_company_auto = True

    task_id = fields.Many2one(
        "arm.dunning.task", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="task_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    operation_type = fields.Selection(
        [("email", "E-mail"), ("activity", "Activity for an Employee")],
        string="Operation",
        required=True,
        default="email",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain=[("model", "=", "arm.dunning.message")],
        ondelete="restrict",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        default=lambda self: self._default_activity_type_id(),
        ondelete="restrict",
    )
    summary = fields.Char(translate=True, help="What the employee is asked to do.")
    responsible_type = fields.Selection(
        [
            ("collector", "Collector of the Customer"),
            ("salesperson", "Salesperson of the Customer"),
            ("user", "A Fixed Person"),
        ],
        string="Who",
        default="collector",
        help="For an absent collector, who stands in; without a collector, the "
        "salesperson.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        check_company=True,
        help="Does it when a fixed person is chosen, or when the customer has neither "
        "a collector nor a salesperson.",
    )

    @api.model
    def _default_activity_type_id(self):
        return self.env.ref(
            "arm_dunning.mail_activity_type_follow_up", raise_if_not_found=False
        )

    @api.constrains("operation_type", "template_id", "activity_type_id", "user_id")
    def _check_complete(self):
        for operation in self:
            message = operation._get_incompleteness()
            if message:
                raise ValidationError(message)

    def _get_incompleteness(self):
        """What is missing for the operation to work, in a sentence, or False."""
        self.ensure_one()
        task = self.task_id.name
        if self.operation_type == "email" and not self.template_id:
            return self.env._("Task %(task)s: choose the e-mail template.", task=task)
        if self.operation_type == "activity" and not self.activity_type_id:
            return self.env._("Task %(task)s: choose the activity type.", task=task)
        if (
            self.operation_type == "activity"
            and self.responsible_type == "user"
            and not self.user_id
        ):
            return self.env._(
                "Task %(task)s: choose the person for the activity.", task=task
            )
        return False

    # ------------------------------------------------------------------------ CRUD

    def write(self, vals):
        self._count_version()
        return super().write(vals)

    def _count_version(self):
        """A changed operation makes a new version of its task's rule."""
        for version, tasks in self.task_id.grouped("version").items():
            tasks.write({"version": version + 1})

    # ------------------------------------------------------------------ the engine

    def _get_types(self):
        """The types of these operations, in their order."""
        return list(dict.fromkeys(self.sorted("sequence").mapped("operation_type")))

    def _guard(self, actions):
        """Hold back the rows that an operation could not serve; returns the others."""
        for kind in self._get_types():
            guard = getattr(self, f"_guard_{kind}", None)
            if guard:
                actions -= guard(self._filter_actions(kind, actions))
        return actions

    def _execute(self, actions):
        """Do all operations for these rows: one call for each type of operation."""
        for kind in self._get_types():
            operations = self.filtered(lambda o, kind=kind: o.operation_type == kind)
            execute = getattr(operations, f"_execute_{kind}")
            execute(self._filter_actions(kind, actions))

    def _filter_actions(self, kind, actions):
        """The rows whose task has an operation of a type."""
        tasks = self.filtered(lambda o: o.operation_type == kind).task_id
        return actions.filtered(lambda action: action.task_id in tasks)

    # --------------------------------------------------------------------- e-mail

    def _guard_email(self, actions):
        """Hold back the customers to whom nothing can be sent."""
        recipients = actions.partner_id._get_dunning_recipients()
        lost = actions.filtered(
            lambda a: not email_normalize(recipients[a.partner_id].email)
        )
        lost._set_held("no_address")
        return lost

    def _execute_email(self, actions):
        """One message for each customer; the highest step decides the text."""
        messages = self.env["arm.dunning.message"]._create_from_actions(actions)
        templates = {op.task_id: op.template_id for op in self}
        messages._send(templates)

    # ------------------------------------------------------------------- activity

    def _execute_activity(self, actions):
        """One activity for each customer and task, made in one batch."""
        operations = {operation.task_id: operation for operation in self}
        groups = actions.grouped(lambda a: (a.account_id, a.task_id))
        values = [
            operations[task]._prepare_activity_values(account, group)
            for (account, task), group in groups.items()
        ]
        quick = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        activities = quick.create(values)
        for group, activity in zip(groups.values(), activities, strict=True):
            group.activity_id = activity

    def _prepare_activity_values(self, account, actions):
        """Hook: the values of the activity for a customer's items of this task."""
        self.ensure_one()
        lines = [
            self.env._(
                "%(document)s: %(amount)s, due %(date)s",
                document=action.document,
                amount=action._format_amount(),
                date=fields.Date.to_string(action.date_due),
            )
            for action in actions
        ]
        return {
            "res_model_id": self.env["ir.model"]._get_id(account._name),
            "res_id": account.id,
            "activity_type_id": self.activity_type_id.id,
            "summary": self.summary or self.task_id.name,
            "note": plaintext2html("\n".join(lines)),
            "date_deadline": actions[0].run_id.date,
            "user_id": self._get_responsible(account).id,
            "automated": True,
        }

    def _get_responsible(self, account):
        """Hook: who does the activity for a customer.

        Who acts for a collector is computed for the whole batch that the account was
        read with, so asking for one customer after another costs no queries.
        """
        self.ensure_one()
        person = self.env["res.users"]
        if self.responsible_type == "collector":
            person = account._get_acting_collectors().get(account, person)
        if self.responsible_type in ("collector", "salesperson"):
            person = person or account.partner_id.user_id.filtered("active")
        return person or self.user_id or self.env.user

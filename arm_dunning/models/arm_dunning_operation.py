from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# One message a customer, run and channel, however many tasks ask for it.
MESSAGE_TYPES = {"email"}
TECHNICAL_FIELDS = {*models.MAGIC_COLUMNS, "task_id", "company_id", "sequence"}


class ArmDunningOperation(models.Model):
    """One thing that a task does, for a whole batch of register rows at once.

    A new type is one ``selection_add`` and one method ``_execute_<type>(actions)``;
    ``_guard_<type>(actions)`` may tell which rows it cannot serve (a dict of reason
    code to rows), and ``_describe_<type>()`` what it does. Everything happens inside
    the transaction of the customer's batch: what leaves the house goes into a queue of
    the database.
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
        [], string="Operation", required=True, default="email"
    )
    description = fields.Char(compute="_compute_description")
    is_for_people = fields.Boolean(compute="_compute_is_for_people")
    summary = fields.Char(translate=True, help="What the employee is asked to do.")
    delay_days = fields.Integer(
        string="Days From Then",
        help="Calendar days from the run to the day on which it is to be done.",
    )
    responsible_type = fields.Selection(
        [
            ("collector", "Collector of the Customer"),
            ("salesperson", "Salesperson of the Customer"),
            ("user", "A Fixed Person"),
            ("turns", "Several People in Turn"),
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
    turn_user_ids = fields.Many2many(
        "res.users",
        "arm_dunning_operation_turn_rel",
        "operation_id",
        "user_id",
        string="People",
        domain=[("share", "=", False)],
    )
    turn_sequence_id = fields.Many2one("ir.sequence", readonly=True, copy=False)

    # --------------------------------------------------------------------- computes

    @api.depends("operation_type")
    def _compute_display_name(self):
        for operation in self:
            operation.display_name = operation._get_label()

    def _get_label(self):
        """The type in the reader's language."""
        self.ensure_one()
        return self._get_type_labels([self.operation_type])

    def _get_type_labels(self, types):
        """Types in the reader's language, as one text."""
        labels = dict(self._fields["operation_type"]._description_selection(self.env))
        return ", ".join(labels.get(kind, "") for kind in types)

    @api.depends("operation_type")
    def _compute_is_for_people(self):
        for operation in self:
            kinds = operation._get_for_people()
            operation.is_for_people = operation.operation_type in kinds

    @api.depends(lambda self: self._get_description_fields())
    @api.depends_context("lang")
    def _compute_description(self):
        for operation in self:
            describe = getattr(operation, f"_describe_{operation.operation_type}", None)
            operation.description = describe() if describe else ""

    @api.model
    def _get_description_fields(self):
        """Every setting of whatever type may be in the description."""
        return [
            name
            for name, field in self._fields.items()
            if field.column_type and field.store and name not in TECHNICAL_FIELDS
        ]

    # ------------------------------------------------------------------ constraints

    @api.constrains("operation_type", "task_id")
    def _check_one_message(self):
        """A customer gets one message a channel, so a task has one text for it."""
        for task in self.task_id:
            types = task.operation_ids.mapped("operation_type")
            for kind in self._get_message_types():
                if types.count(kind) > 1:
                    raise ValidationError(
                        self.env._(
                            "Task %(task)s has several operations of the type "
                            "%(operation)s. A customer gets one in each run: keep one.",
                            task=task.name,
                            operation=self._get_type_labels([kind]),
                        )
                    )

    @api.constrains("operation_type", "responsible_type", "user_id", "turn_user_ids")
    def _check_responsible(self):
        for operation in self.filtered("is_for_people"):
            kind = operation.responsible_type
            if kind == "user" and not operation.user_id:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the person for the activity.",
                        task=operation.task_id.name,
                    )
                )
            if kind == "turns" and not operation.turn_user_ids:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: choose the people who take turns.",
                        task=operation.task_id.name,
                    )
                )

    # ------------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        operations = super().create(vals_list)
        operations._ensure_turns()
        return operations

    def write(self, vals):
        self._count_version()
        result = super().write(vals)
        self._ensure_turns()
        return result

    def _count_version(self):
        """A changed operation makes a new version of its task's rule."""
        for version, tasks in self.task_id.grouped("version").items():
            tasks.write({"version": version + 1})

    # ------------------------------------------------------------------------ types

    @api.model
    def _get_message_types(self):
        """Hook: the types that reach the customer with one message in each run."""
        return MESSAGE_TYPES

    @api.model
    def _get_gathered_types(self):
        """Hook: the types that are done once for all tasks of a batch."""
        return self._get_message_types()

    @api.model
    def _get_for_people(self):
        """Hook: the types that give work to an employee."""
        return set()

    def _get_types(self):
        """The types of these operations, in their order."""
        return list(dict.fromkeys(self.sorted("sequence").mapped("operation_type")))

    def _of_type(self, kind):
        return self.filtered(lambda operation: operation.operation_type == kind)

    def _by_task(self):
        """The operation of each task; there is one a task in what is executed."""
        return {operation.task_id: operation for operation in self}

    def _split(self, actions):
        """Pairs of each of these operations, and the rows of its task."""
        rows = actions.grouped("task_id")
        return [(op, rows[op.task_id]) for op in self if op.task_id in rows]

    # ------------------------------------------------------------------ the engine

    def _guard(self, actions):
        """Hold back rows for which nothing could be done; returns the others.

        Where one operation of several cannot be done, such as an e-mail to somebody
        without an address, the others are.
        """
        unable = self._find_unable(actions)
        held = {}
        for action in actions if unable else ():
            types = action.task_id.operation_ids.mapped("operation_type")
            reasons = [unable[kind].get(action) for kind in types if kind in unable]
            if len(reasons) == len(types) and all(reasons):
                held.setdefault(reasons[0], actions.browse())
                held[reasons[0]] |= action
        for reason, rows in held.items():
            rows._set_held(reason)
            actions -= rows
        return actions

    def _find_unable(self, actions):
        """Why operations cannot be done: dict of type to dict of row to reason."""
        unable = {}
        for kind in self._get_types():
            guard = getattr(self._of_type(kind), f"_guard_{kind}", None)
            found = guard(self._filter_actions(kind, actions)) if guard else {}
            reasons = {row: reason for reason, rows in found.items() for row in rows}
            if reasons:
                unable[kind] = reasons
        return unable

    def _execute(self, actions):
        """Do all operations for these rows, in the order of their tasks, in batches."""
        # Where each task does one thing, the guard has held what cannot be done.
        several = len(self) > len(self.task_id)
        unable = self._find_unable(actions) if several else {}
        for operations in self._get_waves():
            kind = operations[0].operation_type
            rows = operations._filter_actions(kind, actions)
            if kind in unable:
                rows = rows.filtered(lambda row, kind=kind: row not in unable[kind])
            if rows:
                getattr(operations, f"_execute_{kind}")(rows)

    def _filter_actions(self, kind, actions):
        """The rows whose task has an operation of a type."""
        tasks = self._of_type(kind).task_id
        return actions.filtered(lambda action: action.task_id in tasks)

    def _get_waves(self):
        """The batches in which these operations are done.

        Each is of one type and has at most one operation of a task; the order of
        every task is kept. Messages of all tasks are one batch, because a customer
        gets one; they wait until they are next in every task, if that is possible.

        :return: list of operations
        """
        queues = [list(group.sorted()) for group in self.grouped("task_id").values()]
        waves = []
        while queues:
            kind = self._get_next_type(queues)
            wave = self.browse()
            for queue in queues:
                found = self._find_in_queue(queue, kind)
                if found:
                    queue.remove(found)
                    wave |= found
            waves.append(wave)
            queues = [queue for queue in queues if queue]
        return waves

    def _get_next_type(self, queues):
        """The type to do next: one that no task has something else before."""
        heads = [queue[0].operation_type for queue in queues]
        for kind in heads:
            waiting = [q for q in queues if self._find_in_queue(q, kind)]
            if all(queue[0].operation_type == kind for queue in waiting):
                return kind
        return heads[0]

    def _find_in_queue(self, queue, kind):
        """The operation of a type that a task could do now."""
        candidates = queue if kind in self._get_gathered_types() else queue[:1]
        return next((op for op in candidates if op.operation_type == kind), None)

    @api.model
    def _find_served(self, actions, channel):
        """The rows of customers who have got a message in their run already."""
        served = {
            (run, partner)
            for run, partner in self.env["arm.dunning.message"]._read_group(
                [
                    ("run_id", "in", actions.run_id.ids),
                    ("partner_id", "in", actions.partner_id.ids),
                    ("channel", "=", channel),
                ],
                ["run_id", "partner_id"],
            )
        }
        return actions.filtered(lambda a: served and (a.run_id, a.partner_id) in served)

    # ------------------------------------------------------------------ responsible

    def _get_responsibles(self, accounts):
        """Who does the work for each customer, for a whole batch.

        :return: dict of account to user; never nobody
        """
        self.ensure_one()
        if self.responsible_type == "turns":
            people = self._take_turns(accounts)
        else:
            people = {account: self._get_responsible(account) for account in accounts}
        nobody = [account for account, user in people.items() if user._is_superuser()]
        if nobody:
            people.update(dict.fromkeys(nobody, self._get_stand_by()))
        return people

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

    def _get_stand_by(self):
        """A credit manager of the company, where nobody else could be found."""
        # As superuser: who has which group is for administrators to read.
        managers = self.env.ref("arm_receivables.group_receivables_manager").sudo()
        people = managers.all_user_ids.filtered(
            lambda user: user.active
            and self.company_id in user.company_ids
            and not user._is_superuser()
        )
        return people.sorted("id")[:1] or self.env.user

    # ------------------------------------------------------------------------ turns

    def _ensure_turns(self):
        """Give each operation that takes turns a counter of its own.

        It is a sequence of the database: runs that work at the same time neither wait
        for each other nor get the same turn.
        """
        missing = self.filtered(
            lambda o: o.responsible_type == "turns" and not o.turn_sequence_id
        )
        for operation in missing:
            # As superuser: counters are technical, whoever sets up the task.
            sequence = self.env["ir.sequence"].sudo()
            operation.turn_sequence_id = sequence.create(
                {
                    "name": f"Dunning: turns of operation {operation.id}",
                    "implementation": "standard",
                    "company_id": operation.company_id.id,
                }
            )

    def _take_turns(self, accounts):
        """The next people in turn, one for each account, in one query."""
        people = self.turn_user_ids.filtered("active").sorted("id") or self.user_id
        if not people:
            return dict.fromkeys(accounts, self.env.user)
        # As superuser: counters are technical, whoever runs the task.
        sequence = self.sudo().turn_sequence_id
        turns = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                len(accounts),
            )
        )
        return {
            account: people[turn % len(people)]
            for account, (turn,) in zip(accounts, turns, strict=True)
        }

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

MAX_DAYS = 62  # a month and what leads to it
LINES = "arm_dunning_preview_line"


class ArmDunningPreview(models.TransientModel):
    """What the runs of the next days would do, if nobody pays.

    The planner itself, day by day, into a table of its own: what one day would do
    counts on the next. Nothing is written to the register and nothing is sent.
    """

    _name = "arm.dunning.preview"
    _description = "Dunning Preview"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self._default_company_id()
    )
    span = fields.Selection(
        [("today", "Today"), ("date", "One Day"), ("days", "The Next 30 Days")],
        required=True,
        default="days",
    )
    date = fields.Date(
        string="Day", default=lambda self: self._default_company_id()._local_today()
    )
    line_ids = fields.One2many("arm.dunning.preview.line", "preview_id")
    problem = fields.Text(readonly=True, help="Tasks that cannot be planned.")

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.constrains("company_id")
    def _check_company_allowed(self):
        for preview in self:
            if preview.company_id not in self.env.companies:
                raise ValidationError(
                    self.env._("Choose one of the companies you are working in.")
                )

    @api.constrains("span", "date")
    def _check_date(self):
        for preview in self:
            if preview.span != "date":
                continue
            today = preview.company_id._local_today()
            last = today + timedelta(days=MAX_DAYS)
            if not preview.date or not today <= preview.date <= last:
                raise ValidationError(
                    self.env._(
                        "A preview is for a day within the next %(days)s days.",
                        days=MAX_DAYS,
                    )
                )

    # ---------------------------------------------------------------------- actions

    def action_preview(self):
        """Compute the preview and open it."""
        self.ensure_one()
        # As superuser: the plan is the company's, whoever looks at it, and the planner
        # reads the ledger by SQL. What a user may not see is taken out afterwards.
        self.sudo()._compute_preview()
        self._keep_own_customers()
        self.env["arm.dunning.preview.day"]._summarise(self)
        return self._get_action_days()

    def _get_action_days(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_preview_day_action"
        )
        action["domain"] = [("preview_id", "=", self.id)]
        if self.span == "days":
            action["views"] = [
                (False, kind) for kind in ("calendar", "list", "pivot", "graph")
            ]
        action["context"] = {"initial_date": fields.Date.to_string(self._get_first())}
        if self.problem:
            action["help"] = self.problem
        return action

    # -------------------------------------------------------------------- computing

    def _get_first(self):
        """The first day that is shown."""
        if self.span == "date":
            return self.date
        return self.company_id._local_today()

    def _get_days(self):
        """The days that are computed: one that lies ahead depends on those before."""
        today = self.company_id._local_today()
        last = today
        if self.span == "days":
            last = today + timedelta(days=29)
        elif self.span == "date":
            last = self.date
        return [today + timedelta(days=n) for n in range((last - today).days + 1)]

    def _compute_preview(self):
        """Let the planner go through the days, as if each day's steps were done."""
        company = self.company_id
        self.line_ids.unlink()
        planner = self.env["arm.dunning.planner"]
        planner._freshen_accounts(company, company._local_today())
        tasks = self.env["arm.dunning.run"]._get_company_tasks(company)
        if not tasks:
            raise UserError(
                self.env._(
                    "%(company)s has no active task yet. Make one under "
                    "Configuration, Tasks.",
                    company=company.name,
                )
            )
        problems = {}
        for day in self._get_days():
            problems.update(self._compute_day(day, tasks))
        self.problem = "\n".join(problems.values()) or False
        self._show_only(self._get_first())
        self.env["arm.dunning.preview.line"].invalidate_model()

    def _compute_day(self, day, tasks):
        """One day: plan, hold back what operations could not serve, do the rest."""
        planner = self.env["arm.dunning.planner"]
        plan = self._get_plan(day)
        # Tomorrow's oldest overdue item is not on the account yet.
        planner._fill_accounts(plan, live=day > self.company_id._local_today())
        broken = planner._enter_steps(plan, tasks)
        self.env.cr.execute(
            planner._close_statement(plan, tasks.browse(t.id for t in broken))
        )
        lines = self.env["arm.dunning.preview.line"]
        lines.invalidate_model()
        planned = lines.search(
            [("preview_id", "=", self.id), ("state", "=", "planned")]
        )
        planned.task_id.operation_ids._guard(planned)
        lines.flush_model()
        self.env.cr.execute(self._do_statement(day, tasks))
        return broken

    def _get_plan(self, day):
        """The plan of a day, over this preview's lines."""
        now = SQL("now() AT TIME ZONE 'UTC'")
        return self.env["arm.dunning.planner"]._make_plan(
            self.company_id,
            day,
            LINES,
            {"preview_id": SQL("%s", self.id), "seen": SQL("%s::date", day)},
            preview=self.id,
            extra={
                "day": SQL("%s::date", day),
                "create_uid": SQL("%s", self.create_uid.id),
                "create_date": now,
                "write_date": now,
            },
        )

    def _do_statement(self, day, tasks):
        """What is planned counts as done, so that the next day knows about it."""
        contacts = [task.id for task in tasks if task._is_contact()]
        return SQL(
            """
            UPDATE arm_dunning_preview_line
               SET state = 'done', day = %(day)s, day_done = %(day)s,
                   is_contact = task_id IN %(contacts)s
             WHERE preview_id = %(preview)s AND state = 'planned'
            """,
            day=day,
            contacts=tuple(contacts) or (0,),
            preview=self.id,
        )

    def _show_only(self, first):
        """Drop the days before the first one, and what is closed without result."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM arm_dunning_preview_line
                 WHERE preview_id = %s
                   AND (state = 'cancelled'
                        OR CASE state WHEN 'held' THEN seen ELSE day END < %s)
                """,
                self.id,
                first,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE arm_dunning_preview_line SET day = %s "
                "WHERE preview_id = %s AND day < %s",
                first,
                self.id,
                first,
            )
        )

    def _keep_own_customers(self):
        """Take out the customers whose accounts the user may not see."""
        self.env.flush_all()
        accounts = self.env["arm.customer.account"]._search([])
        self.env.cr.execute(
            SQL(
                "DELETE FROM arm_dunning_preview_line "
                "WHERE preview_id = %s AND account_id NOT IN %s",
                self.id,
                accounts.subselect(),
            )
        )
        self.env["arm.dunning.preview.line"].invalidate_model()

import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200  # customers whose work is committed together


class ArmDunningRun(models.Model):
    """One pass of plan and execute, for one company and one day.

    The register (``arm.dunning.action``) is the queue: planning fills it in one
    transaction, executing takes customers from it in batches, each with a commit of
    its own. A run that is killed at any moment is taken up where it stood, and two
    workers share it, because each locks the customers it works on.
    """

    _name = "arm.dunning.run"
    _description = "Dunning Run"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, help="Local day of the company.")
    origin = fields.Selection(
        [("schedule", "Schedule"), ("manual", "By Hand")],
        required=True,
        readonly=True,
        default="manual",
    )
    state = fields.Selection(
        [
            ("planning", "Planning"),
            ("executing", "Executing"),
            ("done", "Done"),
            ("interrupted", "Interrupted"),
        ],
        required=True,
        readonly=True,
        default="planning",
    )
    user_id = fields.Many2one("res.users", string="Started By", readonly=True)
    date_start = fields.Datetime(readonly=True)
    date_end = fields.Datetime(readonly=True)
    action_ids = fields.One2many("arm.dunning.action", "run_id", readonly=True)
    message_ids = fields.One2many("arm.dunning.message", "run_id", readonly=True)
    # Kept at every commit: the rows that wait move on to later runs.
    planned_count = fields.Integer(string="Planned", readonly=True)
    done_count = fields.Integer(string="Done", readonly=True)
    held_count = fields.Integer(string="Held Back", readonly=True)
    failed_count = fields.Integer(string="Failed", readonly=True)
    cancelled_count = fields.Integer(string="Not Needed", readonly=True)
    message_count = fields.Integer(string="Messages", compute="_compute_message_count")
    progress = fields.Integer(compute="_compute_progress")

    # Two starts at the same moment join one run instead of making two.
    _one_open_run_uniq = models.UniqueIndex(
        "(company_id) WHERE state IN ('planning', 'executing')",
        "A dunning run of this company is going on already.",
    )
    _company_date_idx = models.Index("(company_id, date)")

    # --------------------------------------------------------------------- computes

    @api.depends("company_id", "date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.company_id.name} {run.date or ''}"

    @api.depends("planned_count", "done_count", "failed_count", "cancelled_count")
    def _compute_progress(self):
        for run in self:
            finished = run.done_count + run.failed_count + run.cancelled_count
            total = finished + run.planned_count
            run.progress = 100 * finished // total if total else 100

    def _compute_message_count(self):
        counts = dict(
            self.env["arm.dunning.message"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.message_count = counts.get(run, 0)

    # ------------------------------------------------------------------ the engine

    @api.model
    def _cron_run(self):
        """Perform the runs that are due, and take up those that were interrupted."""
        companies = self.env["res.company"].search([("dunning_enabled", "=", True)])
        due = companies.filtered(lambda company: company._is_dunning_due())
        going = self.search([("state", "in", ("planning", "executing"))]).company_id
        for company in going | due:
            origin = "schedule" if company in due else "manual"
            self._run_company(company, origin)

    @api.model
    def _run_company(self, company, origin="manual"):
        """Plan and execute today's run of a company; returns the run, or none.

        Commits as it goes: never call it where the caller's changes may yet be
        rolled back.
        """
        run = self._open_run(company, origin)
        run._commit()
        if run.state == "planning" and run._plan_locked():
            run._commit()
        while run.state == "executing" and run._execute_batch():
            run._commit()
        run._finish()
        run._commit()
        return run

    def _commit(self):
        """Make what was done so far durable, and tell the scheduler about it."""
        self._update_counts()
        self.env["ir.cron"]._commit_progress(1)

    def _update_counts(self):
        """Keep how far the run is; rows that wait will belong to later runs."""
        groups = self.env["arm.dunning.action"]._read_group(
            [("run_id", "=", self.id)], ["state"], ["__count"]
        )
        counts = dict(groups)
        names = ("planned", "done", "held", "failed", "cancelled")
        values = {f"{name}_count": counts.get(name, 0) for name in names}
        self.write({k: v for k, v in values.items() if self[k] != v})

    @api.model
    def _open_run(self, company, origin):
        """Today's unfinished run of the company, or a new one.

        What is left of another day is closed: its waiting rows are planned anew.
        """
        today = company._local_today()
        going = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("planning", "executing")),
            ]
        )
        if going.date == today:
            if origin == "schedule":
                going.origin = origin
            return going
        going.write({"state": "interrupted", "date_end": fields.Datetime.now()})
        going.flush_recordset()
        return self.create(
            {
                "company_id": company.id,
                "date": today,
                "origin": origin,
                "user_id": self.env.uid,
                "date_start": fields.Datetime.now(),
            }
        )

    def _plan_locked(self):
        """Plan, unless another worker is planning this run; returns whether it did."""
        self.ensure_one()
        if not self.try_lock_for_update():
            return False
        self.invalidate_recordset(["state"])
        if self.state == "planning":
            self._plan()
            self.state = "executing"
        return True

    def _plan(self):
        """Fill the register: one statement for each task, and one to close the rest."""
        planner = self.env["arm.dunning.planner"]
        self.env["arm.customer.account"]._refresh(self.company_id)
        self.env.flush_all()
        for task in self._get_tasks():
            self.env.cr.execute(planner._plan_statement(self, task))
        self.env.cr.execute(planner._close_statement(self))
        self.env.invalidate_all()

    def _get_tasks(self):
        """The company's active tasks, in order."""
        return self.env["arm.dunning.task"].search(
            [("company_id", "=", self.company_id.id), ("operation_ids", "!=", False)]
        )

    def _execute_batch(self, limit=BATCH_SIZE):
        """Do the work of the next customers; returns False when none was left."""
        accounts = self._next_accounts(limit)
        if not accounts:
            return False
        try:
            with self.env.cr.savepoint():
                self._execute_accounts(accounts)
        except OperationalError:
            raise  # the database asks for the whole transaction to be repeated
        except Exception:
            _logger.info("Batch of run %s failed; going on one by one", self.id)
            for account in accounts:
                self._execute_one(account)
        return True

    def _execute_one(self, account):
        """Do the work of one customer; a failure stays with this customer."""
        try:
            with self.env.cr.savepoint():
                self._execute_accounts(account)
        except OperationalError:
            raise
        except Exception as error:
            _logger.info("Dunning of %s failed", account.display_name, exc_info=True)
            self._get_planned(account)._set_failed(error)

    def _next_accounts(self, limit):
        """Lock the next customers with planned work; others' are passed over.

        ``SKIP LOCKED`` is why two workers share a run and never do the same work.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id
                  FROM arm_customer_account account
                 WHERE account.id IN (
                        SELECT account_id FROM arm_dunning_action
                         WHERE run_id = %s AND state = 'planned'
                 )
                 ORDER BY account.id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                limit,
            )
        )
        return self.env["arm.customer.account"].browse(row[0] for row in rows)

    def _get_planned(self, accounts):
        """What is planned for these customers in this run."""
        return self.env["arm.dunning.action"].search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "planned"),
                ("account_id", "in", accounts.ids),
            ]
        )

    def _execute_accounts(self, accounts):
        """Check once more, then do every operation for these customers."""
        actions = self._get_planned(accounts)._recheck()
        operations = actions.task_id.operation_ids
        actions = operations._guard(actions)
        operations._execute(actions)
        actions._set_done()
        self.env.flush_all()

    def _finish(self):
        """Close the run when nothing is planned any more."""
        self.invalidate_recordset()
        self._update_counts()
        if self.state == "executing" and not self.planned_count:
            self.write({"state": "done", "date_end": fields.Datetime.now()})

    # ---------------------------------------------------------------------- actions

    @api.model
    def action_start(self):
        """Start today's run of the current company in the background."""
        if not self.env.user.has_group("arm_receivables.group_receivables_manager"):
            raise UserError(
                self.env._("Only a credit manager may start a dunning run.")
            )
        company = self.env.company
        if not self.with_company(company)._has_tasks(company):
            raise UserError(
                self.env._(
                    "%(company)s has no active task yet. Make one under "
                    "Configuration, Tasks.",
                    company=company.name,
                )
            )
        # As superuser: nobody else may write runs, and the right was checked above.
        run = self.sudo()._open_run(company, "manual")
        self.env.ref("arm_dunning.ir_cron_dunning_run").sudo()._trigger()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_run_action"
        )
        action.update(res_id=run.id, views=[(False, "form")], view_mode="form")
        return action

    @api.model
    def _has_tasks(self, company):
        return bool(
            self.env["arm.dunning.task"].search_count(
                [("company_id", "=", company.id)], limit=1
            )
        )

    def action_view_actions(self):
        """Open what the register holds about this run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {"search_default_group_state": 1}
        return action

    def action_view_messages(self):
        """Open the messages of this run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_message_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        return action

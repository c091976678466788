import logging
import math
import random
import time
from datetime import timedelta

from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200  # customers whose work is committed together
COUNT_SECONDS = 2  # how often the progress bar moves
LOCK_SECONDS = 0.5  # before customers with locked items are tried again
TRIES = 5  # of a transaction that another one got in the way of
MANAGER = "arm_receivables.group_receivables_manager"
GOING = ("planning", "executing")


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
            ("stopped", "Stopped"),
            ("interrupted", "Interrupted"),
        ],
        required=True,
        readonly=True,
        default="planning",
    )
    user_id = fields.Many2one("res.users", string="Started By", readonly=True)
    date_start = fields.Datetime(readonly=True)
    date_end = fields.Datetime(readonly=True)
    duration = fields.Char(compute="_compute_duration")
    problem = fields.Text(
        readonly=True, help="What kept a task, or the whole run, from being planned."
    )
    action_ids = fields.One2many("arm.dunning.action", "run_id", readonly=True)
    message_ids = fields.One2many("arm.dunning.message", "run_id", readonly=True)
    # Kept while it goes on: the rows that wait move on to later runs.
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

    @api.depends("date_start", "date_end")
    def _compute_duration(self):
        """Hours, minutes and seconds; of a run that is going on, so far."""
        for run in self:
            if not run.date_start:
                run.duration = False
                continue
            end = run.date_end or fields.Datetime.now()
            minutes, seconds = divmod(int((end - run.date_start).total_seconds()), 60)
            run.duration = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"

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
        """Perform the runs that are due, and take up those that were interrupted.

        One company after the other; what goes wrong in one does not keep the others.
        """
        companies = self.env["res.company"].search([("dunning_enabled", "=", True)])
        due = companies.filtered(lambda company: company._is_dunning_due())
        going = self.search([("state", "in", GOING)]).company_id
        for company in going | due:
            origin = "schedule" if company in due else "manual"
            try:
                run = self._run_company(company, origin)
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("The dunning run of %s failed", company.name)
                self._note_problem(company, error)
                continue
            if self._is_time_up() and run.state == "executing":
                self.env["ir.cron"]._commit_progress(remaining=run.planned_count or 1)
                break

    @api.model
    def _cron_help(self):
        """Lend a hand to the runs that are going on: the work of a second worker.

        Core performs a scheduled action in one worker only, so that a second worker
        needs an action of its own. It plans nothing; who plans wakes it up.
        """
        for run in self.search([("state", "=", "executing")]):
            run._work()
            run._conclude()
            if self._is_time_up() and run.state == "executing":
                self.env["ir.cron"]._commit_progress(remaining=run.planned_count or 1)
                break

    @api.model
    def _run_company(self, company, origin="manual"):
        """Plan and execute today's run of a company; returns the run, or none.

        Commits as it goes: never call it where the caller's changes may yet be
        rolled back.
        """
        run = self._attempt(lambda: self._open_run(company, origin))
        run._attempt(run._freshen_locked)
        if run._attempt(run._plan_locked):
            run._wake_helpers()
        run._work()
        run._conclude()
        return run

    @api.model
    def _attempt(self, step):
        """Do something and commit it; again, when another transaction was in the way.

        PostgreSQL refuses changes that would overwrite what the transaction has not
        seen; a new transaction sees it.
        """
        for attempt in range(1, TRIES + 1):
            try:
                result = step()
                self.env.flush_all()
            except (OperationalError, IntegrityError):
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if attempt == TRIES:
                    raise
                time.sleep(random.uniform(0.05, 0.1) * attempt)
            else:
                self.env["ir.cron"]._commit_progress(1)
                return result
        return None

    @api.model
    def _open_run(self, company, origin):
        """Today's unfinished run of the company, or a new one.

        What is left of another day is closed: its waiting rows are planned anew.
        """
        today = company._local_today()
        going = self.search([("company_id", "=", company.id), ("state", "in", GOING)])
        if going.date == today:
            if origin == "schedule" and going.origin != origin:
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

    @api.model
    def _note_problem(self, company, error):
        """Leave on the run what went wrong, for the people who look at it."""
        run = self.search(
            [("company_id", "=", company.id), ("state", "in", GOING)], limit=1
        )
        if run.try_lock_for_update(allow_referencing=True):
            run.problem = str(error).strip() or type(error).__name__
        self.env["ir.cron"]._commit_progress()

    # -------------------------------------------------------------------- executing

    def _wake_helpers(self):
        """Call other workers when there is enough to do for them."""
        if self.planned_count > BATCH_SIZE:
            self.env.ref("arm_dunning.ir_cron_dunning_help")._trigger()
            self.env["ir.cron"]._commit_progress()

    def _work(self):
        """Execute batch after batch, until nothing is left or somebody stops it.

        Customers with an item that somebody has locked (it is being paid, perhaps) are
        tried once more at the end, and otherwise left for the next pass. Inside a
        scheduled action it ends when the time of the action is up.
        """
        self.ensure_one()
        for pause in (0, LOCK_SECONDS):
            busy, counted = set(), time.monotonic()
            time.sleep(pause)
            while self._is_going() and self._attempt(
                lambda busy=busy: self._execute_batch(busy=busy)
            ):
                if time.monotonic() - counted > COUNT_SECONDS:
                    self._attempt(self._publish_counts)
                    counted = time.monotonic()
                if self._is_time_up():
                    return
            if not busy:
                return

    def _is_going(self):
        """Whether the run is to go on; somebody may have stopped it."""
        self.invalidate_recordset(["state"])
        return self.state == "executing"

    @api.model
    def _is_time_up(self):
        """Whether a scheduled action should let others have their turn."""
        return time.monotonic() >= self.env.context.get("cron_end_time", math.inf)

    def _execute_batch(self, limit=BATCH_SIZE, busy=None):
        """Do the work of the next customers; returns False when none was left.

        :param busy: ids of customers to pass over; those whose items are locked by
            somebody else are added.
        """
        busy = set() if busy is None else busy
        accounts = self._next_accounts(limit, busy)
        if not accounts:
            return False
        locked = self._lock_items(accounts)
        busy.update((accounts - locked).ids)
        try:
            with self.env.cr.savepoint():
                self._execute_accounts(locked)
        except OperationalError:
            raise  # the database asks for the whole transaction to be repeated
        except Exception:
            _logger.info("Batch of run %s failed; going on one by one", self.id)
            for account in locked:
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

    def _next_accounts(self, limit, busy=()):
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
                   AND account.id NOT IN %s
                 ORDER BY account.id
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                tuple(busy) or (0,),
                limit,
            )
        )
        return self.env["arm.customer.account"].browse(row[0] for row in rows)

    def _lock_items(self, accounts):
        """Keep payments from slipping in; returns the customers without locked items.

        A payment that comes now waits until the batch is committed, so what a message
        says is true when it is queued. A customer with an item that is being paid
        right now is left for later as a whole, because there is one message for all.
        """
        self.env["arm.dunning.action"].flush_model()
        steps = self.env.execute_query(
            SQL(
                "SELECT item_id, account_id FROM arm_dunning_action "
                "WHERE run_id = %s AND state = 'planned' AND account_id IN %s "
                "AND item_id IS NOT NULL",
                self.id,
                tuple(accounts.ids),
            )
        )
        if not steps:
            return accounts
        locked = self.env.execute_query(
            SQL(
                "SELECT id FROM account_move_line WHERE id IN %s ORDER BY id "
                "FOR SHARE SKIP LOCKED",
                tuple({item for item, _account in steps}),
            )
        )
        free = {item for (item,) in locked}
        waiting = {account for item, account in steps if item not in free}
        return accounts.filtered(lambda account: account.id not in waiting)

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

    # ------------------------------------------------------------------ how far it is

    def _publish_counts(self):
        """Show how far the run is, unless another worker is doing so just now.

        In a transaction of its own: two workers that wrote the counts with their
        batches would get in each other's way.
        """
        if self.try_lock_for_update(allow_referencing=True):
            self._update_counts()

    def _update_counts(self):
        """Keep how far the run is; rows that wait will belong to later runs."""
        groups = self.env["arm.dunning.action"]._read_group(
            [("run_id", "=", self.id)], ["state"], ["__count"]
        )
        counts = dict(groups)
        names = ("planned", "done", "held", "failed", "cancelled")
        values = {f"{name}_count": counts.get(name, 0) for name in names}
        self.write({k: v for k, v in values.items() if self[k] != v})

    def _conclude(self):
        """Close the run when all is done; what is left is looked at in a minute.

        Left are customers whose items are locked, and those of another worker.
        """
        self._attempt(self._finish)
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        if self.state == "executing":
            later = fields.Datetime.now() + timedelta(minutes=1)
            self.env.ref("arm_dunning.ir_cron_dunning_run")._trigger(at=later)
        self.env["ir.cron"]._commit_progress()

    def _finish(self):
        """Close the run when nothing is planned any more; who comes last does it."""
        self.invalidate_recordset()
        if not self.try_lock_for_update(allow_referencing=True):
            return
        self._update_counts()
        if self.state == "executing" and not self.planned_count:
            self.write({"state": "done", "date_end": fields.Datetime.now()})

    # ---------------------------------------------------------------------- actions

    @api.model
    def _check_manager(self):
        """Only a credit manager starts, stops and repeats runs."""
        if not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._("Only a credit manager may start or stop a dunning run.")
            )

    def action_start(self):
        """Start today's run of the current company in the background.

        The list calls it with the selected runs, which are usually none.
        """
        self._check_manager()
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
        run._wake()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_run_action"
        )
        action.update(res_id=run.id, views=[(False, "form")], view_mode="form")
        return action

    def action_stop(self):
        """Stop after the batches that are being worked on."""
        self._check_manager()
        self.check_access("read")
        # As superuser: nobody else may write runs, and the right was checked above.
        going = self.sudo().filtered(lambda run: run.state in GOING)
        going.write({"state": "stopped", "date_end": fields.Datetime.now()})
        return True

    def action_resume(self):
        """Go on with a run of today that was stopped."""
        self._check_manager()
        self.ensure_one()
        self.check_access("read")
        self._check_today()
        if self.state == "stopped":
            # As superuser: nobody else may write runs; the right was checked above.
            self.sudo().write({"state": "executing", "date_end": False})
            self.sudo()._wake()  # the same
        return True

    def action_retry(self):
        """Try the failed steps of today's run again, for example with a new text."""
        self._check_manager()
        self.ensure_one()
        self.check_access("read")
        self._check_today()
        # As superuser: nobody else may write; the right was checked above.
        run = self.sudo()
        failed = run.action_ids.filtered(lambda action: action.state == "failed")
        failed.write({"state": "planned", "reason": False, "reason_text": False})
        if failed and run.state != "planning":
            run.write({"state": "executing", "date_end": False})
            run._update_counts()
            run._wake()
        return True

    def _check_today(self):
        """What is left of another day is planned anew, with that day's figures."""
        if self.date != self.company_id._local_today():
            raise UserError(
                self.env._(
                    "This run is of %(date)s. What it left is looked at again by the "
                    "next run: start one with Run Now.",
                    date=format_date(self.env, self.date),
                )
            )

    def _wake(self):
        """Let the scheduled action begin as soon as a worker is free."""
        self.env.ref("arm_dunning.ir_cron_dunning_run")._trigger()

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

    def action_view_held(self):
        """Open what the run held back, by reason."""
        action = self.action_view_actions()
        action["context"] = {"search_default_held": 1, "search_default_group_reason": 1}
        return action

    def action_view_failed(self):
        """Open what failed, with the errors."""
        action = self.action_view_actions()
        action["context"] = {"search_default_failed": 1}
        return action

    def action_view_messages(self):
        """Open the messages of this run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_message_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        return action

import logging
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytz
from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from ..tools import schedule
from .arm_dunning_step import WAITING
from .plan import REGISTER, Plan

_logger = logging.getLogger(__name__)

ACCOUNTS = "arm_dunning_plan_account"  # a temporary table of the transaction
QUIET_REACH = 15  # days; longer holidays use up the days to catch up


class ArmDunningPlanner(models.AbstractModel):
    """The set-based half of a run: which steps are due, and what holds them back.

    Everything here is one SQL statement a task or a plan, never one an item. The same
    statements fill the register, a preview, and the answer to "why not?".
    """

    _name = "arm.dunning.planner"
    _description = "Dunning Planner"

    # ------------------------------------------------------------------- the plan

    @api.model
    def _get_plan(self, run):
        """The plan that fills the register for a run."""
        return self._make_plan(
            run.company_id, run.date, REGISTER, {"run_id": SQL("%s", run.id)}
        )

    @api.model
    def _make_plan(self, company, today, table=REGISTER, owner=None, **values):
        """A plan with the company's quiet days looked up."""
        quiet_days, is_quiet = self._count_quiet_days(company, today)
        return Plan(
            company=company,
            today=today,
            table=SQL.identifier(table),
            owner=owner or {},
            accounts=SQL.identifier(ACCOUNTS),
            quiet_days=quiet_days,
            is_quiet=is_quiet,
            **values,
        )

    @api.model
    def _count_quiet_days(self, company, today):
        """Quiet days in a row just before a day, and whether the day is one itself.

        What fell due on them did not use up its days to be caught up.
        """
        if not company.dunning_quiet_days:
            return 0, False
        first = today - timedelta(days=QUIET_REACH)
        working = self._get_working_days(
            company, company.resource_calendar_id, first, today
        )
        before = 0
        while (
            before < QUIET_REACH and today - timedelta(days=before + 1) not in working
        ):
            before += 1
        return before, today not in working

    @api.model
    def _get_working_days(self, company, calendar, first, last):
        """The working days of a calendar, public holidays left out.

        Expanded by core itself, so that two-week calendars and leaves count as they
        do everywhere.
        """
        if not calendar:
            return schedule.WorkingDays.weekdays(first, last)
        zone = pytz.timezone(calendar.tz or "UTC")
        edges = [
            zone.localize(datetime.combine(day, moment))
            for day, moment in ((first, time.min), (last, time.max))
        ]
        unusual = calendar._get_unusual_days(*edges, company_id=company)
        days = (date.fromisoformat(day) for day, quiet in unusual.items() if not quiet)
        return schedule.WorkingDays.of(first, last, days)

    @api.model
    def _get_due(self, plan, task):
        """Every anchor date for which a task is due: the pure function's answer.

        :raise ValueError: when the task's calendar has not enough working days
        """
        rule = task._get_schedule(plan.quiet_days)
        working = None
        if task.day_type == "working":
            calendar = task.calendar_id or plan.company.resource_calendar_id
            span = schedule.reach(rule, plan.today)
            working = self._get_working_days(plan.company, calendar, *span)
        due = rule.due(plan.today, working)
        if task.anchor in ("week_start", "month_start"):
            period = task.anchor.removesuffix("_start")
            due = (
                d for d in due if d.anchor == schedule.period_start(d.anchor, period)
            )
        return list(due)

    # --------------------------------------------------------------------- filling

    @api.model
    def _freshen_accounts(self, company, today):
        """Bring all accounts up to date, unless that was done on this day already.

        Every night does it for all customers, and from then on every event for its
        own: doing it again would cost more than the planning itself.
        """
        if company.receivables_refreshed_on != today:
            self.env["arm.customer.account"]._refresh(company)
        self.env.flush_all()

    @api.model
    def _fill_accounts(self, plan, live=False):
        """Look at every customer of the company once, for all tasks of the plan.

        A temporary table, because the six statements of six tasks would otherwise
        count the contacts of all customers six times.
        """
        facts = self.env["arm.dunning.guard"]._accounts_query(plan, live=live)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", plan.accounts))
        self.env.cr.execute(
            SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", plan.accounts, facts)
        )
        self.env.cr.execute(SQL("ANALYZE %s", plan.accounts))

    @api.model
    def _enter_steps(self, plan, tasks):
        """Enter what is due for each task; then of missed steps keep the newest.

        A task that cannot be planned, because a field of its filter is gone for
        example, does not keep the others from being planned.

        :return: what went wrong, in a sentence, for each such task
        """
        broken = {}
        for task in tasks:
            try:
                with self.env.cr.savepoint(flush=False):
                    statement = self._plan_statement(plan, task)
                    if statement:
                        self.env.cr.execute(statement)
            except OperationalError:
                raise  # the database asks for the whole transaction to be repeated
            except Exception as error:
                _logger.info("Task %s cannot be planned", task.id, exc_info=True)
                broken[task] = self.env._(
                    "Task %(task)s cannot be planned: %(error)s",
                    task=task.name,
                    error=str(error).strip() or type(error).__name__,
                )
        if any(task._get_lanes() for task in tasks):
            self.env.cr.execute(self._supersede_statement(plan, tasks))
        return broken

    @api.model
    def _plan_statement(self, plan, task):
        """Enter every step that is due for a task, or None when nothing can be.

        A step that is entered already keeps its row: when it was done it stays done;
        when it waits, or was paid and is open again, it gets today's figures.
        """
        due = self._get_due(plan, task)
        if not due:
            return None
        columns = self._get_plan_columns(plan, task)
        return SQL(
            """
            INSERT INTO %(table)s AS action (%(names)s)
            SELECT %(values)s
              FROM %(source)s
             WHERE %(conditions)s
                ON CONFLICT (subject_id, task_id, occurrence, subject_model%(owner)s)
                DO UPDATE SET %(assignments)s
             WHERE %(open)s
            """,
            table=plan.table,
            names=SQL(", ").join(map(SQL.identifier, columns)),
            values=SQL(", ").join(columns.values()),
            source=self._source_sql(plan, task, due),
            conditions=SQL(" AND ").join(
                [
                    *self._get_conditions(plan, task).values(),
                    self._span_sql(plan, task, due),
                    self._unknown_sql(plan, task),
                ]
            ),
            owner=SQL("") if plan.preview is None else SQL(", preview_id"),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                for name in columns
                if name not in plan.extra
            ),
            open=self._open_sql(SQL.identifier("action")),
        )

    @api.model
    def _open_sql(self, alias):
        """Whether a row may be planned anew."""
        return SQL(
            "(%(alias)s.state IN %(waiting)s "
            "OR %(alias)s.state = 'cancelled' AND %(alias)s.reason = 'settled')",
            alias=alias,
            waiting=WAITING,
        )

    @api.model
    def _source_sql(self, plan, task, due):
        """The subjects, the days on which they are due, and what holds them back."""
        subject = task._get_subject()
        contact = SQL("")
        if task.anchor == "contact_date":
            oldest = min(day.anchor for day in due)
            contact = subject._contact_join(plan, task, oldest)
        return SQL(
            """
            %(source)s
            %(contact)s
            JOIN unnest(%(occurrences)s, %(anchors)s, %(days)s)
              AS due(occurrence, anchor, planned) ON due.anchor = %(anchor)s
            CROSS JOIN LATERAL (SELECT %(reason)s AS reason OFFSET 0) verdict
            """,
            source=subject._from_sql(plan),
            contact=contact,
            occurrences=[day.occurrence for day in due],
            anchors=[day.anchor for day in due],
            days=[day.planned for day in due],
            anchor=subject._anchor_sql(plan, task),
            reason=self._reason_sql(self._get_guards(plan, task)),
        )

    @api.model
    def _span_sql(self, plan, task, due):
        """The span of anchor dates, for the index."""
        anchors = [day.anchor for day in due]
        return task._get_subject()._anchor_span_sql(
            plan, task, min(anchors), max(anchors)
        )

    @api.model
    def _unknown_sql(self, plan, task):
        """A preview leaves out what the register has closed already."""
        if plan.preview is None:
            return SQL("TRUE")
        subject = task._get_subject()
        return SQL(
            """
            NOT EXISTS (
                SELECT FROM %(register)s known
                 WHERE known.subject_id = %(subject)s AND known.task_id = %(task)s
                   AND known.occurrence = %(occurrence)s
                   AND known.subject_model = %(model)s AND NOT %(open)s
            )
            """,
            register=SQL.identifier(REGISTER),
            subject=subject._id_sql(),
            task=task.id,
            occurrence=self._occurrence_sql(task),
            model=subject._subject_model,
            open=self._open_sql(SQL.identifier("known")),
        )

    @api.model
    def _get_conditions(self, plan, task):
        """Hook: what a task asks of a subject, besides the day: code -> SQL."""
        subject = task._get_subject()
        conditions = {
            "alive": subject._alive_sql(plan),
            "status": SQL(
                "account.reliability_status IN %s", tuple(task._get_statuses())
            ),
        }
        if task.procedure_id:
            conditions["procedure"] = SQL(
                "account.procedure_id = %s", task.procedure_id.id
            )
        conditions.update(self._get_filters(plan, task, subject))
        conditions.update(self._get_limits(plan, task, subject))
        return conditions

    @api.model
    def _get_filters(self, plan, task, subject):
        """The stored domains, and who is insured."""
        conditions = {}
        if task.partner_domain:
            conditions["partner_domain"] = task._domain_sql(
                "res.partner",
                task.partner_domain,
                SQL("account.partner_id"),
                plan.company,
            )
        if task.item_domain:
            conditions["item_domain"] = task._domain_sql(
                subject._subject_model,
                task.item_domain,
                subject._id_sql(),
                plan.company,
            )
        if task.insurance == "only":
            conditions["insurance"] = subject._insured_sql()
        elif task.insurance == "never":
            conditions["insurance"] = SQL("NOT (%s)", subject._insured_sql())
        return conditions

    @api.model
    def _get_limits(self, plan, task, subject):
        """Amounts (all in company currency), currency and age."""
        late = subject._days_late_sql(plan)
        conditions = {
            "amount_min": task.amount_min
            and SQL("%s >= %s", subject._amount_sql(), task.amount_min),
            "balance_min": task.balance_min
            and SQL("account.amount_open >= %s", task.balance_min),
            "currency": task.only_currency_id
            and SQL("%s = %s", subject._currency_sql(plan), task.only_currency_id.id),
            "days_late_min": task.days_late_min
            and SQL("%s >= %s", late, task.days_late_min),
            "days_late_max": task.days_late_max
            and SQL("%s <= %s", late, task.days_late_max),
        }
        return {code: condition for code, condition in conditions.items() if condition}

    # ---------------------------------------------------------------------- guards

    @api.model
    def _get_guards(self, plan, task):
        """The guards of a task: reason code -> guard, in their precedence."""
        subject = task._get_subject()
        scopes = {"all"}
        if subject._claims and not task.is_courtesy:
            scopes.add("claim")
        if task._is_contact():
            scopes.add("contact")
        return self.env["arm.dunning.guard"]._get_guards(plan, subject, scopes)

    @api.model
    def _reason_sql(self, guards):
        """The first reason code that holds a step back, or NULL."""
        branches = [
            SQL("WHEN %s THEN %s", guard.condition, code)
            for code, guard in guards.items()
        ]
        if not branches:
            return SQL("NULL::varchar")
        return SQL("CASE %s END", SQL(" ").join(branches))

    @api.model
    def _figures_sql(self, guards):
        """The figures behind the reason that was found."""
        branches = [
            SQL("WHEN %s THEN %s", code, guard.figures)
            for code, guard in guards.items()
        ]
        if not branches:
            return SQL("NULL::jsonb")
        return SQL("CASE verdict.reason %s END", SQL(" ").join(branches))

    # --------------------------------------------------------------------- columns

    @api.model
    def _occurrence_sql(self, task):
        """Which time it is; see ``tools.schedule.episode``."""
        if not task._get_subject()._is_recurrent(task):
            return SQL("due.occurrence")
        return SQL(
            "(due.anchor - %s::date) * %s + due.occurrence",
            schedule.EPISODES_BEGIN,
            schedule.EPISODE_SIZE,
        )

    @api.model
    def _get_plan_columns(self, plan, task):
        """Hook: the columns of a planned step and the SQL of their values."""
        subject = task._get_subject()
        return {
            **plan.owner,
            **plan.extra,
            "company_id": SQL("%s", plan.company.id),
            "task_id": SQL("%s", task.id),
            "task_version": SQL("%s", task.version),
            "subject_model": SQL("%s", subject._subject_model),
            "subject_id": subject._id_sql(),
            "occurrence": self._occurrence_sql(task),
            "account_id": SQL("account.id"),
            "partner_id": SQL("account.partner_id"),
            "reliability_status": SQL("account.reliability_status"),
            **subject._get_columns(plan, subject._anchor_sql(plan, task)),
            "date_planned": SQL("due.planned"),
            "days_late": SQL("COALESCE(%s, 0)", subject._days_late_sql(plan)),
            "state": SQL(
                "CASE WHEN verdict.reason IS NULL THEN 'planned' ELSE 'held' END"
            ),
            "reason": SQL("verdict.reason"),
            "reason_text": SQL("NULL"),
            "figures": self._figures_sql(self._get_guards(plan, task)),
        }

    # --------------------------------------------------------------------- closing

    @api.model
    def _supersede_statement(self, plan, tasks):
        """Of the steps that a subject missed, only the newest is made up for.

        An older step is superseded when everything that it does, a newer step does
        too, whichever day the newer one is or was done.
        """
        lanes = [
            (task.id, lane, len(task._get_lanes()))
            for task in tasks
            for lane in task._get_lanes()
        ]
        return SQL(
            """
            WITH lane (task_id, name, count) AS (VALUES %(lanes)s)
            UPDATE %(table)s action
               SET state = 'cancelled', reason = 'superseded', figures = newer.figures
              FROM (
                SELECT old.id,
                       (ARRAY_AGG(
                           jsonb_build_object('task', newer.task_id)
                           ORDER BY newer.date_planned DESC, newer.id DESC
                       ))[1] AS figures
                  FROM %(table)s old
                  JOIN lane mine ON mine.task_id = old.task_id
                  JOIN %(steps)s newer ON newer.subject_id = old.subject_id
                   AND newer.subject_model = old.subject_model
                   AND newer.date_planned > old.date_planned
                   AND newer.state IN ('planned', 'held', 'failed', 'done')
                  JOIN lane theirs ON theirs.task_id = newer.task_id
                   AND theirs.name = mine.name
                 WHERE %(owned)s AND old.state IN %(waiting)s
                   AND old.date_planned < %(today)s
                 GROUP BY old.id, mine.count
                HAVING COUNT(DISTINCT mine.name) = mine.count
              ) newer
             WHERE newer.id = action.id
            """,
            lanes=SQL(", ").join(SQL("(%s, %s, %s)", *lane) for lane in lanes),
            table=plan.table,
            steps=plan.steps_sql(),
            owned=plan.owner_sql("old"),
            waiting=WAITING,
            today=plan.today,
        )

    @api.model
    def _close_statement(self, plan, broken=None):
        """Close what earlier runs left waiting and is not due any more.

        :param broken: tasks that could not be planned; their rows go on waiting.
        """
        kinds = dict(self.env["arm.dunning.task"]._fields["subject_type"].selection)
        gone = [
            SQL(
                "WHEN task.subject_type = %s THEN %s",
                kind,
                self.env[f"arm.dunning.subject.{kind}"]._is_gone_sql(),
            )
            for kind in kinds
        ]
        return SQL(
            """
            UPDATE %(table)s action
               SET state = 'cancelled', figures = NULL,
                   reason = CASE
                       WHEN CASE %(gone)s ELSE FALSE END THEN 'settled'
                       WHEN waiting.date_planned + task.catch_up_days + %(quiet)s
                            < %(today)s
                         OR waiting.date_planned < waiting.date_due
                            AND waiting.date_due < %(today)s THEN 'expired'
                       ELSE 'not_due' END,
                   %(owner)s
              FROM %(table)s waiting
              JOIN arm_dunning_task task ON task.id = waiting.task_id
              LEFT JOIN account_move_line line ON line.id = waiting.item_id
              LEFT JOIN %(accounts)s account ON account.id = waiting.account_id
             WHERE waiting.id = action.id AND action.company_id = %(company)s
               AND action.state IN %(waiting)s AND %(preview)s
               AND NOT %(owned)s AND action.task_id NOT IN %(broken)s
            """,
            table=plan.table,
            gone=SQL(" ").join(gone),
            quiet=plan.quiet_days,
            today=plan.today,
            owner=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in plan.owner.items()
            ),
            accounts=plan.accounts,
            company=plan.company.id,
            waiting=WAITING,
            preview=plan.preview_sql("action"),
            owned=plan.owner_sql("action"),
            broken=tuple(broken.ids) if broken else (0,),
        )

    # ----------------------------------------------------------------- the recheck

    @api.model
    def _recheck(self, actions):
        """Look at planned rows once more, just before they are carried out.

        One statement for each kind of task in the batch. The balances come from the
        ledger as it is now, not from the accounts as they were refreshed.
        """
        self.env["arm.customer.account"]._flush_ledger()
        actions.flush_model()
        for run in actions.run_id:
            plan = self._get_plan(run)
            batch = actions.filtered(lambda action, run=run: action.run_id == run)
            plan = self._with_live_accounts(plan, batch.account_id)
            for kind, rows in batch.grouped(self._get_kind).items():
                self.env.cr.execute(self._recheck_statement(plan, kind, rows))
        actions.invalidate_recordset()

    @api.model
    def _with_live_accounts(self, plan, accounts):
        """The plan, over the present facts of some customers only."""
        facts = self.env["arm.dunning.guard"]._accounts_query(plan, accounts, live=True)
        return replace(plan, accounts=SQL("(%s)", facts))

    @api.model
    def _get_kind(self, action):
        """Tasks of one kind have the same subjects and the same guards."""
        task = action.task_id
        return task.subject_type, task.is_courtesy, task._is_contact()

    @api.model
    def _recheck_statement(self, plan, kind, actions):
        """Bring the rows' state, reason and amounts up to date.

        Most rows are as they were, and are not written: a row that is written costs
        more than looking it up.
        """
        task = actions.task_id[:1]
        subject = task._get_subject()
        guards = self._get_guards(plan, task)
        figures = subject._get_columns(plan, SQL("NULL::date"))
        return SQL(
            """
            UPDATE arm_dunning_action action
               SET state = CASE WHEN fact.id IS NULL THEN 'cancelled'
                                WHEN fact.reason IS NULL THEN 'planned'
                                ELSE 'held' END,
                   reason = CASE WHEN fact.id IS NULL THEN %(gone)s
                                 ELSE fact.reason END,
                   figures = fact.figures,
                   amount = COALESCE(fact.amount, action.amount),
                   amount_company = COALESCE(fact.amount_company, action.amount_company)
              FROM arm_dunning_action waiting
              LEFT JOIN (
                SELECT %(id)s AS id, verdict.reason, %(figures)s AS figures,
                       %(amount)s AS amount, %(amount_company)s AS amount_company
                  FROM %(source)s
                 CROSS JOIN LATERAL (SELECT %(reason)s AS reason OFFSET 0) verdict
                 WHERE %(alive)s AND %(id)s IN %(subjects)s
              ) fact ON fact.id = waiting.subject_id
             WHERE waiting.id = action.id AND waiting.id IN %(actions)s
               AND (action.state, action.reason, action.amount, action.amount_company)
                   IS DISTINCT FROM (
                       CASE WHEN fact.id IS NOT NULL AND fact.reason IS NULL
                            THEN 'planned' END,
                       NULL, fact.amount, fact.amount_company
                   )
            """,
            gone="settled" if subject._claims else "not_due",
            id=subject._id_sql(),
            figures=self._figures_sql(guards),
            amount=figures["amount"],
            amount_company=figures["amount_company"],
            source=subject._from_sql(plan),
            reason=self._reason_sql(guards),
            alive=subject._alive_sql(plan),
            subjects=tuple(set(actions.mapped("subject_id"))) or (0,),
            actions=tuple(actions.ids) or (0,),
        )

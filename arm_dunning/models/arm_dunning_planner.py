import logging
from datetime import date, datetime, time, timedelta

import pytz
from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from ..tools import schedule
from .arm_dunning_step import WAITING
from .plan import REGISTER, Plan

_logger = logging.getLogger(__name__)

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

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, format_date

from ..tools import schedule


class ArmDunningExplainer(models.AbstractModel):
    """Why an item got no reminder: the planner's own conditions, one by one.

    What the register knows is said first; for everything else the same SQL that plans
    is asked which condition is not met, or which day has not come.
    """

    _name = "arm.dunning.explainer"
    _description = "Explainer of Dunning"

    @api.model
    def _explain(self, items):
        """Answer for each open item and each task.

        :param items: receivable lines of one company.
        :return: list of dicts ``item``, ``task``, ``state``, ``reason``, ``date`` and
            ``text``, and ``elsewhere`` where the customer is in another procedure; the
            state is one of the register's, or "coming", "never".
        """
        tasks = self.env["arm.dunning.run"]._get_company_tasks(items.company_id)
        tasks = tasks.filtered(lambda t: t.subject_type == "item")
        answers = self._explain_from_register(items)
        known = {(answer["item"], answer["task"]) for answer in answers}
        for task in tasks:
            rest = items.filtered(lambda i, task=task: (i, task) not in known)
            answers += self._explain_from_ledger(rest, task) if rest else []
        order = {item: place for place, item in enumerate(items)}
        answers.sort(key=lambda a: (order[a["item"]], a["task"]._get_rank()))
        return self._put_first_what_matters(answers)

    @api.model
    def _put_first_what_matters(self, answers):
        """What was or will be done, or was held, before what is not meant for it.

        Of each procedure that the customer is not in, one task stands for all.
        """
        seen, first, last = set(), [], []
        for answer in answers:
            if not answer.get("elsewhere"):
                first.append(answer)
                continue
            key = answer["item"], answer["task"].procedure_id
            if key not in seen:
                seen.add(key)
                last.append(answer)
        first.sort(key=lambda answer: answer["state"] == "never")
        return first + last

    @api.model
    def _explain_from_register(self, items):
        """The newest row of each item and task, in words."""
        rows = self.env["arm.dunning.action"].search(
            [("item_id", "in", items.ids)], order="occurrence, id"
        )
        newest = {(row.item_id, row.task_id): row for row in rows}
        return [
            {
                "item": item,
                "task": task,
                "state": row.state,
                "reason": row.reason,
                "date": row.day_done or row.date_planned,
                "text": row._get_explanation(),
            }
            for (item, task), row in newest.items()
        ]

    @api.model
    def _explain_from_ledger(self, items, task):
        """What the conditions of a task say about items that it did nothing about."""
        planner = self.env["arm.dunning.planner"]
        partners = items.partner_id.with_company(items.company_id)
        accounts = partners._get_customer_accounts()
        accounts = self.env["arm.customer.account"].union(*accounts.values())
        plan = planner._with_live_accounts(
            planner._make_plan(items.company_id, items.company_id._local_today()),
            accounts,
        )
        facts = {
            row["id"]: row
            for row in self.env.execute_query_dict(self._statement(plan, task, items))
        }
        return [
            {
                "item": item,
                "task": task,
                **self._judge(plan, task, facts.get(item.id)),
            }
            for item in items
        ]

    @api.model
    def _statement(self, plan, task, items):
        """Each condition of a task as a column, and what would hold the item back."""
        planner, subject = self.env["arm.dunning.planner"], task._get_subject()
        guards = planner._get_guards(plan, task)
        contact = SQL("")
        if task.anchor == "contact_date":
            contact = SQL("LEFT %s", subject._contact_join(plan, task))
        conditions = [
            SQL("(%s) IS TRUE AS %s", condition, SQL.identifier(f"is_{code}"))
            for code, condition in planner._get_conditions(plan, task).items()
        ]
        return SQL(
            """
            SELECT %(id)s AS id, %(anchor)s AS anchor, verdict.reason,
                   %(figures)s AS figures, %(conditions)s
              FROM %(source)s
              %(contact)s
             CROSS JOIN LATERAL (SELECT %(reason)s AS reason OFFSET 0) verdict
             WHERE %(id)s IN %(items)s
            """,
            id=subject._id_sql(),
            anchor=subject._anchor_sql(plan, task),
            figures=planner._figures_sql(guards),
            conditions=SQL(", ").join(conditions),
            source=subject._from_sql(plan),
            contact=contact,
            reason=planner._reason_sql(guards),
            items=tuple(items.ids) or (0,),
        )

    @api.model
    def _judge(self, plan, task, facts):
        """The first thing that keeps the task from being done, in words."""
        never = {"state": "never", "reason": False, "date": False}
        if not facts:
            return {
                **never,
                "text": self.env._("The customer has no account yet; refresh it."),
            }
        for code, text in self._get_refusals(task).items():
            if facts.get(f"is_{code}") is False:
                return {**never, "text": text, "elsewhere": code == "procedure"}
        if not facts["anchor"]:
            labels = dict(task._fields["anchor"]._description_selection(self.env))
            text = self.env._(
                "There is no such day yet: %(anchor)s.", anchor=labels[task.anchor]
            )
            return {**never, "text": text}
        return self._judge_day(plan, task, facts)

    @api.model
    def _get_refusals(self, task):
        """Hook: what it means in words that a condition is not met."""
        return {
            "alive": self.env._("Nothing is open: it is paid, credited or not posted."),
            "status": self.env._("The task is not meant for the customer's status."),
            "procedure": self.env._(
                "The customer is not in the procedure %(procedure)s.",
                procedure=task.procedure_id.name,
            ),
            "partner_domain": self.env._("The task is not meant for this customer."),
            "item_domain": self.env._("The task is not meant for this item."),
            "insurance": self.env._("The task asks for insured, or uninsured, items."),
            "amount_min": self.env._("The item is below the task's minimum."),
            "balance_min": self.env._("The balance is below the task's minimum."),
            "currency": self.env._("The task is meant for another currency."),
            "days_late_min": self.env._("The item is not overdue for long enough."),
            "days_late_max": self.env._("The item is overdue for too long."),
        }

    @api.model
    def _judge_day(self, plan, task, facts):
        """The conditions are met: the day has not come, or is over, or it is held."""
        planned = self._get_planned_day(plan, task, facts["anchor"])
        day = format_date(self.env, planned)
        last = planned + timedelta(days=task.catch_up_days + plan.quiet_days)
        answer = {"reason": facts["reason"], "date": planned}
        if planned > plan.today:
            text = self.env._("It falls due on %(date)s.", date=day)
            return {
                **answer,
                "state": "coming",
                "text": self._add_guard(plan, text, facts),
            }
        too_late = task.offset_days < 0 and facts["anchor"] < plan.today
        if last < plan.today or too_late or not self._is_valid(task, planned):
            text = self.env._(
                "Its day was %(date)s, and the days to catch up are over.", date=day
            )
            return {**answer, "state": "never", "text": text}
        text = self.env._("It fell due on %(date)s; the next run does it.", date=day)
        if facts["reason"]:
            text = self.env._("It fell due on %(date)s.", date=day)
        return {**answer, "state": "coming", "text": self._add_guard(plan, text, facts)}

    @api.model
    def _is_valid(self, task, day):
        """Whether the rule was, or is, valid on a day."""
        return (not task.date_from or task.date_from <= day) and (
            not task.date_to or day <= task.date_to
        )

    @api.model
    def _get_planned_day(self, plan, task, anchor):
        """The first day of the task that may still be done, or else its last one."""
        rule = task._get_schedule(plan.quiet_days)
        working = None
        if task.day_type == "working":
            calendar = task.calendar_id or plan.company.resource_calendar_id
            first, last = schedule.reach(rule, plan.today)
            span = (
                min(first, anchor - (plan.today - first)),
                max(last, anchor + (last - plan.today)),
            )
            working = self.env["arm.dunning.planner"]._get_working_days(
                plan.company, calendar, *span
            )
        days = [
            schedule.planned_date(anchor, rule.distance(n), working)
            for n in range(1, rule.times + 1)
        ]
        oldest = plan.today - timedelta(days=rule.catch_up)
        return next((day for day in days if day >= oldest), days[-1])

    @api.model
    def _add_guard(self, plan, text, facts):
        """Say what would hold it back today, too."""
        if not facts["reason"]:
            return text
        step = self.env["arm.dunning.action"].new(
            {
                "state": "held",
                "reason": facts["reason"],
                "figures": facts["figures"],
                "company_id": plan.company.id,
            }
        )
        return f"{text} {step._get_reason_sentence()}"

from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from .plan import Plan


class ArmDunningPlanner(models.AbstractModel):
    """Planned steps looked at once more, just before they are carried out."""

    _name = "arm.dunning.planner"
    _inherit = ["arm.dunning.planner"]

    @api.model
    def _recheck(self, actions):
        """Look at planned rows once more, just before they are carried out.

        One statement for each kind of task in the batch. The balances come from the
        ledger as it is now, not from the accounts as they were refreshed.
        """
        self.env["arm.customer.account"]._flush_ledger()
        actions.flush_model()
        changed = 0
        for run, batch in actions.grouped("run_id").items():
            plan = self._get_live_plan(run.company_id, run.date, batch.account_id)
            for rows in self._split_kinds(batch):
                self.env.cr.execute(self._recheck_statement(plan, rows))
                changed += self.env.cr.rowcount
        if changed:
            actions.invalidate_recordset()

    @api.model
    def _get_live_plan(self, company, today, accounts):
        """A plan over the present facts of some customers, for steps of this day.

        What guards the day as a whole was asked when the steps were planned, on the
        same day: it is not asked again for each batch.
        """
        plan = Plan(company=company, today=today, is_live=True)
        return self._with_live_accounts(plan, accounts)

    @api.model
    def _with_live_accounts(self, plan, accounts):
        """The plan, over the present facts of some customers only."""
        facts = self.env["arm.dunning.guard"]._accounts_query(plan, accounts, live=True)
        return replace(plan, accounts=SQL("(%s)", facts))

    @api.model
    def _split_kinds(self, actions):
        """The rows by kind: tasks of one have the same subjects and guards."""
        kinds = {
            task: (task.subject_type, task.is_courtesy, task._is_contact())
            for task in actions.task_id
        }
        return actions.grouped(lambda action: kinds[action.task_id]).values()

    @api.model
    def _recheck_statement(self, plan, actions):
        """Bring the rows' state, reason and amounts up to date.

        Most rows are as they were, and are not written: a row that is written costs
        more than looking it up.
        """
        subject = actions.task_id[:1]._get_subject()
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
              LEFT JOIN (%(facts)s) fact ON fact.id = waiting.subject_id
             WHERE waiting.id = action.id AND waiting.id IN %(actions)s
               AND (action.state, action.reason, action.amount, action.amount_company)
                   IS DISTINCT FROM (
                       CASE WHEN fact.id IS NOT NULL AND fact.reason IS NULL
                            THEN 'planned' END,
                       NULL, fact.amount, fact.amount_company
                   )
            """,
            gone="settled" if subject._claims else "not_due",
            facts=self._facts_query(plan, actions),
            actions=tuple(actions.ids) or (0,),
        )

    @api.model
    def _facts_query(self, plan, actions):
        """What is true now of the rows' subjects, and what would hold them back."""
        task = actions.task_id[:1]
        subject, guards = task._get_subject(), self._get_guards(plan, task)
        columns = subject._get_columns(plan, SQL("NULL::date"))
        return SQL(
            """
            SELECT %(id)s AS id, verdict.reason, %(figures)s AS figures,
                   %(amount)s AS amount, %(amount_company)s AS amount_company
              FROM %(source)s
             CROSS JOIN LATERAL (SELECT %(reason)s AS reason OFFSET 0) verdict
             WHERE %(alive)s AND %(id)s IN %(subjects)s
            """,
            id=subject._id_sql(),
            figures=self._figures_sql(guards),
            amount=columns["amount"],
            amount_company=columns["amount_company"],
            source=subject._from_sql(plan),
            reason=self._reason_sql(guards),
            alive=subject._alive_sql(plan),
            subjects=tuple(set(actions.mapped("subject_id"))) or (0,),
        )

from odoo import api, models
from odoo.tools import SQL

from .arm_dunning_step import WAITING


class ArmDunningPlanner(models.AbstractModel):
    """What is not done any more: steps that were overtaken, and those that are over."""

    _name = "arm.dunning.planner"
    _inherit = ["arm.dunning.planner"]

    @api.model
    def _supersede_statement(self, plan, tasks):
        """Of the steps that a subject missed, only the newest is made up for.

        An older step is superseded when everything that it does, a newer step does
        too, whichever day the newer one is or was done.
        """
        lanes = [
            SQL("(%s, %s, %s)", task.id, lane, len(task._get_lanes()))
            for task in tasks
            for lane in task._get_lanes()
        ]
        return SQL(
            """
            WITH lane (task_id, name, count) AS (VALUES %(lanes)s)
            UPDATE %(table)s action
               SET state = 'cancelled', reason = 'superseded', figures = newer.figures
              FROM (%(overtaken)s) newer
             WHERE newer.id = action.id
            """,
            lanes=SQL(", ").join(lanes),
            table=plan.table,
            overtaken=self._overtaken_query(plan),
        )

    @api.model
    def _overtaken_query(self, plan):
        """The missed steps for which newer ones do everything; and by which task."""
        return SQL(
            """
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
            """,
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
        return SQL(
            """
            UPDATE %(table)s action
               SET state = 'cancelled', figures = NULL, reason = %(reason)s, %(owner)s
              FROM %(table)s waiting
              JOIN arm_dunning_task task ON task.id = waiting.task_id
              LEFT JOIN account_move_line line ON line.id = waiting.item_id
              LEFT JOIN %(accounts)s account ON account.id = waiting.account_id
             WHERE waiting.id = action.id AND action.company_id = %(company)s
               AND action.state IN %(waiting)s AND %(preview)s
               AND NOT %(owned)s AND action.task_id NOT IN %(broken)s
            """,
            table=plan.table,
            reason=self._end_reason_sql(plan),
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

    @api.model
    def _end_reason_sql(self, plan):
        """Why a step that waited is not due any more: paid, too late, or changed."""
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
            CASE WHEN CASE %(gone)s ELSE FALSE END THEN 'settled'
                 WHEN waiting.date_planned + task.catch_up_days + %(quiet)s < %(today)s
                   OR waiting.date_planned < waiting.date_due
                  AND waiting.date_due < %(today)s THEN 'expired'
                 ELSE 'not_due' END
            """,
            gone=SQL(" ").join(gone),
            quiet=plan.quiet_days,
            today=plan.today,
        )

from odoo import api, models
from odoo.tools import SQL

# Why an item is held back: reason code -> SQL condition over ``line``, ``move`` and
# ``account`` (the customer account). The first that holds is recorded.
ITEM_GUARDS = {
    "no_followup": SQL("line.no_followup"),
    "in_payment": SQL("move.payment_state = 'in_payment'"),
    "blocked": SQL("move.payment_state = 'blocked'"),
    "credit_covers": SQL("account.amount_open <= 0"),
}


class ArmDunningPlanner(models.AbstractModel):
    """The set-based half of a run: which items are due for a task, and why not.

    Everything here is one SQL statement a task or a run, never one an item.
    """

    _name = "arm.dunning.planner"
    _description = "Dunning Planner"

    @api.model
    def _get_item_guards(self):
        """Hook: the guards of open items, in their order of precedence."""
        return dict(ITEM_GUARDS)

    @api.model
    def _reason_sql(self):
        """The reason code that holds an item back, or NULL."""
        branches = [
            SQL("WHEN %s THEN %s", condition, code)
            for code, condition in self._get_item_guards().items()
        ]
        return SQL("CASE %s END", SQL(" ").join(branches))

    @api.model
    def _ledger_sql(self):
        """Where the facts about open items are: ``line``, ``move``, ``account``."""
        return SQL(
            """
            account_move_line line
            JOIN account_account ledger ON ledger.id = line.account_id
            JOIN account_move move ON move.id = line.move_id
            JOIN res_partner partner ON partner.id = line.partner_id
            JOIN arm_customer_account account
              ON account.company_id = line.company_id
             AND account.partner_id = partner.commercial_partner_id
            """
        )

    @api.model
    def _open_sql(self):
        """What makes a line an open item that somebody still has to pay."""
        return SQL(
            "line.parent_state = 'posted' AND line.reconciled IS NOT TRUE "
            "AND line.amount_residual > 0 AND ledger.account_type = 'asset_receivable'"
        )

    @api.model
    def _plan_statement(self, run, task):
        """Enter every item that is due for a task into the register.

        An item that is in the register already for this task keeps its row: when
        it was done it stays done, when it waits it gets today's figures.
        """
        oldest, newest = task._get_due_window(run.date)
        columns = self._get_plan_columns(run, task)
        names = [SQL.identifier(name) for name in columns]
        return SQL(
            """
            INSERT INTO arm_dunning_action AS action (%(names)s)
            SELECT %(values)s
              FROM %(ledger)s
             WHERE line.company_id = %(company)s AND %(open)s
               AND line.date_maturity BETWEEN %(oldest)s AND %(newest)s
               AND account.reliability_status IN %(statuses)s
                ON CONFLICT (task_id, subject_model, subject_id, occurrence)
                DO UPDATE SET %(assignments)s
             WHERE action.state IN ('planned', 'held', 'failed')
            """,
            names=SQL(", ").join(names),
            values=SQL(", ").join(columns.values()),
            ledger=self._ledger_sql(),
            company=run.company_id.id,
            open=self._open_sql(),
            oldest=oldest,
            newest=newest,
            statuses=tuple(task._get_statuses()),
            assignments=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                for name in columns
                if not name.startswith("create_")
            ),
        )

    @api.model
    def _get_plan_columns(self, run, task):
        """Hook: the columns of a planned register row and the SQL of their values."""
        reason = self._reason_sql()
        now = SQL("now() AT TIME ZONE 'UTC'")
        return {
            "run_id": SQL("%s", run.id),
            "company_id": SQL("%s", run.company_id.id),
            "company_currency_id": SQL("%s", run.company_id.currency_id.id),
            "task_id": SQL("%s", task.id),
            "task_version": SQL("%s", task.version),
            "subject_model": SQL("'account.move.line'"),
            "subject_id": SQL("line.id"),
            "occurrence": SQL("1"),
            "item_id": SQL("line.id"),
            "document": SQL("COALESCE(move.name, line.name, '/')"),
            "account_id": SQL("account.id"),
            "partner_id": SQL("account.partner_id"),
            "reliability_status": SQL("account.reliability_status"),
            "currency_id": SQL("line.currency_id"),
            "amount": SQL("line.amount_residual_currency"),
            "amount_company": SQL("line.amount_residual"),
            "date_due": SQL("line.date_maturity"),
            "date_planned": SQL("line.date_maturity + %s", task.offset_days),
            "days_late": SQL("%s::date - line.date_maturity", run.date),
            "state": SQL("CASE WHEN %s IS NULL THEN 'planned' ELSE 'held' END", reason),
            "reason": reason,
            "reason_text": SQL("NULL"),
            "create_uid": SQL("%s", self.env.uid),
            "create_date": now,
            "write_uid": SQL("%s", self.env.uid),
            "write_date": now,
        }

    @api.model
    def _close_statement(self, run):
        """Close what earlier runs left waiting and is not due any more."""
        return SQL(
            """
            UPDATE arm_dunning_action action
               SET state = 'cancelled', run_id = %(run)s,
                   reason = CASE WHEN line.id IS NULL OR line.reconciled
                                      OR line.parent_state != 'posted'
                                 THEN 'settled' ELSE 'expired' END,
                   write_date = now() AT TIME ZONE 'UTC', write_uid = %(user)s
              FROM arm_dunning_action waiting
              LEFT JOIN account_move_line line ON line.id = waiting.item_id
             WHERE waiting.id = action.id AND action.company_id = %(company)s
               AND action.state IN ('planned', 'held', 'failed')
               AND action.run_id != %(run)s
            """,
            run=run.id,
            company=run.company_id.id,
            user=self.env.uid,
        )

    @api.model
    def _recheck_statement(self, actions):
        """Look at planned rows once more, just before they are carried out.

        Returns the ids of those that are still to be done, with today's amounts.
        """
        return SQL(
            """
            UPDATE arm_dunning_action action
               SET state = CASE WHEN fact.reason IS NULL THEN 'planned'
                                WHEN fact.reason = 'settled' THEN 'cancelled'
                                ELSE 'held' END,
                   reason = fact.reason,
                   amount = COALESCE(fact.amount, action.amount),
                   amount_company = COALESCE(fact.amount_company, action.amount_company)
              FROM (
                SELECT waiting.id,
                       CASE WHEN open.id IS NULL THEN 'settled' ELSE open.reason END
                       AS reason,
                       open.amount, open.amount_company
                  FROM arm_dunning_action waiting
                  LEFT JOIN (
                    SELECT line.id, %(reason)s AS reason,
                           line.amount_residual_currency AS amount,
                           line.amount_residual AS amount_company
                      FROM %(ledger)s
                     WHERE %(open)s AND line.id IN %(items)s
                  ) open ON open.id = waiting.item_id
                 WHERE waiting.id IN %(actions)s
              ) fact
             WHERE fact.id = action.id
            """,
            reason=self._reason_sql(),
            ledger=self._ledger_sql(),
            open=self._open_sql(),
            items=tuple(actions.item_id.ids) or (0,),
            actions=tuple(actions.ids) or (0,),
        )

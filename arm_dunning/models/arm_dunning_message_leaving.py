from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools import SQL

BUSY_MINUTES = 2  # until a mail about an item that is being paid is tried again


class ArmDunningMessage(models.Model):
    """What a message says has to be true when it leaves, not only when it was written.

    Between the run and the mail server there are minutes, or hours when the server is
    down. So its items are locked and looked at once more, in the transaction that
    hands it over: paid, credited, held or paused meanwhile means that it is withdrawn.
    """

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _may_leave(self):
        """Whether the message is still true; if not, it is withdrawn.

        Of an item that is being paid this very moment nobody knows: the mail stays in
        the queue, and the next pass looks at it.
        """
        self.ensure_one()
        actions = self._get_actions()
        if not self._keep_items(actions.item_id):
            soon = fields.Datetime.now() + timedelta(minutes=BUSY_MINUTES)
            # As superuser: who sends mails need not be allowed to wake the queue.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger(soon)
            return False
        verdicts = self._find_untrue(actions)
        if verdicts:
            self._withdraw(actions, verdicts)
        return not verdicts

    def _keep_items(self, items):
        """Keep payments from slipping in; returns whether nobody else has them."""
        if not items:
            return True
        try:
            with self.env.cr.savepoint():
                rows = self.env.execute_query(
                    SQL(
                        "SELECT id FROM account_move_line WHERE id IN %s ORDER BY id "
                        "FOR SHARE SKIP LOCKED",
                        tuple(items.ids),
                    )
                )
        except OperationalError:
            return False  # changed a moment ago: a new transaction sees it
        return len(rows) == len(items)

    # ----------------------------------------------------------------------- verdict

    @api.model
    def _find_untrue(self, actions):
        """Which rows of the register would not be true any more.

        The same guards as in a run, except those that look at the day and at other
        contacts: this message is a contact itself.

        :return: dict of row to reason code
        """
        planner = self.env["arm.dunning.planner"]
        self.env["arm.customer.account"]._flush_ledger()
        actions.flush_model()
        found = {}
        for run, rows in actions.grouped("run_id").items():
            today = run.company_id._local_today()
            plan = planner._get_live_plan(run.company_id, today, rows.account_id)
            for kind in planner._split_kinds(rows):
                found.update(self.env.execute_query(self._untrue_query(plan, kind)))
        return {row: found[row.id] for row in actions if row.id in found}

    @api.model
    def _untrue_query(self, plan, actions):
        """Ids and reasons of those rows that the ledger contradicts."""
        planner, task = self.env["arm.dunning.planner"], actions.task_id[:1]
        subject = task._get_subject()
        return SQL(
            """
            SELECT waiting.id,
                   CASE WHEN fact.id IS NULL THEN %(gone)s
                        ELSE COALESCE(fact.reason, 'changed') END
              FROM arm_dunning_action waiting
              LEFT JOIN (
                SELECT %(id)s AS id, %(reason)s AS reason, %(amount)s AS amount
                  FROM %(source)s
                 WHERE %(alive)s AND %(id)s IN %(subjects)s
              ) fact ON fact.id = waiting.subject_id
             WHERE waiting.id IN %(actions)s
               AND (fact.id IS NULL OR fact.reason IS NOT NULL
                    OR fact.amount != waiting.amount)
            """,
            gone="settled" if subject._claims else "not_due",
            id=subject._id_sql(),
            reason=planner._reason_sql(self._get_leaving_guards(plan, task)),
            amount=subject._get_columns(plan, SQL("NULL::date"))["amount"],
            source=subject._from_sql(plan),
            alive=subject._alive_sql(plan),
            subjects=tuple(set(actions.mapped("subject_id"))) or (0,),
            actions=tuple(actions.ids) or (0,),
        )

    @api.model
    def _get_leaving_guards(self, plan, task):
        """Hook: the guards that withdraw a message, by reason code."""
        codes = {
            *task._get_subject()._get_subject_guards(plan),
            *self.env["arm.dunning.guard"]._get_customer_guards(plan),
        }
        guards = self.env["arm.dunning.planner"]._get_guards(plan, task)
        return {code: guard for code, guard in guards.items() if code in codes}

    # -------------------------------------------------------------------- withdrawal

    def _withdraw(self, actions, verdicts):
        """Cancel the mail, and open its rows again for the next run.

        Where a task did other things too, they have happened: its rows stay done, and
        say that the e-mail was withdrawn.
        """
        self.ensure_one()
        text = self._get_withdrawal(verdicts)
        self.mail_id.write({"state": "cancel", "failure_reason": text})
        self.write({"delivery_state": "cancelled", "delivery_reason": text})
        only_mail = actions.filtered(
            lambda row: set(row.task_id.operation_ids.mapped("operation_type"))
            == {"email"}
        )
        for reason, rows in only_mail.grouped(verdicts.get).items():
            rows._reopen(reason, text)
        (actions - only_mail).write({"reason_text": text})
        self.account_id._message_log(
            body=self.env._(
                "Not sent: %(subject)s. %(reason)s",
                subject=self.subject or "",
                reason=text,
            )
        )
        self.run_id._publish_counts()

    def _get_withdrawal(self, verdicts):
        """In words, what has changed since the message was written."""
        labels = dict(
            self.env["arm.dunning.action"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        changed = self.env._("Partly paid or credited meanwhile")
        parts = [
            f"{row.document or ''}: {labels.get(reason, changed)}"
            for row, reason in verdicts.items()
        ]
        return self.env._("Withdrawn before it left. %(why)s", why="; ".join(parts))

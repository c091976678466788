from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

PURGE_BATCH = 1000  # rows whose removal is committed together


class ArmDunningPurge(models.Model):
    """What was removed from the register after its time, and when: one row each.

    The texts of messages go first, the facts later; each company sets its own periods.
    Nobody writes here but the scheduled action.
    """

    _name = "arm.dunning.purge"
    _description = "Purge of the Dunning Register"
    _order = "id desc"
    _rec_name = "before"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Datetime(
        string="Done On", readonly=True, default=lambda self: self._default_date()
    )
    kind = fields.Selection(
        [("content", "Texts of Messages"), ("facts", "Rows of the Register")],
        required=True,
        readonly=True,
    )
    before = fields.Date(
        required=True, readonly=True, help="What is of an earlier day was removed."
    )
    message_count = fields.Integer(string="Messages", readonly=True)
    action_count = fields.Integer(string="Rows", readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)

    @api.model
    def _default_date(self):
        return fields.Datetime.now()

    # ------------------------------------------------------------------ the engine

    @api.model
    def _cron_purge(self):
        """Remove what is older than the companies want to keep, batch by batch."""
        companies = self.env["res.company"].search([("active", "=", True)])
        for company in companies:
            today = company._local_today()
            content = company.dunning_keep_content_months
            if content:
                self._purge_content(company, today - relativedelta(months=content))
            facts = company.dunning_keep_facts_months
            if facts:
                self._purge_facts(company, today - relativedelta(months=facts))

    @api.model
    def _purge_content(self, company, before):
        """Clear the texts of messages of runs before a day."""
        count = 0
        while ids := self._find_texts(company, before):
            self._clear_texts(ids)
            count += len(ids)
            self.env["ir.cron"]._commit_progress(len(ids))
        self._write_log(company, "content", before, messages=count)

    @api.model
    def _find_texts(self, company, before):
        """The next messages that still have a text."""
        return self._fetch_ids(
            SQL(
                """
                SELECT message.id
                  FROM arm_dunning_message message
                  JOIN arm_dunning_run run ON run.id = message.run_id
                 WHERE message.company_id = %s AND run.date < %s
                   AND (message.body IS NOT NULL OR message.subject IS NOT NULL)
                 LIMIT %s
                """,
                company.id,
                before,
                PURGE_BATCH,
            )
        )

    @api.model
    def _clear_texts(self, ids):
        """Hook: remove the text wherever it is: here, in the mail, in attachments."""
        mails = SQL(
            "(SELECT mail_id FROM arm_dunning_message "
            "WHERE id IN %s AND mail_id IS NOT NULL)",
            ids,
        )
        self.env.flush_all()
        for statement in (
            SQL(
                "UPDATE mail_message SET body = '', subject = NULL WHERE id IN "
                "(SELECT mail_message_id FROM mail_mail WHERE id IN %s)",
                mails,
            ),
            SQL("UPDATE mail_mail SET body_html = NULL WHERE id IN %s", mails),
            SQL(
                "UPDATE mail_message SET body = '' FROM arm_dunning_message sms "
                "WHERE sms.id IN %s AND sms.channel = 'sms' "
                "AND mail_message.message_id = sms.reference",
                ids,
            ),
            SQL(
                "UPDATE sms_sms SET body = NULL FROM arm_dunning_message message "
                "WHERE message.id IN %s AND sms_sms.uuid = message.sms_uuid",
                ids,
            ),
            SQL(
                "UPDATE arm_dunning_message SET body = NULL, subject = NULL "
                "WHERE id IN %s",
                ids,
            ),
        ):
            self.env.cr.execute(statement)
        self._unlink_attachments(ids)
        self.env.invalidate_all()

    @api.model
    def _unlink_attachments(self, ids):
        """Delete the files of messages; core clears away what is stored of them."""
        self.env["ir.attachment"].search(
            [("res_model", "=", "arm.dunning.message"), ("res_id", "in", ids)]
        ).unlink()

    @api.model
    def _purge_facts(self, company, before):
        """Delete closed rows of before a day, with the messages of their runs.

        Rows of items that are still open stay: they keep a step from being done twice.
        """
        actions = messages = 0
        while ids := self._find_facts(company, before):
            self.env.cr.execute(
                SQL("DELETE FROM arm_dunning_action WHERE id IN %s", ids)
            )
            actions += len(ids)
            self.env["ir.cron"]._commit_progress(len(ids))
        while ids := self._find_empty_messages(company, before):
            self._clear_texts(ids)
            self.env.cr.execute(
                SQL("DELETE FROM arm_dunning_message WHERE id IN %s", ids)
            )
            messages += len(ids)
            self.env["ir.cron"]._commit_progress(len(ids))
        self.env.invalidate_all()
        self._write_log(company, "facts", before, messages=messages, actions=actions)

    @api.model
    def _find_facts(self, company, before):
        return self._fetch_ids(
            SQL(
                """
                SELECT action.id
                  FROM arm_dunning_action action
                  LEFT JOIN arm_dunning_run run ON run.id = action.run_id
                  LEFT JOIN account_move_line line ON line.id = action.item_id
                 WHERE action.company_id = %s
                   AND COALESCE(run.date, action.day_done) < %s
                   AND action.state IN ('done', 'cancelled')
                   AND (line.id IS NULL OR line.reconciled)
                 LIMIT %s
                """,
                company.id,
                before,
                PURGE_BATCH,
            )
        )

    @api.model
    def _find_empty_messages(self, company, before):
        return self._fetch_ids(
            SQL(
                """
                SELECT message.id
                  FROM arm_dunning_message message
                  JOIN arm_dunning_run run ON run.id = message.run_id
                 WHERE message.company_id = %s AND run.date < %s AND %s
                 LIMIT %s
                """,
                company.id,
                before,
                self._unused_sql(),
                PURGE_BATCH,
            )
        )

    @api.model
    def _unused_sql(self):
        """Whether no row names the message any more, whatever its channel."""
        links = self.env["arm.dunning.message"]._get_links().values()
        return SQL(" AND ").join(
            SQL(
                "NOT EXISTS (SELECT FROM arm_dunning_action action "
                "WHERE %s = message.id)",
                SQL.identifier("action", link),
            )
            for link, _inverse in links
        )

    @api.model
    def _fetch_ids(self, query):
        """The ids that a query finds, as a tuple for the next one."""
        return tuple(row[0] for row in self.env.execute_query(query))

    @api.model
    def _write_log(self, company, kind, before, messages=0, actions=0):
        """Keep what was removed; nothing is said when it was nothing."""
        if not messages and not actions:
            return
        self.create(
            {
                **self._prepare_log_values(company, kind, before),
                "message_count": messages,
                "action_count": actions,
            }
        )
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _prepare_log_values(self, company, kind, before):
        """What every row of the log says."""
        return {
            "company_id": company.id,
            "kind": kind,
            "before": before,
            "user_id": self.env.uid,
        }

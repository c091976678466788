import logging
import smtplib
import time

from psycopg2 import OperationalError

from odoo import api, fields, models, modules
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

LEAVING = "arm_leaving"
UNCLEAR = "arm_unclear"
PATIENCE = 1  # seconds in which a mail that was marked is locked by its sender


class MailMail(models.Model):
    """Mails of dunning are handed to the mail server at most once.

    Core sends first and commits afterwards, so that a server that is killed in between
    sends the mail again. A mail of dunning is recorded as a failure *before* it is
    handed over, in a transaction of its own, and as sent when the mail server has
    answered. A kill leaves the failure, which :meth:`_note_unclear` tells people about.
    """

    _inherit = "mail.mail"

    failure_type = fields.Selection(
        selection_add=[
            (LEAVING, "Being handed to the mail server"),
            (UNCLEAR, "May have left"),
        ],
        ondelete={LEAVING: "set null", UNCLEAR: "set null"},
    )

    # Looked for by every run of the queue, in a table that is seldom emptied.
    _leaving_idx = models.Index("(id) WHERE failure_type = 'arm_leaving'")

    # --------------------------------------------------------------------- the queue

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        if not email_ids and self._note_unclear():
            self._commit()
        return super().process_email_queue(email_ids, batch_size)

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Send the mails of dunning one by one, each marked and committed before.

        Where nothing may be committed (somebody's button), they are left to the queue.
        """
        ours = self._filter_dunning()
        options = {
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
        }
        result, others = True, self - ours
        if others or not ours:
            result = super(MailMail, others)._send(
                auto_commit=auto_commit,
                post_send_callback=post_send_callback,
                **options,
            )
        if ours and not self._may_commit(auto_commit):
            ours._leave_to_queue()
        elif ours:
            ours._send_once(
                lambda mail: super(MailMail, mail)._send(**options), post_send_callback
            )
        return result

    @api.model
    def _may_commit(self, auto_commit):
        """Whether this call may commit, or is part of a test."""
        return auto_commit or modules.module.current_test

    def _leave_to_queue(self):
        """Let the queue send them, as soon as a worker is free."""
        # As superuser: who sends mails need not be allowed to wake the queue.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _filter_dunning(self):
        """Those of these mails that are messages of dunning."""
        # As superuser: who sends mails need not be allowed to read the register.
        messages = self.env["arm.dunning.message"].sudo()
        return messages.search([("mail_id", "in", self.ids)]).mail_id.with_env(self.env)

    # ------------------------------------------------------------------ at most once

    def _send_once(self, send, callback):
        """Hand mails over, one commit each: the result of one, the mark of the next.

        :param send: core's ``_send``, for one mail.
        :param callback: told the ids of each mail, for the progress of the queue.
        """
        waiting = iter(self.sorted("id"))
        marked = self._mark_next(waiting)
        self._commit()
        while marked:
            if marked._take_marked():
                marked._hand_over(send)
            done, marked = marked, self._mark_next(waiting)
            if callback:
                callback(done.ids)
            self._commit()

    @api.model
    def _mark_next(self, waiting):
        """Mark the next mail that nobody else is sending; returns it, or nothing.

        :param waiting: iterator of mails, which is used up to the one that is returned
        """
        reason = self.env._("It is being handed to the mail server.")
        for mail in waiting:
            mail.flush_recordset()
            rows = self.env.execute_query(
                SQL(
                    """
                    UPDATE mail_mail
                       SET state = 'exception', failure_type = %s, failure_reason = %s,
                           write_date = now() AT TIME ZONE 'UTC'
                     WHERE id IN (SELECT id FROM mail_mail
                                   WHERE id = %s AND state = 'outgoing'
                                     FOR UPDATE SKIP LOCKED)
                    RETURNING id
                    """,
                    LEAVING,
                    reason,
                    mail.id,
                )
            )
            if rows:
                mail.invalidate_recordset()
                return mail
        return self.browse()

    def _take_marked(self):
        """Take the mail that was marked, unless it was declared unclear since then.

        In this transaction it is in the queue; whatever ends the transaction early
        brings the recorded failure back.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE mail_mail
                   SET state = 'outgoing', failure_type = NULL, failure_reason = NULL
                 WHERE id IN (SELECT id FROM mail_mail
                               WHERE id = %s AND failure_type = %s
                                 FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                self.id,
                LEAVING,
            )
        )
        self.invalidate_recordset()
        return bool(rows)

    def _hand_over(self, send):
        """Let core send one mail; a lost connection leaves open whether it left."""
        self.ensure_one()
        try:
            send(self)
        except smtplib.SMTPServerDisconnected:
            # Whether the server has taken the mail before it went away, nobody knows.
            self._rollback()
            self._note_unclear()
            self._commit()
            raise

    def _commit(self):
        self.env.flush_all()
        if not modules.module.current_test:
            # The mark must outlive whatever happens while the mail leaves.
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _rollback(self):
        """Back to the recorded failure; in the one transaction of a test, by hand."""
        if not modules.module.current_test:
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            return
        self.write({"state": "exception", "failure_type": LEAVING})
        self.flush_recordset()

    # ----------------------------------------------------------------------- unclear

    @api.model
    def _note_unclear(self):
        """Tell people about mails whose sender was killed while handing them over.

        They are marked, and nobody holds them: who sends a mail keeps it locked. They
        are not sent again by themselves, because the customer may have got them.
        """
        left = self._find_left()
        if left and not modules.module.current_test:
            # Between the mark and the lock is a moment: whoever is in it has gone on.
            self._commit()
            time.sleep(PATIENCE)
            left &= self._find_left()
        if left:
            _logger.warning("Nobody knows whether mails %s have left", left.ids)
        for mail in left:
            mail._record_unclear()
        # As superuser: people are told whoever runs the queue.
        messages = self.env["arm.dunning.message"].sudo()
        messages.search([("mail_id", "in", left.ids)])._ask_about_unclear()
        return left

    @api.model
    def _find_left(self):
        """Lock the mails that are marked and that nobody has locked."""
        query = SQL(
            "SELECT id FROM mail_mail WHERE failure_type = %s FOR UPDATE SKIP LOCKED",
            LEAVING,
        )
        try:
            rows = self.env.execute_query(query)
        except OperationalError:
            # Its sender was just done with it: the next run of the queue will see.
            self.env.cr.rollback()
            return self.browse()
        return self.browse(row[0] for row in rows)

    def _record_unclear(self):
        """Record one as a failure of its own kind; the notifications follow."""
        self.ensure_one()
        reason = self.env._(
            "The connection to the mail server, or this system itself, broke down "
            "while the mail was being handed over, so that it may have left or not. "
            "Look for %(reference)s in the mail server's log, then send it again, or "
            "leave it.",
            reference=self.message_id or "",
        )
        self.write(
            {"state": "exception", "failure_type": UNCLEAR, "failure_reason": reason}
        )
        self._postprocess_sent_message(
            success_pids=[],
            success_emails=[],
            failure_reason=reason,
            failure_type="unknown",  # notifications know no other
        )

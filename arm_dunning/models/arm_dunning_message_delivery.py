from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext

from .mail_mail import UNCLEAR

MAX_REASON = 300  # characters of what a mail server said
MAIL_STATES = {
    "outgoing": "queued",
    "sent": "sent",
    "received": "sent",
    "exception": "failed",
    UNCLEAR: "unclear",
    "cancel": "cancelled",
}
SMS_STATES = {
    "outgoing": "queued",
    "process": "queued",
    "pending": "sent",
    "sent": "sent",
    "error": "failed",
    "canceled": "cancelled",
}


class ArmDunningMessage(models.Model):
    """What became of messages, written back from the queues, a batch at a time."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    @api.model
    def _note_mails(self, mails):
        """Take over the state of mails, in one statement; a bounce stays a bounce."""
        mails = mails.filtered(lambda mail: mail.model == "arm.customer.account")
        if not mails:
            return
        mails.flush_recordset(["state", "failure_reason", "failure_type"])
        self.flush_model(["mail_id", "delivery_state"])
        self._take_over(
            SQL(
                """
                SELECT message.id, mail.failure_reason,
                       CASE mail.failure_type WHEN %s THEN %s ELSE mail.state END
                       AS state
                  FROM arm_dunning_message message
                  JOIN mail_mail mail ON mail.id = message.mail_id
                 WHERE mail.id IN %s AND message.delivery_state != 'bounced'
                """,
                UNCLEAR,
                UNCLEAR,
                tuple(mails.ids),
            ),
            MAIL_STATES,
        )

    @api.model
    def _note_sms(self, sms):
        """Take over the state of SMS, in one statement."""
        uuids = tuple(filter(None, sms.mapped("uuid")))
        if not uuids:
            return
        sms.flush_recordset(["state", "failure_type"])
        self.flush_model(["sms_uuid", "delivery_state"])
        self._take_over(
            SQL(
                """
                SELECT message.id, sms.state, sms.failure_type AS failure_reason
                  FROM arm_dunning_message message
                  JOIN sms_sms sms ON sms.uuid = message.sms_uuid
                 WHERE message.sms_uuid IN %s
                """,
                uuids,
            ),
            SMS_STATES,
        )

    @api.model
    def _take_over(self, query, states):
        """Write the states of a queue back to the messages.

        :param query: SQL of id, state, failure_reason.
        :param states: delivery state by state of the queue.
        """
        state = SQL(" ").join(
            SQL("WHEN %s THEN %s", queue, delivery)
            for queue, delivery in states.items()
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE arm_dunning_message message
                   SET delivery_state = found.delivery,
                       delivery_reason = CASE
                           WHEN found.delivery IN ('failed', 'unclear')
                           THEN LEFT(found.failure_reason, %(length)s) END,
                       date_sent = CASE found.delivery WHEN 'sent'
                                   THEN COALESCE(message.date_sent, %(now)s) END
                  FROM (
                    SELECT id, failure_reason, CASE state %(state)s END AS delivery
                      FROM (%(query)s) queue
                  ) found
                 WHERE found.id = message.id
                """,
                state=state,
                query=query,
                length=MAX_REASON,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model(["delivery_state", "delivery_reason", "date_sent"])

    @api.model
    def _note_bounce(self, message_dict):
        """Mark what came back, by the Message-Id that the bounce names.

        :return: the messages that came back
        """
        references = {
            *(message_dict.get("bounced_msg_ids") or ()),
            *message_dict["bounced_message"].mapped("message_id"),
        }
        # As superuser: whoever fetches mail, the result belongs to the message.
        found = self.sudo().search([("reference", "in", list(references - {False}))])
        text = html2plaintext(message_dict.get("body") or "").strip()
        found.write(
            {"delivery_state": "bounced", "delivery_reason": text[:MAX_REASON] or False}
        )
        for message in found:
            message.account_id._message_log(
                body=self.env._(
                    "Came back: %(subject)s (%(address)s)",
                    subject=message.subject or "",
                    address=message.email_to or "",
                )
            )
        return found

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Command
from odoo.tools import SQL
from odoo.tools.mail import generate_tracking_message_id


class ArmDunningMessage(models.Model):
    """E-mails: from the rendered text into core's mail queue, a batch at a time."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _send(self, templates):
        """Render the messages and put them into the mail queue.

        :param templates: the e-mail template of each task.
        """
        self._note_charges()
        replies, files = self._get_reply_addresses(), self._get_attachments()
        texts, mail_values = {}, []
        for template, messages in self.grouped(
            lambda message: templates[message.task_id]
        ).items():
            shared = template._get_dunning_mail_values()
            for message, rendered in messages._render_template(template).items():
                rendered["reply_to"] = rendered["reply_to"] or replies[message]
                texts[message] = message._prepare_text_values(rendered)
                values = message._prepare_mail_values(rendered, texts[message])
                own = [(4, file.id) for file in files.get(message, ())]
                attached = [*shared["attachment_ids"], *own]
                mail_values.append({**values, **shared, "attachment_ids": attached})
        # As superuser: the queue belongs to the system, whoever started the run.
        mails = self.env["mail.mail"].sudo().create(mail_values)
        self._put_on_record(texts, mails)
        for (message, values), mail in zip(texts.items(), mails, strict=True):
            message.write({**values, "mail_id": mail.id})

    @api.model
    def _put_on_record(self, messages, mails):
        """Tie mails to the records of their customers, in one statement.

        Told at creation, the ORM looks for each mail which caches of its customer it
        might belong to: a seventh of the time of the whole batch.
        """
        accounts = self.env["arm.customer.account"]
        pairs = [
            SQL("(%s, %s)", mail.mail_message_id.id, message.account_id.id)
            for message, mail in zip(messages, mails, strict=True)
            if message.account_id
        ]
        if pairs:
            mails.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_message SET model = %s, res_id = place.res_id "
                    "FROM (VALUES %s) AS place (id, res_id) "
                    "WHERE mail_message.id = place.id",
                    accounts._name,
                    SQL(", ").join(pairs),
                )
            )
        mails.mail_message_id.invalidate_recordset(["model", "res_id"])
        mails.invalidate_recordset(["model", "res_id"])
        accounts.browse(m.account_id.id for m in messages).invalidate_recordset(
            ["message_ids"]
        )

    def _get_reply_addresses(self):
        """Where answers go: to the customer's record where mails are collected.

        :return: dict of message to address; empty where no address is set up
        """
        accounts = self.account_id
        found = accounts._notify_get_reply_to_batch() if accounts else {}
        return {message: found.get(message.account_id.id) for message in self}

    def _prepare_text_values(self, rendered):
        """What is kept of what is sent: all but what opens the customer's page."""
        return {
            "subject": rendered["subject"],
            "body": self._hide_portal_links(rendered["body_html"]),
            "reference": self._make_reference(),
        }

    def _make_reference(self):
        """The Message-Id that names it in mail programs, and in answers."""
        account = self.account_id
        return generate_tracking_message_id(f"{account.id}-{account._name}")

    def _prepare_mail_values(self, rendered, frozen):
        """Hook: the values of the mail for the queue.

        All that core would otherwise find out mail by mail is given.
        """
        self.ensure_one()
        company = self.company_id
        sender = rendered["email_from"] or company.email_formatted
        return {
            "subject": rendered["subject"],
            "body": self._get_chatter_body(),
            "body_html": rendered["body_html"],
            "email_from": sender,
            "email_cc": rendered["email_cc"],
            "reply_to": rendered["reply_to"] or sender,
            "recipient_ids": [Command.link(p.id) for p in self._get_recipients()],
            "message_id": frozen["reference"],
            "message_type": "email_outgoing",
            "author_id": company.partner_id.id,
            "record_company_id": company.id,
            "record_alias_domain_id": company.alias_domain_id.id,
            "is_internal": False,
            "state": "outgoing",
        }

    def _get_recipients(self):
        """The contacts with a working address."""
        self.ensure_one()
        chosen = self.account_id.dunning_recipient_ids
        return chosen._with_working_email() or self.recipient_id

    def _get_chatter_body(self):
        """A line on the customer's record; the whole text is kept by the message."""
        self.ensure_one()
        return Markup("<p>%s</p>") % self.env._(
            "%(task)s: %(documents)s, to %(address)s",
            task=self.task_id.name,
            documents=", ".join(a.document for a in self._get_actions() if a.document),
            address=self.email_to,
        )

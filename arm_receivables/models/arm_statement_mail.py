import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.mail import generate_tracking_message_id

_logger = logging.getLogger(__name__)

SEND_BATCH = 50


class ArmStatement(models.Model):
    """From the queue into core's mail queue, a batch at a time."""

    _name = "arm.statement"
    _inherit = ["arm.statement"]

    page_link_html = fields.Html(
        string="Link to the Page",
        compute="_compute_page_link_html",
        sanitize=False,
        groups="arm_receivables.group_receivables_collector",
        help="The customer's page, without a login; it opens for 30 days.",
    )

    @api.depends("account_id")
    @api.depends_context("lang")
    def _compute_page_link_html(self):
        text = self.env._("See your account")
        for statement in self:
            link = statement.account_id._get_portal_link()
            statement.page_link_html = Markup('<a href="%s">%s</a>') % (link, text)

    @api.model
    def mail_allowed_qweb_expressions(self):
        """What the text may name and still be filled in without code, which is fast."""
        return super().mail_allowed_qweb_expressions() + (
            "object.amount_text",
            "object.date_text",
            "object.page_link_html",
            "object.company_id.name",
            "object.company_id.email_formatted",
            "object.company_id.phone",
        )

    # ---------------------------------------------------------------------- the cron

    @api.model
    def _cron_send(self, limit=SEND_BATCH):
        """Queue what the schedule asks for, and send what is queued in batches."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"].search([("active", "=", True)]):
            self._plan(company)
        domain = [("state", "=", "queued")]
        cron._commit_progress(remaining=self.search_count(domain))
        while statements := self.search(domain, limit=limit, order="company_id, id"):
            # Another worker may have them.
            statements = statements.try_lock_for_update().filtered_domain(domain)
            statements._send_safely()
            if not statements or not cron._commit_progress(len(statements)):
                break

    def _send_safely(self):
        """Send a batch; when that fails, one by one, and who fails says why."""
        try:
            with self.env.cr.savepoint():
                self._send()
        except Exception:
            _logger.info("A batch of statements failed; going on one by one")
            for statement in self:
                statement._send_one()

    def _send_one(self):
        try:
            with self.env.cr.savepoint():
                self._send()
        except Exception as error:
            problem = str(error).strip()[:500] or type(error).__name__
            self.write({"state": "failed", "problem": problem})

    # --------------------------------------------------------------------- the mails

    def _send(self):
        """Print these statements and put their mails into core's queue."""
        for _company, statements in self.grouped("company_id").items():
            for options, group in statements.grouped(
                lambda s: (s.kind, s.date, s.date_from)
            ).items():
                group._send_alike(*options)

    def _send_alike(self, kind, date, date_from):
        """Send statements of one company that differ in the customer only."""
        engine = self.env["arm.statement.engine"]
        accounts = self.account_id
        collected = engine._collect(accounts, date, kind, date_from or None)
        empty = self.filtered(lambda s: not collected[s.account_id.id].sections)
        empty.write({"state": "nothing"})
        telling = self - empty
        recipients = telling.account_id._get_statement_recipients()
        lost = telling.filtered(lambda s: not recipients[s.account_id])
        lost.write(
            {
                "state": "failed",
                "problem": self.env._(
                    "The customer has no e-mail address. Enter one, and send it again."
                ),
            }
        )
        telling -= lost
        if telling:
            pdfs = engine._print(telling.account_id, collected)
            telling._tell(collected)
            telling._attach(pdfs, collected)
            telling._put_into_queue(recipients)

    def _tell(self, collected):
        """Note the figures in the words of the customer, for the text of the mail."""
        engine = self.env["arm.statement.engine"]
        currencies = self.env["res.currency"]
        langs = self.grouped(lambda s: engine._get_language(s.account_id))
        for lang, group in langs.items():
            words = self.env["arm.statement.format"].with_context(lang=lang)
            formats = words._get_formats()
            for statement in group:
                found = collected[statement.account_id.id]
                amounts = [
                    f"{currencies.browse(section.currency_id).name} "
                    f"{formats.number(section.total, section.places)}"
                    for section in found.sections
                ]
                statement.write(
                    {
                        "amount_text": " · ".join(amounts),
                        "date_text": words._get_period(found),
                    }
                )

    def _attach(self, pdfs, collected):
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": statement.account_id._get_statement_filename(
                        collected[statement.account_id.id], "pdf"
                    ),
                    "raw": pdfs[statement.account_id.id],
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": statement.id,
                }
                for statement in self
            ]
        )
        for statement, attachment in zip(self, attachments, strict=True):
            statement.attachment_id = attachment

    def _put_into_queue(self, recipients):
        """One mail each; with the row it is sent, or without it not at all."""
        texts = self._render_texts()
        replies = self.account_id._notify_get_reply_to_batch()
        mails = self.env["mail.mail"].create(
            [
                statement._prepare_mail(
                    texts[statement.id],
                    recipients[statement.account_id],
                    replies.get(statement.account_id.id),
                )
                for statement in self
            ]
        )
        now = fields.Datetime.now()
        for statement, mail in zip(self, mails, strict=True):
            addresses = recipients[statement.account_id].mapped("email_normalized")
            statement.write(
                {
                    "state": "sent",
                    "mail_id": mail.id,
                    "date_sent": now,
                    "email_to": ", ".join(addresses),
                }
            )

    def _get_template(self):
        """Hook: the e-mail template of statements.

        :raise UserError: if somebody deleted it
        """
        template = self.env.ref(
            "arm_receivables.mail_template_statement", raise_if_not_found=False
        )
        if not template:
            raise UserError(
                self.env._(
                    "The e-mail template of statements is missing. Update the "
                    "application Receivables to get it back."
                )
            )
        return template

    def _render_texts(self):
        """Subject and body by id, in the language of each customer."""
        engine, template = self.env["arm.statement.engine"], self._get_template()
        texts = {}
        langs = self.grouped(lambda s: engine._get_language(s.account_id))
        for lang, group in langs.items():
            localised = template.with_context(lang=lang)
            subjects = localised._render_field("subject", group.ids)
            bodies = localised._render_field(
                "body_html", group.ids, options={"post_process": True}
            )
            texts.update({id_: (subjects[id_], bodies[id_]) for id_ in group.ids})
        return texts

    def _prepare_mail(self, texts, recipients, reply_to):
        """Hook: the values of a mail; all that core would find out one by one."""
        self.ensure_one()
        company = self.company_id
        subject, body = texts
        sender = company.email_formatted or self.env.user.email_formatted
        return {
            "subject": subject,
            "body": Markup("<p>%s</p>") % subject,
            "body_html": body,
            "email_from": sender,
            "reply_to": reply_to or sender,
            "recipient_ids": [Command.link(partner.id) for partner in recipients],
            "attachment_ids": [Command.link(self.attachment_id.id)],
            "message_id": generate_tracking_message_id(f"{self.id}-{self._name}"),
            "message_type": "email_outgoing",
            "model": self.account_id._name,
            "res_id": self.account_id.id,
            "author_id": company.partner_id.id,
            "record_company_id": company.id,
            "record_alias_domain_id": company.alias_domain_id.id,
            "is_internal": False,
            "auto_delete": False,
            "state": "outgoing",
        }

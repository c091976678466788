from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_amount, format_date
from odoo.tools.mail import generate_tracking_message_id


class ArmDunningMessage(models.Model):
    """One message to one customer in one run: it names all items that are due.

    The highest step decides the text; the items of lower steps are in the same
    message and are recorded as covered by it. What was sent is frozen here.
    """

    _name = "arm.dunning.message"
    _description = "Dunning Message"
    _order = "id desc"
    _rec_name = "subject"
    _check_company_auto = True

    run_id = fields.Many2one("arm.dunning.run", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    account_id = fields.Many2one(
        "arm.customer.account", index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True
    )
    recipient_id = fields.Many2one("res.partner", required=True)
    email_to = fields.Char(string="Sent To", required=True)
    lang = fields.Char(string="Language", required=True)
    task_id = fields.Many2one(
        "arm.dunning.task", required=True, help="The step that decided the text."
    )
    action_ids = fields.One2many("arm.dunning.action", "message_id", string="Items")
    item_count = fields.Integer(compute="_compute_item_count")
    subject = fields.Char()
    body = fields.Html(sanitize=False, readonly=True)
    mail_id = fields.Many2one("mail.mail", ondelete="set null", index="btree_not_null")
    mail_state = fields.Selection(related="mail_id.state", string="Mail Queue")
    items_html = fields.Html(
        compute="_compute_items_html",
        sanitize=False,
        help="The table of items, in the customer's language; for e-mail templates.",
    )

    _one_per_customer_uniq = models.UniqueIndex(
        "(run_id, partner_id)", "A customer gets one e-mail in each run."
    )

    @api.depends("action_ids")
    def _compute_item_count(self):
        for message in self:
            message.item_count = len(message.action_ids)

    @api.depends("action_ids", "lang")
    def _compute_items_html(self):
        for message in self:
            message.items_html = message._render_items()

    # ------------------------------------------------------------------- rendering

    def _render_items(self):
        """The table of items as HTML; the view is compiled once for all customers."""
        self.ensure_one()
        localised = self.with_context(lang=self.lang)
        return localised.env["ir.qweb"]._render(
            "arm_dunning.message_items",
            {"message": localised, **localised._get_items_values()},
        )

    def _get_items_values(self):
        """Hook: what the table of items is made of, as formatted text.

        An item that is due for several steps is named, and added up, once.
        """
        by_item = {(a.subject_model, a.subject_id): a for a in self.action_ids}
        actions = self.action_ids.browse(action.id for action in by_item.values())
        actions = actions.sorted(lambda a: (a.date_due, a.document or "", a.id))
        return {
            "rows": [
                {
                    "document": action.document,
                    "date_due": format_date(self.env, action.date_due),
                    "days_late": action.days_late,
                    "amount": format_amount(
                        self.env, action.amount, action.currency_id
                    ),
                }
                for action in actions
            ],
            "totals": [
                format_amount(self.env, sum(group.mapped("amount")), currency)
                for currency, group in actions.grouped("currency_id").items()
            ],
        }

    # ------------------------------------------------------------------ the engine

    @api.model
    def _create_from_actions(self, actions):
        """Make the message of each customer and tie the register rows to it."""
        groups = actions.grouped("account_id")
        recipients = actions.partner_id._get_dunning_recipients()
        values = [
            self._prepare_values(group, recipients[account.partner_id])
            for account, group in groups.items()
        ]
        messages = self.create(values)
        for message, group in zip(messages, groups.values(), strict=True):
            highest = self._get_highest(group)
            group.message_id = message
            (group - highest).covered_by_id = highest
        return messages

    @api.model
    def _get_highest(self, actions):
        """The row of the highest step: the latest one, and of it the oldest item."""
        return max(
            actions,
            key=lambda a: (
                a.task_id.offset_days,
                a.task_id.sequence,
                a.days_late,
                -a.id,
            ),
        )

    @api.model
    def _prepare_values(self, actions, recipient):
        """Hook: the values of the message for one customer's rows."""
        highest = self._get_highest(actions)
        return {
            "run_id": highest.run_id.id,
            "company_id": highest.company_id.id,
            "account_id": highest.account_id.id,
            "partner_id": highest.partner_id.id,
            "recipient_id": recipient.id,
            "email_to": email_normalize(recipient.email) or recipient.email,
            "lang": self._get_lang(recipient, highest.partner_id),
            "task_id": highest.task_id.id,
        }

    @api.model
    def _get_lang(self, recipient, customer):
        """The language of the contact, of the customer, or of this database."""
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        for lang in (recipient.lang, customer.lang, self.env.company.partner_id.lang):
            if lang in installed:
                return lang
        return "en_US"

    def _send(self, templates):
        """Render the messages and put them into the mail queue.

        :param templates: the e-mail template of each task.
        """
        missing = self.filtered(lambda message: not templates.get(message.task_id))
        if missing:
            raise UserError(
                self.env._(
                    "Task %(task)s has no e-mail template.",
                    task=missing[0].task_id.name,
                )
            )
        values = []
        by_template = self.grouped(lambda message: templates[message.task_id])
        for template, messages in by_template.items():
            rendered = template._generate_template(
                messages.ids, ["subject", "body_html", "email_from", "reply_to"]
            )
            for message in messages:
                values.append(message._freeze(template, rendered[message.id]))
        mails = self.env["mail.mail"].create(values)
        by_id = {mail.res_id: mail for mail in mails}
        for message in self:
            message.mail_id = by_id[message.account_id.id]

    def _freeze(self, template, rendered):
        """Keep subject and text; returns the values of the mail for the queue."""
        self.ensure_one()
        body = self._wrap(template, rendered["body_html"])
        self.write({"subject": rendered["subject"], "body": body})
        sender = rendered.get("email_from") or self.company_id.email_formatted
        return {
            "subject": rendered["subject"],
            "body": rendered["body_html"],
            "body_html": body,
            "email_from": sender,
            "reply_to": rendered.get("reply_to") or sender,
            "recipient_ids": [fields.Command.link(self.recipient_id.id)],
            "model": self.account_id._name,
            "res_id": self.account_id.id,
            "message_id": generate_tracking_message_id(
                f"{self.account_id.id}-arm.customer.account"
            ),
            "message_type": "email_outgoing",
            "author_id": self.company_id.partner_id.id,
            "mail_server_id": template.mail_server_id.id,
            "auto_delete": False,
            "is_internal": False,
        }

    def _wrap(self, template, body):
        """Put the text into the frame of the company's mails."""
        return (
            self.with_context(lang=self.lang)
            .env["ir.qweb"]
            ._render("arm_dunning.message_layout", {"message": self, "body": body})
        )

    def action_view_account(self):
        """Open the customer account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
        }

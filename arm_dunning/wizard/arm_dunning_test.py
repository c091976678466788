from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

SAMPLE = 5  # open items in a test message when nothing is due for the task


class ArmDunningTest(models.TransientModel):
    """Look at the message of a task for a real customer, and send it to oneself.

    It is rendered by the same code as in a run, from rows that are in memory only:
    nothing gets into the register, and nothing to the customer.
    """

    _name = "arm.dunning.test"
    _description = "Test Message"

    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    chosen_template_id = fields.Many2one(
        "mail.template", readonly=True, help="Opened from this template, not a task."
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    template_id = fields.Many2one(
        "mail.template",
        compute="_compute_template_id",
        help="The text; change it there.",
    )
    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        compute="_compute_account_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    subject = fields.Char(compute="_compute_preview")
    body = fields.Html(compute="_compute_preview", sanitize=False)
    recipients = fields.Char(
        string="Would Go To",
        compute="_compute_preview",
        help="To whom a run would send it. The test goes to you only.",
    )
    lang = fields.Char(string="Language", compute="_compute_preview")
    problem = fields.Char(compute="_compute_preview")

    # --------------------------------------------------------------------- computes

    @api.depends("task_id")
    def _compute_company_id(self):
        for test in self:
            test.company_id = test.task_id.company_id or self.env.company

    @api.depends("task_id", "chosen_template_id")
    def _compute_template_id(self):
        for test in self:
            operations = test.task_id.operation_ids
            of_task = operations.filtered("template_id")[:1].template_id
            test.template_id = test.chosen_template_id or of_task

    @api.depends("task_id", "chosen_template_id")
    def _compute_account_id(self):
        """A customer who owes something, so that there is something to show."""
        for test in self:
            company = test.company_id
            test.account_id = self.env["arm.customer.account"].search(
                [("company_id", "=", company.id)],
                order="amount_overdue desc, amount_open desc, id",
                limit=1,
            )

    @api.depends("account_id", "template_id")
    def _compute_preview(self):
        for test in self:
            test.update(dict.fromkeys(["subject", "body", "lang", "recipients"], False))
            test.problem = test._get_problem()
            if test.problem:
                continue
            message = test._make_message()
            test.recipients = message.email_to
            test.lang = message.lang
            try:
                rendered = message._render_template(test.template_id)[message]
            except UserError as error:
                test.problem = str(error)
            else:
                test.subject, test.body = rendered["subject"], rendered["body_html"]

    def _get_problem(self):
        """Why nothing can be shown, in a sentence, or False."""
        self.ensure_one()
        if not self.template_id:
            return self.env._("This task has no e-mail template.")
        if not self.account_id:
            return self.env._("Choose a customer.")
        if not self._get_items():
            return self.env._("This customer owes nothing: choose another one.")
        return False

    # ---------------------------------------------------------------------- message

    def _get_items(self):
        """The overdue items of the customer, else some that fall due later."""
        domain = [
            *self.account_id._get_open_items_domain(),
            ("amount_residual", ">", 0),
        ]
        items = self.env["account.move.line"].search(domain, order="date_maturity, id")
        today = self.company_id._local_today()
        late = items.filtered(lambda x: x.date_maturity and x.date_maturity < today)
        return late or items[:SAMPLE]

    def _make_message(self):
        """The message of a run for these items, in memory."""
        messages = self.env["arm.dunning.message"]
        account = self.account_id
        recipients = account._get_dunning_recipients()[account]
        languages = messages._get_languages()
        rows = [self._prepare_row(item) for item in self._get_items()]
        return messages.new(
            {
                "run_id": False,
                "company_id": self.company_id.id,
                "account_id": account.id,
                "partner_id": account.partner_id.id,
                "channel": "email",
                "recipient_id": recipients[0].id,
                "email_to": recipients._get_dunning_addresses(),
                "lang": account._get_dunning_lang(recipients[0], languages),
                "task_id": self.task_id.id,
                "action_ids": [fields.Command.create(row) for row in rows],
            }
        )

    def _prepare_row(self, item):
        """A register row about an open item, as planning would enter it."""
        due = item.date_maturity or item.date
        return {
            "company_id": item.company_id.id,
            "task_id": self.task_id.id,
            "subject_model": item._name,
            "subject_id": item.id,
            "item_id": item.id,
            "document": item.move_id.name,
            "account_id": self.account_id.id,
            "partner_id": self.account_id.partner_id.id,
            "currency_id": item.currency_id.id,
            "amount": item.amount_residual_currency,
            "amount_company": item.amount_residual,
            "date_due": due,
            "date_planned": due,
            "days_late": (self.company_id._local_today() - due).days,
            "state": "planned",
        }

    # ---------------------------------------------------------------------- actions

    def action_send(self):
        """Send the message to the current user, and to nobody else."""
        self.ensure_one()
        self._check_sender()
        # As superuser: the queue belongs to the system; the recipient is fixed.
        self.env["mail.mail"].sudo().create(self._prepare_mail_values())
        # As superuser: a user need not be allowed to wake the queue.
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The test message is on its way to %(address)s.",
                    address=self.env.user.email_normalized,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_sender(self):
        """Refuse who may not send it, who has no address, and what does not work."""
        user = self.env.user
        if not user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers send test messages.")
            )
        if self.problem:
            raise UserError(self.problem)
        if not user.email_normalized:
            raise UserError(
                self.env._("Enter your own e-mail address in your preferences first.")
            )

    def _prepare_mail_values(self):
        """The mail to the current user, which says whom it would go to in a run."""
        user = self.env.user
        note = Markup("<p>%s</p>") % self.env._(
            "Test message: in a run it would go to %(address)s.",
            address=self.recipients or self.env._("nobody, there is no address"),
        )
        return {
            "subject": self.env._("[Test] %(subject)s", subject=self.subject),
            "body_html": note + self.body,
            "email_from": self.company_id.email_formatted or user.email_formatted,
            "reply_to": user.email_formatted,
            "email_to": user.email_formatted,
            "author_id": user.partner_id.id,
            "auto_delete": True,
        }

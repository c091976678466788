from odoo import api, fields, models

CHANNELS = [("email", "E-mail")]


class ArmDunningMessage(models.Model):
    """One message to one customer in one run and channel: it names all due items.

    The highest step decides the text; the items of lower steps are in the same
    message and are recorded as covered by it. What was sent is frozen here, and what
    became of it is written back.
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
    channel = fields.Selection(CHANNELS, required=True, default="email")
    recipient_id = fields.Many2one("res.partner", required=True)
    email_to = fields.Char(string="E-mail Address")
    sent_to = fields.Char(compute="_compute_sent_to", help="The address, as it was.")
    lang = fields.Char(string="Language", required=True)
    task_id = fields.Many2one(
        "arm.dunning.task", required=True, help="The step that decided the text."
    )
    action_ids = fields.One2many("arm.dunning.action", "message_id", string="Items")
    item_count = fields.Integer(compute="_compute_item_count")
    subject = fields.Char()
    body = fields.Html(sanitize=False, readonly=True)
    delivery_state = fields.Selection(
        [
            ("queued", "In the Queue"),
            ("sent", "Sent"),
            ("bounced", "Bounced"),
            ("failed", "Refused"),
            ("unclear", "May Have Left"),
            ("cancelled", "Cancelled"),
        ],
        string="Delivery",
        default="queued",
        help="Sent: the next mail server, or provider, has taken it. Bounced: it came "
        "back later. Refused: it was not taken. May have left: the connection broke "
        "down at that moment.",
    )
    delivery_reason = fields.Char(help="What the mail server or provider said.")
    date_sent = fields.Datetime(string="Sent On")
    reference = fields.Char(
        string="Message-Id", index="btree_not_null", help="Names it in mail programs."
    )
    mail_id = fields.Many2one("mail.mail", ondelete="set null", index="btree_not_null")
    mail_state = fields.Selection(related="mail_id.state", string="Mail Queue")
    items_html = fields.Html(
        compute="_compute_items_html",
        sanitize=False,
        help="The table of items, in the customer's language; for e-mail templates.",
    )

    _one_per_customer_uniq = models.UniqueIndex(
        "(run_id, partner_id, channel)",
        "A customer gets one message in each run and channel.",
    )

    # --------------------------------------------------------------------- computes

    @api.depends("email_to")
    def _compute_sent_to(self):
        for message in self:
            message.sent_to = message._get_address()

    def _get_address(self):
        """Hook: the address of the message, whatever its channel."""
        self.ensure_one()
        return self.email_to

    @api.model
    def _get_links(self):
        """Hook: by channel, the field of the register that names the message, and its
        inverse here."""
        return {"email": ("message_id", "action_ids")}

    def _get_actions(self):
        """The register rows of the items in these messages, whatever the channel."""
        links = self._get_links()
        # A single part is returned as it is, with what it can be read together with.
        if len(self) == 1:
            return self[links[self.channel][1]]
        parts = [message[links[message.channel][1]] for message in self]
        return self.env["arm.dunning.action"].union(*parts)

    def _compute_item_count(self):
        for message in self:
            message.item_count = len(message._get_actions())

    def _compute_items_html(self):
        rendered = self._render_items()
        for message in self:
            message.items_html = rendered[message]

    # ------------------------------------------------------------------ the engine

    @api.model
    def _create_from_actions(self, actions, channel="email"):
        """Make the message of each customer and tie the register rows to it.

        :param actions: planned rows, of any number of customers and tasks.
        :return: the messages, one for each customer
        """
        groups = actions.grouped("account_id")
        highest = {account: self._get_highest(rows) for account, rows in groups.items()}
        recipients = actions.account_id._get_dunning_recipients()
        languages = self._get_languages()
        messages = self.create(
            [
                self._prepare_values(row, channel, recipients[account], languages)
                for account, row in highest.items()
            ]
        )
        link, _inverse = self._get_links()[channel]
        for message, (account, rows) in zip(messages, groups.items(), strict=True):
            rows[link] = message
            if len(rows) > 1:
                (rows - highest[account]).covered_by_id = highest[account]
        return messages

    @api.model
    def _get_highest(self, actions):
        """The row of the highest step, and of it the one of the oldest item."""
        if len(actions) == 1:
            return actions
        ranks = {task: task._get_rank() for task in actions.task_id}
        return max(actions, key=lambda a: (ranks[a.task_id], a.days_late, -a.id))

    @api.model
    def _prepare_values(self, highest, channel, recipients, languages):
        """Hook: the values of the message to one customer.

        :param highest: the register row that decides the text.
        :param recipients: contacts; the first one is written to by name.
        :param languages: codes of the languages that there are.
        """
        account = highest.account_id
        first = next(iter(recipients))  # unlike [0], it is read with the others
        return {
            "run_id": highest.run_id.id,
            "company_id": highest.company_id.id,
            "account_id": account.id,
            "partner_id": highest.partner_id.id,
            "channel": channel,
            "recipient_id": first.id,
            "email_to": recipients._get_dunning_addresses(),
            "lang": account._get_dunning_lang(first, languages),
            "task_id": highest.task_id.id,
        }

    @api.model
    def _get_languages(self):
        """The codes of the languages that this database has."""
        return {code for code, _name in self.env["res.lang"].get_installed()}

    def action_view_account(self):
        """Open the customer account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
        }

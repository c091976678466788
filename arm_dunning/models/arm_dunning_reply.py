from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..tools.reply import ABSENCE, DISPUTE, PAID, PROMISE

KINDS = [
    (PROMISE, "Promises to Pay"),
    (DISPUTE, "Objects"),
    (PAID, "Says It Is Paid"),
    (ABSENCE, "Is Away"),
    ("other", "Something Else"),
]
AGREED = {PROMISE: "arm.promise", DISPUTE: "arm.dispute"}


class ArmDunningReply(models.Model):
    """An answer of a customer by e-mail: what it seems to say, and what became of it.

    Plain phrase rules read it (``tools.reply``) and show the sentence that led to the
    proposal; a person confirms it with one click, or decides otherwise. Meanwhile the
    customer is left alone for the days that the company has set.
    """

    _name = "arm.dunning.reply"
    _description = "Answer of a Customer"
    _order = "date desc, id desc"
    _rec_name = "subject"
    _check_company_auto = True

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(related="account_id.partner_id", string="Company Name")
    message_id = fields.Many2one(
        "arm.dunning.message",
        string="Answers",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message that is answered.",
    )
    contact_id = fields.Many2one("res.partner", string="Written By", readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    reference = fields.Char(string="Message-Id", readonly=True)
    subject = fields.Char(readonly=True)
    text = fields.Text(readonly=True, help="Without the message that it answers.")
    date = fields.Datetime(string="Came On", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="What It Says", required=True, readonly=True)
    sentence = fields.Char(readonly=True, help="The words that led to the proposal.")
    date_promised = fields.Date(
        string="Promised For", readonly=True, help="The day that the sentence names."
    )
    paused_until = fields.Date(
        readonly=True, help="Until then the customer is left alone because of it."
    )
    state = fields.Selection(
        [("new", "To Decide"), ("entered", "Entered"), ("done", "Nothing to Enter")],
        required=True,
        readonly=True,
        default="new",
    )
    user_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    can_confirm = fields.Boolean(compute="_compute_can_confirm")

    _reference_uniq = models.UniqueIndex(
        "(reference, account_id) WHERE reference IS NOT NULL",
        "This answer is known already.",
    )
    _new_idx = models.Index("(company_id, date) WHERE state = 'new'")

    @api.depends("kind", "state", "date_promised")
    def _compute_can_confirm(self):
        """What one click can enter: an objection, or a promise that names a day."""
        for reply in self:
            known = reply.kind == DISPUTE or (
                reply.kind == PROMISE and reply.date_promised
            )
            reply.can_confirm = reply.state == "new" and bool(known)

    # ---------------------------------------------------------------------- actions

    def action_confirm(self):
        """Enter what the answer says, about the open items of the message it answers.

        :raise UserError: when it says nothing that can be entered, or nothing is open
        """
        self._check_deciding()
        for reply in self:
            if not reply.can_confirm:
                raise UserError(
                    self.env._(
                        "%(customer)s: this answer has been decided, or says nothing "
                        "that can be entered at once. Use the other buttons.",
                        customer=reply.partner_id.display_name,
                    )
                )
            reply._enter()
        return True

    def action_promise(self):
        """Open the dialog of a promise, with what the answer says."""
        return self._open_dialog("action_promise", default_date=self.date_promised)

    def action_dispute(self):
        """Open the dialog of a dispute, with what the answer says."""
        return self._open_dialog("action_dispute", default_description=self.text)

    def action_set_done(self):
        """Say that there is nothing to enter: dunning goes on."""
        self._check_deciding()
        # As superuser: nobody has the right to write answers directly.
        self.sudo().filtered(lambda reply: reply.state == "new")._decide("done")
        return True

    def action_view_account(self):
        """Open the customer, where the whole conversation is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
        }

    def _check_deciding(self):
        """Collectors and credit managers decide about answers they may see."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers decide about answers.")
            )

    def _open_dialog(self, action, **defaults):
        self.ensure_one()
        self._check_deciding()
        window = getattr(self._get_items(), action)()
        window["context"] = {
            **window["context"],
            **{name: value for name, value in defaults.items() if value},
            "default_reply_id": self.id,
            "default_contact_id": self.contact_id.id,
            "default_channel": "email",
        }
        return window

    # ------------------------------------------------------------------------ entry

    def _get_items(self):
        """The open items that the answer is about, without those that are held.

        :raise UserError: when nothing is left of them
        """
        self.ensure_one()
        # As superuser: who may see the answer may see what it is about.
        items = self.sudo().message_id._get_actions().item_id.with_env(self.env)
        if not items:
            overdue = self.account_id._get_open_items_domain()
            overdue += [("date_maturity", "<", self.company_id._local_today())]
            items = self.env["account.move.line"].search(overdue)
        items = items.filtered(
            lambda item: item.amount_residual > 0
            and not item.reconciled
            and not item.hold_id
        )
        if not items:
            raise UserError(
                self.env._(
                    "Nothing of what the answer is about is open any more, or "
                    "something is agreed about it already."
                )
            )
        return items

    def _enter(self):
        """Enter the promise or dispute, one for each currency."""
        self.ensure_one()
        prepare = getattr(self, f"_prepare_{self.kind}")
        model = self.env[AGREED[self.kind]]
        model.create(
            [
                prepare(items)
                for items in self._get_items().grouped("currency_id").values()
            ]
        )

    def _prepare_promise(self, items):
        """Hook: the values of the promise about items in one currency."""
        return {
            "account_id": self.account_id.id,
            "currency_id": items.currency_id.id,
            "item_ids": [Command.set(items.ids)],
            "amount": sum(items.mapped("amount_residual_currency")),
            "date": self.date_promised,
            "grace_days": self.company_id.promise_grace_days,
            "channel": "email",
            "contact_id": self.contact_id.id,
            "note": self.sentence,
            "reply_id": self.id,
        }

    def _prepare_dispute(self, items):
        """Hook: the values of the dispute about items in one currency."""
        disputes = self.env["arm.dispute"]
        return {
            **disputes._prepare_from_items(items),
            "reason_id": self._get_reason().id,
            "description": self.text,
            "contact_id": self.contact_id.id,
            "reply_id": self.id,
        }

    def _get_reason(self):
        """The reason of a dispute until somebody has found out more.

        :raise UserError: when there is none
        """
        reason = self.env.ref(
            "arm_receivables.arm_dispute_reason_other", raise_if_not_found=False
        )
        reasons = self.env["arm.dispute.reason"]
        domain = [("company_id", "in", (False, self.company_id.id))]
        reason = reason or reasons.search(domain, order="sequence desc, id", limit=1)
        if not reason:
            raise UserError(
                self.env._(
                    "There is no reason of disputes: enter one in Configuration."
                )
            )
        return reason

    def _decide(self, state):
        """Close answers; the pause that they brought has done its duty."""
        self.write({"state": state, "user_id": self.env.uid})
        self.account_id._end_reply_pause()

    # ----------------------------------------------------------------- what has come

    @api.model
    def _read(self, account, values, reading):
        """Keep an answer of a customer, pause the customer, and tell the collector.

        :param values: of the mail: subject, text, date, addresses
        :param reading: what it seems to say, ``tools.reply.Reading`` or None
        """
        company = account.company_id
        until = False
        if not reading or reading.kind != ABSENCE:
            until = account._pause_for_reply(values["date"])
        reply = self.create(
            {
                **values,
                "account_id": account.id,
                "company_id": company.id,
                "kind": reading.kind if reading else "other",
                "sentence": reading.sentence if reading else False,
                "date_promised": reading.day if reading else False,
                "paused_until": until,
                "state": "done" if reading and reading.kind == ABSENCE else "new",
            }
        )
        if reply.state == "new":
            reply._tell_collector()
        return reply

    def _tell_collector(self):
        """An activity on the customer for whoever works on the customer."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        self.env["arm.dunning.message"]._ask_somebody(
            self.account_id,
            "arm_dunning.mail_activity_type_follow_up",
            self.env._("The customer has answered: %(kind)s", kind=kinds[self.kind]),
            self.sentence or self.subject or "",
        )

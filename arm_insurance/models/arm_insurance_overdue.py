from odoo import api, fields, models
from odoo.exceptions import UserError

CATEGORIES = [
    ("overdue", "Overdue (OVD)"),
    ("extension", "Extension (EXP)"),
    ("rescheduling", "Rescheduling (RES)"),
    ("insolvency", "Insolvency"),
    ("adverse", "Adverse Information"),
]
ANSWERS = [
    ("confirmed", "Limit confirmed"),
    ("reduced", "Limit reduced"),
    ("withdrawn", "Limit withdrawn"),
    ("ban", "No further deliveries"),
]


class ArmInsuranceOverdue(models.Model):
    """A notice to the insurer: overdue, extension, rescheduling, bad news.

    States: to send, sent, acknowledged, closed. It is late when it was sent after its
    deadline. What was sent stays as it was; the insurer's consent to go on delivering
    is entered on it.
    """

    _name = "arm.insurance.overdue"
    _description = "Notice to the Insurer"
    _inherit = ["arm.insurance.outgoing", "mail.activity.mixin"]
    _order = "state desc, deadline, id desc"
    _rec_name = "partner_id"

    limit_id = fields.Many2one(
        "arm.insurance.limit",
        string="Insured Buyer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="limit_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="limit_id.currency_id", store=True)
    partner_id = fields.Many2one(
        related="limit_id.partner_id", string="Buyer", store=True, index=True
    )
    category = fields.Selection(CATEGORIES, required=True, default="overdue")
    state = fields.Selection(
        [
            ("to_send", "To Send"),
            ("sent", "Sent"),
            ("acknowledged", "Acknowledged"),
            ("closed", "Closed"),
        ],
        required=True,
        default="to_send",
        readonly=True,
        copy=False,
        tracking=True,
    )
    reason = fields.Selection(
        [
            ("cash_flow", "Cash flow"),
            ("dispute", "Dispute"),
            ("slow", "Slow payer"),
            ("insolvency", "Insolvency"),
            ("disaster", "Natural disaster"),
            ("exchange", "Foreign exchange"),
        ],
    )
    item_ids = fields.Many2many("account.move.line", string="Open Items")
    amount = fields.Monetary(
        readonly=True,
        help="Open on the insurer's ledger when it was prepared, or sent.",
    )
    covered = fields.Monetary(readonly=True)
    deadline = fields.Date(help="Last day in time by the policy.")
    sent_on = fields.Date(readonly=True, copy=False)
    channel = fields.Selection(
        [("email", "E-mail"), ("portal", "Insurer's portal"), ("letter", "Letter")],
        default="portal",
    )
    reference = fields.Char(help="The insurer's number of this notice.")
    is_late = fields.Boolean(compute="_compute_is_late")
    answer = fields.Selection(ANSWERS, tracking=True)
    consent_until = fields.Date(
        help="The insurer agreed in writing that deliveries go on until this day."
    )
    consent_amount = fields.Monetary(
        help="Most that may be delivered with this consent; zero: any amount."
    )
    close_cause = fields.Selection(
        [("paid", "Paid"), ("claim", "Claim filed"), ("other", "Other")], readonly=True
    )
    note = fields.Text()

    # Which buyers have a notice that was sent, asked at every replay.
    _sent_idx = models.Index("(limit_id, sent_on) WHERE sent_on IS NOT NULL")

    @api.depends("sent_on", "deadline", "company_id")
    def _compute_is_late(self):
        for notice in self:
            day = notice.sent_on or notice.company_id._local_today()
            notice.is_late = bool(notice.deadline and day > notice.deadline)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        sent = self.filtered("sent_on")
        if sent:
            raise UserError(
                self.env._(
                    "The notice about %(buyer)s was sent. It is kept.",
                    buyer=sent[0].partner_id.display_name,
                )
            )

    def write(self, vals):
        """What the insurer was told stays as it was."""
        told = {"limit_id", "category", "item_ids", "amount", "covered", "sent_on"}
        if told & vals.keys() and not self.env.su:
            if self.filtered("sent_on"):
                raise UserError(
                    self.env._("A notice that was sent stays as the insurer got it.")
                )
        res = super().write(vals)
        if {"consent_until", "consent_amount"} & vals.keys():
            self.limit_id._mark_stale()
        return res

    # ---------------------------------------------------------------------- actions

    def action_send(self):
        """Record that these notices go to the insurer today."""
        self.check_access("write")
        wrong = self.filtered(lambda notice: notice.state != "to_send")
        if wrong:
            raise UserError(
                self.env._(
                    "The notice about %(buyer)s was sent already.",
                    buyer=wrong[0].partner_id.display_name,
                )
            )
        for notice in self:
            rows = notice._get_rows()
            notice.write(
                {
                    "state": "sent",
                    "amount": sum(rows.mapped("amount_open")),
                    "covered": sum(rows.mapped("covered")),
                    "sent_on": notice.company_id._local_today(),
                }
            )
        self._record("notice_sent", "amount", lambda row: row._get_category())
        self.limit_id._refresh()
        return True

    def action_send_email(self):
        """Open the e-mail to the insurer, with the notice as PDF."""
        return self._open_insurer_email(
            "arm_insurance.mail_template_overdue", self.env._("Notify the Insurer")
        )

    def action_export(self):
        """Save these notices in the insurer's layout, for its portal."""
        return self._save_insurer_file("notice", self.env._("Notices"))

    def action_acknowledge(self):
        """The insurer has confirmed the receipt."""
        sent = self.filtered(lambda notice: notice.state == "sent")
        sent.state = "acknowledged"
        sent._record("notice_acknowledged", "amount", lambda row: row._get_category())
        return True

    def action_close(self):
        """There is nothing more to tell."""
        self._end("other")
        self.limit_id._refresh()
        return True

    # --------------------------------------------------------------------- business

    def _on_sent_to_insurer(self):
        """The e-mail that is sent from a notice is the notice."""
        self.filtered(lambda notice: notice.state == "to_send").action_send()

    def _get_register_number(self):
        return self.limit_id.policy_id.name

    def _get_category(self):
        """What the notice tells, in words."""
        self.ensure_one()
        labels = dict(self._fields["category"]._description_selection(self.env))
        return labels[self.category]

    def _get_rows(self):
        """The current cover of the items that the notice is about."""
        self.ensure_one()
        return self.limit_id.coverage_ids.filtered(
            lambda row: row.item_id in self.item_ids
        )

    @api.model
    def _prepare_values(self, limit, category):
        """A notice about a buyer, filled with what is overdue today."""
        today = limit.company_id._local_today()
        every = category in ("insolvency", "adverse")
        rows = limit.coverage_ids.filtered(
            lambda row: every or (row.date_maturity and row.date_maturity < today)
        )
        return {
            "limit_id": limit.id,
            "category": category,
            "deadline": limit.noa_deadline,
            "reason": "insolvency" if category == "insolvency" else False,
            "item_ids": rows.item_id.ids,
            "amount": sum(rows.mapped("amount_open")),
            "covered": sum(rows.mapped("covered")),
        }

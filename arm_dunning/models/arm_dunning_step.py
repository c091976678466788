from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from ..tools.schedule import EPISODE_SIZE

REASONS = [
    ("held", "Dispute, promise or other hold"),
    ("no_followup", "Excluded from follow-up"),
    ("in_payment", "Payment on its way"),
    ("blocked", "Payment blocked on the invoice"),
    ("not_delivered", "Invoice was never sent, or came back"),
    ("handed_over", "Customer is being handed over"),
    ("blocked_partner", "No dunning of this customer"),
    ("paused", "Customer is paused"),
    ("credit_covers", "Credit covers the debt"),
    ("below_minimum", "Amount below the minimum"),
    ("contact_gap", "Contacted a short time ago"),
    ("too_many_contacts", "Contacted too often"),
    ("call_open", "A call comes first"),
    ("bank_stale", "Bank data are not up to date"),
    ("quiet_day", "Quiet day"),
    ("no_address", "No e-mail address"),
    ("no_email", "Wants no e-mail"),
    ("no_phone", "No telephone number"),
    ("no_postal_address", "No complete postal address"),
    ("settled", "Paid or credited meanwhile"),
    ("superseded", "A newer step took its place"),
    ("expired", "Its days are over"),
    ("not_due", "Its conditions are not met any more"),
    ("error", "Error"),
]
STATES = [
    ("planned", "Planned"),
    ("done", "Done"),
    ("held", "Held Back"),
    ("failed", "Failed"),
    ("cancelled", "Not Needed"),
]
# What a later run looks at again.
WAITING = ("planned", "held", "failed")


class ArmDunningStep(models.AbstractModel):
    """One (task, subject, occurrence) with the figures as they were.

    The columns that planning fills: of the register, and of a preview.
    """

    _name = "arm.dunning.step"
    _description = "Step of Dunning"
    _rec_name = "document"

    company_id = fields.Many2one("res.company", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    task_id = fields.Many2one("arm.dunning.task", required=True)
    task_version = fields.Integer(required=True, aggregator=None)
    subject_model = fields.Char(required=True)
    subject_id = fields.Many2oneReference(model_field="subject_model", required=True)
    occurrence = fields.Integer(
        required=True,
        default=1,
        aggregator=None,
        help="The n-th time for this subject. Where the day it is counted from comes "
        "again and again, the day is in the number too.",
    )
    occurrence_number = fields.Integer(
        string="Time", compute="_compute_occurrence_number"
    )
    item_id = fields.Many2one(
        "account.move.line", string="Open Item", ondelete="set null"
    )
    document = fields.Char(help="The number of the document when it was planned.")
    account_id = fields.Many2one("arm.customer.account", ondelete="set null")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    reliability_status = fields.Selection(RELIABILITY_STATUSES)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(help="What was open, in the currency of the item.")
    amount_company = fields.Monetary(
        string="Amount in Company Currency", currency_field="company_currency_id"
    )
    date_due = fields.Date(
        string="Due Date", help="Where nothing falls due: the day it is counted from."
    )
    date_planned = fields.Date(help="The day for which the task fell due.")
    days_late = fields.Integer(
        help="Days past the due date; negative before it.", aggregator="avg"
    )
    state = fields.Selection(STATES, required=True)
    reason = fields.Selection(REASONS)
    reason_text = fields.Char(string="Details")
    figures = fields.Json(help="The figures behind the reason, as they were.")
    day_done = fields.Date(string="Done On Day", help="Local day on which it was done.")
    is_contact = fields.Boolean(
        string="Contact", help="The customer was reminded of a debt."
    )
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("occurrence")
    def _compute_occurrence_number(self):
        for step in self:
            number = step.occurrence
            step.occurrence_number = (
                number if number < EPISODE_SIZE else number % EPISODE_SIZE
            )

    # ---------------------------------------------------------------------- results

    def _set_held(self, reason, text=False):
        """Hold these steps back, with the reason code and details in words."""
        self.write({"state": "held", "reason": reason, "reason_text": text})

    # ----------------------------------------------------------------- explanations

    @api.depends("state", "reason", "reason_text", "figures", "day_done")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for step in self:
            step.explanation = step._get_explanation()

    def _get_explanation(self):
        """What was done or why not, in a sentence with the figures as they were."""
        self.ensure_one()
        if self.state == "done":
            return self.env._("Done on %(date)s.", date=self._day(self.day_done))
        if self.state == "planned":
            return self.env._(
                "Planned for %(date)s.", date=self._day(self.date_planned)
            )
        if self.state == "failed":
            return self.env._("Failed: %(error)s", error=self.reason_text or "")
        return self._get_reason_sentence()

    def _get_reason_sentence(self):
        """The reason code as a sentence; details in words come after it."""
        self.ensure_one()
        figures = self.figures or {}
        tell = getattr(self, f"_tell_{self.reason}", None)
        if tell and figures:
            sentence = tell(figures)
        else:
            labels = dict(self._fields["reason"]._description_selection(self.env))
            sentence = labels.get(self.reason, "")
        return f"{sentence} ({self.reason_text})" if self.reason_text else sentence

    def _day(self, value):
        return format_date(self.env, value) if value else ""

    def _amount(self, value):
        return format_amount(self.env, value or 0, self.company_currency_id)

    def _tell_held(self, figures):
        hold = self.env["arm.hold"]
        labels = dict(hold._fields["reason"]._description_selection(self.env))
        reason = labels.get(figures["hold"], figures["hold"])
        if figures.get("until"):
            return self.env._(
                "Held until %(date)s: %(reason)s.",
                date=self._day(figures["until"]),
                reason=reason,
            )
        return self.env._("Held: %(reason)s.", reason=reason)

    def _tell_paused(self, figures):
        return self.env._(
            "The customer is paused until %(date)s: %(reason)s.",
            date=self._day(figures["until"]),
            reason=figures.get("why") or "",
        )

    def _tell_blocked_partner(self, figures):
        if figures.get("archived"):
            return self.env._("The customer is archived.")
        return self.env._(
            "Dunning of this customer is switched off: %(reason)s.",
            reason=figures.get("why") or "",
        )

    def _tell_handed_over(self, figures):
        return self.env._(
            "The customer is being handed over since %(date)s.",
            date=self._day(figures["since"]),
        )

    def _tell_credit_covers(self, figures):
        return self.env._(
            "Credit notes and payments cover the debt: the balance is %(amount)s.",
            amount=self._amount(figures["balance"]),
        )

    def _tell_below_minimum(self, figures):
        return self.env._(
            "The balance is %(amount)s, less than the minimum of %(minimum)s.",
            amount=self._amount(figures["balance"]),
            minimum=self._amount(figures["minimum"]),
        )

    def _tell_contact_gap(self, figures):
        return self.env._(
            "The customer was contacted on %(date)s; there have to be %(days)s days "
            "in between.",
            date=self._day(figures["last"]),
            days=figures["gap"],
        )

    def _tell_too_many_contacts(self, figures):
        return self.env._(
            "The customer was contacted on %(count)s days within %(days)s days; "
            "%(max)s is the most.",
            count=figures["contacts"],
            days=figures["days"],
            max=figures["max"],
        )

    def _tell_call_open(self, figures):
        if not figures.get("days"):
            return self.env._("Somebody is to call the customer first.")
        return self.env._(
            "Somebody is to call the customer first; after %(days)s days it goes on "
            "without the call.",
            days=figures["days"],
        )

    def _tell_bank_stale(self, figures):
        if not figures.get("last"):
            return self.env._("No bank statement or payment has been entered yet.")
        return self.env._(
            "The last bank statement or payment is of %(date)s, more than %(days)s "
            "days ago.",
            date=self._day(figures["last"]),
            days=figures["days"],
        )

    def _tell_quiet_day(self, figures):
        return self.env._("%(date)s is no working day.", date=self._day(figures["day"]))

    def _tell_superseded(self, figures):
        return self.env._(
            "A newer step took its place: %(task)s.",
            task=self.env["arm.dunning.task"].browse(figures["task"]).name,
        )

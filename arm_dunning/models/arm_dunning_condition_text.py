from odoo import api, fields, models
from odoo.tools import format_amount, format_date, format_list

from odoo.addons.arm_receivables.tools.reliability import STATUSES


class ArmDunningCondition(models.AbstractModel):
    """The condition of a task in words, in the language of the reader."""

    _name = "arm.dunning.condition"
    _inherit = ["arm.dunning.condition"]

    when_text = fields.Char(string="When", compute="_compute_when_text")
    condition_text = fields.Char(
        string="In Words",
        compute="_compute_condition_text",
        help="The whole condition as a sentence.",
    )

    anchor_options = fields.Char(compute="_compute_anchor_options")

    @api.depends("subject_type")
    def _compute_anchor_options(self):
        """The dates that can be chosen for what the task is about."""
        for condition in self:
            anchors = condition._get_subject()._get_anchors()
            condition.anchor_options = ",".join(anchors)

    @api.onchange("subject_type")
    def _onchange_subject_type(self):
        """What it is about decides from which dates it can be counted."""
        anchors = self._get_subject()._get_anchors()
        if self.anchor not in anchors:
            self.anchor = anchors[0]
        if self._origin.subject_model != self.subject_model:
            self.item_domain = False

    @api.depends(
        "offset_days",
        "anchor",
        "day_type",
        "repeat_max",
        "repeat_days",
        "after_task_id",
    )
    @api.depends_context("lang")
    def _compute_when_text(self):
        for condition in self:
            condition.when_text = condition._get_when_text()

    @api.depends(lambda self: self._get_condition_fields())
    @api.depends_context("lang")
    def _compute_condition_text(self):
        for condition in self:
            parts = condition._get_condition_parts()
            text = ", ".join(part for part in parts if part)
            condition.condition_text = self.env._(
                "%(subject)s: %(conditions)s",
                subject=condition._get_subject_text(),
                conditions=text,
            )

    @api.model
    def _get_condition_fields(self):
        """What the sentence is made of; the hour is the company's."""
        return [
            "when_text",
            "subject_type",
            "company_id.dunning_hour",
            "catch_up_days",
            "date_from",
            "date_to",
            "for_green",
            "for_yellow",
            "for_red",
            "partner_domain",
            "item_domain",
            "amount_min",
            "balance_min",
            "only_currency_id",
            "days_late_min",
            "days_late_max",
            "insurance",
        ]

    def _get_condition_parts(self):
        """Hook: the parts of the sentence; empty ones are left out."""
        self.ensure_one()
        return [
            self._get_when_text(),
            self.env._("at %(time)s", time=self._get_time_text()),
            self._get_catch_up_text(),
            self._get_who_text(),
            *self._get_amount_texts(),
            self._get_late_text(),
            self._get_insurance_text(),
            self.item_domain and self.env._("only chosen items"),
            *self._get_validity_texts(),
        ]

    # ------------------------------------------------------------------------- when

    def _get_when_text(self):
        """The days in words, for example "3 days after the due date"."""
        self.ensure_one()
        text = (
            self._get_due_date_text()
            if self.anchor == "due_date"
            else self._get_anchor_text()
        )
        if self.repeat_max > 1:
            text = self.env._(
                "%(when)s, then every %(days)s days, %(times)s times in all",
                when=text,
                days=self.repeat_days,
                times=self.repeat_max,
            )
        return text

    def _get_due_date_text(self):
        """The most common anchor reads like speech."""
        if not self.offset_days:
            return self.env._("on the due date")
        if self.offset_days < 0:
            return self.env._(
                "%(days)s before the due date", days=self._get_days_text()
            )
        return self.env._("%(days)s after the due date", days=self._get_days_text())

    def _get_days_text(self):
        """A number of days, with its noun."""
        days, working = abs(self.offset_days), self.day_type == "working"
        if days == 1:
            return self.env._("1 working day") if working else self.env._("1 day")
        if working:
            return self.env._("%(count)s working days", count=days)
        return self.env._("%(count)s days", count=days)

    def _get_anchor_text(self):
        """The anchor stands by itself, so that every language can say it."""
        labels = dict(self._fields["anchor"]._description_selection(self.env))
        anchor = self.after_task_id.name or labels.get(self.anchor, "")
        if not self.offset_days:
            same_day = {
                "invoice_date": self.env._("on the day of issue"),
                "order_date": self.env._("on the day of confirmation"),
                "status_date": self.env._("on the day of the move"),
            }
            on_the_day = self.env._("%(anchor)s: on the day", anchor=anchor)
            return same_day.get(self.anchor, on_the_day)
        if self.offset_days < 0:
            return self.env._(
                "%(anchor)s: %(days)s before",
                anchor=anchor,
                days=self._get_days_text(),
            )
        return self.env._(
            "%(anchor)s: %(days)s after", anchor=anchor, days=self._get_days_text()
        )

    def _get_time_text(self):
        """The time of the company's run, for example 07:00."""
        minutes = round((self.company_id.dunning_hour or 0.0) * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    def _get_catch_up_text(self):
        if not self.catch_up_days:
            return self.env._("on that day only")
        if self.catch_up_days == 1:
            return self.env._("or a day later at most")
        return self.env._("or up to %(days)s days later", days=self.catch_up_days)

    def _get_validity_texts(self):
        """From when until when the task is valid."""
        first, last = self.date_from, self.date_to
        return [
            first and self.env._("from %(day)s on", day=format_date(self.env, first)),
            last and self.env._("until %(day)s", day=format_date(self.env, last)),
        ]

    # ------------------------------------------------------------------ for whom, what

    def _get_subject_text(self):
        labels = dict(self._fields["subject_type"]._description_selection(self.env))
        return labels.get(self.subject_type, "")

    def _get_who_text(self):
        """Which customers, by status and by filter."""
        names = {
            "green": self.env._("green"),
            "yellow": self.env._("yellow"),
            "red": self.env._("red"),
        }
        statuses = [names[status] for status in self._get_statuses()]
        if len(statuses) < len(STATUSES):
            who = self.env._(
                "for %(statuses)s customers", statuses=format_list(self.env, statuses)
            )
        elif not self.partner_domain:
            return self.env._("for all customers")
        else:
            return self.env._("for chosen customers")
        if self.partner_domain:
            return self.env._("%(customers)s of those chosen", customers=who)
        return who

    def _get_amount_texts(self):
        """What an item, or the customer's balance, has to be at least."""
        company = self.company_id.currency_id
        texts = []
        if self.amount_min:
            amount = format_amount(self.env, self.amount_min, company)
            texts.append(self.env._("items of at least %(amount)s", amount=amount))
        if self.balance_min:
            amount = format_amount(self.env, self.balance_min, company)
            texts.append(self.env._("owing at least %(amount)s", amount=amount))
        if self.only_currency_id:
            code = self.only_currency_id.name
            texts.append(self.env._("only in %(currency)s", currency=code))
        return texts

    def _get_late_text(self):
        """The age of the item."""
        first, last = self.days_late_min, self.days_late_max
        if first and last:
            return self.env._(
                "%(first)s to %(last)s days overdue", first=first, last=last
            )
        if first:
            return self.env._("at least %(days)s days overdue", days=first)
        if last:
            return self.env._("at most %(days)s days overdue", days=last)
        return ""

    def _get_insurance_text(self):
        if self.insurance == "only":
            return self.env._("only insured items")
        if self.insurance == "never":
            return self.env._("only items that are not insured")
        return ""

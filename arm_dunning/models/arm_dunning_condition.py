from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.arm_receivables.tools.reliability import STATUSES

from ..tools.schedule import MAX_REPEATS, Schedule

MAX_OFFSET = 730  # days; what is later is no dunning any more
MAX_CATCH_UP = 366  # days
ANCHORS = [
    ("due_date", "Due Date"),
    ("invoice_date", "Issue Date"),
    ("delivery_date", "Delivery"),
    ("order_date", "Order Confirmation"),
    ("contact_date", "Previous Contact"),
    ("returned_date", "Payment Returned"),
    ("week_start", "First Day of the Week"),
    ("month_start", "First Day of the Month"),
    ("status_date", "Status Move"),
    ("promise_date", "Promised Day"),
    ("broken_date", "Promise Not Kept"),
    ("dispute_date", "Dispute Raised"),
    ("dispute_deadline", "Deadline of a Dispute"),
]
# What begins with the business itself: who is thanked is not asked for money.
COURTESY_ANCHORS = ("invoice_date", "order_date", "delivery_date")


class ArmDunningCondition(models.AbstractModel):
    """When something falls due, and for whom: the condition half of a task."""

    _name = "arm.dunning.condition"
    _description = "Condition of a Dunning Task"
    _inherit = ["mail.thread"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )

    # What it is about, and when.
    subject_type = fields.Selection(
        [
            ("item", "Invoice"),
            ("order", "Order"),
            ("account", "Customer Balance"),
            ("credit", "Credit Not Allocated"),
            ("status", "Status Move"),
            ("promise", "Promise to Pay"),
            ("dispute", "Dispute"),
        ],
        string="About",
        required=True,
        default="item",
        tracking=True,
        help="Invoices count instalment by instalment. Credits are credit notes and "
        "payments that are not allocated to an invoice.",
    )
    anchor = fields.Selection(
        ANCHORS,
        string="Counted From",
        required=True,
        default="due_date",
        tracking=True,
        help="For a customer balance, the due date is that of the oldest overdue item.",
    )
    after_task_id = fields.Many2one(
        "arm.dunning.task",
        check_company=True,
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Only what this task has done counts as the previous contact.",
    )
    offset_days = fields.Integer(
        string="Days",
        tracking=True,
        help="Days after the day it is counted from; a negative number means before.",
    )
    day_type = fields.Selection(
        [("calendar", "Calendar Days"), ("working", "Working Days")],
        string="Kind of Days",
        required=True,
        default="calendar",
        tracking=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        tracking=True,
        check_company=True,
        ondelete="restrict",
        help="Whose working days count, public holidays included. Empty: those of the "
        "company.",
    )
    catch_up_days = fields.Integer(
        default=7,
        tracking=True,
        help="For how many days after its day the task may still be done, for "
        "example when the server was down or the item was held.",
    )
    repeat_max = fields.Integer(
        string="Times at Most",
        default=1,
        tracking=True,
        help="How often it is done for the same item in all.",
    )
    repeat_days = fields.Integer(
        string="Every", default=7, tracking=True, help="Days from one time to the next."
    )
    date_from = fields.Date(string="Valid From", tracking=True)
    date_to = fields.Date(string="Valid Until", tracking=True)

    # For whom, and for what.
    for_green = fields.Boolean(string="Green", default=True, tracking=True)
    for_yellow = fields.Boolean(string="Yellow", default=True, tracking=True)
    for_red = fields.Boolean(string="Red", default=True, tracking=True)
    partner_domain = fields.Char(
        string="Customers",
        tracking=True,
        help="Only these customers (companies as a whole, not their contacts).",
    )
    subject_model = fields.Char(compute="_compute_subject_model")
    item_domain = fields.Char(
        string="Items", tracking=True, help="Only these invoice items, or orders."
    )
    amount_min = fields.Monetary(
        string="Minimum Item",
        tracking=True,
        help="In the currency of the company, whatever the currency of the item.",
    )
    balance_min = fields.Monetary(
        string="Minimum Balance",
        tracking=True,
        help="What the customer owes in all, less credits.",
    )
    only_currency_id = fields.Many2one(
        "res.currency", string="Only in Currency", tracking=True, ondelete="restrict"
    )
    days_late_min = fields.Integer(
        string="Overdue From",
        tracking=True,
        help="Days past the due date, at least; 0 is no condition.",
    )
    days_late_max = fields.Integer(
        string="Overdue To",
        tracking=True,
        help="Days past the due date, at most; 0 is no condition.",
    )
    insurance = fields.Selection(
        [("any", "Insured or Not"), ("only", "Only Insured"), ("never", "Not Insured")],
        required=True,
        default="any",
        tracking=True,
    )
    is_courtesy = fields.Boolean(
        string="Courtesy",
        compute="_compute_is_courtesy",
        store=True,
        readonly=False,
        tracking=True,
        help="A friendly word that asks for no money, such as thanks for an order. It "
        "does not count as a contact, and what holds back a reminder does not hold it.",
    )

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_company_id(self):
        return self.env.company

    def _get_subject(self):
        """The model that knows what the task is about (``arm.dunning.subject.*``)."""
        self.ensure_one()
        return self.env[f"arm.dunning.subject.{self.subject_type}"]

    @api.depends("subject_type")
    def _compute_subject_model(self):
        for condition in self:
            condition.subject_model = condition._get_subject()._subject_model

    @api.depends("subject_type", "anchor", "offset_days")
    def _compute_is_courtesy(self):
        for condition in self:
            condition.is_courtesy = (
                condition.subject_type in ("item", "order")
                and condition.anchor in COURTESY_ANCHORS
                and condition.offset_days >= 0
            )

    # ------------------------------------------------------------------ constraints

    @api.constrains("catch_up_days", "offset_days")
    def _check_days(self):
        for condition in self:
            name = condition.display_name
            if condition.catch_up_days < 0:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: the days to catch up cannot be negative. "
                        "Enter 0 to do it on its day only.",
                        task=name,
                    )
                )
            if condition.catch_up_days > MAX_CATCH_UP:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: after more than %(days)s days nothing is "
                        "caught up any more. Enter fewer days.",
                        task=name,
                        days=MAX_CATCH_UP,
                    )
                )
            if abs(condition.offset_days) > MAX_OFFSET:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: a task is at most %(days)s days before or "
                        "after its date.",
                        task=name,
                        days=MAX_OFFSET,
                    )
                )

    @api.constrains("repeat_max", "repeat_days")
    def _check_repeat(self):
        for condition in self:
            if not 1 <= condition.repeat_max <= MAX_REPEATS:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: say how often it is done, 1 to %(max)s times.",
                        task=condition.display_name,
                        max=MAX_REPEATS,
                    )
                )
            if condition.repeat_max > 1 and condition.repeat_days < 1:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: there has to be at least one day from one "
                        "time to the next.",
                        task=condition.display_name,
                    )
                )

    @api.constrains("date_from", "date_to", "days_late_min", "days_late_max")
    def _check_spans(self):
        for condition in self:
            until, most = condition.date_to, condition.days_late_max
            if until and condition.date_from and until < condition.date_from:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s is valid until a day before it begins. Correct "
                        "one of the two dates.",
                        task=condition.display_name,
                    )
                )
            if most and most < condition.days_late_min:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: overdue from %(first)s to %(last)s days is no "
                        "span. Correct one of the two numbers.",
                        task=condition.display_name,
                        first=condition.days_late_min,
                        last=most,
                    )
                )

    @api.constrains("for_green", "for_yellow", "for_red")
    def _check_statuses(self):
        for condition in self:
            if not condition._get_statuses():
                raise ValidationError(
                    self.env._(
                        "Task %(task)s is meant for no status. Choose at least one "
                        "of green, yellow and red.",
                        task=condition.display_name,
                    )
                )

    @api.constrains("subject_type", "anchor", "after_task_id")
    def _check_anchor(self):
        for condition in self:
            subject = condition._get_subject()
            if condition.anchor not in subject._get_anchors():
                label = dict(ANCHORS)
                raise ValidationError(
                    self.env._(
                        "Task %(task)s: nothing of this kind has the date %(anchor)s. "
                        "Choose one of: %(anchors)s.",
                        task=condition.display_name,
                        anchor=label[condition.anchor],
                        anchors=", ".join(label[a] for a in subject._get_anchors()),
                    )
                )
            if condition.after_task_id and condition.after_task_id == condition:
                raise ValidationError(
                    self.env._(
                        "Task %(task)s cannot come after itself. Use the repetition.",
                        task=condition.display_name,
                    )
                )

    @api.constrains("partner_domain", "item_domain", "subject_type")
    def _check_domains(self):
        for condition in self:
            subject = condition._get_subject()
            for model, text in (
                ("res.partner", condition.partner_domain),
                (subject._subject_model, condition.item_domain),
            ):
                self._check_domain(model, text, condition.display_name)

    @api.model
    def _check_domain(self, model, text, name):
        """Refuse a stored domain that cannot be searched with.

        It is tried with the user's own rights, so that nobody learns about fields
        that are not for them.
        """
        try:
            self.env[model].search_count(self._parse_domain(text), limit=1)
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "%(name)s: the filter %(domain)s does not work: %(error)s",
                    name=name,
                    domain=text,
                    error=error,
                )
            ) from error

    @api.model
    def _parse_domain(self, text):
        """The domain in a stored text; dates may be words such as ``today -30d``."""
        return Domain(literal_eval(text)) if text else Domain.TRUE

    @api.model
    def _domain_sql(self, model, text, column, company):
        """The condition that a column names a record of a stored domain.

        A sub-query, never a list of ids. As superuser and for archived records too:
        the rule is the company's, whoever happens to run it.
        """
        if not text:
            return SQL("TRUE")
        # As superuser: see above.
        records = self.env[model].sudo().with_company(company)
        records = records.with_context(active_test=False)
        query = records._search(self._parse_domain(text))
        return SQL("%s IN %s", column, query.subselect())

    # --------------------------------------------------------------------- schedule

    def _get_statuses(self):
        """The reliability statuses that the task is meant for."""
        self.ensure_one()
        return [status for status in STATUSES if self[f"for_{status}"]]

    def _get_schedule(self, extra_days=0):
        """The condition's days, for the pure functions of ``tools.schedule``.

        :param extra_days: quiet days just before, which do not use up the time.
        """
        self.ensure_one()
        return Schedule(
            offset=self.offset_days,
            every=self.repeat_days,
            times=self.repeat_max,
            catch_up=self.catch_up_days + extra_days,
            since=self.date_from or None,
            until=self.date_to or None,
        )

    def _get_due_window(self, today):
        """The first and last due date whose items the task is for on a day.

        A task before the due date is never done after it, however much it missed.
        Calendar days, first time.
        """
        self.ensure_one()
        newest = today - timedelta(days=self.offset_days)
        oldest = newest - timedelta(days=self.catch_up_days)
        return (max(oldest, today) if self.offset_days < 0 else oldest), newest

from odoo import api, fields, models
from odoo.tools import format_amount

# The parts of the exposure bar, in their order: (field, colour of the theme). They
# do not overlap and add up to the exposure before credits.
BAR = [
    ("amount_due_later", "success"),
    ("amount_overdue", "danger"),
    ("amount_orders", "info"),
]
# What is told beside the bar, because it is a part of one of its parts or deducted.
NOTES = ["amount_disputed", "amount_promised", "amount_credit"]
TIMELINE_LENGTH = 25


class ArmCustomerAccount(models.Model):
    """The customer's page: how much at a glance, what happened, what comes next."""

    _inherit = "arm.customer.account"

    credit_limit = fields.Monetary(
        compute="_compute_credit_limit",
        help="The customer's credit limit in this company; empty when none is set.",
    )
    phone = fields.Char(related="partner_id.phone")
    exposure_bar = fields.Json(compute="_compute_exposure_bar")
    event_ids = fields.Many2many(
        "arm.customer.event", string="Timeline", compute="_compute_event_ids"
    )
    next_step = fields.Char(
        compute="_compute_next_step", help="The next planned activity and its day."
    )

    @api.depends("partner_id", "company_id")
    def _compute_credit_limit(self):
        for company, accounts in self.grouped("company_id").items():
            for account in accounts:
                # As superuser: the limit is open to invoicing groups only, and who
                # sees the exposure may see what it is measured against.
                partner = account.sudo().partner_id.with_company(company)
                used = partner.use_partner_credit_limit
                account.credit_limit = partner.credit_limit if used else 0.0

    @api.depends(
        "amount_due_later",
        "amount_overdue",
        "amount_orders",
        "amount_disputed",
        "amount_promised",
        "amount_credit",
        "credit_limit",
    )
    def _compute_exposure_bar(self):
        for account in self:
            account.exposure_bar = account._prepare_exposure_bar()

    def _prepare_exposure_bar(self):
        """What the widget draws: parts with their share, the limit, and notes.

        Shares are percent of the whole width; the width is the larger of the exposure
        and the limit, so that the mark of the limit is always on it.
        """
        self.ensure_one()
        total = sum(max(self[name], 0.0) for name, _colour in BAR)
        width = max(total, self.credit_limit) or 1.0
        parts = [
            {**self._prepare_bar_entry(name), "colour": colour}
            for name, colour in BAR
            if self[name] > 0
        ]
        for part in parts:
            part["share"] = round(100 * self[part["name"]] / width, 2)
        limit = None
        if self.credit_limit:
            limit = {
                **self._prepare_bar_entry("credit_limit"),
                "share": round(100 * self.credit_limit / width, 2),
                "used": round(100 * self.exposure / self.credit_limit),
                "exceeded": self.exposure > self.credit_limit,
            }
        notes = [self._prepare_bar_entry(name) for name in NOTES if self[name]]
        return {"parts": parts, "limit": limit, "notes": notes}

    def _prepare_bar_entry(self, name):
        """The label and the amount of a field, as text in the reader's language."""
        label = self.fields_get([name], ["string"])[name]["string"]
        amount = format_amount(self.env, self[name], self.currency_id)
        return {"name": name, "label": label, "amount": amount}

    def _compute_event_ids(self):
        """The newest events of each account; the page shows one account at a time."""
        for account in self:
            account.event_ids = self.env["arm.customer.event"].search(
                [("account_id", "=", account.id)], limit=TIMELINE_LENGTH
            )

    @api.depends("activity_ids.date_deadline", "activity_ids.summary")
    def _compute_next_step(self):
        for account in self:
            activity = account.activity_ids.sorted("date_deadline")[:1]
            what = activity.summary or activity.activity_type_id.name
            day = fields.Date.to_string(activity.date_deadline)
            account.next_step = f"{day}: {what}" if activity else False

    def action_view_events(self):
        """Open the whole timeline of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_event_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        return action

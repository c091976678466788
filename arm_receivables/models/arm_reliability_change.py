from odoo import api, fields, models
from odoo.tools import format_date

from ..tools import reliability as rules
from .arm_customer_account import RELIABILITY_STATUSES

ORIGINS = [
    ("automatic", "Automatic"),
    ("confirmed", "Confirmed by a Person"),
    ("manual", "By Hand"),
    ("merge", "Merge of Customers"),
]
RULE_LABELS = [
    ("promises_broken", "Broken Promises"),
    ("payments_returned", "Returned Payments"),
    ("oldest_overdue_days", "Oldest Overdue Item"),
    ("amount_overdue", "Overdue Amount"),
    ("overdue_share", "Overdue Share"),
    ("payment_index", "Payment Index"),
    ("days_late", "Average Days Late"),
    (rules.IN_ORDER, "No Threshold Reached"),
    (rules.NEW_CUSTOMER, "New Customer"),
    (rules.WAITING, "Improvement Not Proven Yet"),
    (rules.IMPROVED, "Paid in Terms"),
    ("manual", "By Hand"),
]


class ArmReliabilityChange(models.Model):
    """The history of the status: one row for each change, for ever.

    A row keeps the figures and the numbers of the policy as they were, so that the
    reason, and what would have had to be different for the better status, can be told
    at any time and in any language. Nobody has the right to change or delete rows.
    """

    _name = "arm.reliability.change"
    _description = "Change of Reliability Status"
    _order = "id desc"
    _rec_name = "account_id"
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
    date = fields.Datetime(required=True, readonly=True)
    from_status = fields.Selection(
        RELIABILITY_STATUSES, string="From", readonly=True, help="Empty: the first one."
    )
    to_status = fields.Selection(
        RELIABILITY_STATUSES, string="To", required=True, readonly=True
    )
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Person", readonly=True, help="Empty: the policy decided."
    )
    note = fields.Char(string="Person's Reason", readonly=True)
    until = fields.Date(
        readonly=True, help="Last day of a status set by hand; without it, it stays."
    )
    rule = fields.Selection(RULE_LABELS, required=True, readonly=True)
    figures = fields.Json(readonly=True)
    numbers = fields.Json(readonly=True, help="The policy as it was.")
    policy_id = fields.Many2one(
        "arm.reliability.policy",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    policy_version = fields.Integer(readonly=True, aggregator=None)
    reason = fields.Char(compute="_compute_reason")
    outlook = fields.Char(
        string="For a Better Status",
        compute="_compute_reason",
        help="What would have had to be different.",
    )

    @api.depends("rule", "figures", "numbers", "origin", "note", "until", "user_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for change in self:
            if change.origin in ("automatic", "confirmed"):
                texts = change._explain()
            else:
                texts = change._get_person_reason(), False
            change.reason, change.outlook = texts

    def _explain(self):
        """Reason and outlook in the reader's language, from the figures kept."""
        self.ensure_one()
        explainer = self.env["arm.reliability.explainer"]
        facts = explainer._load_facts(self.figures)
        policy = explainer._load_policy(self.numbers)
        verdict = rules.evaluate(facts, policy, (self.figures or {}).get("present"))
        currency = self.company_id.currency_id
        return (
            explainer._get_reason(verdict, facts, policy, currency),
            explainer._get_outlook(verdict, currency),
        )

    def _get_person_reason(self):
        """What the person said, and until when it holds."""
        self.ensure_one()
        person = self.sudo().user_id.name  # the name only, for every reader
        note = self.note or self.env._("no reason given")
        if self.until:
            return self.env._(
                "%(person)s: %(note)s (until %(date)s)",
                person=person,
                note=note,
                date=format_date(self.env, self.until),
            )
        return self.env._("%(person)s: %(note)s", person=person, note=note)

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

CODES = [
    ("LIM-OVER", "Above the limit"),
    ("LIM-NEAR", "Limit nearly full"),
    ("LIM-NONE", "No limit"),
    ("LIM-ENDS", "Limit ends"),
    ("LIM-CUT", "Limit reduced or withdrawn"),
    ("LIM-IDLE", "Limit is idle"),
    ("LIM-TOTAL", "Limits or exposure too large"),
    ("DCL-LOST", "Own limit lost"),
    ("DCL-LOW", "Own limit too low"),
    ("TERMS", "Terms too long"),
    ("INVOICE-LATE", "Delivered, not invoiced"),
    ("OVD-SOON", "Extension period ends"),
    ("STOP", "Cover stopped"),
    ("NOA-DUE", "Notice of overdue"),
    ("NOA-LATE", "Notice of overdue is late"),
    ("EXT-ASK", "Ask for consent to a promise"),
    ("COLL-DUE", "Hand-over to collection"),
    ("INSOLV", "Insolvency: notice"),
    ("ADVERSE", "Adverse information: notice"),
    ("CLAIM-EARLY", "A claim may be filed"),
    ("CLAIM-DUE", "Claim must be filed"),
    ("WAIT-END", "Waiting period ends"),
    ("DISPUTE", "Cover suspended by a dispute"),
    ("PAY-DUE", "Insurer has not paid"),
    ("REC", "Receipt after the indemnity"),
    ("DECL-DUE", "Declaration due"),
    ("AFL", "First loss is used up"),
    ("ML", "Maximum liability is nearly used up"),
    ("RENEW", "Policy ends"),
    ("ERROR", "Account cannot be replayed"),
]
# How bad it is: 0 information, 1 something to do, 2 cover is at risk.
SEVERITIES = {
    "LIM-NEAR": 0,
    "CLAIM-EARLY": 0,
    "AFL": 0,
    "STOP": 2,
    "NOA-LATE": 2,
    "INSOLV": 2,
    "LIM-CUT": 2,
    "DCL-LOST": 2,
}
# What the person above is told of, where the policy names one.
ESCALATED = ("NOA-LATE", "LIM-TOTAL", "AFL", "ML")
# A notice that is not sent so many days before its deadline is escalated as well.
ESCALATION_DAYS = 2
# Days before the deadline from which somebody has to act; without a deadline at once.
LEADS = {
    "OVD-SOON": 10,
    "NOA-DUE": 14,
    "COLL-DUE": 14,
    "CLAIM-DUE": 30,
    "LIM-ENDS": 30,
    "RENEW": 90,
    "WAIT-END": 14,
    "CLAIM-EARLY": 0,
    "INVOICE-LATE": 5,
    "DISPUTE": 0,
    "DECL-DUE": 14,
}

# What to do, in one sentence.
TEXTS = {
    "LIM-OVER": _lt("%(amount)s is above the limit. Request an increase."),
    "LIM-NEAR": _lt("The limit is nearly used; %(amount)s is left."),
    "LIM-NONE": _lt("%(amount)s is open without any limit. Request one."),
    "LIM-ENDS": _lt("The limit ends on %(day)s."),
    "LIM-CUT": _lt("The insurer cut the limit; deliveries are insured until %(day)s."),
    "LIM-IDLE": _lt(
        "The limit is hardly used; %(amount)s is free. Give back what is not needed: "
        "it saves fees."
    ),
    "LIM-TOTAL": _lt(
        "The limits are %(amount)s above what the policy carries: see the cap of all "
        "limits and the maximum liability."
    ),
    "DCL-LOST": _lt(
        "The own limit is lost; %(amount)s is open. New deliveries need a limit of the "
        "insurer."
    ),
    "DCL-LOW": _lt(
        "%(amount)s more is needed than the own limit allows. Request a named limit."
    ),
    "TERMS": _lt(
        "%(amount)s is open on terms longer than the policy allows, and uninsured."
    ),
    "INVOICE-LATE": _lt(
        "Deliveries of %(amount)s must be invoiced until %(day)s, or they are "
        "uninsured."
    ),
    "DISPUTE": _lt(
        "%(amount)s is suspended by a dispute. Settle it, and tell the insurer where "
        "it stands."
    ),
    "PAY-DUE": _lt("The insurer was to pay %(amount)s until %(day)s. Ask for it."),
    "REC": _lt("%(amount)s has come in after the indemnity. Split it."),
    "DECL-DUE": _lt("Declare to the insurer until %(day)s. A draft is prepared."),
    "AFL": _lt("Claims have used %(amount)s of the first loss of the year."),
    "ML": _lt(
        "Only %(amount)s of the maximum liability is left: less than the largest "
        "indemnity that may come."
    ),
    "OVD-SOON": _lt("Cover stops after %(day)s, unless %(amount)s is paid."),
    "STOP": _lt("New deliveries are not insured until %(amount)s is paid."),
    "NOA-DUE": _lt("Notify the insurer of the overdue until %(day)s."),
    "NOA-LATE": _lt("The overdue was to be notified until %(day)s. Cover is at risk."),
    "EXT-ASK": _lt(
        "A promise runs until %(day)s, past the extension period. Ask the insurer for "
        "consent."
    ),
    "COLL-DUE": _lt("Hand over to collection until %(day)s."),
    "INSOLV": _lt("Notify the insurer of the insolvency until %(day)s."),
    "ADVERSE": _lt("Notify the insurer of the adverse information until %(day)s."),
    "CLAIM-EARLY": _lt("A claim may be filed from %(day)s on."),
    "CLAIM-DUE": _lt("File the claim until %(day)s."),
    "WAIT-END": _lt("The waiting period ends on %(day)s. Confirm the loss."),
    "RENEW": _lt("The policy ends on %(day)s. Renew it or give notice."),
    "ERROR": _lt("The account cannot be replayed. See why on the buyer."),
}


class ArmInsuranceAlert(models.Model):
    """What somebody should know or do: one open row for each (record, code).

    Rows open, change and close by themselves (``arm.insurance.watch``); a row whose
    lead time has come has one activity. Closed rows stay as the history. Deadlines
    that are still far away are rows too, so that the calendar shows them.
    """

    _name = "arm.insurance.alert"
    _description = "Alert of Credit Insurance"
    _order = "closed_on nulls first, severity desc, deadline, id"
    _rec_name = "code"

    policy_id = fields.Many2one("arm.insurance.policy", required=True, index=True)
    limit_id = fields.Many2one(
        "arm.insurance.limit",
        string="Insured Buyer",
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    partner_id = fields.Many2one(
        related="limit_id.partner_id", string="Buyer", store=True, index=True
    )
    code = fields.Selection(CODES, required=True)
    severity = fields.Selection(
        [("0", "Information"), ("1", "To do"), ("2", "Cover at risk")],
        required=True,
        default="1",
    )
    deadline = fields.Date()
    act_on = fields.Date(
        string="Act Until",
        help="Last working day up to the deadline: calendar days count for insurers.",
    )
    amount = fields.Monetary()
    is_due = fields.Boolean(help="The lead time has come: somebody has an activity.")
    text = fields.Char(compute="_compute_text")
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(index="btree_not_null")
    activity_id = fields.Many2one("mail.activity", ondelete="set null")
    told_days = fields.Integer(
        default=-1, help="Days before the deadline when people were told; -1: never."
    )
    was_assigned = fields.Boolean(help="It had an activity; a second is not made.")

    _open_uniq = models.UniqueIndex(
        "(policy_id, COALESCE(limit_id, 0), code) WHERE closed_on IS NULL",
        "This alert is open already.",
    )

    @api.depends("code", "limit_id", "policy_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["code"]._description_selection(self.env))
        for alert in self:
            # As superuser: who sees the alert sees the name of what it is about.
            record = (alert.partner_id or alert.policy_id).sudo()
            alert.display_name = self.env._(
                "%(what)s: %(who)s",
                what=labels.get(alert.code, alert.code),
                who=record.display_name,
            )

    @api.depends("code", "deadline", "amount")
    @api.depends_context("lang")
    def _compute_text(self):
        for alert in self:
            alert.text = alert._get_text()

    def _get_text(self):
        """What to do, in one sentence."""
        self.ensure_one()
        day = format_date(self.env, self.deadline) if self.deadline else ""
        text = TEXTS[self.code]._translate(self.env.lang or "en_US")
        return text % {"amount": self.currency_id.format(self.amount), "day": day}

    def action_view_record(self):
        """Open the buyer or the policy."""
        self.ensure_one()
        record = self.limit_id or self.policy_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

from odoo import fields, models
from odoo.tools import format_amount

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

REASONS = [
    ("no_followup", "Excluded from follow-up"),
    ("in_payment", "Payment on its way"),
    ("blocked", "Payment blocked on the invoice"),
    ("credit_covers", "Credit covers the debt"),
    ("no_address", "No e-mail address"),
    ("settled", "Paid or credited meanwhile"),
    ("expired", "Its days are over"),
    ("error", "Error"),
]


class ArmDunningAction(models.Model):
    """The register: one row for each (task, subject, occurrence), for ever.

    Rows are written by the engine alone (nobody has the right to change or delete
    them) and keep the figures as they were: which rule in which version, which
    amounts, what was done, or why not.
    """

    _name = "arm.dunning.action"
    _description = "Dunning Register"
    _order = "id desc"
    _rec_name = "document"
    _check_company_auto = True

    run_id = fields.Many2one("arm.dunning.run", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    company_currency_id = fields.Many2one("res.currency", required=True)
    task_id = fields.Many2one("arm.dunning.task", required=True, index=True)
    task_version = fields.Integer(required=True)
    subject_model = fields.Char(required=True)
    subject_id = fields.Many2oneReference(model_field="subject_model", required=True)
    occurrence = fields.Integer(required=True, default=1)
    item_id = fields.Many2one(
        "account.move.line", string="Open Item", ondelete="set null", index=True
    )
    document = fields.Char(help="The number of the document when it was planned.")
    account_id = fields.Many2one(
        "arm.customer.account", index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True
    )
    reliability_status = fields.Selection(RELIABILITY_STATUSES)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(help="What was open, in the currency of the item.")
    amount_company = fields.Monetary(
        string="Amount in Company Currency", currency_field="company_currency_id"
    )
    date_due = fields.Date(string="Due Date")
    date_planned = fields.Date(help="The day for which the task fell due.")
    days_late = fields.Integer(help="Days past the due date; negative before it.")
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Done"),
            ("held", "Held Back"),
            ("failed", "Failed"),
            ("cancelled", "Not Needed"),
        ],
        required=True,
    )
    reason = fields.Selection(REASONS)
    reason_text = fields.Char(string="Details")
    date_done = fields.Datetime(string="Done On")
    message_id = fields.Many2one("arm.dunning.message", index="btree_not_null")
    covered_by_id = fields.Many2one(
        "arm.dunning.action",
        index="btree_not_null",
        help="The higher step whose message named this item too.",
    )
    activity_id = fields.Many2one("mail.activity", ondelete="set null")

    # A step can never happen twice.
    _task_subject_occurrence_uniq = models.UniqueIndex(
        "(task_id, subject_model, subject_id, occurrence)",
        "This task is in the register for this subject already.",
    )
    # What a run still has to do, and what the next day has to look at again.
    _waiting_idx = models.Index(
        "(company_id, state, account_id) WHERE state IN ('planned', 'held', 'failed')"
    )

    def _recheck(self):
        """Check these planned rows against the ledger as it is now.

        Returns those that are still to be done; the others have got their reason.
        """
        planner = self.env["arm.dunning.planner"]
        self.env["arm.customer.account"]._flush_ledger()
        self.flush_model()
        self.env.cr.execute(planner._recheck_statement(self))
        self.invalidate_recordset()
        return self.filtered(lambda action: action.state == "planned")

    def _set_done(self):
        self.write(
            {"state": "done", "reason": False, "date_done": fields.Datetime.now()}
        )

    def _set_held(self, reason):
        self.write({"state": "held", "reason": reason})

    def _set_failed(self, error):
        """Keep what went wrong in a sentence that a person can act on."""
        text = str(error).strip().splitlines() or [type(error).__name__]
        self.write(
            {"state": "failed", "reason": "error", "reason_text": text[-1][:500]}
        )

    def _format_amount(self):
        """The open amount in the item's currency, as a person reads it."""
        self.ensure_one()
        return format_amount(self.env, self.amount, self.currency_id)

from odoo import api, fields, models

from .arm_insurance_terms import decimal
from .arm_insurance_wording import STATUSES

# What lenders see of items, buyers and policies.
AMOUNTS = ("amount_open", "covered", "suspended", "uncovered", "insured_amount")


class ArmInsuranceCoverage(models.Model):
    """How far one open item is insured: the current row, and one for each month end.

    Rows are written by the replay alone (``arm.insurance.engine``), in bulk. Amounts
    are in the policy's currency: covered + suspended + uncovered = insurable; what is
    open and not insurable (taxes, uninsured deliveries) is own risk.
    """

    _name = "arm.insurance.coverage"
    _description = "Cover of an Open Item"
    _order = "snapshot_date desc nulls first, uncovered desc, id"
    _rec_name = "item_id"
    _log_access = False

    limit_id = fields.Many2one(
        "arm.insurance.limit", required=True, index=True, ondelete="cascade"
    )
    policy_id = fields.Many2one("arm.insurance.policy", required=True, index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Buyer", required=True, index=True
    )
    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="item_id.move_id")
    date_maturity = fields.Date(related="item_id.date_maturity")
    decision_id = fields.Many2one(
        "arm.insurance.limit.decision",
        index="btree_not_null",
        help="The decision under which it was delivered.",
    )
    currency_id = fields.Many2one("res.currency", required=True)
    snapshot_date = fields.Date(string="Month End", help="Empty: the current row.")
    risk_date = fields.Date(string="Delivered On")
    pct = fields.Float(string="Insured (%)", digits=(5, 2), aggregator="avg")
    amount_open = fields.Monetary(
        string="Open by the Insurer",
        help="Open amount on the insurer's ledger, where receipts may count for other "
        "items than in the books.",
    )
    insurable = fields.Monetary()
    covered = fields.Monetary()
    suspended = fields.Monetary(help="Covered, but disputed.")
    uncovered = fields.Monetary(help="Insurable and above the limit.")
    insured_amount = fields.Monetary(
        string="Insurer's Share", help="Insured percentage of the covered amount."
    )
    own_share = fields.Monetary(
        string="Own Risk", help="What is open and the insurer would not pay."
    )
    status = fields.Selection(STATUSES, required=True)
    reasons = fields.Char(help="Codes of the reasons, the status first.")
    reason = fields.Char(string="Why", compute="_compute_reason")
    mep_expiry = fields.Date(
        string="Stops Cover After",
        help="Last day on which it may stay unpaid without a stop of cover.",
    )

    _current_uniq = models.UniqueIndex(
        "(limit_id, item_id) WHERE snapshot_date IS NULL",
        "An open item has one current row of cover.",
    )
    _snapshot_uniq = models.UniqueIndex(
        "(limit_id, item_id, snapshot_date) WHERE snapshot_date IS NOT NULL",
        "An open item has one row of cover for each month end.",
    )

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason(self):
        wording = self.env["arm.insurance.wording"]
        for row in self:
            found = (row.reasons or row.status or "").split(",")
            row.reason = wording._describe(found)

    def action_explain(self):
        """Tell the story of this item day by day."""
        self.ensure_one()
        self.check_access("read")
        return self.env["arm.insurance.story"]._open(self)

    def action_view_invoice(self):
        """Open the invoice of this item."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def _get_lender_row(self):
        """Cells of the lender's list of items."""
        self.ensure_one()
        amounts = (decimal(self[name]) for name in AMOUNTS)
        number, due = self.move_id.name, self.date_maturity or None
        return (self.partner_id.name, number, due, *amounts, self.reason)

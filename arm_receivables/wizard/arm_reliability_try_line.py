from odoo import api, fields, models

from ..models.arm_customer_account import RELIABILITY_STATUSES
from ..models.arm_reliability_change import RULE_LABELS
from ..tools import reliability as rules


class ArmReliabilityTryLine(models.TransientModel):
    """A customer who would move under the policy that is tried."""

    _name = "arm.reliability.try.line"
    _description = "Customer Who Would Move"
    _order = "is_worse desc, to_status, id"

    try_id = fields.Many2one(
        "arm.reliability.try", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one(
        "arm.customer.account", string="Customer", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="account_id.currency_id")
    amount_open = fields.Monetary(related="account_id.amount_open")
    from_status = fields.Selection(RELIABILITY_STATUSES, string="From", required=True)
    to_status = fields.Selection(RELIABILITY_STATUSES, string="To", required=True)
    is_worse = fields.Boolean()
    rule = fields.Selection(RULE_LABELS, required=True)
    figures = fields.Json()
    reason = fields.Char(compute="_compute_reason")
    outlook = fields.Char(string="For a Better Status", compute="_compute_reason")

    @api.depends("figures", "rule")
    @api.depends_context("lang")
    def _compute_reason(self):
        explainer = self.env["arm.reliability.explainer"]
        policies = {wizard: wizard._get_policy() for wizard in self.try_id}
        for line in self:
            policy = policies[line.try_id]
            facts = explainer._load_facts(line.figures)
            verdict = rules.evaluate(facts, policy, line.figures.get("present"))
            line.reason = explainer._get_reason(
                verdict, facts, policy, line.currency_id
            )
            line.outlook = explainer._get_outlook(verdict, line.currency_id)

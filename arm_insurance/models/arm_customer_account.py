from odoo import api, fields, models

from odoo.addons.arm_receivables.models.arm_customer_account import EVERYTHING


class ArmCustomerAccount(models.Model):
    _inherit = "arm.customer.account"

    insurance_limit_count = fields.Integer(compute="_compute_insurance")
    insurance_currency_id = fields.Many2one(
        "res.currency", string="Insured Currency", compute="_compute_insurance"
    )
    amount_insured = fields.Monetary(
        string="Insured",
        compute="_compute_insurance",
        currency_field="insurance_currency_id",
        help="What the insurer would pay of the open items, before deductibles.",
    )

    def _compute_insurance(self):
        """The buyer's rows of the company's policies; amounts of one currency only."""
        limits = self.env["arm.insurance.limit"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("policy_id.state", "in", ["active", "run_off"]),
            ]
        )
        found = limits.grouped("partner_id")
        for account in self:
            rows = found.get(account.partner_id, limits.browse()).filtered(
                lambda limit, account=account: account.company_id
                in limit.policy_id._get_companies()
            )
            currency = rows.currency_id[:1]
            account.insurance_limit_count = len(rows)
            account.insurance_currency_id = currency
            account.amount_insured = sum(
                row.insured_amount for row in rows if row.currency_id == currency
            )

    def action_view_insurance(self):
        """Open the buyer's limits."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_limit_action"
        )
        action["domain"] = [("partner_id", "=", self.partner_id.id)]
        return action

    @api.model
    def _merge_partners(self, wizard, sources, target):
        """Insured buyers that become one keep all decisions, notices and claims."""
        # As superuser: as the merge itself.
        limits = self.env["arm.insurance.limit"].sudo()
        limits._merge_buyers(wizard, sources, target.commercial_partner_id)
        return super()._merge_partners(wizard, sources, target)

    @api.model
    def _after_refresh(self, company, partners=None, parts=EVERYTHING):
        """Replay buyers soon whose ledger has changed; the night does so by itself."""
        res = super()._after_refresh(company, partners, parts)
        if partners and "position" in parts:
            # As superuser: cover follows the ledger, whoever changes it.
            limits = self.env["arm.insurance.limit"].sudo()
            limits._mark_partners_stale(company, partners.commercial_partner_id)
        return res

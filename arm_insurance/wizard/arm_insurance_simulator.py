from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.arm_insurance_claim_settlement import SUMMED
from ..models.arm_insurance_terms import decimal
from ..tools import indemnity

FIGURES = (
    "insured_loss",
    "pct",
    "deductible",
    "retention_cut",
    "afl_absorbed",
    "ml_cut",
    "indemnity",
)


class ArmInsuranceSimulator(models.TransientModel):
    """What would the insurer pay, if this buyer failed today?

    The claim that would follow is put behind the claims that the policy year has
    already, so that its sums (first loss, maximum liability) are used up as they
    would be. Nothing is stored.
    """

    _name = "arm.insurance.simulator"
    _description = "If This Buyer Failed Today"

    limit_id = fields.Many2one(
        "arm.insurance.limit", string="Insured Buyer", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="limit_id.currency_id")
    day = fields.Date(string="Fails On", readonly=True)
    salvage = fields.Monetary(
        string="Expected Proceeds", help="What the insolvency would still bring."
    )
    total_debt = fields.Monetary(compute="_compute_figures")
    covered = fields.Monetary(compute="_compute_figures")
    insured_loss = fields.Monetary(compute="_compute_figures")
    pct = fields.Float(string="Insured (%)", digits=(5, 2), compute="_compute_figures")
    deductible = fields.Monetary(compute="_compute_figures")
    retention_cut = fields.Monetary(
        string="Minimum Retention", compute="_compute_figures"
    )
    afl_absorbed = fields.Monetary(string="First Loss", compute="_compute_figures")
    ml_cut = fields.Monetary(
        string="Above Maximum Liability", compute="_compute_figures"
    )
    indemnity = fields.Monetary(compute="_compute_figures")
    own_loss = fields.Monetary(compute="_compute_figures")

    @api.depends("limit_id", "day", "salvage")
    def _compute_figures(self):
        for wizard in self:
            result = wizard._simulate()
            for name in FIGURES:
                wizard[name] = float(getattr(result, name)) if result else 0
            wizard.own_loss = float(result.insured_share) if result else 0

    def _simulate(self):
        """The result of the claim that would follow (tools.indemnity.ClaimResult)."""
        self.ensure_one()
        self.limit_id.check_access("read")
        # As superuser: the whole account and all claims of the year decide.
        limit = self.limit_id.sudo()
        engine = limit.env["arm.insurance.engine"]
        done = engine._replay(limit.policy_id, limit, self.day)[limit]
        rows = limit.env["arm.insurance.loss"]._get_lines(limit, done, self.day)
        debt = sum((row.open for row in rows), decimal(0))
        self.total_debt = float(debt)
        self.covered = float(sum((row.covered for row in rows), decimal(0)))
        claim = indemnity.Claim(
            id="simulated",
            lines=tuple(
                indemnity.ClaimLine(row.covered, row.pct, row.open, row.risk_date)
                for row in rows
                if row.covered
            ),
            total_debt=debt,
            salvage=min(decimal(self.salvage), debt),
            date_of_loss=self.day,
        )
        return self._settle(limit, claim)

    def _settle(self, limit, claim):
        """The claim behind the others of its years; its parts are added up."""
        # As superuser: all claims of the year use up its sums.
        settlement = self.env["arm.insurance.claim.settlement"].sudo()
        others = settlement._get_policy_claims(limit.policy_id)
        claims = {
            str(row.id): settlement._get_claim(row)
            for row in others
            if row.limit_id != limit
        }
        found = settlement._indemnify(limit.policy_id, {**claims, claim.id: claim})
        parts = [part.result for part in found.get(claim.id, ())]
        if not parts:
            return None
        sums = {name: sum(getattr(part, name) for part in parts) for name in SUMMED}
        return replace(parts[0], pct=claim.percentage, **sums)

    @api.model
    def _open(self, limit):
        """Open the simulation of a buyer.

        :raise UserError: when the policy has no year to reckon with
        """
        if not limit.policy_id.year_ids:
            raise UserError(
                self.env._(
                    "Policy %(name)s has no year yet.", name=limit.policy_id.name
                )
            )
        wizard = self.create(
            {"limit_id": limit.id, "day": limit.company_id._local_today()}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("If This Buyer Failed Today"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

from odoo import api, models

from ..tools import alerts
from .arm_insurance_terms import decimal
from .arm_insurance_watch import Condition


class ArmInsuranceWatch(models.AbstractModel):
    """What holds for whole policies: sums that are used up, and declarations."""

    _name = "arm.insurance.watch"
    _inherit = ["arm.insurance.watch"]

    @api.model
    def _get_policy_conditions(self, policy, today):
        yield from super()._get_policy_conditions(policy, today)
        if policy.state not in ("active", "run_off"):
            return
        year = policy._get_year(today)
        used = self.env["arm.insurance.claim.settlement"]._get_used(year)
        stage = alerts.first_loss_stage(used.first_loss, decimal(year.afl))
        if stage:
            yield Condition("AFL", None, float(used.first_loss))
        yield from self._get_sum_conditions(policy, year, used)
        yield from self._get_declaration_conditions(policy, today)

    @api.model
    def _get_sum_conditions(self, policy, year, used):
        """The cap of all limits, and what is left of the maximum liability."""
        limits = self.env["arm.insurance.limit"]
        domain = [("policy_id", "=", policy.id)]
        [(total,)] = limits._read_group(domain, [], ["amount:sum"])
        over = max(0, total - year.limit_cap) if year.limit_cap else 0
        largest = limits.search(domain, order="amount desc, id", limit=1)
        exposed = limits.search(domain, order="insured_amount desc, id", limit=1)
        whole = year._get_maximum_liability()
        if whole is not None:
            left = float(max(0, whole - used.paid))
            over = max(over, largest.amount * largest.pct / 100 - left)
            if left < exposed.insured_amount:
                yield Condition("ML", None, left)
        if over > 0:
            yield Condition("LIM-TOTAL", None, over)

    @api.model
    def _get_declaration_conditions(self, policy, today):
        """The first period that is over and not declared; its draft is prepared."""
        declarations = self.env["arm.insurance.declaration"]
        row = declarations._prepare_next(policy, today)
        if row:
            yield Condition("DECL-DUE", row.deadline)

from odoo import api, models
from odoo.tools import format_date


class ArmInsuranceGate(models.AbstractModel):
    """Payment plans before they are agreed on (section 3, EXT-ASK)."""

    _name = "arm.insurance.gate"
    _inherit = ["arm.insurance.gate"]

    @api.model
    def _judge_plans(self, plans):
        """What the policies say to these plans.

        :return: dict of plan to list of (gate, sentence)
        """
        # As superuser: policies hold for everybody's plans.
        found = self._get_limits(plans, "partner_id")
        return {
            plan: [
                said
                for limit in found.get(self._get_key(plan, "partner_id"), ())
                # As superuser: policies hold for everybody's plans.
                for said in self._judge_plan(plan.sudo(), limit)
            ]
            for plan in plans
        }

    @api.model
    def _judge_plan(self, plan, limit):
        """A plan needs consent when an insured item would wait past its period."""
        gate = limit.policy_id.gate_plan
        last = max(plan.line_ids.mapped("date"), default=None)
        if gate == "off" or not last:
            return
        rows = limit.coverage_ids.filtered(
            lambda row: row.item_id in plan.item_ids
            and row.mep_expiry
            and row.mep_expiry < last
            and row.covered + row.suspended > 0
        )
        watch = self.env["arm.insurance.watch"]
        if rows and not watch._has_consent(limit, last):
            yield gate, self._get_plan_text(limit, last, min(rows.mapped("mep_expiry")))

    @api.model
    def _get_plan_text(self, limit, last, day):
        return self.env._(
            "The plan runs until %(last)s, but policy %(policy)s lets %(buyer)s wait "
            "until %(day)s only. Ask the insurer for consent first, and enter it on a "
            "notice of rescheduling.",
            last=format_date(self.env, last),
            policy=limit.policy_id.name,
            buyer=limit.partner_id.display_name,
            day=format_date(self.env, day),
        )

from odoo import api, models
from odoo.tools import SQL

from .arm_dunning_guard import Guard


class ArmDunningGuard(models.AbstractModel):
    """A call that is to be made comes before the next reminder, for a time."""

    _name = "arm.dunning.guard"
    _inherit = ["arm.dunning.guard"]

    @api.model
    def _get_contact_guards(self, plan):
        guards = super()._get_contact_guards(plan)
        if plan.company.dunning_guard_call_open:
            guards["call_open"] = Guard(
                self.env["arm.dunning.call"]._waiting_sql(plan.company, plan.today),
                SQL(
                    "jsonb_build_object('days', %s::int)",
                    plan.company.dunning_call_days,
                ),
                "contact",
            )
        return guards

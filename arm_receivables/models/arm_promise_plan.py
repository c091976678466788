from odoo import api, fields, models


class ArmPromise(models.Model):
    """Promises that are the instalments of a plan."""

    _name = "arm.promise"
    _inherit = ["arm.promise"]

    plan_id = fields.Many2one(
        "arm.payment.plan",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The plan that this is an instalment of.",
    )

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {"plan_id"}

    def _get_rivals(self, running):
        """The instalments of one plan are about the same items."""
        plan = self.plan_id
        return (
            super()
            ._get_rivals(running)
            .filtered(lambda other: not plan or other.plan_id != plan)
        )

    def action_cancel(self):
        """An instalment is not cancelled alone: the plan is."""
        self._check_collector()
        self.plan_id.filtered(lambda plan: plan.state == "running").action_cancel()
        alone = self.filtered(lambda promise: not promise.plan_id)
        return super(ArmPromise, alone).action_cancel() if alone else True

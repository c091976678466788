from odoo import api, fields, models


class ArmCustomerAccount(models.Model):
    _inherit = "arm.customer.account"

    action_ids = fields.One2many("arm.dunning.action", "account_id")
    action_count = fields.Integer(compute="_compute_action_count")

    @api.depends("action_ids")
    def _compute_action_count(self):
        counts = dict(
            self.env["arm.dunning.action"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.action_count = counts.get(account, 0)

    def action_view_actions(self):
        """Open what the register holds about this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    dunning_action_count = fields.Integer(
        compute="_compute_dunning_action_count",
        groups="arm_receivables.group_receivables_reader",
    )

    def _compute_dunning_action_count(self):
        groups = self.env["arm.dunning.action"]._read_group(
            [("item_id", "in", self.line_ids.ids)], ["item_id"], ["__count"]
        )
        counts = dict.fromkeys(self, 0)
        for item, count in groups:
            counts[item.move_id] += count
        for move in self:
            move.dunning_action_count = counts[move]

    def action_why_no_reminder(self):
        """Say for each instalment and task what was done, or why nothing was."""
        self.ensure_one()
        self.check_access("read")
        lines = self.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return self.env["arm.dunning.why"]._open(lines)

    def action_view_dunning_actions(self):
        """Open what the register holds about this invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        action["domain"] = [("item_id", "in", self.line_ids.ids)]
        action["context"] = {}
        return action

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    dunning_action_count = fields.Integer(
        compute="_compute_dunning_action_count",
        groups="arm_receivables.group_receivables_reader",
    )

    def _compute_dunning_action_count(self):
        """Rows of the register about the customers that these contacts belong to."""
        groups = self.env["arm.dunning.action"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "in", self.env.companies.ids),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            customer = partner.commercial_partner_id
            partner.dunning_action_count = counts.get(customer.id, 0)

    def _get_dunning_recipients(self):
        """Hook: to whom reminders of each customer go, for the whole batch.

        :return: dict of commercial partner to contact
        """
        return self._get_receivables_contacts()

    def action_view_dunning_actions(self):
        """Open what the register holds about this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_action_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [("partner_id", "=", customer.id)]
        action["context"] = {}
        return action

from odoo import fields, models


class ArmDunningOperation(models.Model):
    """A task can prepare the notice to the insurer; the register keeps that it did."""

    _inherit = "arm.dunning.operation"

    operation_type = fields.Selection(
        selection_add=[("insurance", "Prepare Notice to the Insurer")],
        ondelete={"insurance": "cascade"},
    )

    def _describe_insurance(self):
        return self.summary

    def _execute_insurance(self, actions):
        """One notice for each insured customer that has none; uninsured are left.

        :param actions: rows of the register that are carried out
        """
        # As superuser: the engine works for everybody's customers.
        limits = self.env["arm.insurance.limit"].sudo()
        limits = limits.search(
            [
                ("partner_id", "in", actions.partner_id.commercial_partner_id.ids),
                ("policy_id.state", "in", ["active", "run_off"]),
                ("amount_open", ">", 0),
                ("noa_sent", "=", False),
                ("covered", ">", 0),
            ]
        )
        companies = actions.company_id
        limits = limits.filtered(
            lambda limit: companies & limit.policy_id._get_companies()
            and not limit.notice_ids.filtered(lambda row: row.state == "to_send")
        )
        # As superuser: it prepares the notices of whoever is responsible.
        notices = self.env["arm.insurance.overdue"].sudo()
        notices.create([notices._prepare_values(limit, "overdue") for limit in limits])

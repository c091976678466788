from odoo import models


class ArmInsurancePolicy(models.Model):
    """What lenders and brokers get: insured receivables, and figures of a renewal."""

    _name = "arm.insurance.policy"
    _inherit = ["arm.insurance.policy"]

    def action_lender_report(self):
        """Ask for which day the lender's report is, and whether PDF or spreadsheet."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_lender_report_action"
        )
        action["context"] = {"default_policy_id": self.id}
        return action

    def action_renewal_xlsx(self):
        """Save claims ratio, use of limits and idle limits."""
        self.ensure_one()
        self.check_access("read")
        export = self.env["arm.insurance.export"]
        title = self.env._("Renewal")
        sheets = self.env["arm.insurance.renewal"]._get_sheets(self)
        name = f"{title} {self.name}.xlsx".replace("/", "-")
        return export._download([(name, export._make_xlsx(sheets))])

from odoo import models

from .arm_insurance_terms import decimal


class ArmInsurancePolicy(models.Model):
    """What lenders and brokers get: insured receivables, and figures of a renewal."""

    _name = "arm.insurance.policy"
    _inherit = ["arm.insurance.policy"]

    def action_lender_xlsx(self):
        """Save the insured receivables, buyer by buyer and item by item."""
        self.ensure_one()
        self.check_access("read")
        export = self.env["arm.insurance.export"]
        title = self.env._("Insured receivables")
        content = export._make_xlsx(self._get_lender_sheets())
        return export._download([(f"{title} {self.name}.xlsx".replace("/", "-"),
                                  content)])  # fmt: skip

    def action_renewal_xlsx(self):
        """Save claims ratio, use of limits and idle limits."""
        self.ensure_one()
        self.check_access("read")
        export = self.env["arm.insurance.export"]
        title = self.env._("Renewal")
        sheets = self.env["arm.insurance.renewal"]._get_sheets(self)
        name = f"{title} {self.name}.xlsx".replace("/", "-")
        return export._download([(name, export._make_xlsx(sheets))])

    def _get_lender_sheets(self):
        """Sheets of buyers and of items, sums first."""
        self.ensure_one()
        amounts = ("amount_open", "covered", "suspended", "uncovered", "insured_amount")
        labels = [
            self.env._("Open"),
            self.env._("Covered"),
            self.env._("Suspended"),
            self.env._("Uncovered"),
            self.env._("Insurer's share"),
        ]
        limits = self.limit_ids.filtered("amount_open").sorted("covered", reverse=True)
        return [
            (
                self.env._("Buyers"),
                [self.env._("Buyer"), self.env._("Country"), self.env._("Limit"),
                 *labels, self.env._("Cover stopped")],
                [
                    (row.partner_id.name, row.partner_id.country_id.code,
                     decimal(row.amount), *(decimal(row[name]) for name in amounts),
                     row.is_stopped)
                    for row in limits
                ],
            ),
            (
                self.env._("Items"),
                [self.env._("Buyer"), self.env._("Invoice"), self.env._("Due"),
                 *labels, self.env._("Why")],
                [
                    (row.partner_id.name, row.move_id.name, row.date_maturity or None,
                     *(decimal(row[name]) for name in amounts), row.reason)
                    for row in limits.coverage_ids
                ],
            ),
        ]  # fmt: skip

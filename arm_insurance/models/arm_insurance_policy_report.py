from odoo import models

from .arm_insurance_coverage import AMOUNTS
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
        """Sheets of buyers, of items, and of the month ends that are kept."""
        self.ensure_one()
        limits = self.limit_ids.filtered("amount_open").sorted("covered", reverse=True)
        labels = self._get_amount_labels()
        return [
            (
                self.env._("Buyers"),
                [
                    self.env._("Buyer"),
                    self.env._("Country"),
                    self.env._("Limit"),
                    *labels,
                    self.env._("Cover stopped"),
                ],
                [row._get_lender_row() for row in limits],
            ),
            (
                self.env._("Items"),
                [
                    self.env._("Buyer"),
                    self.env._("Invoice"),
                    self.env._("Due"),
                    *labels,
                    self.env._("Why"),
                ],
                [row._get_lender_row() for row in limits.coverage_ids],
            ),
            (
                self.env._("Month ends"),
                [self.env._("Month end"), *labels],
                self._get_month_ends(),
            ),
        ]

    def _get_amount_labels(self):
        """Headings of AMOUNTS."""
        return [
            self.env._("Open"),
            self.env._("Covered"),
            self.env._("Suspended"),
            self.env._("Uncovered"),
            self.env._("Insurer's share"),
        ]

    def _get_month_ends(self):
        """The sums of each month end that was kept, the last one first."""
        groups = self.env["arm.insurance.coverage"]._read_group(
            [("policy_id", "=", self.id), ("snapshot_date", "!=", False)],
            ["snapshot_date:day"],
            [f"{name}:sum" for name in AMOUNTS],
            order="snapshot_date:day desc",
        )
        return [(day, *map(decimal, sums)) for day, *sums in groups]

from odoo import api, models

from ..tools import premium
from .arm_insurance_export import Sheet
from .arm_insurance_terms import decimal


class ArmInsuranceRenewal(models.AbstractModel):
    """The figures with which a policy is renewed: claims ratio, use, idle limits.

    The same figures go into the PDF and the XLSX.
    """

    _name = "arm.insurance.renewal"
    _description = "Renewal Report"

    @api.model
    def _get_years(self, policy):
        """Premium, claims and their ratio, year by year.

        :return: list of dict ``year``, ``turnover``, ``premium``, ``claims``,
            ``recovered``, ``net``, ``ratio`` (percent, None without premium)
        """
        settlement = self.env["arm.insurance.claim.settlement"]
        found = []
        for year in policy.year_ids.sorted("date_from"):
            earned, turnover = self._get_premium(year)
            sums = settlement._get_sums(year)
            net = sums["claims"] - sums["recovered"]
            found.append(
                {
                    "year": year,
                    "turnover": turnover,
                    "premium": earned,
                    "claims": float(sums["claims"]),
                    "recovered": float(sums["recovered"]),
                    "net": float(net),
                    "ratio": premium.claims_ratio(net, decimal(earned)),
                }
            )
        return found

    @api.model
    def _get_premium(self, year):
        """Premium and turnover of the declarations of a year, the last word of each."""
        rows = self.env["arm.insurance.declaration"].search(
            [
                ("policy_id", "=", year.policy_id.id),
                ("date_from", ">=", year.date_from),
                ("date_to", "<=", year.date_to),
                ("state", "!=", "draft"),
            ]
        )
        whole = rows.filtered(
            lambda row: (row.date_from, row.date_to) == (year.date_from, year.date_to)
        )
        rows = whole or rows
        return sum(rows.mapped("earned")), sum(rows.mapped("declared"))

    @api.model
    def _get_use(self, policy):
        """Limits by how much of them is used today.

        :return: list of dict ``label``, ``count``, ``amount``, ``used``
        """
        limits = policy.limit_ids.filtered("amount")
        bands = [
            (self.env._("Not used"), lambda pct: pct == 0),
            (self.env._("Below 30 percent"), lambda pct: 0 < pct < 30),
            (self.env._("30 to 80 percent"), lambda pct: 30 <= pct < 80),
            (self.env._("80 percent and more"), lambda pct: pct >= 80),
        ]
        return [
            {
                "label": label,
                "count": len(rows),
                "amount": sum(rows.mapped("amount")),
                "used": sum(rows.mapped("covered")) + sum(rows.mapped("suspended")),
            }
            for label, test in bands
            for rows in [limits.filtered(lambda row, test=test: test(row.use_pct))]
        ]

    @api.model
    def _get_idle(self, policy):
        """Limits that could be given back or reduced, the largest first."""
        watch = self.env["arm.insurance.watch"]
        limits = policy.limit_ids.filtered("amount")
        today = policy.company_id._local_today()
        facts = {
            "last_sales": watch._get_last_sales(policy, limits),
            "highest_use": watch._get_highest_use(policy, limits),
        }
        idle = limits.filtered(lambda row: watch._is_idle(row, today, facts))
        return idle.sorted("amount", reverse=True)

    @api.model
    def _get_uninsured(self, policy):
        """Buyers who owe most without cover."""
        rows = policy.limit_ids.filtered(lambda row: row.uncovered > 0)
        return rows.sorted("uncovered", reverse=True)[:10]

    @api.model
    def _get_sheets(self, policy):
        """All of it as sheets of an XLSX file."""
        return [
            self._get_years_sheet(policy),
            self._get_use_sheet(policy),
            self._get_idle_sheet(policy),
        ]

    @api.model
    def _get_years_sheet(self, policy):
        years = [
            (
                row["year"].date_from,
                row["year"].date_to,
                decimal(row["turnover"]),
                decimal(row["premium"]),
                decimal(row["claims"]),
                decimal(row["recovered"]),
                row["ratio"],
            )
            for row in self._get_years(policy)
        ]
        headings = self._get_year_headings()
        return Sheet(self.env._("Years"), headings, years, range(2, 6))

    @api.model
    def _get_use_sheet(self, policy):
        use = [
            (row["label"], row["count"], decimal(row["amount"]), decimal(row["used"]))
            for row in self._get_use(policy)
        ]
        headings = [
            self.env._("Use"),
            self.env._("Limits"),
            self.env._("Granted"),
            self.env._("Covered"),
        ]
        return Sheet(self.env._("Use of limits"), headings, use, (2, 3))

    @api.model
    def _get_idle_sheet(self, policy):
        idle = [
            (row.partner_id.name, decimal(row.amount), decimal(row.covered))
            for row in self._get_idle(policy)
        ]
        headings = [self.env._("Buyer"), self.env._("Limit"), self.env._("Covered")]
        return Sheet(self.env._("Idle limits"), headings, idle, (1, 2))

    @api.model
    def _get_year_headings(self):
        return [
            self.env._("From"),
            self.env._("To"),
            self.env._("Declared turnover"),
            self.env._("Premium"),
            self.env._("Claims"),
            self.env._("Recovered"),
            self.env._("Claims ratio in percent"),
        ]

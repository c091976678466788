from odoo import api, models

from ..tools.limits import limit_on
from .arm_insurance_coverage import AMOUNTS
from .arm_insurance_export import Sheet
from .arm_insurance_terms import decimal


class ArmInsuranceLender(models.AbstractModel):
    """What a lender gets: the insured receivables of today, or of a month end.

    A past month end is told from the rows of cover that were kept of it, so that it
    says for ever what was reported then. PDF and XLSX have the same figures.
    """

    _name = "arm.insurance.lender"
    _description = "Lender's Report"

    @api.model
    def _get_report(self, policy, day=None):
        """The buyers and their sums, the largest cover first.

        :param policy: arm.insurance.policy
        :param day: a month end that is kept; today when not given
        :return: dict ``day``, ``buyers`` (list of dict ``partner``, ``limit``,
            ``stopped``, and the amounts), ``totals`` (dict of the amounts)
        """
        groups = self.env["arm.insurance.coverage"]._read_group(
            self._get_domain(policy, day),
            ["limit_id"],
            [f"{name}:sum" for name in AMOUNTS],
        )
        buyers = [
            {
                "partner": limit.partner_id,
                "limit": self._get_limit(limit, day),
                # Whether cover was stopped is not kept of month ends.
                "stopped": limit.is_stopped if not day else None,
                **dict(zip(AMOUNTS, sums, strict=True)),
            }
            for limit, *sums in groups
        ]
        buyers.sort(key=lambda row: (-row["covered"], row["partner"].name or ""))
        return {
            "day": day or policy.company_id._local_today(),
            "buyers": buyers,
            "totals": {
                name: sum(row[name] for row in buyers) for name in ("limit", *AMOUNTS)
            },
        }

    @api.model
    def _get_domain(self, policy, day):
        return [
            ("policy_id", "=", policy.id),
            ("snapshot_date", "=", day or False),
            ("amount_open", "!=", 0),
        ]

    @api.model
    def _get_limit(self, limit, day):
        """The limit of a buyer as of a day."""
        if not day:
            return limit.amount
        runoff = limit.policy_id._get_year(day).runoff_days
        return float(limit_on(limit._get_history(), day, runoff))

    @api.model
    def _get_months(self, policy):
        """The sums of each month end that was kept, the last one first."""
        groups = self.env["arm.insurance.coverage"]._read_group(
            [("policy_id", "=", policy.id), ("snapshot_date", "!=", False)],
            ["snapshot_date:day"],
            [f"{name}:sum" for name in AMOUNTS],
            order="snapshot_date:day desc",
        )
        return [(day, *map(decimal, sums)) for day, *sums in groups]

    # ----------------------------------------------------------------------- sheets

    @api.model
    def _get_sheets(self, policy, day=None):
        """Sheets of buyers, of items, and of the month ends that are kept."""
        return [
            self._get_buyer_sheet(policy, day),
            self._get_item_sheet(policy, day),
            Sheet(
                self.env._("Month ends"),
                [self.env._("Month end"), *self._get_labels()],
                self._get_months(policy),
            ),
        ]

    @api.model
    def _get_labels(self):
        """Headings of AMOUNTS."""
        return [
            self.env._("Open"),
            self.env._("Covered"),
            self.env._("Suspended"),
            self.env._("Uncovered"),
            self.env._("Insurer's share"),
        ]

    @api.model
    def _get_buyer_sheet(self, policy, day):
        headings = [
            self.env._("Buyer"),
            self.env._("Country"),
            self.env._("Limit"),
            *self._get_labels(),
            self.env._("Cover stopped"),
        ]
        rows = [
            (
                row["partner"].name,
                row["partner"].country_id.code,
                decimal(row["limit"]),
                *(decimal(row[name]) for name in AMOUNTS),
                self.env._("stopped") if row["stopped"] else None,
            )
            for row in self._get_report(policy, day)["buyers"]
        ]
        return Sheet(self.env._("Buyers"), headings, rows, range(2, 3 + len(AMOUNTS)))

    @api.model
    def _get_item_sheet(self, policy, day):
        headings = [
            self.env._("Buyer"),
            self.env._("Invoice"),
            self.env._("Due"),
            *self._get_labels(),
            self.env._("Why"),
        ]
        rows = self.env["arm.insurance.coverage"].search(self._get_domain(policy, day))
        cells = [row._get_lender_row() for row in rows]
        return Sheet(self.env._("Items"), headings, cells, range(3, 3 + len(AMOUNTS)))

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

TODAY = "today"


class ArmInsuranceLenderReport(models.TransientModel):
    """Choose the day of the lender's report: today, or a month end that is kept."""

    _name = "arm.insurance.lender.report"
    _description = "Print the Lender's Report"

    policy_id = fields.Many2one("arm.insurance.policy", required=True, readonly=True)
    month = fields.Selection(
        selection="_selection_month",
        string="As Of",
        required=True,
        default=TODAY,
        help="Month ends are kept from the day on which the policy is active.",
    )

    @api.model
    def _selection_month(self):
        """Today, and the month ends of the policy, or of all of them."""
        domain = [("snapshot_date", "!=", False)]
        policy_id = self.env.context.get("default_policy_id")
        if policy_id:
            domain.append(("policy_id", "=", policy_id))
        groups = self.env["arm.insurance.coverage"]._read_group(
            domain, ["snapshot_date:day"], order="snapshot_date:day desc"
        )
        days = [day for (day,) in groups]
        return [
            (TODAY, self.env._("Today")),
            *((day.isoformat(), format_date(self.env, day)) for day in days),
        ]

    def _get_day(self):
        """The month end, or None for today.

        :raise UserError: nothing is kept of that day for this policy
        """
        self.ensure_one()
        self.policy_id.check_access("read")
        if self.month == TODAY:
            return None
        day = fields.Date.to_date(self.month)
        kept = self.env["arm.insurance.coverage"].search_count(
            [("policy_id", "=", self.policy_id.id), ("snapshot_date", "=", day)],
            limit=1,
        )
        if not kept:
            raise UserError(
                self.env._(
                    "Of %(day)s nothing is kept for policy %(policy)s. Choose another "
                    "month end.",
                    day=format_date(self.env, day),
                    policy=self.policy_id.name,
                )
            )
        return day

    def _get_report(self):
        """The figures that the PDF shows."""
        lender = self.env["arm.insurance.lender"]
        return lender._get_report(self.policy_id, self._get_day())

    def _get_file_name(self):
        """Name of the PDF and of the spreadsheet, with policy and day."""
        day = self._get_day() or self.policy_id.company_id._local_today()
        name = self.env._(
            "Insured receivables %(policy)s %(day)s",
            policy=self.policy_id.name,
            day=day,
        )
        return name.replace("/", "-")

    # ---------------------------------------------------------------------- actions

    def action_print(self):
        """Open the PDF."""
        self.ensure_one()
        self._get_day()
        report = self.env.ref("arm_insurance.action_report_lender")
        return report.report_action(self, config=False)

    def action_save(self):
        """Save the spreadsheet: buyers, items, month ends."""
        self.ensure_one()
        sheets = self.env["arm.insurance.lender"]._get_sheets(
            self.policy_id, self._get_day()
        )
        export = self.env["arm.insurance.export"]
        name = f"{self._get_file_name()}.xlsx"
        return export._download([(name, export._make_xlsx(sheets))])

from odoo import fields, models

from ..tools import discretionary
from .arm_insurance_terms import decimal


class ArmInsuranceTerms(models.AbstractModel):
    """What people are told of, and how own limits are worked out."""

    _name = "arm.insurance.terms"
    _inherit = ["arm.insurance.terms"]

    limit_cap = fields.Float(
        string="All Limits Together",
        digits=(16, 2),
        help="Most that the insurer grants on all buyers together. Zero: no cap.",
    )
    idle_months = fields.Integer(
        string="Idle After Months",
        default=6,
        help="A limit without any sale and open item for so long could be given back. "
        "Zero: never.",
    )
    idle_pct = fields.Integer(
        string="Idle Below Use (%)",
        default=30,
        help="A limit that was used less during twelve months could be smaller. Zero: "
        "never.",
    )
    declaration_period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Policy year")],
        string="Declared Each",
        required=True,
        default="year",
    )
    dcl_lookback_months = fields.Integer(
        string="Experience of Months",
        default=12,
        help="How old a payment may be that proves an own limit.",
    )
    dcl_min_experiences = fields.Integer(
        string="Payments Needed",
        default=1,
        help="Invoices paid in time that allow the full own limit.",
    )
    dcl_uplift = fields.Float(
        string="Experience Counts With",
        digits=(6, 2),
        default=100,
        help="Percent of the experience that may be granted: 150 is one and a half "
        "times of it.",
    )
    dcl_overdue_min = fields.Float(
        string="Harmless Overdue",
        digits=(16, 2),
        help="Overdue beyond the tolerance up to this sum does not end an own limit.",
    )
    dcl_report_months = fields.Integer(
        string="Reports Are Valid For",
        default=12,
        help="Months after its date in which a credit report proves an own limit.",
    )

    def _get_discretionary_rule(self):
        """How own limits are worked out, as tools.discretionary.DiscretionaryRule."""
        self.ensure_one()
        return discretionary.DiscretionaryRule(
            maximum=decimal(self.dcl_maximum),
            method=self.dcl_method,
            tolerance_days=self.dcl_tolerance_days,
            lookback_months=self.dcl_lookback_months,
            block_months=self.dcl_block_months,
            min_experiences=self.dcl_min_experiences,
            uplift_pct=decimal(self.dcl_uplift),
            overdue_min_amount=decimal(self.dcl_overdue_min),
            report_months=self.dcl_report_months,
            decimals=self._get_decimals(),
        )

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from ..tools.dates import Span
from .arm_insurance_terms import UNITS, decimal


class ArmInsuranceCountryRule(models.Model):
    """What differs for some buyers in a policy year: by country, sector, size, risk.

    The first rule that fits wins; a limit decision of the insurer wins over it. Which
    rule fits is looked up with the facts that the limit kept of its last decision, so
    that a change of the buyer's figures never changes the cover of the past.
    """

    _name = "arm.insurance.country.rule"
    _description = "Country Rule"
    _order = "year_id, sequence, id"

    year_id = fields.Many2one(
        "arm.insurance.year", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="year_id.company_id", store=True)
    currency_id = fields.Many2one(related="year_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    country_ids = fields.Many2many("res.country", string="Countries")
    country_group_ids = fields.Many2many("res.country.group", string="Country Groups")
    industry_ids = fields.Many2many("res.partner.industry", string="Sectors")
    turnover_from = fields.Float(
        digits=(16, 2), help="Least yearly sales to the buyer, policy currency."
    )
    turnover_to = fields.Float(digits=(16, 2), help="Below it; zero: no upper bound.")
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES, help="Only buyers of this status; empty: all."
    )
    is_insured = fields.Boolean(default=True)
    pct_named = fields.Float(
        string="Named Limits (%)", digits=(5, 2), help="Zero: as the policy year."
    )
    pct_discretionary = fields.Float(
        string="Discretionary Limits (%)",
        digits=(5, 2),
        help="Zero: as the policy year.",
    )
    max_terms_days = fields.Integer(
        string="Maximum Credit Terms", help="Days; zero: as the policy year."
    )
    mep_number = fields.Integer(
        string="Maximum Extension Period", help="Zero: as the policy year."
    )
    mep_unit = fields.Selection(UNITS, required=True, default="days")
    waiting_number = fields.Integer(
        string="Waiting Period", help="Zero: as the policy year."
    )
    waiting_unit = fields.Selection(UNITS, required=True, default="months")
    dcl_allowed = fields.Boolean(string="Own Limits Allowed", default=True)
    premium_class = fields.Char()
    premium_rate = fields.Float(
        string="Premium Rate (%)", digits=(8, 5), help="Zero: as the policy year."
    )

    @api.constrains(
        "pct_named", "pct_discretionary", "max_terms_days", "mep_number",
        "waiting_number", "turnover_from", "turnover_to", "premium_rate",
    )  # fmt: skip
    def _check_figures(self):
        for rule in self:
            figures = (
                rule.max_terms_days,
                rule.mep_number,
                rule.waiting_number,
                rule.turnover_from,
                rule.turnover_to,
                rule.premium_rate,
            )
            percentages = (rule.pct_named, rule.pct_discretionary)
            if min(figures) < 0 or not all(0 <= pct <= 100 for pct in percentages):
                raise ValidationError(
                    self.env._(
                        "The figures of rule %(name)s must not be negative, and its "
                        "percentages not above 100.",
                        name=rule.name,
                    )
                )

    def _fits(self, facts):
        """Whether the rule is for a buyer.

        :param facts: dict of ``country``, ``industry`` (records), ``turnover`` and
            ``status`` of the buyer
        """
        self.ensure_one()
        countries = self.country_ids | self.country_group_ids.country_ids
        return (
            (not countries or facts["country"] in countries)
            and (not self.industry_ids or facts["industry"] in self.industry_ids)
            and facts["turnover"] >= self.turnover_from
            and (not self.turnover_to or facts["turnover"] < self.turnover_to)
            and self.reliability_status in (False, facts["status"])
        )

    def _get_cover_values(self):
        """What the rule changes of the year's clauses about cover."""
        if not self:
            return {}
        self.ensure_one()
        percentages = dict(self.year_id._get_cover_terms().insured_pct)
        if self.pct_named:
            percentages["named"] = decimal(self.pct_named)
        if self.pct_discretionary:
            percentages["discretionary"] = decimal(self.pct_discretionary)
        values = {"insured_pct": percentages}
        if self.max_terms_days:
            values["max_terms_days"] = self.max_terms_days
        if self.mep_number:
            values["mep"] = Span(**{self.mep_unit: self.mep_number})
        return values

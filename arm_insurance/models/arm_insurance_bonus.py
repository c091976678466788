from odoo import fields, models

from ..tools import premium
from .arm_insurance_terms import decimal


class ArmInsuranceBonus(models.Model):
    """A row of the bonus and malus table of a policy year.

    The claims ratio (paid and reserved, less recovered, in percent of the premium) up
    to its bound, that included, gives or costs a part of the premium.
    """

    _name = "arm.insurance.bonus"
    _description = "Bonus or Malus"
    _order = "year_id, has_no_bound, up_to_ratio, id"
    _rec_name = "up_to_ratio"

    year_id = fields.Many2one(
        "arm.insurance.year", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="year_id.company_id", store=True)
    up_to_ratio = fields.Float(
        string="Claims Ratio Up To (%)", digits=(8, 2), help="This ratio included."
    )
    has_no_bound = fields.Boolean(string="Any Higher Ratio")
    adjust_pct = fields.Float(
        string="Adjustment (%)",
        digits=(6, 2),
        help="Of the premium; below zero: a bonus for you.",
    )

    _bound_uniq = models.UniqueIndex(
        "(year_id, has_no_bound, up_to_ratio)",
        "There is a row with this claims ratio already.",
    )
    _ratio_check = models.Constraint(
        "CHECK(up_to_ratio >= 0)", "A claims ratio is not negative."
    )
    _adjust_check = models.Constraint(
        "CHECK(adjust_pct >= -100)", "A bonus is not more than the premium."
    )

    def _get_steps(self):
        """The rows for the arithmetic (tools.premium.BonusStep)."""
        return tuple(
            premium.BonusStep(
                None if row.has_no_bound else decimal(row.up_to_ratio),
                decimal(row.adjust_pct),
            )
            for row in self
        )

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.limitation import Period, limitation_date


class ArmLimitationRule(models.Model):
    """After how many years a claim can no longer be enforced, by country.

    The general period for the price of goods and services between businesses. It is
    data: whoever knows better corrects it, and says that it is confirmed.
    """

    _name = "arm.limitation.rule"
    _description = "Limitation Period"
    _order = "country_id"
    _rec_name = "country_id"

    country_id = fields.Many2one(
        "res.country", string="Law of", required=True, index=True, ondelete="cascade"
    )
    years = fields.Integer(required=True, default=3)
    year_end = fields.Boolean(
        string="Ends with the Year",
        help="The last day is 31 December, as in Germany and in Poland.",
    )
    source = fields.Char(help="The provision that it comes from.")
    is_confirmed = fields.Boolean(
        string="Confirmed", help="Somebody who knows this law has looked at it."
    )

    _country_uniq = models.UniqueIndex(
        "(country_id)", "There is a limitation period of this country already."
    )

    @api.constrains("years")
    def _check_years(self):
        for rule in self:
            if not 1 <= rule.years <= 30:
                raise ValidationError(
                    self.env._(
                        "%(country)s: a limitation period is of 1 to 30 years.",
                        country=rule.country_id.name,
                    )
                )

    @api.model
    def _get_periods(self, countries):
        """The periods of these countries: dict of country to period."""
        rules = self.search([("country_id", "in", countries.ids)])
        return {rule.country_id: Period(rule.years, rule.year_end) for rule in rules}

    @api.model
    def _get_last_day(self, period, due):
        """The last day of a claim, or False.

        :param period: under the law of the contract; None where nobody knows it
        :param due: the day on which the claim fell due
        """
        return limitation_date(due, period) if period and due else False

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from odoo.addons.arm_receivables.tools.money import parse_decimal

from ..tools.rates import RateRow, RateTable, half_year_start, statutory_rate

RATE_INDEXES = [
    ("ecb", "ECB Main Refinancing Rate"),
    ("de", "German Base Rate"),
    ("at", "Austrian Base Rate"),
    ("uk", "Bank of England Bank Rate"),
    ("pl", "NBP Reference Rate"),
    ("se", "Swedish Reference Rate"),
    ("dk", "Danish Lending Rate"),
    ("no", "Norwegian Policy Rate"),
]


class ArmReferenceRate(models.Model):
    """A published rate from which late-payment interest is worked out, by half-year.

    Data, never code: whoever reads the new rate enters it with its source, and says
    that it is confirmed. A half-year without a rate is an error in words; interest is
    never silently zero, nor does it go on at an old rate.
    """

    _name = "arm.reference.rate"
    _description = "Reference Rate"
    _order = "index_code, date_from desc"
    _rec_name = "index_code"

    index_code = fields.Selection(RATE_INDEXES, string="Rate", required=True)
    date_from = fields.Date(
        string="From",
        required=True,
        help="1 January or 1 July: the rate of this day counts for the half-year.",
    )
    percent = fields.Float(
        required=True,
        digits=(7, 4),
        aggregator=None,
        help="Percent a year, without the points on top.",
    )
    source = fields.Char(help="Where the rate was published.")
    is_confirmed = fields.Boolean(
        string="Confirmed",
        help="Somebody compared it with the publication. Interest at a rate that is "
        "not confirmed is shown, but not posted.",
    )

    _day_uniq = models.UniqueIndex(
        "(index_code, date_from)", "This rate is there already for that day."
    )

    @api.constrains("date_from", "percent")
    def _check_rate(self):
        for rate in self:
            if rate.date_from != half_year_start(rate.date_from):
                raise ValidationError(
                    self.env._(
                        "A reference rate begins on 1 January or on 1 July, not on "
                        "%(date)s.",
                        date=format_date(self.env, rate.date_from),
                    )
                )
            if not -10 <= rate.percent <= 100:
                raise ValidationError(
                    self.env._("Enter a reference rate in percent, such as 2.15.")
                )

    @api.depends("index_code", "date_from")
    def _compute_display_name(self):
        labels = dict(self._fields["index_code"]._description_selection(self.env))
        for rate in self:
            day = format_date(self.env, rate.date_from) if rate.date_from else ""
            rate.display_name = f"{labels.get(rate.index_code, '')} {day}".strip()

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # --------------------------------------------------------------------- business

    @api.model
    def _get_table(self, name, index_code, points, step):
        """The rates of a law: reference rate + points, rounded up to a step.

        :param name: for messages
        :param points: Decimal, percentage points
        :param step: Decimal, or None when nothing is rounded
        :return: :class:`RateTable`, or None when there is no rate at all
        """
        rows = [
            RateRow(day, statutory_rate(percent, points, step))
            for day, percent, _confirmed in self._get_rows(index_code)
        ]
        return RateTable(name, rows) if rows else None

    @api.model
    @tools.ormcache("index_code")
    def _get_rows(self, index_code):
        """Tuples of first day, Decimal percent and whether it is confirmed."""
        # As superuser: the rates are published, and laws are asked by everybody.
        rates = self.sudo().search([("index_code", "=", index_code)], order="date_from")
        return [
            (rate.date_from, to_percent(rate.percent), rate.is_confirmed)
            for rate in rates
        ]

    def action_confirm(self):
        """Say that these rates were compared with the publication."""
        self.is_confirmed = True


def to_percent(value):
    """A stored percentage, exactly as it was entered."""
    return parse_decimal(f"{value:.4f}")

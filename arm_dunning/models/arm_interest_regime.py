from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.arm_receivables.tools.money import parse_decimal

from ..tools.compensation import Regime, Tier
from ..tools.interest import ACT_365, DAY_COUNTS, FIXED_AT_START, FLOATING
from ..tools.rates import RateTable, half_year_start, half_year_starts
from .arm_reference_rate import RATE_INDEXES, to_percent

AT_PAYMENT = "at_payment"


class ArmInterestRegime(models.Model):
    """What late payment costs under a law or a contract: interest, flat sum, costs.

    A regime is data and is chosen by the customer's own setting, else by the company's,
    else by country and kind of customer. The arithmetic is in ``tools``: see
    ``interest``, ``rates``, ``compensation`` and ``collection_costs``.
    """

    _name = "arm.interest.regime"
    _description = "Interest Regime"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_id = fields.Many2one(
        "res.country", help="Customers in this country come under it."
    )
    country_group_id = fields.Many2one(
        "res.country.group",
        help="Customers in these countries come under it, where there is none of "
        "their own.",
    )
    debtors = fields.Selection(
        [("business", "Businesses"), ("consumer", "Consumers"), ("all", "Everybody")],
        string="From",
        required=True,
        default="business",
    )
    is_contract = fields.Boolean(
        string="By Contract",
        help="Only for customers for whom it is chosen, not by country.",
    )

    # Interest
    index_code = fields.Selection(
        RATE_INDEXES,
        string="Reference Rate",
        help="Empty: the points are the rate, the same all the time.",
    )
    points = fields.Float(
        digits=(7, 4),
        help="Percentage points above the reference rate, or the whole rate.",
    )
    round_up_to = fields.Float(
        digits=(7, 4),
        help="The rate is rounded up to a multiple, 0.5 in Belgium. 0: not rounded.",
    )
    rate_mode = fields.Selection(
        [
            (FLOATING, "Changes with the half-year"),
            (FIXED_AT_START, "Stays as when interest began"),
            (AT_PAYMENT, "The rate on the day of payment, for all days"),
        ],
        required=True,
        default=FLOATING,
    )
    day_count = fields.Selection(
        [(count, count) for count in DAY_COUNTS], required=True, default=ACT_365
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        help="Who pays within so many days owes no interest; who pays later owes it "
        "from the day after the due date.",
    )

    # Flat compensation and costs
    tier_ids = fields.One2many("arm.interest.tier", "regime_id", copy=True)
    compensation_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Flat Sum",
        context={"active_test": False},
    )
    limit_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the Limits",
        context={"active_test": False},
        help="Claims are compared with the limits in it; empty: that of the flat sum.",
    )
    is_converted = fields.Boolean(
        string="Claimed in the Currency of the Limits",
        help="At the rate of the last working day of the month before the claim fell "
        "due, as in Poland.",
    )
    cost_scale = fields.Selection(
        [("nl", "Netherlands: 15 % to 0.5 %, at least 40, at most 6,775")],
        string="Scale of Costs",
        help="Collection costs that may be claimed by a scale. A flat sum that was "
        "claimed for the same item is taken off.",
    )
    cost_vat_percent = fields.Float(
        string="VAT on Costs", help="Only if the company cannot deduct it itself."
    )
    source = fields.Char(help="Where the rule can be read.")
    note = fields.Text(translate=True, help="What else colleagues should know.")

    @api.constrains("points", "index_code", "round_up_to", "grace_days")
    def _check_rates(self):
        for regime in self:
            if regime.points < 0 or not (regime.index_code or regime.points):
                raise ValidationError(
                    self.env._(
                        "%(regime)s: enter the points above the reference rate, or the "
                        "whole rate in percent a year.",
                        regime=regime.name,
                    )
                )
            if regime.round_up_to < 0 or regime.grace_days < 0:
                raise ValidationError(
                    self.env._(
                        "%(regime)s: rounding and days of grace cannot be negative.",
                        regime=regime.name,
                    )
                )

    @api.constrains("tier_ids", "compensation_currency_id")
    def _check_tiers(self):
        for regime in self:
            tiers = regime.tier_ids
            if tiers and not regime.compensation_currency_id:
                raise ValidationError(
                    self.env._(
                        "%(regime)s: enter the currency of the flat sums.",
                        regime=regime.name,
                    )
                )
            limits = [tier.up_to or float("inf") for tier in tiers.sorted("sequence")]
            if tiers and (limits != sorted(set(limits)) or limits[-1] < float("inf")):
                raise ValidationError(
                    self.env._(
                        "%(regime)s: the flat sums need rising limits, and one "
                        "without a limit at the end.",
                        regime=regime.name,
                    )
                )

    # --------------------------------------------------------------------- choosing

    @api.model
    def _for_accounts(self, accounts):
        """The regime of each customer account; perhaps none.

        :return: dict of account to regime
        """
        # As superuser: laws are for everybody, and some are of other countries.
        regimes = self.sudo().search([("is_contract", "=", False)])
        chosen = {}
        # As superuser: contract and country decide, whoever asks.
        for account in accounts.sudo():
            own = account.interest_regime_id or account.company_id.interest_regime_id
            chosen[account.id] = own or regimes._match(account)
        return {account: chosen[account.id] for account in accounts}

    def _match(self, account):
        """The regime for the country and kind of a customer, the closest one."""
        debtor = "consumer" if account._get_debtor_kind() == "consumer" else "business"
        fitting = self.filtered(lambda r: r.debtors in ("all", debtor))
        country = account.partner_id.country_id or account.company_id.country_id
        return (
            fitting.filtered(lambda r: country and r.country_id == country)
            or fitting.filtered(
                lambda r: not r.country_id and country in r.country_group_id.country_ids
            )
        )[:1]

    # ------------------------------------------------------------------------- rates

    def _get_table(self, first, last):
        """The rates of the regime for a span of days.

        :raise UserError: when the rate of a half-year is missing, with its day
        """
        self.ensure_one()
        points = to_percent(self.points)
        if not self.index_code:
            return RateTable.flat(points, self.name)
        step = to_percent(self.round_up_to) or None
        rates = self.env["arm.reference.rate"]
        table = rates._get_table(self.name, self.index_code, points, step)
        known = {row.valid_from for row in table.rows} if table else set()
        for day in sorted(self._get_needed(first, last)):
            if day not in known:
                raise UserError(self._describe_missing(day))
        if self.rate_mode == AT_PAYMENT:
            return RateTable.flat(table.percent_on(last), self.name)
        return table

    def _get_needed(self, first, last):
        """The half-years whose rates are asked for."""
        if self.rate_mode == FIXED_AT_START:
            return {half_year_start(first)}
        if self.rate_mode == AT_PAYMENT:
            return {half_year_start(last)}
        return {half_year_start(first), *half_year_starts(first, last)}

    def _describe_missing(self, day):
        labels = dict(self._fields["index_code"]._description_selection(self.env))
        return self.env._(
            "%(regime)s: the %(rate)s of the half-year from %(date)s is missing. Enter "
            "it under Configuration, Reference Rates.",
            regime=self.name,
            rate=labels[self.index_code],
            date=format_date(self.env, day),
        )

    def _is_unconfirmed(self, first, last):
        """Whether a rate of these days was not compared with its publication yet."""
        if not self.index_code:
            return False
        rows = self.env["arm.reference.rate"]._get_rows(self.index_code)
        needed = self._get_needed(first, last)
        return any(day in needed and not confirmed for day, _p, confirmed in rows)

    def _get_interest_mode(self):
        """The rate mode for the arithmetic, which knows two."""
        return FIXED_AT_START if self.rate_mode == FIXED_AT_START else FLOATING

    # ------------------------------------------------------------------ compensation

    def _get_compensation(self):
        """The tiers for the arithmetic, or None where the law knows no flat sum."""
        self.ensure_one()
        tiers = tuple(
            Tier(
                parse_decimal(f"{tier.amount:.2f}"),
                parse_decimal(f"{tier.up_to:.2f}") if tier.up_to else None,
                tier.limit_included,
            )
            for tier in self.tier_ids.sorted("sequence")
        )
        return Regime(self.compensation_currency_id.name, tiers) if tiers else None

    def _get_cost_vat(self):
        return Decimal(str(self.cost_vat_percent)) if self.cost_vat_percent else None

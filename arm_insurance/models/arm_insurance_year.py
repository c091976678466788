from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class ArmInsuranceYear(models.Model):
    """One policy year: its period and the clauses that hold in it.

    Clauses are versioned by year and never overwritten: once the policy is active
    they are closed, and a renewal copies them into the next year. A delivery keeps
    the clauses of the year in which it was made, whatever the next year says. Sums of
    a year (first loss, maximum liability) are used up within it.
    """

    _name = "arm.insurance.year"
    _description = "Policy Year"
    _inherit = ["arm.insurance.terms"]
    _order = "policy_id, date_from desc"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "arm.insurance.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    policy_state = fields.Selection(related="policy_id.state")
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    country_rule_ids = fields.One2many(
        "arm.insurance.country.rule", "year_id", copy=True
    )
    afl_opening = fields.Monetary(
        string="First Loss Used Before",
        help="Used up by claims that are not in this database.",
    )
    liability_opening = fields.Monetary(
        string="Liability Used Before",
        help="Paid for claims that are not in this database.",
    )

    _period_check = models.Constraint(
        "CHECK(date_from <= date_to)", "A policy year must not end before it begins."
    )

    @api.depends("policy_id.name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for year in self:
            year.display_name = self.env._(
                "%(policy)s, %(first)s to %(last)s",
                policy=year.policy_id.name or "",
                first=format_date(self.env, year.date_from),
                last=format_date(self.env, year.date_to),
            )

    @api.constrains("date_from", "date_to", "policy_id")
    def _check_overlap(self):
        for policy in self.policy_id:
            years = policy.year_ids.sorted("date_from")
            for before, after in zip(years, years[1:], strict=False):
                if after.date_from <= before.date_to:
                    raise ValidationError(
                        self.env._(
                            "The years of policy %(policy)s overlap on %(date)s. Let "
                            "each begin after the one before has ended.",
                            policy=policy.name,
                            date=format_date(self.env, after.date_from),
                        )
                    )

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Clauses that are not given come from the policy's preset."""
        policies = self.env["arm.insurance.policy"]
        full = []
        for vals in vals_list:
            preset = policies.browse(vals.get("policy_id")).preset_id
            full.append({**(preset._get_terms_values() if preset else {}), **vals})
        return super().create(full)

    def write(self, vals):
        """The clauses of an active policy are closed."""
        closed = {"date_from", *self._get_terms_fields()}
        if closed & vals.keys():
            self._check_open()
        res = super().write(vals)
        self.policy_id.limit_ids._mark_stale()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_active(self):
        self._check_open()

    def _check_open(self):
        for policy in self.policy_id:
            if policy.state != "draft":
                raise UserError(
                    self.env._(
                        "The clauses of policy %(name)s are closed, because it is not "
                        "a draft any more. Renew it for the next year, or have a "
                        "credit manager set it back to draft to correct it.",
                        name=policy.name,
                    )
                )

    # --------------------------------------------------------------------- business

    def _get_decimals(self):
        return self.currency_id.decimal_places if self.currency_id else 2

    def _get_rule(self, facts):
        """The first country rule that fits a buyer, or none (see ``_fits``)."""
        self.ensure_one()
        for rule in self.country_rule_ids.sorted():
            if rule._fits(facts):
                return rule
        return self.country_rule_ids.browse()

    def _get_terms_for(self, facts):
        """The clauses about cover for a buyer, country rule included.

        :return: tools.terms.CoverTerms, and the rule
        """
        self.ensure_one()
        rule = self._get_rule(facts)
        period = {"start": self.date_from, "end": self.date_to}
        return self._get_cover_terms(**{**period, **rule._get_cover_values()}), rule

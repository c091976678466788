from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """What the insurance says of a buyer, for filters and conditions of tasks."""

    _inherit = "res.partner"

    insurance_stopped = fields.Boolean(
        string="Cover Stopped",
        compute="_compute_insurance",
        search="_search_insurance_stopped",
        help="New deliveries to this customer are not insured.",
    )
    insurance_notice_days = fields.Integer(
        string="Days to Notice of Overdue",
        compute="_compute_insurance",
        search="_search_insurance_notice_days",
        help="Days until the insurer must be told of the overdue; negative: too late.",
    )

    @api.depends_context("allowed_company_ids")
    def _compute_insurance(self):
        limits = self._get_insurance_limits(Domain("partner_id", "in", self.ids))
        found = limits.grouped("partner_id")
        for partner in self:
            rows = found.get(partner._origin, limits.browse())
            partner.insurance_stopped = any(rows.mapped("is_stopped"))
            days = [
                (row.noa_deadline - row.company_id._local_today()).days
                for row in rows
                if row.noa_deadline and not row.noa_sent
            ]
            partner.insurance_notice_days = min(days, default=0)

    @api.model
    def _get_insurance_limits(self, domain):
        """The buyers of running policies of the chosen companies."""
        # As superuser: who may see the customer may filter by these two facts.
        limits = self.env["arm.insurance.limit"].sudo()
        return limits.search(self._get_insurance_domain() & domain)

    @api.model
    def _get_insurance_domain(self):
        companies = self.env.companies.ids
        return Domain("policy_id.state", "in", ["active", "run_off"]) & (
            Domain("company_id", "in", companies)
            | Domain("policy_id.joint_company_ids", "in", companies)
        )

    @api.model
    def _search_insurance_stopped(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return self._search_by_limits(Domain("is_stopped", "=", True))

    @api.model
    def _search_insurance_notice_days(self, operator, value):
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        day = self.env.company._local_today() + timedelta(days=value)
        return self._search_by_limits(
            Domain("noa_deadline", operator, day) & Domain("noa_sent", "=", False)
        )

    @api.model
    def _search_by_limits(self, domain):
        # As superuser: a sub-query, see _get_insurance_limits.
        limits = self.env["arm.insurance.limit"].sudo()
        query = limits._search(self._get_insurance_domain() & domain)
        return Domain("id", "in", query.subselect("partner_id"))

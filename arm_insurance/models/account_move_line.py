from odoo import api, fields, models
from odoo.fields import Domain

from .arm_insurance_wording import STATUSES


class AccountMoveLine(models.Model):
    """How far an open item is insured; and its original due date, kept when moved."""

    _inherit = "account.move.line"

    insurance_status = fields.Selection(
        STATUSES,
        string="Insured",
        compute="_compute_insurance",
        search="_search_insurance_status",
    )
    insurance_uncovered = fields.Float(
        string="Uncovered by Insurance",
        digits=(16, 2),
        compute="_compute_insurance",
        search="_search_insurance_uncovered",
        help="Insurable and not covered, in the currency of the policy.",
    )

    def _compute_insurance(self):
        """The current cover of these items, in one query."""
        rows = self.env["arm.insurance.coverage"].search(
            [("item_id", "in", self.ids), ("snapshot_date", "=", False)]
        )
        found = {row.item_id: row for row in rows}
        for line in self:
            row = found.get(line._origin)
            line.insurance_status = row.status if row else False
            line.insurance_uncovered = row.uncovered if row else 0

    @api.model
    def _search_insurance_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain.FALSE
        chosen = [status for status in value if status]
        if chosen:
            domain |= self._search_coverage(Domain("status", "in", chosen))
        if False in value:
            domain |= ~self._search_coverage(Domain.TRUE)
        return domain

    @api.model
    def _search_insurance_uncovered(self, operator, value):
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        return self._search_coverage(Domain("uncovered", operator, value))

    @api.model
    def _search_coverage(self, domain):
        rows = self.env["arm.insurance.coverage"]
        query = rows._search(Domain("snapshot_date", "=", False) & domain)
        return Domain("id", "in", query.subselect("item_id"))

    def write(self, vals):
        """A due date that is moved after posting is kept for the insurer's clocks."""
        if "date_maturity" in vals:
            moved = self.filtered(
                lambda line: line.parent_state == "posted"
                and line.account_type == "asset_receivable"
                and line.date_maturity
            )
            if moved:
                self.env["arm.insurance.item"]._keep_original_due(moved)
        return super().write(vals)

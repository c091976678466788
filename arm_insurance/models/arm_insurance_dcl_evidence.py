from odoo import api, fields, models

from ..tools import discretionary
from ..tools.dates import add_months

ADVERSE = "ADVERSE"
NOT_ALLOWED = "NOT_ALLOWED"
STATUSES = [
    (discretionary.OK, "Proved"),
    (discretionary.NO_EXPERIENCE, "No payment experience"),
    (discretionary.INSURER_DECISION, "The insurer has decided"),
    (discretionary.OVERDUE, "Something is overdue"),
    (discretionary.NO_REPORT, "No report"),
    (discretionary.REPORT_EXPIRED, "Report too old"),
    (ADVERSE, "Adverse information"),
    (NOT_ALLOWED, "Not allowed for this buyer"),
]


class ArmInsuranceDclEvidence(models.Model):
    """The proof of an own (discretionary) limit, for the days on which it was valid.

    Insurers ask after a loss what was known on the day of delivery. A row holds from
    its first day to the last one on which the same result was found again; another
    result, or an experience that is too old, makes a new row. Rows are written by the
    engine alone and never changed otherwise.
    """

    _name = "arm.insurance.dcl.evidence"
    _description = "Proof of an Own Limit"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"

    limit_id = fields.Many2one(
        "arm.insurance.limit",
        string="Insured Buyer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="limit_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="limit_id.partner_id", string="Buyer", store=True, index=True
    )
    currency_id = fields.Many2one(related="limit_id.currency_id")
    as_of = fields.Date(string="Holds From", required=True)
    checked_on = fields.Date(
        string="Holds Until", required=True, help="The last day it was found again."
    )
    method = fields.Char(string="Found By", help="The rule of the policy year.")
    status = fields.Selection(STATUSES, required=True)
    amount = fields.Monetary(string="Own Limit")
    need = fields.Monetary(help="What was open and ordered then.")
    report_id = fields.Many2one("arm.insurance.credit.report", ondelete="restrict")
    expires_on = fields.Date(compute="_compute_expires_on")
    decision_id = fields.Many2one(
        "arm.insurance.limit.decision", index="btree_not_null"
    )
    experience_ids = fields.One2many("arm.insurance.dcl.experience", "evidence_id")

    @api.depends("report_id.date", "experience_ids.paid", "limit_id")
    def _compute_expires_on(self):
        """The day from which the proof is too old, if nothing new comes."""
        for row in self:
            year = row.limit_id.policy_id._get_year(row.as_of)
            paid = row.experience_ids.mapped("paid")
            if row.report_id:
                months = year.dcl_report_months
                row.expires_on = add_months(row.report_id.date, months)
            elif paid:
                row.expires_on = add_months(max(paid), year.dcl_lookback_months)
            else:
                row.expires_on = False

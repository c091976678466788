from odoo import fields, models


class ArmInsuranceCreditReport(models.Model):
    """A report of a credit agency on a buyer, from which an own limit may follow."""

    _name = "arm.insurance.credit.report"
    _description = "Credit Report"
    _order = "date desc, id desc"
    _rec_name = "agency"

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
    agency = fields.Char(required=True)
    date = fields.Date(required=True, help="The day on which it was issued.")
    amount = fields.Monetary(
        string="Recommended", help="The credit that the agency recommends."
    )
    rating = fields.Char()
    attachment_ids = fields.Many2many("ir.attachment", string="Files")

    _amount_check = models.Constraint(
        "CHECK(amount >= 0)", "A recommended credit is not negative."
    )

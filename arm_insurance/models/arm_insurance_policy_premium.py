from odoo import fields, models


class ArmInsurancePolicy(models.Model):
    """Where premiums are booked."""

    _name = "arm.insurance.policy"
    _inherit = ["arm.insurance.policy"]

    premium_account_id = fields.Many2one(
        "account.account",
        string="Insurance Premiums",
        help="Account of the lines of the insurer's bills.",
    )

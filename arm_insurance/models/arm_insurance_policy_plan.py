from odoo import fields, models

from .arm_insurance_policy import GATES


class ArmInsurancePolicy(models.Model):
    """What the policy says to payment plans past its extension period."""

    _name = "arm.insurance.policy"
    _inherit = ["arm.insurance.policy"]

    gate_plan = fields.Selection(
        GATES,
        string="Plans Past the Extension Period",
        required=True,
        default="warn",
        help="A plan that runs longer than the insurer lets you wait needs consent: "
        "without it, cover of the items is at risk.",
    )

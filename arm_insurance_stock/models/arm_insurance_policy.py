from odoo import fields, models

from odoo.addons.arm_insurance.models.arm_insurance_policy import GATES


class ArmInsurancePolicy(models.Model):
    """What the policy says to deliveries that would not be insured."""

    _inherit = "arm.insurance.policy"

    gate_delivery = fields.Selection(
        GATES,
        string="Uninsured Deliveries",
        required=True,
        default="warn",
        help="Deliveries to customers during a stop, without a limit or above it. What "
        "is paid in advance passes.",
    )

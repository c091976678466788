from odoo import fields, models


class ArmInsurancePreset(models.Model):
    """Starting values for a policy, from public guidance and not from any contract.

    Choosing one copies its clauses into a policy year, where they are corrected by
    the contract (credit-insurance.md, section 2.5).
    """

    _name = "arm.insurance.preset"
    _description = "Preset of Credit Insurance"
    _inherit = ["arm.insurance.terms"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    note = fields.Text(translate=True, help="What to look up in the contract.")

from odoo import fields, models


class ArmInsuranceYear(models.Model):
    """What a policy year costs besides its premium rate."""

    _name = "arm.insurance.year"
    _inherit = ["arm.insurance.year"]

    bonus_ids = fields.One2many(
        "arm.insurance.bonus", "year_id", string="Bonus and Malus", copy=True
    )
    fee_ids = fields.One2many("arm.insurance.fee", "year_id", string="Fees", copy=True)

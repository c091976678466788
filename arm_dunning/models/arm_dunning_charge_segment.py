from odoo import fields, models


class ArmDunningChargeSegment(models.Model):
    """Days of a calculation sheet with one principal and one rate.

    The amount is not rounded: the total is rounded once, so segments that are shown
    with two decimals may add up to a cent more or less than the claim.
    """

    _name = "arm.dunning.charge.segment"
    _description = "Days of an Interest Calculation"
    _order = "charge_id, date_from, id"
    _rec_name = "date_from"

    charge_id = fields.Many2one(
        "arm.dunning.charge",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="charge_id.currency_id")
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    days = fields.Integer(readonly=True)
    principal = fields.Monetary(readonly=True)
    percent = fields.Float(
        string="Rate", digits=(7, 4), readonly=True, help="Percent a year."
    )
    amount = fields.Float(digits=(16, 6), readonly=True)

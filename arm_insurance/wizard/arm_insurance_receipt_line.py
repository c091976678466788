from odoo import fields, models
from odoo.exceptions import ValidationError


class ArmInsuranceReceiptLine(models.TransientModel):
    """One receipt, and how much of it belongs to the loss."""

    _name = "arm.insurance.receipt.line"
    _description = "Receipt After a Loss"
    _order = "date, id"

    wizard_id = fields.Many2one(
        "arm.insurance.receipt", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    line_id = fields.Many2one(
        "account.move.line", string="Receipt", required=True, readonly=True
    )
    date = fields.Date(required=True, readonly=True)
    received = fields.Monetary(readonly=True)
    amount = fields.Monetary(
        string="For the Loss",
        help="Zero: it is for something else, and nobody is asked again.",
    )
    costs = fields.Monetary(help="What it cost to get it.")
    is_guarantee = fields.Boolean(string="From a Security")

    def _check_amount(self):
        """A receipt is split once, and never more than has come in."""
        self.ensure_one()
        amount, costs = self.amount, self.costs
        over = self.currency_id.compare_amounts(amount, self.received) > 0
        if over or amount < 0 or costs < 0 or (costs and costs > amount):
            raise ValidationError(
                self.env._(
                    "Of the receipt of %(date)s, %(received)s has come in. Enter an "
                    "amount up to it, and costs not above the amount.",
                    date=self.date,
                    received=self.currency_id.format(self.received),
                )
            )

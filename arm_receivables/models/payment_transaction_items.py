from odoo import fields, models


class PaymentTransaction(models.Model):
    """Online payments of chosen instalments, of one invoice or several."""

    _name = "payment.transaction"
    _inherit = ["payment.transaction"]

    receivable_item_ids = fields.Many2many(
        "account.move.line",
        "arm_payment_transaction_item_rel",
        "transaction_id",
        "item_id",
        string="Open Items",
        readonly=True,
        copy=False,
        help="What the customer chose to pay: the money settles these first.",
    )

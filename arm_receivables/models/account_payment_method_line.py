from odoo import api, fields, models

from ..tools.payment_way import way_of_code

PAYMENT_WAYS = [
    ("transfer", "Bank Transfer"),
    ("direct_debit", "Direct Debit"),
    ("card", "Card or Online"),
    ("cash_on_delivery", "Cash on Delivery"),
    ("advance", "Payment in Advance"),
    ("cheque", "Cheque"),
    ("bill", "Bill of Exchange"),
]


class AccountPaymentMethodLine(models.Model):
    """What way of payment a company's payment method is."""

    _inherit = "account.payment.method.line"

    payment_way = fields.Selection(
        PAYMENT_WAYS,
        string="Way of Payment",
        compute="_compute_payment_way",
        store=True,
        readonly=False,
        help="Dunning tasks can be for some ways of payment only: nobody reminds of "
        "what is collected by direct debit. Proposed by the method.",
    )

    @api.depends("payment_method_id", "payment_provider_id")
    def _compute_payment_way(self):
        for line in self:
            code = line.payment_method_id.code
            line.payment_way = way_of_code(code, bool(line.payment_provider_id))

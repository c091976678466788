from odoo import api, fields, models
from odoo.fields import Domain

from .account_payment_method_line import PAYMENT_WAYS

USUAL = "transfer"


class AccountMoveLine(models.Model):
    """How an open item is going to be paid."""

    _name = "account.move.line"
    _inherit = ["account.move.line"]

    payment_way = fields.Selection(
        PAYMENT_WAYS,
        string="Way of Payment",
        compute="_compute_payment_way",
        search="_search_payment_way",
        help="That of the invoice's payment method; without one, a bank transfer.",
    )

    @api.depends("move_id.preferred_payment_method_line_id.payment_way")
    def _compute_payment_way(self):
        for line in self:
            method = line.move_id.preferred_payment_method_line_id
            line.payment_way = method.payment_way or USUAL

    @api.model
    def _search_payment_way(self, operator, value):
        if operator != "in":
            return NotImplemented
        method = "move_id.preferred_payment_method_line_id"
        domain = Domain(f"{method}.payment_way", "in", [way for way in value if way])
        if USUAL in value:
            domain |= Domain(method, "=", False)
        return domain

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import str2bool


class ResCompany(models.Model):
    """What messages of this company say, and what becomes of the answers."""

    _name = "res.company"
    _inherit = ["res.company"]

    dunning_payment_qr = fields.Boolean(
        string="QR Code for Payment",
        default=True,
        help="Messages have a QR code that banking applications read, where the "
        "account and the currency allow it.",
    )

    dunning_reply_days = fields.Integer(
        string="Pause after an Answer",
        default=5,
        help="For so many days a customer who has answered by e-mail is left alone, "
        "until somebody has decided about the answer; 0 switches it off.",
    )

    @api.constrains("dunning_reply_days")
    def _check_dunning_reply_days(self):
        for company in self:
            if not 0 <= company.dunning_reply_days <= 60:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the pause after an answer has 0 to 60 days.",
                        company=company.name,
                    )
                )

    def _get_dunning_bank(self, currency):
        """The account to pay into when the documents name none, or several.

        That of the currency first, then one that takes any, then any of them.

        :return: ``res.partner.bank``, empty if the company has none
        """
        self.ensure_one()
        # As superuser: the account is printed on every invoice.
        banks = self.sudo().partner_id.bank_ids.filtered(
            lambda bank: not bank.company_id or bank.company_id == self
        )
        return (
            banks.filtered(lambda bank: bank.currency_id == currency)[:1]
            or banks.filtered(lambda bank: not bank.currency_id)[:1]
            or banks[:1]
        )

    def _can_pay_online(self):
        """Whether customers of these companies have a way to pay on our pages."""
        # As superuser: who writes messages need not be allowed to read providers.
        parameters = self.env["ir.config_parameter"].sudo()
        allowed = parameters.get_param("account_payment.enable_portal_payment")
        providers = self.env["payment.provider"].sudo()  # the same
        found = [
            ("company_id", "in", self.ids),
            ("state", "=", "enabled"),
            ("is_published", "=", True),
        ]
        return str2bool(allowed or "", False) and bool(
            providers.search_count(found, limit=1)
        )

import binascii
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import str2bool
from odoo.tools.misc import hash_sign, verify_hash_signed

PAY_SCOPE = "arm_receivables.pay"
PAY_MINUTES = 60


class ArmCustomerAccount(models.Model):
    """Paying chosen items online: one payment for several invoices.

    Who may see the page may pay. The choice is signed for an hour, so that the payment
    form needs no login either; amounts are taken from the ledger each time.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _portal_can_pay(self):
        """Whether the company takes payments online at all."""
        # As superuser: customers may not read how a provider is set up.
        parameters = self.env["ir.config_parameter"].sudo()
        if not str2bool(
            parameters.get_param("account_payment.enable_portal_payment", "False")
        ):
            return False
        providers = self.env["payment.provider"].sudo()  # the same
        return bool(
            providers.search_count(
                [
                    *providers._check_company_domain(self.company_id),
                    ("state", "!=", "disabled"),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    def _portal_check_payable(self, items):
        """Refuse what cannot be paid online in one payment.

        :param items: open items of the account
        :raise UserError: in words that the customer understands
        """
        self._portal_check_items(items)
        if not items:
            raise UserError(self.env._("Choose the invoices that you pay, please."))
        if len(items.account_id) > 1:
            raise UserError(
                self.env._("Please pay these invoices one by one, or by bank transfer.")
            )
        for move in items.move_id:
            if not move._has_to_be_paid():
                raise UserError(
                    self.env._(
                        "%(document)s cannot be paid online now: it is being paid, it "
                        "is in dispute, or it is no invoice. Please pay it by bank "
                        "transfer, or leave it out.",
                        document=move.name,
                    )
                )

    def _portal_payment_values(self, items):
        """What core's payment form asks for: partner, company, currency, amount.

        An early payment discount is deducted until its last day.
        """
        discounted = self._portal_get_discounted(items)
        amount = sum(
            discounted.get(item, item.amount_residual_currency) for item in items
        )
        return {
            "partner": self.partner_id,
            "company": self.company_id,
            "total_amount": amount,
            "amount_residual": amount,
            "currency": items.currency_id,
            "payment_reference": self._portal_payment_reference(items),
        }

    def _portal_get_discounted(self, items):
        """Items that cost less today: dict of item to amount, see the items' method."""
        self.ensure_one()
        return items._get_discounted(self.company_id._local_today())

    def _portal_payment_reference(self, items):
        """What the statement of the bank will say: the documents, or the customer."""
        names = sorted(set(items.move_id.mapped("name")))
        if len(names) <= 3:
            return "-".join(names)
        return f"{names[0]}+{len(names) - 1}"

    def _get_payment_token(self, items):
        """The signed choice of items, valid for an hour."""
        self.ensure_one()
        # As superuser: the secret of the database signs, not the user.
        account = self.sudo()
        return hash_sign(
            account.env,
            PAY_SCOPE,
            [account.id, account.portal_link_version, items.ids],
            expiration=timedelta(minutes=PAY_MINUTES),
        )

    @api.model
    def _of_payment_token(self, token):
        """The account and the items that were chosen, as superuser; none if invalid.

        Items that were paid meanwhile make the choice invalid: nobody pays twice.
        """
        # As superuser: the signature is the right of a visitor who has no other.
        accounts = self.sudo()
        try:
            values = verify_hash_signed(accounts.env, PAY_SCOPE, token)
        except (ValueError, binascii.Error, UnicodeError):
            values = None
        nothing = accounts.browse(), accounts.env["account.move.line"]
        if not values:
            return nothing
        account_id, version, item_ids = values
        account = accounts.browse(account_id).exists()
        if account.portal_link_version != version:
            return nothing
        return account, account._portal_pick_items(item_ids)

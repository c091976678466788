import binascii
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import hash_sign, verify_hash_signed

LINK_SCOPE = "arm_receivables.account"
LINK_DAYS = 30


class ArmCustomerAccount(models.Model):
    """The customer's own page: who may open it.

    A login opens the accounts of its commercial entity; a signed link opens one account
    until it expires or is revoked.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    portal_link_version = fields.Integer(
        readonly=True,
        copy=False,
        groups="arm_receivables.group_receivables_collector",
        help="Links of earlier versions open nothing any more.",
    )
    portal_link = fields.Char(
        compute="_compute_portal_link",
        groups="arm_receivables.group_receivables_collector",
        help="Opens the customer's page without a login, for 30 days from now.",
    )

    @api.depends("portal_link_version")
    def _compute_portal_link(self):
        for account in self:
            account.portal_link = account._origin.id and account._get_portal_link()

    @api.model
    def _get_protected_fields(self):
        return super()._get_protected_fields() | {"portal_link_version"}

    # ------------------------------------------------------------------------- links

    def _get_portal_link(self, days=LINK_DAYS):
        """The address of the customer's page, signed.

        :param days: after so many days the link opens nothing any more
        """
        self.ensure_one()
        # As superuser: the secret of the database signs, not the user.
        account = self.sudo()
        token = hash_sign(
            account.env,
            LINK_SCOPE,
            [account.id, account.portal_link_version],
            expiration=timedelta(days=days),
        )
        return f"{account.get_base_url()}/receivables/{token}"

    @api.model
    def _of_portal_link(self, token):
        """The account that a signed link opens, as superuser; none if it opens none."""
        # As superuser: the signature is the right of a visitor who has no other.
        accounts = self.sudo()
        try:
            values = verify_hash_signed(accounts.env, LINK_SCOPE, token)
        except (ValueError, binascii.Error, UnicodeError):
            values = None
        if not values:
            return accounts.browse()
        account_id, version = values
        account = accounts.browse(account_id).exists()
        return account.filtered(lambda acc: acc.portal_link_version == version)

    def action_revoke_portal_links(self):
        """Make all links that were sent so far open nothing any more."""
        self._check_agreeing()
        # As superuser: only this method writes the version.
        for account in self.sudo():
            account.portal_link_version += 1
        return True

    def _check_agreeing(self):
        """Refuse who does not work on these customers."""
        self.check_access("write")

    @api.model
    def _of_portal_user(self, user):
        """The accounts of a user's commercial entity, as superuser."""
        # As superuser: customers have no right on accounts; only their own are found.
        return self.sudo().search(
            [
                ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                ("company_id.active", "=", True),
            ],
            order="company_id",
        )

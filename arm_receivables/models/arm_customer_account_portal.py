import binascii
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date
from odoo.tools.misc import hash_sign, verify_hash_signed

LINK_SCOPE = "arm_receivables.account"
LINK_DAYS = 30
# What one customer can enter in a day; who needs more should telephone.
PORTAL_ENTRIES = 20
PORTAL_TEXT = 2000


class ArmCustomerAccount(models.Model):
    """The customer's own page: who may open it, and what they can enter there.

    A login opens the accounts of its commercial entity; a signed link opens one account
    until it expires or is revoked. Methods here are called by the controller as
    superuser, for an account that it has checked, and never take more than its items.
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
        return self.sudo().search(
            [
                ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                ("company_id.active", "=", True),
            ],
            order="company_id",
        )

    # ------------------------------------------------------------------- what is shown

    def _get_portal_items(self):
        """The open items of the account, the oldest first."""
        self.ensure_one()
        return self.env["account.move.line"].search(
            self._get_open_items_domain(), order="date_maturity, id"
        )

    def _prepare_portal_sections(self):
        """One section for each company and currency: figures, items, agreements."""
        sections = []
        for account in self:
            today = account.company_id._local_today()
            items = account._get_portal_items()
            for currency, lines in items.grouped("currency_id").items():
                owed = lines.filtered(lambda line: line.amount_residual > 0)
                late = owed.filtered(
                    lambda line, today=today: (line.date_maturity or line.date) < today
                )
                later = owed - late
                sections.append(
                    {
                        "account": account,
                        "currency": currency,
                        "items": lines,
                        "today": today,
                        "late_ids": set(late.ids),
                        "balance": sum(lines.mapped("amount_residual_currency")),
                        "overdue": sum(late.mapped("amount_residual_currency")),
                        "next_due": min(later.mapped("date_maturity"), default=None),
                        "latest": account._get_portal_latest_day(),
                        "reasons": account._get_portal_reasons(),
                    }
                )
        return sections

    def _get_portal_reasons(self):
        """The reasons that a customer can choose for a dispute."""
        return self.env["arm.dispute.reason"].search(
            [("company_id", "in", [False, self.company_id.id])]
        )

    def _get_portal_latest_day(self):
        """Until which day a promise is accepted without asking, or None."""
        self.ensure_one()
        status = self.reliability_status
        days = self.company_id[f"promise_portal_days_{status}"]
        today = self.company_id._local_today()
        return today + relativedelta(days=days) if days else None

    # ---------------------------------------------------------------- what is entered

    def _portal_pick_items(self, item_ids):
        """Those of the account's claims that were chosen, or nothing at all.

        :param item_ids: ids as they came from the browser
        """
        claims = self._get_portal_items().filtered(lambda x: x.amount_residual > 0)
        chosen = set(item_ids)
        if not chosen <= set(claims.ids):
            return claims.browse()
        return claims.filtered(lambda x: x.id in chosen)

    def _portal_check_rate(self):
        """Refuse more entries in a day than a person makes.

        :raise UserError: when the customer has entered too much
        """
        since = fields.Datetime.now() - timedelta(days=1)
        count = sum(
            self.env[model].search_count([("create_date", ">=", since), *mine])
            for model, mine in self._get_portal_entries().items()
        )
        if count >= PORTAL_ENTRIES:
            raise UserError(
                self.env._(
                    "You have entered a lot today. Please telephone us, and we settle "
                    "the rest together."
                )
            )

    def _get_portal_entries(self):
        """Domains of what came from this customer's page, or may have, by model."""
        return {
            "arm.promise": [("account_id", "=", self.id), ("channel", "=", "portal")],
            "arm.dispute": [("account_id", "=", self.id), ("from_portal", "=", True)],
            "mail.activity": [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("create_uid", "=", self.env.uid),
            ],
        }

    def _portal_promise(self, items, day, contact):
        """Take a promise of the customer, or pass the question on to the collector.

        :param items: open items of the account, in one currency
        :param day: the day that the customer promises
        :param contact: who is logged in, or none
        :return: whether the promise is accepted
        """
        self._portal_check_rate()
        latest = self._get_portal_latest_day()
        if not latest or day > latest:
            self._portal_ask(items, day)
            return False
        self.env["arm.promise"].create(
            {
                "account_id": self.id,
                "currency_id": items.currency_id.id,
                "item_ids": [Command.set(items.ids)],
                "amount": sum(items.mapped("amount_residual_currency")),
                "date": day,
                "grace_days": self.company_id.promise_grace_days,
                "channel": "portal",
                "contact_id": contact.id,
                "user_id": False,
            }
        )
        return True

    def _portal_ask(self, items, day):
        """An activity for the collector: the customer asks for more time."""
        names = ", ".join(items.mapped(lambda item: item.move_name or ""))
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._(
                "Asks to pay %(documents)s on %(day)s",
                documents=names[:200],
                day=format_date(self.env, day),
            ),
            user_id=(self.collector_id or self.company_id._get_credit_manager()).id,
        )

    def _portal_dispute(self, items, reason, text, contact, files=()):
        """Take a dispute of the customer.

        :param items: open items of the account, in one currency
        :param reason: the reason that the customer chose
        :param text: what the customer says; cut after 2,000 characters
        :param contact: who is logged in, or none
        :param files: pairs of name and content, the evidence
        """
        self._portal_check_rate()
        values = self.env["arm.dispute"]._prepare_from_items(items)
        dispute = self.env["arm.dispute"].create(
            {
                **values,
                "reason_id": reason.id,
                "description": (text or "").strip()[:PORTAL_TEXT],
                "contact_id": contact.id,
                "from_portal": True,
            }
        )
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name[:100],
                    "raw": content,
                    "res_model": dispute._name,
                    "res_id": dispute.id,
                }
                for name, content in files
            ]
        )
        dispute.attachment_ids = attachments
        return dispute

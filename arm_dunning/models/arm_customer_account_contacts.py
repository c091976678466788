from odoo import models


class ArmCustomerAccount(models.Model):
    """To whom messages about a customer go, and in which language."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _get_dunning_recipients(self):
        """The contacts of each customer, for the whole batch; never empty.

        The recipients chosen on the account, else the customer's usual contact; where
        the usual contact's mail came back, another one whose address works.

        :return: dict of account to contacts, the one to address first
        """
        usual = self.partner_id._get_dunning_recipients()
        together = self.env["res.partner"].union(*usual.values())._prefetch_ids
        bounced = self.filtered(
            lambda a: usual.get(a.partner_id, a.partner_id).message_bounce
            and not a.dunning_recipient_ids
        )
        if bounced:
            usual = {**usual, **bounced.partner_id._get_other_contacts()}
        return {
            account: account.dunning_recipient_ids
            or usual.get(account.partner_id, account.partner_id).with_prefetch(together)
            for account in self
        }

    def _get_dunning_lang(self, recipient, languages):
        """The language chosen on the account, of the contact, or of the customer.

        :param languages: codes of the languages that this database has.
        """
        self.ensure_one()
        company = self.company_id.partner_id
        for lang in (
            self.dunning_lang,
            recipient.lang,
            self.partner_id.lang,
            company.lang,
        ):
            if lang in languages:
                return lang
        return "en_US"

    def _get_dunning_phone(self, recipients):
        """The number for messages: of the contact, or of the customer; or False."""
        self.ensure_one()
        first = next(iter(recipients))  # unlike [0], it is read with the others
        return first.phone_sanitized or self.partner_id.phone_sanitized or False

    def _has_status_by_person(self):
        """Whether a person has set the status, and not a task."""
        self.ensure_one()
        user = self.reliability_user_id
        return self.reliability_manual and bool(user) and not user._is_superuser()

from odoo import models
from odoo.tools import plaintext2html

from .arm_collection_case import OPEN

MANAGER = "arm_receivables.group_receivables_manager"


class ArmCustomerAccount(models.Model):
    """What the outcome of a call means for the customer."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _ask_for_number(self, note=None):
        """Ask who knows the customers to find the right telephone number.

        The salesperson, else the collector, else who is asking.
        """
        acting = self._get_acting_collectors()
        for account in self:
            salesperson = account.partner_id.user_id.filtered("active")
            account._ask_person(
                salesperson or acting.get(account) or self.env.user,
                self.env._("Find the right telephone number"),
                note or self.env._("The number is wrong; nobody could be called."),
            )

    def _stop_as_insolvent(self, note, block_orders=True):
        """Red, no more reminders, orders blocked, and a credit manager is told.

        What follows for insurers and lawyers is theirs to decide; this stops what would
        make it worse.

        :param note: where it is known from
        """
        reason = self.env._("Insolvent: %(note)s", note=note)
        self._set_status("red", reason)
        self.write({"dunning_blocked": True, "dunning_pause_reason": reason})
        if block_orders:
            self._block_orders(reason, "manual")
        for account in self:
            account._ask_person(
                account._get_credit_manager(),
                self.env._("Insolvent: register the claim"),
                note,
            )

    def _get_credit_manager(self):
        """A credit manager of the customer's company, else who is asking."""
        self.ensure_one()
        # As superuser: who has which group is needed to know whom to ask.
        managers = self.env.ref(MANAGER).sudo().all_user_ids
        people = managers.filtered(
            lambda user: user.active
            and self.company_id in user.company_ids
            and not user._is_superuser()
        )
        return people.sorted("id")[:1] or self.env.user

    def _ask_person(self, user, summary, note):
        """An activity for today on the customer's page."""
        self.ensure_one()
        # As superuser: a colleague gets the work, who may have customers of their own.
        self.sudo().with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.company_id._local_today(),
            summary=summary,
            note=plaintext2html(note),
            user_id=user.id,
        )

    def _propose_handover(self, reason):
        """Propose to hand these customers over; an open case stays as it is."""
        # As superuser: nobody has the right to write cases directly.
        cases = self.env["arm.collection.case"].sudo()
        known = cases.search([("account_id", "in", self.ids), ("state", "in", OPEN)])
        return known | cases.create(
            [
                {
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "reason": reason,
                    "date": account.company_id._local_today(),
                }
                # The same accounts as the caller's, with the caller's rights.
                for account in self - known.account_id.sudo(self.env.su)
            ]
        )

from odoo import api, models
from odoo.tools import plaintext2html


class ArmDunningMessage(models.Model):
    """What came back: an employee finds the right address; the next contact is used."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    @api.model
    def _note_bounce(self, message_dict):
        """Mark what came back, and ask somebody to mend the address."""
        bounced = super()._note_bounce(message_dict)
        for message in bounced:
            self._ask_somebody(
                message.account_id,
                "arm_dunning.mail_activity_type_address",
                self.env._("Find an address that works"),
                self.env._(
                    "The message \u201c%(subject)s\u201d to %(address)s came back: "
                    "%(reason)s. Until the address is corrected, reminders go to "
                    "another contact of the customer, or by letter.",
                    subject=message.subject or "",
                    address=message.email_to or "",
                    reason=message.delivery_reason or self.env._("no reason given"),
                ),
            )
        return bounced

    @api.model
    def _ask_somebody(self, accounts, kind, summary, text):
        """Give whoever works on these customers something to do, once at a time.

        :param kind: XML id of the type of activity; an open one is not repeated
        """
        kind = self.env.ref(kind, raise_if_not_found=False)
        common = {
            "res_model_id": self.env["ir.model"]._get_id(accounts._name),
            "activity_type_id": kind.id if kind else False,
            "summary": summary,
        }
        activities = self.env["mail.activity"].sudo()  # work for others, by the system
        domain = [(name, "=", value) for name, value in common.items()]
        domain.append(("res_id", "in", accounts.ids))
        asked = set(activities.search(domain).mapped("res_id"))
        missing = accounts.filtered(lambda account: account.id not in asked)
        people = missing._get_acting_collectors()
        stand_by = {
            c: self.new({"company_id": c.id})._get_stand_by()
            for c in missing.company_id
        }
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    **common,
                    "res_id": account.id,
                    "note": plaintext2html(text),
                    "date_deadline": account.company_id._local_today(),
                    "user_id": (
                        people.get(account)
                        or account.partner_id.user_id.filtered("active")
                        or stand_by[account.company_id]
                    ).id,
                    "automated": True,
                }
                for account in missing
            ]
        )

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

MANAGER = "arm_receivables.group_receivables_manager"


class ArmDunningMessage(models.Model):
    """Messages that may not have left: people are told, and can repeat them."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _ask_about_unclear(self):
        """Give somebody the work to find out whether these messages have arrived."""
        kind = self.env.ref(
            "arm_dunning.mail_activity_type_follow_up", raise_if_not_found=False
        )
        accounts = self.account_id
        people = accounts._get_acting_collectors()
        quick = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quick.create(
            [
                message._prepare_unclear_values(kind, people.get(message.account_id))
                for message in self
                if message.account_id
            ]
        )

    def _prepare_unclear_values(self, kind, collector):
        """Hook: the activity about a message of which nobody knows whether it left."""
        self.ensure_one()
        salesperson = self.partner_id.user_id.filtered("active")
        person = collector or salesperson or self._get_stand_by()
        note = self.env._(
            "The message \u201c%(subject)s\u201d to %(address)s may have left or not, "
            "because this system or the mail server broke down at that moment. Look "
            "for %(reference)s in the mail server's log, or ask the customer. If it "
            "did not arrive, open the message and send it again.",
            subject=self.subject or "",
            address=self.email_to or "",
            reference=self.mail_id.message_id or "",
        )
        return {
            "res_model_id": self.env["ir.model"]._get_id(self.account_id._name),
            "res_id": self.account_id.id,
            "activity_type_id": kind.id if kind else False,
            "summary": self.env._("Did the message arrive?"),
            "note": plaintext2html(note),
            "date_deadline": self.company_id._local_today(),
            "user_id": person.id,
            "automated": True,
        }

    def _get_stand_by(self):
        """A credit manager of the company, where the customer has nobody."""
        managers = self.env.ref(MANAGER).all_user_ids
        people = managers.filtered(
            lambda user: user.active
            and self.company_id in user.company_ids
            and not user._is_superuser()
        )
        return people.sorted("id")[:1] or self.env.user

    def action_send_again(self):
        """Put messages that failed into the mail queue again, as they were written.

        :raise UserError: for who is no credit manager, and when none of them failed
        """
        if not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._("Only a credit manager may send a message again.")
            )
        self.check_access("read")
        # As superuser: the queue is the system's; the right was checked above.
        mails = self.sudo().mail_id.filtered(lambda mail: mail.state == "exception")
        if not mails:
            raise UserError(
                self.env._(
                    "These messages have left, or wait in the queue. Only those that "
                    "failed can be sent again."
                )
            )
        self._check_still_open()
        mails.mark_outgoing()
        mails._leave_to_queue()
        return True

    def _check_still_open(self):
        """Refuse to repeat a message about what has been paid since it was written."""
        # As superuser: whether an item is open is no secret to who may read of it.
        for message in self.sudo():
            items = message.action_ids.item_id
            if items and all(items.mapped("reconciled")):
                raise UserError(
                    self.env._(
                        "Everything in the message to %(customer)s has been paid or "
                        "credited since. It is not sent again.",
                        customer=message.partner_id.display_name,
                    )
                )

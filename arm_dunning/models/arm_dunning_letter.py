from odoo import api, fields, models
from odoo.exceptions import AccessError

WAYS = [("print", "Print Queue"), ("snailmail", "Snailmail")]


class ArmDunningLetter(models.Model):
    """The print queue: one row for each letter that has to leave the house on paper.

    The text itself is frozen in the message; here is what a person, or a mailing
    service, does with it.
    """

    _name = "arm.dunning.letter"
    _description = "Dunning Letter"
    _order = "id desc"
    _rec_name = "subject"
    _check_company_auto = True

    message_id = fields.Many2one(
        "arm.dunning.message",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    account_id = fields.Many2one(
        related="message_id.account_id", store=True, index=True
    )
    run_id = fields.Many2one(related="message_id.run_id", store=True, index=True)
    partner_id = fields.Many2one(related="message_id.partner_id", string="Customer")
    recipient_id = fields.Many2one(related="message_id.recipient_id")
    task_id = fields.Many2one(related="message_id.task_id")
    subject = fields.Char(related="message_id.subject")
    body = fields.Html(related="message_id.body", sanitize=False)
    way = fields.Selection(
        WAYS, string="Printed Through", required=True, readonly=True, default="print"
    )
    address = fields.Text(readonly=True, help="Where it goes, as it was then.")
    state = fields.Selection(
        [
            ("queued", "To Print"),
            ("printed", "Printed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="queued",
    )
    date_printed = fields.Datetime(string="Printed On", readonly=True)
    user_id = fields.Many2one("res.users", string="Printed By", readonly=True)

    _queued_idx = models.Index("(company_id, id) WHERE state = 'queued'")

    # ---------------------------------------------------------------------- actions

    def action_set_printed(self):
        """Say that these letters were printed and posted."""
        self._close("printed", "sent")

    def action_cancel(self):
        """Say that these letters will not be sent."""
        self._close("cancelled", "cancelled")

    def _close(self, state, delivery_state):
        """Collectors and credit managers close letters that wait in the queue."""
        self._check_handling()
        # As superuser: nobody has the right to write letters or messages directly.
        waiting = self.sudo().filtered(lambda letter: letter.state == "queued")
        waiting._close_as(state, delivery_state, self.env.user)

    def _close_as(self, state, delivery_state, user=None):
        """Close letters, and tell their messages.

        :param user: the person who did it; nobody when a service did.
        """
        now = fields.Datetime.now()
        self.write({"state": state, "date_printed": now, "user_id": user and user.id})
        self.message_id.write(
            {
                "delivery_state": delivery_state,
                "date_sent": now if delivery_state == "sent" else False,
            }
        )

    def _check_handling(self):
        """Only who may work with the letters gets them out of the queue."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers handle letters.")
            )

    @api.model
    def _get_post_vals(self, message, operation):
        """Hook: the values of the letter of a message.

        :param operation: of the task that decided the text.
        """
        return {
            "way": operation.letter_way,
            "message_id": message.id,
            "company_id": message.company_id.id,
            "address": message.recipient_id._get_letter_address(message.company_id),
        }

    def _dispatch(self):
        """Hook: hand letters with a PDF over to a mailing service, for a whole batch.

        Letters that stay "To Print" are printed by a person. An add-on that works
        with a service queues its own records here, in the same transaction.
        """

    @api.model
    def _follow_up(self):
        """Hook: take over what became of the letters at a mailing service."""

from odoo import api, fields, models


class ArmDunningMessage(models.Model):
    """Letters: from the rendered text into the print queue."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    channel = fields.Selection(
        selection_add=[("letter", "Letter")], ondelete={"letter": "cascade"}
    )
    letter_action_ids = fields.One2many(
        "arm.dunning.action", "letter_message_id", string="Items of the Letter"
    )
    letter_ids = fields.One2many("arm.dunning.letter", "message_id")

    @api.model
    def _get_links(self):
        link = ("letter_message_id", "letter_action_ids")
        return {**super()._get_links(), "letter": link}

    def _get_address(self):
        if self.channel == "letter":
            lines = (self.letter_ids[:1].address or "").split("\n")
            return ", ".join(filter(None, map(str.strip, lines)))
        return super()._get_address()

    def _queue_letters(self, operations):
        """Render the messages and put them into the print queue.

        :param operations: the operation of each task.
        """
        self._note_charges()
        by_template = self.grouped(
            lambda m: operations[m.task_id]._get_letter_template()
        )
        for template, messages in by_template.items():
            for message, rendered in messages._render_template(template).items():
                message.write(
                    {"subject": rendered["subject"], "body": rendered["body_html"]}
                )
        letters = self.env["arm.dunning.letter"].sudo()  # the engine's own queue
        letters.create([letters._get_post_vals(m, operations[m.task_id]) for m in self])
        # The PDFs are made outside of the run, which would wait for every page.
        self.env.ref("arm_dunning.ir_cron_letters")._trigger()
        self.account_id._message_log_batch(
            bodies={message.account_id.id: message._get_note() for message in self}
        )

    def _get_note(self):
        """A line on the customer's record."""
        return self.env._("Letter: %(subject)s", subject=self.subject or "")

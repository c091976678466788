from odoo import api, models
from odoo.tools import SQL


class ArmDunningPurge(models.Model):
    """What customers answered goes with the texts of messages; what it was stays."""

    _name = "arm.dunning.purge"
    _inherit = ["arm.dunning.purge"]

    @api.model
    def _purge_content(self, company, before):
        # Counted with the texts, so that the log tells of it.
        count = self._clear_replies(company, before)
        self._write_log(company, "content", before, messages=count)
        return super()._purge_content(company, before)

    @api.model
    def _clear_replies(self, company, before):
        """Remove the texts of old answers, here and on the customer's record.

        :return: how many there were
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE arm_dunning_reply
                   SET subject = NULL, text = NULL, sentence = NULL
                 WHERE company_id = %s AND date < %s
                   AND (subject IS NOT NULL OR text IS NOT NULL)
                RETURNING reference
                """,
                company.id,
                before,
            )
        )
        references = tuple(reference for (reference,) in rows if reference)
        if references:
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_message SET body = '', subject = NULL "
                    "WHERE message_id IN %s AND model = 'arm.customer.account'",
                    references,
                )
            )
        self.env.invalidate_all()
        return len(rows)

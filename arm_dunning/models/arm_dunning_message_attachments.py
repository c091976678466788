from odoo import models


class ArmDunningMessage(models.Model):
    """What is sent with a message: the invoices as they were sent, page by page.

    Nothing is rendered again: an invoice goes along as it was, or not at all.
    """

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    def _get_attachments(self):
        """Hook: the files that go with each message, for the whole batch.

        :return: dict of message to attachments, only of those that have any
        """
        wanted = self.filtered(lambda message: message._get_operation().attach_invoices)
        stored = wanted._get_actions()._get_invoice_pdfs()
        found = {}
        for message in wanted:
            moves = message._get_actions().item_id.move_id
            files = [stored[move.id] for move in moves if move.id in stored]
            if files:
                found[message] = self.env["ir.attachment"].sudo().union(*files)
        return found

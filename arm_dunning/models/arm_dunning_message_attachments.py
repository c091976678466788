from odoo import models


class ArmDunningMessage(models.Model):
    """What is sent with a message: the invoices as they were sent, and a statement.

    No invoice is rendered again: it goes along as it was, or not at all. A statement
    tells what is open today.
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
                # As superuser: the files are the invoices', whoever started the run.
                found[message] = self.env["ir.attachment"].sudo().union(*files)
        for message, statement in self._make_statements().items():
            found[message] = found.get(message, statement) | statement
        return found

    def _make_statements(self):
        """Statements of account of today, in the languages of the messages.

        Kept with the messages, so that they are purged with their texts.

        :return: dict of message to attachment, only where it is wanted
        """
        engine, values = self.env["arm.statement.engine"], {}
        wanted = self.filtered(
            lambda message: message.account_id
            and message._get_operation().attach_statement
        )
        for lang, messages in wanted.grouped("lang").items():
            files = engine._make_pdfs(messages.account_id, lang=lang)
            for message in messages:
                if message.account_id.id in files:
                    values[message] = message.with_context(
                        lang=lang
                    )._prepare_statement_values(files[message.account_id.id])
        # As superuser: the files belong to messages, which the engine alone writes.
        made = self.env["ir.attachment"].sudo().create(list(values.values()))
        return dict(zip(values, made, strict=True))

    def _prepare_statement_values(self, content):
        """Hook: the values of the file of a statement."""
        self.ensure_one()
        day = self.run_id.date or self.company_id._local_today()
        return {
            "name": self.env._("Statement of Account %(day)s.pdf", day=str(day)),
            "raw": content,
            "mimetype": "application/pdf",
            "res_model": self._name,
            "res_id": self.id,
        }

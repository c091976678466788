import base64
from io import BytesIO

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfReader, PdfWriter


class ArmDunningPrint(models.TransientModel):
    """Letters as one file to print, and a button that says they were posted.

    Whoever asks gets the letters that this person may see, in their order.
    """

    _name = "arm.dunning.print"
    _description = "Print Letters"

    letter_ids = fields.Many2many("arm.dunning.letter", readonly=True)
    letter_count = fields.Integer(readonly=True)
    page_count = fields.Integer(string="Pages", readonly=True)
    problems = fields.Text(readonly=True, help="Letters that are not in the file.")
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    def _get_action(self):
        """Make the file and show what is in it."""
        self.ensure_one()
        self._make_file()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Print Letters"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _make_file(self):
        """One file of all letters; those without a PDF are named.

        :raise UserError: when there is nothing to print
        """
        self.letter_ids.check_access("read")
        # As superuser: the engine writes the PDFs, whoever asks for them first.
        letters = self.letter_ids.sudo().sorted("id")
        letters._ensure_pdfs()
        ready = letters.filtered("attachment_id")
        problems = [
            f"{letter.partner_id.display_name}: {letter.problem}"
            for letter in letters - ready
        ]
        if not ready:
            raise UserError("\n".join(problems) or self.env._("Choose letters first."))
        content, pages = self._merge(ready)
        self.write(
            {
                "letter_ids": [fields.Command.set(ready.ids)],
                "letter_count": len(ready),
                "page_count": pages,
                "problems": "\n".join(problems),
                "file": base64.b64encode(content),
                "file_name": self._get_file_name(ready),
            }
        )

    def _merge(self, letters):
        """The pages of these letters, one after the other.

        :return: bytes and number of pages
        """
        writer, stream = PdfWriter(), BytesIO()
        for letter in letters:
            reader = PdfReader(BytesIO(letter.attachment_id.raw), strict=False)
            for page in reader.pages:
                writer.add_page(page)
        writer.write(stream)
        return stream.getvalue(), len(writer.pages)

    def _get_file_name(self, letters):
        """Named after the run, if all letters are of one."""
        runs = letters.message_id.run_id
        day = runs.date if len(runs) == 1 else fields.Date.context_today(self)
        return self.env._("Letters %(date)s.pdf", date=str(day))

    def action_set_printed(self):
        """Say that all these letters were printed and posted."""
        self.ensure_one()
        self.letter_ids.action_set_printed()
        return {"type": "ir.actions.act_window_close"}

import logging
from io import BytesIO

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.pdf import PdfReader

from .arm_dunning_paper import PAPER_BATCH

_logger = logging.getLogger(__name__)

PDF = "application/pdf"


class ArmDunningLetter(models.Model):
    """Letters as PDF: one file for each customer, made many at a time."""

    _name = "arm.dunning.letter"
    _inherit = ["arm.dunning.letter"]

    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, index="btree_not_null"
    )
    problem = fields.Char(readonly=True, help="Why there is no PDF of it.")

    _to_make_idx = models.Index(
        "(id) WHERE state = 'queued' AND attachment_id IS NULL AND problem IS NULL"
    )

    # ---------------------------------------------------------------------- actions

    def action_print(self):
        """Open these letters as one file, page by page in their order.

        :raise UserError: when none of them can be printed, with the reason
        """
        self._check_handling()
        printing = self.env["arm.dunning.print"].create(
            {"letter_ids": [fields.Command.set(self.ids)]}
        )
        return printing._get_action()

    def action_open_pdf(self):
        """Open the PDF of one letter, and make it before if it is not there yet."""
        self.ensure_one()
        self.check_access("read")
        # As superuser: who may read the letter may have it on paper.
        letter = self.sudo()
        letter._ensure_pdfs()
        if not letter.attachment_id:
            raise UserError(letter.problem)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{letter.attachment_id.id}",
            "target": "new",
        }

    # ------------------------------------------------------------------ the engine

    @api.model
    def _cron_make_pdfs(self, limit=PAPER_BATCH):
        """Make the PDFs of new letters, and hand over what a service prints."""
        domain = self._get_to_make_domain()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        while letters := self.search(domain, limit=limit, order="id"):
            # Another worker may have them; whoever asks for a PDF makes it at once.
            letters = letters.try_lock_for_update().filtered_domain(domain)
            letters._ensure_pdfs()
            letters._dispatch()
            if not letters or not cron._commit_progress(len(letters)):
                break
        self._follow_up()
        cron._commit_progress()

    @api.model
    def _get_to_make_domain(self):
        return [
            ("state", "=", "queued"),
            ("attachment_id", "=", False),
            ("problem", "=", False),
        ]

    def _ensure_pdfs(self):
        """Make the PDFs that are missing; what cannot be made says why."""
        missing = self.filtered(lambda letter: not letter.attachment_id)
        for start in range(0, len(missing), PAPER_BATCH):
            batch = missing[start : start + PAPER_BATCH]
            try:
                with self.env.cr.savepoint():
                    batch._make_pdfs()
            except Exception:
                _logger.info("A batch of letters failed; going on one by one")
                for letter in batch:
                    letter._make_one_pdf()

    def _make_one_pdf(self):
        """Make the PDF of one letter; what goes wrong stays with it."""
        try:
            with self.env.cr.savepoint():
                self._make_pdfs()
        except Exception as error:
            self.problem = str(error).strip()[:500] or type(error).__name__

    def _make_pdfs(self):
        """Make the PDFs of these letters and keep them with their messages."""
        files = self._add_attachments(self._render_pdfs())
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": f"{letter._get_file_name()}.pdf",
                    "raw": content,
                    "mimetype": PDF,
                    # Where the purge of old texts looks for it.
                    "res_model": "arm.dunning.message",
                    "res_id": letter.message_id.id,
                }
                for letter, content in files.items()
            ]
        )
        for letter, attachment in zip(files, attachments, strict=True):
            letter.write({"attachment_id": attachment.id, "problem": False})

    @api.model
    def _add_attachments(self, files):
        """The letters with the pages of what goes along with them.

        :param files: dict of letter to bytes
        """
        messages = self.env["arm.dunning.message"].union(*(x.message_id for x in files))
        along = messages._get_attachments()
        return {
            letter: letter._append(content, along.get(letter.message_id, ()))
            for letter, content in files.items()
        }

    def _append(self, content, attachments):
        """One file of a letter and the PDFs that go with it."""
        contents = [content, *(x.raw for x in attachments if x.mimetype == PDF)]
        if len(contents) == 1:
            return content
        readers = [PdfReader(BytesIO(part), strict=False) for part in contents]
        pages = [page for reader in readers for page in reader.pages]
        return self.env["arm.dunning.paper"]._write_pages(pages)

    def _get_file_name(self):
        """Hook: the name of the file of one letter, without its ending."""
        self.ensure_one()
        return f"{self.partner_id.name or ''} {self.run_id.date}".strip()

    def _render_pdfs(self):
        """The letters as PDF, with their calculations, made by one process.

        :return: dict of letter to bytes
        """
        papers = self.env["arm.dunning.paper"]
        sheets = self.message_id._render_sheets()
        values = [
            {**letter._get_page_values(), "sheet": sheets.get(letter.message_id)}
            for letter in self
        ]
        files = papers._print(self.company_id[:1], values)
        return dict(zip(self, files, strict=True))

    def _get_page_values(self):
        """Hook: what is on the paper of one letter, besides its text."""
        self.ensure_one()
        lang = self.message_id.lang
        localised = self.with_context(lang=lang)
        return self.env["arm.dunning.paper"]._prepare_paper(
            self.company_id,
            lang,
            self.subject,
            self.body,
            address=[x for x in (self.address or "").split("\n") if x.strip()],
            date=format_date(localised.env, self.run_id.date),
        )

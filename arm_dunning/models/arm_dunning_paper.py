from io import BytesIO

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfReader, PdfWriter

from .arm_dunning_letter_layout import MARK, MARK_SIZE

PAPER_BATCH = 100  # papers that one process of the PDF engine makes
# Millimetres; the address stands in the window of a DIN long or C6/5 envelope. There
# is no script to wait for.
PAPER = {
    "data-report-margin-top": 10,
    "data-report-margin-bottom": 15,
    "data-report-without-script": True,
}


class ArmDunningPaper(models.AbstractModel):
    """Papers for customers as PDF, many made by one process: letters, calculations.

    Starting the PDF engine costs as much as a hundred papers, so one process makes
    those of a batch, and the pages are dealt out afterwards.
    """

    _name = "arm.dunning.paper"
    _description = "Papers for Customers"

    @api.model
    def _print(self, company, papers):
        """Papers as PDF files, in their order.

        :param company: whose paper format it is
        :param papers: list of dicts, see :meth:`_prepare_paper`
        :return: list of bytes, as long as ``papers``
        """
        files = []
        for start in range(0, len(papers), PAPER_BATCH):
            files += self._print_batch(company, papers[start : start + PAPER_BATCH])
        return files

    @api.model
    def _prepare_paper(self, company, lang, subject, body, **values):
        """What is on one paper.

        :param lang: code of the language of the company's layout
        :param subject: text above ``body``, which is markup
        :param values: ``address`` (list of lines), ``date`` (text) and ``sheet``
            (markup of further pages)
        """
        letters = self.env["arm.dunning.letter"].with_context(lang=lang)
        # As superuser: everything in it is on the company's invoices.
        company = company.sudo().with_context(lang=lang)
        sender = company.partner_id
        place = " ".join(filter(None, [sender.zip, sender.city]))
        return {
            "company": company,
            "layout": letters._render_layout(company.id, company.write_date, lang),
            "sender": " · ".join(filter(None, [company.name, sender.street, place])),
            "address": [],
            "date": "",
            "subject": subject,
            "body": body,
            **values,
        }

    # -------------------------------------------------------------------- the engine

    @api.model
    def _print_batch(self, company, papers):
        """Made by one process, and dealt out by their first pages.

        Where the marks are not found, the halves are made anew, until one is alone.
        """
        content = self._run_engine(company, self._render_pages(papers))
        pages = list(PdfReader(BytesIO(content), strict=False).pages)
        starts = [i for i, page in enumerate(pages) if self._is_first(page)]
        if len(papers) == 1:
            starts = [0]
        if len(starts) == len(papers) and starts[0] == 0:
            ends = [*starts[1:], len(pages)]
            return [
                self._write_pages(pages[start:end])
                for start, end in zip(starts, ends, strict=True)
            ]
        middle = len(papers) // 2
        return [
            *self._print_batch(company, papers[:middle]),
            *self._print_batch(company, papers[middle:]),
        ]

    @api.model
    def _render_pages(self, papers):
        """All papers as one HTML page, each from the top of a page."""
        styles = self.env["arm.dunning.letter"]._get_styles()
        return self.env["ir.qweb"]._render(
            "arm_dunning.letter_page",
            {"letters": papers, "styles": styles, "mark": MARK},
        )

    @api.model
    def _run_engine(self, company, page):
        """One HTML page as PDF."""
        engine = self.env["ir.actions.report"].sudo()  # a technical service
        if engine.get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "The program wkhtmltopdf, which makes PDF files, is missing on the "
                    "server. Ask your administrator to install it."
                )
            )
        return engine.with_company(company)._run_wkhtmltopdf(
            [page], specific_paperformat_args=PAPER
        )

    @api.model
    def _is_first(self, page):
        """Whether a page begins a paper: an image of the size of the mark is on it."""
        images = page.get("/Resources", {}).get("/XObject") or {}
        sizes = (
            (image.get("/Width"), image.get("/Height"))
            for image in map(_resolve, images.values())
        )
        return MARK_SIZE in sizes

    @api.model
    def _write_pages(self, pages):
        writer, stream = PdfWriter(), BytesIO()
        for page in pages:
            writer.add_page(page)
        writer.write(stream)
        return stream.getvalue()


def _resolve(value):
    return value.get_object()

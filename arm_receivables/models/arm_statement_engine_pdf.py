from io import BytesIO

from markupsafe import Markup

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.tools.pdf import PdfReader, PdfWriter

from ..tools.statement_sheet import OPEN

PDF_BATCH = 50  # statements that one process of the PDF engine makes
MARGIN = 10  # millimetres, at the top and at the bottom
A4_HEIGHT = 297
SAMPLE = 20000  # millimetres of an empty page, to see how many pages they take
MARGINS = {"data-report-margin-top": MARGIN, "data-report-margin-bottom": MARGIN}


class ArmStatementEngine(models.AbstractModel):
    """Statements on paper: one file for each customer, many made by one process.

    Starting the PDF engine costs as much as many statements. The rows are dealt out
    to pages before they are printed, so it is known which pages are whose, and each
    page says which one of how many it is.
    """

    _name = "arm.statement.engine"
    _inherit = ["arm.statement.engine"]

    @api.model
    def _make_pdfs(self, accounts, date=None, kind=OPEN, date_from=None, lang=None):
        """The statements of these customers as PDF files.

        :param accounts: customer accounts that the user may read
        :param date: last day that counts; today of each company if not given
        :param kind: ``open`` (open items) or ``activity`` (movements of a period)
        :param date_from: first day of the period
        :param lang: language code; that of each customer if not given
        :return: dict of account id to bytes, without those who have nothing to tell
        :raise UserError: when the PDF engine is missing, or a period is no period
        """
        statements = self._collect(accounts, date, kind, date_from)
        return self._print(accounts, statements, lang)

    @api.model
    def _print(self, accounts, statements, lang=None):
        """The PDF files of collected statements; see :meth:`_make_pdfs`."""
        self._check_sums(accounts, statements)
        telling = accounts.filtered(lambda account: statements[account.id].sections)
        files = {}
        for start in range(0, len(telling), PDF_BATCH):
            batch = telling[start : start + PDF_BATCH]
            files.update(self._print_batch(batch, statements, lang))
        return files

    @api.model
    def _check_sums(self, accounts, statements):
        """Opening + movements = closing = open items, or no statement leaves.

        :raise UserError: with the names of the customers
        """
        wrong = accounts.filtered(
            lambda account: any(s.difference for s in statements[account.id].sections)
        )
        if wrong:
            raise UserError(
                self.env._(
                    "The movements of %(customers)s do not add up to what is open. "
                    "Have the reconciled entries of these customers checked first.",
                    customers=", ".join(wrong.mapped("display_name")[:5]),
                )
            )

    # ------------------------------------------------------------------------- pages

    @api.model
    def _print_batch(self, accounts, statements, lang=None):
        """One process of the PDF engine; its pages are dealt out afterwards."""
        html, counts = [], {}
        langs = accounts.grouped(lambda acc: lang or self._get_language(acc))
        for code, group in langs.items():
            sheets = group._prepare_statement_sheets(statements, code)
            counts.update({sheet["id"]: len(sheet["pages"]) for sheet in sheets})
            html.append(
                self.env["ir.qweb"]
                .with_context(lang=code)
                ._render("arm_receivables.statement_pages", {"sheets": sheets})
            )
        pages = self._run_engine(accounts[:1].company_id, html)
        if len(pages) == sum(counts.values()):
            remaining = iter(pages)
            return {
                id_: self._write_pages([next(remaining) for _n in range(count)])
                for id_, count in counts.items()
            }
        # Something on them was higher than a page: then each on its own.
        if len(accounts) == 1:
            return {accounts.id: self._write_pages(pages)}
        files = {}
        for account in accounts:
            files.update(self._print_batch(account, statements, lang))
        return files

    @api.model
    def _get_language(self, account):
        """Hook: the language of a customer's statement."""
        return account.partner_id.lang or self.env.lang or "en_US"

    @api.model
    def _run_engine(self, company, parts, zoom=None):
        """The pages of a PDF that core's report engine makes of this HTML."""
        engine = self.env["ir.actions.report"].sudo()  # a technical service
        if engine.get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "The program wkhtmltopdf, which makes PDF files, is missing on the "
                    "server. Ask your administrator to install it."
                )
            )
        page = self.env["ir.qweb"]._render(
            "arm_receivables.statement_document",
            {"parts": parts, "zoom": zoom or self._get_zoom(company)},
        )
        content = engine.with_company(company)._run_wkhtmltopdf(
            [page], specific_paperformat_args=MARGINS
        )
        return list(PdfReader(BytesIO(content), strict=False).pages)

    @api.model
    def _get_page_height(self, company):
        """Millimetres that can be printed on a page of the company's paper."""
        paper = company.sudo().paperformat_id  # a technical setting
        return (paper.print_page_height or A4_HEIGHT) - 2 * MARGIN - 3

    @api.model
    @tools.ormcache("company.id")
    def _get_zoom(self, company):
        """What makes a millimetre of the page a millimetre on paper.

        The builds of the PDF engine shrink pages, each by a factor of its own: an
        empty page of known height shows it once.
        """
        sample = Markup('<div style="height: %smm;">.</div>') % SAMPLE
        pages = len(self._run_engine(company, [sample], zoom=1))
        printed = pages * (self._get_page_height(company) + 3)
        return round(min(max(SAMPLE / printed, 0.5), 2) * 0.99, 3)

    @api.model
    def _write_pages(self, pages):
        writer, stream = PdfWriter(), BytesIO()
        for page in pages:
            writer.add_page(page)
        writer.write(stream)
        return stream.getvalue()

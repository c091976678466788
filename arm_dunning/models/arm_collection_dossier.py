from base64 import b64decode
from io import BytesIO

import xlsxwriter

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date
from odoo.tools.mimetypes import guess_mimetype

from ..tools import dossier
from ..tools.dossier import Part

PDF = "application/pdf"
# Millimetres; there is no script to wait for.
PAPER = {
    "data-report-margin-top": 10,
    "data-report-margin-bottom": 15,
    "data-report-without-script": True,
}


class ArmCollectionDossier(models.AbstractModel):
    """Everything that a lawyer or an agency needs about a case, in one ZIP.

    Stored documents are taken as they are, nothing is rendered anew; what should be
    there and is missing stands in the index. Others add parts by :meth:`_get_parts`.
    """

    _name = "arm.collection.dossier"
    _description = "Dossier of a Collection Case"

    @api.model
    def _make(self, case):
        """The dossier of a case as bytes of a ZIP, in the handler's language.

        :param case: one case; who may read it has been checked
        """
        lang = case.handler_id.lang or case.company_id.partner_id.lang
        if lang:
            case = case.with_context(lang=lang)
            self = self.with_context(lang=lang)
        folders = self._get_folders()
        parts = dossier.arrange(self._get_parts(case), folders)
        index = Part(
            "index", self._get_index_name(), self._render_index(case, parts), ""
        )
        return dossier.pack([index, *parts], case.company_id._local_today())

    @api.model
    def _get_folders(self):
        """Hook: the folders in their order, code -> name."""
        return {
            "statement": self.env._("1 Statement"),
            "invoice": self.env._("2 Invoices"),
            "delivery": self.env._("3 Deliveries"),
            "contract": self.env._("4 Contracts and Orders"),
            "correspondence": self.env._("5 Correspondence"),
            "interest": self.env._("6 Interest and Charges"),
            "register": self.env._("7 Register"),
            "other": self.env._("8 Other"),
        }

    @api.model
    def _get_index_name(self):
        return self.env._("0 Index") + ".pdf"

    @api.model
    def _get_parts(self, case):
        """Hook: all parts of the dossier, in any order."""
        return [
            self._statement_part(case),
            *self._account_parts(case),
            *self._invoice_parts(case),
            *self._document_parts(case),
            *self._message_parts(case),
            *self._charge_parts(case),
            *self._register_parts(case),
        ]

    # -------------------------------------------------------------------- the parts

    def _statement_part(self, case):
        """What is claimed, item by item, with what was paid since."""
        labels = [
            self.env._("Document"),
            self.env._("Date"),
            self.env._("Due Date"),
            self.env._("Days Late"),
            self.env._("Amount"),
            self.env._("Open"),
            self.env._("Currency"),
            self.env._("Can Be Lost After"),
        ]
        today = case.company_id._local_today()
        rows = [
            [
                item.move_id.name,
                item.move_id.invoice_date or item.move_id.date,
                item.date_due,
                (today - item.date_due).days,
                item.item_id.amount_currency,
                item.amount_left,
                item.currency_id.name,
                item.limitation_date or "",
            ]
            for item in case.item_ids
        ]
        title = self.env._("Statement of the claim")
        return Part(
            "statement", f"{title}.xlsx", self._sheet(labels, rows), title, today
        )

    def _account_parts(self, case):
        """The statement of account as the customer gets it, with all open items."""
        account, today = case.account_id, case.company_id._local_today()
        files = self.env["arm.statement.engine"]._make_pdfs(
            account, lang=self.env.lang or "en_US"
        )
        title = self.env._("Statement of account")
        return [
            Part("statement", f"{title}.pdf", content, title, today)
            for content in files.values()
        ]

    def _invoice_parts(self, case):
        """The invoices as they were sent; those that were never stored are missing."""
        parts = []
        for move in case.item_ids.move_id:
            stored = move.invoice_pdf_report_id or move.message_main_attachment_id
            is_pdf = stored.mimetype == PDF
            parts.append(
                Part(
                    "invoice",
                    f"{move.name}.pdf",
                    stored.raw if is_pdf else None,
                    move.display_name,
                    move.invoice_date or move.date,
                )
            )
        return parts

    def _document_parts(self, case):
        """What was found at orders, deliveries and disputes, or added by hand."""
        labels = dict(
            case.document_ids._fields["section"]._description_selection(self.env)
        )
        stored = self.env["ir.attachment"].search(
            [
                ("res_model", "=", case.document_ids._name),
                ("res_field", "=", "content"),
                ("res_id", "in", case.document_ids.ids),
            ]
        )
        files = {attachment.res_id: attachment for attachment in stored}
        parts = []
        for document in case.document_ids:
            about = ": ".join(filter(None, (labels[document.section], document.origin)))
            raw = files.get(document.id, stored.browse()).raw
            parts.append(Part(document.section, document.name, raw, about))
        return parts

    def _message_parts(self, case):
        """What was written to the customer about the items, letters as on paper."""
        parts = []
        messages = case._get_messages()
        printed = self.env["arm.dunning.letter"].search(
            [("message_id", "in", messages.ids), ("attachment_id", "!=", False)]
        )
        by_message = printed.grouped("message_id")
        for message in messages:
            day = (message.date_sent or message.create_date).date()
            what = f"{day} {message.subject or message.display_name}"
            letters = by_message.get(message)
            content, ending = message._as_page().encode(), "html"
            if letters:
                content, ending = letters[0].attachment_id.raw, "pdf"
            elif not message.body:
                content = None  # removed after its time
            title = f"{message._get_channel_label()}: {message.subject or ''}"
            parts.append(
                Part("correspondence", f"{what}.{ending}", content, title, day)
            )
        return parts

    def _charge_parts(self, case):
        """Interest, compensation and fees with how they come about."""
        charges = self._get_case_charges(case)
        if not charges:
            return []
        kinds = dict(charges._fields["kind"]._description_selection(self.env))
        labels = [
            self.env._("Document"),
            self.env._("What"),
            self.env._("Up To"),
            self.env._("How It Is Computed"),
            self.env._("Amount"),
            self.env._("Currency"),
        ]
        rows = [
            [
                charge.document or "",
                kinds[charge.kind],
                charge.date,
                charge.calculation or "",
                charge.amount,
                charge.currency_id.name,
            ]
            for charge in charges
        ]
        title = self.env._("Interest and charges")
        return [Part("interest", f"{title}.xlsx", self._sheet(labels, rows), title)]

    def _get_case_charges(self, case):
        """The charges of the items of a case, and of the case itself."""
        return self.env["arm.dunning.charge"].search(
            [
                ("account_id", "=", case.account_id.id),
                ("state", "not in", ("replaced", "dropped")),
                "|",
                ("item_id", "in", case.item_ids.item_id.ids),
                ("document", "=", case.name),
            ],
            order="item_id, date",
        )

    def _register_parts(self, case):
        """Every step and every call about the customer, with its result."""
        steps = case._get_steps()
        states = dict(steps._fields["state"]._description_selection(self.env))
        rows = [
            [
                step.date_planned or "",
                step.document or "",
                step.task_id.name,
                states[step.state],
                step.explanation,
            ]
            for step in steps
        ]
        calls = self.env["arm.dunning.call.result"].search(
            [("account_id", "=", case.account_id.id)], order="date"
        )
        outcomes = dict(calls._fields["outcome"]._description_selection(self.env))
        rows += [
            [
                call.date.date(),
                "",
                self.env._("Call"),
                outcomes[call.outcome],
                call.note or "",
            ]
            for call in calls
        ]
        labels = [
            self.env._("Day"),
            self.env._("Document"),
            self.env._("Step"),
            self.env._("Result"),
            self.env._("In Words"),
        ]
        title = self.env._("Register")
        rows.sort(key=lambda row: (str(row[0]), row[1]))
        return [Part("register", f"{title}.xlsx", self._sheet(labels, rows), title)]

    # ----------------------------------------------------------------------- helpers

    @api.model
    def _sheet(self, labels, rows):
        """A table as XLSX: real numbers and dates, the first row stays in sight."""
        stream = BytesIO()
        book = xlsxwriter.Workbook(
            stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}
        )
        # Texts stay texts: nothing that a customer wrote becomes a formula.
        book.strings_to_formulas = book.strings_to_urls = False
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, labels, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        book.close()
        return stream.getvalue()

    @api.model
    def _render_index(self, case, parts):
        """The index as PDF: who claims what from whom, and every document."""
        engine = self.env["ir.actions.report"].sudo()  # a technical service
        if engine.get_wkhtmltopdf_state() == "install":
            raise UserError(
                self.env._(
                    "The program wkhtmltopdf, which makes PDF files, is missing on the "
                    "server. Ask your administrator to install it."
                )
            )
        page = self.env["ir.qweb"]._render(
            "arm_dunning.collection_index", self._get_index_values(case, parts)
        )
        return engine.with_company(case.company_id)._run_wkhtmltopdf(
            [page], specific_paperformat_args=PAPER
        )

    @api.model
    def _get_index_values(self, case, parts):
        """Hook: what is on the paper of the index."""
        totals = case.item_ids.grouped("currency_id")
        return {
            "case": case,
            "lang": self.env.lang or "en_US",
            "today": format_date(self.env, case.company_id._local_today()),
            "day": lambda day: format_date(self.env, day) if day else "",
            "money": lambda amount, currency: format_amount(self.env, amount, currency),
            "totals": [
                format_amount(self.env, sum(items.mapped("amount_left")), currency)
                for currency, items in totals.items()
            ],
            "sections": [
                (name, [part for part in parts if part.section == code])
                for code, name in self._get_folders().items()
            ],
            "logo": self._get_logo(case.company_id),
        }

    @api.model
    def _get_logo(self, company):
        """The company's logo inside the page, or False; not core's placeholder."""
        if not company.logo or company.uses_default_logo:
            return False
        kind = guess_mimetype(b64decode(company.logo), default="image/png")
        return f"data:{kind};base64,{company.logo.decode()}"

import base64
import io
from collections.abc import Collection
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from odoo import api, models
from odoo.exceptions import UserError

from ..tools import layout
from .arm_insurance_terms import decimal

WIDEST = 60


class Sheet(NamedTuple):
    """One sheet of a file: title, headings, rows of values, and which columns have
    a sum below them (their places)."""

    title: str
    headings: list
    rows: list
    totals: Collection = ()


class ArmInsuranceExport(models.AbstractModel):
    """Makes files for insurers and lenders: rows, their layout, XLSX or CSV."""

    _name = "arm.insurance.export"
    _description = "Files for Insurers"

    # ------------------------------------------------------------------------ files

    @api.model
    def _make_files(self, kind, records, name):
        """One file for each policy that the records belong to.

        :param kind: see ``arm.insurance.layout``
        :param records: notices, limits, claims or declarations
        :param name: of the file, without its ending
        :return: list of (file name, bytes)
        :raise UserError: without any layout
        """
        policies = self._get_policies(kind, records)
        files = []
        for policy, members in policies.items():
            form = self._get_layout(kind, policy)
            headings, values = form._get_table(self._get_rows(kind, members))
            label = f"{name}.{form.file_type}"
            if len(policies) > 1:
                label = f"{name} {policy.name}.{form.file_type}"
            if form.file_type == "csv":
                decimals = policy.currency_id.decimal_places
                written = layout.write_csv(headings, values, form._get_format(decimals))
            else:
                sheet = Sheet(form.name, headings, values, form._get_totals())
                written = self._make_xlsx([sheet])
            files.append((label.replace("/", "-"), written))
        return files

    @api.model
    def _get_policies(self, kind, records):
        if kind == "notice":
            return records.grouped(lambda row: row.limit_id.policy_id)
        return records.grouped("policy_id")

    @api.model
    def _get_layout(self, kind, policy):
        # As superuser: the layout is a setting, whoever makes the file.
        layouts = self.env["arm.insurance.layout"].sudo()
        found = layouts._get_layout(kind, policy.insurer_id)
        if not found.column_ids:
            raise UserError(
                self.env._(
                    "There is no file layout with columns for this. Add one under "
                    "Configuration, Insurance File Layouts."
                )
            )
        return found

    @api.model
    def _make_xlsx(self, sheets):
        """An XLSX file of some sheets.

        :param sheets: list of :class:`Sheet`
        :return: bytes
        """
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"in_memory": True})
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
            "total": book.add_format(
                {"num_format": "#,##0.00", "bold": True, "top": 1}
            ),
        }
        for data in sheets:
            sheet = book.add_worksheet(data.title[:31])
            self._write_sheet(sheet, data.headings, data.rows, styles)
            if data.rows and data.totals:
                self._write_totals(sheet, data, styles["total"])
        book.close()
        return stream.getvalue()

    @api.model
    def _write_sheet(self, sheet, headings, rows, styles):
        """Texts are written as texts: nothing in them becomes a formula."""
        widths = [len(heading) + 2 for heading in headings]
        sheet.write_row(0, 0, headings, styles["head"])
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                self._write_cell(sheet, number, place, value, styles)
                widths[place] = max(widths[place], len(str(value or "")) + 2)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(width, WIDEST))
        sheet.freeze_panes(1, 0)
        # On paper: the whole width, with the headings on each page.
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(headings) - 1)

    @api.model
    def _write_totals(self, sheet, data, style):
        """A last line with sums that follow the filter, one line below the rows."""
        line = len(data.rows) + 1
        for place in range(len(data.headings)):
            sheet.write_blank(line, place, None, style)
        for place in data.totals:
            first, last = (xl_rowcol_to_cell(row, place) for row in (1, len(data.rows)))
            found = sum(float(row[place] or 0) for row in data.rows)
            sheet.write_formula(
                line, place, f"=SUBTOTAL(109,{first}:{last})", style, found
            )
        if 0 not in data.totals:
            sheet.write_string(line, 0, self.env._("Total"), style)

    @api.model
    def _write_cell(self, sheet, row, column, value, styles):
        if value is None or value is False:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif hasattr(value, "isoformat"):
            sheet.write_datetime(row, column, value, styles["day"])
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_number(row, column, float(value), styles["money"])

    @api.model
    def _download(self, files):
        """Let the user save a file; several come as one archive.

        :param files: list of (file name, bytes)
        """
        return self.env["arm.insurance.file"]._open(files)

    @api.model
    def _encode(self, files):
        """Files as an e-mail template wants them: (name, base64)."""
        return [(name, base64.b64encode(content)) for name, content in files]

    # ------------------------------------------------------------------------- rows

    @api.model
    def _get_rows(self, kind, records):
        """The rows of a file as dicts of source to value (see SOURCES)."""
        return list(getattr(self, f"_rows_{kind}")(records))

    @api.model
    def _get_buyers(self, limits):
        """What every row tells of its buyer, by limit."""
        # As superuser: sector, sales and risk of the buyer go with every request.
        facts = limits.sudo()._read_facts()
        statuses = dict(
            limits.decision_ids._fields["reliability_status"]._description_selection(
                self.env
            )
        )
        return {
            limit: {
                **self._get_address(limit.partner_id),
                **self._get_figures(limit),
                "sector": facts[limit.id]["industry"].name,
                "sales": decimal(facts[limit.id]["turnover"]),
                "status": statuses.get(facts[limit.id]["status"]),
            }
            for limit in limits
        }

    @api.model
    def _get_address(self, partner):
        return {
            "buyer": partner.name,
            "vat": partner.vat,
            "street": ", ".join(filter(None, (partner.street, partner.street2))),
            "zip": partner.zip,
            "city": partner.city,
            "country": partner.country_id.code,
        }

    @api.model
    def _get_figures(self, limit):
        return {
            "policy": limit.policy_id.name,
            "insured": limit.company_id.name,
            "buyer_number": limit.insurer_reference,
            "currency": limit.currency_id.name,
            "limit": decimal(limit.amount),
            "until": limit.until or None,
            "open": decimal(limit.amount_open),
            "covered": decimal(limit.covered),
            "uncovered": decimal(limit.uncovered),
            "insured_amount": decimal(limit.insured_amount),
            "stopped": limit.is_stopped,
            "oldest_due": limit.oldest_due or None,
        }

    @api.model
    def _label(self, record, name):
        """A choice in words."""
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name])

    @api.model
    def _rows_exposure(self, limits):
        buyers = self._get_buyers(limits)
        for limit in limits:
            yield buyers[limit]

    @api.model
    def _rows_request(self, limits):
        """The request of each buyer that the insurer has not decided yet."""
        buyers = self._get_buyers(limits)
        for limit in limits:
            request = limit._get_open_request()
            if request:
                yield {
                    **buyers[limit],
                    "requested": decimal(request.requested_amount),
                    "requested_on": request.decided_on,
                    "requested_until": request.until or None,
                    "reference": request.reference,
                }

    @api.model
    def _rows_notice(self, notices):
        buyers = self._get_buyers(notices.limit_id)
        for notice in notices:
            head = {
                **buyers[notice.limit_id],
                "category": self._label(notice, "category"),
                "reason": self._label(notice, "reason"),
                "deadline": notice.deadline or None,
                "reference": notice.reference,
            }
            for row in notice._get_rows():
                yield {**head, **self._get_item(row)}

    @api.model
    def _rows_claim(self, claims):
        buyers = self._get_buyers(claims.limit_id)
        for claim in claims:
            head = {
                **buyers[claim.limit_id],
                "number": claim.name,
                "reference": claim.reference,
                "deadline": claim.deadline or None,
                "date_of_loss": claim.date_of_loss or None,
                "cause": self._label(claim, "cause"),
            }
            for line in claim.line_ids:
                yield {**head, **self._get_item(line)}

    @api.model
    def _get_item(self, row):
        """What a row of cover, or the line of a claim, says of its item."""
        return {
            "invoice": row.move_id.name,
            "invoice_date": row.move_id.invoice_date or None,
            "delivered": row.risk_date or None,
            "due": row.date_maturity or None,
            "item_open": decimal(row.amount_open),
            "item_covered": decimal(row.covered),
            "item_pct": decimal(row.pct),
        }

    @api.model
    def _rows_declaration(self, declarations):
        limits = declarations.policy_id.limit_ids.filtered(
            lambda row: row.partner_id in declarations.line_ids.partner_id
        )
        buyers = {
            (limit.policy_id, limit.partner_id): values
            for limit, values in self._get_buyers(limits).items()
        }
        for declaration in declarations:
            for line in declaration.line_ids:
                key = (declaration.policy_id, line.partner_id)
                yield {
                    "policy": declaration.policy_id.name,
                    "insured": declaration.company_id.name,
                    "currency": declaration.currency_id.name,
                    **(buyers.get(key) or self._get_address(line.partner_id)),
                    "period_from": declaration.date_from,
                    "period_to": declaration.date_to,
                    "invoice": line.move_id.name,
                    "invoice_date": line.date,
                    "turnover": decimal(line.amount),
                    "declared": decimal(line.declared),
                    "declared_status": self._label(line, "status"),
                }

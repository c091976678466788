from datetime import date
from io import BytesIO
from itertools import accumulate

import xlsxwriter
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from odoo import api, models

from ..tools.statement_sheet import ACTIVITY, OPEN

MONEY_FORMAT = "#,##0.00;[Red]-#,##0.00"
WIDTHS = (34, 9, 12, 24, 28, 12, 9, 15, 15, 15)
DAYS, AMOUNT, LEFT = 6, 7, 8  # columns of the rows that the totals go by
DAY_ZERO = date(1899, 12, 30)  # of workbooks


class StatementSheet(Worksheet):
    """A sheet that takes formulas as they are.

    The library looks in each formula for thirty newer functions, none of which is used
    here; that would be a quarter of the time of a workbook.
    """

    def _prepare_formula(self, formula, expand_future_functions=False):
        return formula.removeprefix("=")

    def write_day(self, row, column, day, style):
        """Write a date, as the library does, which works the clock out each time."""
        self.write_number(row, column, (day - DAY_ZERO).days, style)


class ArmStatementEngine(models.AbstractModel):
    """Statements as one workbook: a summary by customer and currency, and all rows.

    Numbers are numbers and dates are dates; totals and aging are formulas over the rows
    with their results, so that they show in programs that do not calculate, too.
    """

    _name = "arm.statement.engine"
    _inherit = ["arm.statement.engine"]

    @api.model
    def _make_xlsx(self, accounts, date=None, kind=OPEN, date_from=None):
        """The statements of these customers in one workbook, in the user's language.

        :param accounts: customer accounts that the user may read
        :param date: last day that counts; today of each company if not given
        :param kind: ``open`` (open items) or ``activity`` (movements of a period)
        :param date_from: first day of the period
        :return: bytes, or None when there is nothing to tell
        :raise UserError: when a period is no period
        """
        statements = self._collect(accounts, date, kind, date_from)
        self._check_sums(accounts, statements)
        parts = [
            (account, statements[account.id], section)
            for account in accounts
            for section in statements[account.id].sections
        ]
        return self._write_workbook(parts, kind) if parts else None

    @api.model
    def _write_workbook(self, parts, kind):
        stream = BytesIO()
        book = xlsxwriter.Workbook(stream, {"in_memory": True})
        styles = self._get_styles(book)
        summary = book.add_worksheet(self.env._("Summary"), StatementSheet)
        rows = book.add_worksheet(self.env._("Rows"), StatementSheet)
        # A customer's rows stand together: each formula reads a few cells.
        lengths = [len(section.lines) for _account, _statement, section in parts]
        firsts = list(accumulate(lengths, initial=1))[:-1]
        self._write_rows(rows, parts, kind, styles)
        self._write_summary(summary, parts, firsts, kind, styles, rows.get_name())
        book.close()
        return stream.getvalue()

    @api.model
    def _get_styles(self, book):
        return {
            "head": book.add_format(
                {"bold": True, "bottom": 1, "bg_color": "#EEEEEE", "text_wrap": True}
            ),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            "money": book.add_format({"num_format": MONEY_FORMAT}),
            "bold": book.add_format({"num_format": MONEY_FORMAT, "bold": True}),
        }

    @api.model
    def _begin_sheet(self, sheet, labels, count, styles, frozen):
        """Titles that stay in sight, filters, and a print-out that fits the page."""
        sheet.write_row(0, 0, labels, styles["head"])
        sheet.freeze_panes(1, frozen)
        sheet.autofilter(0, 0, max(count, 1), len(labels) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for column in range(len(labels)):
            width = WIDTHS[column] if column < len(WIDTHS) else 15
            sheet.set_column(column, column, width)

    # -------------------------------------------------------------------------- rows

    @api.model
    def _get_row_labels(self, kind):
        labels = [
            self.env._("Customer"),
            self.env._("Currency"),
            self.env._("Date"),
            self.env._("Document"),
            self.env._("Reference"),
            self.env._("Due"),
        ]
        if kind == ACTIVITY:
            return labels + [
                self.env._("Debit"),
                self.env._("Credit"),
                self.env._("Balance"),
            ]
        return labels + [self.env._("Days"), self.env._("Amount"), self.env._("Open")]

    @api.model
    def _write_rows(self, sheet, parts, kind, styles):
        words = self.env["arm.statement.format"]
        kinds = words._get_kind_labels()
        count = sum(len(section.lines) for _account, _statement, section in parts)
        self._begin_sheet(sheet, self._get_row_labels(kind), count, styles, 1)
        write = self._write_movement if kind == ACTIVITY else self._write_item
        currencies = self.env["res.currency"]
        row = 1
        for account, _statement, section in parts:
            name = account.partner_id.display_name or ""
            code = currencies.browse(section.currency_id).name
            for line in section.lines:
                document, reference = words._describe(line, kinds, section.places)
                sheet.write_string(row, 0, name)
                sheet.write_string(row, 1, code)
                sheet.write_day(row, 2, line.date, styles["date"])
                sheet.write_string(row, 3, document or "")
                sheet.write_string(row, 4, reference or "")
                if line.due and line.kind == "invoice":
                    sheet.write_day(row, 5, line.due, styles["date"])
                write(sheet, row, line, styles["money"])
                row += 1

    @api.model
    def _write_item(self, sheet, row, line, money):
        sheet.write_number(row, DAYS, line.days)
        sheet.write_number(row, AMOUNT, line.amount, money)
        sheet.write_number(row, LEFT, line.open, money)

    @api.model
    def _write_movement(self, sheet, row, line, money):
        column = DAYS if line.amount > 0 else AMOUNT
        sheet.write_number(row, column, abs(line.amount), money)
        sheet.write_number(row, LEFT, line.balance, money)

    # ----------------------------------------------------------------------- summary

    @api.model
    def _write_summary(self, sheet, parts, firsts, kind, styles, rows):
        """One row for each customer and currency; formulas over the other sheet."""
        labels = self._get_summary_labels(parts[0][0].company_id, kind)
        formulas = (
            self._get_movement_formulas
            if kind == ACTIVITY
            else self._get_aging_formulas
        )
        self._begin_sheet(sheet, labels, len(parts), styles, 1)
        currencies = self.env["res.currency"]
        for row, (account, statement, section) in enumerate(parts, start=1):
            first = firsts[row - 1]
            sheet.write_string(row, 0, account.partner_id.display_name or "")
            sheet.write_string(row, 1, currencies.browse(section.currency_id).name)
            sheet.write_day(row, 2, statement.date, styles["date"])
            column = 3
            if kind == ACTIVITY:
                sheet.write_day(row, 3, statement.date_from, styles["date"])
                sheet.write_number(row, 4, section.opening, styles["money"])
                column = 5
            last = first + len(section.lines) - 1
            cells = self._get_cells(rows, first, max(last, first))
            values = formulas(account.company_id, section, cells, row)
            for shift, (formula, value) in enumerate(values):
                style = styles["bold" if shift == len(values) - 1 else "money"]
                sheet.write_formula(row, column + shift, formula, style, value)

    @api.model
    def _get_summary_labels(self, company, kind):
        labels = [
            self.env._("Customer"),
            self.env._("Currency"),
            self.env._("As At"),
        ]
        if kind == ACTIVITY:
            return labels + [
                self.env._("From"),
                self.env._("Opening"),
                self.env._("Debit"),
                self.env._("Credit"),
                self.env._("Balance"),
            ]
        words = self.env["arm.statement.format"]
        return [*labels, *words._get_aging_labels(company), self.env._("Open")]

    @api.model
    def _get_cells(self, sheet, first, last):
        """The cells of a customer's rows by column."""
        return {
            column: f"'{sheet}'!{xl_range(first, column, last, column)}"
            for column in (DAYS, AMOUNT, LEFT)
        }

    @api.model
    def _get_aging_formulas(self, company, section, cells, row):
        days, left = cells[DAYS], cells[LEFT]
        limits = company._get_aging_limits()
        formulas = [f'=SUMIFS({left},{left},">0",{days},"<=0")']
        for low, high in zip([0, *limits], [*limits, None], strict=True):
            until = f',{days},"<={high}"' if high else ""
            formulas.append(f'=SUMIFS({left},{left},">0",{days},">{low}"{until})')
        formulas.append(f'=SUMIFS({left},{left},"<0")')
        first, last = xl_rowcol_to_cell(row, 3), xl_rowcol_to_cell(row, 9)
        formulas.append(f"=SUM({first}:{last})")
        return list(zip(formulas, [*section.aging, section.total], strict=True))

    @api.model
    def _get_movement_formulas(self, _company, section, cells, row):
        opening, debit, credit = (xl_rowcol_to_cell(row, n) for n in (4, 5, 6))
        if not section.lines:
            return [("=0", 0), ("=0", 0), (f"={opening}", section.total)]
        return [
            (f"=SUM({cells[DAYS]})", section.debits),
            (f"=SUM({cells[AMOUNT]})", -section.credits),
            (f"={opening}+{debit}-{credit}", section.total),
        ]

"""Files in the layout that an insurer asks for: cells, CSV lines, no database."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import check_choice, round_money

DATE_FORMATS = {
    "iso": "%Y-%m-%d",
    "compact": "%Y%m%d",
    "dot": "%d.%m.%Y",
    "slash": "%d/%m/%Y",
    "us": "%m/%d/%Y",
}
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|"}
DECIMAL_MARKS = {"point": ".", "comma": ","}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the insurer wants cells to be written."""

    dates: str = "iso"
    mark: str = "point"
    delimiter: str = "semicolon"
    encoding: str = "utf-8"
    has_header: bool = True
    decimals: int = 2

    def __post_init__(self):
        check_choice(self.dates, "The date format", DATE_FORMATS)
        check_choice(self.mark, "The decimal mark", DECIMAL_MARKS)
        check_choice(self.delimiter, "The delimiter", DELIMITERS)
        check_choice(self.encoding, "The encoding", ENCODINGS)


def cell(value, form):
    """Return a value as the text of a cell.

    :param value: text, date, Decimal, int, bool or None
    :param form: Format
    A text that a spreadsheet would take for a formula gets an apostrophe, so that
    a buyer's name cannot do anything on the insurer's desk.
    """
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        text = f"{round_money(value, form.decimals):.{form.decimals}f}"
        return text.replace(".", DECIMAL_MARKS[form.mark])
    if isinstance(value, date):
        return value.strftime(DATE_FORMATS[form.dates])
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


def write_csv(headings, rows, form):
    """Return a CSV file as bytes.

    :param headings: texts of the columns
    :param rows: iterables of values, one for each column
    :param form: Format
    Signs that the encoding does not know become question marks.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=DELIMITERS[form.delimiter])
    if form.has_header:
        writer.writerow(headings)
    writer.writerows([cell(value, form) for value in row] for row in rows)
    return stream.getvalue().encode(form.encoding, errors="replace")

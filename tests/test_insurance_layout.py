"""Files for insurers: cells, decimal marks, dates, and what is dangerous in them."""

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_insurance.tools.layout import Format, cell, write_csv


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (Decimal("1234.5"), {}, "1234.50"),
        (Decimal("1234.5"), {"mark": "comma"}, "1234,50"),
        (Decimal("-0.005"), {}, "-0.01"),
        (Decimal("1234.5"), {"decimals": 0}, "1235"),
        (date(2026, 3, 6), {}, "2026-03-06"),
        (date(2026, 3, 6), {"dates": "dot"}, "06.03.2026"),
        (date(2026, 3, 6), {"dates": "compact"}, "20260306"),
        (date(2026, 3, 6), {"dates": "us"}, "03/06/2026"),
        (None, {}, ""),
        (False, {}, ""),
        (True, {}, "1"),
        (7, {}, "7"),
        ("Müller & Co", {}, "Müller & Co"),
        ("=HYPERLINK(1)", {}, "'=HYPERLINK(1)"),
        ("@sum", {}, "'@sum"),
    ],
)
def test_cells(value, form, text):
    assert cell(value, Format(**form)) == text


def test_csv():
    rows = [("A;B", Decimal(1)), ('say "x"', None)]
    form = Format(mark="comma")
    assert write_csv(("Who", "What"), rows, form) == (
        b'Who;What\r\n"A;B";1,00\r\n"say ""x""";\r\n'
    )
    bare = Format(has_header=False, delimiter="tab")
    assert write_csv(("Who",), [("A",)], bare) == b"A\r\n"


def test_encodings():
    text = [("Łódź €",)]
    assert write_csv((), text, Format(has_header=False, encoding="cp1252")) == (
        b"?\xf3d? \x80\r\n"
    )
    marked = write_csv((), text, Format(has_header=False, encoding="utf-8-sig"))
    assert marked.startswith(b"\xef\xbb\xbf")


def test_unknown_formats_are_refused():
    for name in ("dates", "mark", "delimiter", "encoding"):
        with pytest.raises(ValueError):
            Format(**{name: "other"})

"""Limitation periods and the file for the lawyer: pure functions."""

import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from golden import tools  # noqa: F401  (makes the add-ons' tools importable)

from odoo.addons.arm_dunning.tools.dossier import Part, arrange, pack, safe_name
from odoo.addons.arm_dunning.tools.limitation import Period, limitation_date, warning

GERMANY, POLAND, FRANCE = Period(3, True), Period(2, True), Period(5)
FOLDERS = {"statement": "1 Statement", "invoice": "2 Invoices"}
DAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("due", "period", "last"),
    [
        (date(2023, 1, 2), GERMANY, date(2026, 12, 31)),
        (date(2023, 12, 31), GERMANY, date(2026, 12, 31)),
        (date(2024, 1, 1), GERMANY, date(2027, 12, 31)),
        (date(2024, 5, 10), POLAND, date(2026, 12, 31)),
        (date(2021, 3, 15), FRANCE, date(2026, 3, 15)),
        (date(2024, 2, 29), FRANCE, date(2029, 2, 28)),
        (date(2024, 2, 29), Period(4), date(2028, 2, 29)),
    ],
)
def test_last_day(due, period, last):
    assert limitation_date(due, period) == last


@pytest.mark.parametrize(
    ("last", "level"),
    [
        (None, "open"),
        (date(2026, 9, 13), "open"),  # 181 days
        (date(2026, 9, 12), "soon"),
        (date(2026, 5, 16), "soon"),  # 61 days
        (date(2026, 5, 15), "urgent"),
        (DAY, "urgent"),  # it can be enforced today
        (date(2026, 3, 15), "over"),
    ],
)
def test_warning(last, level):
    assert warning(DAY, last) == level


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("INV/2026/0001.pdf", "INV-2026-0001.pdf"),
        ("../../etc/passwd", "-.-etc-passwd"),
        ('a:b*c?"d<e>f|g.pdf', "a-b-c-d-e-f-g.pdf"),
        (".pdf", "document.pdf"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 97 + ".pdf"),
        ("Rechnung Müller & Söhne.pdf", "Rechnung Müller & Söhne.pdf"),
    ],
)
def test_file_names(name, safe):
    assert safe_name(name) == safe


def test_order_and_names_that_differ():
    parts = arrange(
        [
            Part("invoice", "B.pdf", b"2", "second", date(2026, 2, 1)),
            Part("invoice", "a.pdf", b"1", "first", date(2026, 1, 1)),
            Part("invoice", "A.pdf", b"3", "same name", date(2026, 3, 1)),
            Part("invoice", "gone.pdf", None, "missing", date(2026, 2, 2)),
            Part("statement", "s.xlsx", b"0", "statement"),
        ],
        FOLDERS,
    )
    assert [part.name for part in parts] == [
        "1 Statement/s.xlsx",
        "2 Invoices/a.pdf",
        "2 Invoices/B.pdf",
        "",
        "2 Invoices/A (2).pdf",
    ]


def test_packed_twice_it_is_the_same_file():
    parts = arrange([Part("invoice", "a.pdf", b"x" * 999, "one")], FOLDERS)
    content = pack(parts, DAY)
    assert content == pack(parts, DAY)
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.read("2 Invoices/a.pdf") == b"x" * 999

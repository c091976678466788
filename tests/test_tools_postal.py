"""Postal addresses: complete for their country, and tidied up."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import golden  # noqa: F401 - makes the tools importable without Odoo

from odoo.addons.arm_receivables.tools import postal

GOOD = postal.Address("Kaistr. 5", "", "20457", "Hamburg", "", "DE")


@pytest.mark.parametrize(
    ("country", "written", "tidy"),
    [
        ("DE", " 20457 ", "20457"),
        ("DE", "D-20457", "D-20457"),
        ("NL", "1012lg", "1012 LG"),
        ("PL", "00838", "00-838"),
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "m1 1ae", "M1 1AE"),
        ("SE", "11455", "114 55"),
        ("PT", "1000001", "1000-001"),
        ("LV", "1010", "LV-1010"),
        ("LT", "lt01100", "LT-01100"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("US", "10001-1234", "10001-1234"),
        ("MT", "vlt1117", "VLT 1117"),
        ("AE", "any thing", "ANY THING"),
        ("DE", "", ""),
    ],
)
def test_postal_codes(country, written, tidy):
    address = postal.Address(zip=written, country=country)
    assert postal.normalised_zip(address) == tidy
    again = replace(address, zip=tidy)
    assert postal.normalised_zip(again) == tidy


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ()),
        ({"street": ""}, ("street",)),
        ({"city": ""}, ("city",)),
        ({"zip": ""}, ("zip",)),
        ({"zip": "2045"}, ("zip_form",)),
        ({"country": ""}, ("country",)),
        ({"country": "US"}, ("state",)),
        ({"country": "US", "state": "NY"}, ()),
        ({"country": "AE", "zip": ""}, ()),
        ({"country": "IE", "zip": ""}, ()),
        ({"street": "Kai\x00str."}, ("characters",)),
        ({"street": "KÃ¤istr."}, ("characters",)),
        ({"street2": "x" * 129}, ("length",)),
        ({"street": "", "city": "", "zip": ""}, ("street", "city", "zip")),
    ],
)
def test_missing_parts(change, missing):
    assert postal.missing_parts(replace(GOOD, **change)) == missing


def test_nothing_known():
    assert postal.missing_parts(postal.Address()) == ("street", "city", "country")


def test_normalised_is_stable():
    loose = postal.Address("  Kai  str. 5 ", "", "1012lg", " Amsterdam", "", "NL")
    tidy = postal.normalised(loose)
    assert tidy == postal.Address("Kai str. 5", "", "1012 LG", "Amsterdam", "", "NL")
    assert postal.normalised(tidy) == tidy and not postal.missing_parts(tidy)

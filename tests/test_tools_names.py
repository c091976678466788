"""Ranges of first letters: how names are filed, and which range takes them in."""

import pytest

from odoo.addons.arm_receivables.tools.names import fold, in_range

FILED = {
    "Äpfel & Söhne": "APFEL & SOHNE",
    "  „Zum Löwen“ OHG": "ZUM LOWEN“ OHG",
    "(alt) Straße": "ALT) STRASSE",
    "Ødegård": "ODEGARD",
    "Łódź": "LODZ",
    "Þór": "THOR",
    "ŒUVRE": "OEUVRE",
    "3M": "3M",
    "Ελλάδα": "ΕΛΛΑΔΑ",
    "Дом": "ДОМ",
    "e\u0301clair": "ECLAIR",
    "": "",
    "...": "",
}


@pytest.mark.parametrize("name", FILED)
def test_fold(name):
    """A name is filed in capitals, without accents, from its first letter."""
    assert fold(name) == FILED[name]
    assert fold(FILED[name]) == FILED[name]


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"),
    [
        ("Äpfel", "A", "K", True),
        ("Kunz", "A", "K", True),
        ("Kramer", "A", "Kl", False),
        ("Klein", "A", "Kl", True),
        ("Lang", "A", "K", False),
        ("3M", "A", "K", False),
        ("3M", "", "K", True),
        ("3M", "0", "9", True),
        ("zebra", "x", "", True),
        ("Müller", "ö", "z", False),
        ("Özil", "ö", "z", True),
        ("Anything", "", "", True),
        ("", "A", "Z", False),
    ],
)
def test_in_range(name, first, last, expected):
    """Both ends are included, with everything that begins with them."""
    assert in_range(name, first, last) is expected

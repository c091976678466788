"""Ranges of first letters, as in "customers A to K", with accents folded."""

from unicodedata import normalize

# Letters that no decomposition turns into plain ones, and how they are filed.
SPECIAL_LETTERS = {
    "ß": "ss",
    "ẞ": "SS",
    "Æ": "AE",
    "æ": "ae",
    "Œ": "OE",
    "œ": "oe",
    "Þ": "TH",
    "þ": "th",
    "Ø": "O",
    "ø": "o",
    "Ł": "L",
    "ł": "l",
    "Đ": "D",
    "đ": "d",
    "Ð": "D",
    "ð": "d",
    "ı": "i",
}
# Combining accents, which a decomposition leaves behind their letter.
ACCENTS = ("\u0300", "\u036f")
# What may stand before the first letter of a name and does not count.
LEADING = " \t\n\u00a0\"'`´„“”‚‘’«»‹›()[]{}<>*-–—_./\\#&+!?¡¿§@,;:|~^=%"


def fold(name: str) -> str:
    """Return a name as it is filed: capitals without accents, from its first letter.

    ``fold("  „Äpfel & Söhne“")`` is ``"APFEL & SOHNE“"``. The order of folded names
    is the order of their code points: figures, then Latin, Greek, Cyrillic letters.
    """
    plain = name.lstrip(LEADING).translate(str.maketrans(SPECIAL_LETTERS))
    first, last = ACCENTS
    letters = (c for c in normalize("NFD", plain) if not first <= c <= last)
    return "".join(letters).upper()


def in_range(name: str, first: str = "", last: str = "") -> bool:
    """Return whether a name begins with something from ``first`` to ``last``.

    Both ends are included with everything that begins with them: "A" to "K" takes
    "Kramer" in, "A" to "Kl" does not. An end that is empty is open.
    """
    filed, first, last = fold(name), fold(first), fold(last)
    return filed >= first and (not last or filed[: len(last)] <= last)

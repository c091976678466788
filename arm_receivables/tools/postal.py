"""Postal addresses: what each country needs, and how its postal codes are written.

Source of the forms: the Universal Postal Union's addressing sheets, as far as they can
be told from the address itself. An unknown country needs street and city only.
"""

import re
from dataclasses import dataclass, fields, replace

LONGEST = 128
"""Longer lines are refused by e-invoice networks and do not fit a window envelope."""

# Letters of no address: control characters, and what text without an encoding leaves.
STRANGE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd]|Ã[\x80-\xbf¤¶¼Ÿ]")
DIGITS_4 = r"\d{4}"
DIGITS_5 = r"\d{5}"
DIGITS_6 = r"\d{6}"
GAP_5 = r"\d{3} \d{2}"
BRITISH = r"(GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})"

ZIP_FORMS = {
    **dict.fromkeys(("AT", "BE", "BG", "CH", "CY", "DK", "HU", "LI", "LU"), DIGITS_4),
    **dict.fromkeys(("AU", "NO", "SI"), DIGITS_4),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "HR", "IT", "MC", "SM"), DIGITS_5),
    **dict.fromkeys(("RO", "IN", "CN", "SG"), DIGITS_6),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), GAP_5),
    "CA": r"[A-Z]\d[A-Z] \d[A-Z]\d",
    "GB": BRITISH,
    "LT": r"LT-\d{5}",
    "LV": r"LV-\d{4}",
    "MT": r"[A-Z]{3} \d{4}",
    "NL": r"\d{4} [A-Z]{2}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "US": r"\d{5}(-\d{4})?",
}
# How the figures of a code without its separators are split.
SEPARATORS = {
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), (3, " ")),
    "CA": (3, " "),
    "GB": (-3, " "),
    "MT": (3, " "),
    "NL": (4, " "),
    "PL": (2, "-"),
    "PT": (4, "-"),
}
STATE_NEEDED = frozenset({"AU", "BR", "CA", "IN", "MX", "US"})


@dataclass(frozen=True)
class Address:
    """A postal address; ``country`` is the ISO code, ``state`` a code or name."""

    street: str = ""
    street2: str = ""
    zip: str = ""
    city: str = ""
    state: str = ""
    country: str = ""


def missing_parts(address: Address) -> tuple[str, ...]:
    """What an address lacks for its country, as codes; empty when it is complete.

    ``street``, ``zip``, ``zip_form`` (not written as its country does), ``city``,
    ``state``, ``country``, ``characters`` (control or damaged ones), ``length``.
    """
    found = [
        part for part in ("street", "city", "country") if not getattr(address, part)
    ]
    found += _missing_zip(address)
    if address.country in STATE_NEEDED and not address.state:
        found.append("state")
    lines = [getattr(address, field.name) for field in fields(address)]
    return (*found, *strange_text(*lines))


def _missing_zip(address):
    form = ZIP_FORMS.get(address.country)
    if not form:
        return []
    if not address.zip:
        return ["zip"]
    return [] if re.fullmatch(form, normalised_zip(address)) else ["zip_form"]


def strange_text(*lines: str) -> tuple[str, ...]:
    """``characters`` and ``length``, as far as they hold for any of these lines."""
    found = []
    if any(STRANGE.search(line) for line in lines):
        found.append("characters")
    if any(len(line) > LONGEST for line in lines):
        found.append("length")
    return tuple(found)


def normalised_zip(address: Address) -> str:
    """The postal code as its country writes it; unchanged where it cannot be told."""
    code = " ".join(address.zip.upper().split())
    form = ZIP_FORMS.get(address.country)
    if not form or re.fullmatch(form, code):
        return code
    bare = re.sub(r"[\s.-]", "", code).removeprefix(f"{address.country}")
    if address.country in ("LT", "LV"):
        bare = f"{address.country}-{bare}"
    elif address.country in SEPARATORS:
        place, mark = SEPARATORS[address.country]
        bare = bare[:place] + mark + bare[place:]
    return bare if re.fullmatch(form, bare) else code


def normalised(address: Address) -> Address:
    """An address without needless blanks, its postal code as the country writes it."""
    plain = {
        field.name: " ".join(getattr(address, field.name).split())
        for field in fields(address)
    }
    tidy = Address(**plain)
    return replace(tidy, zip=normalised_zip(tidy))

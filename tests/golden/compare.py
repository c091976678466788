"""Compare a computed result with the expected one of a case.

Expected amounts, rates and ratios are texts: the computed number is rounded half away
from zero to the places of the case and compared as text. A case without places says
them by the text itself. null is None; days, yes and no are compared as they are.

A key that the case does not name is a difference too, unless it says nothing (zero,
null, false, empty: an empty aging bucket) or the formula gives it as an extra.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from odoo.addons.arm_receivables.tools.money import format_decimal

_NUMBER = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
_COMPUTED = int | Decimal | Fraction


class _Absent:
    def __repr__(self):
        return "nothing"


ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """One place where the result differs from what was expected."""

    what: str
    expected: str
    got: str

    def __str__(self):
        return f"{self.what} expected {self.expected} got {self.got}"


def differences(
    expected: Any,
    got: Any,
    places: int | None = None,
    extras: Collection[str] = (),
    what: str = "",
) -> Iterator[Difference]:
    """Yield every difference between an expected structure and a computed one.

    :param expected: structure read from JSON (numbers as Decimal, never float)
    :param got: computed structure: dicts, lists, Decimal, date, text, bool, int, None
    :param places: decimals to round computed numbers to; None: as in expected text
    :param extras: keys that the result may have although the case does not name them
    :param what: path of the compared value, for the message
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        yield from _mappings(expected, got, places, extras, what)
    elif isinstance(expected, list) and _is_sequence(got):
        yield from _lists(expected, got, places, extras, what)
    elif not _same(expected, got, places):
        shown = _text(got, _places_for(expected, places))
        yield Difference(what or "result", _text(expected, None), shown)


def _mappings(
    expected: Mapping,
    got: Mapping,
    places: int | None,
    extras: Collection[str],
    what: str,
) -> Iterator[Difference]:
    for key, value in expected.items():
        path = f"{what}.{key}" if what else str(key)
        yield from differences(value, got.get(key, ABSENT), places, extras, path)
    for key in got.keys() - expected.keys() - set(extras):
        if not _says_nothing(got[key]):
            path = f"{what}.{key}" if what else str(key)
            yield Difference(path, repr(ABSENT), _text(got[key], places))


def _lists(
    expected: Sequence,
    got: Sequence,
    places: int | None,
    extras: Collection[str],
    what: str,
) -> Iterator[Difference]:
    if len(expected) != len(got):
        yield Difference(f"length of {what}", str(len(expected)), str(len(got)))
    for index, pair in enumerate(zip(expected, got, strict=False)):
        yield from differences(*pair, places, extras, f"{what}[{index}]")


def _same(expected: Any, got: Any, places: int | None) -> bool:
    if expected is None or got is None or got is ABSENT:
        return expected is got
    if isinstance(expected, bool) or isinstance(got, bool):
        return isinstance(expected, bool) and expected is got
    if isinstance(expected, str):
        return not _is_container(got) and expected == _plain(
            got, _places_for(expected, places)
        )
    if isinstance(expected, int | Decimal) and isinstance(got, _COMPUTED):
        return Fraction(expected) == Fraction(got)
    return False


def _places_for(expected: Any, places: int | None) -> int | None:
    if places is not None or not isinstance(expected, str):
        return places
    match = _NUMBER.fullmatch(expected)
    return len(match.group(1) or "") if match else None


def _plain(value: Any, places: int | None) -> str:
    if isinstance(value, _COMPUTED) and not isinstance(value, bool):
        return str(value) if places is None else format_decimal(value, places)
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(value: Any, places: int | None) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        inner = (f"{key}: {_text(part, places)}" for key, part in value.items())
        return "{" + ", ".join(inner) + "}"
    if _is_sequence(value):
        return "[" + ", ".join(_text(part, places) for part in value) + "]"
    return _plain(value, places)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping) or _is_sequence(value)


def _says_nothing(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_says_nothing(part) for part in value.values())
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return not Decimal(value)
    return not value

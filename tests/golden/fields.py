"""Read the fields of a case: texts become Decimals and dates, never floats."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from odoo.addons.arm_receivables.tools.money import ZERO, parse_decimal


def number(fields: Mapping, key: str) -> Decimal:
    """Return a required number.

    :raise ValueError: if it is absent, null or not a plain decimal number
    """
    if fields.get(key) is None:
        raise ValueError(f"The field {key} is needed.")
    return parse_decimal(fields[key])


def number_or_none(fields: Mapping, key: str) -> Decimal | None:
    """Return a number, or None if it is absent or null."""
    return None if fields.get(key) is None else parse_decimal(fields[key])


def number_or_zero(fields: Mapping, key: str) -> Decimal:
    """Return a number, or zero if it is absent or null (costs, grace, tolerance)."""
    return number_or_none(fields, key) or ZERO


def whole(fields: Mapping, key: str, default: int | None = None) -> int:
    """Return a whole number; the default if it is absent or null.

    :raise ValueError: if there is neither, or if it has a fraction
    """
    if fields.get(key) is None and default is not None:
        return default
    value = number(fields, key)
    if value != value.to_integral_value():
        raise ValueError(f"The field {key} must be a whole number.")
    return int(value)


def day(fields: Mapping, key: str) -> date:
    """Return a required day.

    :raise ValueError: if it is absent, null or not written as YYYY-MM-DD
    """
    if not isinstance(fields.get(key), str):
        raise ValueError(f"The field {key} must be a day.")
    return date.fromisoformat(fields[key])


def day_or_none(fields: Mapping, key: str) -> date | None:
    """Return a day, or None if it is absent or null."""
    return None if fields.get(key) is None else day(fields, key)


def rows(fields: Mapping, key: str) -> list[Any]:
    """Return a list; empty if it is absent or null.

    :raise ValueError: if it is something else
    """
    value = fields.get(key)
    if value is not None and not isinstance(value, list):
        raise ValueError(f"The field {key} must be a list.")
    return value or []

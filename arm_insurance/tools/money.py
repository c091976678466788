"""Exact money: decimals only, full precision inside, rounding at the outputs."""

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

# 40 digits: quotients such as net/gross stay exact far below a cent, whatever
# decimal context the caller has set.
_CONTEXT = Context(prec=40, rounding=ROUND_HALF_UP)

_NOISE = Decimal("1e-18")
_UNITS = {places: ONE.scaleb(-places) for places in range(5)}

# Differences below this are noise of such quotients, never money.
DUST = Decimal("1e-15")


def exact(function):
    """Run ``function`` in the package's own decimal context.

    :param function: any callable
    :return: the wrapped callable; the caller's context is left as it was
    Source: section 4, "Money: decimal; keep full precision inside".
    """

    @wraps(function)
    def wrapper(*args, **kwargs):
        with localcontext(_CONTEXT):
            return function(*args, **kwargs)

    return wrapper


def snap(amount):
    """Remove the noise of quotients, far below a cent: 999.99...9 becomes 1000.

    :param amount: Decimal
    :return: Decimal, to be used where an amount meets a bound
    """
    return amount.quantize(_NOISE, context=_CONTEXT)


def round_money(amount, places=2):
    """Round half up (away from zero) to the decimals of the currency.

    :param amount: Decimal
    :param places: decimals of the currency (2 for EUR, 0 for JPY)
    :return: Decimal with exactly ``places`` decimals, never a negative zero
    Source: section 4, "round half up to the currency at the outputs named".
    """
    unit = _UNITS.get(places) or ONE.scaleb(-places)
    if not amount:
        return unit - unit
    # Half a cent may have become 0.00499...9 on the way: snap first.
    rounded = amount.quantize(_NOISE, None, _CONTEXT).quantize(unit, None, _CONTEXT)
    return rounded or unit - unit


def percent_of(amount, pct):
    """Return ``pct`` percent of ``amount``, unrounded.

    :param amount: Decimal, in any currency
    :param pct: Decimal, in percent (90 for 90 %)
    """
    return amount * pct / HUNDRED


def check_amount(value, label, minimum=None, maximum=None):
    """Return ``value`` as a Decimal that lies between two bounds.

    :param value: Decimal or int; floats and texts are refused
    :param label: name used in the message
    :param minimum: lowest value allowed, or None
    :param maximum: highest value allowed, or None
    :raise ValueError: not an exact finite number, or outside the bounds
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise ValueError(f"{label} must be a Decimal, not {value!r}.")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{label} must be a finite number, not {value}.")
    if minimum is not None and number < minimum:
        raise ValueError(f"{label} must be at least {minimum}, not {number}.")
    if maximum is not None and number > maximum:
        raise ValueError(f"{label} must be at most {maximum}, not {number}.")
    return number


def check_percent(value, label):
    """Return ``value`` as a Decimal between 0 and 100.

    :raise ValueError: no exact number, or outside 0 to 100
    """
    return check_amount(value, label, ZERO, HUNDRED)


def check_count(value, label):
    """Return ``value`` if it is a whole number from zero up (days, months).

    :raise ValueError: not an int, or negative
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{label} must be a whole number from 0 up, not {value!r}.")
    return value


def check_choice(value, label, allowed):
    """Return ``value`` if it is one of ``allowed``.

    :raise ValueError: any other value
    """
    if value not in allowed:
        names = ", ".join(sorted(map(str, allowed)))
        raise ValueError(f"{label} must be one of {names}, not {value!r}.")
    return value


def set_checked(record, **values):
    """Write checked values back into a frozen dataclass (``__post_init__`` only)."""
    for name, value in values.items():
        object.__setattr__(record, name, value)

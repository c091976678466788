"""Collection costs by a legal scale.

The Netherlands: Besluit vergoeding voor buitengerechtelijke incassokosten of 27 March
2012 (Stb. 2012, 141), article 2.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from odoo.addons.arm_receivables.tools.money import ZERO, to_decimal


@dataclass(frozen=True)
class CostScale:
    """Marginal percentages by slice, with a minimum and a maximum.

    ``slices`` holds (width of the slice, percent); width None for all above.
    """

    slices: tuple[tuple[Decimal | None, Decimal], ...]
    minimum: Decimal
    maximum: Decimal


NL_SCALE = CostScale(
    slices=(
        (Decimal(2500), Decimal(15)),
        (Decimal(2500), Decimal(10)),
        (Decimal(5000), Decimal(5)),
        (Decimal(190000), Decimal(1)),
        (None, Decimal("0.5")),
    ),
    minimum=Decimal(40),
    maximum=Decimal(6775),
)


def collection_costs(
    principal: Decimal, vat_percent: Decimal | None = None, scale: CostScale = NL_SCALE
) -> Decimal:
    """Return the costs that a legal scale allows on a principal, unrounded.

    :param principal: amount of the claim without interest; nothing owed costs nothing
    :param vat_percent: VAT on top in percent, only if the creditor cannot deduct it
    :param scale: slices, minimum and maximum; the limits hold before VAT
    :raise ValueError: if the VAT percentage is negative
    """
    if vat_percent is not None and vat_percent < 0:
        raise ValueError("A VAT percentage cannot be negative.")
    if principal <= 0:
        return ZERO
    costs = min(max(_by_slices(principal, scale), scale.minimum), scale.maximum)
    return to_decimal(Fraction(costs) * (100 + Fraction(vat_percent or 0)) / 100)


def _by_slices(principal: Decimal, scale: CostScale) -> Decimal:
    costs, left = ZERO, principal
    for width, percent in scale.slices:
        part = left if width is None else min(left, width)
        costs += part * percent / 100
        left -= part
    return costs

"""All tools of the suite for tests, with or without Odoo in the process."""

from odoo.addons.arm_dunning.tools import (
    collection_costs,
    compensation,
    interest,
    rates,
)
from odoo.addons.arm_insurance.tools import exposure_basics
from odoo.addons.arm_receivables.tools import (
    aging,
    allocation,
    behaviour,
    dso,
    forecast,
    hold,
    money,
    payment_plan,
    promise,
    provision,
    reliability,
    statement,
    value,
)

__all__ = [
    "aging",
    "allocation",
    "behaviour",
    "collection_costs",
    "compensation",
    "dso",
    "exposure_basics",
    "forecast",
    "hold",
    "interest",
    "money",
    "payment_plan",
    "promise",
    "provision",
    "rates",
    "reliability",
    "statement",
    "value",
]

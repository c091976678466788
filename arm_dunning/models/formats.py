from functools import cache

from odoo.tools import format_amount, format_date


class Formats:
    """Dates and amounts as people of one language read them; each is worked out once.

    The due dates of a batch are few, and looking the language up is most of the work.
    """

    def __init__(self, env):
        self.date = cache(lambda value: format_date(env, value))
        self.amount = cache(lambda value, currency: format_amount(env, value, currency))

from decimal import Decimal
from functools import cache

from num2words import num2words

from odoo.tools import format_amount, format_date
from odoo.tools.misc import get_lang

NO_BREAK = "\N{NO-BREAK SPACE}"
BY_THOUSANDS = "[3,0]"


class Formats:
    """Dates and amounts as people of one language read them; each is worked out once.

    The due dates of a batch are few, and looking the language up is most of the work.
    Amounts are many: where figures are grouped by thousands, as almost everywhere,
    Python groups them, with the separators of the language.
    """

    def __init__(self, env):
        self.env = env
        self.date = cache(lambda value: format_date(env, value))
        self._frame = cache(self._get_frame)
        data = env["res.lang"]._get_data(id=get_lang(env).id)
        self._plain = data.grouping.replace(" ", "") == BY_THOUSANDS
        separators = {",": data.thousands_sep or "", ".": data.decimal_point}
        self._separators = str.maketrans(
            {k: v.replace(" ", NO_BREAK) for k, v in separators.items()}
        )

    def _get_frame(self, currency):
        """The decimal places of a currency, and what stands before and after."""
        symbol = currency.symbol or ""
        before = f"{symbol}{NO_BREAK}" if currency.position == "before" else ""
        after = "" if before else f"{NO_BREAK}{symbol}"
        return currency.decimal_places, before, after

    def percent(self, value):
        """A rate with two decimal places, more only where there are more."""
        text = f"{value:,.4f}"
        return f"{text[:-2] if text.endswith('00') else text}".translate(
            self._separators
        )

    def amount(self, value, currency):
        """An amount as core writes it; the same text as ``format_amount``."""
        if not self._plain or value < 0:
            return format_amount(self.env, value, currency)
        places, before, after = self._frame(currency)
        figures = f"{currency.round(value):,.{places}f}".translate(self._separators)
        return f"{before}{figures}{after}"


def amount_in_words(env, value, currency):
    """An amount written out in the language of the environment.

    With units and subunits in their cases where num2words knows the currency in that
    language; else as core writes it.

    :param value: amount in the currency
    """
    text = f"{value:.{currency.decimal_places}f}"
    try:
        return num2words(
            Decimal(text),
            lang=get_lang(env).code,
            to="currency",
            currency=currency.name,
        )
    except (NotImplementedError, KeyError, ValueError):
        return currency.with_env(env).amount_to_text(float(text))

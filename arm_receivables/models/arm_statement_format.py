from functools import cache

from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import get_lang
from odoo.tools.translate import LazyTranslate

from ..tools.aging import bucket_labels
from ..tools.statement_sheet import ACTIVITY

_lt = LazyTranslate(__name__)

KIND_LABELS = {
    "invoice": _lt("Invoice"),
    "refund": _lt("Credit note"),
    "payment": _lt("Payment"),
    "entry": _lt("Entry"),
    "settled": _lt("Settled with"),
}
TITLES = {
    "open": _lt("Statement of account: open items"),
    "activity": _lt("Statement of account: activity"),
}
NOT_DUE, CREDITS = _lt("Not due"), _lt("Credits")
BUCKET = _lt("%(days)s days late")
EXTENDED = _lt("extended to %(date)s")
DISCOUNT = _lt("%(amount)s if paid by %(date)s")


class StatementFormats:
    """Dates and numbers as people of one language read them; each is worked out once.

    Core's formatting looks the language up for every number, which would be most of
    the time that a statement takes.
    """

    def __init__(self, env):
        lang = get_lang(env)
        self._lang, self._plain = lang, lang.grouping == "[3,0]"
        self._marks = str.maketrans(
            {",": lang.thousands_sep or "", ".": lang.decimal_point}
        )
        self.date = cache(lambda day: format_date(env, day) if day else "")
        self.number = cache(self._number)

    def _number(self, value, places):
        """A number in the way of the language, without a currency."""
        if self._plain:
            return f"{value:,.{places}f}".translate(self._marks)
        return self._lang.format(f"%.{places}f", value, grouping=True)


class ArmStatementFormat(models.AbstractModel):
    """Words and formats of statements, in the language of the context."""

    _name = "arm.statement.format"
    _description = "Words on Statements of Account"

    @api.model
    def _say(self, text, **values):
        """One of the constants above in the language of the reader."""
        said = text._translate(self.env.lang or "en_US")
        return said % values if values else said

    @api.model
    def _describe(self, line, kinds, places=2):
        """Document and reference of a row, as the customer knows them.

        :param kinds: the labels of :meth:`_get_kind_labels`
        :param places: decimals of its currency
        """
        if line.kind == "payment":
            return kinds["payment"], line.reference or line.document
        if line.kind == "settled":
            return kinds["settled"], line.document
        label = "" if line.kind == "invoice" else kinds[line.kind]
        words = [line.reference or label]
        if line.discount_until:
            words.insert(0, self._get_discount(line, places))
        if line.extended:
            day = format_date(self.env, line.extended)
            words.append(self._say(EXTENDED, date=day))
        return line.document, ", ".join(filter(None, words))

    @api.model
    def _get_discount(self, line, places):
        """What is enough to pay, and until when."""
        formats = self._get_formats()
        amount = formats.number(line.discounted, places)
        return self._say(
            DISCOUNT, amount=amount, date=formats.date(line.discount_until)
        )

    @api.model
    def _get_formats(self):
        return StatementFormats(self.env)

    @api.model
    def _get_kind_labels(self):
        return {kind: self._say(label) for kind, label in KIND_LABELS.items()}

    @api.model
    def _get_aging_labels(self, company):
        """What is not due, the overdue buckets by their days, and the credits."""
        days = bucket_labels(company._get_aging_limits(), first="")
        days[0] = days[0].replace("0-", "1-", 1)
        buckets = [self._say(BUCKET, days=label) for label in days]
        return [self._say(NOT_DUE), *buckets, self._say(CREDITS)]

    @api.model
    def _get_title(self, kind):
        return self._say(TITLES[kind])

    @api.model
    def _get_period(self, statement):
        """The day of open items, or the period of the movements."""
        date = self._get_formats().date
        if statement.kind == ACTIVITY:
            return f"{date(statement.date_from)} – {date(statement.date)}"
        return date(statement.date)

"""The single checks of an invoice: what is missing, as short codes.

Each is a function of a document (and of the parameters of a requirement) that returns
a tuple of codes: empty when all is well. What a code means is told by the models.
"""

import re
from functools import lru_cache

from .invoice_facts import Document
from .postal import missing_parts, strange_text

WORD = re.compile(r"\w{2}")
CHECKS = {}


def check(function):
    """Register a check under the name of its function."""
    CHECKS[function.__name__] = function
    return function


@lru_cache(maxsize=512)
def compiled(pattern: str):
    """A regular expression that ignores case; None for an empty one."""
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def _lacks(value, code="missing"):
    return () if value else (code,)


def _tax_id(party, pattern):
    if not party.tax_id:
        return ("missing",)
    if party.tax_id_valid is False:
        return ("form",)
    form = compiled(pattern)
    return () if not form or form.search(party.tax_id) else ("form",)


def _name(party):
    return (*_lacks(WORD.search(party.name)), *strange_text(party.name))


# --------------------------------------------------------------------- the parties


@check
def seller_name(document: Document, _rule):
    return _name(document.seller)


@check
def seller_address(document: Document, _rule):
    return missing_parts(document.seller.address)


@check
def seller_tax_id(document: Document, rule):
    return _tax_id(document.seller, rule.pattern)


@check
def seller_registry(document: Document, rule):
    """The number in the trade register, in its field or in the footer."""
    form = compiled(rule.pattern)
    shown = f"{document.seller.registry}\n{document.text}"
    return _lacks(form.search(shown) if form else document.seller.registry)


@check
def buyer_name(document: Document, rule):
    """Present, readable, and no longer than the network takes (``number``)."""
    found = _name(document.buyer)
    too_long = rule.number and len(document.buyer.name) > rule.number
    return (*found, "length") if too_long and "length" not in found else found


@check
def buyer_address(document: Document, _rule):
    return missing_parts(document.buyer.address)


@check
def buyer_country(document: Document, _rule):
    return _lacks(document.buyer.country, "country")


@check
def buyer_tax_id(document: Document, rule):
    return _tax_id(document.buyer, rule.pattern)


@check
def buyer_tax_id_form(document: Document, rule):
    """Not needed, but if there is one it must be well formed."""
    return _tax_id(document.buyer, rule.pattern) if document.buyer.tax_id else ()


@check
def buyer_tax_id_online(document: Document, _rule):
    """Fails only if a register was asked and does not know the number."""
    return ("unknown",) if document.buyer.tax_id_online is False else ()


@check
def buyer_registry(document: Document, rule):
    form = compiled(rule.pattern)
    number = document.buyer.registry or document.buyer.tax_id
    return _lacks(form.search(number) if form else number)


@check
def buyer_email(document: Document, _rule):
    return _lacks(document.buyer.email)


@check
def endpoint(document: Document, rule):
    """The buyer's address for electronic invoices, in the form of the network."""
    form = compiled(rule.pattern)
    if not document.buyer.endpoint:
        return ("missing",)
    return () if not form or form.search(document.buyer.endpoint) else ("form",)


@check
def buyer_routing(document: Document, rule):
    """The code by which the buyer sorts its invoices, in its field or reference."""
    form = compiled(rule.pattern)
    codes = (document.buyer.routing, document.reference)
    if not any(codes):
        return ("missing",)
    return () if not form or any(form.search(c) for c in codes) else ("form",)


@check
def buyer_reference(document: Document, rule):
    """The buyer's order number: where it asks for one, or always with ``number``."""
    wanted = document.buyer.reference_required or rule.number
    return _lacks(document.reference) if wanted else ()


# -------------------------------------------------------------------- the document


@check
def number(document: Document, _rule):
    return _lacks(document.number.strip("/ "))


@check
def delivery_date(document: Document, _rule):
    return _lacks(document.delivery_date)


@check
def due_date(document: Document, _rule):
    if not document.due_date:
        return ("missing",)
    return ("early",) if document.due_date < document.day else ()


@check
def term_days(document: Document, rule):
    """No longer than the law allows: ``number`` days from the invoice date."""
    if not document.due_date or not rule.number:
        return ()
    return ("long",) if (document.due_date - document.day).days > rule.number else ()


@check
def bank_account(document: Document, _rule):
    return _lacks(document.bank_account)


@check
def origin(document: Document, _rule):
    """A credit note names the invoice that it corrects."""
    return _lacks(document.origin or document.reference)


@check
def local_tax(document: Document, _rule):
    """In a foreign currency, the tax is also shown in the seller's own."""
    return _lacks(document.shows_local_tax)


@check
def wording(document: Document, rule):
    """A text that the law wants, anywhere on the document."""
    form = compiled(rule.pattern)
    shown = "\n".join((document.text, document.note, *_tax_wordings(document)))
    return _lacks(not form or form.search(shown))


@check
def exemption_wording(document: Document, rule):
    """Why no tax is charged: told by each tax of zero per cent, or for all."""
    form = compiled(rule.pattern)
    if document.note.strip() or (form and form.search(document.text)):
        return ()
    silent = [
        line
        for line in document.lines
        if line.is_zero_rated and not any(tax.wording for tax in line.taxes)
    ]
    return _lacks(not silent)


def _tax_wordings(document):
    return {tax.wording for line in document.lines for tax in line.taxes}


# ----------------------------------------------------------------------- the lines


@check
def lines(document: Document, _rule):
    return _lacks(document.lines)


@check
def descriptions(document: Document, _rule):
    return _lacks(all(WORD.search(line.description) for line in document.lines))


@check
def quantities(document: Document, _rule):
    return _lacks(all(line.quantity for line in document.lines))


@check
def unit_prices(document: Document, _rule):
    """Something is charged: not every line is free."""
    return _lacks(any(line.unit_price for line in document.lines))


@check
def tax_rates(document: Document, _rule):
    """Each line names a tax, be it one of zero per cent."""
    return _lacks(all(line.taxes for line in document.lines))

"""How a customer pays: what is written on the transfer, so that it is recognised."""

import re
from decimal import Decimal

REMITTANCE = 140
"""Characters of the text of a SEPA credit transfer (EPC069-12, element 12)."""


def remittance(references, customer="", limit=REMITTANCE):
    """The text of one transfer for several documents.

    All references if they fit; else as many as fit, and how many more there are. The
    customer's own number comes first when something had to be left out, because then
    it is what the payment is recognised by.

    :param references: payment references or numbers of documents, in their order
    :param customer: how the customer is called in the books
    :param limit: most characters that the way of payment takes
    :return: text
    """
    wanted = list(dict.fromkeys(filter(None, references)))
    text = ", ".join(wanted)
    if len(text) <= limit:
        return text
    head = f"{customer[: limit // 3]}: " if customer else ""
    for count in range(len(wanted) - 1, 0, -1):
        text = f"{head}{', '.join(wanted[:count])} (+{len(wanted) - count})"
        if len(text) <= limit:
            return text
    return (head or wanted[0])[:limit].rstrip(": ")


SEPA = frozenset(
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC "
    "MD ME MK MT NL NO PL PT RO RS SE SI SK SM VA".split()
)
"""First letters of IBANs that SEPA credit transfers reach (EPC409-09, as of 2026)."""


def is_iban(number):
    """Whether a number without spaces is an IBAN: its check digits are right.

    ISO 13616: letters count from ten, and the whole leaves 1 when divided by 97.
    """
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number):
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def epc_code(holder, iban, bic, amount, reference):
    """What the QR code of a SEPA credit transfer says (EPC069-12, version 2).

    :param amount: Decimal, in euro
    :param reference: text of the transfer, or a creditor reference (ISO 11649)
    :return: text; empty where the account or the amount cannot have such a code
    """
    number = re.sub(r"\W", "", iban or "").upper()
    reached = is_iban(number) and number[:2] in SEPA
    if not reached or not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        return ""
    structured = bool(re.fullmatch(r"RF\d{2}[A-Z0-9]{1,21}", reference or ""))
    lines = (
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        bic or "",
        (holder or "")[:70],
        number,
        f"EUR{amount:.2f}",
        "",  # purpose
        reference if structured else "",
        "" if structured else (reference or "")[:REMITTANCE],
    )
    return "\n".join(lines)

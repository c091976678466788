"""How an item is paid: the ways of payment, and which one a method of Odoo is."""

WAYS = (
    "transfer",
    "direct_debit",
    "card",
    "cash_on_delivery",
    "advance",
    "cheque",
    "bill",
)
# Parts of the codes of payment methods; the first that is found decides.
PARTS = (
    ("direct_debit", ("direct_debit", "sdd", "sepa_dd", "debit_order")),
    ("cheque", ("check", "cheque")),
    ("bill", ("bill_of_exchange", "draft", "riba")),
    ("cash_on_delivery", ("cash_on_delivery", "cod_")),
    ("transfer", ("manual", "transfer", "batch_payment", "sepa_ct", "custom")),
)


def way_of_code(code: str | None, is_online: bool = False) -> str:
    """Return the way of payment that a method's code tells.

    :param code: technical code of the payment method
    :param is_online: whether a payment provider performs it
    """
    code = (code or "").lower()
    for way, parts in PARTS:
        if any(part in code for part in parts):
            return way
    return "card" if is_online else "transfer"

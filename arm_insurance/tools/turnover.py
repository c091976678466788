"""Insurable turnover: what has to be declared, invoice by invoice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import codes
from .dates import check_date, in_period
from .limits import LimitHistory
from .money import ZERO, check_amount, exact, round_money, set_checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One invoice or credit note of the declared period.

    ``gross`` and ``vat`` in policy currency at the rate of the invoice date.
    ``origin_date`` is the delivery date of the invoice that a credit note belongs
    to: it decides whether the credit note counts. ``excluded`` names the category
    that leaves (prepayment, consumer, public buyer, related party). ``is_stopped``:
    delivered during a stop of cover.
    """

    id: str
    buyer: str
    invoiced: date
    gross: Decimal
    vat: Decimal = ZERO
    delivered: date | None = None
    is_refund: bool = False
    origin_date: date | None = None
    excluded: str = ""
    is_stopped: bool = False

    def __post_init__(self):
        check_date(self.invoiced, f"The invoice date of {self.id}")
        check_date(self.delivered, f"The delivery of {self.id}", optional=True)
        check_date(self.origin_date, f"The origin date of {self.id}", optional=True)
        set_checked(
            self,
            gross=check_amount(self.gross, f"The gross amount of {self.id}"),
            vat=check_amount(self.vat, f"The VAT of {self.id}"),
        )

    @property
    def day(self):
        """Date that decides: of a credit note its invoice's, else the delivery's."""
        own = self.delivered or self.invoiced
        return (self.origin_date or own) if self.is_refund else own

    @property
    def net(self):
        """Signed amount without VAT; credit notes count as minus."""
        net = self.gross - self.vat
        return -abs(net) if self.is_refund else net


@dataclass(frozen=True, slots=True)
class DeclaredSale:
    """What one invoice adds to the declaration, and why."""

    id: str
    declared: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """The trace per invoice and its sum."""

    sales: tuple
    insurable_turnover: Decimal


@exact
def insurable_turnover(terms, sales, decisions, declare_stopped=True):
    """Return the turnover to declare.

    :param terms: CoverTerms (period, run-off and retroactive days, decimals)
    :param sales: iterable of Sale
    :param decisions: mapping of buyer to its limits.Decisions
    :param declare_stopped: False leaves deliveries made during a stop out
    :return: Declaration
    Source: section 4.9: what exceeds a limit stays in, what has none leaves.
    """
    histories = {
        buyer: LimitHistory(rows, terms.runoff_days, terms.retro_days)
        for buyer, rows in decisions.items()
    }
    nobody = LimitHistory(())
    rows, total = [], ZERO
    for sale in sales:
        history = histories.get(sale.buyer, nobody)
        status = sale_status(terms, sale, history, declare_stopped)
        net = sale.net if status == codes.DECLARED else ZERO
        total += net
        rows.append(DeclaredSale(sale.id, round_money(net, terms.decimals), status))
    return Declaration(tuple(rows), round_money(total, terms.decimals))


def sale_status(terms, sale, history, declare_stopped=True):
    """Return DECLARED, or the reason for which a sale leaves the declaration.

    :param terms: CoverTerms
    :param sale: Sale
    :param history: LimitHistory of its buyer
    :param declare_stopped: False leaves deliveries made during a stop out
    Source: section 4.9, in the order given there.
    """
    if not in_period(sale.day, terms.start, terms.end):
        return codes.OUTSIDE_PERIOD
    if sale.excluded:
        return codes.EXCLUDED
    admission = history.admit(sale.day)
    if admission.row is None:
        return admission.status
    if sale.is_stopped and not declare_stopped:
        return codes.STOP_SHIPMENT
    return codes.DECLARED

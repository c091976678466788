"""What must be known of a company before its ledger can be written in bulk.

Everything is read through the ORM once, into plain objects: the writer itself asks
nothing for a single document.
"""

from dataclasses import dataclass

from .settlement import Currency


@dataclass(frozen=True, slots=True)
class Party:
    """The addressee of a document, and the customer that the address belongs to."""

    partner_id: int
    commercial_id: int
    name: str
    account_id: int
    shipping_id: int | None = None
    fiscal_position_id: int | None = None
    method_line_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A payment term made of percentages and days after the invoice date."""

    id: int
    parts: tuple

    @classmethod
    def of(cls, record):
        """:raise ValueError: where Odoo would count otherwise."""
        lines = record.line_ids
        plain = all(
            line.value == "percent" and line.delay_type == "days_after"
            for line in lines
        )
        if not plain or record.early_discount:
            raise ValueError(f"Payment term {record.name!r} is not made of percentages")
        parts = tuple((line.value_amount, line.nb_days) for line in lines)
        return cls(record.id, parts)


@dataclass(frozen=True, slots=True)
class TaxSide:
    """Where a tax is booked: on invoices, or on credit notes."""

    repartition_id: int
    account_id: int


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax of some percent on top of the price, booked to one account."""

    id: int
    name: str
    percent: float
    group_id: int
    invoice: TaxSide
    refund: TaxSide

    @classmethod
    def of(cls, record):
        """:raise ValueError: where Odoo would do more than one plain tax line."""
        lines = record.invoice_repartition_line_ids + record.refund_repartition_line_ids
        booked = lines.filtered(lambda line: line.repartition_type == "tax")
        if (
            record.amount_type != "percent"
            or record.price_include
            or record.tax_exigibility != "on_invoice"
            or lines.tag_ids
            or len(booked) != 2
            or not all(line.account_id and line.factor == 1 for line in booked)
        ):
            raise ValueError(f"Tax {record.name!r} is more than a plain percentage")
        sides = {
            line.document_type: TaxSide(line.id, line.account_id.id) for line in booked
        }
        return cls(
            record.id,
            record.name,
            record.amount,
            record.tax_group_id.id,
            sides["invoice"],
            sides["refund"],
        )


@dataclass(frozen=True, slots=True)
class Bank:
    """A journal that payments arrive in."""

    journal_id: int
    currency_id: int
    account_id: int
    reconcile: bool
    cash: bool
    own: bool
    method_line_id: int
    method_id: int
    method_name: str
    bank_account_id: int | None

    @classmethod
    def of(cls, journal):
        """The journal with the account that its incoming payments are booked to."""
        method = journal._get_available_payment_method_lines("inbound")[:1]
        payment = journal.env["account.payment"].new(
            {"journal_id": journal.id, "company_id": journal.company_id.id}
        )
        account = method.payment_account_id
        account = account or payment._get_outstanding_account("inbound")
        return cls(
            journal.id,
            (journal.currency_id or journal.company_id.currency_id).id,
            account.id,
            account.reconcile,
            account.account_type in ("asset_cash", "liability_credit_card"),
            account == journal.default_account_id,
            method.id,
            method.payment_method_id.id,
            method.name,
            journal.bank_account_id.id or None,
        )


class Books:
    """The journals, accounts and defaults of one company."""

    def __init__(self, env, company, user=None):
        """:param user: the salesperson of invoices whose customer has none."""
        if company.tax_calculation_rounding_method != "round_globally":
            raise ValueError("Only companies that round taxes globally are written")
        self.env = env = env(context={"allowed_company_ids": company.ids}, su=True)
        self.company = company = company.with_env(env)
        self.user = (user or env.user).with_env(env)
        self.company_id = company.id
        self.currency = currency_of(company.currency_id)
        self.sales = self._journal("sale")
        self.income_account_id = self.sales.default_account_id.id
        self.exchange_journal_id = company.currency_exchange_journal_id.id
        self.gain_account_id = company.income_currency_exchange_account_id.id
        self.loss_account_id = company.expense_currency_exchange_account_id.id
        journals = self._journals("bank")
        self.banks = [Bank.of(journal) for journal in journals]
        self.paid_state = env["account.move"]._get_invoice_in_payment_state()
        self._invoice_banks = {}
        self._fiscal_positions = {}

    def _journals(self, kind):
        journals = self.env["account.journal"]
        return journals.search(
            [*journals._check_company_domain(self.company), ("type", "=", kind)]
        )

    def _journal(self, kind):
        return self._journals(kind)[:1]

    def bank(self, currency):
        """The bank journal of a currency, or the company's first one."""
        for bank in self.banks:
            if bank.currency_id == currency.id:
                return bank
        return self.banks[0]

    def invoice_defaults(self, currency):
        """What an invoice gets from the company: (bank account, sales team)."""
        if currency.id not in self._invoice_banks:
            specimen = self.env["account.move"].new(
                {
                    "move_type": "out_invoice",
                    "journal_id": self.sales.id,
                    "company_id": self.company_id,
                    "currency_id": currency.id,
                    "invoice_user_id": self.user.id,
                }
            )
            bank = specimen.partner_bank_id._origin.id or None
            self._invoice_banks[currency.id] = bank, specimen.team_id._origin.id or None
        return self._invoice_banks[currency.id]

    def parties(self, partners):
        """The parties of partners: partner id -> party."""
        partners = partners.with_env(self.env)
        fallback = self.company.partner_id.property_account_receivable_id
        result = {}
        for partner in partners:
            customer = partner.commercial_partner_id
            delivery = partner.address_get(["delivery"])["delivery"]
            account = customer.property_account_receivable_id or fallback
            user = partner.user_id or customer.user_id or self.user
            result[partner.id] = Party(
                partner.id,
                customer.id,
                partner.display_name,
                account.id,
                delivery,
                self._fiscal_position(partner, partners.browse(delivery)),
                partner.property_inbound_payment_method_line_id.id or None,
                user.id,
            )
        return result

    def _fiscal_position(self, partner, delivery):
        """The fiscal position, looked up once for partners that look alike."""
        key = (
            delivery.country_id.id,
            delivery.state_id.id,
            delivery.zip,
            (delivery.vat or "")[:2],
            partner.country_id.id,
            (partner.vat or "")[:2],
            delivery.property_account_position_id.id,
            partner.property_account_position_id.id,
        )
        if key not in self._fiscal_positions:
            found = self.env["account.fiscal.position"]._get_fiscal_position(
                partner, delivery=delivery
            )
            self._fiscal_positions[key] = found.id or None
        return self._fiscal_positions[key]


def currency_of(record):
    """The plain object for a currency record."""
    return Currency(record.id, record.decimal_places)


class Number:
    """A document's number, taken apart as ``sequence.mixin`` does."""

    __slots__ = ("name", "prefix", "value")

    def __init__(self, name, prefix, value):
        self.name, self.prefix, self.value = name, prefix, value


class Numbering:
    """Gapless numbers for each journal and period, as Odoo would go on.

    The format and the last number come from Odoo's own methods, once for each
    journal, kind and period; after that, counting is enough. Nobody else may post in
    the same journals before the transaction ends.
    """

    def __init__(self, books):
        self.books = books
        self._formats = {}
        self._last = {}

    def next(self, journal_id, kind, day):
        """The next number: ``kind`` is a move type, or ``payment``."""
        key = journal_id, kind, day.year, day.month
        if key not in self._formats:
            self._learn(journal_id, kind, day)
        template, values, series, prefix = self._formats[key]
        number = self._last[series] = self._last[series] + 1
        return Number(template.format(**{**values, "seq": number}), prefix, number)

    def _learn(self, journal_id, kind, day):
        """Remember the format of a month, or of all months of a year that share one."""
        found = template, values, _series, _prefix = self._probe(journal_id, kind, day)
        moves = self.books.env["account.move"]
        first = template.format(**{**values, "seq": 1})
        yearly = moves._deduce_sequence_number_reset(first) == "year"
        for month in range(1, 13) if yearly else (day.month,):
            self._formats.setdefault((journal_id, kind, day.year, month), found)

    def _probe(self, journal_id, kind, day):
        """Ask Odoo for the format of numbers and the last one of a period.

        A series is told by its prefix: the number itself may grow by a digit.
        """
        moves = self.books.env["account.move"]
        payment = kind == "payment"
        if payment and moves.env["account.journal"].browse(journal_id).payment_sequence:
            moves = moves.with_context(is_payment=True)
        specimen = moves.new(
            {
                "move_type": "entry" if payment else kind,
                "journal_id": journal_id,
                "company_id": self.books.company_id,
                "date": day,
            }
        )
        template, values = specimen._get_next_sequence_format()
        last = values.pop("seq")
        specimen.name = template.format(**{**values, "seq": last + 1})
        series = journal_id, specimen.sequence_prefix
        self._last.setdefault(series, last)
        return template, values, series, specimen.sequence_prefix

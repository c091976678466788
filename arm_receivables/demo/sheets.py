"""The rows of a batch, table by table: which column gets what."""

from .bulk import Sheet, column_defaults, copy_together
from .papers import Invoice
from .settlement import Exchange

_EXCHANGE_LABEL = "Currency exchange rate difference"

_MOVE = (
    "id",
    "name",
    "sequence_prefix",
    "sequence_number",
    "move_type",
    "date",
    "invoice_date_due",
    "journal_id",
    "partner_id",
    "commercial_partner_id",
    "invoice_partner_display_name",
    "fiscal_position_id",
    "partner_bank_id",
    "currency_id",
    "ref",
    "amount_total",
    "amount_total_signed",
    "amount_total_in_currency_signed",
)
_INVOICE = (
    *_MOVE,
    "invoice_date",
    "partner_shipping_id",
    "preferred_payment_method_line_id",
    "invoice_payment_term_id",
    "invoice_user_id",
    "invoice_currency_rate",
    "payment_reference",
    "payment_state",
    "is_move_sent",
    "is_manually_modified",
    "amount_untaxed",
    "amount_tax",
    "amount_residual",
    "amount_untaxed_signed",
    "amount_untaxed_in_currency_signed",
    "amount_tax_signed",
    "amount_residual_signed",
)
_LINE = (
    "id",
    "move_id",
    "move_name",
    "ref",
    "date",
    "invoice_date",
    "partner_id",
    "currency_id",
    "is_storno",
    "account_id",
    "name",
    "balance",
    "amount_currency",
    "debit",
    "credit",
)
_MATCHED = (
    "date_maturity",
    "amount_residual",
    "amount_residual_currency",
    "reconciled",
    "full_reconcile_id",
    "matching_number",
)
_PRICE = ("price_subtotal", "price_total")
_TAX = ("tax_line_id", "tax_group_id", "tax_repartition_line_id", "tax_base_amount")
_PAYMENT = (
    "id",
    "move_id",
    "name",
    "date",
    "journal_id",
    "payment_method_line_id",
    "payment_method_id",
    "outstanding_account_id",
    "destination_account_id",
    "partner_bank_id",
    "partner_id",
    "currency_id",
    "amount",
    "amount_company_currency_signed",
    "memo",
    "state",
    "is_matched",
    "is_reconciled",
)
_PARTIAL = (
    "id",
    "debit_move_id",
    "credit_move_id",
    "full_reconcile_id",
    "exchange_move_id",
    "debit_currency_id",
    "credit_currency_id",
    "max_date",
    "amount",
    "debit_amount_currency",
    "credit_amount_currency",
)


class Sheets:
    """Collects the rows of a batch and copies them, each table after what it names.

    ``line_ids`` and ``full_ids`` are set by the writer before rows are added.
    """

    def __init__(self, books):
        self.books = books
        self.line_ids = iter(())
        self.full_ids = []
        self._storno = bool(books.company.account_storno)
        cr, uid = books.env.cr, books.env.uid
        self._stamp = {
            "create_uid": uid,
            "write_uid": uid,
            "create_date": cr.now(),
            "write_date": cr.now(),
        }
        self._open_move_sheets()
        self._open_line_sheets()
        self._open_other_sheets()

    # ------------------------------------------------------------------ the sheets

    def _sheet(self, model, same, varying):
        """A sheet for a model, with its defaults for whatever is not named."""
        model = self.books.env[model]
        defaults = column_defaults(model, {*same, *varying, *self._stamp})
        return Sheet(model._table, {**defaults, **self._stamp, **same}, varying)

    def _open_move_sheets(self):
        same = {
            "company_id": self.books.company_id,
            "state": "posted",
            "checked": True,
            "posted_before": True,
            "made_sequence_gap": False,
        }
        zero = dict.fromkeys(_INVOICE[-7:], 0.0)
        entry = {
            **zero,
            "payment_state": "not_paid",
            "invoice_currency_rate": 0.0,
            "is_manually_modified": False,
            "always_tax_exigible": True,
        }
        invoice = {"always_tax_exigible": False}
        self.invoices = self._sheet(
            "account.move", {**same, **invoice}, (*_INVOICE, "team_id")
        )
        self.entries = self._sheet(
            "account.move", {**same, **entry}, (*_MOVE, "origin_payment_id")
        )

    def _open_line_sheets(self):
        same = {
            "company_id": self.books.company_id,
            "company_currency_id": self.books.currency.id,
            "parent_state": "posted",
        }
        self._open_sales_sheets({**same, "journal_id": self.books.sales.id})
        entry = {"display_type": "product", "quantity": 1.0, "price_unit": 0.0}
        varying = ("journal_id", "payment_id", "no_followup", "sequence")
        self.entry_lines = self._lines(
            {**same, **entry}, (*_LINE, *varying, *_PRICE, *_MATCHED)
        )

    def _open_sales_sheets(self, same):
        """The lines of invoices: what was sold, the tax, and what is receivable."""
        booked = {
            "no_followup": False,
            "amount_residual": 0.0,
            "amount_residual_currency": 0.0,
            "reconciled": False,
        }
        free = {"quantity": 0.0, "price_unit": 0.0, **dict.fromkeys(_PRICE, 0.0)}
        discount = {"discount_balance": 0.0, "discount_amount_currency": 0.0}
        kind = {"display_type": "product", "sequence": 100}
        self.products = self._lines(
            {**same, **booked, **kind}, (*_LINE, "quantity", "price_unit", *_PRICE)
        )
        kind = {"display_type": "tax", "sequence": 10000}
        self.taxes = self._lines({**same, **booked, **free, **kind}, (*_LINE, *_TAX))
        kind = {"display_type": "payment_term", "sequence": 12000}
        self.terms = self._lines(
            {**same, **free, **discount, **kind}, (*_LINE, "no_followup", *_MATCHED)
        )

    def _lines(self, same, varying):
        return self._sheet("account.move.line", same, varying)

    def _open_other_sheets(self):
        company = {"company_id": self.books.company_id}
        customer = {"payment_type": "inbound", "partner_type": "customer"}
        payment = {**company, **customer}
        self.payments = self._sheet("account.payment", payment, _PAYMENT)
        self.partials = self._sheet("account.partial.reconcile", company, _PARTIAL)
        self.fulls = self._sheet("account.full.reconcile", {}, ("id",))
        self.line_taxes = Sheet(
            "account_move_line_account_tax_rel",
            {},
            ("account_move_line_id", "account_tax_id"),
        )
        self.links = Sheet(
            "account_move__account_payment", {}, ("invoice_id", "payment_id")
        )

    # -------------------------------------------------------------------- invoices

    @staticmethod
    def count_lines(paper):
        """How many journal items a paper is made of."""
        if isinstance(paper, Invoice):
            return len(paper.lines) + bool(paper.tax) + len(paper.items)
        if isinstance(paper, Exchange):
            return 2 * len(paper.fixes)
        return 2

    def add_invoice(self, invoice):
        """The rows of an invoice or a credit note."""
        lines, tax = invoice.balances(self.books.currency)
        self._add_invoice_move(invoice, self.books.currency.round(sum(lines)), tax)
        for line, subtotal, balance in zip(
            invoice.lines, invoice.subtotals, lines, strict=True
        ):
            self._add_product_line(invoice, line, subtotal, balance)
        if invoice.tax:
            self._add_tax_line(invoice, self.books.currency.round(sum(lines)), tax)
        self._add_term_lines(invoice)

    def _add_invoice_move(self, invoice, untaxed, tax):
        party, sign = invoice.party, invoice.direction
        bank_id, team_id = self.books.invoice_defaults(invoice.currency)
        residual = sum(item.residual for item in invoice.items)
        residual_amount = sum(item.residual_amount for item in invoice.items)
        self.invoices.add(
            *(invoice.id, *_numbered(invoice.number), invoice.move_type),
            *(invoice.date, max(item.maturity for item in invoice.items)),
            *(self.books.sales.id, party.partner_id, party.commercial_id, party.name),
            *(party.fiscal_position_id, None if invoice.refund else bank_id),
            *(invoice.currency.id, invoice.ref, invoice.total),
            *(sign * self.books.currency.round(untaxed + tax), sign * invoice.total),
            *(invoice.date, party.shipping_id, party.method_line_id),
            *(invoice.term and invoice.term.id, party.user_id, invoice.invoice_rate),
            None if invoice.refund else invoice.number.name,
            *(invoice.state, invoice.sent or None, invoice.touched),
            *(invoice.untaxed, invoice.tax_amount),
            sign * invoice.currency.round(residual_amount),
            *(sign * untaxed, sign * invoice.untaxed, sign * tax),
            self.books.currency.round(residual),
            team_id,
        )

    def _line_start(self, invoice, account_id, name, balance, amount, storno=None):
        """The columns that all lines of an invoice have, and the id among them."""
        if storno is None:
            storno = self._storno and invoice.refund
        return (
            *(next(self.line_ids), invoice.id, invoice.number.name, invoice.ref),
            *(invoice.date, invoice.date, invoice.party.commercial_id),
            *(invoice.currency.id, storno, account_id, name),
            *(balance, amount, *_sides(balance, storno)),
        )

    def _add_product_line(self, invoice, line, subtotal, balance):
        sign = -invoice.direction
        negative = line.quantity * line.price < 0
        storno = self._storno and (invoice.refund or negative)
        start = self._line_start(
            *(invoice, self.books.income_account_id, line.name),
            *(sign * balance, sign * subtotal, storno),
        )
        total = subtotal
        if invoice.tax:
            tax = line.quantity * line.price * invoice.tax.percent / 100
            total += invoice.currency.round(tax)
            self.line_taxes.add(start[0], invoice.tax.id)
        total = invoice.currency.round(total)
        self.products.add(*start, line.quantity, line.price, subtotal, total)

    def _add_tax_line(self, invoice, untaxed, tax):
        side = invoice.tax.refund if invoice.refund else invoice.tax.invoice
        sign = -invoice.direction
        start = self._line_start(
            *(invoice, side.account_id, invoice.tax.name),
            *(sign * tax, sign * invoice.tax_amount),
        )
        self.taxes.add(
            *(*start, invoice.tax.id, invoice.tax.group_id),
            *(side.repartition_id, sign * untaxed),
        )

    def _add_term_lines(self, invoice):
        names = _term_names(invoice)
        for item, name in zip(invoice.items, names, strict=True):
            start = self._line_start(
                invoice, invoice.party.account_id, name, item.balance, item.amount
            )
            item.id = start[0]
            self.terms.add(*start, invoice.no_followup, *_matched(item))

    # -------------------------------------------------------------------- payments

    def add_payment(self, payment):
        """The rows of a payment and of its journal entry."""
        names = [invoice.number.name for invoice in payment.settles]
        memo = payment.memo or ", ".join(names) or None
        balance = -payment.item.balance
        self._add_payment_row(payment, memo, balance)
        for invoice in payment.settles:
            self.links.add(invoice.id, payment.id)
        party, bank = payment.party, payment.bank
        self.entries.add(
            *(payment.move_id, *_numbered(payment.number), "entry"),
            *(payment.date, payment.date, bank.journal_id),
            *(party.partner_id, party.commercial_id, party.name),
            *(party.fiscal_position_id, bank.bank_account_id, payment.currency.id),
            *(memo, payment.amount, balance, payment.amount, payment.id),
        )
        label = f"{bank.method_name}: {memo}" if memo else bank.method_name
        shows_rest = bank.reconcile or bank.cash
        rest = (balance, payment.amount) if shows_rest else (0.0, 0.0)
        money = (payment.date, *rest, False, None, None)
        self._add_payment_line(
            *(payment, memo, label, bank.account_id), balance, payment.amount, money
        )
        payment.item.id = self._add_payment_line(
            *(payment, memo, label, party.account_id),
            *(payment.item.balance, payment.item.amount, _matched(payment.item)),
        )

    def _add_payment_row(self, payment, memo, balance):
        party, bank = payment.party, payment.bank
        self.payments.add(
            *(payment.id, payment.move_id, payment.number.name, payment.date),
            *(bank.journal_id, bank.method_line_id, bank.method_id, bank.account_id),
            *(party.account_id, bank.bank_account_id, party.partner_id),
            *(payment.currency.id, payment.amount, balance, memo, payment.state),
            *(bank.own, not payment.item.open),
        )

    def _add_payment_line(
        self, payment, memo, label, account_id, balance, amount, matched
    ):
        line_id = next(self.line_ids)
        self.entry_lines.add(
            *(line_id, payment.move_id, payment.number.name, memo, payment.date, None),
            *(payment.party.commercial_id, payment.currency.id, False, account_id),
            *(label, balance, amount, *_sides(balance)),
            *(payment.bank.journal_id, payment.id, False, 100),
            *(amount, amount, *matched),
        )
        return line_id

    # ------------------------------------------------------ reconciliation, exchange

    def add_exchange(self, exchange):
        """The rows of an entry for an exchange difference."""
        total = sum(abs(difference) for _item, difference in exchange.fixes)
        author = self.books.env.user.name
        self.entries.add(
            *(exchange.id, *_numbered(exchange.number), "entry"),
            *(exchange.date, exchange.date, self.books.exchange_journal_id),
            *(None, None, f"#Created by: {author}", None, None, self.books.currency.id),
            *(None, 0.0, self.books.currency.round(total), 0.0, None),
        )
        for index, (item, difference) in enumerate(exchange.fixes):
            mirror = exchange.items[index]
            account = (
                self.books.loss_account_id
                if difference > 0
                else self.books.gain_account_id
            )
            settled = (None, 0.0, 0.0, False, None, None)
            mirror.id = self._add_exchange_line(
                *(exchange, item.paper, item.paper.party.account_id),
                *(mirror.balance, 2 * index, _matched(mirror)),
            )
            self._add_exchange_line(
                exchange, item.paper, account, -mirror.balance, 2 * index + 1, settled
            )

    def _add_exchange_line(self, exchange, paper, account_id, balance, rank, matched):
        line_id = next(self.line_ids)
        self.entry_lines.add(
            *(line_id, exchange.id, exchange.number.name, None, exchange.date, None),
            *(paper.party.commercial_id, paper.currency.id, False, account_id),
            *(_EXCHANGE_LABEL, balance, 0.0, *_sides(balance)),
            *(self.books.exchange_journal_id, None, True, rank),
            *(0.0, 0.0, *matched),
        )
        return line_id

    def add_partial(self, partial):
        """The row of a reconciliation; the lines must have been added before."""
        debit, credit = partial.debit, partial.credit
        source = credit.paper if isinstance(debit.paper, Exchange) else debit.paper
        currency_id = source.currency.id
        self.partials.add(
            *(partial.id, debit.id, credit.id, debit.full_id),
            partial.exchange and partial.exchange.id,
            *(currency_id, currency_id, partial.max_date),
            *(partial.balance, partial.amount, partial.amount),
        )

    # ------------------------------------------------------------------------ copy

    def copy_rows(self, cr):
        """Write all rows; a payment and its journal entry name each other."""
        for full_id in self.full_ids:
            self.fulls.add(full_id)
        self.fulls.copy_rows(cr)
        self.invoices.copy_rows(cr)
        copy_together(cr, self.payments, self.entries)
        for sheet in (self.products, self.taxes, self.terms, self.entry_lines):
            sheet.copy_rows(cr)
        for sheet in (self.partials, self.line_taxes, self.links):
            sheet.copy_rows(cr)


def _numbered(number):
    return number.name, number.prefix, number.value


def _sides(balance, storno=False):
    """Debit and credit of a balance; with storno a credit note is a negative debit."""
    if (balance > 0) != storno:
        return balance, 0.0
    return 0.0, -balance


def _matched(item):
    """The columns that tell what is left of an item, and what it is matched with."""
    return (
        *(item.maturity, item.residual, item.residual_amount, not item.open),
        *(item.full_id, item.matching),
    )


def _term_names(invoice):
    """The labels of the receivable lines, one for each instalment."""
    name = None if invoice.refund else invoice.number.name
    if name and invoice.ref and invoice.ref != name:
        name = f"{invoice.ref} - {name}"
    if not invoice.term or len(invoice.term.parts) < 2:
        return [name] * len(invoice.items)
    start = f"{name} " if name else ""
    return [f"{start}installment #{n}" for n, _ in enumerate(invoice.items, 1)]

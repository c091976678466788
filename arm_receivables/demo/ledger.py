"""Write a customer ledger in bulk: what posting and reconciling would have left.

Documents are plain rows (:mod:`.papers`); a batch of them becomes posted journal
entries, payments and reconciliations with a fixed number of statements, however many
documents there are. The rows are those that the ORM would have written if everybody
had entered each document on its own day, so that Odoo goes on from there: an entry
for an exchange difference has the date of the payment, an entry's due date its day.

What is left out on purpose: the chatter, and whatever other add-ons do when an
invoice is posted. Not supported, and refused: taxes other than a plain percentage,
payment terms other than percentages and days, and a payment in another currency than
the invoice's.
"""

from itertools import chain

from odoo.tools import SQL

from .books import Books, Numbering
from .bulk import reserve
from .papers import Invoice, Line, Payment
from .settlement import Settlement, components
from .sheets import Sheets

__all__ = ["Books", "Invoice", "LedgerWriter", "Line", "Payment"]

TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "account_full_reconcile",
    "account_move_line_account_tax_rel",
    "account_move__account_payment",
    "res_partner",
)
"""The tables that a batch writes to."""


class LedgerWriter:
    """Writes batches of documents of one company.

    A batch is complete in itself: invoices, and the payments and credit notes that
    settle them. Numbers go on from batch to batch. The caller commits.
    """

    def __init__(self, books):
        self.books = books
        self.env = books.env
        self.numbering = Numbering(books)

    def write_batch(self, invoices, payments=()):
        """Write one batch; ids and numbers are left on the rows.

        :param invoices: invoices and credit notes.
        :param payments: payments, with the invoices that they settle.
        :raise ValueError: where the batch cannot be written as Odoo would.
        """
        invoices = sorted(invoices, key=lambda paper: paper.date)
        payments = sorted(payments, key=lambda paper: paper.date)
        self._check_complete(invoices, payments)
        self.env.flush_all()
        settlement = self._settle(invoices, payments)
        self._number(invoices, payments, settlement.exchanges)
        sheets = Sheets(self.books)
        self._reserve(invoices, payments, settlement, sheets)
        for invoice in invoices:
            sheets.add_invoice(invoice)
        for payment in payments:
            sheets.add_payment(payment)
        for exchange in settlement.exchanges:
            sheets.add_exchange(exchange)
        for partial in settlement.partials:
            sheets.add_partial(partial)
        sheets.copy_rows(self.env.cr)
        self._count_customers(invoices, payments, settlement.exchanges)
        self.env.invalidate_all(flush=False)
        self.env["account.move"]._get_sequence_cache().clear()

    @staticmethod
    def _check_complete(invoices, payments):
        """Rows that are written already cannot be changed by a later batch."""
        known = {id(paper) for paper in invoices}
        for paper in chain(invoices, payments):
            if paper.id:
                raise ValueError("A document can be written only once")
            if any(id(invoice) not in known for invoice in paper.settles):
                raise ValueError("What is settled must be in the same batch")

    def analyze(self):
        """Tell the database about the new rows; call it after the last batch.

        Within the transaction nobody else does, and queries planned for empty tables
        may take hours on full ones.
        """
        for table in TABLES:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    # ------------------------------------------------------------------ settlement

    def _settle(self, invoices, payments):
        """Reconcile in the order of events, and draw what follows for the papers."""
        settlement = Settlement(self.books.currency)
        for paper in chain(invoices, payments):
            paper.open_items(self.books.currency)
        credits_ = [paper for paper in invoices if paper.refund and paper.settles]
        events = credits_ + [paper for paper in payments if paper.settles]
        for event in sorted(events, key=lambda paper: paper.date):
            settlement.reconcile(self._items_of(event), event.currency)
        for invoice in invoices:
            invoice.state = self._payment_state(invoice)
        for payment in payments:
            payment.bank = payment.bank or self.books.bank(payment.currency)
            payment.state = self._state_of_payment(payment)
        return settlement

    def _items_of(self, event):
        """The items that an event brings together.

        :raise ValueError: where they cannot be reconciled with each other.
        """
        papers = [event, *event.settles]
        if len({(p.currency, p.party.account_id) for p in papers}) > 1:
            raise ValueError("A settlement needs one currency and one account")
        return [item for paper in papers for item in paper.items]

    def _payment_state(self, invoice):
        if invoice.blocked:
            return "blocked"
        partials = [partial for item in invoice.items for partial in item.partials]
        if not partials:
            return "not_paid"
        if any(item.open for item in invoice.items):
            return "partial"
        papers = [partial.credit.paper for partial in partials]
        payments = [paper for paper in papers if isinstance(paper, Payment)]
        if not payments:
            return "paid" if invoice.refund else "reversed"
        banks = [p.bank or self.books.bank(p.currency) for p in payments]
        return "paid" if all(bank.own for bank in banks) else self.books.paid_state

    @staticmethod
    def _state_of_payment(payment):
        """A payment is done when its money, or all that it settles, is done with."""
        if not payment.bank.reconcile:
            return "paid"
        papers = {id(p): p for p in payment.settles}
        for partial in payment.item.partials:
            if isinstance(partial.debit.paper, Invoice):
                papers[id(partial.debit.paper)] = partial.debit.paper
        states = {paper.state for paper in papers.values()}
        return "paid" if states == {"paid"} else "in_process"

    # ------------------------------------------------------------- numbers and ids

    def _number(self, invoices, payments, exchanges):
        """Give the papers their numbers in the order of their dates."""
        following = self.numbering.next
        for invoice in invoices:
            invoice.number = following(
                self.books.sales.id, invoice.move_type, invoice.date
            )
        for payment in payments:
            bank = payment.bank
            payment.number = following(bank.journal_id, "payment", payment.date)
        for exchange in sorted(exchanges, key=lambda paper: paper.date):
            exchange.number = following(
                self.books.exchange_journal_id, "entry", exchange.date
            )

    def _reserve(self, invoices, payments, settlement, sheets):
        """Take all ids of the batch, one statement a table."""
        cr, exchanges = self.env.cr, settlement.exchanges
        entries = len(invoices) + len(payments) + len(exchanges)
        move_ids = reserve(cr, "account_move", entries)
        for invoice in invoices:
            invoice.id = next(move_ids)
        payment_ids = reserve(cr, "account_payment", len(payments))
        for payment in payments:
            payment.id, payment.move_id = next(payment_ids), next(move_ids)
        for exchange in exchanges:
            exchange.id = next(move_ids)
        counts = map(sheets.count_lines, chain(invoices, payments, exchanges))
        sheets.line_ids = reserve(cr, "account_move_line", sum(counts))
        partial_ids = reserve(cr, "account_partial_reconcile", len(settlement.partials))
        for partial in settlement.partials:
            partial.id = next(partial_ids)
        self._match(settlement, sheets)

    def _match(self, settlement, sheets):
        """Number what is matched: in full, or in part by the first piece of it."""
        groups = list(components(settlement.partials))
        full = [
            (items, partials)
            for items, partials in groups
            if not any(item.open for item in items)
        ]
        sheets.full_ids = list(
            reserve(self.env.cr, "account_full_reconcile", len(full))
        )
        done = set()
        for full_id, (items, _partials) in zip(sheets.full_ids, full, strict=True):
            for item in items:
                item.full_id, item.matching = full_id, str(full_id)
                done.add(id(item))
        for items, partials in groups:
            if id(items[0]) not in done:
                number = f"P{min(partial.id for partial in partials)}"
                for item in items:
                    item.matching = number

    # ---------------------------------------------------------------- afterthought

    def _count_customers(self, invoices, payments, exchanges):
        """Raise the customer rank by one for each document, as posting does."""
        counts = {}
        for paper in invoices:
            for partner in {paper.party.partner_id, paper.party.commercial_id}:
                counts[partner] = counts.get(partner, 0) + 1
        entries = [paper.party.commercial_id for paper in payments]
        for exchange in exchanges:
            entries.append(exchange.fixes[0][0].paper.party.commercial_id)
        for partner in entries:
            counts[partner] = counts.get(partner, 0) + 1
        if counts:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE res_partner
                       SET customer_rank = COALESCE(customer_rank, 0) + more.count
                      FROM unnest(%s, %s) AS more (id, count)
                     WHERE res_partner.id = more.id
                    """,
                    list(counts),
                    list(counts.values()),
                )
            )

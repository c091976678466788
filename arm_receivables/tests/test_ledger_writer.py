from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..demo import ledger
from ..demo.books import Books, Tax, Term
from .ledger_common import INVOICES, PAYMENTS, REFUNDS, START, LedgerTwinsCase


@tagged("post_install", "-at_install")
class TestLedgerWriter(LedgerTwinsCase):
    """The bulk writer leaves what the ORM leaves, and the ORM can go on from there."""

    # ------------------------------------------------------------- same as the ORM's

    def test_same_as_by_hand(self):
        """Every stored column of every row is what the ORM writes."""
        with freeze_time(START) as frozen:
            self._enter_by_hand(frozen, self.by_hand)
        self._write_in_bulk(self.in_bulk)
        self._assert_same()

    def test_same_as_by_hand_storno(self):
        """Also where credit notes are negative debits, and money is in the bank."""
        self.companies.account_storno = True
        for journal in self._banks(self.companies):
            method = journal.inbound_payment_method_line_ids
            method.payment_account_id = journal.default_account_id
        with freeze_time(START) as frozen:
            self._enter_by_hand(frozen, self.by_hand)
        self._write_in_bulk(self.in_bulk)
        self._assert_same()

    def _assert_same(self):
        images = self._image(self.by_hand), self._image(self.in_bulk)
        self.assertEqual(len(images[1]["account_payment"]), len(PAYMENTS))
        documents = len(INVOICES) + len(REFUNDS) + len(PAYMENTS)
        self.assertGreater(len(images[1]["account_move"]), documents)
        self._assert_no_differences(*images)

    def _assert_no_differences(self, left, right):
        found = self._differences(left, right)
        self.assertFalse({column: rows[:3] for column, rows in found.items()})

    def test_recomputation_changes_nothing(self):
        """The ORM's own computations agree with every figure that was written."""
        self._write_in_bulk(self.in_bulk)
        before = self._image(self.in_bulk)
        domain = [("company_id", "=", self.in_bulk.id)]
        for name in (
            "account.move.line",
            "account.move",
            "account.payment",
            "account.partial.reconcile",
        ):
            records = self.env[name].search(domain)
            for field in records._fields.values():
                # Others are defaults that a user may change; Odoo protects those,
                # as it does the account that a payment got when it was created.
                derived = field.compute and field.store and field.readonly
                if derived and field.name != "outstanding_account_id":
                    self.env.add_to_compute(field, records)
            self.env.flush_all()
        self._assert_no_differences(before, self._image(self.in_bulk))

    # -------------------------------------------------------------- the ORM goes on

    def test_register_payment(self):
        """The ordinary wizard pays what is left of a partly paid invoice."""
        moves = self._write_in_bulk(self.in_bulk)
        invoice = moves["instalments"]
        rest = invoice.amount_residual
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        wizard = invoice.env["account.payment.register"].with_context(**context)
        payment = wizard.create({"amount": rest})._create_payments()
        self.assertEqual(rest, 666.71)
        self.assertEqual(payment.amount, rest)
        self.assertEqual(invoice.payment_state, "paid")
        items = self._receivable(invoice)
        self.assertTrue(all(items.mapped("reconciled")))
        self.assertEqual(len(items.full_reconcile_id), 1)

    def test_unallocated_payment_is_offered_and_used(self):
        """An advance of the writer is set off against an invoice by hand."""
        moves = self._write_in_bulk(self.in_bulk)
        invoice = moves["due_date"]
        self.assertTrue(invoice.invoice_has_outstanding)
        advance = invoice.env["account.payment"].search([("memo", "=", "advance")])
        advance = advance.filtered(lambda p: p.company_id == self.in_bulk)
        line = self._receivable(advance.move_id)
        invoice.js_assign_outstanding_line(line.id)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertAlmostEqual(line.amount_residual, -777.77 + 57.50)

    def test_reset_to_draft_and_post_again(self):
        """A written document survives draft and posting: same name, same figures."""
        moves = self._write_in_bulk(self.in_bulk)
        for name in ("due_date", "foreign_taxed", "less_discount", "credit_free"):
            move = moves[name]
            before = self._figures(move)
            move.button_draft()
            self.assertEqual(move.state, "draft")
            move.action_post()
            self.assertEqual(self._figures(move), before)

    def test_edit_in_draft(self):
        """Odoo's synchronisation of taxes and instalments takes the lines over."""
        moves = self._write_in_bulk(self.in_bulk)
        move = moves["less_discount"]
        move.button_draft()
        line = move.invoice_line_ids.filtered(lambda line: line.price_unit > 0)
        move.invoice_line_ids = [Command.update(line.id, {"price_unit": 60.0})]
        move.action_post()
        self.assertEqual(move.amount_untaxed, 169.5)
        self.assertEqual(move.amount_total, 194.93)
        self.assertEqual(sum(self._receivable(move).mapped("balance")), 194.93)
        self.assertEqual(len(move.line_ids), 5)

    @staticmethod
    def _figures(move):
        lines = move.line_ids.sorted(lambda line: (line.sequence, line.id))
        return (
            move.name,
            move.amount_total,
            move.amount_residual_signed,
            move.payment_state,
            lines.ids,
            lines.mapped("balance"),
            lines.mapped("amount_currency"),
            lines.mapped("date_maturity"),
            lines.mapped("name"),
        )

    def test_unreconcile(self):
        """Taking a foreign payment back opens the invoice and undoes the difference."""
        moves = self._write_in_bulk(self.in_bulk)
        invoice = moves["foreign"]
        item = self._receivable(invoice)
        exchange = item.matched_credit_ids.exchange_move_id
        self.assertEqual(exchange.amount_total_signed, 20.46)
        item.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertEqual(item.amount_residual, 593.44)
        self.assertEqual(item.amount_residual_currency, 2492.45)
        self.assertFalse(item.matching_number)
        self.assertTrue(exchange.reversal_move_ids)
        payments = invoice.env["account.payment"].search([("memo", "=", "all of it")])
        self.assertFalse(payments.is_reconciled)

    def test_credit_note_of_written_invoice(self):
        """The ordinary reversal cancels a written invoice."""
        moves = self._write_in_bulk(self.in_bulk)
        reversal = moves["due_date"]._reverse_moves(
            [{"invoice_date": START}], cancel=True
        )
        self.assertEqual(moves["due_date"].payment_state, "reversed")
        self.assertEqual(reversal.name, "RINV/2025/00005")

    def test_numbers_go_on(self):
        """Odoo continues a batch's numbers, and the next batch continues Odoo's."""
        books, invoices, payments = self._rows(self.in_bulk)
        writer = ledger.LedgerWriter(books)
        writer.write_batch(invoices.values(), payments)
        env = self.env(context={"allowed_company_ids": self.in_bulk.ids})
        with freeze_time(START):
            row = INVOICES["due_date"]
            by_hand = env["account.move"].create(
                self._move_values(env, "out_invoice", row)
            )
            by_hand.action_post()
        self.assertEqual(by_hand.name, f"INV/2025/{len(INVOICES) + 1:05}")
        self.assertFalse(by_hand.made_sequence_gap)
        _books, invoices, payments = self._rows(self.in_bulk)
        ledger.LedgerWriter(books).write_batch(invoices.values(), payments)
        names = [invoice.number.name for invoice in invoices.values()]
        self.assertEqual(min(names), f"INV/2025/{len(INVOICES) + 2:05}")
        self.assertEqual(payments[0].number.name, f"PBNK1/2025/{len(PAYMENTS) + 1:05}")

    def _rows_of_days(self, *days):
        """The writer, and one plain invoice of each day."""
        books, invoices, _payments = self._rows(self.in_bulk)
        template = invoices["due_date"]
        rows = [
            ledger.Invoice(
                party=template.party,
                date=day,
                due=day,
                lines=template.lines,
                currency=template.currency,
            )
            for day in days
        ]
        return ledger.LedgerWriter(books), rows

    def test_numbers_with_more_digits(self):
        """After 99,999 comes 100,000, whichever month it is."""
        days = [date(2025, 1, 8), date(2025, 1, 9), date(2025, 2, 3), date(2025, 3, 4)]
        writer, rows = self._rows_of_days(*days)
        writer.write_batch(rows[:1])
        first = self.env["account.move"].browse(rows[0].id)
        first.name = "INV/2025/99999"
        self.env.flush_all()
        for batch in (rows[1:3], rows[3:]):
            ledger.LedgerWriter(writer.books).write_batch(batch)
        self.assertEqual(
            [row.number.name for row in rows[1:]],
            ["INV/2025/100000", "INV/2025/100001", "INV/2025/100002"],
        )

    def test_years_have_their_own_numbers(self):
        """Each year starts at one, in one batch as in several."""
        days = date(2026, 1, 2), date(2025, 12, 30), date(2025, 12, 31)
        writer, rows = self._rows_of_days(*days)
        writer.write_batch(rows[:2])
        writer.write_batch(rows[2:])
        self.assertEqual(
            [row.number.name for row in rows],
            ["INV/2026/00001", "INV/2025/00001", "INV/2025/00002"],
        )

    # ---------------------------------------------------------------------- limits

    def test_queries_do_not_grow(self):
        """Ten times as many documents cost the same number of statements."""
        books, _invoices, _payments = self._rows(self.in_bulk)
        writer = ledger.LedgerWriter(books)
        counts = []
        for copies in (1, 1, 10):
            rows = [self._rows(self.in_bulk)[1:] for _copy in range(copies)]
            invoices = [paper for papers, _more in rows for paper in papers.values()]
            payments = [paper for _papers, more in rows for paper in more]
            before = self.env.cr.sql_log_count
            writer.write_batch(invoices, payments)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[2], counts[1])
        self.assertEqual(
            self.env["account.move"].search_count(
                [("company_id", "=", self.in_bulk.id), ("move_type", "!=", "entry")]
            ),
            12 * (len(INVOICES) + len(REFUNDS)),
        )

    def test_entries_balance(self):
        """Every entry balances, in the company's currency and in its own."""
        self._write_in_bulk(self.in_bulk)
        unbalanced = self.env.execute_query(
            SQL(
                """
                SELECT move_name, SUM(balance), SUM(amount_currency)
                  FROM account_move_line
                 WHERE company_id = %s
                 GROUP BY move_id, move_name
                HAVING SUM(balance) <> 0 OR SUM(amount_currency) <> 0
                """,
                self.in_bulk.id,
            )
        )
        self.assertFalse(unbalanced)

    def test_refused(self):
        """What would come out wrong is refused."""
        books, invoices, payments = self._rows(self.in_bulk)
        payments[0].settles = [invoices["foreign"]]
        with self.assertRaisesRegex(ValueError, "one currency"):
            ledger.LedgerWriter(books).write_batch(invoices.values(), payments)
        with self.assertRaisesRegex(ValueError, "same batch"):
            ledger.LedgerWriter(books).write_batch([], payments)
        ledger.LedgerWriter(books).write_batch(invoices.values())
        with self.assertRaisesRegex(ValueError, "only once"):
            ledger.LedgerWriter(books).write_batch(invoices.values())
        tax = self.in_bulk.account_sale_tax_id
        tax.price_include_override = "tax_included"
        with self.assertRaisesRegex(ValueError, "plain percentage"):
            Tax.of(tax)
        term = self.env.ref("account.account_payment_term_end_following_month")
        with self.assertRaisesRegex(ValueError, "percentages"):
            Term.of(term)
        self.in_bulk.tax_calculation_rounding_method = "round_per_line"
        with self.assertRaisesRegex(ValueError, "globally"):
            Books(self.env, self.in_bulk)

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random
from zipfile import ZipFile

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools.pdf import PdfReader

from ..tools.statement import Entry, statement_balance_forward, statement_open_items
from .common import TODAY, ReceivablesCommon

START = date(2025, 11, 3)


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestStatement(ReceivablesCommon):
    """What a statement says is what the ledger says, on paper and in cells."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.env["arm.statement.engine"]
        cls.usd = cls.company.currency_id
        cls.eur = cls.setup_other_currency("EUR", rates=[("2025-01-01", 0.8)])
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.customer = cls.make_customer(
            "Reader", street="Hauptstraße 1", zip="10115", city="Berlin"
        )
        cls.branch = cls.env["res.partner"].create(
            {"name": "Branch", "parent_id": cls.customer.id}
        )
        cls.other = cls.make_customer("Other", lang="de_DE")
        cls.collector = cls.make_user("s_collector", "collector")

    def text_of(self, content):
        pages = PdfReader(BytesIO(content), strict=False).pages
        # The engine may put blanks inside of words.
        return ["".join(page.extract_text().split()) for page in pages]

    def collect(self, partner, **options):
        account = self.account_of(partner) or self.make_accounts(partner)
        return self.engine._collect(account, **options)[account.id]

    def make_document(self, partner, day, amount, currency, kind="out_invoice"):
        values = {"invoice_date": day, "currency_id": currency.id, "move_type": kind}
        due = day + timedelta(days=20)
        return self.post_invoice(partner, due, amount, **values)

    def make_ledger(self, seed, partners, currencies, count=30):
        """Invoices, credit notes and payments in a random order, matched at random."""
        random = Random(seed)
        for number in range(count):
            day = START + timedelta(days=4 * number + random.randrange(4))
            partner, currency = random.choice(partners), random.choice(currencies)
            amount = random.randrange(1, 100_000) / 100
            what = random.random()
            if what < 0.5:
                self.make_document(partner, day, amount, currency)
                continue
            open_ones = self.env["account.move"].search(
                [
                    ("partner_id", "in", [p.id for p in partners]),
                    ("commercial_partner_id", "=", partner.commercial_partner_id.id),
                    ("move_type", "=", "out_invoice"),
                    ("payment_state", "in", ("not_paid", "partial")),
                ]
            )
            if what < 0.65 or not open_ones:
                refund = self.make_document(
                    partner, day, amount, currency, "out_refund"
                )
                self.match(refund, open_ones[:1])
            else:
                chosen = open_ones[: random.randrange(1, 3)]
                if len(chosen.currency_id) == 1:
                    self.pay(chosen, max(day, START), amount)
        self.env.flush_all()

    def match(self, refund, invoice):
        lines = (refund | invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        if invoice and len(lines.currency_id) == 1:
            lines.reconcile()

    # ------------------------------------------------------------------ the identity

    def lines_of(self, partner):
        return self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )

    def entries_of(self, partner):
        """The ledger for the pure functions, by currency."""
        entries = defaultdict(list)
        for line in self.lines_of(partner):
            applied = {
                str(partial.credit_move_id.id): Decimal(
                    str(partial.debit_amount_currency)
                )
                for partial in line.matched_credit_ids
                if partial.debit_amount_currency
            }
            amount = Decimal(str(line.amount_currency))
            entries[line.currency_id.id].append(
                Entry(line.date, str(line.id), amount, applied=applied)
            )
        return entries

    def test_random_ledgers_add_up(self):
        """Opening + movements = closing = open items = ledger = the pure functions."""
        for seed in (1, 2):
            customer = self.make_customer(f"Ledger {seed}")
            branch = self.env["res.partner"].create(
                {"name": "Branch", "parent_id": customer.id}
            )
            self.make_ledger(seed, [customer, branch], [self.usd, self.eur])
            entries = self.entries_of(customer)
            self.assertEqual(len(entries), 2)
            random = Random(seed)
            for _n in range(12):
                start = START + timedelta(days=random.randrange(-10, 130))
                end = start + timedelta(days=random.randrange(60))
                self.check_against_ledger(customer, entries, start, end)

    def check_against_ledger(self, customer, entries, start, end):
        activity = self.collect(customer, kind="activity", date_from=start, date=end)
        opened = self.collect(customer, date=end)
        found = {s.currency_id: s for s in activity.sections}
        listed = {s.currency_id: s for s in opened.sections}
        for currency, rows in entries.items():
            pure = statement_balance_forward(rows, start, end)
            items = statement_open_items(rows, end)
            section = found.get(currency)
            figures = [0.0] * 4
            if section:
                self.assertEqual(section.difference, 0)
                figures = [section.opening, section.debits]
                figures += [section.credits, section.total]
            names = ("opening", "debits", "credits", "closing")
            for name, figure in zip(names, figures, strict=True):
                self.assertAlmostEqual(figure, float(getattr(pure, name)), 2, name)
            lines = listed[currency].lines if currency in listed else []
            self.assertEqual(
                sorted(round(line.open, 2) for line in lines),
                sorted(float(amount) for amount in items.open.values()),
            )
            self.assertAlmostEqual(
                sum(line.open for line in lines), float(items.total), 2
            )

    def test_paid_in_another_currency_or_by_another_customer(self):
        """Such a match is a movement of its own, so that every currency adds up."""
        dollars = self.make_document(self.customer, date(2026, 1, 5), 100, self.usd)
        euros = self.make_document(
            self.customer, date(2026, 1, 7), 40, self.eur, "out_refund"
        )
        foreign = self.make_document(
            self.other, date(2026, 1, 9), 30, self.usd, "out_refund"
        )
        for credit in (euros, foreign):
            (dollars | credit).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            ).reconcile()
        for partner in (self.customer, self.other):
            for day in (date(2026, 1, 6), date(2026, 1, 8), date(2026, 1, 20)):
                shown = self.collect(
                    partner, kind="activity", date_from=date(2026, 1, 6), date=day
                )
                for section in shown.sections:
                    self.assertEqual(section.difference, 0)
        last = self.collect(self.customer, kind="activity", date_from=date(2026, 1, 1))
        kinds = {line.kind for section in last.sections for line in section.lines}
        self.assertEqual(kinds, {"invoice", "refund", "settled"})

    def test_as_at_a_day_in_the_past(self):
        """What was matched later is open; what came later is not there yet."""
        invoice = self.make_document(self.branch, date(2025, 12, 1), 500, self.usd)
        self.pay(invoice, date(2026, 2, 10), 200)
        self.pay(invoice, date(2026, 3, 1), 300)
        for day, left, late in [
            (date(2025, 11, 30), None, None),
            (date(2025, 12, 1), 500, 0),
            (date(2026, 1, 20), 500, 30),
            (date(2026, 2, 10), 300, 51),
            (date(2026, 3, 1), None, None),
        ]:
            sections = self.collect(self.customer, date=day).sections
            if left is None:
                self.assertFalse(sections, day)
                continue
            line = sections[0].lines[0]
            self.assertEqual((line.open, line.amount), (left, 500), day)
            self.assertEqual(max(line.days, 0), late)
            bucket = 0 if not late else 1 if late <= 30 else 2
            self.assertEqual(sections[0].aging[bucket], left)

    def test_today_is_what_the_customer_account_says(self):
        """Buckets and total are those of the position."""
        self.make_ledger(7, [self.customer], [self.usd], count=20)
        account = self.account_of(self.customer)
        section = self.engine._collect(account)[account.id].sections[0]
        self.assertAlmostEqual(section.total, account.amount_open, 2)
        self.assertAlmostEqual(section.aging[0], account.amount_due_later, 2)
        self.assertAlmostEqual(-section.aging[-1], account.amount_credit, 2)
        for number in range(1, 6):
            bucket = account[f"amount_bucket_{number}"]
            self.assertAlmostEqual(section.aging[number], bucket, 2)

    def test_early_payment_discount(self):
        """Shown until its last day, while nothing was paid, as at the day asked for."""
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [Command.create({"value": "percent", "nb_days": 30})],
            }
        )
        invoice = self.post_invoice(
            self.customer,
            False,
            1000,
            invoice_date="2026-03-02",
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        words = self.env["arm.statement.format"]
        kinds = words._get_kind_labels()

        def told(day):
            line = self.collect(self.customer, date=date.fromisoformat(day))
            return words._describe(line.sections[0].lines[0], kinds)[1]

        self.assertEqual(told("2026-03-12"), "980.00 if paid by 03/12/2026")
        self.assertEqual(told("2026-03-13"), "")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"payment_date": "2026-03-05", "amount": 100})._create_payments()
        self.assertEqual(told("2026-03-12"), "")
        self.assertEqual(told("2026-03-04"), "980.00 if paid by 03/12/2026")
        text = self.text_of(
            self.engine._make_pdfs(
                self.account_of(self.customer), date(2026, 3, 4), lang="de_DE"
            )[self.account_of(self.customer).id]
        )
        self.assertIn("980,00", text[0])

    # ------------------------------------------------------------------------- files

    def test_paper(self):
        """Each customer's own pages, in their language, with their numbers."""
        for number in range(70):
            self.make_document(
                self.customer,
                date(2025, 12, 1) + timedelta(days=number),
                1234.5,
                self.usd,
            )
        self.make_document(self.customer, date(2026, 1, 5), 99.9, self.eur)
        self.make_document(self.other, date(2026, 1, 5), 1234.5, self.usd)
        accounts = self.account_of(self.customer) | self.account_of(self.other)
        nobody = self.make_accounts(self.make_customer("Nobody"))
        files = self.engine._make_pdfs(accounts | nobody)
        self.assertEqual(set(files), set(accounts.ids))
        pages = self.text_of(files[accounts[0].id])
        self.assertGreaterEqual(len(pages), 3)
        for number, page in enumerate(pages, start=1):
            self.assertIn(f"Page{number}of{len(pages)}", page)
            self.assertNotIn("Other", page)
        whole = "".join(pages)
        for text in ("Hauptstraße1", "1,234.50", "86,415.00", "EUR", "99.90"):
            self.assertIn(text, whole)
        german = self.text_of(files[accounts[1].id])
        self.assertEqual(len(german), 1)
        self.assertIn("1.234,50", german[0])
        self.assertFalse(nobody._statement_pdf())
        paper = accounts[1]._statement_pdf(kind="activity", lang="en_US")
        self.assertIn("Balancebroughtforward", self.text_of(paper)[0])

    def test_workbook(self):
        """Numbers and dates are such, and totals are formulas with their results."""
        self.make_document(self.customer, date(2026, 1, 5), 1234.5, self.usd)
        self.make_document(self.customer, date(2026, 3, 5), 100, self.usd)
        account = self.account_of(self.customer)
        for kind, formula in [("open", "SUMIFS("), ("activity", "SUM(")]:
            content = account._statement_xlsx(
                kind=kind, date_from=date(2026, 1, 1), lang="en_US"
            )
            with ZipFile(BytesIO(content)) as book:
                summary = book.read("xl/worksheets/sheet1.xml").decode()
                rows = book.read("xl/worksheets/sheet2.xml").decode()
            self.assertIn(formula, summary)
            self.assertIn("<v>1334.5</v>", summary)
            self.assertIn("<v>1234.5</v>", rows)
            self.assertIn('ySplit="1"', rows)
            self.assertIn('state="frozen"', summary)
        self.assertIsNone(self.make_accounts(self.other)._statement_xlsx())

    def test_only_for_who_may_read_the_customer(self):
        self.make_document(self.customer, date(2026, 1, 5), 100, self.usd)
        account = self.account_of(self.customer)
        with self.assertRaises(AccessError):
            account.with_user(self.collector)._statement_pdf()
        with self.assertRaises(AccessError):
            account.with_user(self.collector)._statement_xlsx()
        account.sudo().collector_id = self.collector
        self.assertTrue(account.with_user(self.collector)._statement_pdf())

    def test_period_that_is_none(self):
        account = self.account_of(self.customer) or self.make_accounts(self.customer)
        with self.refused("ends before it starts", UserError):
            self.engine._collect(
                account,
                kind="activity",
                date=date(2026, 1, 1),
                date_from=date(2026, 1, 2),
            )

    def test_queries_do_not_grow_with_customers(self):
        """A batch of ten takes as many queries as one of a hundred."""
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n}", "is_company": True} for n in range(44)]
        )
        self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-01-15",
                    "invoice_line_ids": [
                        Command.create({"name": "A", "price_unit": 10, "tax_ids": []})
                    ],
                }
                for partner in partners
            ]
        ).action_post()
        accounts = self.env["arm.customer.account"]
        accounts._refresh(self.company, partners)
        found = accounts.search([("partner_id", "in", partners.ids)])
        self.env.flush_all()
        self.env.cr.execute("ANALYZE account_move_line, account_move, res_partner")
        counts = []
        self.engine._make_pdfs(found[:1])  # templates are compiled
        for batch in (found[:4], found[4:44]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.engine._collect(batch, kind="activity", date_from=date(2026, 1, 1))
            self.engine._make_xlsx(batch)
            self.engine._make_pdfs(batch)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 5, counts)

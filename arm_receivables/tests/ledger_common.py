"""A small ledger that is entered twice, and what tells two ledgers apart."""

from collections import defaultdict
from datetime import date, timedelta

from odoo import Command
from odoo.tests import TransactionCase
from odoo.tools import SQL

from ..demo import ledger
from ..demo.books import Books, Tax, Term, currency_of

START = date(2025, 1, 6)

# What is entered in both companies: once document by document through the ORM, each
# on its own day, and once as a batch. Days are counted from START.
INVOICES = {
    # name: (day, contact, currency, lines, term, taxed, more)
    "paid": (0, "head", "EUR", [(3, 19.99), (1, 100.05)], "net", True, {}),
    "foreign": (1, "head", "PLN", [(2, 1234.57), (7, 3.33)], "net", False, {}),
    "instalments": (2, "head", "EUR", [(1, 1000.01)], "three", True, {}),
    "credited": (3, "head", "EUR", [(1, 500)], "net", True, {"ref": "PO 4711"}),
    "run_a": (4, "branch", "EUR", [(1, 10)], "net", False, {}),
    "run_b": (5, "branch", "EUR", [(1, 20)], "net", False, {}),
    "run_c": (6, "branch", "EUR", [(1, 30)], "two", False, {}),
    "foreign_part": (7, "head", "PLN", [(1, 1000)], "net", False, {}),
    "foreign_three": (7, "head", "PLN", [(1, 2000.02)], "three", False, {}),
    "reversed": (8, "head", "EUR", [(1, 80)], "net", True, {}),
    "blocked": (9, "head", "EUR", [(1, 60)], "net", True, {"blocked": True}),
    "silent": (10, "head", "EUR", [(1, 60)], "net", True, {"no_followup": True}),
    "overpaid": (11, "branch", "EUR", [(1, 60)], "net", False, {}),
    "due_date": (12, "head", "EUR", [(4, 12.5)], 17, True, {}),
    "foreign_credited": (13, "head", "PLN", [(3, 99.99)], "net", False, {}),
    "paid_twice": (14, "head", "EUR", [(1, 300)], "net", False, {}),
    "foreign_taxed": (15, "head", "PLN", [(3, 33.33), (7, 0.77)], "net", True, {}),
    "less_discount": (16, "head", "EUR", [(3, 33.35), (1, -10.5)], "two", True, {}),
}
REFUNDS = {
    # name: (day, contact, currency, lines, due, taxed, invoices it is set off against)
    "credit_part": (20, "branch", "EUR", [(1, 120)], 30, True, ["credited"]),
    "credit_full": (21, "head", "EUR", [(1, 80)], 30, True, ["reversed"]),
    "credit_free": (22, "head", "EUR", [(1, 60)], 30, True, []),
    "credit_zloty": (50, "head", "PLN", [(1, 299.97)], 0, False, ["foreign_credited"]),
}
PAYMENTS = [
    # (day, currency, amount, invoices that it pays, memo)
    (35, "EUR", 184.02, ["paid"], "INV 1"),
    (37, "PLN", 2492.45, ["foreign"], "all of it"),
    (39, "EUR", 483.30, ["instalments"], "a part"),
    (45, "EUR", 777.77, [], "advance"),
    (60, "EUR", 60.0, ["run_a", "run_b", "run_c"], "several"),
    (61, "PLN", 333.33, ["foreign_part"], "one third"),
    (62, "PLN", 1500.0, ["foreign_three"], "two instalments and a bit"),
    (63, "EUR", 100.0, ["overpaid"], "too much"),
    (64, "EUR", 100.0, ["paid_twice"], "first"),
    (70, "EUR", 200.0, ["paid_twice"], "second"),
    (80, "PLN", 666.67, ["foreign_part"], "the rest"),
    (90, "PLN", 500.02, ["foreign_three"], "the last one"),
]
RATES = {0: 4.2, 30: 4.35, 55: 4.1, 75: 4.27}

# Columns in which the two may differ, and why.
SKIPPED = {
    "id",
    "create_date",
    "write_date",
    "access_token",  # made when somebody opens the document's link
}


class LedgerTwinsCase(TransactionCase):
    """Two companies alike: one is entered by hand, the other written in bulk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = {name: cls.env.ref(f"base.{name}") for name in ("EUR", "PLN")}
        for currency in cls.currencies.values():
            currency.active = True
        head = cls.env["res.partner"].create(
            {
                "name": 'Zażółć & Söhne <AG> "Tab\\"',
                "is_company": True,
                "country_id": cls.env.ref("base.de").id,
            }
        )
        branch = cls.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": head.id}
        )
        cls.partners = {"head": head, "branch": branch}
        cls.terms = {
            "net": cls._make_term("net", [(100, 30)]),
            "two": cls._make_term("two", [(50, 0), (50, 40)]),
            "three": cls._make_term("three", [(33.33, 30), (33.33, 60), (33.34, 90)]),
        }
        cls.companies = cls._make_company("By hand") + cls._make_company("In bulk")
        cls.by_hand, cls.in_bulk = cls.companies

    @classmethod
    def _make_term(cls, name, parts):
        lines = [
            {"value": "percent", "value_amount": percent, "nb_days": days}
            for percent, days in parts
        ]
        return cls.env["account.payment.term"].create(
            {"name": name, "line_ids": [Command.create(line) for line in lines]}
        )

    @classmethod
    def _make_company(cls, name):
        env = cls.env(context={"chart_template_load": True})
        company = env["res.company"].create(
            {
                "name": name,
                "country_id": cls.env.ref("base.de").id,
                "currency_id": cls.currencies["EUR"].id,
            }
        )
        env["account.chart.template"]._load("generic_coa", company, False)
        company = company.with_env(cls.env)
        company.currency_id = cls.currencies["EUR"]  # the chart made it dollars
        cls.env["res.partner.bank"].create(
            {"acc_number": "DE00 1234", "partner_id": company.partner_id.id}
        )
        rates = [
            {
                "currency_id": cls.currencies["PLN"].id,
                "company_id": company.id,
                "name": START + timedelta(days=days),
                "rate": rate,
            }
            for days, rate in RATES.items()
        ]
        base = {"currency_id": cls.currencies["EUR"].id, "company_id": company.id}
        rates.append({**base, "name": START, "rate": 1.0})
        cls.env["res.currency.rate"].create(rates)
        return company

    # ------------------------------------------------------------------- by the ORM

    def _enter_by_hand(self, frozen, company):
        """Enter everything through the ORM, each document on its day."""
        env = self.env(context={"allowed_company_ids": company.ids})
        moves, events = {}, []
        for name, row in INVOICES.items():
            events.append((row[0], 0, self._post_invoice, (env, moves, name, row)))
        for name, row in REFUNDS.items():
            events.append((row[0], 1, self._post_refund, (env, moves, name, row)))
        for row in PAYMENTS:
            events.append((row[0], 2, self._post_payment, (env, moves, row)))
        for day, _rank, method, arguments in sorted(events, key=lambda e: e[:2]):
            frozen.move_to(START + timedelta(days=day))
            method(*arguments)
        for name, row in INVOICES.items():
            if row[6].get("no_followup"):
                self._receivable(moves[name]).no_followup = True
        env.flush_all()
        return moves

    def _move_values(self, env, kind, row):
        day, contact, currency, lines, term, taxed, *_more = row
        due = START + timedelta(days=day)
        values = {"invoice_payment_term_id": False}
        if isinstance(term, str):
            values["invoice_payment_term_id"] = self.terms[term].id
        else:
            values["invoice_date_due"] = due + timedelta(days=term)
        tax = env.company.account_sale_tax_id if taxed else env["account.tax"]
        return {
            "move_type": kind,
            "partner_id": self.partners[contact].id,
            "invoice_date": due,
            "currency_id": self.currencies[currency].id,
            **values,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": f"{quantity} pieces",
                        "quantity": quantity,
                        "price_unit": price,
                        "tax_ids": [Command.set(tax.ids)],
                        "account_id": self._income(env).id,
                    }
                )
                for quantity, price in lines
            ],
        }

    def _income(self, env):
        journals = env["account.journal"]
        domain = [("type", "=", "sale"), ("company_id", "=", env.company.id)]
        return journals.search(domain, limit=1).default_account_id

    def _banks(self, companies):
        return self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "in", companies.ids)]
        )

    @staticmethod
    def _receivable(moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _post_invoice(self, env, moves, name, row):
        more = row[6]
        values = self._move_values(env, "out_invoice", row)
        move = env["account.move"].create({**values, "ref": more.get("ref")})
        move.action_post()
        moves[name] = move
        if more.get("blocked"):
            move.action_toggle_block_payment()

    def _post_refund(self, env, moves, name, row):
        move = env["account.move"].create(self._move_values(env, "out_refund", row))
        move.action_post()
        moves[name] = move
        for invoice in row[6]:
            self._receivable(move + moves[invoice]).reconcile()

    def _post_payment(self, env, moves, row):
        _day, currency, amount, names, memo = row
        journal = self._banks(env.company)
        if not names:
            payment = env["account.payment"].create(
                {
                    "partner_id": self.partners["head"].id,
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "amount": amount,
                    "journal_id": journal.id,
                    "memo": memo,
                }
            )
            payment.action_post()
            return payment
        ids = [moves[name].id for name in names]
        context = {"active_model": "account.move", "active_ids": ids}
        wizard = env["account.payment.register"].with_context(**context)
        return wizard.create(
            {
                "amount": amount,
                "currency_id": self.currencies[currency].id,
                "journal_id": journal.id,
                "communication": memo,
                "group_payment": True,
                "payment_difference_handling": "open",
            }
        )._create_payments()

    # --------------------------------------------------------------------- in bulk

    def _rows(self, company):
        """The same documents as rows for the writer."""
        books = Books(self.env, company)
        parties = books.parties(self.partners["head"] + self.partners["branch"])
        tax = Tax.of(company.account_sale_tax_id)
        invoices = {}
        for rows, refund in ((INVOICES, False), (REFUNDS, True)):
            for name, row in rows.items():
                day, contact, currency, lines, term, taxed, more = row
                start = START + timedelta(days=day)
                net = isinstance(term, str)
                more = {"settles": [invoices[n] for n in more]} if refund else more
                invoices[name] = ledger.Invoice(
                    party=parties[self.partners[contact].id],
                    date=start,
                    lines=[ledger.Line(f"{q} pieces", q, p) for q, p in lines],
                    currency=currency_of(self.currencies[currency]),
                    rate=self._rate(currency, day),
                    term=Term.of(self.terms[term]) if net else None,
                    due=None if net else start + timedelta(days=term),
                    tax=tax if taxed else None,
                    refund=refund,
                    **more,
                )
        payments = [
            ledger.Payment(
                party=parties[self.partners["head"].id],
                date=START + timedelta(days=day),
                amount=amount,
                currency=currency_of(self.currencies[currency]),
                rate=self._rate(currency, day),
                settles=[invoices[name] for name in names],
                memo=memo,
            )
            for day, currency, amount, names, memo in PAYMENTS
        ]
        return books, invoices, payments

    @staticmethod
    def _rate(currency, day):
        if currency == "EUR":
            return 1.0
        return RATES[max(start for start in RATES if start <= day)]

    def _write_in_bulk(self, company):
        books, invoices, payments = self._rows(company)
        ledger.LedgerWriter(books).write_batch(invoices.values(), payments)
        moves = self.env["account.move"].with_context(allowed_company_ids=company.ids)
        return {name: moves.browse(row.id) for name, row in invoices.items()}

    # ------------------------------------------------------------------- comparison

    def _image(self, company):
        """All stored columns of a company's ledger, in words instead of ids."""
        self.env.flush_all()
        lines = SQL("company_id = %s", company.id)
        taxes = SQL(
            "account_move_line_id IN (SELECT id FROM account_move_line WHERE %s)", lines
        )
        links = SQL("invoice_id IN (SELECT id FROM account_move WHERE %s)", lines)
        fulls = SQL(
            "id IN (SELECT full_reconcile_id FROM account_move_line WHERE %s)", lines
        )
        return {
            "account_move": self._rows_in_words("account_move", lines),
            "account_move_line": self._rows_in_words("account_move_line", lines),
            "account_payment": self._rows_in_words("account_payment", lines),
            "account_partial_reconcile": self._rows_in_words(
                "account_partial_reconcile", lines
            ),
            "account_full_reconcile": self._rows_in_words(
                "account_full_reconcile", fulls
            ),
            "account_move_line_account_tax_rel": self._rows_in_words(
                "account_move_line_account_tax_rel", taxes
            ),
            "account_move__account_payment": self._rows_in_words(
                "account_move__account_payment", links
            ),
        }

    def _rows_in_words(self, table, where):
        columns = self._references(table)
        query = SQL("SELECT * FROM %s WHERE %s", SQL.identifier(table), where)
        self.env.cr.execute(query)
        return sorted(
            (
                {
                    name: self._word(columns.get(name), name, value)
                    for name, value in row.items()
                    if name not in SKIPPED
                }
                for row in self.env.cr.dictfetchall()
            ),
            key=lambda row: str(sorted(row.items(), key=str)),
        )

    def _references(self, table):
        """Which column refers to which model."""
        models = {model._table: model._name for model in self.env.registry.values()}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attname, confrelid::regclass::text
                  FROM pg_constraint
                  JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
                 WHERE contype = 'f' AND conrelid = %s::regclass
                """,
                table,
            )
        )
        return {column: models[name] for column, name in rows if name in models}

    def _word(self, model, name, value):
        if name == "matching_number" and value:
            # Numbers differ: tell which lines bear the same one.
            lines = self.env["account.move.line"].search([(name, "=", value)])
            return value[0] == "P", sorted(self._key(line) for line in lines)
        if model is None or value is None:
            return value
        record = self.env[model].browse(value)
        if model == "res.company":
            return "the company"
        if model == "account.account":
            company = record.company_ids & self.companies
            return record.with_company(company).code
        if model == "account.full.reconcile":
            return sorted(self._key(line) for line in record.reconciled_line_ids)
        if model == "account.move.line":
            return self._key(record)
        if model == "account.tax.repartition.line":
            return record.tax_id.name, record.document_type, record.repartition_type
        if model in ("account.move", "account.payment", "account.tax"):
            return record.name
        return record.display_name

    @staticmethod
    def _key(line):
        return (
            line.move_id.name,
            line.name or "",
            str(line.date_maturity),
            line.balance,
            line.amount_currency,
        )

    def _differences(self, left, right):
        """What differs between two images, column by column."""
        found = defaultdict(list)
        for table, rows in left.items():
            if len(rows) != len(right[table]):
                found[table].append((len(rows), len(right[table])))
                continue
            for one, other in zip(
                self._sorted(rows), self._sorted(right[table]), strict=True
            ):
                for column in one:
                    if one[column] != other[column]:
                        found[table, column].append(
                            (one.get("name"), one[column], other[column])
                        )
        return dict(found)

    @staticmethod
    def _sorted(rows):
        names = ("name", "move_id", "display_type", "balance", "debit_move_id")
        return sorted(
            rows,
            key=lambda row: str([row.get(n) for n in (*names, "credit_move_id")])
            + str(row.get("date_maturity") or row),
        )

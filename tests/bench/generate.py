"""The data of the benchmarks: customers with habits, two years of their documents.

Invoices and payments go through the bulk writer of the demonstration data, which is
tested to leave what the ORM leaves; customers and orders are copies of specimens that
the ORM has made. Everything follows from the seed: the same size is the same company.
"""

import contextlib
import random
from dataclasses import dataclass
from datetime import timedelta

from odoo.tests import freeze_time

from odoo.addons.arm_receivables.demo.books import (
    Books,
    Term,
    currency_of,
)
from odoo.addons.arm_receivables.demo.bulk import reserve
from odoo.addons.arm_receivables.demo.ledger import (
    Invoice,
    LedgerWriter,
    Line,
    Payment,
)

from .fastlane import fast_lane
from .orders import Orders
from .sizes import DAY, HISTORY_DAYS
from .specimen import read_row, sheet_like

BATCH = 20_000  # invoices that are in memory at a time
FAST_LANE_FROM = 10_000  # invoices; below, the indexes are not worth dropping
COUNTRIES = (("base.de", "de_DE"), ("base.fr", "fr_FR"), ("base.pl", "pl_PL"))
FOREIGN = "PLN"
RATES = (4.05, 4.22, 3.97, 4.11)  # of each quarter in turn


@dataclass(frozen=True)
class Habit:
    """How a kind of customer pays: days after the due date, and how often never."""

    share: float
    late: float
    spread: float
    never: float


HABITS = (
    Habit(share=0.60, late=-3, spread=4, never=0.002),
    Habit(share=0.25, late=10, spread=8, never=0.01),
    Habit(share=0.12, late=40, spread=25, never=0.05),
    Habit(share=0.03, late=60, spread=40, never=0.40),
)


class Generator:
    """Writes one company's data of a size into a database without any."""

    def __init__(self, env, size, seed=20260316):
        self.env, self.size = env, size
        self.company = env.company
        self.random = random.Random(seed)
        self.addresses = []  # (partner id of the address, habit) of each customer

    def write(self):
        """Write everything; the caller commits."""
        big = self.size.invoices >= FAST_LANE_FROM
        lane = fast_lane(self.env.cr) if big else contextlib.nullcontext()
        with freeze_time(DAY):
            self._write_rates()
            self._write_customers()
            books = Books(self.env, self.company)
            addresses = [partner_id for partner_id, _habit in self.addresses]
            partners = self.env["res.partner"].browse(addresses)
            self.parties = books.parties(partners | partners.commercial_partner_id)
            orders = Orders(self.env, self.parties, addresses, self.random)
            with lane:
                self._write_ledger(books)
                orders.write_invoiced()
                orders.write_open(self.size.orders)

    # -------------------------------------------------------------------- customers

    def _write_rates(self):
        """A second currency, with another rate every quarter."""
        self.foreign = self.env.ref(f"base.{FOREIGN}")
        self.foreign.active = True
        start = DAY - timedelta(days=HISTORY_DAYS)
        self.rates = [
            (start + timedelta(days=91 * number), RATES[number % len(RATES)])
            for number in range(HISTORY_DAYS // 91 + 1)
        ]
        self.env["res.currency.rate"].create(
            [
                {
                    "name": day,
                    "rate": rate,
                    "currency_id": self.foreign.id,
                    "company_id": self.company.id,
                }
                for day, rate in self.rates
            ]
        )

    def _rate_of(self, day):
        return next(rate for start, rate in reversed(self.rates) if start <= day)

    def _write_customers(self):
        """Customers in three countries; every fifth has an address for invoices."""
        heads, contacts = self._partner_sheets()
        ids = reserve(self.env.cr, "res_partner", 2 * self.size.customers)
        habits = self.random.choices(
            HABITS, [habit.share for habit in HABITS], k=self.size.customers
        )
        for number, habit in enumerate(habits, 1):
            head, address = next(ids), next(ids)
            name, mail = f"Customer {number:06}", f"c{number}@customers.example.com"
            heads[number % len(heads)].add(head, name, name, name, head, mail, mail)
            if number % 5 == 0:
                mail = f"accounts.{mail}"
                full = f"{name}, Accounts"
                contacts.add(address, head, head, name, full, mail, mail)
            self.addresses.append((address if number % 5 == 0 else head, habit))
        for sheet in (*heads, contacts):
            sheet.copy_rows(self.env.cr)
        self.env.invalidate_all()

    def _partner_sheets(self):
        """Sheets for customers of each country, and one for their contacts."""
        mails = ("email", "email_normalized")
        names = ("name", "complete_name", "commercial_company_name")
        partners = self.env["res.partner"]
        heads = []
        with contextlib.closing(self.env.cr.savepoint()):
            for country, lang in COUNTRIES:
                values = {
                    "name": "Specimen",
                    "is_company": True,
                    "email": "specimen@example.com",
                    "country_id": self.env.ref(country).id,
                    "lang": lang,
                }
                head = partners.create(values)
                columns = ("id", *names, "commercial_partner_id", *mails)
                heads.append(sheet_like("res_partner", read_row(head), columns))
            contact = partners.create(
                {
                    "name": "Accounts",
                    "type": "invoice",
                    "parent_id": head.id,
                    "email": "accounts@example.com",
                }
            )
            columns = ("id", "parent_id", "commercial_partner_id", names[2], names[1])
            contacts = sheet_like("res_partner", read_row(contact), (*columns, *mails))
        return heads, contacts

    # ----------------------------------------------------------------------- ledger

    def _write_ledger(self, books):
        """Batches in the order of time, each with what settles its invoices."""
        self.own, self.other = books.currency, currency_of(self.foreign)
        self.instalments = Term.of(self._make_term())
        writer = LedgerWriter(books)
        batches = max(1, round(self.size.invoices / BATCH))
        edges = [self.size.invoices * n // batches for n in range(batches + 1)]
        for number in range(batches):
            amount = edges[number + 1] - edges[number]
            span = (
                HISTORY_DAYS * number // batches,
                HISTORY_DAYS * (number + 1) // batches,
            )
            writer.write_batch(*self._make_documents(amount, span))
            if number == 0:
                self.env.cr.execute("ANALYZE account_move, account_payment")

    def _make_term(self):
        halves = [(50, 30), (50, 60)]
        return self.env["account.payment.term"].create(
            {
                "name": "Two instalments",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": part, "nb_days": days})
                    for part, days in halves
                ],
            }
        )

    def _make_documents(self, amount, span):
        """Invoices of a span of days (from the first day on), and their settlement."""
        invoices, payments = [], []
        rnd = self.random
        start = DAY - timedelta(days=HISTORY_DAYS)
        for _number in range(amount):
            partner_id, habit = rnd.choice(self.addresses)
            day = start + timedelta(days=rnd.randrange(*span))
            invoice = self._make_invoice(self.parties[partner_id], day)
            invoices.append(invoice)
            chance = rnd.random()
            if chance < 0.02 and day + timedelta(days=10) < DAY:
                invoices.append(self._make_credit_note(invoice))
            elif chance < 0.03:
                invoice.blocked = True
            else:
                payments += self._make_payments(invoice, habit, chance)
        return invoices, payments

    def _make_invoice(self, party, day):
        rnd = self.random
        currency = self.other if rnd.random() < 0.04 else self.own
        price = round(min(rnd.lognormvariate(6, 1.2), 200_000) + 5, 2)
        split = rnd.random() < 0.03
        return Invoice(
            party,
            day,
            [Line("Goods", 1.0, price)],
            currency,
            rate=self._rate_of(day) if currency is self.other else 1.0,
            term=self.instalments if split else None,
            due=None if split else day + timedelta(days=30),
            sent=True,
        )

    def _make_credit_note(self, invoice):
        """The whole invoice is taken back ten days later."""
        day = invoice.date + timedelta(days=10)
        rate = 1.0 if invoice.currency is self.own else self._rate_of(day)
        return Invoice(
            invoice.party,
            day,
            [Line("Return", 1.0, invoice.total)],
            invoice.currency,
            rate=rate,
            due=day,
            refund=True,
            settles=[invoice],
        )

    def _make_payments(self, invoice, habit, chance):
        """What was paid by today: all, a part, or something on account besides."""
        rnd = self.random
        if rnd.random() < habit.never:
            return []
        late = max(round(rnd.gauss(habit.late, habit.spread)), -29)
        day = invoice.date + timedelta(days=30 + late)
        if day >= DAY:
            return []
        amount = invoice.total
        if chance > 0.98:
            amount = round(amount / 2, 2)
        payments = [self._make_payment(invoice, day, amount, [invoice])]
        if chance > 0.995:
            payments.append(self._make_payment(invoice, day, 25.0, []))
        return payments

    def _make_payment(self, invoice, day, amount, settles):
        rate = 1.0 if invoice.currency is self.own else self._rate_of(day)
        return Payment(
            invoice.party, day, amount, invoice.currency, rate=rate, settles=settles
        )

"""How the customers of the demonstration behave: invoices, payments, credit notes.

Everything is counted in days before today, and every customer has a random generator
of its own. The story is therefore the same on any day, and stays what it is for the
others when a customer is added. Three things are told:

* the ordinary business of 18 months, in which each customer has a habit of paying,
* moments: documents that must exist at a certain distance from today, so that every
  screen has something to show on every day (``moments.csv``),
* what goes wrong now and then: credit notes, payments in parts, deductions.
"""

import math
import random
from dataclasses import dataclass
from datetime import date, timedelta

from . import people
from .books import Books, Party, Tax, Term
from .ledger import Invoice, Line, Payment
from .settlement import Currency

SEED = 19
SPAN = 540
"""The first invoices are this many days old."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody pays, in days after the due date.

    :param run: pays only every so many days, several invoices with one payment.
    :param split: the share of invoices that is paid in two parts.
    :param silent: has paid nothing for so many days.
    :param quiet: has bought nothing for so many days.
    """

    earliest: int
    latest: int
    run: int = 0
    split: float = 0.0
    silent: int = 0
    quiet: int = 0


HABITS = {
    "prompt": Habit(-6, 1),
    "credit": Habit(-8, -1),
    "runs": Habit(-3, 6, run=14),
    "slow": Habit(5, 15),
    "parts": Habit(2, 14, split=0.7),
    "late": Habit(30, 60),
    "stopped": Habit(3, 12, silent=120, quiet=40),
}

TERMS = {
    # key: name, (per cent, days after the invoice date)
    "net14": ("14 days net", [(100, 14)]),
    "net30": ("30 days net", [(100, 30)]),
    "net45": ("45 days net", [(100, 45)]),
    "net60": ("60 days net", [(100, 60)]),
    "halves": ("50 % in 14 days, 50 % in 60 days", [(50, 14), (50, 60)]),
    "thirds": (
        "Three instalments: 30, 60 and 90 days",
        [(33.33, 30), (33.33, 60), (33.34, 90)],
    ),
}

PRICE_LEVEL = {"EUR": 1.0, "PLN": 4.3, "USD": 1.1}


class Rates:
    """Weekly rates of exchange, the same curve back from any day."""

    def __init__(self, today):
        self.today = today
        self.days = [today - timedelta(days=7 * week) for week in range(SPAN // 7 + 9)]
        self._weeks = {day: self._per_euro(week) for week, day in enumerate(self.days)}

    @staticmethod
    def _per_euro(week):
        zloty = 4.29 + 0.07 * math.sin(week / 7) + 0.02 * math.sin(week / 1.7)
        dollar = 1.11 + 0.04 * math.sin(1 + week / 9) + 0.01 * math.sin(week / 2.3)
        return {"EUR": 1.0, "PLN": round(zloty, 4), "USD": round(dollar, 4)}

    def get(self, base, currency, day):
        """How many units of a currency one unit of the base buys on a day."""
        week = self.days[-(-(self.today - day).days // 7)]
        quotes = self._weeks[week]
        return round(quotes[currency] / quotes[base], 6)


@dataclass(slots=True)
class Stage:
    """What one company brings into the story.

    :param parties: customer -> (who gets the invoice, who pays).
    :param tax: the tax on sales in the company's own country.
    :param domestic: the customers in that country.
    """

    firm: str
    base: str
    today: date
    books: Books
    rates: Rates
    currencies: dict[str, Currency]
    parties: dict[str, tuple[Party, Party]]
    terms: dict[str, Term]
    tax: Tax
    domestic: frozenset

    def day(self, ago):
        return self.today - timedelta(days=ago)

    def working_day(self, ago):
        """A day on which banks book: a weekend's payment comes on Monday."""
        day = self.day(ago)
        weekend = max(day.weekday() - 4, 0)
        monday = day + timedelta(days=3 - weekend if weekend else 0)
        return monday if monday <= self.today else day - timedelta(days=weekend)


class Story:
    """Tells the rows of one company."""

    def __init__(self, stage):
        self.stage = stage
        self.products = [
            (row["name"], float(row["price"])) for row in people.rows("products")
        ]
        self.invoices = []
        self.payments = []
        self.marked = {}
        self._runs = {}

    def tell(self, sales):
        """Fill ``invoices`` and ``payments``; ``marked`` names those worth finding."""
        for sale in sales:
            if sale.firm == self.stage.firm:
                self._tell_sale(sale)
        for row in people.rows("moments"):
            if row["firm"] == self.stage.firm:
                self._tell_moment(row)
        for (customer, currency, day), invoices in self._runs.items():
            total = sum(invoice.total for invoice in invoices)
            self._pay(customer, currency, day, total, invoices)
        return self.invoices, self.payments

    # --------------------------------------------------------- the ordinary business

    def _tell_sale(self, sale):
        """All invoices of a customer, and what becomes of each."""
        rng = random.Random(f"{SEED}/{sale.customer}/{sale.firm}/{sale.currency}")
        habit = HABITS[sale.habit]
        ago = SPAN - rng.randrange(sale.every)
        while ago >= max(habit.quiet, 1):
            self._tell_invoice(rng, sale, habit, ago)
            ago -= max(2, round(sale.every * rng.uniform(0.6, 1.4)))

    def _tell_invoice(self, rng, sale, habit, ago):
        amount = sale.amount * rng.lognormvariate(0, 0.5)
        amount = min(max(amount, 60), 30000)
        claims = [
            (ago - days, self._paid_ago(rng, habit, ago - days))
            for _percent, days in self.stage.terms[sale.term].parts
        ]
        settled = all(paid is not None for _due, paid in claims)
        start = self.stage.working_day(ago) if settled else self.stage.day(ago)
        invoice = self._invoice(rng, sale.customer, sale.currency, start, amount)
        invoice.term = self.stage.terms[sale.term]
        dice = rng.random()
        if len(claims) > 1:
            self._pay_instalments(invoice, sale, claims)
        elif settled:
            self._settle(rng, invoice, sale, habit, (ago, claims[0][1]), dice)
        elif habit.silent and dice < 0.2:
            self._credit(invoice, sale, ago - 9, 0.1)

    @staticmethod
    def _paid_ago(rng, habit, due_ago):
        """How many days ago a claim was paid, or None if it is open."""
        paid = due_ago - rng.randint(habit.earliest, habit.latest)
        if habit.run:
            paid -= paid % habit.run
        return None if paid < 0 or paid < habit.silent else paid

    def _pay_instalments(self, invoice, sale, claims):
        parts = invoice.instalments(invoice.total, invoice.currency)
        for (_due, paid), (_day, _share, amount) in zip(claims, parts, strict=True):
            if paid is not None:
                self._pay(
                    *(sale.customer, sale.currency, self.stage.working_day(paid)),
                    *(amount, [invoice]),
                )

    def _settle(self, rng, invoice, sale, habit, days, dice):
        """A paid invoice: at once, in two parts, or less a credit note."""
        ago, paid = days
        day = self.stage.working_day(paid)
        if dice < 0.012:
            self._credit(invoice, sale, paid, 1.0)
        elif dice < 0.05 and ago - paid > 12:
            credit = self._credit(invoice, sale, ago - 10, rng.uniform(0.05, 0.3))
            rest = invoice.currency.round(invoice.total - credit.total)
            self._pay(sale.customer, sale.currency, day, rest, [invoice])
        elif dice < habit.split:
            self._pay_in_parts(invoice, sale, paid, 20)
        else:
            key = sale.customer, sale.currency, day
            self._runs.setdefault(key, []).append(invoice)

    def _pay_in_parts(self, invoice, sale, paid, pause):
        """60 % first; the rest comes later, or has not come yet."""
        first = invoice.currency.round(invoice.total * 0.6)
        rest = invoice.currency.round(invoice.total - first)
        day = self.stage.working_day(paid)
        self._pay(sale.customer, sale.currency, day, first, [invoice])
        if paid >= pause:
            day = self.stage.working_day(paid - pause)
            self._pay(sale.customer, sale.currency, day, rest, [invoice])

    # ----------------------------------------------------------------- the moments

    def _tell_moment(self, row):
        """A document at a fixed distance from today, with a fate of its own."""
        customer, currency, fate = row["customer"], row["currency"], row["fate"]
        rng = random.Random(f"{SEED}/moment/{customer}/{row['due_in']}/{fate}")
        ago, amount = -int(row["due_in"]), float(row["amount"])
        if fate == "advance":
            day = self.stage.working_day(ago)
            self._pay(customer, currency, day, amount, [], "Payment on account")
            return
        if fate == "credit_note":
            credit = self._invoice(rng, customer, currency, self.stage.day(ago), amount)
            credit.refund, credit.due = True, credit.date
            return
        start = self.stage.day(ago + 30)
        invoice = self._invoice(rng, customer, currency, start, amount)
        invoice.term = self.stage.terms["net30"]
        self._apply_fate(invoice, customer, currency, fate, ago)

    def _apply_fate(self, invoice, customer, currency, fate, ago):
        if fate in ("blocked", "silent", "unsent"):
            self.marked.setdefault(f"{self.stage.firm}_{fate}", invoice)
            invoice.blocked = fate == "blocked"
            invoice.no_followup = fate == "silent"
            invoice.sent = fate != "unsent"
        elif fate in ("part", "short"):
            share = 0.5 if fate == "part" else 0.98
            amount = invoice.currency.round(invoice.total * share)
            day = self.stage.working_day(max(ago - 4, 0))
            self._pay(customer, currency, day, amount, [invoice])

    # ------------------------------------------------------------------- documents

    def _rate(self, currency, day):
        return self.stage.rates.get(self.stage.base, currency, day)

    def _invoice(self, rng, customer, currency, day, amount):
        """An invoice over about an amount; its term is set by the caller."""
        domestic = customer in self.stage.domestic
        invoice = Invoice(
            party=self.stage.parties[customer][0],
            date=day,
            lines=self._lines(rng, amount, PRICE_LEVEL[currency]),
            currency=self.stage.currencies[currency],
            rate=self._rate(currency, day),
            tax=self.stage.tax if domestic else None,
            sent=True,
        )
        if rng.random() < 0.4:
            invoice.ref = f"PO-{rng.randrange(10000, 99999)}"
        self.invoices.append(invoice)
        return invoice

    def _lines(self, rng, amount, level):
        """One to four products that come to about the amount."""
        lines, left = [], amount
        for rest in reversed(range(rng.randint(1, 4))):
            fitting = [p for p in self.products if p[1] * level <= left]
            name, price = rng.choice(fitting or [min(self.products, key=_price)])
            price = round(price * level, 2)
            part = left if rest == 0 else left * rng.uniform(0.3, 0.7)
            quantity = max(1, round(part / price))
            lines.append(Line(name, quantity, price))
            left -= quantity * price
            if left < 10 * level:
                break
        return lines

    def _credit(self, invoice, sale, ago, share):
        """A credit note on an invoice, set off against it."""
        day = max(self.stage.working_day(max(ago, 0)), invoice.date)
        if share == 1.0:
            lines = invoice.lines
        else:
            first = invoice.lines[0]
            price = round(first.price * first.quantity * share, 2)
            lines = [Line(f"Returned goods: {first.name}", 1, price)]
        credit = Invoice(
            party=invoice.party,
            date=day,
            due=day,
            lines=lines,
            currency=invoice.currency,
            rate=self._rate(sale.currency, day),
            tax=invoice.tax,
            refund=True,
            settles=[invoice],
            sent=True,
        )
        self.invoices.append(credit)
        return credit

    def _pay(self, customer, currency, day, amount, invoices, memo=None):
        money = self.stage.currencies[currency]
        self.payments.append(
            Payment(
                party=self.stage.parties[customer][1],
                date=max([day, *(invoice.date for invoice in invoices)]),
                amount=money.round(amount),
                currency=money,
                rate=self._rate(currency, day),
                settles=invoices,
                memo=memo,
            )
        )


def _price(product):
    return product[1]

"""The companies of the demonstration, their users and their customers.

All of them are invented. Addresses of e-mail end in ``.example``, which nobody can
register; tax numbers and bank accounts are well formed and belong to nobody we know.
"""

import csv
from dataclasses import dataclass

from odoo.tools import file_open


@dataclass(frozen=True, slots=True)
class Firm:
    """One of the two companies that sell."""

    key: str
    name: str
    country: str
    currency: str
    timezone: str
    street: str
    zip: str
    city: str
    vat: str
    phone: str
    tax: tuple
    bank: str
    accounts: dict


FIRMS = (
    Firm(
        key="de",
        name="Nordlicht Handels GmbH",
        country="DE",
        currency="EUR",
        timezone="Europe/Berlin",
        street="Speicherstraße 8",
        zip="24103",
        city="Kiel",
        vat="DE952601815",
        phone="+49 431 5550100",
        tax=("19 % USt", 19.0),
        bank="Nordlichtbank Kiel",
        accounts={"EUR": "DE63999000010012345678", "PLN": "DE05999000010087654321"},
    ),
    Firm(
        key="pl",
        name="Nordlicht Polska Sp. z o.o.",
        country="PL",
        currency="PLN",
        timezone="Europe/Warsaw",
        street="ul. Portowa 21",
        zip="70-001",
        city="Szczecin",
        vat="PL9512330805",
        phone="+48 91 555 01 00",
        tax=("VAT 23 %", 23.0),
        bank="Bank Zorza Szczecin",
        accounts={
            "PLN": "PL42999000120000000012345678",
            "EUR": "PL81999000120000000087654321",
        },
    ),
)

USERS = (
    # login (and password), name, group
    ("collector", "Klara Sommer", "group_receivables_collector"),
    ("manager", "Marek Zieliński", "group_receivables_manager"),
    ("auditor", "Anna Prüfer", "group_receivables_auditor"),
)


@dataclass(frozen=True, slots=True)
class Sale:
    """What a customer buys from one of the companies, and how it is paid.

    ``every`` is the number of days from one invoice to the next, and ``amount`` what
    an invoice comes to before tax, both on average.
    """

    customer: str
    firm: str
    currency: str
    habit: str
    every: int
    amount: int
    term: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer. ``contact`` gets the invoices; ``more`` are further contacts."""

    key: str
    name: str
    country: str
    zip: str
    city: str
    street: str
    vat: str
    status: str
    contact: str
    more: tuple
    flags: frozenset

    @property
    def lang(self):
        return LANGUAGES.get(self.country, "en_US")

    @property
    def email(self):
        if "no_email" in self.flags:
            return False
        return f"{MAILBOXES[self.lang]}@{self.key}.example"


LANGUAGES = {
    "AT": "de_DE",
    "CH": "de_DE",
    "DE": "de_DE",
    "FR": "fr_FR",
    "PL": "pl_PL",
}
MAILBOXES = {
    "de_DE": "buchhaltung",
    "en_US": "accounts",
    "fr_FR": "comptabilite",
    "pl_PL": "ksiegowosc",
}


def rows(name):
    """The rows of a file of the demonstration, as dicts."""
    with file_open(f"arm_receivables/demo/{name}.csv", "r") as source:
        yield from csv.DictReader(source)


def customers():
    """The customers, in the order of the file."""
    return [
        Customer(
            **{
                **row,
                "more": tuple(name for name in row["more"].split("; ") if name),
                "flags": frozenset(row["flags"].split()),
            }
        )
        for row in rows("customers")
    ]


def sales():
    """Who buys what from whom, in the order of the file."""
    return [
        Sale(**{**row, "every": int(row["every"]), "amount": int(row["amount"])})
        for row in rows("sales")
    ]

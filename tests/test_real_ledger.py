"""Real input: two years of a company's invoices, entered document by document.

The file (2,466 invoices of 100 customers) is no part of this project. It is looked for
beside the checkout, or where ``ARM_REAL_LEDGER`` says; without it the test is skipped.
What is expected is computed here from the file alone, with nothing in common with what
is tested: every figure by walking through the documents of one customer.
"""

import csv
import os
import unittest
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

NAME = "ibm_accounts_receivable.csv"
CHECKOUT = Path(__file__).resolve().parents[1]
MIDDLE, END = date(2012, 12, 17), date(2013, 12, 2)
BATCH = 250

# The company's rules; chosen so that this ledger has customers of every colour.
GREEN, YELLOW, RED = "green", "yellow", "red"
ORDER = [GREEN, YELLOW, RED]
POLICY = {
    "yellow_payment_index": 79,
    "red_payment_index": 72,
    "yellow_days_late": 5,
    "red_days_late": 12,
    "yellow_oldest_overdue_days": 8,
    "red_oldest_overdue_days": 20,
    "yellow_overdue_share": 40,
    "red_overdue_share": 90,
    "better_after": 3,
    "start_status": YELLOW,
    "minimum_experiences": 3,
    "ignore_below": 10,
    "grace_days": 3,
}
# Days late and the points that they are worth, joined by straight lines.
POINTS = [(-30, 100), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50)]
POINTS += [(60, 40), (90, 30), (120, 20), (180, 0)]


def find_ledger():
    """The file, or None."""
    named = os.environ.get("ARM_REAL_LEDGER")
    path = Path(named) if named else CHECKOUT.parent / "shared" / "data" / NAME
    return path if path.is_file() else None


@dataclass(frozen=True)
class Document:
    """One line of the file."""

    customer: str
    number: str
    issued: date
    due: date
    settled: date
    amount: Decimal
    disputed: bool


def read_ledger(path):
    """The documents in the order of their dates."""
    with open(path, newline="", encoding="utf-8") as handle:
        documents = [
            Document(
                row["customerID"],
                row["invoiceNumber"],
                american(row["InvoiceDate"]),
                american(row["DueDate"]),
                american(row["SettledDate"]),
                Decimal(row["InvoiceAmount"]),
                row["Disputed"] == "Yes",
            )
            for row in csv.DictReader(handle)
        ]
    return sorted(documents, key=lambda d: (d.issued, d.number))


def american(text):
    return datetime.strptime(text, "%m/%d/%Y").date()


# ------------------------------------------------------- what is expected, by the file


@dataclass
class Expected:
    """The figures of one customer on a day."""

    amount_open: Decimal
    amount_overdue: Decimal
    amount_disputed: Decimal
    oldest_overdue_date: date | None
    experience_count: int
    days_late: Decimal | None
    payment_index: Decimal | None
    paid_in_terms: int
    status: str = GREEN


def one_year_before(day):
    return day.replace(year=day.year - 1)


def points(days):
    """What a payment so many days after the due date is worth, 0 to 100."""
    if days <= POINTS[0][0]:
        return Decimal(POINTS[0][1])
    for (left, high), (right, low) in zip(POINTS, POINTS[1:], strict=False):
        if days <= right:
            return high - Decimal(days - left) / (right - left) * (high - low)
    return Decimal(0)


def expected(documents, today, before=None):
    """The figures of a customer's documents on a day.

    :param before: (day, status) of the last evaluation, if there was one
    """
    start = one_year_before(today)
    unpaid = [d for d in documents if d.issued <= today < d.settled]
    overdue = [d for d in unpaid if d.due < today]
    paid = [d for d in documents if start < d.settled <= today and d.issued <= today]
    late = [(d.amount, (d.settled - d.due).days) for d in paid]
    late += [(d.amount, (today - d.due).days) for d in overdue]
    weight = sum(amount for amount, _days in late)
    found = Expected(
        amount_open=sum((d.amount for d in unpaid), Decimal(0)),
        amount_overdue=sum((d.amount for d in overdue), Decimal(0)),
        amount_disputed=sum((d.amount for d in unpaid if d.disputed), Decimal(0)),
        oldest_overdue_date=min((d.due for d in overdue), default=None),
        experience_count=len(late),
        days_late=sum(a * days for a, days in late) / weight if late else None,
        payment_index=sum(a * points(days) for a, days in late) / weight
        if len(late) >= 3
        else None,
        paid_in_terms=in_terms_in_a_row(paid, before),
    )
    found.status = decide(found, today, before)
    return found


def in_terms_in_a_row(paid, before):
    """Documents paid in terms since the last late one, and since the last change."""
    since = [before[0]] if before else []
    row = []
    for document in paid:
        allowed = (document.settled - document.due).days <= POLICY["grace_days"]
        (row if allowed else since).append(document.settled)
    return sum(day > max(since, default=date.min) for day in row)


def decide(found, today, before):
    """The status: worse at once, better one step at a time and only when proven."""
    target = ORDER.index(figures_alone(found, today))
    enough = found.experience_count >= POLICY["minimum_experiences"]
    if before is None:
        start = 0 if enough else ORDER.index(POLICY["start_status"])
        return ORDER[max(target, start)]
    present = ORDER.index(before[1])
    if target >= present:
        return ORDER[target]
    proven = enough and found.paid_in_terms >= POLICY["better_after"]
    clean = found.amount_overdue < POLICY["ignore_below"]
    return ORDER[present - 1] if proven and clean else ORDER[present]


def figures_alone(found, today):
    """Red, yellow or green by the thresholds."""
    oldest = share = 0
    if found.amount_overdue >= POLICY["ignore_below"]:
        oldest = (today - found.oldest_overdue_date).days
        share = round(100 * found.amount_overdue / found.amount_open, 2)
    index, late = Decimal(100), Decimal(-999)
    if found.experience_count >= POLICY["minimum_experiences"]:
        index, late = round(found.payment_index, 4), round(found.days_late, 4)
    for status in (RED, YELLOW):
        if (
            index < POLICY[f"{status}_payment_index"]
            or late >= POLICY[f"{status}_days_late"]
            or oldest >= POLICY[f"{status}_oldest_overdue_days"]
            or share >= POLICY[f"{status}_overdue_share"]
        ):
            return status
    return GREEN


# -------------------------------------------------------------------------- the books


class Bookkeeper:
    """Enters the documents: invoices are posted, payments booked and matched.

    In batches, as an import would; the accounts are refreshed once, when all that
    happened until the day is in the books.
    """

    def __init__(self, env, company_data, documents):
        self.env = env
        self.bank = company_data["default_journal_bank"]
        self.documents = documents
        self.invoices = {}  # document -> posted invoice
        self.paid = set()
        names = sorted({document.customer for document in documents})
        partners = env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )
        self.partners = dict(zip(names, partners, strict=True))

    def keep_until(self, day):
        """Enter what happened until the end of a day."""
        with self.env["arm.customer.account"]._collect_changes():
            self._enter_invoices([d for d in self.documents if d.issued <= day])
            self._release_payments()
            self._enter_payments([d for d in self.invoices if d.settled <= day])
            self._block_payments()
            self.env.flush_all()

    def _enter_invoices(self, documents):
        for batch in _batches([d for d in documents if d not in self.invoices]):
            moves = self.env["account.move"].create(
                [self._prepare_invoice(document) for document in batch]
            )
            moves._post(soft=False)
            self.invoices.update(zip(batch, moves, strict=True))
            self._analyze()

    def _prepare_invoice(self, document):
        return {
            "move_type": "out_invoice",
            "partner_id": self.partners[document.customer].id,
            "invoice_date": document.issued,
            "invoice_date_due": document.due,
            "invoice_payment_term_id": False,
            "ref": document.number,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "As delivered",
                        "price_unit": float(document.amount),
                        "tax_ids": [Command.clear()],
                    }
                )
            ],
        }

    def _enter_payments(self, documents):
        """Money that came in; every fourth customer's as payments of Odoo."""
        new = [document for document in documents if document not in self.paid]
        self.paid.update(new)
        names = sorted(self.partners)[::4]
        self._book_payments([d for d in new if d.customer in names])
        self._book_bank_days([d for d in new if d.customer not in names])

    def _book_payments(self, documents):
        """One payment for all that a customer settled on a day."""
        groups = defaultdict(list)
        for document in documents:
            groups[document.settled, document.customer].append(document)
        for batch in _batches(sorted(groups.items())):
            payments = self.env["account.payment"].create(
                [self._prepare_payment(*key, group) for key, group in batch]
            )
            payments.action_post()
            self._reconcile(
                self._receivable(payment.move_id)
                | self._receivable(*map(self.invoices.get, group))
                for payment, (_key, group) in zip(payments, batch, strict=True)
            )

    def _prepare_payment(self, day, customer, group):
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partners[customer].id,
            "journal_id": self.bank.id,
            "date": day,
            "amount": float(sum(document.amount for document in group)),
            "memo": " ".join(document.number for document in group),
        }

    def _book_bank_days(self, documents):
        """One entry for all that the bank credited on a day, as many firms book it."""
        days = defaultdict(list)
        for document in documents:
            days[document.settled].append(document)
        for batch in _batches(sorted(days.items())):
            entries = self.env["account.move"].create(
                [self._prepare_bank_day(*pair) for pair in batch]
            )
            entries._post(soft=False)
            self._reconcile(
                credit | self._receivable(self.invoices[document])
                for entry, (_day, settled) in zip(entries, batch, strict=True)
                for credit, document in zip(
                    self._receivable(entry).sorted("id"), settled, strict=True
                )
            )

    def _prepare_bank_day(self, day, settled):
        total = float(sum(document.amount for document in settled))
        bank = {"account_id": self.bank.default_account_id.id, "debit": total}
        return {
            "move_type": "entry",
            "journal_id": self.bank.id,
            "date": day,
            "line_ids": [
                Command.create(bank),
                *(Command.create(self._prepare_credit(d)) for d in settled),
            ],
        }

    def _prepare_credit(self, document):
        partner = self.partners[document.customer]
        return {
            "account_id": partner.property_account_receivable_id.id,
            "partner_id": partner.id,
            "name": document.number,
            "credit": float(document.amount),
        }

    def _reconcile(self, groups):
        self._analyze()
        self.env["account.move.line"]._reconcile_plan(list(groups))

    def _receivable(self, *moves):
        lines = self.env["account.move.line"].concat(*(m.line_ids for m in moves))
        return lines.filtered(lambda line: line.account_type == "asset_receivable")

    def _release_payments(self):
        """The payments of disputed invoices, before they are paid after all."""
        for invoice in self.invoices.values():
            if invoice.payment_state == "blocked":
                invoice.action_toggle_block_payment()

    def _block_payments(self):
        for document, invoice in self.invoices.items():
            if document.disputed and document not in self.paid:
                invoice.action_toggle_block_payment()

    def _analyze(self):
        """In one transaction the server does not learn by itself how much there is."""
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_payment,"
            " account_partial_reconcile, account_move__account_payment"
        )


def _batches(rows):
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


# --------------------------------------------------------------------------- the test


@tagged("post_install", "-at_install", "arm")
@unittest.skipUnless(
    find_ledger(), "no real ledger here: name the file with ARM_REAL_LEDGER"
)
class TestRealLedger(AccountTestInvoicingCommon):
    """Every customer of a real ledger has the figures and the status of the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.company.receivables_timezone = "UTC"
        documents = read_ledger(find_ledger())
        cls.by_customer = defaultdict(list)
        for document in documents:
            cls.by_customer[document.customer].append(document)
        env = cls.env(context={**cls.env.context, **DISABLED_MAIL_CONTEXT})
        cls.books = Bookkeeper(env, cls.company_data, documents)
        cls.env["arm.reliability.policy"].sudo().create(
            {"company_id": cls.company.id, **POLICY}
        )
        cls.found, cls.expected = {}, {}
        before = {}
        for day in (MIDDLE, END):
            with freeze_time(f"{day} 12:00:00"):
                cls.books.keep_until(day)
                cls.found[day] = cls._read_accounts()
            cls.expected[day] = {
                customer: expected(documents, day, before.get(customer))
                for customer, documents in cls.by_customer.items()
                if any(document.issued <= day for document in documents)
            }
            before = {
                customer: (cls._changed_on(customer, day), figures.status)
                for customer, figures in cls.expected[day].items()
            }

    @classmethod
    def _changed_on(cls, _customer, day):
        """The statuses are decided for the first time on this day."""
        return day

    @classmethod
    def _read_accounts(cls):
        accounts = cls.env["arm.customer.account"].sudo()
        found = accounts.search([("company_id", "=", cls.company.id)])
        return {
            account.partner_id.name: {
                name: account[name]
                for name in (*Expected.__annotations__, "reliability_status")
                if name != "status"
            }
            for account in found
        }

    def check(self, day):
        found, wanted = self.found[day], self.expected[day]
        self.assertEqual(found.keys(), wanted.keys())
        wrong = []
        for customer, figures in wanted.items():
            for name, value in vars(figures).items():
                field = "reliability_status" if name == "status" else name
                if not self.equal(found[customer][field], value):
                    wrong.append((customer, name, value, found[customer][field]))
        self.assertFalse(wrong)

    @staticmethod
    def equal(stored, value):
        if isinstance(value, Decimal | int):
            return abs(Decimal(repr(stored)) - value) <= Decimal("0.00006")
        return stored == (value or False) or (value is None and not stored)

    def test_middle_of_the_history(self):
        """Only what happened until then is known, and decides."""
        self.check(MIDDLE)

    def test_end_of_the_history(self):
        """A year later, statuses that improved had to be proven."""
        self.check(END)

    def test_nothing_is_trivial(self):
        """Both days have customers of more than one status, and some of them moved."""
        statuses = {
            day: {name: figures.status for name, figures in rows.items()}
            for day, rows in self.expected.items()
        }
        self.print_statuses(statuses)
        self.assertGreater(len(set(statuses[MIDDLE].values())), 1)
        self.assertGreater(len(set(statuses[END].values())), 1)
        moved = [
            name
            for name, status in statuses[END].items()
            if statuses[MIDDLE].get(name, status) != status
        ]
        self.assertTrue(moved)

    def print_statuses(self, statuses):
        """The table of statuses; pytest shows it with -s."""
        print(f"\n{'customer':12} {MIDDLE}  {END}    late  index  overdue")
        for name in sorted(statuses[END]):
            figures = self.expected[END][name]
            print(
                f"{name:12} {statuses[MIDDLE].get(name, '-'):10}  "
                f"{statuses[END][name]:10}  {figures.days_late:6.2f} "
                f"{figures.payment_index or 0:6.2f} {figures.amount_overdue:8.2f}"
            )
        for day, rows in statuses.items():
            counts = {s: list(rows.values()).count(s) for s in ORDER}
            print(day, counts)

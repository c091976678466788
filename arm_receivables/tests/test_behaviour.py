import random
from datetime import date, timedelta
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..tools import behaviour
from ..tools.money import round_half_away
from .common import TODAY
from .test_position import PositionCommon

DAY = date.fromisoformat(TODAY)


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestBehaviour(PositionCommon):
    """How a customer pays: the statement gives what the pure functions give."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Behaviour Ltd")

    def issue(self, due, amount=100.0, partner=None, **values):
        """An invoice issued thirty days before it falls due."""
        issued = due - timedelta(days=30)
        return self.post_invoice(
            partner or self.customer, due, amount, invoice_date=issued, **values
        )

    def assert_figures(self, experiences, partner=None):
        """The stored figures equal the pure functions over (amount, days)."""
        account = self.stored(partner or self.customer)
        pairs = [(Decimal(str(amount)), days) for amount, days in experiences]
        late = behaviour.average_payment_delay(
            [behaviour.DelayItem(a, d, behaviour.PAID) for a, d in pairs]
        ).days
        index = behaviour.payment_index([behaviour.Experience(*p) for p in pairs])
        self.assertEqual(account.experience_count, len(pairs))
        for name, value in (("days_late", late), ("payment_index", index)):
            found = self.raw(account, name)
            expected = None if value is None else round_half_away(value, 4)
            self.assertEqual(found, expected, name)
        return account

    def raw(self, account, name):
        """A figure as it is stored: NULL is not zero."""
        query = SQL(
            "SELECT %s::text FROM arm_customer_account WHERE id = %s",
            SQL.identifier(name),
            account.id,
        )
        text = self.env.execute_query(query)[0][0]
        return text and Decimal(text)

    # ------------------------------------------------------------------- experiences

    def test_paid_early_late_and_open(self):
        """Open items count with their days until today, from the first day late."""
        self.pay(self.issue(DAY - timedelta(days=40), 100), DAY - timedelta(days=60))
        self.pay(self.issue(DAY - timedelta(days=90), 200), DAY - timedelta(days=70))
        self.assert_figures([(100, -20), (200, 20)])
        self.issue(DAY - timedelta(days=10), 300)
        self.issue(DAY, 5000)  # due today: neither early nor late
        self.issue(DAY + timedelta(days=20), 5000)
        account = self.assert_figures([(100, -20), (200, 20), (300, 10)])
        self.assertEqual(account.days_late, round((-2000 + 4000 + 3000) / 600, 4))

    def test_parts_and_instalments(self):
        """Each part weighs what was paid, on the instalment's own due date."""
        term = self.instalments((40, 10), (60, 30))
        issued = DAY - timedelta(days=60)
        invoice = self.post_invoice(
            self.customer,
            False,
            1000,
            invoice_date=issued,
            invoice_payment_term_id=term.id,
        )
        self.pay(invoice, issued + timedelta(days=20), 250)
        self.pay(invoice, issued + timedelta(days=50), 500)
        self.assert_figures([(250, 10), (150, 40), (350, 20), (250, 30)])

    def test_credit_notes_and_write_offs_are_no_payments(self):
        due = DAY - timedelta(days=40)
        invoice = self.issue(due, 100)
        invoice._reverse_moves(
            [
                {
                    "invoice_date": due - timedelta(days=29),
                    "date": due - timedelta(days=29),
                }
            ],
            cancel=True,
        )
        other = self.issue(due, 60)
        self.write_off(other, 60, due - timedelta(days=25))
        third = self.issue(due, 80)
        self.write_off(third, 20, due)
        self.pay(third, due + timedelta(days=12))
        self.assert_figures([(60, 12)])

    def write_off(self, invoice, amount, day):
        """A general entry against the receivable, matched with the invoice."""
        line = invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": line.account_id.id,
                            "partner_id": line.partner_id.id,
                            "credit": amount,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_expense"
                            ].id,
                            "debit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (line | entry.line_ids.filtered("credit")).reconcile()

    def test_window_of_the_company(self):
        """Old payments fall out; old debts never do."""
        long_ago = DAY - timedelta(days=500)
        self.pay(self.issue(long_ago, 100), long_ago + timedelta(days=90))
        self.pay(self.issue(DAY - timedelta(days=200), 50), DAY - timedelta(days=190))
        self.issue(long_ago, 10)
        self.assert_figures([(50, 10), (10, 500)])
        self.company.receivables_window_months = 3
        self.account_of(self.customer)
        self.assert_figures([(10, 500)])
        self.company.receivables_window_months = 24
        self.account_of(self.customer)
        self.assert_figures([(100, 90), (50, 10), (10, 500)])

    def test_foreign_currency_weighs_at_the_booked_rate(self):
        currency = self.with_rate("base.CHF", 2.0, "2025-01-01")
        due = DAY - timedelta(days=60)
        invoice = self.issue(due, 100, currency_id=currency.id)
        self.pay(self.issue(due, 50), due)
        self.with_rate("base.CHF", 8.0, str(due + timedelta(days=1)))
        self.pay(invoice, due + timedelta(days=30))
        self.assert_figures([(50, 0), (50, 30)])

    def test_last_payment(self):
        invoices = [self.issue(DAY - timedelta(days=n), 10 * n) for n in (50, 40)]
        self.pay(invoices[1], DAY - timedelta(days=20))
        self.pay(invoices[0], DAY - timedelta(days=30))
        account = self.stored(self.customer)
        self.assertEqual(account.last_payment_date, DAY - timedelta(days=20))
        self.assertEqual(account.last_payment_amount, 400)

    def test_returned_payments(self):
        """Rejected, cancelled while posted, reversed; corrections and old ones not."""
        due = DAY - timedelta(days=20)
        payments = [self.pay(self.issue(due, 10 + n), due) for n in range(4)]
        payments[0].move_id._reverse_moves(cancel=True)
        self.assertEqual(self.stored(self.customer).payments_returned, 1)
        payments[3].action_draft()
        payments[3].action_cancel()
        self.assertEqual(self.stored(self.customer).payments_returned, 1)
        payments[1].action_cancel()
        self.assertEqual(self.stored(self.customer).payments_returned, 2)
        payments[2].action_reject()
        account = self.stored(self.customer)
        self.assertEqual(account.payments_returned, 3)
        with freeze_time("2027-03-16"):
            self.account_of(self.customer)
        self.assertEqual(self.stored(self.customer).payments_returned, 0)

    def test_items_paid_in_terms_in_a_row(self):
        days = [(90, 95), (80, 70), (60, 61), (50, 50), (40, 35)]
        for due, paid in days:  # days ago
            late = DAY - timedelta(days=due)
            self.pay(self.issue(late), DAY - timedelta(days=paid))
        self.assertEqual(
            self.stored(self.customer).paid_in_terms, 0, "the last is late"
        )
        self.pay(self.issue(DAY - timedelta(days=30)), DAY - timedelta(days=30))
        partly = self.issue(DAY - timedelta(days=20))
        self.pay(partly, DAY - timedelta(days=25), 50)
        self.assertEqual(self.stored(self.customer).paid_in_terms, 1)
        self.pay(partly, DAY - timedelta(days=20))
        self.assertEqual(self.stored(self.customer).paid_in_terms, 2)

    # ------------------------------------------------------- against the pure function

    def test_equal_to_the_pure_function_on_random_ledgers(self):
        """Invoices paid in parts on random days, or not at all: the same figures."""
        dice = random.Random(20260316)
        expected = {}
        for number in range(8):
            partner = self.make_customer(f"Random {number}")
            expected[partner] = [
                experience
                for _invoice in range(dice.randint(1, 5))
                for experience in self.play(dice, partner)
            ]
        self.env["arm.customer.account"]._refresh(self.company)
        for partner, experiences in expected.items():
            self.assert_figures(experiences, partner)

    def play(self, dice, partner):
        """One random invoice with its payments; yields its experiences."""
        due = DAY - timedelta(days=dice.randint(-20, 300))
        left = dice.randint(1000, 99999)
        invoice = self.issue(due, left / 100, partner)
        for _part in range(dice.randint(0, 3)):
            day = min(DAY, due + timedelta(days=dice.randint(-30, 200)))
            part = dice.choice([left, dice.randint(1, left)])
            self.pay(invoice, day, part / 100)
            left -= part
            yield part / 100, (day - due).days
            if not left:
                return
        if due < DAY:
            yield left / 100, (DAY - due).days

    def test_points_equal_the_curve_on_every_day(self):
        query = self.env["arm.customer.behaviour"]._points_sql(SQL("days"))
        rows = self.env.execute_query(
            SQL("SELECT days, (%s)::text FROM generate_series(-60, 240) days", query)
        )
        for days, points in rows:
            expected = behaviour.index_points(days)
            self.assertAlmostEqual(Decimal(points), expected, 12, f"{days} days")
        self.assertEqual(len(rows), 301)

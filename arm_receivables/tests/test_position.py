import random
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..tools import aging
from .common import TODAY, ReceivablesCommon


class PositionCommon(ReceivablesCommon):
    """Accounts as they stand in the database, and the ledger to compare them with."""

    def stored(self, partner, company=None):
        """The account as the events have left it; nothing is refreshed here."""
        self.env.invalidate_all()
        return self.env["arm.customer.account"].search(
            [
                ("company_id", "=", (company or self.company).id),
                ("partner_id", "=", partner.commercial_partner_id.id),
            ]
        )

    def open_lines(self, partner, company=None):
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", (company or self.company).id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("partner_id.commercial_partner_id", "=", partner.id),
                ("reconciled", "=", False),
            ]
        )

    def assert_like_ledger(self, partner, company=None):
        """Every amount of the position equals the open lines, to the cent.

        What is expected comes from the pure functions and the ORM, not from SQL.
        """
        company = company or self.company
        account = self.stored(partner, company)
        today = company._local_today()
        lines = self.open_lines(partner, company)
        debits = lines.filtered(lambda x: x.amount_residual > 0)
        buckets = aging.aging_by_due_date(
            [
                aging.OpenItem(
                    Decimal(str(line.amount_residual)), line.date_maturity or line.date
                )
                for line in debits
            ],
            today,
            company._get_aging_limits(),
        )
        expected = {
            "amount_open": sum(lines.mapped("amount_residual")),
            "amount_credit": -sum((lines - debits).mapped("amount_residual")),
            "amount_due_later": float(buckets.pop(aging.CURRENT)),
            "amount_overdue": float(sum(buckets.values())),
            "item_count": len(lines),
        }
        for number, amount in enumerate(buckets.values(), start=1):
            expected[f"amount_bucket_{number}"] = float(amount)
        for name, amount in expected.items():
            self.assertAlmostEqual(account[name], amount, 2, name)
        self.assertAlmostEqual(
            account.exposure, account.amount_open + account.amount_orders, 2
        )
        return account

    def instalments(self, *parts):
        """A payment term of (percent, days after the invoice)."""
        return self.env["account.payment.term"].create(
            {
                "name": "Parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in parts
                ],
            }
        )

    def with_rate(self, xmlid, rate, day="2026-01-01"):
        """An active currency with a rate of the company."""
        currency = self.env.ref(xmlid)
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "name": day,
                "currency_id": currency.id,
                "rate": rate,
                "company_id": self.company.id,
            }
        )
        return currency


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestPosition(PositionCommon):
    """What a customer owes: equal to the ledger to the cent, at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Position Ltd")

    # -------------------------------------------------------------------- the ledger

    def test_buckets_at_their_boundaries(self):
        """Days 0, 1, 30, 31, 60, 61, 90, 91, 120 and 121 after the due date."""
        for number, due in enumerate(
            (
                "2026-03-16",
                "2026-03-15",
                "2026-02-14",
                "2026-02-13",
                "2026-01-15",
                "2026-01-14",
                "2025-12-16",
                "2025-12-15",
                "2025-11-16",
                "2025-11-15",
            )
        ):
            self.post_invoice(
                self.customer, due, 2.0**number, invoice_date="2025-10-01"
            )
        account = self.assert_like_ledger(self.customer)
        self.assertEqual(account.amount_due_later, 1)
        self.assertEqual(
            [account[f"amount_bucket_{n}"] for n in range(1, 6)],
            [2 + 4, 8 + 16, 32 + 64, 128 + 256, 512],
        )
        self.assertEqual(str(account.oldest_overdue_date), "2025-11-15")
        self.assertEqual(account.overdue_share, round(100 * 1022 / 1023, 2))

    def test_limits_of_the_company(self):
        self.company.write(
            {
                "receivables_aging_1": 7,
                "receivables_aging_2": 14,
                "receivables_aging_3": 21,
                "receivables_aging_4": 28,
            }
        )
        self.post_invoice(self.customer, "2026-03-01")  # 15 days
        account = self.assert_like_ledger(self.customer)
        self.assertEqual(account.amount_bucket_3, 100)
        accounts = self.env["arm.customer.account"].with_company(self.company)
        labels = accounts.fields_get(["amount_bucket_1", "amount_bucket_5"], ["string"])
        self.assertEqual(labels["amount_bucket_1"]["string"], "1-7 Days Overdue")
        self.assertEqual(labels["amount_bucket_5"]["string"], ">28 Days Overdue")

    def test_limits_must_ascend(self):
        for limits in ({"receivables_aging_2": 30}, {"receivables_aging_1": 0}):
            with self.refused("must be days above zero", ValidationError):
                self.company.write(limits)

    def test_instalments_one_by_one(self):
        term = self.instalments((30, 30), (30, 60), (40, 90))
        self.post_invoice(self.customer, False, 333.33, invoice_payment_term_id=term.id)
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.item_count, account.amount_overdue), (3, 100.0))

    def test_credit_note_and_unreconciled_payment(self):
        """Credits are shown beside, and are in no bucket."""
        self.post_invoice(self.customer, "2026-02-01", 500)
        self.post_invoice(self.customer, "2026-02-01", 80, move_type="out_refund")
        self.prepay(self.customer, 45.5)
        account = self.assert_like_ledger(self.customer)
        self.assertEqual(account.amount_credit, 125.5)
        self.assertEqual(account.amount_open, 374.5)
        self.assertEqual(account.amount_overdue, 500)

    def prepay(self, partner, amount, day=TODAY, **values):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": amount,
                "date": day,
                "company_id": self.company.id,
                **values,
            }
        )
        payment.action_post()
        return payment

    def test_every_event_is_seen_at_once(self):
        """Posted, partly paid, paid, unreconciled, cancelled, reversed, reset."""
        invoice = self.post_invoice(self.customer, "2026-03-01", 200)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 200)
        self.pay(invoice, amount=50)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 150)
        payment = self.pay(invoice)
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_open, account.item_count), (0, 0))
        self.assertEqual(str(account.last_payment_date), TODAY)
        self.assertEqual(account.last_payment_amount, 150)
        lines = payment.move_id.line_ids | invoice.line_ids
        lines.remove_move_reconcile()
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_overdue, account.amount_credit), (200, 200))
        payment.action_draft()
        self.assertEqual(self.assert_like_ledger(self.customer).amount_credit, 50)
        invoice._reverse_moves(cancel=True)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 0)
        other = self.post_invoice(self.customer, "2026-03-10", 70)
        other.button_draft()
        other.button_cancel()
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 0)

    def test_blocked_and_held_items(self):
        """Core's blocked invoices are disputed; holds count until their last day."""
        blocked = self.post_invoice(self.customer, "2026-03-01", 10)
        invoices = [self.post_invoice(self.customer, "2026-03-01", n) for n in (20, 40)]
        past = self.post_invoice(self.customer, "2026-03-01", 80)
        blocked.action_toggle_block_payment()
        self.assertEqual(self.stored(self.customer).amount_disputed, 10)
        self.hold(invoices[0], "dispute")
        self.hold(invoices[1], "promise", until=TODAY)
        self.hold(past, "promise", until="2026-03-15")
        account = self.account_of(self.customer)
        self.assertEqual((account.amount_disputed, account.amount_promised), (30, 40))
        blocked.action_toggle_block_payment()
        self.assertEqual(self.stored(self.customer).amount_disputed, 20)

    def hold(self, invoice, reason, **values):
        line = self.receivable(invoice)
        # As superuser: only the processes behind a hold write it.
        self.env["arm.hold"].sudo().create(
            {
                "item_id": line.id,
                "company_id": line.company_id.id,
                "reason": reason,
                **values,
            }
        )

    def receivable(self, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def test_foreign_currency_and_exchange_difference(self):
        """Amounts are the ledger's, in company currency; the difference is no debt."""
        currency = self.with_rate("base.CHF", 2.0)
        invoice = self.post_invoice(
            self.customer, "2026-02-15", 100, currency_id=currency.id
        )
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 50)
        self.with_rate("base.CHF", 4.0, "2026-03-01")
        self.pay(invoice, amount=40)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 30)
        self.pay(invoice)
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_open, account.item_count), (0, 0))
        self.assertEqual(account.experience_count, 2, "the difference is no payment")
        self.assertEqual(account.days_late, 29)

    def test_several_companies_and_currencies(self):
        """Each company has an account of its own, in its own currency."""
        other = self.setup_other_company(
            name="Second", currency_id=self.env.ref("base.CHF").id
        )
        second = other["company"]
        self.post_invoice(self.customer, "2026-03-01", 100)
        self.env["account.move"].with_company(second).create(
            {
                "move_type": "out_invoice",
                "company_id": second.id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-01-15",
                "invoice_date_due": "2026-02-20",
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Parts",
                            "price_unit": 77,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        ).action_post()
        first = self.assert_like_ledger(self.customer)
        foreign = self.assert_like_ledger(self.customer, second)
        self.assertEqual((first.amount_open, foreign.amount_open), (100, 77))
        self.assertEqual(foreign.currency_id, self.env.ref("base.CHF"))

    def test_unmatched_exchange_difference(self):
        """Taken off again, the difference leaves nothing behind."""
        currency = self.with_rate("base.CHF", 2.0)
        invoice = self.post_invoice(
            self.customer, "2026-02-15", 100, currency_id=currency.id
        )
        self.with_rate("base.CHF", 4.0, "2026-03-01")
        payment = self.pay(invoice)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 0)
        self.receivable(invoice).remove_move_reconcile()
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_overdue, account.amount_credit), (50, 25))
        payment.action_cancel()
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 50)

    def test_foreign_invoice_paid_in_own_currency(self):
        """The weight is what was owed at the booked rate, the rest stays open."""
        currency = self.with_rate("base.CHF", 2.0)
        invoice = self.post_invoice(
            self.customer, "2026-02-15", 100, currency_id=currency.id
        )
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        own = self.company.currency_id
        values = {"payment_date": TODAY, "currency_id": own.id, "amount": 20}
        wizard.create(values)._create_payments()
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_open, account.last_payment_amount), (30, 20))
        self.assertEqual(account.days_late, 29)

    def test_random_ledgers_of_two_companies(self):
        """Every customer, company and currency, to the cent; so do the totals.

        Invoices in three currencies, some in instalments, some to a contact, some paid
        in part or on account, some credited.
        """
        second = self.setup_other_company(name="Random")["company"]
        companies = self.company | second
        foreign = [self.with_rate("base.CHF", 1.37), self.with_rate("base.JPY", 151.3)]
        partners = [self.make_customer(f"Random {n}") for n in range(4)]
        contact = partners[0].create(
            {"name": "Accounts", "parent_id": partners[0].id, "type": "invoice"}
        )
        term = self.instalments((33.33, 10), (33.33, 40), (33.34, 80))
        dice = random.Random(20260316)
        for _number in range(40):
            company = dice.choice(companies)
            self.play(dice, company, [*partners, contact], foreign, term)
        for company in companies:
            accounts = [
                self.assert_like_ledger(partner, company) for partner in partners
            ]
            lines = self.env["account.move.line"].search(
                [
                    ("company_id", "=", company.id),
                    ("account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    (
                        "partner_id.commercial_partner_id",
                        "in",
                        [p.id for p in partners],
                    ),
                ]
            )
            self.assertAlmostEqual(
                sum(account.amount_open for account in accounts),
                sum(lines.mapped("balance")),
                2,
            )
            self.assertTrue(all(account.item_count for account in accounts))

    def play(self, dice, company, partners, foreign, term):
        """One document of a random customer, and what happens to it."""
        currency = dice.choice([company.currency_id, *foreign])
        values = {"company_id": company.id, "currency_id": currency.id}
        if dice.random() < 0.3:
            values["invoice_payment_term_id"] = term.id
        if dice.random() < 0.15:
            values["move_type"] = "out_refund"
        amount = currency.round(dice.uniform(5, 5000))
        due = date(2026, 3, 16) - timedelta(days=dice.randint(-40, 60))
        with self.in_company(company):
            move = self.post_invoice(dice.choice(partners), due, amount, **values)
            fate = dice.random()
            if move.move_type == "out_invoice" and fate < 0.5:
                part = currency.round(amount * dice.choice([0.3, 0.77, 1]))
                self.pay(move, amount=part)
            elif fate > 0.9:
                move._reverse_moves(cancel=True)

    @contextmanager
    def in_company(self, company):
        """What the fixtures make inside belongs to a company."""
        cls, env = type(self), type(self).env
        cls.env = env(context={**env.context, "allowed_company_ids": company.ids})
        try:
            yield
        finally:
            cls.env = env

    def test_merge_in_two_companies(self):
        """One account remains in each company, with everything that is open."""
        second = self.setup_other_company(name="Merging")["company"]
        double = self.make_customer("Position Limited")
        contact = double.create({"name": "Buyer", "parent_id": double.id})
        self.post_invoice(self.customer, "2026-03-01", 10)
        self.post_invoice(contact, "2026-03-01", 20)
        with self.in_company(second):
            self.post_invoice(double, "2026-03-01", 40, company_id=second.id)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | double).ids, self.customer
        )
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 30)
        there = self.assert_like_ledger(self.customer, second)
        self.assertEqual(there.amount_overdue, 40)
        accounts = self.env["arm.customer.account"].search(
            [("partner_id", "in", (self.customer | double | contact).ids)]
        )
        self.assertEqual(len(accounts), 2)

    def test_due_date_changed_later(self):
        invoice = self.post_invoice(self.customer, "2026-03-01", 90)
        self.receivable(invoice).date_maturity = "2026-04-30"
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_overdue, account.amount_due_later), (0, 90))

    def test_payment_term_changed_later(self):
        invoice = self.post_invoice(self.customer, "2026-03-01", 90)
        term = self.instalments((50, 10), (50, 120))
        invoice.button_draft()
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        account = self.assert_like_ledger(self.customer)
        self.assertEqual((account.amount_overdue, account.amount_due_later), (45, 45))

    def test_terms_changed_for_the_future(self):
        """Another term of the customer, or other days of the term, move no debt."""
        term = self.instalments((100, 10))
        self.post_invoice(self.customer, False, 90, invoice_payment_term_id=term.id)
        self.customer.property_payment_term_id = self.instalments((100, 200))
        term.line_ids.nb_days = 200
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 90)

    def test_archived_customer(self):
        invoice = self.post_invoice(self.customer, "2026-03-01", 90)
        self.customer.active = False
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 90)
        self.pay(invoice)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_open, 0)

    def test_invoice_of_a_contact(self):
        """An invoice to a contact or a department is the company's debt."""
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id, "type": "invoice"}
        )
        self.post_invoice(contact, "2026-03-01", 60)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 60)
        self.assertFalse(
            self.env["arm.customer.account"].search([("partner_id", "=", contact.id)])
        )

    def test_contact_moves_to_another_customer(self):
        """A person with debts who joins a company: both accounts are right at once."""
        person = self.make_customer("Freelancer", is_company=False)
        self.post_invoice(person, "2026-03-01", 25)
        self.post_invoice(self.customer, "2026-03-01", 10)
        person.parent_id = self.customer
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 35)
        former = self.env["arm.customer.account"].search(
            [("partner_id", "=", person.id)]
        )
        self.assertEqual((former.amount_open, former.item_count), (0, 0))
        person.is_company = True  # a customer again; the ledger keeps who owes
        self.post_invoice(person, "2026-03-01", 8)
        self.assertEqual(self.assert_like_ledger(person).amount_overdue, 8)
        self.assertEqual(self.assert_like_ledger(self.customer).amount_overdue, 35)

    def test_full_refresh_gives_the_same(self):
        """What the events have left is what a refresh of everything finds."""
        self.post_invoice(self.customer, "2026-03-01", 200)
        self.prepay(self.customer, 33)
        account = self.stored(self.customer)
        before = account.read()[0]
        self.env["arm.customer.account"]._refresh(self.company)
        self.env.invalidate_all()
        self.assertEqual(account.read()[0], before, "rows without a change stay")

    # ---------------------------------------------------------------------- the rest

    def test_sales_are_net_untaxed_and_of_twelve_months(self):
        tax = self.company_data["default_tax_sale"]
        line = {"name": "Parts", "quantity": 1, "price_unit": 100, "tax_ids": tax.ids}
        lines = [Command.create(line)]
        self.post_invoice(self.customer, "2026-04-15", invoice_line_ids=lines)
        self.post_invoice(self.customer, "2026-03-15", 30, move_type="out_refund")
        old = {"invoice_date": "2025-03-16", "date": "2025-03-16"}
        self.post_invoice(self.customer, "2025-04-16", 999, **old)
        just = {"invoice_date": "2025-03-17", "date": "2025-03-17"}
        self.post_invoice(self.customer, "2025-04-17", 7, **just)
        self.make_invoice(self.customer, "2026-04-15", 5000)  # a draft
        self.assertEqual(self.stored(self.customer).amount_sales, 100 - 30 + 7)

    def test_address_to_write_to(self):
        self.post_invoice(self.customer, "2026-03-01")
        account = self.stored(self.customer)
        self.assertFalse(account.email)
        self.customer.email = "info@position.example.com"
        self.assertEqual(self.stored(self.customer).email, "info@position.example.com")
        billing = self.env["res.partner"].create(
            {
                "name": "Billing",
                "parent_id": self.customer.id,
                "type": "invoice",
                "email": "billing@position.example.com",
            }
        )
        account = self.stored(self.customer)
        self.assertEqual(account.email, "billing@position.example.com")
        contacts = self.customer._get_receivables_contacts()
        self.assertEqual(contacts, {self.customer: billing})
        billing.active = False
        self.assertEqual(self.stored(self.customer).email, "info@position.example.com")

    def test_figures_cannot_be_written(self):
        """A collector may write an account, but never a figure of it, by any call."""
        self.post_invoice(self.customer, "2026-03-01")
        collector = self.make_user("position_collector", "collector_all")
        account = self.stored(self.customer).with_user(collector)
        for name in ("amount_open", "exposure", "reliability_since", "partner_id"):
            with self.refused("cannot be written", AccessError):
                account.write({name: False})
        with self.refused("", AccessError):
            account.copy()

    def test_nightly_refresh_once_a_day(self):
        """A due date passes at midnight of the company; the cron sees it once."""
        self.company.receivables_timezone = "Pacific/Auckland"
        self.post_invoice(self.customer, "2026-03-17", 10)
        self.env["res.company"].search([]).receivables_refreshed_on = TODAY
        self.run_cron("2026-03-17 10:59:00")  # 23:59 in Auckland
        self.assertEqual(self.stored(self.customer).amount_overdue, 0)
        self.run_cron("2026-03-17 11:00:00")
        self.assertEqual(self.stored(self.customer).amount_overdue, 10)
        self.assertEqual(str(self.company.receivables_refreshed_on), "2026-03-18")

    def run_cron(self, moment):
        self.env.flush_all()
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref(
                "arm_receivables.ir_cron_refresh_customer_accounts"
            ).method_direct_trigger()
        self.env.invalidate_all()

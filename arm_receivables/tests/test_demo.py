import os
import time
from collections import Counter, defaultdict

from stdnum import get_cc_module

from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import SQL

from ..demo import people
from ..demo.chapters import NAMESPACE, demo_ref, firms
from ..demo.orders import ORDERS

# A Saturday after New Year, and a leap day: neither may make a difference.
SOME_DAY = "2027-01-02"
ANOTHER_DAY = "2028-02-29"


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demonstration data: true on any day, and consistent to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._forget(cls.env)
        started = time.monotonic()
        with freeze_time(SOME_DAY):
            cls.env["arm.demo"]._load()
            cls.firms = firms(cls.env)
            cls.today = {c: c._local_today() for c in cls.firms.values()}
        cls.seconds = time.monotonic() - started
        cls.companies = cls.env["res.company"].union(*cls.firms.values())

    @staticmethod
    def _forget(env):
        """Make room for the story, should it have been told here before."""
        env["ir.config_parameter"].set_param("arm_receivables.demo_chapters", False)
        names = env["ir.model.data"].search([("module", "=", NAMESPACE)])
        names.module = f"{NAMESPACE}old"
        logins = [login for login, _name, _group in people.USERS]
        for user in env["res.users"].search([("login", "in", logins)]):
            user.login = f"old_{user.login}"
        for company in env["res.company"].search(
            [("name", "in", [firm.name for firm in people.FIRMS])]
        ):
            company.name = f"{company.name} (old)"

    def _query(self, code, *more):
        """Rows of a query about the story's companies."""
        return self.env.execute_query(SQL(code, tuple(self.companies.ids), *more))

    def test_deliveries(self):
        """Some invoices came back, some were opened; none of them is due."""
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.firms["de"].id),
                ("delivery_state", "in", ("bounced", "failed", "opened", "delivered")),
            ]
        )
        states = Counter(moves.mapped("delivery_state"))
        self.assertGreaterEqual(
            set(states), {"bounced", "failed", "opened", "delivered"}
        )
        self.assertGreater(
            min(moves.mapped("invoice_date_due")), self.today[self.firms["de"]]
        )

    def _open_items(self, company):
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )

    # ------------------------------------------------------------------- the extent

    def test_statements(self):
        """Sent last month, in the customers' languages; nothing of it leaves now."""
        rows = self.env["arm.statement"].search(
            [("company_id", "in", self.companies.ids)]
        )
        for company in self.companies:
            states = rows.filtered(lambda row, c=company: row.company_id == c)
            self.assertIn("sent", states.mapped("state"))
            self.assertIn("queued", states.mapped("state"))
        self.assertEqual(set(rows.mail_id.mapped("state")), {"sent"})
        self.assertEqual(set(rows.filtered("mail_id").mapped("month")), {"2026-12"})

    def test_extent(self):
        """About 60 customers and 1,500 invoices over 18 months."""
        self.assertEqual(len(people.customers()), 60)
        moves = self.env["account.move"].search(
            [("company_id", "in", self.companies.ids)]
        )
        kinds = Counter(moves.mapped("move_type"))
        self.assertTrue(1400 <= kinds["out_invoice"] <= 1700, kinds)
        self.assertTrue(40 <= kinds["out_refund"] <= 90, kinds)
        invoices = moves.filtered(lambda move: move.move_type == "out_invoice")
        days = (max(self.today.values()) - min(invoices.mapped("invoice_date"))).days
        self.assertTrue(520 <= days <= 545, days)
        self.assertTrue(all(50 <= move.amount_total < 40000 for move in invoices))
        if os.getloadavg()[0] <= os.cpu_count():  # else the clock tells nothing
            self.assertLess(self.seconds, 60)

    def test_both_currencies_in_both_companies(self):
        for company in self.companies:
            counts = Counter(self._open_items(company).currency_id.mapped("name"))
            self.assertTrue({"EUR", "PLN"} <= set(counts), counts)

    def test_open_items_of_every_age(self):
        """On whatever day it is loaded, there is something in every bucket."""
        total = 0
        for company, today in self.today.items():
            items = self._open_items(company)
            total += len(items)
            debts = items.filtered(lambda item: item.amount_residual > 0)
            late = {(today - item.date_maturity).days for item in debts}
            self.assertTrue({-7, -2, -1, 0, 1, 3, 7, 14, 30, 60} <= late, sorted(late))
            self.assertGreater(max(late), 90)
            self.assertLess(min(late), -30)
            self.assertTrue(items - debts, "Credits are missing")
        self.assertTrue(230 <= total <= 350, total)

    def test_customers_to_write_to(self):
        """A dunning run of today has enough to do, and not too much."""
        customers = self.env["res.partner"]
        for company, today in self.today.items():
            for item in self._open_items(company):
                if item.amount_residual > 0 and item.date_maturity < today:
                    customers |= item.partner_id
        self.assertTrue(25 <= len(customers) <= 50, len(customers))

    # ------------------------------------------------------------------ consistency

    def test_entries_balance(self):
        rows = self._query(
            "SELECT move_id FROM account_move_line WHERE company_id IN %s"
            " GROUP BY move_id HAVING SUM(balance) <> 0 OR SUM(amount_currency) <> 0"
        )
        self.assertFalse(rows)

    def test_residuals_follow_from_reconciliations(self):
        """Each residual is the balance less what was reconciled, in both currencies."""
        rows = self._query(
            """
            SELECT line.move_name
              FROM account_move_line line
              JOIN account_account account ON account.id = line.account_id
              LEFT JOIN LATERAL (
                    SELECT SUM(part.amount) AS amount,
                           SUM(part.debit_amount_currency) AS currency
                      FROM account_partial_reconcile part
                     WHERE part.debit_move_id = line.id) debit ON TRUE
              LEFT JOIN LATERAL (
                    SELECT SUM(part.amount) AS amount,
                           SUM(part.credit_amount_currency) AS currency
                      FROM account_partial_reconcile part
                     WHERE part.credit_move_id = line.id) credit ON TRUE
             WHERE line.company_id IN %s
               AND account.account_type = 'asset_receivable'
               AND (line.amount_residual <> line.balance
                        - COALESCE(debit.amount, 0) + COALESCE(credit.amount, 0)
                    OR line.amount_residual_currency <> line.amount_currency
                        - COALESCE(debit.currency, 0) + COALESCE(credit.currency, 0)
                    OR line.reconciled <> (line.amount_residual = 0
                        AND line.amount_residual_currency = 0))
            """
        )
        self.assertFalse(rows)

    def test_numbers_without_gaps(self):
        rows = self._query(
            """
            SELECT sequence_prefix FROM account_move
             WHERE company_id IN %s AND state = 'posted'
             GROUP BY journal_id, sequence_prefix
            HAVING MAX(sequence_number) <> COUNT(*) OR MIN(sequence_number) <> 1
            """
        )
        self.assertFalse(rows)

    def test_nothing_happens_in_the_future(self):
        """No document is younger than today, and no money comes before the invoice."""
        for company, today in self.today.items():
            newest = self.env["account.move"].search(
                [("company_id", "=", company.id)], order="date desc", limit=1
            )
            self.assertLessEqual(newest.date, today)
        rows = self._query(
            """
            SELECT part.id FROM account_partial_reconcile part
              JOIN account_move_line debit ON debit.id = part.debit_move_id
              JOIN account_move_line credit ON credit.id = part.credit_move_id
             WHERE part.company_id IN %s
               AND debit.invoice_date IS NOT NULL AND credit.date < debit.date
            """
        )
        self.assertFalse(rows)

    def test_customer_accounts_equal_ledger(self):
        """The customer accounts were refreshed after everything was written."""
        open_amounts, overdue = defaultdict(float), defaultdict(float)
        for company, today in self.today.items():
            for item in self._open_items(company):
                key = company, item.partner_id.commercial_partner_id
                open_amounts[key] += item.amount_residual
                if item.amount_residual > 0 and item.date_maturity < today:
                    overdue[key] += item.amount_residual
        accounts = self.env["arm.customer.account"].search(
            [("company_id", "in", self.companies.ids)]
        )
        for account in accounts:
            key = account.company_id, account.partner_id
            self.assertAlmostEqual(account.amount_open, open_amounts.pop(key, 0.0))
            self.assertAlmostEqual(account.amount_overdue, overdue.pop(key, 0.0))
        self.assertFalse(open_amounts)
        statuses = Counter(accounts.mapped("reliability_status"))
        self.assertGreater(statuses["green"], statuses["red"])
        self.assertGreaterEqual(min(statuses["yellow"], statuses["red"]), 4)
        troubled = [c.key for c in people.customers() if c.status == "red"]
        partners = [demo_ref(self.env, "customer", key).id for key in troubled]
        of_them = accounts.filtered(lambda a: a.partner_id.id in partners)
        self.assertNotIn("green", of_them.mapped("reliability_status"))

    # ------------------------------------------------------------------- the people

    def test_special_cases(self):
        """What later screens and guards want to find."""
        blocked = demo_ref(self.env, "invoice", "de_blocked")
        silent = demo_ref(self.env, "invoice", "de_silent")
        self.assertEqual(blocked.payment_state, "blocked")
        self.assertTrue(silent.no_followup)
        self.assertFalse(demo_ref(self.env, "invoice", "pl_unsent").is_move_sent)
        self.assertFalse(demo_ref(self.env, "customer", "altmark").active)
        self.assertFalse(demo_ref(self.env, "customer", "huber").email)
        self.assertFalse(demo_ref(self.env, "customer", "baumgaertner").is_company)
        for sign in '<>"&„Ś':
            self.assertIn(sign, demo_ref(self.env, "customer", "srubex").name)
        credit = self.env["arm.customer.account"].search(
            [("partner_id", "=", demo_ref(self.env, "customer", "falke").id)]
        )
        self.assertLess(credit.amount_open, 0)
        contact = demo_ref(self.env, "contact", "thiele")
        bills = self.env["account.move"].search([("partner_id", "=", contact.id)])
        self.assertTrue(bills)
        self.assertEqual(
            bills.line_ids.partner_id, demo_ref(self.env, "customer", "thiele")
        )

    def test_orders_of_every_fate(self):
        """Confirmed, held, asked for and released; collectors come from rules."""
        orders = {key: demo_ref(self.env, "order", key) for key, *_rest in ORDERS}
        for key, _lines, fate in ORDERS:
            wanted = "sale" if fate == "confirmed" else "draft"
            self.assertEqual(orders[key].state, wanted, key)
        holds = self.env["arm.order.hold"].search(
            [("company_id", "in", self.companies.ids)]
        )
        fates = {hold.order_id: hold.release_id.state for hold in holds}
        self.assertEqual(
            {key: fates.get(order, "none") for key, order in orders.items()},
            {
                **dict.fromkeys(orders, "none"),
                "thiele": False,
                "elbewerft": "requested",
                "maasbouw": "granted",
            },
        )
        accounts = self.env["arm.customer.account"].search(
            [("company_id", "in", self.companies.ids)]
        )
        self.assertTrue(all(accounts.mapped("collector_rule_id")))
        self.assertGreater(sum(accounts.mapped("amount_orders")), 0)

    def test_nobody_real_is_reached(self):
        """Addresses are reserved ones; numbers are well formed."""
        for customer in people.customers():
            if customer.email:
                self.assertTrue(customer.email.endswith(".example"))
            if customer.vat:
                checker = get_cc_module(customer.country, "vat")
                self.assertTrue(checker.is_valid(customer.vat), customer.vat)
        for firm in people.FIRMS:
            self.assertTrue(get_cc_module(firm.country, "vat").is_valid(firm.vat))
            for number in firm.accounts.values():
                turned = number[4:] + number[:4]
                digits = "".join(str(int(sign, 36)) for sign in turned)
                self.assertEqual(int(digits) % 97, 1, number)

    def test_users_see_both_companies(self):
        for login, _name, group in people.USERS:
            user = demo_ref(self.env, "user", login)
            self.assertTrue(user.has_group(f"arm_receivables.{group}"))
            accounts = self.env["arm.customer.account"].with_user(user)
            accounts = accounts.with_context(allowed_company_ids=self.companies.ids)
            self.assertEqual(accounts.search([]).company_id, self.companies)
        admin = self.env.ref("base.user_admin")
        self.assertEqual(admin.company_id, self.firms["de"])

    # ---------------------------------------------------------------- again and again

    def test_second_call_does_nothing(self):
        models = "res.company", "res.partner", "account.move", "res.currency.rate"
        before = [self.env[model].search_count([]) for model in models]
        self.env["arm.demo"]._load()
        after = [self.env[model].search_count([]) for model in models]
        self.assertEqual(after, before)

    def test_new_chapter_is_told_later(self):
        """Another add-on's chapter is told, the old ones are not told again."""
        told = []
        demo = self.env["arm.demo"]
        chapters = demo._get_chapters()
        self.patch(
            self.registry["arm.demo"],
            "_get_chapters",
            lambda _self: {**chapters, "another": told.append},
        )
        demo._load()
        demo._load()
        self.assertEqual(len(told), 1)

    def test_same_story_on_another_day(self):
        """Counted from today, everything is the same on any other day."""
        first = self._summary()
        self._forget(self.env)
        with freeze_time(ANOTHER_DAY):
            self.env["arm.demo"]._load()
            self.firms = firms(self.env)
            self.companies = self.env["res.company"].union(*self.firms.values())
            self.today = {c: c._local_today() for c in self.companies}
        self.assertEqual(self._summary(), first)

    def _summary(self):
        """What the story comes to, without names and absolute dates."""
        documents = Counter(
            self._query(
                """
                SELECT partner.name, move.currency_id, move.move_type,
                       move.payment_state, move.amount_total, move.amount_residual
                  FROM account_move move
                  JOIN res_partner partner ON partner.id = move.commercial_partner_id
                 WHERE move.company_id IN %s AND move.move_type <> 'entry'
                """
            )
        )
        items = Counter(
            (
                company.currency_id.name,
                item.partner_id.name,
                (today - item.date_maturity).days if item.invoice_date else 0,
                item.amount_residual_currency,
            )
            for company, today in self.today.items()
            for item in self._open_items(company)
        )
        return documents, items

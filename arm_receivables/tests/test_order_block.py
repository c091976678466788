"""Blocks: their sources, how they open and end, and who sees them."""

import random
from datetime import date, timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..tools import order_block as rules
from .order_block_common import TODAY, OrderBlockCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(TODAY)
class TestOrderBlock(OrderBlockCommon):
    """Every source opens and lifts its block, and leaves its history."""

    # ----------------------------------------------------------------------- sources

    def test_nothing_blocks_by_itself_after_installation(self):
        """Until somebody says so, no rule is switched on."""
        self.post_invoice(self.customer, "2025-01-31", 5000)
        self.ledger_of().write({"reliability_status": "red"})
        self.assertFalse(self.ledger_of().order_block)

    def test_status_blocks_and_frees(self):
        """The block follows the status at once, and leaves a row behind."""
        self.company.order_block_red = True
        account = self.ledger_of()
        account.reliability_status = "red"
        self.assertEqual(self.open_sources(), {"status"})
        self.assertIn("Red", account.order_block_summary)
        account.reliability_status = "yellow"
        self.assertFalse(account.order_block)
        self.assertEqual(account.order_block_ids.lift_cause, "gone")
        self.company.order_block_yellow = True  # a rule of settings works at once, too
        self.assertTrue(account.order_block)
        self.assertEqual(len(account.order_block_ids), 2)

    def test_overdue_days_open_and_end_with_the_payment(self):
        """31 days are too long when 30 are allowed; paying ends it without a cron."""
        self.company.order_block_days = 30
        self.post_invoice(self.customer, "2026-02-14", 300)
        self.assertFalse(self.ledger_of().order_block, "30 days are allowed")
        invoice = self.post_invoice(self.customer, "2026-02-13", 200)
        account = self.ledger_of()
        self.assertTrue(account.order_block)
        self.assertEqual(account.order_block_amount, 200)
        self.assertIn("for 31 days (30 allowed)", account.order_block_summary)
        self.pay(invoice)
        self.assertFalse(account.order_block)
        self.assertEqual(account.order_block_ids.lift_cause, "gone")
        self.assertFalse(account.order_block_ids.lifted_by_id)

    def test_small_overdue_amounts_are_let_be(self):
        self.company.write({"order_block_days": 30, "order_block_minimum": 50})
        self.post_invoice(self.customer, "2025-06-30", 50)
        self.assertFalse(self.ledger_of().order_block)
        self.post_invoice(self.customer, "2025-06-30", 0.01)
        self.assertTrue(self.ledger_of().order_block)
        self.assertEqual(self.ledger_of().order_block_amount, 50.01)

    def test_overdue_amount(self):
        """What is above the allowed amount has to be paid, not all of it."""
        self.company.order_block_overdue = 1000
        self.post_invoice(self.customer, "2026-03-15", 1000)
        self.assertFalse(self.ledger_of().order_block)
        self.post_invoice(self.customer, "2026-03-15", 250)
        self.assertEqual(self.ledger_of().order_block_amount, 250)

    def test_an_instalment_alone_is_overdue(self):
        """The rule looks at instalments, not at the last date of the invoice."""
        self.company.order_block_days = 10
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 365}
                    ),
                ],
            }
        )
        invoice = self.make_invoice(self.customer, "2026-01-15", 800)
        invoice.invoice_payment_term_id = term
        invoice.action_post()
        self.assertEqual(self.ledger_of().order_block_amount, 400)

    def test_limit_blocks_and_ends(self):
        """Open items above the limit block; a higher limit ends it at once."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 500
        self.post_invoice(self.customer, "2026-12-31", 500)
        self.assertFalse(self.ledger_of().order_block)
        self.post_invoice(self.customer, "2026-12-31", 1)
        self.assertEqual(self.open_sources(), {"limit"})
        self.assertEqual(self.ledger_of().order_block_amount, 1)
        self.customer.with_company(self.company).credit_limit = 501
        self.assertFalse(self.ledger_of().order_block)

    def test_default_limit_of_the_company(self):
        """Without an own limit the company's holds; zero is a limit then."""
        self.company.order_block_limit = True
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 100.0, company_id=self.company.id
        )
        self.post_invoice(self.customer, "2026-12-31", 101)
        self.assertEqual(self.open_sources(), {"limit"})
        other = self.make_customer("Cash Only Ltd")
        other.with_company(self.company).credit_limit = 0
        self.post_invoice(other, "2026-12-31", 1)
        self.assertEqual(self.open_sources(other), {"limit"})

    def test_no_limit_without_a_default(self):
        """Zero means no limit where the company has no default."""
        self.company.order_block_limit = True
        self.post_invoice(self.customer, "2026-12-31", 10**6)
        self.assertFalse(self.ledger_of().order_block)

    def test_night_refreshes_figures_in_the_same_row(self):
        """While the cause stays, there is one row, and it tells today's figures."""
        self.company.order_block_days = 30
        self.post_invoice(self.customer, "2026-02-01", 200)
        row = self.ledger_of().order_block_ids
        since = row.since
        with freeze_time("2026-03-20"):
            self.env["arm.customer.account"]._refresh(self.company)
            self.assertEqual(self.ledger_of().order_block_ids, row)
            self.assertEqual((row.days, row.since), (47, since))

    def test_block_ends_on_its_day(self):
        """Its last day counts; the night after closes the row."""
        self.block(until=date(2026, 3, 20))
        account = self.ledger_of()
        with freeze_time("2026-03-20 23:00:00"):
            self.env["arm.order.block"]._invalidate()
            self.assertTrue(account.order_block)
        with freeze_time("2026-03-21 00:30:00"):
            self.env["arm.order.block"]._invalidate()
            self.assertFalse(account.order_block, "even before the nightly refresh")
            self.env["arm.customer.account"]._refresh(self.company)
            self.assertEqual(account.order_block_ids.lift_cause, "expired")

    # --------------------------------------------------------- what other add-ons use

    def test_internal_api_is_idempotent(self):
        """Blocking again changes reason and end; unblocking twice does nothing."""
        account = self.ledger_of()
        account._block_orders("Level 3 reached", "dunning")
        account._block_orders("Level 4 reached", "dunning", until=date(2026, 5, 1))
        block = account.order_block_ids
        self.assertEqual((len(block), block.reason), (1, "Level 4 reached"))
        account._block_orders("Cover stopped", "insurance")
        self.assertEqual(self.open_sources(), {"dunning", "insurance"})
        self.assertEqual(account._unblock_orders("dunning", "Paid"), block)
        self.assertFalse(account._unblock_orders("dunning", "Paid"))
        self.assertEqual(self.open_sources(), {"insurance"})
        self.assertEqual((block.lift_cause, block.lift_reason), ("process", "Paid"))

    def test_internal_api_refuses_nonsense(self):
        with self.refused("follow the figures"):
            self.ledger_of()._block_orders("Because", "overdue")
        with self.refused("before today"):
            self.ledger_of()._block_orders("Because", "manual", until=date(2026, 3, 15))

    def test_many_customers_in_few_queries(self):
        """Blocking and unblocking ten times the customers costs no query more each."""

        def cost(number):
            partners = [self.make_customer(f"Many {number} {i}") for i in range(number)]
            accounts = self.make_accounts(partners)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            accounts._block_orders("Level 3 reached", "dunning")
            accounts._unblock_orders("dunning", "Paid")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertLessEqual(cost(30) - cost(3), 8)

    def test_update_is_one_statement_for_all(self):
        """The nightly statement does not depend on the number of customers."""
        self.company.write({"order_block_days": 30, "order_block_red": True})

        def cost(number):
            partners = [
                self.make_customer(f"Night {number} {i}") for i in range(number)
            ]
            self.make_accounts(partners, reliability_status="red")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["arm.customer.account"]._update_order_blocks(self.company)
            return self.env.cr.sql_log_count - before

        self.assertEqual(cost(2), 1)
        self.assertEqual(cost(40), 1)

    def test_statement_equals_the_pure_rules(self):
        """For random ledgers the SQL decides as the functions in tools do."""
        chance = random.Random(3)
        self.company.write(
            {
                "order_block_days": 30,
                "order_block_minimum": 40,
                "order_block_overdue": 300,
                "order_block_limit": True,
                "order_block_red": True,
            }
        )
        rule = rules.OverdueRule(30, Decimal(300), Decimal(40))
        today = fields.Date.to_date(TODAY)
        partners, expected = self.env["res.partner"], {}
        for number in range(12):
            partner = self.make_customer(f"Random {number}")
            partners |= partner
            items = [
                (
                    today - timedelta(days=chance.randint(-20, 60)),
                    chance.randint(5, 250),
                )
                for _n in range(chance.randint(0, 4))
            ]
            limit = chance.choice([0, 100, 400])
            partner.with_company(self.company).credit_limit = limit
            for due, amount in items:
                self.post_invoice(partner, due, amount)
            overdue = sum(amount for due, amount in items if due < today)
            late = sum(a for due, a in items if due < today - timedelta(days=30))
            total = Decimal(sum(amount for _due, amount in items))
            expected[partner] = (
                rules.overdue_to_lift(Decimal(late), Decimal(overdue), rule),
                rules.limit_to_lift(total, Decimal(limit) if limit else None),
            )
        self.assertTrue(any(o for o, _l in expected.values()), "the case is not empty")
        self.env["arm.customer.account"]._refresh(self.company, partners)
        for partner, wanted in expected.items():
            blocks = self.ledger_of(partner).order_block_ids.filtered("is_open")
            found = {b.source: Decimal(str(b.amount_to_lift)) for b in blocks}
            got = found.get("overdue"), found.get("limit")
            self.assertEqual(got, wanted, partner.name)

    # ---------------------------------------------------------- companies and people

    def test_block_stays_in_its_company(self):
        other = self.setup_other_company()["company"]
        self.block()
        self.assertTrue(self.ledger_of().order_block)
        self.assertFalse(self.ledger_of(company=other).order_block)
        self.assertTrue(self.customer.with_company(self.company).order_block)
        self.assertFalse(self.customer.with_company(other).order_block)

    def test_partner_shows_and_finds(self):
        """A contact of the customer shows it as well; the search agrees."""
        contact = self.make_customer(
            "Petra", parent_id=self.customer.id, is_company=False
        )
        free = self.make_customer("Free & Easy")
        self.block()
        people = self.env["res.partner"].with_user(self.sales)
        self.assertTrue(contact.with_user(self.sales).order_block)
        self.assertIn(
            "Cheque returned", contact.with_user(self.sales).order_block_summary
        )
        blocked = people.search([("order_block", "=", True)])
        self.assertEqual(
            blocked & (contact | self.customer | free), contact | self.customer
        )
        self.assertIn(free, people.search([("order_block", "=", False)]))
        accounts = self.env["arm.customer.account"]
        self.assertIn(self.ledger_of(), accounts.search([("order_block", "=", True)]))
        self.assertNotIn(
            self.ledger_of(), accounts.search([("order_block", "!=", True)])
        )

    def test_customer_at_the_portal_does_not_read_it(self):
        """Neither flag nor sentence are for the customer."""
        self.block()
        portal = new_test_user(self.env, "petra.portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        for name in ("order_block", "order_block_summary"):
            with self.assertRaises(AccessError):
                portal.partner_id.with_user(portal).read([name])

    def test_rights_on_rows(self):
        """Readers read; nobody writes a block, whatever the role."""
        block = self.block()
        reader, auditor = (
            self.make_user("rita", "reader"),
            self.make_user("ada", "auditor"),
        )
        for user in (reader, auditor, self.collector, self.manager):
            self.assertEqual(block.with_user(user).source, "manual")
            for operation in ("write", "create", "unlink"):
                self.assertFalse(block.with_user(user).has_access(operation), operation)
        self.assertFalse(block.with_user(self.sales).has_access("read"))

    def test_own_customers_only(self):
        """A collector of own customers neither sees nor blocks those of others."""
        anna = self.make_user("anna", "collector")
        block = self.block()
        self.assertFalse(self.env["arm.order.block"].with_user(anna).search([]))
        with self.assertRaises(AccessError):
            self.ledger_of().with_user(anna).action_block_orders()
        self.ledger_of().collector_id = anna
        self.assertEqual(self.env["arm.order.block"].with_user(anna).search([]), block)
        self.assertTrue(self.ledger_of().with_user(anna).action_block_orders())

    def test_by_hand_with_the_window(self):
        """Collectors block and lift what people have set; a reason is needed."""
        account = self.ledger_of().with_user(self.collector)
        window = self.env["arm.order.reason"].with_user(self.collector)
        action = account.action_block_orders()
        window.with_context(**action["context"]).create(
            {"reason": "Wants to move abroad", "date_until": "2026-04-30"}
        ).action_apply()
        block = account.order_block_ids
        self.assertEqual((block.opened_by_id, block.source), (self.collector, "manual"))
        self.assertIn("Carla: Wants to move abroad", account.order_block_summary)
        action = account.action_unblock_orders()
        window.with_context(**action["context"]).create(
            {"reason": "Came back"}
        ).action_apply()
        self.assertFalse(account.order_block)
        self.assertEqual(
            (block.lift_cause, block.lifted_by_id.id), ("person", self.collector.id)
        )

    def test_processes_are_lifted_by_the_manager(self):
        """A collector cannot lift what dunning has set, a credit manager can."""
        account = self.ledger_of()
        account._block_orders("Level 4", "dunning")
        values = {"mode": "unblock", "account_ids": account.ids, "reason": "Agreed"}
        window = self.env["arm.order.reason"]
        with self.refused("lifted by a credit manager"):
            window.with_user(self.collector).create(values).action_apply()
        window.with_user(self.manager).create(values).action_apply()
        self.assertFalse(account.order_block)

    def test_sales_cannot_block_or_unblock(self):
        """Neither the actions nor the windows are theirs."""
        self.block()
        account = self.ledger_of().with_user(self.sales)
        for action in (account.action_block_orders, account.action_unblock_orders):
            with self.assertRaises(AccessError):
                action()
        for model in ("arm.order.reason", "arm.order.release.grant", "arm.order.block"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.sales).create({})

    def test_auditor_changes_nothing(self):
        auditor = self.make_user("ada", "auditor")
        with self.assertRaises(AccessError):
            self.ledger_of().with_user(auditor).action_block_orders()

    def test_nonsense_in_settings(self):
        with self.refused("cannot be negative", ValidationError):
            self.company.order_block_days = -1

    def test_merged_partners_keep_blocks_and_history(self):
        """One open block for each source remains; nothing of the history is lost."""
        twin = self.make_customer("Mueller und Soehne")
        self.block(reason="First")
        self.block(twin, reason="Second")
        self.ledger_of(twin)._block_orders("Limit withdrawn", "insurance")
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.customer | twin).ids, self.customer)
        blocks = self.ledger_of().order_block_ids
        self.assertEqual(len(blocks), 3)
        self.assertEqual(
            sorted(blocks.filtered("is_open").mapped("source")), ["insurance", "manual"]
        )
        self.assertEqual(blocks.partner_id, self.customer)

    def test_accounts_are_refused_by_name(self):
        """An error names what it is about, so that a person can act on it."""
        with self.assertRaises(UserError) as caught:
            self.ledger_of()._block_orders("x", "manual", until=date(2020, 1, 1))
        self.assertIn("Müller & Söhne GmbH", str(caught.exception))

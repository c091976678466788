"""The benchmarks' data is what Odoo itself would have stored, and goes on with.

Generated at the smallest size into a company of its own, inside the test's transaction.
That the ledger is written as the ORM writes it, column by column, is shown by the test
of the writer in ``arm_receivables``; here the whole company is put to work.
"""

import sys
from datetime import timedelta
from pathlib import Path

from odoo import Command
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import SQL

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench.floor_refresh import FIGURES, wrong_statement
from bench.generate import Generator
from bench.sizes import DAY, SIZES

MODELS = [
    *("account.move", "account.move.line", "account.payment"),
    *("account.partial.reconcile", "res.partner", "sale.order", "sale.order.line"),
]
# Odoo itself fills it when a payment is posted, and its compute method does not know.
# Deliveries belong to Inventory, which the benchmarks do without.
SKIPPED = {"outstanding_account_id", "delivery_status"}


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{DAY} 12:00:00")
class TestBenchData(TransactionCase):
    """A company made for the benchmarks, as the ORM sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        loading = cls.env(context={"chart_template_load": True})
        company = loading["res.company"].create(
            {"name": "Bench", "country_id": cls.env.ref("base.us").id}
        )
        loading["account.chart.template"]._load("generic_coa", company, False)
        company.receivables_timezone = "UTC"
        cls.env = cls.env(
            context={"allowed_company_ids": company.ids, "tracking_disable": True}
        )
        cls.company = company.with_env(cls.env)
        cls.env.user.company_ids |= cls.company
        cls.generator = Generator(cls.env, SIZES["tiny"])
        cls.generator.write()
        cls.env["arm.reliability.policy"].create(
            {"company_id": company.id}
        )._apply_preset("standard")
        cls.env["arm.customer.account"]._refresh(cls.company)

    def records(self, model):
        """Everything of the company."""
        if model == "res.partner":
            addresses = [address for address, _habit in self.generator.addresses]
            partners = self.env[model].browse(addresses)
            return partners | partners.commercial_partner_id
        return self.env[model].search([("company_id", "=", self.company.id)])

    def rows(self, records, names):
        """What is stored, by id."""
        self.env.flush_all()
        columns = SQL(", ").join(map(SQL.identifier, ("id", *names)))
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM %s WHERE id IN %s ORDER BY id",
                columns,
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )
        return self.env.cr.dictfetchall()

    def find(self, **values):
        """An invoice with these values, or fail."""
        domain = [(name, "=", value) for name, value in values.items()]
        found = self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), *domain], limit=1
        )
        self.assertTrue(found)
        return found

    # ------------------------------------------------------------------------ tests

    def test_everything_is_there(self):
        """Each kind of document and customer that the data promises."""
        size = SIZES["tiny"]
        invoices = self.records("account.move").filtered(lambda m: m.is_invoice())
        plain = invoices.filtered(lambda m: m.move_type == "out_invoice")
        self.assertEqual(len(plain), size.invoices)
        self.assertEqual(
            set(plain.mapped("payment_state")),
            {"paid", "partial", "not_paid", "reversed", "blocked"},
        )
        self.assertEqual(len(plain.currency_id), 2)
        self.assertTrue(plain.filtered(lambda m: len(m.line_ids) > 2), "instalments")
        self.assertTrue(plain.filtered(lambda m: m.partner_id.type == "invoice"))
        statuses = self.env["sale.order"].search([]).mapped("invoice_status")
        self.assertEqual(set(statuses), {"no", "to invoice", "invoiced"})
        self.assertEqual(
            len(statuses) - statuses.count("invoiced"),
            size.orders,
        )
        self.assertLessEqual(max(invoices.mapped("invoice_date")), DAY)
        self.assertLess(max(self.records("account.payment").mapped("date")), DAY)

    def computed_fields(self, model):
        """The names of the model's columns that only the ORM computes."""
        return [
            field.name
            for field in self.env[model]._fields.values()
            if field.store and field.compute and field.column_type and field.readonly
            if field.name not in SKIPPED
        ]

    def test_computes_the_same_again(self):
        """What the ORM stores for computed fields is what was written."""
        for model in MODELS:
            records, names = self.records(model), self.computed_fields(model)
            before = self.rows(records, names)
            for name in names:
                self.env.add_to_compute(self.env[model]._fields[name], records)
            after = self.rows(records, names)
            wrong = {
                name: (was[name], now[name])
                for was, now in zip(before, after, strict=True)
                for name in names
                if was[name] != now[name]
            }
            self.assertFalse(wrong, model)

    def test_entries_balance(self):
        """Debit is credit in every entry, and every number is there once."""
        self.env.cr.execute(
            SQL(
                """
                SELECT move_id FROM account_move_line WHERE company_id = %s
                 GROUP BY move_id HAVING SUM(balance) <> 0
                """,
                self.company.id,
            )
        )
        self.assertFalse(self.env.cr.fetchall())
        names = self.records("account.move").mapped(lambda m: (m.journal_id.id, m.name))
        self.assertEqual(len(names), len(set(names)))

    def test_accounts_add_up_to_the_ledger(self):
        """The accounts have every customer, and their sums are the ledger's."""
        lines = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ],
            ["partner_id"],
            ["amount_residual:sum"],
        )
        accounts = self.env["arm.customer.account"].search(
            [("company_id", "=", self.company.id)]
        )
        found = {a.partner_id: a.amount_open for a in accounts if a.amount_open}
        wanted = {partner: total for partner, total in lines if abs(total) > 0.001}
        self.assertEqual(found.keys(), wanted.keys())
        for partner, total in wanted.items():
            self.assertAlmostEqual(found[partner], total, 2)

    def test_floor_has_the_same_figures(self):
        """The hand-written floor of the benchmark and the refresh say the same."""
        for day in (DAY, DAY + timedelta(days=1)):
            with freeze_time(f"{day} 12:00:00"):
                accounts = self.env["arm.customer.account"]
                accounts._refresh(self.company)
                grace = accounts._get_grace_days(self.company)
                # The status of the day before decided from when payments count.
                accounts._refresh(self.company)
                self.env.cr.execute(wrong_statement(self.company, grace))
                wrong = self.env.cr.dictfetchone()
            self.assertEqual(wrong, dict.fromkeys(["missing", *FIGURES], 0))

    def test_odoo_goes_on(self):
        """The next number follows, invoices can be paid and payments taken off."""
        invoice = self.find(
            payment_state="not_paid", currency_id=self.company.currency_id.id
        )
        newest = self.env["account.move"].search(
            [("move_type", "=", "out_invoice"), ("name", "=like", "INV/2026/%")],
            order="sequence_number desc",
            limit=1,
        )
        follower = invoice.copy({"invoice_date": DAY})
        follower.action_post()
        self.assertEqual(follower.sequence_prefix, newest.sequence_prefix)
        self.assertEqual(follower.sequence_number, newest.sequence_number + 1)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({}).action_create_payments()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        paid = self.find(payment_state="paid")
        paid.line_ids.remove_move_reconcile()
        self.assertEqual(paid.payment_state, "not_paid")
        self.assertEqual(paid.amount_residual, paid.amount_total)

    def test_orders_go_on(self):
        """A generated order can be invoiced, a new one gets the next number."""
        orders = self.env["sale.order"].search([("invoice_status", "=", "to invoice")])
        invoice = orders[0]._create_invoices()
        invoice.action_post()
        self.assertEqual(orders[0].invoice_status, "invoiced")
        self.assertEqual(invoice.amount_total, orders[0].amount_total)
        known = self.env["sale.order"].search([]).mapped("name")
        product = self.generator_product()
        fresh = self.env["sale.order"].create(
            {
                "partner_id": orders[0].partner_id.id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        self.assertNotIn(fresh.name, known)
        invoiced = self.env["sale.order"].search(
            [("invoice_status", "=", "invoiced")], limit=1, order="id"
        )
        self.assertEqual(invoiced.invoice_ids.state, "posted")

    def generator_product(self):
        return self.env["sale.order"].search([], limit=1).order_line.product_id

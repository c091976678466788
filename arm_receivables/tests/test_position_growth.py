from contextlib import contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY
from .reliability_common import ReliabilityCommon


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestPositionGrowth(ReliabilityCommon):
    """The number of queries does not grow with the customers, nor with the batch."""

    @contextmanager
    def spy(self, words):
        """Collects the statements that contain these words."""
        found, execute = [], Cursor.execute

        def listen(cursor, query, *args, **kwargs):
            text = query.code if isinstance(query, SQL) else str(query)
            if words in text:
                found.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", listen):
            yield found

    def drafts(self, count):
        """Draft invoices of so many customers, ready to be posted."""
        partners = self.env["res.partner"].create(
            [{"name": f"Growth {n}", "is_company": True} for n in range(count)]
        )
        line = {"name": "Parts", "price_unit": 100, "tax_ids": [Command.clear()]}
        invoices = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-01-15",
                    "invoice_date_due": "2026-02-20",
                    "invoice_line_ids": [Command.create(line)],
                }
                for partner in partners
            ]
        )
        self.env.flush_all()
        return invoices

    def count_queries(self, method, *args):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        method(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_refresh_of_many_customers(self):
        """Ten and a hundred customers: the same number of queries, nightly and not."""
        refresh = self.env["arm.customer.account"]._refresh
        few, many = self.drafts(10), self.drafts(100)
        few.action_post()
        refresh(self.company)  # caches
        night = self.count_queries(refresh, self.company)
        part = self.count_queries(refresh, self.company, few.partner_id)
        many.action_post()
        self.assertEqual(self.count_queries(refresh, self.company), night)
        more = self.count_queries(refresh, self.company, many.partner_id)
        self.assertLessEqual(more, part)
        self.assertLessEqual(night, 12)  # one or two for each kind of figure or hold

    def test_first_refresh_of_many_customers(self):
        """Also when every status is decided anew and recorded."""
        counts = []
        for size in (5, 50):
            self.policy.active = False
            invoices = self.drafts(size)
            invoices.action_post()
            self.policy.active = True
            refresh = self.env["arm.customer.account"]._refresh
            counts.append(
                self.count_queries(refresh, self.company, invoices.partner_id)
            )
            changed = self.env["arm.reliability.change"].search_count(
                [("account_id.partner_id", "in", invoices.partner_id.ids)]
            )
            self.assertEqual(changed, size)
        self.assertLessEqual(counts[1], counts[0])

    def test_one_upsert_for_each_batch(self):
        """Whatever a batch method does to the ledger, the customers follow once."""
        invoices = self.drafts(10)
        with self.spy("INSERT INTO arm_customer_account") as found:
            invoices.action_post()
        self.assertEqual(len(found), 1, "posting")
        with self.spy("INSERT INTO arm_customer_account") as found:
            self.pay(invoices)
        self.assertEqual(len(found), 1, "paying")
        lines = invoices.line_ids.filtered("reconciled")
        with self.spy("INSERT INTO arm_customer_account") as found:
            lines.remove_move_reconcile()
        self.assertEqual(len(found), 1, "unreconciling")
        with self.spy("INSERT INTO arm_customer_account") as found:
            invoices._reverse_moves(cancel=True)
        self.assertEqual(len(found), 1, "reversing")

    def test_posting_adds_few_queries(self):
        """The statements about our tables, for one and for ten invoices."""
        counts = []
        for size in (1, 10):
            self.drafts(1).action_post()  # caches
            invoices = self.drafts(size)
            with self.spy("arm_") as found:
                invoices.action_post()
                self.env.flush_all()
            counts.append(len(found))
        self.assertLessEqual(counts[1], counts[0] + 1)
        self.assertLessEqual(counts[1], 8)

    def test_paying_and_unreconciling_add_few_queries(self):
        """The statements about our tables do not grow with the invoices."""
        counts = []
        for size in (2, 20):
            invoices = self.drafts(size)
            invoices.action_post()
            with self.spy("arm_") as found:
                self.pay(invoices)
                self.env.flush_all()
            paid = len(found)
            lines = invoices.line_ids.filtered("reconciled")
            with self.spy("arm_") as found:
                lines.remove_move_reconcile()
                self.env.flush_all()
            counts.append((paid, len(found)))
        for few, many in zip(*counts, strict=True):
            self.assertLessEqual(many, few + 1, counts)

    def test_confirming_orders_adds_few_queries(self):
        """For one order, and for ten of different customers."""
        # As superuser: the base class gives its user accounting only.
        sales = self.env.ref("sales_team.group_sale_manager")
        self.env.user.sudo().group_ids |= sales
        product = self.env["product.product"].create({"name": "Growth"})
        counts = []
        for size in (1, 1, 10):  # the first one fills the caches
            partners = self.env["res.partner"].create(
                [{"name": f"Order {n}", "is_company": True} for n in range(size)]
            )
            line = Command.create({"product_id": product.id, "price_unit": 10})
            orders = self.env["sale.order"].create(
                [
                    {"partner_id": partner.id, "order_line": [line]}
                    for partner in partners
                ]
            )
            self.env.flush_all()
            with self.spy("arm_") as found:
                orders.action_confirm()
                self.env.flush_all()
            counts.append(len(found))
            self.assertEqual(orders.mapped("state"), ["sale"] * size)
        self.assertLessEqual(counts[2], counts[1] + 1, counts)

    def test_vendor_bills_do_not_care(self):
        line = {"name": "Paper", "price_unit": 100, "tax_ids": [Command.clear()]}
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.customer.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        with self.spy("INSERT INTO arm_customer_account") as found:
            bill.action_post()
        self.assertFalse(found)

    def test_single_customers_read_their_own_rows_only(self):
        """Without a policy's scan of the company: the plan uses indexes throughout."""
        self.drafts(30).action_post()
        customer = self.make_customer("Planned Ltd")
        self.post_invoice(customer, "2026-03-01")
        self.env.cr.execute("ANALYZE account_move_line, account_move, res_partner")
        statement = self.env["arm.customer.account"]._refresh_statement(
            self.company, customer
        )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN %s", statement))
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        for table in ("account_move_line", "account_partial_reconcile", "sale_order"):
            self.assertNotIn(f"Seq Scan on {table}", plan)

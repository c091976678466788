from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_position import PositionCommon


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestPositionOrders(PositionCommon):
    """Exposure: open items and confirmed orders that are not invoiced yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # As superuser: the base class gives its user accounting only.
        cls.env.user.sudo().group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.customer = cls.make_customer("Orders Ltd")
        make = cls.env["product.product"].create
        common = {"type": "consu", "taxes_id": [Command.clear()], "list_price": 10}
        cls.ordered = make({"name": "Ordered", "invoice_policy": "order", **common})
        cls.delivered = make(
            {"name": "Delivered", "invoice_policy": "delivery", **common}
        )

    def order(self, *lines, confirm=True, **values):
        """A confirmed order of (product, quantity, price)."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for product, quantity, price in lines
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    def invoice(self, order, post=True, **values):
        """Invoice an order with core's wizard; the new invoices."""
        before = order.invoice_ids
        self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids
        ).create(values).create_invoices()
        invoices = order.invoice_ids - before
        if post:
            invoices.action_post()
        return invoices

    def exposure(self):
        account = self.assert_like_ledger(self.customer)
        return account.amount_orders, account.exposure

    def test_delivered_or_not(self):
        """The undelivered rest counts as well where the delivery is invoiced."""
        order = self.order((self.ordered, 3, 100), (self.delivered, 4, 50))
        self.assertEqual(self.exposure(), (500, 500))
        order.order_line[1].qty_delivered = 1
        self.assertEqual(self.exposure(), (500, 500))
        self.invoice(order)
        self.assertEqual(self.exposure(), (150, 500))
        order.order_line[1].qty_delivered = 5  # one more than ordered
        self.assertEqual(self.exposure(), (200, 550))

    def test_only_confirmed_orders(self):
        order = self.order((self.ordered, 1, 100), confirm=False)
        self.assertFalse(self.stored(self.customer))
        order.action_confirm()
        self.assertEqual(self.exposure(), (100, 100))
        order._action_cancel()
        self.assertEqual(self.exposure(), (0, 0))

    def test_changed_lines_are_seen_at_once(self):
        order = self.order((self.ordered, 1, 10))
        order.order_line.product_uom_qty = 3
        self.assertEqual(self.exposure(), (30, 30))
        order.order_line.discount = 50
        self.assertEqual(self.exposure(), (15, 15))
        self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.ordered.id,
                "price_unit": 8,
                "tax_ids": [Command.clear()],
            }
        )
        self.assertEqual(self.exposure(), (23, 23))

    def test_drafts_are_still_orders(self):
        """A draft invoice is in no ledger; the order does not vanish with it."""
        order = self.order((self.ordered, 2, 100))
        draft = self.invoice(order, post=False)
        self.assertEqual(order.invoice_status, "invoiced")
        self.account_of(self.customer)
        self.assertEqual(self.exposure(), (200, 200))
        draft.action_post()
        self.assertEqual(self.exposure(), (0, 200))
        draft._reverse_moves(cancel=True)
        self.assertEqual(self.stored(self.customer).amount_open, 0)

    def test_partial_invoices_count_once(self):
        order = self.order((self.ordered, 10, 10))
        draft = self.invoice(order, post=False)
        draft.invoice_line_ids.quantity = 4
        draft.action_post()
        self.assertEqual(self.exposure(), (60, 100))
        self.invoice(order)
        self.assertEqual(self.exposure(), (0, 100))

    def test_down_payment_counts_once(self):
        """Posted, paid, and taken off by the final invoice: never twice."""
        order = self.order((self.ordered, 1, 100))
        values = {"advance_payment_method": "percentage", "amount": 30}
        down = self.invoice(order, post=False, **values)
        self.account_of(self.customer)
        self.assertEqual(self.exposure(), (100, 100))
        down.action_post()
        self.assertEqual(self.exposure(), (70, 100))
        self.pay(down)
        self.assertEqual(self.exposure(), (70, 70))
        final = self.invoice(order, post=False)
        self.account_of(self.customer)
        self.assertEqual(self.exposure(), (70, 70))
        final.action_post()
        self.assertEqual(self.exposure(), (0, 70))

    def test_taxes_are_included(self):
        tax = self.company_data["default_tax_sale"]
        order = self.order((self.ordered, 1, 100), confirm=False)
        order.order_line.tax_ids = tax
        order.action_confirm()
        self.assertEqual(self.exposure()[0], order.amount_total)
        down = self.invoice(order, advance_payment_method="percentage", amount=50)
        self.assertAlmostEqual(
            self.exposure()[0], order.amount_total - down.amount_total, 2
        )
        self.assertAlmostEqual(self.exposure()[1], order.amount_total, 2)

    def test_currency_of_the_order(self):
        """Converted at the rate of the order, whatever the rate is today."""
        currency = self.with_rate("base.CHF", 4.0)
        self.with_rate("base.CHF", 2.0, "2026-03-17")
        pricelist = self.env["product.pricelist"].create(
            {"name": "CHF", "currency_id": currency.id}
        )
        order = self.order((self.ordered, 2, 100), pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        with freeze_time("2026-03-20"):
            self.assertEqual(self.account_of(self.customer).amount_orders, 50)
        down = self.invoice(order, advance_payment_method="percentage", amount=50)
        self.assertEqual(down.currency_id, currency)
        self.assertEqual(self.exposure(), (25, 50))

    def test_customer_is_who_gets_the_invoice(self):
        payer = self.make_customer("Payer Ltd")
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": payer.id, "type": "invoice"}
        )
        self.order((self.ordered, 1, 100), partner_invoice_id=contact.id)
        self.assertFalse(self.stored(self.customer))
        self.assertEqual(self.stored(payer).amount_orders, 100)

    def test_credits_and_negative_lines(self):
        """A discount line lowers its order; a negative order lowers nothing else."""
        self.order((self.ordered, 1, 100), (self.ordered, 1, -30))
        self.order((self.ordered, 1, -500))
        self.assertEqual(self.exposure(), (70, 70))

    def test_units_of_the_invoice(self):
        """A draft in another unit counts with the quantity of the order's unit."""
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.order((self.ordered, 24, 10))
        draft = self.invoice(order, post=False)
        draft.invoice_line_ids.write({"product_uom_id": dozen.id, "quantity": 1})
        self.assertEqual(order.order_line.qty_invoiced, 12)
        self.account_of(self.customer)
        self.assertEqual(self.exposure()[0], 240)

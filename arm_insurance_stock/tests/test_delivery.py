from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.arm_insurance.tests.common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestDelivery(InsuranceCommon):
    """Deliveries that would not be insured: off, warned of, held, let through."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        ) | cls.env.ref("stock.group_stock_user")
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)
        cls.policy.write({"gate_delivery": "block", "gate_stop": "off"})
        cls.product = cls.env["product.product"].create({"name": "Parts"})

    def make_delivery(self, amount=100, **values):
        """The transfer of a confirmed order, ready to go."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.buyer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "price_unit": amount / 2,
                            "tax_ids": False,
                        }
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        picking = order.picking_ids
        picking.move_ids.quantity = 2
        return picking

    def stop(self):
        """Something is unpaid past the extension period of 60 days."""
        invoice = self.post_invoice(
            self.buyer, "2026-01-05", 100, invoice_date="2026-01-02"
        )
        self.limit._refresh()
        self.assertTrue(self.limit.is_stopped)
        return invoice

    def test_what_is_insured_goes(self):
        picking = self.make_delivery()
        self.assertFalse(picking.insurance_gate)
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_stop_holds_until_it_is_lifted(self):
        picking = self.make_delivery()
        invoice = self.stop()
        picking.invalidate_recordset()
        self.assertEqual(picking.insurance_gate, "block")
        with self.refused("would not be insured"):
            picking.button_validate()
        with self.refused("would not be insured"):
            picking.with_context(skip_sanity_check=True).move_ids._action_done()
        self.assertNotEqual(picking.state, "done")
        self.pay(invoice)
        self.limit._refresh()
        picking.invalidate_recordset()
        picking.button_validate()
        self.assertEqual(picking.state, "done")

    def test_limit_that_is_missing_or_full(self):
        full = self.make_delivery(1001)
        self.assertIn("does not fit", full.insurance_message)
        self.decide(self.limit, "withdraw", TODAY, effective_on=TODAY)
        picking = self.make_delivery()
        self.assertEqual(picking.insurance_gate, "block")
        self.assertIn("no insured limit any more", picking.insurance_message)

    def test_warning_is_kept_and_off_says_nothing(self):
        self.policy.gate_delivery = "warn"
        picking = self.make_delivery(1001)
        self.assertEqual(picking.insurance_gate, "warn")
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        notes = " ".join(picking.message_ids.mapped("body"))
        self.assertIn("does not fit", notes)
        self.policy.gate_delivery = "off"
        self.assertFalse(self.make_delivery(1001).insurance_gate)

    def test_paid_in_advance_passes(self):
        picking = self.make_delivery(1001)
        order = picking.sale_id
        self.product.invoice_policy = "order"
        invoice = order._create_invoices()
        invoice.action_post()
        picking.invalidate_recordset()
        self.assertEqual(picking.insurance_gate, "block")
        self.pay(invoice)
        picking.invalidate_recordset()
        self.assertFalse(picking.insurance_gate)
        picking.button_validate()

    def test_goods_that_come_back_are_nobodys_risk(self):
        self.stop()
        receipt = self.env["stock.picking"].create(
            {
                "partner_id": self.buyer.id,
                "picking_type_id": self.env["stock.picking.type"]
                .search(
                    [("code", "=", "incoming"), ("company_id", "=", self.company.id)],
                    limit=1,
                )
                .id,
            }
        )
        self.assertFalse(receipt.insurance_gate)

    def test_override_says_who_and_why(self):
        self.stop()
        picking = self.make_delivery()
        user = self.make_insurance_user("insurance_user")
        override = (
            self.env["arm.insurance.override"]
            .with_user(user)
            .create(
                {
                    "picking_id": picking.id,
                    "company_id": self.company.id,
                    "reason": "Letter of credit",
                }
            )
        )
        self.assertIn("extension period", override.gate_text)
        picking.invalidate_recordset()
        self.assertEqual(picking.insurance_gate, "override")
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        with self.assertRaises(UserError):
            override.reason = "other"

    def test_days_of_deliveries_are_those_of_the_transfers(self):
        self.policy.action_draft()
        self.policy.year_ids.max_invoicing_days = 10
        self.policy.action_activate()
        picking = self.make_delivery()
        picking.sale_id.date_order = "2026-01-02 08:00:00"
        picking.button_validate()
        self.env["arm.insurance.watch"]._watch(self.limit)
        alert = self.limit.alert_ids.filtered(lambda row: row.code == "INVOICE-LATE")
        self.assertEqual(str(alert.deadline), "2026-03-26")

    def test_gates_ask_once_for_many_deliveries(self):
        pickings = self.env["stock.picking"].union(
            *(self.make_delivery() for _number in range(11))
        )

        def count(records):
            self.env.flush_all()
            self.env.cr.execute("ANALYZE stock_picking, stock_move")
            self.env.invalidate_all()
            records.mapped("move_ids.sale_line_id.order_id")
            before = self.env.cr.sql_log_count
            records.mapped("insurance_gate")
            return self.env.cr.sql_log_count - before

        count(pickings)
        self.assertLessEqual(count(pickings[1:]) - count(pickings[:1]), 3)

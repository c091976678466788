"""No way leads around the block: buttons, batches, remote calls, payments, changes."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .order_block_common import TODAY, OrderBlockCommon

KEYS = (
    "skip_order_block",
    "bypass_risk",
    "bypass_check",
    "force",
    "no_check",
    "send_email",
    "import_file",
    "tracking_disable",
    "install_mode",
    "mail_notrack",
    "disable_project_task_generation",
    "arm_orders_guarded",
    "arm_orders_judged",
)


@tagged("post_install", "-at_install", "arm")
@freeze_time(TODAY)
class TestOrderBlockConfirm(OrderBlockCommon):
    """Where an order becomes binding, or larger, the block holds it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.free = cls.make_customer("Free & Easy")

    def assertHeld(self, order, call):
        """The call is refused, names the order and the reason, and changes nothing."""
        state = order.state
        with self.assertRaises(UserError) as caught:
            call()
        self.assertIn(order.name, str(caught.exception))
        self.assertIn("Cheque returned", str(caught.exception))
        order.invalidate_recordset()
        self.assertEqual(order.state, state)

    # ------------------------------------------------------------------ ways to "sale"

    def test_button(self):
        self.block()
        order = self.make_order().with_user(self.sales)
        self.assertHeld(order, order.action_confirm)
        order.action_quotation_sent()
        self.assertHeld(order, order.action_confirm)

    def test_other_public_methods(self):
        """Writing the state, creating, copying, importing: all end at the guard."""
        self.block()
        order = self.make_order().with_user(self.sales)
        now = "2026-03-16 10:00:00"
        self.assertHeld(order, lambda: order.write({"state": "sale"}))
        self.assertHeld(
            order, lambda: order.write({"state": "sale", "date_order": now})
        )
        self.assertHeld(order, lambda: setattr(order, "state", "sale"))
        self.assertHeld(order, lambda: order.web_save({"state": "sale"}, {"state": {}}))
        self.assertHeld(order, lambda: order._validate_order())
        for call in (
            lambda: self.make_order(state="sale"),
            lambda: order.copy({"state": "sale"}),
            lambda: order.create(
                {"partner_id": self.customer.id, "state": "sale", "order_line": []}
            ),
        ):
            with self.assertRaises(UserError) as caught:
                call()
            self.assertIn("Cheque returned", str(caught.exception))
        result = order.load([".id", "state"], [[str(order.id), "Sales Order"]])
        self.assertFalse(result["ids"])
        self.assertEqual(order.state, "draft")

    def test_superuser_and_manager_are_held_as_well(self):
        """Rights do not pass a block, releases do."""
        self.block()
        order = self.make_order()
        self.assertHeld(order, order.sudo().action_confirm)
        self.assertHeld(order, order.with_user(self.manager).action_confirm)

    def test_no_context_key_opens_it(self):
        self.block()
        order = self.make_order().with_user(self.sales)
        for key in KEYS:
            keyed = order.with_context(**{key: True, f"default_{key}": True})
            self.assertHeld(order, keyed.action_confirm)
            self.assertHeld(order, lambda keyed=keyed: keyed.write({"state": "sale"}))
        everything = order.with_context(**dict.fromkeys(KEYS, order.ids))
        self.assertHeld(order, everything.action_confirm)

    def test_another_partner_in_the_same_write(self):
        """Neither the customer nor the address of the invoice opens the way alone."""
        self.block()
        order = self.make_order(partner=self.free)
        with self.refused("Cheque returned"):
            order.write({"partner_id": self.customer.id, "state": "sale"})
        order = self.make_order(partner=self.free, partner_invoice_id=self.customer.id)
        with self.refused("Cheque returned"):
            order.action_confirm()
        order = self.make_order(partner_invoice_id=self.free.id)
        with self.refused("Cheque returned"):
            order.action_confirm()

    def test_block_of_a_contact_is_that_of_the_company(self):
        """Orders of a contact count for the commercial entity."""
        self.block()
        contact = self.make_customer(
            "Petra", parent_id=self.customer.id, is_company=False
        )
        order = self.make_order(partner=contact)
        self.assertHeld(order, order.action_confirm)

    def test_cancelled_and_confirmed_again(self):
        """A cancelled order that is set to quotation is judged anew."""
        order = self.make_order()
        order.action_confirm()
        self.block()
        order.action_cancel()
        order.action_draft()
        self.assertHeld(order, order.action_confirm)

    def test_free_customers_are_not_disturbed(self):
        self.block()
        order = self.make_order(partner=self.free).with_user(self.sales)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_lifted_block_frees_at_once(self):
        self.block()
        order = self.make_order()
        self.assertEqual(order.order_block_state, "held")
        self.ledger_of()._unblock_orders("manual", "Paid")
        self.assertEqual(order.order_block_state, "free")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    # --------------------------------------------------------------------- the batch

    def test_batch_confirms_the_good_ones(self):
        """The held ones are named with their reason and wait in finance's queue."""
        self.block()
        good = self.make_order(partner=self.free) | self.make_order(partner=self.free)
        held = self.make_order()
        orders = (good[0] | held | good[1]).with_user(self.sales)
        result = orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "draft", "sale"])
        params = result["params"]
        self.assertEqual(result["tag"], "display_notification")
        self.assertEqual(params["title"], "2 confirmed, 1 held for finance")
        for word in (held.name, good[0].name, good[1].name, "Cheque returned"):
            self.assertIn(word, params["message"])
        hold = self.holds_of(orders)
        self.assertEqual((hold.order_id, hold.attempted_by_id), (held, self.sales))

    def test_batch_of_held_orders_only(self):
        """Nothing to confirm is an error that names them all."""
        self.block()
        orders = self.make_order() | self.make_order()
        with self.assertRaises(UserError) as caught:
            orders.action_confirm()
        for order in orders:
            self.assertIn(order.name, str(caught.exception))

    def test_batch_shares_the_limit(self):
        """Of three orders that fit one by one, only those pass that fit together."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 100
        orders = self.env["sale.order"].union(*(self.make_order(40) for _n in range(3)))
        self.assertEqual(set(orders.mapped("order_block_state")), {"free"})
        result = orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])
        self.assertIn(orders[2].name, result["params"]["message"])
        self.assertIn("120.00", result["params"]["message"])

    def test_other_add_ons_see_good_orders_only(self):
        """What they do around the call is not done for held orders.

        The quotation template's e-mail goes out after the call for all its orders.
        """
        if "sale_order_template_id" not in self.env["sale.order"]._fields:
            self.skipTest("sale_management is not installed")
        mail = self.env["mail.template"].create(
            {
                "name": "Welcome",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "subject": "Your order is confirmed",
                "body_html": "<p>Thanks</p>",
                "email_to": "buyer@example.com",
                "use_default_to": False,
            }
        )
        template = self.env["sale.order.template"].create(
            {"name": "With mail", "mail_template_id": mail.id}
        )
        self.block()
        good, held = self.make_order(partner=self.free), self.make_order()
        (good | held).sale_order_template_id = template
        (good | held).action_confirm()
        subjects = [set(order.message_ids.mapped("subject")) for order in (good, held)]
        self.assertIn("Your order is confirmed", subjects[0])
        self.assertNotIn("Your order is confirmed", subjects[1])

    # ------------------------------------------------------------- the credit limit

    def test_limit_counts_the_order_at_hand(self):
        """Up to the limit is allowed; one cent more is not, and the amount is told."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 500
        self.post_invoice(self.customer, "2026-12-31", 300)
        self.make_order(100).action_confirm()
        self.assertEqual(self.ledger_of().exposure, 400)
        order = self.make_order(100.01)
        self.assertEqual(order.order_block_state, "held")
        self.assertAlmostEqual(order.order_block_amount, 0.01)
        self.assertIn("500.01", order.order_block_message)
        with self.refused("above the credit limit"):
            order.action_confirm()
        order.order_line.price_unit = 100
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_limit_of_a_customer_without_an_account(self):
        """The very first order is judged, too."""
        self.company.order_block_limit = True
        new = self.make_customer("New Ltd")
        new.with_company(self.company).credit_limit = 99
        order = self.make_order(100, partner=new)
        with self.refused("above the credit limit"):
            order.action_confirm()

    def test_limit_is_not_softened_by_written_totals(self):
        """A total that is written by hand is computed again before the decision."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 50
        order = self.make_order(100).with_user(self.sales)
        for values in (
            {"amount_total": 1, "state": "sale"},
            {"amount_total": 1, "amount_untaxed": 1, "amount_tax": 0},
        ):
            with self.assertRaises(UserError):
                order.write(values)
                order.action_confirm()
        with self.assertRaises(UserError):
            order.order_line.write({"price_total": 1, "price_subtotal": 1})
            order.action_confirm()
        self.assertEqual(order.amount_total, 100)

    def test_foreign_currency_against_the_limit(self):
        """An order in another currency counts in the company's, at today's rate."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 100
        foreign = self.setup_other_currency("EUR", rates=[("2026-03-01", 2.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        order = self.make_order(200, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, foreign)
        self.assertEqual(order.order_block_state, "free", "200 at 2.0 are 100")
        order.order_line.price_unit = 200.04
        self.assertEqual(order.order_block_state, "held")
        self.assertAlmostEqual(order.order_block_amount, 0.02)
        with self.refused("above the credit limit"):
            order.action_confirm()

    def test_block_of_another_company_does_not_hold(self):
        other = self.setup_other_company()["company"]
        self.block()
        self.env.user.company_ids |= other
        order = self.make_order(company=other, user_id=self.env.uid)
        # Judged by the order's company, whatever company the user is in.
        self.assertEqual(order.with_company(self.company).order_block_state, "free")
        order.with_company(self.company).action_confirm()
        self.assertEqual(order.state, "sale")

    # -------------------------------------------------------------- confirmed orders

    def test_confirmed_order_does_not_grow(self):
        """After the confirmation, unlocking and raising does not help either."""
        order = self.make_order().with_user(self.sales)
        order.action_confirm()
        self.block()
        order.action_lock()
        order.action_unlock()
        line = order.order_line
        vals = {"product_id": self.product.id, "price_unit": 1, "tax_ids": False}
        for call in (
            lambda: line.write({"product_uom_qty": 2}),
            lambda: line.write({"price_unit": 100.01}),
            lambda: order.write({"order_line": [Command.create(vals)]}),
            lambda: order.write(
                {"order_line": [Command.update(line.id, {"price_unit": 500})]}
            ),
            lambda: line.create({"order_id": order.id, **vals}),
            lambda: line.copy({"order_id": order.id}),
            lambda: order.create(
                {
                    "partner_id": self.free.id,
                    "order_line": [Command.update(line.id, {"price_unit": 500})],
                }
            ),
        ):
            self.assertHeld(order, call)
            self.assertEqual(order.amount_total, 100)

    def test_prices_and_taxes_are_not_raised_by_buttons(self):
        """Updating prices or taxes of a confirmed order is an increase as well."""
        order = self.make_order(100)
        order.action_confirm()
        self.block()
        self.product.list_price = 150
        self.assertHeld(order, order.action_update_prices)
        tax = self.company_data["default_tax_sale"]
        self.product.taxes_id = tax
        self.assertHeld(order, order.action_update_taxes)
        self.assertEqual(order.amount_total, 100)

    def test_refused_growth_waits_for_finance(self):
        """The attempt to add something is in the queue; its release lets it pass."""
        order = self.make_order(100)
        order.action_confirm()
        self.block()
        self.attempt(order, lambda tried: tried.order_line.write({"price_unit": 130}))
        hold = self.holds_of(order)
        self.assertEqual((hold.origin, hold.amount), ("change", 30))
        action = hold.with_user(self.manager).action_release()
        window = self.env["arm.order.release.grant"].with_user(self.manager)
        window.with_context(**action["context"]).create(
            {"reason": "Small"}
        ).action_grant()
        with self.refused("held for finance"):
            order.order_line.price_unit = 131
        order.order_line.price_unit = 130
        self.assertEqual((hold.state, hold.release_id.amount_used), ("confirmed", 30))

    def test_line_moved_into_a_confirmed_order(self):
        order, quotation = self.make_order(), self.make_order(70)
        order.action_confirm()
        self.block()
        self.assertHeld(
            order, lambda: quotation.order_line.write({"order_id": order.id})
        )

    def test_confirmed_order_may_shrink_and_be_served(self):
        """Less is fine, and so is what delivery and invoicing write."""
        order = self.make_order()
        order.action_confirm()
        self.block()
        order.order_line.write({"price_unit": 90, "qty_delivered": 1})
        order.order_line.write({"name": "Machine, used"})
        order.note = "Deliver on Monday"
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 90)

    def test_a_write_is_judged_as_a_whole(self):
        """One line up and another one down is no increase."""
        order = self.make_order()
        line = self.env["sale.order.line"].create(
            {
                "order_id": order.id,
                "product_id": self.product.id,
                "price_unit": 50,
                "tax_ids": False,
            }
        )
        order.action_confirm()
        self.block()
        order.write(
            {
                "order_line": [
                    Command.update(order.order_line[0].id, {"price_unit": 140}),
                    Command.update(line.id, {"price_unit": 10}),
                ]
            }
        )
        self.assertEqual(order.amount_total, 150)

    def test_confirmed_order_is_not_given_to_a_blocked_customer(self):
        """A new invoice address is a new debtor: the whole order counts."""
        order = self.make_order(partner=self.free)
        order.action_confirm()
        self.block()
        self.assertHeld(
            order, lambda: order.write({"partner_invoice_id": self.customer.id})
        )
        self.assertHeld(order, lambda: order.write({"partner_id": self.customer.id}))

    def test_growth_counts_against_the_limit_once(self):
        """The exposure has the order already; only what is added counts."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 150
        order = self.make_order(100)
        order.action_confirm()
        order.order_line.price_unit = 150
        self.assertEqual(self.ledger_of().exposure, 150)
        with self.refused("above the credit limit"):
            order.order_line.price_unit = 150.01

    # -------------------------------------------------------------------- the queue

    def test_attempt_is_kept_although_it_is_refused(self):
        """The row is written after the rollback; trying again counts up."""
        self.block()
        order = self.make_order(250).with_user(self.sales)
        for attempts in (1, 2):
            self.attempt(order)
            hold = self.holds_of(order)
            self.assertEqual((len(hold), hold.attempt_count), (1, attempts))
        self.assertEqual(hold.attempted_by_id, self.sales)
        self.assertEqual(
            (hold.amount, hold.state, hold.origin), (250, "open", "confirm")
        )
        self.assertIn("Cheque returned", hold.reason)
        self.assertTrue(order.waits_for_finance)
        waiting = order.search([("waits_for_finance", "=", True)])
        self.assertEqual(waiting & (order | self.make_order()), order)

    def attempt(self, order, call=None):
        """Confirm in a transaction of its own, which fails, as a request does."""
        call = call or (lambda tried: tried.action_confirm())
        refused = False
        with self.enter_registry_test_mode():
            try:
                with self.registry.cursor() as cr:
                    call(order.with_env(self.env(cr=cr, user=self.sales)))
            except UserError:  # assertRaises would undo what comes after the rollback
                refused = True
        self.assertTrue(refused)
        self.env.invalidate_all()

    def test_confirmed_order_leaves_the_queue(self):
        self.block()
        order = self.make_order()
        self.attempt(order)
        self.ledger_of()._unblock_orders("manual", "Paid")
        order.action_confirm()
        self.assertEqual(self.holds_of(order).state, "confirmed")

    def test_cancelled_order_leaves_the_queue_at_night(self):
        self.block()
        order = self.make_order()
        self.attempt(order)
        order.action_cancel()
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual(self.holds_of(order).state, "dropped")

    # ------------------------------------------------------------------ early warning

    def test_quotation_shows_it_while_it_is_written(self):
        """The form tells it for a customer just chosen, before anything is saved."""
        self.block()
        with Form(self.env["sale.order"].with_user(self.sales)) as form:
            form.partner_id = self.customer
            self.assertEqual(form.order_block_state, "held")
            self.assertIn("Cheque returned", form.order_block_message)
            form.partner_id = self.free
            self.assertEqual(form.order_block_state, "free")

    def test_salespeople_see_the_sentence_and_not_the_account(self):
        """Colour and sentence, and no right on the account or the block."""
        self.company.order_block_days = 30
        self.post_invoice(self.customer, "2026-01-31", 300)
        order = self.make_order().with_user(self.sales)
        self.assertEqual(order.reliability_status, self.ledger_of().reliability_status)
        self.assertIn("300.00", order.order_block_message)
        self.assertEqual(order.order_block_amount, 300)
        for model in ("arm.customer.account", "arm.order.hold", "arm.order.release"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.sales).search([])

    def test_list_without_queries_per_order(self):
        """Eighty quotations cost as many queries as eight."""
        partners = [self.make_customer(f"List {n}") for n in range(80)]
        for partner in partners:
            self.block(partner)
        orders = self.env["sale.order"].union(
            *(self.make_order(partner=partner) for partner in partners)
        )

        def cost(shown):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            shown.web_read(
                {
                    "partner_id": {},
                    "order_block_state": {},
                    "order_block_message": {},
                    "reliability_status": {},
                }
            )
            return self.env.cr.sql_log_count - before

        cost(orders[:1])
        self.assertLessEqual(cost(orders) - cost(orders[:8]), 2)

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, OperationsCommon


@tagged("post_install", "-at_install", "arm")
class TestOperationsEffects(OperationsCommon):
    """What tasks change in Odoo itself, beside writing to people."""

    # -------------------------------------------------------- orders, status, terms

    def test_block_orders_until_paid(self):
        self.make_steps(
            "Stop",
            {"operation_type": "block_orders", "block_reason": "Three reminders"},
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        account = self.account_of(self.customer)
        block = self.actions_of(invoice).order_block_id
        self.assertEqual((block.source, block.reason), ("dunning", "Three reminders"))
        with freeze_time(f"{TODAY} 10:00:00"):
            self.assertTrue(account.order_block)
            self._register_payment(invoice)
            self.env["arm.customer.account"]._refresh(self.company)
            self.env.invalidate_all()
            self.assertTrue(block.lifted_on)
            self.assertFalse(account.order_block)

    def test_unblock_orders(self):
        """A task lifts what tasks have blocked, and not what a person has."""
        self.make_steps("Free", {"operation_type": "unblock_orders"})
        self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        account = self.account_of(self.customer)
        by_task = account._block_orders("Reminded", "dunning")
        by_hand = account._block_orders("Bad feeling", "manual")
        self.dun()
        self.assertTrue(by_task.lifted_on)
        self.assertFalse(by_hand.lifted_on)

    def test_set_status(self):
        self.make_steps(
            "Red", {"operation_type": "status", "new_status": "red", "status_days": 30}
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        other = self.make_customer("Known Ltd")
        self.post_invoice(other, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        known = self.account_of(other)
        known.with_user(self.manager)._set_status("yellow", note="I know them")
        self.dun()
        account = self.account_of(self.customer)
        self.assertEqual(account.reliability_status, "red")
        self.assertEqual(str(account.reliability_until), "2026-04-15")
        self.assertEqual(account.reliability_note, "Red")
        action = self.actions_of(invoice)
        self.assertEqual((action.old_status, action.new_status), ("green", "red"))
        self.assertEqual(known.reliability_status, "yellow", "people know more")

    def test_payment_term(self):
        """New orders get the new term; the register remembers the old one."""
        immediate = self.env.ref("account.account_payment_term_immediate")
        old = self.env.ref("account.account_payment_term_30days")
        other_company = self.setup_other_company(name="Elsewhere")["company"]
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        self.customer.with_company(self.company).property_payment_term_id = old
        self.customer.with_company(other_company).property_payment_term_id = old
        self.make_steps(
            "Cash", {"operation_type": "payment_term", "payment_term_id": immediate.id}
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        here = (self.customer | contact).with_company(self.company)
        self.assertEqual(here.property_payment_term_id, immediate)
        there = self.customer.with_company(other_company)
        self.assertEqual(there.property_payment_term_id, old)
        action = self.actions_of(invoice)
        self.assertEqual(action.old_payment_term_id, old)
        self.assertEqual(action.new_payment_term_id, immediate)

    # ------------------------------------------------------- server action, channel

    def make_server_action(self, code, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Note",
                "model_id": self.env["ir.model"]._get_id("arm.dunning.action"),
                "state": "code",
                "code": code,
                **values,
            }
        )

    def test_server_action(self):
        """It gets the rows of the whole batch at once."""
        action = self.make_server_action(
            "env['res.partner'].create({'name': 'Called for %d' % len(records)})"
        )
        self.make_steps(
            "Run", {"operation_type": "server_action", "server_action_id": action.id}
        )
        for number in range(3):
            self.post_invoice(self.make_customer(f"Debtor {number}"), "2026-03-13")
        self.dun()
        found = self.env["res.partner"].search([("name", "like", "Called for%")])
        self.assertEqual(found.mapped("name"), ["Called for 3"])

    def test_server_actions_that_are_refused(self):
        """Nobody reaches more through a task than through the action itself."""
        foreign = self.make_server_action("pass")
        foreign.model_id = self.env["ir.model"]._get_id("res.partner")
        secret = self.make_server_action(
            "pass", group_ids=[Command.link(self.env.ref("base.group_system").id)]
        )
        tasks = self.env["arm.dunning.task"].with_user(self.manager)
        for action, text in ((foreign, "Dunning Register"), (secret, "is not for you")):
            with self.assertRaisesRegex(ValidationError, text), self.cr.savepoint():
                tasks.create(
                    {
                        "name": "Run",
                        "company_id": self.company.id,
                        "operation_ids": [
                            Command.create(
                                {
                                    "operation_type": "server_action",
                                    "server_action_id": action.id,
                                }
                            )
                        ],
                    }
                )

    def test_channel(self):
        """One message for the batch: who owes what, by name up to a limit."""
        channel = self.env["discuss.channel"]._create_channel("Credit", False)
        tell = {"operation_type": "channel", "channel_id": channel.id}
        self.make_steps("Late", tell)
        self.make_steps("Very late", self.for_officer("activity"), tell, days=10)
        for number in range(12):
            self.post_invoice(self.make_customer(f"Debtor <{number}>"), "2026-03-13")
        self.post_invoice(self.customer, "2026-03-06", 77)
        self.dun()
        messages = channel.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertEqual(len(messages), 1)
        self.assertIn("Very late", messages.body)
        self.assertIn("77.00", messages.body)
        self.assertIn("Debtor &lt;1&gt;", messages.body)
        self.assertIn("and 2 more customers", messages.body)

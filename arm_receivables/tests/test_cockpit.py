from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY, ReceivablesCommon


@freeze_time(f"{TODAY} 10:00:00")
@tagged("post_install", "-at_install", "arm")
class TestCockpit(ReceivablesCommon):
    """The customer's page: the bar, the time line, and what holds an open item."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accounts = cls.env["arm.customer.account"]
        today = fields.Date.from_string(TODAY)
        cls.today = today
        cls.customer = cls.make_customer("Cockpit Ltd")
        cls.late = cls.post_invoice(
            cls.customer, fields.Date.subtract(today, days=20), 300
        )
        cls.soon = cls.post_invoice(cls.customer, fields.Date.add(today, days=10), 100)
        cls.accounts._refresh(cls.company)
        cls.account = cls.accounts.search(
            [("company_id", "=", cls.company.id), ("partner_id", "=", cls.customer.id)]
        )
        cls.items = (cls.late | cls.soon).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def test_bar_without_limit(self):
        bar = self.account.exposure_bar
        shares = {part["name"]: part["share"] for part in bar["parts"]}
        self.assertEqual(shares, {"amount_due_later": 25, "amount_overdue": 75})
        self.assertIsNone(bar["limit"])
        self.assertIn("300", bar["parts"][1]["amount"])

    def test_bar_with_limit(self):
        """The mark of the limit is on the bar, also when it is exceeded."""
        partner = self.customer.with_company(self.company)
        partner.write({"use_partner_credit_limit": True, "credit_limit": 200})
        self.account.invalidate_recordset()
        limit = self.account.exposure_bar["limit"]
        self.assertEqual((limit["share"], limit["used"]), (50, 200))
        self.assertTrue(limit["exceeded"])
        partner.credit_limit = 800
        self.account.invalidate_recordset()
        bar = self.account.exposure_bar
        self.assertEqual(bar["limit"]["share"], 100)
        self.assertFalse(bar["limit"]["exceeded"])
        self.assertEqual(sum(part["share"] for part in bar["parts"]), 50)

    def test_timeline(self):
        """Documents, payments, messages and status moves are on one time line."""
        self.account.message_post(body="Called them", message_type="comment")
        self._register_payment(self.late, amount=120)
        self.env.flush_all()
        events = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account.id)]
        )
        kinds = events.mapped("kind")
        self.assertEqual(kinds.count("invoice"), 2)
        self.assertIn("message", kinds)
        payment = events.filtered(lambda event: event.kind == "payment")
        self.assertEqual(payment.amount, 120)
        self.assertEqual(len(set(events.ids)), len(events))
        invoice = events.filtered(
            lambda event: event.kind == "invoice" and event.title == self.late.name
        )
        action = invoice.action_open()
        self.assertEqual(action["res_id"], self.late.id)

    def test_timeline_of_another_company(self):
        """Nobody sees events of a company that is not theirs."""
        other = self.setup_other_company()["company"]
        user = self.make_user("foreign.reader", "reader", companies=other)
        seen = (
            self.env["arm.customer.event"]
            .with_user(user)
            .search([("account_id", "=", self.account.id)])
        )
        self.assertFalse(seen)

    def test_next_step(self):
        self.assertFalse(self.account.next_step)
        self.account.activity_schedule(
            "mail.mail_activity_data_call", self.today, summary="Ask for the date"
        )
        self.assertEqual(self.account.next_step, f"{self.today}: Ask for the date")

    def pause(self, items, days, user=None):
        wizard = self.env["arm.hold.pause"].with_user(user or self.env.user)
        return wizard.create(
            {
                "item_ids": items.ids,
                "until": fields.Date.add(self.today, days=days),
                "reason": "Waits for a corrected delivery note",
            }
        ).action_apply()

    def test_pause(self):
        """A pause holds the item until its day, and ends by itself."""
        collector = self.make_user("pause.collector", "collector_all")
        self.pause(self.items, 5, user=collector)
        self.assertEqual(self.items.mapped("hold_reason"), ["pause", "pause"])
        found = self.env["account.move.line"].search(
            [("id", "in", self.items.ids), ("hold_id", "!=", False)]
        )
        self.assertEqual(found, self.items)
        self.assertIn("corrected delivery note", self.late.message_ids[0].body)
        self.pause(self.items[0], 9, user=collector)
        self.assertEqual(self.items[0].hold_until, fields.Date.add(self.today, days=9))
        with freeze_time(fields.Date.add(self.today, days=7)):
            self.items.invalidate_recordset()
            self.assertEqual(self.items.mapped("hold_id"), self.items[0].hold_id)
        self.items.invalidate_recordset()
        self.items.with_user(collector).action_end_pause()
        self.items.invalidate_recordset()
        self.assertFalse(self.items.hold_id)

    def test_pause_refusals(self):
        with self.assertRaisesRegex(ValidationError, "past"):
            self.pause(self.items, -1)
        hold = (
            self.env["arm.hold"]
            .sudo()
            .create(
                {
                    "item_id": self.items[0].id,
                    "company_id": self.company.id,
                    "reason": "promise",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "held already"):
            self.pause(self.items, 3)
        self.assertEqual(hold.reason, "promise")
        income = self.late.line_ids - self.items
        with self.assertRaisesRegex(UserError, "no open item"):
            self.pause(income[0], 3)

    def test_follow_up_in_bulk(self):
        collector = self.make_user("flag.collector", "collector_all")
        self.items.with_user(collector).action_exclude_from_follow_up()
        self.assertEqual(self.items.mapped("no_followup"), [True, True])
        self.items.with_user(collector).action_include_in_follow_up()
        self.assertEqual(self.items.mapped("no_followup"), [False, False])

    def test_only_collectors_hold(self):
        for role in ("reader", "auditor"):
            user = self.make_user(f"{role}.hold", role)
            items = self.items.with_user(user)
            for method in (
                items.action_exclude_from_follow_up,
                items.action_include_in_follow_up,
                items.action_pause,
                items.action_end_pause,
            ):
                with self.assertRaises(AccessError):
                    method()
            with self.assertRaises(AccessError):
                self.pause(self.items, 3, user=user)

    def test_holds_are_read_in_one_query(self):
        """The list of open items reads the holds of a page at once."""
        self.pause(self.items, 3)
        lines = self.items
        lines.mapped("hold_reason")

        def queries(records):
            records.invalidate_recordset(["hold_id"])
            records.mapped("company_id.receivables_timezone")
            start = self.env.cr.sql_log_count
            records.mapped("hold_id")
            return self.env.cr.sql_log_count - start

        queries(lines)  # fills the caches
        self.assertEqual(queries(lines[:1]), queries(lines))

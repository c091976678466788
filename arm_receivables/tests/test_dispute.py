from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..tools.hold import Claim, strongest_claim
from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestDispute(ReceivablesCommon):
    """Disputed parts are left alone, the rest goes on, decisions have their effect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.collector = cls.make_user("d_collector", "collector")
        cls.logistics = [cls.make_user(f"d_log{n}", "reader") for n in (1, 2)]
        cls.reason = cls.env["arm.dispute.reason"].create(
            {
                "name": "Wet pallets",
                "days": 10,
                "user_ids": [Command.set([user.id for user in cls.logistics])],
            }
        )
        cls.customer = cls.make_customer("Disputes Ltd")
        cls.invoice = cls.post_invoice(cls.customer, "2026-03-01", 100)
        cls.account = cls.account_of(cls.customer)
        cls.account.sudo().collector_id = cls.collector
        cls.item = cls.item_of(cls.invoice)

    @classmethod
    def item_of(cls, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def dispute(self, items=None, amount=None, user=None):
        user = user or self.collector
        action = (items or self.item).with_user(user).action_dispute()
        form = Form(
            self.env["arm.dispute"].with_user(user).with_context(**action["context"])
        )
        form.reason_id = self.reason
        if amount is not None:
            with form.line_ids.edit(0) as line:
                line.amount = amount
        return form.save()

    def hold(self, item=None):
        return self.env["arm.hold"].search([("item_id", "=", (item or self.item).id)])

    # ------------------------------------------------------------------------ raised

    def test_whole_invoice_is_held_and_blocked(self):
        dispute = self.dispute()
        self.assertEqual((dispute.amount, dispute.state), (100, "open"))
        self.assertTrue(dispute.name.startswith("DIS/"))
        self.assertEqual(str(dispute.deadline), "2026-03-26")
        self.assertEqual(dispute.user_id, self.logistics[0])
        activity = dispute.sudo().activity_ids
        self.assertEqual(activity.user_id, self.logistics[0])
        self.assertEqual(self.invoice.payment_state, "blocked")
        self.assertEqual((self.hold().reason, self.hold().amount), ("dispute", 0))
        self.assertEqual(self.account.amount_disputed, 100)
        self.assertEqual(self.account.running_dispute_count, 1)
        with self.refused("is disputed"):
            self.invoice.action_toggle_block_payment()
        other = self.post_invoice(self.customer, "2026-03-01", 10)
        self.assertEqual(self.dispute(self.item_of(other)).user_id, self.logistics[1])

    def test_part_of_an_item(self):
        """The rest goes on: not blocked, the hold knows its part, payments count."""
        dispute = self.dispute(amount=30)
        self.assertEqual(self.invoice.payment_state, "not_paid")
        self.assertEqual((self.hold().amount, self.account.amount_disputed), (30, 30))
        with self.refused("more cannot be disputed"):
            self.dispute(amount=71)
        self.pay(self.invoice, TODAY, 70)
        self.assertFalse(self.hold().amount)  # what is left is disputed: all of it
        self.assertEqual(self.invoice.payment_state, "blocked")
        self.assertEqual(self.account.amount_disputed, 30)
        dispute.action_reject()
        self.assertEqual(self.invoice.payment_state, "partial")
        self.assertFalse(self.hold())

    def test_promise_of_the_rest(self):
        """A promise holds the rest; the position tells both parts apart."""
        self.dispute(amount=30)
        items = self.item.with_user(self.collector)
        action = items.action_promise()
        form = Form(
            self.env["arm.promise"]
            .with_user(self.collector)
            .with_context(**action["context"])
        )
        form.amount, form.date = 70, "2026-03-20"
        form.save()
        self.assertEqual(self.hold().reason, "promise")
        self.assertEqual(self.hold().amount_disputed, 30)
        figures = (self.account.amount_disputed, self.account.amount_promised)
        self.assertEqual(figures, (30, 70))

    # ----------------------------------------------------------------------- settled

    def test_accept_makes_a_credit_note(self):
        dispute = self.dispute()
        dispute.action_accept()
        self.assertEqual(
            (dispute.state, dispute.resolution, dispute.closed_by_id),
            ("closed", "accepted", self.collector),
        )
        credit = dispute.sudo().line_ids.credit_note_id
        self.assertEqual((credit.state, credit.amount_total), ("draft", 100))
        self.assertFalse(dispute.sudo().activity_ids)
        # Nobody asks for what is about to be credited.
        self.assertEqual(self.hold().reason, "dispute")
        credit.action_post()
        self.assertEqual(self.invoice.payment_state, "reversed")
        self.assertFalse(self.hold())
        self.assertEqual(self.account.amount_open, 0)

    def test_accept_in_part_with_taxes(self):
        tax = self.company_data["default_tax_sale"]
        tax.amount = 19
        invoice = self.make_invoice(self.customer, "2026-03-01", 100)
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        dispute = self.dispute(self.item_of(invoice))
        self.assertEqual(dispute.amount, 119)
        with self.refused("how much is accepted"):
            dispute.action_accept_partly()
        dispute.line_ids.amount_accepted = 50
        dispute.action_accept_partly()
        credit = dispute.sudo().line_ids.credit_note_id
        self.assertEqual(credit.amount_total, 50)
        self.assertEqual(credit.invoice_line_ids.tax_ids, tax)
        held = self.hold(self.item_of(invoice))
        self.assertEqual((held.reason, held.amount), ("dispute", 50))
        credit.action_post()
        self.assertEqual(invoice.amount_residual, 69)
        self.assertFalse(self.hold(self.item_of(invoice)))

    def test_paid_meanwhile(self):
        dispute = self.dispute()
        self.pay(self.invoice, TODAY)
        self.assertEqual((dispute.state, dispute.resolution), ("closed", "settled"))
        self.assertFalse(dispute.closed_by_id)
        self.assertIn(self.invoice.payment_state, ("paid", "in_payment"))
        with self.refused("settled already"):
            dispute.action_reject()

    def test_report_of_causes(self):
        dispute = self.dispute()
        with freeze_time("2026-03-20 09:00:00"):
            dispute.action_withdraw()
        line = dispute.line_ids
        self.assertEqual((line.days_to_settle, line.resolution), (4, "withdrawn"))
        self.assertEqual(line.salesperson_id, self.invoice.invoice_user_id)
        kinds = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account.id), ("kind", "=", "dispute")]
        )
        self.assertEqual(
            set(kinds.mapped("description")),
            {dispute.name, "Withdrawn by the Customer"},
        )

    # -------------------------------------------------------------------------- safe

    def test_rights(self):
        dispute = self.dispute()
        for vals in ({"state": "closed"}, {"resolution": "rejected"}, {"name": "X"}):
            with self.assertRaises(AccessError):
                dispute.write(vals)
        with self.assertRaises(AccessError):
            dispute.line_ids.write({"amount": 1})
        with self.assertRaises(AccessError):
            self.env["arm.dispute.item"].with_user(self.collector).create(
                {"dispute_id": dispute.id, "item_id": self.item.id, "amount": 1}
            )
        foreign = self.make_user("d_foreign", "collector")
        with self.assertRaises(AccessError):
            dispute.with_user(foreign).action_reject()
        with self.assertRaises(AccessError):
            dispute.with_user(self.logistics[0]).action_accept()
        with self.assertRaises(UserError):
            self.dispute()  # everything is disputed

    def test_strongest_hold_like_the_formula(self):
        """Grid of pause, promise and dispute: the statement and the pure function."""
        today = date.fromisoformat(TODAY)
        grid = [
            (pause, promise, part)
            for pause in (None, "2026-03-18", "2026-04-30")
            for promise in (None, "2026-03-20")
            for part in (None, 30, 100)
        ]
        for pause, promise, part in grid:
            claims = []
            item = self.item_of(self.post_invoice(self.customer, "2026-03-01", 100))
            if pause:
                self.env["arm.hold.pause"].with_user(self.collector).create(
                    {"item_ids": item.ids, "until": pause, "reason": "Test"}
                ).action_apply()
                claims.append(Claim("pause", date.fromisoformat(pause)))
            if promise:
                self.env["arm.promise"].sudo().create(
                    {
                        "account_id": self.account.id,
                        "currency_id": item.currency_id.id,
                        "item_ids": item.ids,
                        "amount": 70,
                        "date": promise,
                        "grace_days": 0,
                    }
                )
                claims.append(Claim("promise", date.fromisoformat(promise)))
            if part:
                self.dispute(item, part)
                claims.append(Claim("dispute", None, Decimal(part)))
            expected = strongest_claim(claims, Decimal(100), today)
            hold = self.hold(item)
            self.assertEqual(
                (hold.reason, hold.until, hold.amount) if hold else None,
                (expected.reason, expected.until or False, expected.amount or 0)
                if expected
                else None,
                (pause, promise, part),
            )

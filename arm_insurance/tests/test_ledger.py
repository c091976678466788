from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..tools import account
from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestLedger(InsuranceCommon):
    """What counts as what on the insurer's ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_customer("Buyer")
        cls.invoice = cls.post_invoice(cls.buyer, "2026-02-15", 100)

    def load(self):
        ledger = self.env["arm.insurance.ledger"]
        return ledger._load(self.policy, self.buyer)[self.buyer.id]

    def receipts(self):
        return [
            (r.kind, str(r.day), r.amount, bool(r.invoice))
            for r in self.load().receipts
        ]

    def test_item_of_an_invoice(self):
        found = self.load()
        (item,) = found.items
        line = self.item(self.invoice)
        self.assertEqual(item.id, str(line.id))
        self.assertEqual(item.gross, 100)
        self.assertEqual(item.due, line.date_maturity)
        self.assertEqual(item.risk_date, self.invoice.invoice_date)
        self.assertEqual(found.open_ids, {line.id})
        self.invoice.delivery_date = "2026-01-20"
        self.assertEqual(str(self.load().items[0].risk_date), "2026-01-20")

    def test_tax_is_told_apart(self):
        tax = self.env["account.tax"].create(
            {"name": "20", "amount": 20, "company_id": self.company.id}
        )
        invoice = self.make_invoice(self.buyer, "2026-02-15", 100)
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        item = self.load().items[-1]
        self.assertEqual((item.gross, item.vat), (120, 20))

    def test_payment_counts_on_its_day(self):
        self.pay(self.invoice, "2026-02-20", 40)
        self.pay(self.invoice, "2026-03-01", 60)
        self.assertEqual(
            self.receipts(),
            [
                (account.PAYMENT, "2026-02-20", 40, True),
                (account.PAYMENT, "2026-03-01", 60, True),
            ],
        )
        self.assertFalse(self.load().open_ids)

    def test_credit_note_hits_its_invoice(self):
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": self.invoice.ids,
                "journal_id": self.invoice.journal_id.id,
                "date": "2026-02-18",
            }
        )
        refund = self.invoice.browse(wizard.refund_moves()["res_id"])
        refund.invoice_line_ids.price_unit = 30
        refund.action_post()
        self.assertEqual(
            self.receipts(), [(account.CREDIT_NOTE, "2026-02-18", 30, True)]
        )

    def test_money_that_waits(self):
        payment = self.env["account.payment"].create(
            {
                "partner_id": self.buyer.id,
                "amount": 500,
                "date": "2026-02-10",
                "payment_type": "inbound",
                "partner_type": "customer",
            }
        )
        payment.action_post()
        self.assertEqual(self.receipts(), [(account.PAYMENT, "2026-02-10", 500, False)])

    def test_write_off_in_a_payment_is_no_money(self):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        wizard.create(
            {
                "payment_date": "2026-02-20",
                "amount": 98,
                "payment_difference_handling": "writeoff"
                if "writeoff"
                in dict(
                    wizard._fields[
                        "payment_difference_handling"
                    ]._description_selection(self.env)
                )
                else "reconcile",
                "writeoff_account_id": self.company_data["default_account_expense"].id,
            }
        )._create_payments()
        self.assertEqual(
            sorted(self.receipts()),
            [
                (account.DISCOUNT, "2026-02-20", 2, True),
                (account.PAYMENT, "2026-02-20", 98, True),
            ],
        )

    def test_returned_payment_came_and_went(self):
        payment = self.pay(self.invoice, "2026-02-20")
        payment.move_id._reverse_moves(
            [{"date": "2026-03-02", "ref": "returned"}], cancel=True
        )
        self.assertEqual(self.load().open_ids, {self.item(self.invoice).id})
        self.assertEqual(
            self.receipts(),
            [
                (account.PAYMENT, "2026-02-20", 100, False),
                (account.PAYMENT, "2026-03-02", -100, False),
            ],
        )

    def test_write_off_entry_and_opening_balance(self):
        receivable = self.company_data["default_account_receivable"]
        other = self.company_data["default_account_expense"]

        def entry(amount, day):
            move = self.env["account.move"].create(
                {
                    "move_type": "entry",
                    "date": day,
                    "journal_id": self.company_data["default_journal_misc"].id,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": receivable.id,
                                "partner_id": self.buyer.id,
                                "balance": amount,
                            }
                        ),
                        Command.create({"account_id": other.id, "balance": -amount}),
                    ],
                }
            )
            move.action_post()
            return self.item(move)

        opening = entry(70, "2026-01-01")
        found = self.load()
        self.assertEqual(
            sorted(item.gross for item in found.items), [Decimal(70), Decimal(100)]
        )
        off = entry(-70, "2026-03-03")
        (opening | off).reconcile()
        self.assertEqual(self.receipts(), [(account.WRITE_OFF, "2026-03-03", 70, True)])

    def test_statements_are_constant(self):
        buyers = self.buyer
        for number in range(10):
            other = self.make_customer(f"B{number}")
            self.post_invoice(other, "2026-02-15", 10)
            buyers |= other
        self.env.flush_all()
        ledger = self.env["arm.insurance.ledger"]

        def count(partners):
            before = self.env.cr.sql_log_count
            ledger._load(self.policy, partners)
            return self.env.cr.sql_log_count - before

        count(buyers)
        self.assertEqual(count(buyers[:1]), count(buyers))

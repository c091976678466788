from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time("2026-01-10 09:00:00")
class TestDeposit(InsuranceCommon):
    """Deposits are billed in advance, and each month bears its part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accounts = cls.env["account.account"].create(
            [
                {"name": "Premiums", "code": "INS3", "account_type": "expense"},
                {
                    "name": "Prepaid",
                    "code": "INS4",
                    "account_type": "asset_prepayments",
                },
            ]
        )
        cls.policy = cls.make_policy(
            "D-1",
            clauses={"deposit_premium": 1000, "deposit_number": 4},
            journal_id=cls.company_data["default_journal_misc"].id,
            premium_account_id=cls.accounts[0].id,
            deposit_account_id=cls.accounts[1].id,
        )

    def accrue(self, day):
        with freeze_time(f"{day} 04:00:00"):
            self.env["arm.insurance.accrual"]._accrue_due()
        return self.policy.accrual_ids.sorted("date")

    def balance(self, account):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return sum(lines.mapped("balance"))

    def test_deposits_of_the_year(self):
        self.policy.action_plan_deposits()
        rows = self.policy.deposit_ids
        self.assertEqual(
            [(str(row.date), row.amount) for row in rows],
            [
                ("2026-01-01", 250),
                ("2026-04-01", 250),
                ("2026-07-01", 250),
                ("2026-10-01", 250),
            ],
        )
        with self.assertRaisesRegex(UserError, "are entered"):
            self.policy.action_plan_deposits()
        self.assertEqual(self.policy.year_ids._get_deposits(), 1000)

    def test_each_month_bears_its_part_once(self):
        self.policy.action_plan_deposits()
        self.assertFalse(self.accrue("2026-01-31"), "the month is not over")
        rows = self.accrue("2026-03-01")
        self.assertEqual(rows.mapped("amount"), [83.33, 83.34])
        self.assertEqual(self.accrue("2026-03-31"), rows, "again changes nothing")
        entry = rows[0].move_id
        self.assertEqual((entry.date, entry.state), (date(2026, 1, 31), "posted"))
        self.assertEqual(
            entry.line_ids.mapped(lambda line: (line.account_id, line.balance)),
            [(self.accounts[0], 83.33), (self.accounts[1], -83.33)],
        )
        rows = self.accrue("2027-02-01")
        self.assertEqual(len(rows), 12)
        self.assertEqual(round(sum(rows.mapped("amount")), 2), 1000)
        self.assertAlmostEqual(self.balance(self.accounts[0]), 1000)
        register = self.env["arm.dunning.action"].search(
            [("action_kind", "=", "premium_accrued"), ("user_id", "=", False)]
        )
        self.assertEqual(len(register), 12)
        self.assertEqual(register.partner_id, self.insurer)

    def test_later_deposits_are_caught_up(self):
        self.policy.deposit_ids = [
            Command.create({"date": "2026-01-01", "amount": 1200})
        ]
        self.accrue("2026-04-01")
        self.policy.deposit_ids = [
            Command.create({"date": "2026-04-15", "amount": 600})
        ]
        rows = self.accrue("2026-05-01")
        self.assertEqual(rows.mapped("amount"), [100, 100, 100, 300])

    def test_nothing_without_accounts(self):
        self.policy.action_plan_deposits()
        self.policy.deposit_account_id = False
        self.assertFalse(self.accrue("2026-06-01"))

    def test_a_closed_month_is_booked_on_the_first_open_day(self):
        self.policy.action_plan_deposits()
        self.company.fiscalyear_lock_date = "2026-02-15"
        rows = self.accrue("2026-03-01")
        self.assertEqual(
            rows.move_id.mapped("date"), [date(2026, 2, 16), date(2026, 2, 28)]
        )

    def test_foreign_currency_leaves_nothing_over(self):
        """Prepaid in company currency comes out at zero, whatever the rates did."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in (("2026-01-01", 0.8), ("2026-06-01", 0.9))
            ]
        )
        policy = self.make_policy(
            "D-2",
            currency_id=euro.id,
            journal_id=self.policy.journal_id.id,
            premium_account_id=self.accounts[0].id,
            deposit_account_id=self.accounts[1].id,
        )
        policy.deposit_ids = [
            Command.create({"date": day, "amount": 500})
            for day in ("2026-01-01", "2026-07-01")
        ]
        for deposit in policy.deposit_ids:
            deposit.action_create_bill()
            deposit.bill_id.action_post()
        self.assertGreater(self.balance(self.accounts[1]), 1000)
        self.accrue("2027-01-01")
        self.assertAlmostEqual(self.balance(self.accounts[1]), 0)

    def test_the_bill_of_a_deposit(self):
        self.policy.action_plan_deposits()
        row = self.policy.deposit_ids[0]
        accountant = self.make_insurance_user("reader")
        with self.assertRaises(AccessError):
            row.with_user(accountant).action_create_bill()
        accountant.group_ids |= self.env.ref("account.group_account_invoice")
        action = row.with_user(accountant).action_create_bill()
        bill = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((bill.amount_total, bill.state), (250, "draft"))
        self.assertEqual(bill.invoice_line_ids.account_id, self.accounts[1])
        for refused in (row.action_create_bill, row.unlink):
            with self.assertRaisesRegex(UserError, "has a bill"):
                refused()
        with self.assertRaisesRegex(UserError, "has a bill"):
            row.amount = 1
        bill.unlink()
        row.amount = 260

    def test_the_declaration_takes_them_off(self):
        """What is entered counts, and not what the clauses had planned."""
        self.policy.deposit_ids = [
            Command.create({"date": "2026-01-01", "amount": 400})
        ]
        row = self.env["arm.insurance.declaration"].create(
            {
                "policy_id": self.policy.id,
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
            }
        )
        self.policy.action_draft()
        self.policy.year_ids.minimum_premium = 1500
        self.policy.action_activate()
        row.action_compute()
        self.assertEqual((row.earned, row.adjustment), (1500, 1100))

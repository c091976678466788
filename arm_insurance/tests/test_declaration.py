from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestDeclaration(InsuranceCommon):
    """Turnover to declare, invoice by invoice, and the premium on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.action_draft()
        cls.policy.year_ids.write(
            {
                "premium_rate": 0.2,
                "premium_tax": 19,
                "minimum_premium": 100,
                "deposit_premium": 60,
            }
        )
        cls.policy.action_activate()
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)
        cls.uninsured = cls.make_customer("Uninsured")
        cls.person = cls.env["res.partner"].create({"name": "Person"})
        cls.over = cls.sell(cls.buyer, "2026-01-20", 6000)
        cls.other = cls.sell(cls.uninsured, "2026-01-20", 500)
        cls.private = cls.sell(cls.person, "2026-01-20", 50)
        cls.later = cls.sell(cls.buyer, "2026-02-10", 1500)

    @classmethod
    def sell(cls, partner, day, amount):
        return cls.post_invoice(partner, "2026-03-30", amount, invoice_date=day)

    def declare(self, first="2026-01-01", last="2026-01-31"):
        row = self.env["arm.insurance.declaration"].create(
            {"policy_id": self.policy.id, "date_from": first, "date_to": last}
        )
        row.action_compute()
        return row

    def status(self, row, invoice):
        line = row.line_ids.filtered(lambda line: line.move_id == invoice)
        return line.status, line.declared

    def test_every_invoice_says_why_it_is_declared_or_not(self):
        row = self.declare()
        self.assertEqual(self.status(row, self.over), ("DECLARED", 6000))
        self.assertEqual(self.status(row, self.other), ("NO_LIMIT", 0))
        self.assertEqual(self.status(row, self.private), ("EXCLUDED", 0))
        self.assertNotIn(self.later, row.line_ids.move_id)
        self.assertEqual((row.turnover, row.declared), (6550, 6000))
        # 0.2 % of 6,000 and 19 % tax; the minimum of a year is for the whole year.
        self.assertEqual((row.premium, row.earned), (12, 12))
        self.assertEqual(row.premium_tax, 2.28)

    def test_whole_year_has_the_minimum_premium(self):
        row = self.declare("2026-01-01", "2026-12-31")
        self.assertEqual(row.declared, 7500)
        self.assertEqual((row.premium, row.earned, row.adjustment), (15, 100, 40))

    def test_credit_note_follows_its_invoice(self):
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": self.over.ids,
                "journal_id": self.over.journal_id.id,
                "date": "2026-03-10",
            }
        )
        refund = self.over.browse(wizard.refund_moves()["res_id"])
        refund.invoice_line_ids.price_unit = 1000
        refund.action_post()
        row = self.declare()
        self.assertEqual(self.status(row, refund), ("DECLARED", -1000))
        self.assertEqual(row.declared, 5000)

    def test_deliveries_of_a_stop_may_leave(self):
        self.policy.action_draft()
        self.policy.year_ids.write({"mep_number": 1, "declare_stopped": False})
        self.policy.action_activate()
        self.post_invoice(self.buyer, "2026-01-05", 10, invoice_date="2026-01-02")
        row = self.declare()
        self.assertEqual(self.status(row, self.over), ("STOP_SHIPMENT", 0))
        self.assertEqual(row.declared, 10)

    def test_states_and_periods(self):
        row = self.declare()
        with self.refused("not possible now"):
            row.action_send()
        row.action_check()
        row.action_send()
        self.assertEqual(str(row.sent_on), TODAY)
        with self.refused("not possible now"):
            row.action_compute()
        with self.refused("is kept"):
            row.unlink()
        row.action_invoiced()
        row.action_adjusted()
        self.assertEqual(row.state, "adjusted")
        self.assertEqual(str(row.deadline), "2026-03-02")

    def test_balances_are_those_of_the_month_ends(self):
        self.policy.action_draft()
        self.policy.year_ids.premium_method = "balances"
        self.policy.action_activate()
        engine = self.env["arm.insurance.engine"]
        for day in ("2026-01-31", "2026-02-28"):
            end = self.policy.year_ids._fields["date_to"].to_date(day)
            engine._snapshot(self.policy, self.limit, end)
        row = self.declare("2026-01-01", "2026-02-28")
        self.assertEqual(row.premium, 27)  # 0.2 % of 6,000 and of 7,500
        with self.assertRaises(ValidationError):
            self.policy.action_draft()
            self.policy.year_ids.premium_rate = -1

    # ------------------------------------------------------- fees, bonus, vendor bill

    def set_costs(self):
        self.policy.action_draft()
        self.policy.year_ids.write(
            {
                "bonus_ids": [
                    (0, 0, {"up_to_ratio": 30, "adjust_pct": -10}),
                    (0, 0, {"up_to_ratio": 60, "adjust_pct": 0}),
                    (0, 0, {"has_no_bound": True, "adjust_pct": 25}),
                ],
                "fee_ids": [
                    (0, 0, {"name": "Requests", "kind": "request", "price": 3}),
                    (0, 0, {"name": "Decisions", "kind": "decision", "price": 7}),
                    (0, 0, {"name": "Monitoring", "kind": "monitoring", "price": 20}),
                    (0, 0, {"name": "Service", "kind": "fixed", "price": 5}),
                ],
            }
        )
        self.policy.action_activate()

    def test_fees_are_counted_in_the_period(self):
        self.set_costs()
        self.decide(self.limit, "request", "2026-01-15", requested_amount=9)
        self.decide(self.limit, "grant", "2026-02-15", amount=2000)
        other = self.make_limit(self.make_customer("Gone"), 10, "2025-06-01")
        self.decide(other, "withdraw", "2025-12-01", effective_on="2026-01-02")
        late = self.make_limit(self.make_customer("Late"), 10, "2026-02-01")
        self.assertTrue(late)
        row = self.declare()
        found = {fee.name: fee.quantity for fee in row.fee_ids}
        # The first grant of 1 January; the withdrawn limit still held on that day.
        self.assertEqual(
            found, {"Requests": 1, "Decisions": 1, "Monitoring": 2, "Service": 1}
        )
        self.assertEqual(row.fees, 3 + 7 + 40 + 5)
        self.assertEqual(row.bonus_malus, 0)  # only a whole year has one
        self.assertEqual(row.amount_due, round(12 + 2.28 + 55, 2))

    def test_bonus_and_malus_of_the_year(self):
        self.set_costs()
        row = self.declare("2026-01-01", "2026-12-31")
        self.assertEqual((row.earned, row.bonus_malus), (100, -10))
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        claim.write({"state": "paid", "accepted_amount": 60.01})
        row.action_compute()
        self.assertEqual((row.claims_ratio, row.bonus_malus), (60.01, 25))
        claim.accepted_amount = 60
        row.action_compute()
        self.assertEqual((row.claims_ratio, row.bonus_malus), (60, 0))

    def test_the_bill_of_the_insurer(self):
        self.set_costs()
        row = self.declare("2026-01-01", "2026-12-31")
        row.action_check()
        row.action_send()
        with self.refused("Choose the account of premiums"):
            row.action_create_bill()
        account = self.company_data["default_account_expense"]
        self.policy.premium_account_id = account
        row.action_create_bill()
        bill = row.bill_id
        self.assertEqual((row.state, bill.move_type), ("invoiced", "in_invoice"))
        self.assertEqual(bill.partner_id, self.insurer)
        # 100 less 60 of deposits, 19 % of 100, three fees, bonus.
        self.assertEqual(row.amount_due, 40 + 19 + 7 + 20 + 5 - 10)
        self.assertEqual(bill.amount_total, row.amount_due)
        self.assertEqual(bill.invoice_line_ids.account_id, account)
        with self.refused("not possible now"):
            row.action_create_bill()

    def test_rates_by_term(self):
        self.policy.action_draft()
        self.policy.year_ids.write(
            {
                "premium_method": "terms",
                "term_rate_ids": [
                    (0, 0, {"up_to_days": 60, "premium_rate": 0.1}),
                    (0, 0, {"up_to_days": 69, "premium_rate": 0.5}),
                ],
            }
        )
        self.policy.action_activate()
        # 20 January to 30 March: 69 days; 10 February: 48 days.
        row = self.declare("2026-01-01", "2026-02-28")
        self.assertEqual(row.premium, 6000 * 0.5 / 100 + 1500 * 0.1 / 100)
        self.sell(self.buyer, "2026-01-19", 1000)  # 70 days: the year's 0.2 %
        row.action_compute()
        self.assertEqual(row.premium, 30 + 1.5 + 2)

from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestAlerts(InsuranceCommon):
    """Every alert of section 3: opens with one activity, and closes by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        cls.correct(
            mep_number=60,
            noa_number=30,
            noa_basis="mep",
            afl=1000,
            max_liability=5000,
            max_terms_days=60,
            max_invoicing_days=10,
            idle_months=1,
            declaration_period="month",
        )
        cls.policy.declare_from = "2026-03-01"
        cls.manager = new_test_user(cls.env, "above", groups="base.group_user")
        cls.policy.manager_id = cls.manager
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)

    @classmethod
    def correct(cls, **clauses):
        cls.policy.action_draft()
        cls.policy.year_ids.write(clauses)
        cls.policy.action_activate()

    def watch(self):
        self.limit._refresh()
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.env["arm.insurance.watch"]._watch_policies(self.policy)

    def alert(self, code):
        return self.env["arm.insurance.alert"].search(
            [
                ("policy_id", "=", self.policy.id),
                ("code", "=", code),
                ("closed_on", "=", False),
            ]
        )

    def deliver(self, day="2026-03-01", due="2026-04-01", amount=100):
        return self.post_invoice(self.buyer, due, amount, invoice_date=day)

    def make_claim(self, **values):
        """A claim of 500 in some state, as if it had gone its way."""
        self.deliver("2026-01-02", "2026-01-10", 500)
        self.limit._refresh()
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        claim.write(
            {
                "total_debt": 500,
                "insured_loss": 500,
                "pct": 90,
                "accepted_amount": 450,
                **values,
            }
        )
        return claim

    def make_order(self, day, **values):
        product = self.env["product.product"].create(
            {"name": "Work", "type": "service", "invoice_policy": "delivery"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.buyer.id,
                "date_order": f"{day} 08:00:00",
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": 50,
                            "product_uom_qty": 2,
                            "tax_ids": False,
                        }
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = f"{day} 08:00:00"
        return order

    # ------------------------------------------------- how each comes about and ends

    def cause_idle(self):
        return lambda: self.deliver()

    def cause_total(self):
        self.correct(limit_cap=900)
        return lambda: self.correct(limit_cap=1000)

    def cause_terms(self):
        invoice = self.deliver("2026-03-01", "2026-05-01")
        return lambda: self.pay(invoice)

    def cause_invoice_late(self):
        order = self.make_order("2026-03-09")
        order.order_line.qty_delivered = 2

        def end():
            order._create_invoices().action_post()

        return end

    def cause_dispute(self):
        invoice = self.deliver("2026-01-02", "2026-01-10")
        self.correct(mep_number=120)
        # As superuser: disputes are entered by people of receivables.
        disputes = self.env["arm.dispute"].sudo()
        disputes.create(
            {
                **disputes._prepare_from_items(self.item(invoice)),
                "date_opened": "2025-12-10",
                "reason_id": self.env["arm.dispute.reason"].search([], limit=1).id,
            }
        )
        return lambda: self.pay(invoice)

    def cause_pay_due(self):
        claim = self.make_claim(
            state="accepted", accepted_on="2026-02-01", settle_by="2026-03-01"
        )
        return claim.action_pay

    def cause_receipt(self):
        claim = self.make_claim(state="paid", accepted_on="2026-03-10")
        self.pay(self.limit.oldest_item_id.move_id, TODAY, 200)

        def end():
            action = claim.action_take_receipts()
            wizard = self.env["arm.insurance.receipt"].browse(action["res_id"])
            wizard.action_split()

        return end

    def cause_declaration(self):
        self.policy.declare_from = "2026-02-01"

        def end():
            rows = self.env["arm.insurance.declaration"].search([])
            rows.action_check()
            rows.action_send()

        return end

    def cause_first_loss(self):
        self.policy.year_ids.afl_opening = 750

        def end():
            self.policy.year_ids.afl_opening = 749

        return end

    def cause_liability(self):
        self.deliver(amount=500)
        self.policy.year_ids.liability_opening = 4600

        def end():
            self.policy.year_ids.liability_opening = 0

        return end

    def cause_near_deadline(self):
        invoice = self.deliver("2025-12-01", "2025-12-17")
        return lambda: self.pay(invoice)

    def test_each_opens_and_closes(self):
        table = [
            ("LIM-IDLE", self.cause_idle, 1000, None, "1"),
            ("LIM-TOTAL", self.cause_total, 100, None, "1"),
            ("TERMS", self.cause_terms, 100, None, "1"),
            ("INVOICE-LATE", self.cause_invoice_late, 100, date(2026, 3, 19), "1"),
            ("DISPUTE", self.cause_dispute, 100, date(2026, 3, 10), "1"),
            ("PAY-DUE", self.cause_pay_due, 450, date(2026, 3, 1), "1"),
            ("REC", self.cause_receipt, 200, None, "1"),
            ("DECL-DUE", self.cause_declaration, 0, date(2026, 3, 30), "1"),
            ("AFL", self.cause_first_loss, 750, None, "0"),
            ("ML", self.cause_liability, 400, None, "1"),
            ("NOA-DUE", self.cause_near_deadline, 0, date(2026, 3, 17), "1"),
        ]
        for code, cause, amount, deadline, severity in table:
            with self.subTest(code=code), self.env.cr.savepoint() as point:
                end = cause()
                self.watch()
                alert = self.alert(code)
                self.assertEqual(len(alert), 1)
                self.assertEqual(alert.amount, amount)
                self.assertEqual(alert.deadline, deadline or False)
                self.assertEqual(alert.severity, severity)
                self.assertTrue(alert.text)
                activity = alert.activity_id
                self.assertEqual(len(activity), 0 if severity == "0" else 1)
                self.watch()
                self.assertEqual(self.alert(code), alert)
                self.assertEqual(alert.activity_id, activity)
                end()
                self.watch()
                self.assertFalse(self.alert(code))
                self.assertFalse(activity.exists())
                self.env.flush_all()
                point.rollback()
                self.env.invalidate_all()

    def test_who_is_asked(self):
        """Two days before the deadline, and for whole policies, the person above."""
        self.policy.responsible_id = self.env.user
        invoice = self.deliver("2025-12-01", "2025-12-22")
        self.watch()
        notice = self.alert("NOA-DUE")
        self.assertEqual(notice.activity_id.user_id, self.env.user)
        with freeze_time("2026-03-20"):
            self.watch()
        self.assertEqual(notice.activity_id.user_id, self.manager)
        self.pay(invoice)
        self.correct(limit_cap=1)
        self.watch()
        self.assertEqual(self.alert("LIM-TOTAL").activity_id.user_id, self.manager)

    def test_a_dispute_is_recalled_each_quarter(self):
        self.cause_dispute()
        self.watch()
        alert = self.alert("DISPUTE")
        alert.activity_id.unlink()  # somebody has looked at it
        self.watch()
        self.assertFalse(alert.activity_id)
        with freeze_time("2026-06-10"):
            self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertTrue(alert.activity_id)

    def test_those_who_sell_are_told(self):
        seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman",
            email="seller@firm.example",
        )  # fmt: skip
        order = self.make_order("2026-03-01", user_id=seller.id)
        invoice = self.deliver("2025-12-01", "2026-01-10")
        messages = self.env["mail.message"]

        def told():
            domain = [("partner_ids", "in", seller.partner_id.ids)]
            return messages.search([*domain, ("subject", "ilike", "insurance")])

        self.watch()
        first = told()
        self.assertEqual(len(first), 1)
        self.assertIn(order.name, first.body)
        self.assertIn("Cover has stopped", first.body)
        self.watch()
        self.assertEqual(told(), first)
        self.pay(invoice)
        self.watch()
        self.assertIn("Cover goes on", (told() - first).body)
        self.decide(self.limit, "reduce", TODAY, amount=50, effective_on=TODAY)
        self.deliver(amount=20)
        self.watch()
        self.assertEqual(len(told()), 3)
        notes = self.limit.message_ids.mapped("body")
        self.assertTrue(any("Cover has stopped" in note for note in notes))

    def test_those_who_sell_are_told_before_cover_stops(self):
        """Ten days before, three days before, and on the last day; once each."""
        seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman",
            email="seller@firm.example",
        )  # fmt: skip
        self.buyer.user_id = seller
        self.deliver("2025-12-01", "2026-01-26", amount=80)  # stops after 27 March
        counts = []
        for day in (16, 17, 18, 23, 24, 25, 26, 27, 27):
            with freeze_time(f"2026-03-{day} 08:00:00"):
                self.env["arm.insurance.engine"]._refresh(self.limit)
                self.env["arm.insurance.watch"]._watch(self.limit)
            messages = self.env["mail.message"].search(
                [("partner_ids", "in", seller.partner_id.ids)]
            )
            counts.append(len(messages))
        self.assertEqual(counts, [0, 1, 1, 1, 2, 2, 2, 3, 3])
        self.assertIn("Cover stops after 03/27/2026", messages[0].body)
        self.assertIn("80.00", messages[0].body)

    def test_declarations_are_prepared_once(self):
        self.policy.declare_from = "2026-01-01"
        self.watch()
        self.watch()
        rows = self.env["arm.insurance.declaration"].search(
            [("policy_id", "=", self.policy.id)]
        )
        self.assertEqual((len(rows), str(rows.date_to)), (1, "2026-01-31"))
        rows.action_check()
        rows.action_send()
        self.watch()
        following = self.env["arm.insurance.declaration"].search(
            [("policy_id", "=", self.policy.id), ("id", "not in", rows.ids)]
        )
        self.assertEqual(str(following.date_to), "2026-02-28")

    # --------------------------------------------------------------------- receipts

    def test_receipts_after_the_loss_are_split_once(self):
        claim = self.make_claim(state="paid", accepted_on="2026-03-10")
        invoice = self.limit.oldest_item_id.move_id
        self.pay(invoice, "2026-03-09", 50)  # before: salvage
        self.pay(invoice, "2026-03-12", 100)
        self.pay(invoice, "2026-03-14", 60)
        action = claim.action_take_receipts()
        wizard = self.env["arm.insurance.receipt"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("amount"), [100, 60])
        wizard.line_ids[0].amount = 101
        with self.refused("has come in"):
            wizard.action_split()
        wizard.line_ids[0].write({"amount": 100, "costs": 10})
        wizard.line_ids[1].amount = 0  # paid in advance for something else
        wizard.action_split()
        rows = claim.recovery_ids
        self.assertEqual(rows.mapped("insurer_share"), [81, 0])
        self.assertEqual(rows.mapped("own_share"), [9, 0])
        self.assertEqual(claim.state, "recovering")
        with self.refused("Nothing has come in"):
            claim.action_take_receipts()

    # ----------------------------------------------------------------------- growth

    def test_queries_do_not_grow_with_buyers(self):
        limits = self.limit.union(
            *(self.make_limit(self.make_customer(f"B{n}"), 1000) for n in range(20))
        )
        for limit in limits:
            self.post_invoice(
                limit.partner_id, "2026-06-01", 10, invoice_date="2026-03-01"
            )
        limits._refresh()
        watch = self.env["arm.insurance.watch"]

        def count(records):
            self.env.flush_all()
            self.env.cr.execute("ANALYZE arm_insurance_limit, arm_insurance_coverage")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            watch._watch(records)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(limits)
        self.assertLessEqual(count(limits) - count(limits[:2]), 3)

    def test_due_buyers_are_asked_for_once(self):
        """However many policies there are: one question for each day."""
        engine = self.env["arm.insurance.engine"]
        policies = self.policy
        for number in range(10):
            policies |= self.make_policy(f"P-{number + 2}")
        self.limit._mark_stale()
        self.env.flush_all()

        def count(records):
            records.mapped("company_id.receivables_timezone")
            before = self.env.cr.sql_log_count
            due = engine._get_due(records)
            self.assertEqual(due, self.limit)
            return self.env.cr.sql_log_count - before

        count(policies)  # fills the caches
        self.assertEqual(count(policies), count(self.policy))
        self.assertFalse(engine._get_due(policies.browse()))

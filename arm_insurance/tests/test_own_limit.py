from datetime import date

from odoo.tests import freeze_time, tagged

from ..tools import codes
from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestOwnLimit(InsuranceCommon):
    """Discretionary limits: worked out daily, entered as decisions, with proof."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.correct(dcl_maximum=800, dcl_tolerance_days=10, pct_discretionary=80)
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer)

    @classmethod
    def correct(cls, **clauses):
        cls.policy.action_draft()
        cls.policy.year_ids.write(clauses)
        cls.policy.action_activate()

    def deliver(self, day, due, amount=100, partner=None):
        return self.post_invoice(partner or self.buyer, due, amount, invoice_date=day)

    def prove(self, day=None):
        if day is None:
            self.env["arm.insurance.discretionary"]._refresh(self.limit)
            return self.limit.dcl_evidence_id
        with freeze_time(f"{day} 06:00:00"):
            return self.prove()

    def codes(self):
        self.env["arm.insurance.watch"]._watch(self.limit)
        return set(
            self.limit.alert_ids.filtered(lambda row: not row.closed_on).mapped("code")
        )

    def test_experience_gives_a_limit_with_its_proof(self):
        self.assertFalse(self.prove())
        self.assertFalse(self.limit.decision_ids)
        first = self.deliver("2026-01-05", "2026-01-20", 500)
        self.pay(first, "2026-01-30")  # ten days late: in time
        proof = self.prove()
        self.assertEqual((proof.status, proof.amount), ("OK", 500))
        self.assertEqual(proof.experience_ids.item_id, self.item(first))
        self.assertEqual(proof.experience_ids.name, first.name)
        self.assertEqual(proof.expires_on, date(2027, 1, 30))
        self.assertEqual((self.limit.amount, self.limit.limit_type),
                         (500, "discretionary"))  # fmt: skip
        self.assertEqual(proof.decision_id, self.limit.decision_ids)
        new = self.deliver(TODAY, "2026-04-15", 300)
        self.limit._refresh()
        self.assertEqual((self.row(new).status, self.row(new).pct), (codes.COVERED, 80))
        # The same result the next day only moves the last day of the proof.
        self.assertEqual(self.prove("2026-03-17"), proof)
        self.assertEqual(proof.checked_on, date(2026, 3, 17))
        self.assertEqual(len(self.limit.decision_ids), 1)

    def test_more_experience_raises_it_up_to_the_maximum(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        old = self.prove()
        self.pay(self.deliver("2026-02-05", "2026-02-20", 900), "2026-02-20")
        proof = self.prove("2026-03-17")
        self.assertNotEqual(proof, old)
        self.assertEqual((proof.amount, self.limit.decision_ids[0].kind),
                         (800, "increase"))  # fmt: skip

    def test_overdue_ends_it_and_covered_deliveries_stay(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        covered = self.deliver("2026-03-01", "2026-03-10", 200)
        self.prove("2026-03-01")
        later = self.deliver("2026-03-25", "2026-04-25", 100)
        lost = self.prove("2026-03-21")  # eleven days late
        self.assertEqual((lost.status, lost.amount), ("OVERDUE", 0))
        with freeze_time("2026-03-26"):
            self.limit._refresh()
            self.assertIn("DCL-LOST", self.codes())
        self.assertEqual(self.limit.state, "expired")
        self.assertEqual(self.row(covered).covered, 200)
        self.assertEqual(self.row(later).status, codes.NO_LIMIT)
        self.pay(covered, "2026-03-27")
        again = self.prove("2026-03-27")
        self.assertEqual(again.status, "OK")
        self.assertEqual(again.experience_ids.mapped("amount"), [500])

    def test_the_insurer_decides_over_it(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        self.prove()
        self.decide(self.limit, "grant", TODAY, amount=300)
        self.assertEqual((self.limit.amount, self.limit.limit_type), (300, "named"))
        proof = self.limit.dcl_evidence_id
        self.assertEqual(self.prove(), proof)  # the named limit is left alone
        self.decide(self.limit, "withdraw", TODAY, effective_on=TODAY)
        self.assertEqual(self.prove().status, "INSURER_DECISION")
        self.assertEqual(self.prove("2026-12-01").status, "INSURER_DECISION")

    def test_adverse_information_and_country_rules(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        self.prove()
        self.limit.adverse_date = TODAY
        self.assertEqual(self.prove().status, "ADVERSE")
        self.limit.adverse_date = False
        self.assertEqual(self.prove().status, "OK")
        self.policy.action_draft()
        self.policy.year_ids.country_rule_ids = [
            (0, 0, {"name": "Nobody", "dcl_allowed": False})
        ]
        self.policy.action_activate()
        self.assertEqual(self.prove().status, "NOT_ALLOWED")

    def test_what_was_credited_or_written_off_proves_nothing(self):
        invoice = self.deliver("2026-01-05", "2026-01-20", 500)
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": invoice.ids,
                "journal_id": invoice.journal_id.id,
                "date": "2026-01-10",
            }
        )
        wizard.refund_moves()
        refund = self.env["account.move"].browse(wizard.new_move_ids.ids)
        refund.action_post()
        if not self.item(invoice).reconciled:
            (self.item(invoice) | self.item(refund)).reconcile()
        self.assertTrue(self.item(invoice).reconciled)
        self.assertFalse(self.prove())

    def test_report(self):
        self.correct(dcl_method="report")
        report = self.env["arm.insurance.credit.report"].create(
            {
                "limit_id": self.limit.id,
                "agency": "Bureau",
                "date": "2026-02-01",
                "amount": 600,
            }
        )
        proof = self.prove()
        self.assertEqual((proof.amount, proof.report_id), (600, report))
        self.assertEqual(proof.expires_on, date(2027, 2, 1))
        self.policy.year_ids.date_to = "2027-12-31"
        self.assertEqual(self.prove("2027-02-01"), proof)
        self.assertEqual(self.prove("2027-02-02").status, "REPORT_EXPIRED")

    def test_need_above_it_asks_for_a_named_limit(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        self.prove()
        self.deliver("2026-03-12", "2026-04-12", 700)
        self.limit._refresh()
        self.assertIn("DCL-LOW", self.codes())
        self.assertNotIn("LIM-OVER", self.codes())

    def test_cron_works_it_out_once_a_day(self):
        self.pay(self.deliver("2026-01-05", "2026-01-20", 500), "2026-01-20")
        cron = self.env.ref("arm_insurance.ir_cron_refresh")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.limit.evidence_ids), 1)
        self.assertEqual(self.policy.proved_on, date(2026, 3, 16))

    def test_queries_do_not_grow_with_buyers(self):
        limits = self.limit
        for number in range(20):
            buyer = self.make_customer(f"B{number}")
            limits |= self.make_limit(buyer)
            invoice = self.deliver("2026-01-05", "2026-01-20", 100, buyer)
            self.pay(invoice, "2026-01-20")
        engine = self.env["arm.insurance.discretionary"]

        def count(records):
            self.env.flush_all()
            self.env.cr.execute("ANALYZE account_move_line, arm_insurance_limit")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            engine._refresh(records)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        first, second = count(limits[1:3]), count(limits[3:])
        self.assertTrue(all(limits[1:].mapped("dcl_evidence_id")))
        self.assertLessEqual(second - first, 12)
        self.assertLessEqual(count(limits[1:]) - count(limits[1:3]), 3)

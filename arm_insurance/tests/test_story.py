from datetime import date

from odoo.tests import freeze_time, tagged

from ..tools import codes
from .common import StoryCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time("2026-01-05 09:00:00")
class TestStory(StoryCommon):
    """One buyer from the first request to the last recovery, as people live it."""

    def test_from_request_to_recovery(self):
        self.buyer = self.make_customer("Late Ltd")
        limit = self.make_limit(self.buyer)

        # The insurer grants half of what was asked for.
        self.decide(limit, "request", "2026-01-05", requested_amount=10000)
        self.assertEqual(limit.state, "requested")
        self.decide(
            limit, "grant", "2026-01-08", requested_amount=10000, amount=5000,
            reference="D-77",
        )  # fmt: skip
        with freeze_time("2026-01-08"):
            limit._refresh()
        self.assertEqual((limit.state, limit.amount), ("partly", 5000))

        # Two deliveries, of which the second does not fit.
        first = self.deliver("2026-01-10", "2026-02-09", 4000)
        second = self.deliver("2026-01-20", "2026-02-19", 2000)
        self.run_day("2026-01-21")
        self.assertEqual(self.row(first).status, codes.COVERED)
        self.assertEqual(self.row(second).covered, 1000)

        # Part of the first is paid late, and the second moves up.
        with freeze_time("2026-03-01"):
            self.pay(first, "2026-03-01", 1000)
        self.run_day("2026-03-02")
        self.assertEqual(self.row(second).covered, 2000)
        self.assertEqual(limit.covered, 5000)

        # The rest stays unpaid: cover stops, and orders are held.
        self.assertEqual(limit.mep_expiry, date(2026, 4, 10))
        self.run_day("2026-04-11")
        self.assertTrue(limit.is_stopped)
        self.assertTrue(self.account_of(self.buyer).order_block)
        third = self.deliver("2026-04-12", "2026-05-12", 700)
        self.run_day("2026-04-13")
        self.assertEqual(self.row(third).status, codes.STOP_SHIPMENT)

        # The notice goes out in time, the claim is prepared and filed.
        with freeze_time("2026-04-20"):
            limit.action_notify()
            limit.notice_ids.action_send()
        self.assertFalse(limit.notice_ids.is_late)
        claim = limit.claim_ids
        self.assertEqual(claim.state, "draft")
        with freeze_time("2026-05-04"):
            claim.document_ids.is_there = True
            claim.action_submit()
        self.assertEqual(claim.state, "waiting")
        self.assertEqual(claim.date_of_loss, date(2026, 8, 9))

        # The waiting period ends: 90 % of 5,000 less the deductible of 200.
        self.run_day("2026-08-10")
        self.assertEqual(claim.state, "under_review")
        self.assertEqual((claim.covered, claim.total_debt), (5000, 5700))
        self.assertEqual(claim.indemnity, 4300)
        self.assertEqual(claim.own_loss, 1400)

        # The insurer accepts; the indemnity is booked, the debt stays open.
        with freeze_time("2026-08-20"):
            claim.action_accept()
            claim.action_pay()
        self.assertEqual(claim.move_id.amount_total, 4300)
        self.assertEqual(first.amount_residual, 3000)

        # Something comes in: 4,300 / 5,700 of it belong to the insurer.
        row = self.env["arm.insurance.recovery"].create(
            {"claim_id": claim.id, "date": "2026-10-01", "amount": 570}
        )
        self.assertEqual((row.insurer_share, row.own_share), (430, 140))
        self.assertEqual(claim.state, "recovering")

        # At the end of the year the turnover is declared.
        with freeze_time("2027-01-10"):
            declaration = self.env["arm.insurance.declaration"].create(
                {
                    "policy_id": self.policy.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-12-31",
                }
            )
            declaration.action_check()
        self.assertEqual(declaration.declared, 6700)
        self.assertEqual(declaration.premium, 13.4)

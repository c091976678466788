from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import InsuranceCommon, StoryCommon


@tagged("post_install", "-at_install", "arm")
class TestInsuranceTour(InsuranceCommon, HttpCase):
    """In the browser: a request, a decision, the cover that follows, and why."""

    def test_request_decision_and_cover(self):
        today = self.company._local_today()
        policy = self.make_policy(
            "Tour",
            year_ids=[
                Command.create({"date_from": "2026-01-01", "date_to": "2099-12-31"})
            ],
        )
        buyer = self.make_customer("Tour Buyer")
        limit = self.make_limit(buyer, policy_id=policy.id)
        self.post_invoice(buyer, "2099-12-31", 100, invoice_date=today)
        limit._refresh()
        user = self.make_insurance_user("insurance_user")
        user.name = "Ina Insurance"
        self.start_tour("/odoo/insured-buyers", "arm_insurance_story", login=user.login)
        self.assertEqual(limit.amount, 1000)
        self.assertEqual(limit.decision_ids.create_uid, user)
        self.assertEqual(len(limit.decision_ids), 2)


@tagged("post_install", "-at_install", "arm")
@freeze_time("2026-01-05 09:00:00")
class TestLossTour(StoryCommon, HttpCase):
    """In the browser: the second half of the story, from the late payment on.

    Nobody clicks the clock, and money comes from the bank: between the tours the days
    pass, and the scheduled action does its work.
    """

    def setUp(self):
        super().setUp()
        self.user = self.make_insurance_user("insurance_user")
        self.user.write({"name": "Ina Insurance", "email": "ina@example.com"})
        self.user.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.user.group_ids |= self.env.ref("account.group_account_readonly")
        self.buyer = self.make_customer("Late Ltd")
        self.limit = self.make_limit(self.buyer)
        self.decide(self.limit, "grant", "2026-01-08", amount=5000)
        self.first = self.deliver("2026-01-10", "2026-02-09", 4000)
        self.deliver("2026-01-20", "2026-02-19", 2000)
        with freeze_time("2026-03-01"):
            self.pay(self.first, "2026-03-01", 1000)
        self.run_day("2026-04-11")
        self.deliver("2026-04-12", "2026-05-12", 700)
        self.run_day("2026-04-13")

    def tour(self, day, path, name):
        """A user does something in the browser on a day."""
        # What the server refuses in a tour is meant to be refused.
        with freeze_time(f"{day} 09:00:00"), mute_logger("odoo.http"):
            self.start_tour(path, f"arm_insurance_{name}", login=self.user.login)
        self.env.invalidate_all()

    def test_from_the_late_payment_to_the_declaration(self):
        with freeze_time("2026-04-13"):
            product = self.env["product.product"].create({"name": "Parts"})
            order = self.env["sale.order"].sudo()
            order = order.create(
                {
                    "partner_id": self.buyer.id,
                    "company_id": self.company.id,
                    "user_id": self.user.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
        self.tour("2026-04-13", "/odoo/insured-buyers", "stop")
        self.assertTrue(self.limit.notice_ids.sent_on)
        claim = self.limit.claim_ids
        self.assertEqual(claim.state, "waiting")
        self.tour(
            "2026-04-14",
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            "held_order",
        )
        self.assertEqual(order.state, "draft")

        self.run_day("2026-08-10")
        self.tour("2026-08-20", "/odoo/insurance-claims", "indemnity")
        self.assertEqual(claim.move_id.amount_total, 4300)
        self.assertEqual(self.first.amount_residual, 3000, "still owed by the buyer")

        with freeze_time("2026-10-01"):
            self.pay(self.first, "2026-10-01", 570)
        self.tour("2026-10-02", "/odoo/insurance-claims", "recovery")
        self.assertEqual(claim.recovery_ids.insurer_share, 430)

        with freeze_time("2027-01-10 06:00:00"):
            self.env["arm.insurance.watch"]._watch_policies(self.policy)
        self.tour("2027-01-10", "/odoo/insurance-declarations", "declaration")
        declaration = self.env["arm.insurance.declaration"].search(
            [("policy_id", "=", self.policy.id)]
        )
        self.assertEqual((declaration.state, declaration.premium), ("sent", 13.4))
        register = self.env["arm.dunning.action"].search(
            [("user_id", "=", self.user.id)], order="id"
        )
        self.assertEqual(
            register.mapped("action_kind"),
            [
                "notice_prepared", "notice_sent", "notice_acknowledged", "claim_filed",
                "notice_closed",
                "claim_accepted", "indemnity_booked", "claim_paid", "recovery",
                "declaration_sent",
            ],
        )  # fmt: skip

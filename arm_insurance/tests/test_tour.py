from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import InsuranceCommon


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

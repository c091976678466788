from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestLimit(InsuranceCommon):
    """Limits: decisions that are never changed, and the states they lead to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.make_customer("Buyer", country_id=cls.env.ref("base.at").id)

    def check(self, limit, state, amount):
        self.assertEqual((limit.state, limit.amount), (state, amount))

    def test_states_follow_the_decisions(self):
        limit = self.make_limit(self.buyer)
        self.check(limit, "none", 0)
        self.decide(limit, "request", "2026-01-02", requested_amount=9000)
        self.check(limit, "requested", 0)
        self.decide(limit, "grant", "2026-01-05", requested_amount=9000, amount=5000)
        self.check(limit, "partly", 5000)
        self.decide(limit, "increase", "2026-02-01", amount=9000)
        self.check(limit, "in_force", 9000)
        self.decide(limit, "request", "2026-02-02", requested_amount=12000)
        self.decide(limit, "refuse", "2026-02-05")
        self.check(limit, "in_force", 9000)
        self.decide(limit, "reduce", "2026-03-01", amount=4000)
        self.check(limit, "reduced", 4000)
        cut = self.decide(limit, "withdraw", "2026-03-10", runoff_days=30)
        self.check(limit, "run_off", 4000)
        self.assertEqual(limit.last_covered_day, date(2026, 4, 9))
        self.assertEqual(limit.next_event, date(2026, 4, 10))
        with freeze_time("2026-04-10"):
            limit._refresh()
            self.check(limit, "withdrawn", 0)
        cut.action_reverse()
        limit._refresh()
        self.check(limit, "reduced", 4000)
        self.assertTrue(cut.is_reversed)

    def test_ends_of_limits(self):
        expired = self.make_limit(self.make_customer("Expired"))
        self.decide(expired, "grant", "2026-01-01", amount=100, until="2026-03-15")
        self.check(expired, "expired", 0)
        refused = self.make_limit(self.make_customer("Refused"))
        self.decide(refused, "refuse", "2026-01-01")
        self.check(refused, "refused", 0)
        ours = self.make_limit(self.make_customer("Ours"), 100)
        self.decide(ours, "withdraw", "2026-02-01", by_us=True)
        self.check(ours, "cancelled", 0)

    def test_temporary_limit_adds_for_a_time(self):
        limit = self.make_limit(self.buyer, 1000)
        self.decide(
            limit, "grant", "2026-03-01", amount=500, limit_type="temporary",
            until="2026-03-31",
        )  # fmt: skip
        self.check(limit, "in_force", 1500)
        with freeze_time("2026-04-01"):
            limit._refresh()
            self.check(limit, "in_force", 1000)

    def test_decisions_stay_as_they_were_entered(self):
        limit = self.make_limit(self.buyer, 1000)
        decision = limit.decision_ids
        with self.refused("stays as it was entered"):
            decision.amount = 2000
        with self.refused("stays as it was entered"):
            decision.sudo().write({"reference": "x"})
        with self.refused("never deleted"):
            decision.sudo().unlink()
        decision.action_reverse()
        decision.action_reverse()  # nothing more happens
        self.assertEqual(len(limit.decision_ids), 2)
        self.check(limit, "none", 0)

    def test_wrong_decisions_are_refused_in_words(self):
        limit = self.make_limit(self.buyer)
        other = self.make_limit(self.make_customer("Other"), 50)
        for values, words in [
            ({"kind": "grant", "amount": -1}, "Buyer cannot be entered"),
            ({"kind": "grant", "amount": 1, "pct": 101}, "percentage"),
            (
                {"kind": "grant", "amount": 1, "limit_type": "temporary"},
                "needs a last day",
            ),
            ({"kind": "reversal"}, "must name one decision"),
            (
                {"kind": "reversal", "reverses_id": other.decision_ids.id},
                "must name one decision",
            ),
        ]:
            with self.refused(words, ValidationError):
                self.decide(limit, decided="2026-01-01", **values)

    def test_a_message_is_entered_once(self):
        limit = self.make_limit(self.buyer)
        self.decide(limit, "grant", "2026-01-01", amount=10, reference="M1")
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception):  # noqa: B017
            with self.env.cr.savepoint():
                self.decide(limit, "grant", "2026-01-01", amount=10, reference="M1")

    def test_decision_keeps_the_facts_of_its_day(self):
        self.make_accounts(self.buyer, amount_sales=120000, reliability_status="yellow")
        limit = self.make_limit(self.buyer, 1000)
        decision = limit.decision_ids
        self.assertEqual(decision.country_id.code, "AT")
        self.assertEqual(decision.sales, 120000)
        self.assertEqual(decision.reliability_status, "yellow")
        self.buyer.country_id = self.env.ref("base.br")
        facts = limit._get_facts()[limit.id]
        self.assertEqual(facts["country"].code, "AT")

    def test_buyer_is_the_commercial_entity_once(self):
        contact = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.buyer.id}
        )
        limit = self.make_limit(contact)
        self.assertEqual(limit.partner_id, self.buyer)
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            with self.env.cr.savepoint():
                self.make_limit(self.buyer)
        self.assertNotIsInstance(caught.exception, UserError)

    def test_merged_buyers_keep_their_decisions(self):
        other = self.make_customer("Same Buyer")
        limits = self.make_limit(self.buyer, 10) | self.make_limit(other, 20)
        invoice = self.post_invoice(other, "2026-03-30", 5, invoice_date="2026-03-01")
        decisions = limits.decision_ids
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        wizard._merge((self.buyer | other).ids, self.buyer)
        self.env.invalidate_all()
        left = limits.exists()
        self.assertEqual((len(left), left.partner_id), (1, self.buyer))
        self.assertEqual(left.decision_ids, decisions)
        left._refresh()
        self.assertEqual(left.coverage_ids.item_id, self.item(invoice))

    def test_collectors_see_their_own_buyers_only(self):
        mine, foreign = (
            self.make_limit(self.buyer, 10),
            self.make_limit(self.make_customer("Foreign"), 10),
        )
        accounts = self.make_accounts(mine.partner_id | foreign.partner_id)
        collector = self.make_insurance_user("collector")
        accounts.filtered(
            lambda account: account.partner_id == self.buyer
        ).sudo().collector_id = collector
        model = self.env["arm.insurance.limit"].with_user(collector)
        self.assertEqual(model.search([]), mine.with_user(collector))
        decisions = self.env["arm.insurance.limit.decision"].with_user(collector)
        self.assertEqual(decisions.search([]).limit_id.sudo(), mine)

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestClaim(InsuranceCommon):
    """Claims: prepared, filed, frozen, settled in the order of losses, recovered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.action_draft()
        cls.policy.year_ids.write(
            {
                "mep_number": 30,
                "noa_number": 30,
                "claim_latest_number": 12,
                "claim_latest_unit": "months",
                "waiting_number": 6,
                "settlement_number": 30,
                "eel": 50,
                "eel_basis": "net",
                "afl": 100,
            }
        )
        accounts = cls.env["account.account"].create(
            [
                {"name": "Insurer", "code": "INS1", "account_type": "asset_current"},
                {"name": "Indemnity", "code": "INS2", "account_type": "income_other"},
            ]
        )
        cls.policy.write(
            {
                "journal_id": cls.company_data["default_journal_misc"].id,
                "insurer_account_id": accounts[0].id,
                "indemnity_account_id": accounts[1].id,
            }
        )
        cls.policy.action_activate()
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)
        cls.invoice = cls.post_invoice(
            cls.buyer, "2026-02-01", 1200, invoice_date="2026-01-10"
        )
        cls.limit._refresh()

    def prepare(self):
        self.env["arm.insurance.claim"]._prepare_due(self.policy)
        return self.env["arm.insurance.claim"].search(
            [("limit_id", "=", self.limit.id)]
        )

    def file(self, claim):
        claim.document_ids.is_there = True
        claim.action_submit()
        return claim

    def lose(self):
        """A claim at the date of loss: 1 August, six months after the due date."""
        claim = self.file(self.prepare())
        self.limit.action_notify()
        self.limit.notice_ids.action_send()
        with freeze_time("2026-08-02"):
            self.prepare()
        return claim

    def test_the_suite_prepares_the_claim_once(self):
        claim = self.prepare()
        self.assertEqual(self.prepare(), claim)
        self.assertEqual(claim.state, "draft")
        self.assertEqual(claim.line_ids.item_id, self.item(self.invoice))
        self.assertEqual((claim.total_debt, claim.covered), (1200, 1000))
        self.assertEqual(claim.date_of_loss, date(2026, 8, 1))
        self.assertEqual(claim.deadline, date(2027, 3, 3))
        # 90 % of 1000, less the deductible of 50 and the first loss of 100.
        self.assertEqual(claim.indemnity, 750)
        self.assertEqual((claim.deductible, claim.afl_absorbed), (50, 100))
        self.assertEqual(claim.own_loss, 450)

    def test_a_draft_goes_when_the_buyer_pays(self):
        claim = self.prepare()
        self.pay(self.invoice)
        self.limit._refresh()
        self.prepare()
        self.assertEqual(claim.state, "withdrawn")

    def test_documents_are_asked_for(self):
        claim = self.prepare()
        self.assertEqual(claim.document_pct, 0)
        with self.refused("lacks documents"):
            claim.action_submit()
        claim.document_ids[0].is_there = True
        self.assertEqual(claim.document_pct, 12.5)
        claim.document_ids[1:].is_needed = False
        claim.action_submit()
        self.assertEqual(claim.state, "waiting")
        with self.refused("was filed"):
            claim.unlink()

    def test_amounts_are_those_of_the_date_of_loss(self):
        claim = self.file(self.prepare())
        self.limit.action_notify()
        self.limit.notice_ids.action_send()
        self.pay(self.invoice, "2026-07-20", 300)
        with freeze_time("2026-08-02"):
            self.limit._refresh()
            self.prepare()
            self.assertEqual(claim.state, "under_review")
            self.assertEqual((claim.total_debt, claim.covered), (900, 700))
        self.pay(self.invoice, "2026-08-10", 100)
        with freeze_time("2026-08-11"):
            self.limit._refresh()
            self.prepare()
            self.assertEqual((claim.total_debt, claim.covered), (900, 700))
            self.assertEqual(claim.indemnity, 480)

    def test_a_late_notice_costs_the_cover_where_the_policy_says_so(self):
        claim = self.prepare()
        self.assertFalse(claim.is_void)
        with freeze_time("2026-04-03"):
            self.limit._refresh()
            claim.action_update()
            self.assertTrue(claim.is_void)
            self.assertEqual(claim.indemnity, 0)

    def test_accepted_claims_are_booked_and_recoveries_split(self):
        claim = self.lose()
        self.assertEqual(claim.state, "under_review")
        claim.action_accept()
        self.assertEqual((claim.state, claim.accepted_amount), ("accepted", 750))
        lines = claim.move_id.line_ids.sorted("balance")
        self.assertEqual(claim.move_id.state, "posted")
        self.assertEqual(lines.mapped("balance"), [-750, 750])
        self.assertEqual(lines.account_id.mapped("code"), ["INS2", "INS1"])
        recoveries = self.env["arm.insurance.recovery"]
        values = {"claim_id": claim.id, "date": "2026-09-01", "amount": 240}
        with self.refused("is not paid yet"):
            recoveries.create(values)
        claim.action_pay()
        row = recoveries.create(values)
        # The insurer bore 750 of 1200.
        self.assertEqual((row.insurer_share, row.own_share), (150, 90))
        self.assertEqual(claim.state, "recovering")
        self.assertEqual(row.move_id.line_ids.sorted("balance")[1].balance, 150)
        self.assertEqual(claim.insurer_recovered, 150)
        with self.refused("is booked"):
            row.amount = 1
        claim.action_close()
        with self.refused("not possible now"):
            claim.action_accept()

    def test_accepted_in_part_and_rejected(self):
        claim = self.lose()
        claim.accepted_amount = 500
        claim.action_accept()
        self.assertEqual(claim.state, "partly")
        self.assertEqual(claim.move_id.amount_total, 500)
        with self.refused("Reverse the entry first"):
            claim.action_withdraw()

    def test_claims_of_a_year_share_its_sums(self):
        other = self.make_limit(self.make_customer("Other"), 1000)
        self.post_invoice(
            other.partner_id, "2026-01-20", 500, invoice_date="2026-01-10"
        )
        other._refresh()
        claims = self.env["arm.insurance.claim"]._prepare_due(self.policy)
        self.assertEqual(len(claims), 2)
        first = claims.filtered(lambda claim: claim.limit_id == other)
        second = claims - first
        # The earlier loss absorbs the first loss: 450 - 50 - 100.
        self.assertEqual((first.indemnity, first.afl_absorbed), (300, 100))
        self.assertEqual((second.indemnity, second.afl_absorbed), (850, 0))
        first.action_withdraw()
        self.assertEqual((second.indemnity, second.afl_absorbed), (750, 100))

    def test_a_claim_that_touches_two_years_is_split_by_item(self):
        """Each year has its own first loss, by the day of delivery."""
        year = self.policy.year_ids
        self.policy.action_draft()
        year.write({"date_to": "2026-01-15", "attachment": "risk_attaching"})
        second = year.copy({"date_from": "2026-01-16", "date_to": "2026-12-31"})
        second.write({"afl": 40, "eel": 0, "attachment": "risk_attaching"})
        self.policy.action_activate()
        self.limit._refresh()
        buyer = self.make_customer("Two Years")
        limit = self.make_limit(buyer, 1000)
        for day, amount in (("2026-01-10", 300), ("2026-01-20", 500)):
            self.post_invoice(buyer, "2026-02-01", amount, invoice_date=day)
        limit._refresh()
        claim = self.env["arm.insurance.claim"].create({"limit_id": limit.id})
        # 300 at 90 % less 50 and 100 of the first year; 500 at 90 % less 40.
        self.assertEqual(claim.covered, 800)
        self.assertEqual(claim.indemnity, 120 + 410)
        self.assertEqual((claim.afl_absorbed, claim.deductible), (140, 50))
        settlement = self.env["arm.insurance.claim.settlement"]
        self.assertEqual(settlement._get_used(year).first_loss, 100)
        self.assertEqual(settlement._get_used(second).first_loss, 40)
        self.assertEqual(settlement._get_used(second).paid, 410)
        self.assertEqual(
            [settlement._get_sums(row)["claims"] for row in (year, second)], [120, 410]
        )
        wizard = self.env["arm.insurance.simulator"].browse(
            limit.action_simulate()["res_id"]
        )
        self.assertEqual(wizard.indemnity, 530)

    def test_a_loss_counts_at_the_rate_of_the_clause(self):
        """Limits are used at the rate of the invoice; the loss at the lower rate."""
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
                for day, rate in (("2026-01-01", 0.5), ("2026-03-01", 0.8))
            ]
        )
        buyer = self.make_customer("Abroad")
        limit = self.make_limit(buyer, 1000)
        self.post_invoice(
            buyer,
            "2026-02-01",
            100,
            invoice_date="2026-01-10",
            currency_id=euro.id,
        )
        limit._refresh()
        self.assertEqual(limit.covered, 200, "at the rate of the invoice")
        claim = self.env["arm.insurance.claim"].create({"limit_id": limit.id})
        for rule, amount in (("lower", 125), ("invoice", 200), ("loss", 125)):
            self.policy.action_draft()
            self.policy.year_ids.fx_rule = rule
            self.policy.action_activate()
            claim.action_update()
            self.assertEqual((claim.covered, claim.total_debt), (amount, amount), rule)

    def test_a_late_notice_reduces_where_the_policy_says_so(self):
        self.policy.action_draft()
        self.policy.year_ids.write(
            {"noa_consequence": "reduce", "noa_reduction_pct": 20, "noa_number": 5}
        )
        self.policy.action_activate()
        self.limit._refresh()
        claim = self.prepare()
        # 1,000 at 90 %, less 50 and 100; a fifth of that is cut.
        self.assertEqual((claim.reduction_pct, claim.is_void), (20, False))
        self.assertEqual(claim.indemnity, 600)

    def test_insolvency_is_the_date_of_loss(self):
        self.limit.write(
            {"insolvency_date": "2026-03-10", "insolvency_known_date": "2026-03-12"}
        )
        claim = self.file(self.prepare())
        self.assertEqual(claim.cause, "insolvency")
        self.assertEqual(claim.state, "under_review")
        self.assertIn("insolvency", claim.document_ids.mapped("document"))

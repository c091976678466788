"""What the tests of credit insurance share; other add-ons may build on it."""

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from odoo.addons.arm_receivables.tests.common import ROLES, TODAY, ReceivablesCommon

INSURANCE_ROLES = {
    **ROLES,
    "insurance_user": "arm_insurance.group_insurance_user",
    "insurance_manager": "arm_insurance.group_insurance_manager",
}

__all__ = ["INSURANCE_ROLES", "TODAY", "InsuranceCommon", "StoryCommon"]


class InsuranceCommon(ReceivablesCommon):
    """A company with an active policy of 2026, and buyers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer = cls.env["res.partner"].create({"name": "Insurer SE"})
        cls.policy = cls.make_policy("P-1")

    @classmethod
    def make_policy(cls, name, activate=True, clauses=None, **values):
        """A policy of the calendar year 2026, active unless said otherwise."""
        policy = cls.env["arm.insurance.policy"].create(
            {
                "name": name,
                "insurer_id": cls.insurer.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "year_ids": [
                    Command.create(
                        {
                            "date_from": "2026-01-01",
                            "date_to": "2026-12-31",
                            **(clauses or {}),
                        }
                    )
                ],
                **values,
            }
        )
        if activate:
            policy.action_activate()
        return policy

    @classmethod
    def make_limit(cls, partner, amount=None, decided="2026-01-01", **values):
        """A buyer under the policy, with a grant when an amount is given."""
        limit = cls.env["arm.insurance.limit"].create(
            {"policy_id": cls.policy.id, "partner_id": partner.id, **values}
        )
        if amount is not None:
            cls.decide(limit, "grant", decided, amount=amount)
        return limit

    @classmethod
    def decide(cls, limit, kind, decided, **values):
        return cls.env["arm.insurance.limit.decision"].create(
            {"limit_id": limit.id, "kind": kind, "decided_on": decided, **values}
        )

    @classmethod
    def make_insurance_user(cls, role, companies=None):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            f"i_{role}",
            groups=INSURANCE_ROLES[role],
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )

    @classmethod
    def row(cls, invoice):
        """The current row of cover of an invoice with one instalment."""
        return cls.env["arm.insurance.coverage"].search(
            [("item_id.move_id", "=", invoice.id), ("snapshot_date", "=", False)]
        )

    @classmethod
    def item(cls, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )


class StoryCommon(InsuranceCommon):
    """The policy comes from a preset and is corrected by the contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.action_cancel()
        accounts = cls.env["account.account"].create(
            [
                {"name": "Insurer", "code": "INS1", "account_type": "asset_current"},
                {"name": "Indemnity", "code": "INS2", "account_type": "income_other"},
            ]
        )
        preset = cls.env.ref("arm_insurance.arm_insurance_preset_atradius")
        cls.policy = cls.env["arm.insurance.policy"].create(
            {
                "name": "Story",
                "insurer_id": cls.insurer.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "preset_id": preset.id,
                "journal_id": cls.company_data["default_journal_misc"].id,
                "insurer_account_id": accounts[0].id,
                "indemnity_account_id": accounts[1].id,
            }
        )
        cls.policy.year_ids.write({"eel": 200, "premium_rate": 0.2})
        cls.policy.action_activate()

    def run_day(self, day):
        """The clock moves on, and the scheduled action does its work."""
        policies = self.policy
        engine = self.env["arm.insurance.engine"]
        with freeze_time(f"{day} 06:00:00"):
            engine._refresh(engine._get_due(policies))
            self.env["arm.insurance.watch"]._watch(policies.limit_ids)
            self.env["arm.insurance.claim"]._prepare_due(policies)

    def deliver(self, day, due, amount):
        with freeze_time(f"{day} 10:00:00"):
            return self.post_invoice(self.buyer, due, amount, invoice_date=day)

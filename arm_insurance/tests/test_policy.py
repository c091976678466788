from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..tools.dates import Span
from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPolicy(InsuranceCommon):
    """Policies: presets, years, clauses that close, country rules, states."""

    # ----------------------------------------------------------- presets and years

    def test_policy_from_preset_has_a_year_with_its_clauses(self):
        preset = self.env.ref("arm_insurance.arm_insurance_preset_atradius")
        policy = self.env["arm.insurance.policy"].create(
            {"name": "A", "insurer_id": self.insurer.id, "preset_id": preset.id}
        )
        year = policy.year_ids
        self.assertEqual(year.date_from, date(2026, 1, 1))
        self.assertEqual(year.date_to, date(2026, 12, 31))
        self.assertEqual(year._get_terms_values(), preset._get_terms_values())
        self.assertEqual(year._get_cover_terms().mep, Span(days=60))
        self.assertEqual(year._get_deadline_terms().waiting.span, Span(months=6))

    def test_every_preset_makes_clauses(self):
        presets = self.env["arm.insurance.preset"].search([])
        self.assertGreaterEqual(len(presets), 6)
        for preset in presets:
            preset._get_cover_terms()
            preset._get_deadline_terms()
            preset._get_indemnity_terms()

    def test_renewal_copies_the_clauses_into_the_next_year(self):
        self.policy.action_draft()
        first = self.policy.year_ids
        first.write({"mep_number": 45, "afl_opening": 500})
        first.country_rule_ids = [Command.create({"name": "Near", "pct_named": 80})]
        self.policy.action_activate()
        self.policy.action_renew()
        second = self.policy.year_ids - first
        self.assertEqual(second.date_from, date(2027, 1, 1))
        self.assertEqual(second.date_to, date(2027, 12, 31))
        self.assertEqual(second.mep_number, 45)
        self.assertEqual(second.country_rule_ids.pct_named, 80)
        self.assertEqual(second.afl_opening, 0)
        self.assertEqual(self.policy.year_id, first)

    def test_clauses_are_closed_once_the_policy_is_active(self):
        year = self.policy.year_ids
        with self.refused("The clauses of policy P-1 are closed"):
            year.mep_number = 90
        with self.refused("The clauses of policy P-1 are closed"):
            year.unlink()
        self.policy.action_draft()
        year.mep_number = 90
        self.assertEqual(year._get_cover_terms().mep, Span(days=90))

    def test_years_do_not_overlap(self):
        with self.refused("overlap on", ValidationError):
            self.env["arm.insurance.year"].create(
                {
                    "policy_id": self.policy.id,
                    "date_from": "2026-12-31",
                    "date_to": "2027-12-30",
                }
            )

    def test_bad_clauses_are_refused_with_their_name(self):
        draft = self.make_policy("Bad", activate=False)
        for values, words in [
            ({"pct_named": 101}, "Named Limits (%)"),
            ({"mep_number": -1}, "Maximum Extension Period"),
            ({"eel": -0.01}, "Deductible per Claim (EEL)"),
        ]:
            with self.refused(words, ValidationError):
                draft.year_ids.write(values)

    # ---------------------------------------------------------------------- states

    def test_states(self):
        with self.refused("has no year yet"):
            self.make_policy("Empty", year_ids=False)
        policy = self.make_policy("Old", activate=False)
        policy.year_ids.write({"date_from": "2025-01-01", "date_to": "2025-12-31"})
        policy.action_activate()
        self.env["arm.insurance.policy"]._update_states()
        self.assertEqual(policy.state, "run_off")
        self.assertEqual(self.policy.state, "active")
        policy.action_close()
        with self.refused("cannot become"):
            policy.action_activate()
        self.policy.action_cancel()
        with self.refused("has a history"):
            self.policy.unlink()

    # --------------------------------------------------------------- country rules

    def test_first_fitting_rule_wins(self):
        near, far = self.env.ref("base.at"), self.env.ref("base.br")
        wood = self.env["res.partner.industry"].create({"name": "Wood"})
        draft = self.make_policy("Rules", activate=False)
        year = draft.year_ids
        year.country_rule_ids = [
            Command.create({"name": "Far", "sequence": 1, "country_ids": far.ids,
                            "is_insured": False}),
            Command.create({"name": "Wood", "sequence": 2, "industry_ids": wood.ids,
                            "pct_named": 70, "mep_number": 1, "mep_unit": "months"}),
            Command.create({"name": "Big", "sequence": 3, "turnover_from": 1000,
                            "turnover_to": 2000, "max_terms_days": 30}),
            Command.create({"name": "Risk", "sequence": 4,
                            "reliability_status": "red", "pct_named": 50}),
        ]  # fmt: skip
        none = {"country": near, "industry": wood.browse(), "turnover": 0,
                "status": "green"}  # fmt: skip
        for facts, name in [
            ({"country": far, "industry": wood}, "Far"),
            ({"industry": wood}, "Wood"),
            ({"turnover": 1000}, "Big"),
            ({"turnover": 2000}, False),
            ({"turnover": 1999, "status": "red"}, "Big"),
            ({"status": "red"}, "Risk"),
            ({}, False),
        ]:
            self.assertEqual(year._get_rule({**none, **facts}).name, name, facts)
        terms, _rule = year._get_terms_for({**none, "industry": wood})
        self.assertEqual(terms.insured_pct["named"], 70)
        self.assertEqual(terms.insured_pct["discretionary"], 80)
        self.assertEqual(terms.mep, Span(months=1))
        with self.refused("figures of rule", ValidationError):
            year.country_rule_ids[0].pct_named = 120

    # ---------------------------------------------------------------------- rights

    @mute_logger("odoo.models")
    def test_who_may_do_what(self):
        reader = self.make_insurance_user("reader")
        user = self.make_insurance_user("insurance_user")
        manager = self.make_insurance_user("insurance_manager")
        buyer = self.make_customer("Buyer")
        limit = self.make_limit(buyer, 1000)
        for person in (reader, user):
            with self.assertRaises(AccessError):
                self.policy.with_user(person).action_cancel()
        with self.assertRaises(AccessError):
            self.policy.with_user(reader).limit_ids.note = "x"
        self.assertEqual(limit.with_user(reader).amount, 1000)
        limit.with_user(user).note = "seen"
        with self.refused("figures of a limit"):
            limit.with_user(manager).amount = 5000
        with self.assertRaises(AccessError):
            limit.with_user(manager).unlink()
        self.policy.with_user(manager).action_cancel()

    def test_rights_of_each_role(self):
        read = {"reader": "r", "auditor": "r", "collector": "r", "insurance_user": "r"}
        entered = {**read, "insurance_user": "rwc", "insurance_manager": "rwc",
                   "manager": "rwc"}  # fmt: skip
        settings = {**read, "insurance_manager": "rwcu", "manager": "rwcu"}
        rights = {
            "arm.insurance.preset": settings,
            "arm.insurance.policy": settings,
            "arm.insurance.year": settings,
            "arm.insurance.country.rule": settings,
            "arm.insurance.bonus": settings,
            "arm.insurance.fee": settings,
            "arm.insurance.term.rate": settings,
            "arm.insurance.deposit": settings,
            "arm.insurance.layout": settings,
            "arm.insurance.layout.column": settings,
            "arm.insurance.limit": entered,
            "arm.insurance.limit.decision": {
                **read, "insurance_user": "rc", "insurance_manager": "rc",
                "manager": "rc",
            },
            "arm.insurance.item": {
                **read, "insurance_user": "rwcu", "insurance_manager": "rwcu",
                "manager": "rwcu",
            },
            **dict.fromkeys(
                (
                    "arm.insurance.claim",
                    "arm.insurance.claim.line",
                    "arm.insurance.claim.document",
                    "arm.insurance.recovery",
                    "arm.insurance.declaration",
                    "arm.insurance.declaration.line",
                    "arm.insurance.declaration.fee",
                ),
                {
                    **read,
                    "insurance_user": "rwcu",
                    "insurance_manager": "rwcu",
                    "manager": "rwcu",
                },
            ),
            "arm.insurance.overdue": {
                **read, "insurance_user": "rwcu", "insurance_manager": "rwcu",
                "manager": "rwcu",
            },
            "arm.insurance.override": {
                **read, "insurance_user": "rc", "insurance_manager": "rc",
                "manager": "rc",
            },
            "arm.insurance.alert": {**read, "insurance_manager": "r", "manager": "r"},
            "arm.insurance.credit.report": {
                **read, "insurance_user": "rwcu", "insurance_manager": "rwcu",
                "manager": "rwcu",
            },
            **dict.fromkeys(
                ("arm.insurance.accrual", "arm.insurance.dcl.evidence",
                 "arm.insurance.dcl.experience"),
                {**read, "insurance_manager": "r", "manager": "r"},
            ),
            "arm.insurance.coverage": {
                **read, "insurance_manager": "r", "manager": "r"
            },
        }  # fmt: skip
        stored = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("arm.insurance")
            and not (model._abstract or model._transient)
        }
        self.assertEqual(stored, set(rights))
        letters = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
        for role in ("reader", "auditor", "collector", "insurance_user",
                     "insurance_manager", "manager"):  # fmt: skip
            user = self.make_insurance_user(role)
            for model, roles in rights.items():
                for letter, operation in letters.items():
                    self.assertEqual(
                        self.env[model].with_user(user).has_access(operation),
                        letter in roles[role],
                        f"{role} {operation} {model}",
                    )

    def test_companies_are_kept_apart_and_joint_insured_share(self):
        other = self.setup_other_company()["company"]
        foreign = self.make_insurance_user("insurance_user", other)
        limit = self.make_limit(self.make_customer("Shared"), 100)
        seen = self.env["arm.insurance.limit"].with_user(foreign)
        self.assertNotIn(limit, seen.search([]))
        self.policy.joint_company_ids = other
        self.assertIn(limit, seen.search([]))

    def test_policy_number_is_unique_in_a_company(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.make_policy("P-1", activate=False)
        self.assertNotIsInstance(caught.exception, UserError)

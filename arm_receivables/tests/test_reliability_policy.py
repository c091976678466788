import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from ..models.arm_reliability_evaluator import FACTS
from ..tools import reliability as rules
from .common import TODAY
from .reliability_common import ReliabilityCommon

DAY = date.fromisoformat(TODAY)


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestReliabilityPolicy(ReliabilityCommon):
    """The numbers of the policy, what they would do, and the statement behind them."""

    # ------------------------------------------------------------------------ policy

    def test_numbers_that_cannot_be(self):
        for values, words in (
            ({"yellow_days_late": -1}, "cannot be negative"),
            ({"yellow_payment_index": 101}, "at most 100"),
            ({"red_payment_index": 90}, "would be reached before"),
            ({"red_oldest_overdue_days": 5}, "would be reached before"),
            ({"minimum_experiences": 0}, "at least one payment experience"),
        ):
            with self.refused(words, ValidationError):
                self.policy.write(values)

    def test_versions(self):
        version = self.policy.version
        self.policy.name = "Renamed"
        self.policy.better_after = self.policy.better_after
        self.assertEqual(self.policy.version, version)
        self.policy.write({"better_after": 9, "yellow_days_late": 11})
        self.assertEqual(self.policy.version, version + 1)
        self.assertIn("Better After: 3 → 9", self.policy.message_ids[0].body)

    def test_presets_are_ordered(self):
        """Whoever is green under a stricter policy is green under a softer one."""
        dice = random.Random(3)
        found = {}
        for name in ("soft", "standard", "strict"):
            getattr(self.policy, f"action_preset_{name}")()
            found[name] = self.policy._get_policy()
        for _number in range(300):
            facts = self.random_facts(dice)
            levels = [
                rules.LEVELS[rules.evaluate(facts, found[name], "green").status]
                for name in ("soft", "standard", "strict")
            ]
            self.assertEqual(levels, sorted(levels), facts)

    def test_one_policy_a_company(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            self.policy.copy().flush_recordset()
        self.assertIn("arm_reliability_policy", str(caught.exception))

    # -------------------------------------------------------------------------- what if

    def test_what_if_shows_and_changes_nothing(self):
        self.history(paid=5)
        self.bill(12, amount=200)
        self.assertEqual(self.status(), "yellow")
        self.policy.action_preset_soft()
        manager = self.make_user("whatif_manager", "manager")
        wizard = self.env["arm.reliability.try"].with_user(manager)
        wizard = wizard.with_company(self.company).create({})
        wizard.action_preset_strict()
        wizard.write({"red_oldest_overdue_days": 10, "yellow_oldest_overdue_days": 9})
        wizard.action_try()
        line = wizard.line_ids.filtered(
            lambda x: x.account_id.partner_id == self.customer
        )
        self.assertEqual((line.from_status, line.to_status), ("yellow", "red"))
        self.assertIn("12 days overdue (red begins at 10)", line.reason)
        self.assertEqual((wizard.worse_count, wizard.better_count), (1, 0))
        self.assertIn("Yellow → Red: 1", wizard.moves)
        self.assertEqual(self.status(), "yellow")
        self.assertEqual(self.policy.red_oldest_overdue_days, 90)
        wizard.action_save()
        self.assertEqual(self.policy.red_oldest_overdue_days, 10)
        self.policy.action_apply()
        self.assertEqual(self.status(), "red", "it said so")

    def test_what_if_with_other_days_of_grace(self):
        """Items in terms are counted with the days of grace that are tried."""
        self.bill(-30)
        with freeze_time("2026-04-20"):
            for days in (13, 12, 11):
                self.bill(days, paid=8)
            self.assertEqual(self.status(), "yellow")
            wizard = (
                self.env["arm.reliability.try"].with_company(self.company).create({})
            )
            wizard.action_preset_standard()
            self.assertFalse(wizard.line_ids)
            wizard.write({"grace_days": 10, "yellow_payment_index": 70})
            wizard.action_try()
            # The open one of the first day is overdue meanwhile.
            self.assertFalse(wizard.line_ids)
            self.pay(
                self.env["account.move"].search(self.own("not_paid")), "2026-04-20"
            )
            wizard.action_try()
            self.assertEqual(wizard.line_ids.to_status, "green")

    # ------------------------------------------------------------ SQL = pure function

    def random_facts(self, dice):
        overdue = dice.choice([0, 0, 5, 10, 250])
        known = dice.randint(0, 6)
        return rules.Facts(
            payment_index=Decimal(dice.randint(3000, 10000)) / 100
            if known > 2
            else None,
            days_late=Decimal(dice.randint(-3000, 9000)) / 100 if known else None,
            experience_count=known,
            oldest_overdue_days=dice.randint(1, 120) if overdue else 0,
            amount_overdue=Decimal(overdue),
            overdue_share=Decimal(dice.randint(1, 100)) if overdue else None,
            promises_broken=dice.choice([0, 0, 0, 1, 2]),
            payments_returned=dice.choice([0, 0, 0, 1, 2, 3]),
            paid_in_terms=dice.randint(0, 6),
        )

    def random_policy(self, dice):
        def limit(*values):
            return dice.choice([None, *values])

        def thresholds(hard):
            return rules.Thresholds(
                payment_index=limit(Decimal(50 if hard else 75)),
                days_late=limit(Decimal(30 if hard else 10)),
                oldest_overdue_days=limit(60 if hard else 15),
                amount_overdue=limit(Decimal(200 if hard else 8)),
                overdue_share=limit(Decimal(80 if hard else 40)),
                promises_broken=limit(2 if hard else 1),
                payments_returned=limit(3 if hard else 1),
            )

        return rules.Policy(
            yellow=thresholds(False),
            red=thresholds(True),
            better_after=dice.randint(0, 5),
            start_status=dice.choice(rules.STATUSES),
            minimum_experiences=dice.randint(1, 5),
            ignore_below=Decimal(dice.choice([0, 10])),
        )

    def put_facts(self, account, facts, **values):
        """Write facts as the refresh would; NULL stays NULL."""
        values.update({name: getattr(facts, name) for name in FACTS})
        days = facts.oldest_overdue_days
        values["oldest_overdue_date"] = DAY - timedelta(days=days) if days else None
        self.env.cr.execute(
            SQL(
                "UPDATE arm_customer_account SET %s WHERE id = %s",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(k), v) for k, v in values.items()
                ),
                account.id,
            )
        )

    def test_statement_equals_the_pure_function(self):
        """Random customers under random policies: status and rule are the same."""
        dice = random.Random(42)
        partners = self.env["res.partner"].create(
            [{"name": f"Random {n}", "is_company": True} for n in range(60)]
        )
        accounts = self.make_accounts(partners)
        evaluator = self.env["arm.reliability.evaluator"]
        for _round in range(12):
            expected, policy = {}, self.random_policy(dice)
            accounts.flush_recordset()
            for account in accounts:
                facts = self.random_facts(dice)
                present = dice.choice(rules.STATUSES)
                since = dice.choice([None, DAY, DAY - timedelta(days=5)])
                before = dice.choice([None, *rules.STATUSES])
                manual = dice.random() < 0.2
                self.put_facts(
                    account,
                    facts,
                    reliability_status=present,
                    reliability_since=since,
                    reliability_before=before,
                    reliability_manual=manual,
                    reliability_until=DAY - timedelta(days=1) if manual else None,
                )
                counted = before if since == DAY else present
                if manual or not since:
                    counted = None
                verdict = rules.evaluate(facts, policy, counted)
                expected[account.id] = (verdict.status, verdict.rule)
            query = evaluator._verdicts_query(self.company, policy, partners)
            rows = self.env.execute_query(
                SQL("SELECT account_id, status, rule FROM (%s) v", query)
            )
            self.assertEqual({i: (s, r) for i, s, r in rows}, expected, policy)
        self.assertEqual(
            len({rule for _s, rule in expected.values()} | {"improved"}) > 4, True
        )

    def test_stored_row_equals_the_pure_function(self):
        """What a change keeps gives the same verdict again, reason and all."""
        self.history(paid=9)
        self.bill(16, amount=300)
        change = self.changes()[-1]
        explainer = self.env["arm.reliability.explainer"]
        facts = explainer._load_facts(change.figures)
        policy = explainer._load_policy(change.numbers)
        self.assertEqual(policy, self.policy._get_policy())
        verdict = rules.evaluate(facts, policy, change.figures["present"])
        self.assertEqual(
            (verdict.status, verdict.rule), (change.to_status, change.rule)
        )
        account = self.stored(self.customer)
        now = account._get_facts()
        self.assertEqual(replace(facts, paid_in_terms=now.paid_in_terms), now)

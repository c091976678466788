from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..tools import names
from .common import TODAY, ReceivablesCommon

SPELLINGS = [
    "Äpfel & Söhne",
    "  „Zum Löwen“ OHG",
    "(alt) Straße",
    "Ødegård",
    "Łódź",
    "Þór",
    "ŒUVRE",
    "3M",
    "Ελλάδα",
    "Дом",
    "e\u0301clair",
    "zebra",
    "100 % Bio",
    "O'Neill",
]


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPeopleRules(ReceivablesCommon):
    """Who gets which customer: by rule, by hand, and when somebody leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.france = cls.env.ref("base.fr")
        cls.ann = cls.make_user("ann", "collector")
        cls.bob = cls.make_user("bob", "collector")
        cls.cleo = cls.make_user("cleo", "collector_all")
        cls.boss = cls.make_user("boss", "manager")
        cls.rules = cls.env["arm.collector.rule"]
        cls.follow_up = cls.env.ref("mail.mail_activity_data_todo")

    @classmethod
    def make_rule(cls, collector, sequence=10, **values):
        return cls.rules.create(
            {
                "company_id": cls.company.id,
                "collector_id": collector.id,
                "sequence": sequence,
                **values,
            }
        )

    @classmethod
    def make_account(cls, name="Customer", account=None, **values):
        return cls.make_accounts(cls.make_customer(name, **values), **(account or {}))

    @classmethod
    def give(cls, accounts, user):
        """Make somebody the collector by hand, as a credit manager does."""
        accounts.with_user(cls.boss).collector_id = user

    @classmethod
    def make_activity(cls, account, user, **values):
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id(account._name),
                "res_id": account.id,
                "activity_type_id": cls.follow_up.id,
                "user_id": user.id,
                **values,
            }
        )

    # ------------------------------------------------------------------------ rules

    def test_first_matching_rule_wins(self):
        """Each condition decides, an empty one fits everybody, the order counts."""
        parent = self.env["res.partner.category"].create({"name": "Public"})
        child = self.env["res.partner.category"].create(
            {"name": "School", "parent_id": parent.id}
        )
        dora = self.make_user("dora", "collector")
        self.make_rule(self.ann, 1, category_ids=parent.ids)
        self.make_rule(self.bob, 2, country_ids=self.france.ids, name_to="K")
        self.make_rule(self.cleo, 3, salesperson_ids=self.boss.ids)
        self.make_rule(dora, 4, amount_min=1000, amount_max=5000)
        tagged_ = self.make_account(
            "School", category_id=[Command.set(child.ids)], country_id=self.france.id
        )
        french = self.make_account("École", country_id=self.france.id)
        late_french = self.make_account("Zèbre", country_id=self.france.id)
        sold = self.make_account("Sold", user_id=self.boss.id)
        big = self.make_account("Big", {"amount_open": 1000.0})
        too_big = self.make_account("Too big", {"amount_open": 5000.01})
        self.rules._apply(self.company)
        self.assertEqual(tagged_.collector_id, self.ann)
        self.assertEqual(french.collector_id, self.bob)
        self.assertFalse(late_french.collector_id)
        self.assertEqual(sold.collector_id, self.cleo)
        self.assertEqual(big.collector_id, dora)
        self.assertFalse(too_big.collector_id)
        last = self.make_rule(self.ann, 99)
        self.rules._apply(self.company)
        self.assertEqual((late_french | too_big).collector_id, self.ann)
        self.assertEqual(too_big.collector_rule_id, last)
        self.assertEqual(last.account_count, 2)
        self.assertEqual(french.collector_id, self.bob)

    def test_refresh_finds_collectors(self):
        """The first invoice gives a new customer a collector; later ones ask nobody.

        A refresh of all customers looks after those who have none.
        """
        waiting = self.make_customer("Waiting")
        self.post_invoice(waiting, "2026-03-01")
        rule = self.make_rule(self.ann)
        self.post_invoice(waiting, "2026-03-02")
        self.assertFalse(self.account_of(waiting).collector_id)
        partner = self.make_customer("New")
        self.post_invoice(partner, "2026-03-01")
        account = self.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id)]
        )
        self.assertEqual(account.collector_id, self.ann)
        self.assertEqual(account.collector_rule_id, rule)
        change = account.collector_change_ids
        self.assertEqual(
            (change.old_collector_id.id, change.new_collector_id, change.origin),
            (False, self.ann, "rule"),
        )
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual(self.account_of(waiting).collector_id, self.ann)

    def test_account_for_a_held_order_has_a_collector(self):
        """Also a customer without any invoice, whose order is held."""
        self.make_rule(self.ann)
        pair = (self.company.id, self.make_customer("Never billed").id)
        account = self.env["arm.customer.account"]._get_or_create({pair})[pair]
        self.assertEqual(account.collector_id, self.ann)

    def test_rules_of_other_companies_do_not_count(self):
        other = self.setup_other_company()["company"]
        both = self.make_user("both", "collector", self.company | other)
        self.rules.create({"company_id": other.id, "collector_id": both.id})
        partner = self.make_customer("In two companies")
        here = self.make_accounts(partner)
        there = self.make_accounts(partner, other)
        self.rules._apply(self.company | other)
        self.assertFalse(here.collector_id)
        self.assertEqual(there.collector_id, both)

    def test_names_in_sql_equal_the_pure_function(self):
        for name in SPELLINGS:
            query = SQL("SELECT %s", self.rules._fold_sql(SQL("%s::varchar", name)))
            [[filed]] = self.env.execute_query(query)
            self.assertEqual(filed, names.fold(name), name)
        for first, last in [("A", "K"), ("Ö", "Z"), ("0", "9"), ("", "Str"), ("z", "")]:
            rule = self.make_rule(self.ann, name_from=first, name_to=last)
            accounts = {name: self.make_account(name) for name in SPELLINGS}
            self.rules._apply(self.company)
            for name, account in accounts.items():
                self.assertEqual(
                    bool(account.collector_id),
                    names.in_range(name, first, last),
                    (name, first, last),
                )
            rule.unlink()

    def test_rules_refuse_what_cannot_be(self):
        with self.refused("Exchange the two"):
            self.make_rule(self.ann, name_from="K", name_to="A")
        with self.refused("below the lowest"):
            self.make_rule(self.ann, amount_min=10, amount_max=5)
        self.assertTrue(self.make_rule(self.ann, name_from="Kr", name_to="K"))

    def test_rule_in_words(self):
        rule = self.make_rule(
            self.ann, country_ids=self.germany.ids, name_from="A", name_to="K"
        )
        self.assertEqual(rule.condition, "Germany · A – K")
        self.assertEqual(self.make_rule(self.ann).condition, "Everybody")
        self.assertIn("1,000", self.make_rule(self.ann, amount_min=1000).condition)

    def test_hand_set_collectors_stay(self):
        """Applying again moves what a rule gave, and nothing that a person decided."""
        by_rule, by_hand = self.make_account("Rule"), self.make_account("Hand")
        rule = self.make_rule(self.ann)
        self.give(by_hand, self.bob)
        self.rules._apply(self.company)
        self.assertEqual(by_rule.collector_id, self.ann)
        rule.collector_id = self.cleo
        self.rules._apply(self.company)
        self.assertEqual(by_rule.collector_id, self.ann, "only those without one")
        self.rules.with_user(self.boss).with_company(self.company).action_apply_all()
        self.assertEqual(by_rule.collector_id, self.cleo)
        self.assertEqual(
            (by_hand.collector_id, by_hand.collector_origin), (self.bob, "hand")
        )
        self.give(by_hand, self.env["res.users"])
        self.assertFalse(by_hand.collector_origin)
        self.rules._apply(self.company)
        self.assertEqual(by_hand.collector_id, self.cleo)

    def test_no_rule_fits_keeps_the_collector(self):
        account = self.make_account("Kept")
        rule = self.make_rule(self.ann)
        self.rules._apply(self.company)
        rule.name_from = "Z"
        self.rules._apply(self.company, everybody=True)
        self.assertEqual(account.collector_id, self.ann)

    def test_only_managers_apply_rules(self):
        for user in (self.ann, self.cleo):
            with self.assertRaises(AccessError):
                self.rules.with_user(user).action_apply()

    def test_growth_of_rules(self):
        """Ten times the customers, the same number of queries."""
        self.make_rule(self.ann, 1, country_ids=self.germany.ids, name_to="K")
        self.make_rule(self.bob, 2)
        counts = []
        for size in (5, 50):
            partners = self.env["res.partner"].create(
                [{"name": f"C {i}", "country_id": self.germany.id} for i in range(size)]
            )
            accounts = self.make_accounts(partners)
            for account in accounts:
                self.make_activity(account, self.env["res.users"])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            changes = self.rules._apply(self.company)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(changes), size)
            self.assertEqual(accounts.activity_ids.user_id, self.ann)
        self.assertLessEqual(counts[1], counts[0] + 2)

    # ---------------------------------------------------------------------- by hand

    def test_by_hand_is_recorded_and_takes_work_along(self):
        account = self.make_account()
        self.give(account, self.ann)
        mine = self.make_activity(account, self.ann)
        other = self.make_activity(account, self.boss)
        done = self.make_activity(account, self.ann)
        done.action_feedback(feedback="called")
        self.give(account, self.bob)
        self.assertEqual(mine.user_id, self.bob)
        self.assertEqual(other.user_id, self.boss)
        self.assertEqual(done.user_id, self.ann)
        account.invalidate_recordset()
        self.assertEqual(
            [
                (change.old_collector_id, change.new_collector_id, change.create_uid)
                for change in account.collector_change_ids
            ],
            [
                (self.ann, self.bob, self.boss),
                (self.env["res.users"], self.ann, self.boss),
            ],
        )

    def test_who_may_assign(self):
        account = self.make_account()
        self.give(account, self.ann)
        for user in (self.ann, self.cleo):
            with self.refused("credit manager", AccessError):
                account.with_user(user).collector_id = self.bob
        with self.refused("recorded by the system", AccessError):
            account.with_user(self.boss).collector_origin = "rule"

    def test_collector_of_another_company_is_refused(self):
        stranger = self.make_user(
            "stranger", "collector", self.setup_other_company(name="Other")["company"]
        )
        with self.assertRaises(Exception) as caught:
            self.give(self.make_account(), stranger)
        self.assertIn("compan", str(caught.exception))

    # -------------------------------------------------------------- merge, archive

    def test_merge_of_customers(self):
        """The collector of the account that is kept stays; work and history move."""
        kept, merged, nobodys = (self.make_account(name) for name in "ABC")
        self.give(kept, self.ann)
        self.give(merged, self.bob)
        work = self.make_activity(merged, self.bob)
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        pair = (kept | merged).partner_id
        wizard._merge(pair.ids, kept.partner_id)
        self.assertFalse(merged.exists())
        self.assertEqual((kept.collector_id, work.user_id), (self.ann, self.ann))
        self.assertEqual(work.res_id, kept.id)
        self.assertEqual(
            kept.collector_change_ids.new_collector_id, self.ann | self.bob
        )
        pair = (kept | nobodys).partner_id
        wizard._merge(pair.ids, nobodys.partner_id)
        self.assertEqual((nobodys.collector_id, work.user_id), (self.ann, self.ann))
        self.assertEqual(nobodys.collector_origin, "merge")

    def test_archived_collector(self):
        """By rule the customer passes on, with the work; else the list shows it."""
        fits = self.make_account("Fits", country_id=self.germany.id)
        waits = self.make_account("Waits")
        foreign = self.make_account("Of Bob")
        self.give(fits | waits, self.ann)
        self.give(foreign, self.bob)
        self.make_rule(self.bob, 1, country_ids=self.germany.ids)
        passed, left, helped = (
            self.make_activity(account, self.ann) for account in (fits, waits, foreign)
        )
        self.ann.action_archive()
        self.assertEqual((fits.collector_id, passed.user_id), (self.bob, self.bob))
        self.assertEqual(helped.user_id, self.bob)
        self.assertEqual(waits.collector_id, self.ann)
        self.assertTrue(left.exists())
        self.assertFalse(left.user_id)
        found = self.env["arm.customer.account"].search(
            [
                ("has_active_collector", "=", False),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertIn(waits, found)
        self.assertNotIn(fits, found)
        self.assertFalse(waits.has_active_collector)
        self.make_rule(self.cleo, 2)
        self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual((waits.collector_id, left.user_id), (self.cleo, self.cleo))

    def test_lost_group_is_no_active_collector(self):
        account = self.make_account()
        self.give(account, self.ann)
        self.assertTrue(account.has_active_collector)
        self.ann.group_ids = self.env.ref("base.group_user")
        account.invalidate_recordset()
        self.assertFalse(account.has_active_collector)
        self.make_rule(self.ann, 1)
        fallback = self.make_rule(self.bob, 2)
        self.assertFalse(
            self.rules.search([("collector_id", "=", self.ann.id)]).is_usable
        )
        self.rules._apply(self.company)
        self.assertEqual(account.collector_id, self.bob)
        self.assertEqual(account.collector_rule_id, fallback)

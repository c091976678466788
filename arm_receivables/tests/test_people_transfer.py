from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, ReceivablesCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestPeopleTransfer(ReceivablesCommon):
    """Portfolios change hands, and colleagues stand in for each other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.make_user("ann", "collector")
        cls.bob = cls.make_user("bob", "collector")
        cls.cleo = cls.make_user("cleo", "collector")
        cls.boss = cls.make_user("boss", "manager")
        cls.transfers = cls.env["arm.portfolio.transfer"].with_user(cls.boss)
        cls.absences = cls.env["arm.collector.absence"].with_user(cls.boss)
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.mine, cls.second, cls.foreign = (
            cls.make_accounts(cls.make_customer(name))
            for name in ("First", "Second", "Of Bob")
        )
        (cls.mine | cls.second).sudo().collector_id = cls.ann
        cls.foreign.sudo().collector_id = cls.bob

    @classmethod
    def make_activities(cls, accounts, user, **values):
        return cls.env["mail.activity"].create(
            [
                {
                    "res_model_id": cls.env["ir.model"]._get_id(account._name),
                    "res_id": account.id,
                    "activity_type_id": cls.todo.id,
                    "user_id": user.id,
                    **values,
                }
                for account in accounts
            ]
        )

    @classmethod
    def make_transfer(cls, old=None, new=None, **values):
        old = cls.ann if old is None else old
        return cls.transfers.create(
            {
                "company_id": cls.company.id,
                "collector_from_id": old.id,
                "collector_to_id": (new or cls.bob).id,
                "date": TODAY,
                "reason": "Ann leaves",
                **values,
            }
        )

    @classmethod
    def make_absence(cls, absent, stand_in, first=TODAY, last="2026-03-20", **values):
        return cls.absences.create(
            {
                "user_id": absent.id,
                "stand_in_id": stand_in.id,
                "date_from": first,
                "date_to": last,
                **values,
            }
        )

    def trigger(self, name):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"arm_receivables.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def seen_by(self, user):
        """The three accounts of this class that a user sees."""
        accounts = self.mine | self.second | self.foreign
        found = self.env["arm.customer.account"].with_user(user).search([])
        return found.sudo(False).with_env(self.env) & accounts

    # -------------------------------------------------------------------- transfers

    def test_transfer_of_all(self):
        """Customers and open work pass on, what is done stays, history is kept."""
        open_, done = self.make_activities(self.mine | self.second, self.ann)
        theirs = self.make_activities(self.mine, self.cleo)
        self.mine.message_subscribe((self.ann | self.boss).partner_id.ids)
        done.action_feedback(feedback="called")
        transfer = self.make_transfer()
        self.assertEqual(transfer.account_count, 2)
        transfer.action_confirm()
        self.assertEqual(transfer.state, "done")
        self.assertEqual((self.mine | self.second).collector_id, self.bob)
        self.assertEqual(self.mine.collector_origin, "transfer")
        self.assertEqual((open_.user_id, done.user_id), (self.bob, self.ann))
        self.assertEqual(theirs.user_id, self.cleo)
        followers = self.mine.message_partner_ids
        self.assertIn(self.boss.partner_id, followers)
        self.assertIn(self.bob.partner_id, followers)
        self.assertNotIn(self.ann.partner_id, followers)
        self.assertEqual(transfer.account_count, 2)
        self.assertEqual(transfer.moved_count, 1)
        self.assertEqual(transfer.line_ids.account_id, self.mine | self.second)
        self.assertEqual(transfer.line_ids.old_collector_id, self.ann)
        notified = transfer.message_ids.notified_partner_ids
        self.assertEqual(notified, (self.ann | self.bob).partner_id)

    def test_transfer_twice_does_nothing(self):
        transfer = self.make_transfer()
        transfer.action_confirm()
        self.mine.sudo().collector_id = self.ann
        transfer.action_confirm()
        transfer.action_execute()
        transfer._execute()
        self.assertEqual(self.mine.collector_id, self.ann)
        self.assertEqual(len(transfer.line_ids), 2)

    def test_rules_leave_transferred_customers_alone(self):
        rules = self.env["arm.collector.rule"]
        rules.create({"company_id": self.company.id, "collector_id": self.cleo.id})
        self.make_transfer().action_confirm()
        rules._apply(self.company, everybody=True)
        self.assertEqual(self.mine.collector_id, self.bob)

    def test_chosen_customers_only(self):
        """Those who have changed hands meanwhile, or belong to others, are left."""
        transfer = self.make_transfer(
            scope="chosen", account_ids=[Command.set((self.mine | self.foreign).ids)]
        )
        self.assertEqual(transfer.account_count, 1)
        transfer.action_confirm()
        self.assertEqual(self.mine.collector_id, self.bob)
        self.assertEqual(self.second.collector_id, self.ann)
        self.assertEqual(transfer.line_ids.account_id, self.mine)

    def test_chosen_customers_of_several_collectors(self):
        """Without an old collector each customer's own work passes on, and nobody's."""
        nobody = self.make_accounts(self.make_customer("Nobody's"))
        chosen = self.mine | self.foreign | nobody
        of_ann, of_bob = (
            self.make_activities(self.mine, self.ann),
            self.make_activities(self.mine, self.bob),
        )
        left = self.make_activities(nobody, self.env["res.users"])
        action = chosen.with_user(self.boss).action_transfer()
        form = Form(self.transfers.with_context(**action["context"]))
        form.collector_to_id = self.cleo
        form.reason = "Shared out anew"
        transfer = form.save()
        self.assertFalse(transfer.collector_from_id)
        transfer.action_confirm()
        self.assertEqual(chosen.collector_id, self.cleo)
        self.assertEqual((of_ann.user_id, of_bob.user_id), (self.cleo, self.bob))
        self.assertEqual(left.user_id, self.cleo)

    def test_scheduled_transfer(self):
        """It waits for the company's day, and takes what is there then."""
        transfer = self.make_transfer(date="2026-03-18")
        transfer.action_confirm()
        self.assertEqual(transfer.state, "scheduled")
        self.trigger("ir_cron_portfolio_transfer")
        self.assertEqual(self.mine.collector_id, self.ann)
        late = self.make_accounts(self.make_customer("Late"))
        late.sudo().collector_id = self.ann
        self.company.receivables_timezone = "Pacific/Auckland"
        with freeze_time("2026-03-17 10:30:00"):
            self.trigger("ir_cron_portfolio_transfer")
            self.assertEqual(transfer.state, "scheduled")
        with freeze_time("2026-03-17 11:30:00"):  # half past midnight there
            self.trigger("ir_cron_portfolio_transfer")
        self.assertEqual(transfer.state, "done")
        self.assertEqual((self.mine | self.second | late).collector_id, self.bob)

    def test_scheduled_transfer_that_cannot_be_done(self):
        """One that fails says why and waits; the others are done."""
        broken = self.make_transfer(new=self.cleo, date="2026-03-17")
        good = self.make_transfer(old=self.bob, new=self.ann, date="2026-03-18")
        (broken | good).action_confirm()
        self.cleo.group_ids = self.env.ref("base.group_user")
        with freeze_time("2026-03-18 06:00:00"):
            self.trigger("ir_cron_portfolio_transfer")
        self.assertEqual((broken.state, good.state), ("scheduled", "done"))
        self.assertIn("Cleo is no active collector", broken.error)
        self.assertEqual(self.mine.collector_id, self.ann)
        broken.action_cancel()
        self.assertEqual((broken.state, broken.error), ("cancelled", False))

    def test_other_companies_are_left_alone(self):
        other = self.setup_other_company()["company"]
        for user in self.ann | self.bob:
            user.company_ids += other
        there = self.make_accounts(self.mine.partner_id, other)
        there.sudo().collector_id = self.ann
        work = self.make_activities(there, self.ann)
        self.make_transfer().action_confirm()
        self.assertEqual(self.mine.collector_id, self.bob)
        self.assertEqual((there.collector_id, work.user_id), (self.ann, self.ann))
        with self.refused("one company"):
            (there | self.mine).sudo().action_transfer()

    def test_archived_collector_can_be_transferred_from(self):
        self.make_activities(self.mine, self.ann)
        self.ann.action_archive()
        self.make_transfer().action_confirm()
        self.assertEqual((self.mine | self.second).collector_id, self.bob)
        self.assertEqual(self.mine.activity_ids.user_id, self.bob)

    def test_transfer_refuses_what_cannot_be(self):
        with self.refused("to themselves"):
            self.make_transfer(new=self.ann)
        with self.refused("Choose whose customers"):
            self.make_transfer(old=self.env["res.users"])
        with self.refused("Choose the customers"):
            self.make_transfer(scope="chosen")
        clerk = self.make_user("clerk", "reader")
        with self.refused("Clerk is no active collector"):
            self.make_transfer(new=clerk)
        transfer = self.make_transfer()
        with self.refused("Use the buttons"):
            transfer.state = "done"
        with self.refused("Use the buttons"):
            self.make_transfer(moved_count=3)
        transfer.action_confirm()
        with self.refused("after it was confirmed"):
            transfer.reason = "Another"
        with self.refused("part of the history"):
            transfer.unlink()
        with self.refused("Transfer the customers back"):
            transfer.action_cancel()
        with self.assertRaises(AccessError):
            transfer.with_user(self.ann).action_confirm()

    def test_history_cannot_be_changed(self):
        self.make_transfer().action_confirm()
        line = self.mine.collector_change_ids[0].with_user(self.boss)
        for change in (
            lambda: line.write({"origin": "rule"}),
            line.unlink,
            lambda: line.copy(),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_growth_of_transfers(self):
        """Ten times the customers and activities, the same number of queries."""
        counts = []
        for size in (5, 50):
            partners = self.env["res.partner"].create(
                [{"name": f"C {i}"} for i in range(size)]
            )
            accounts = self.make_accounts(partners, collector_id=self.cleo.id)
            activities = self.make_activities(accounts, self.cleo)
            transfer = self.make_transfer(old=self.cleo)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            transfer.action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(transfer.line_ids), size)
            self.assertEqual(activities.user_id, self.bob)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)

    # --------------------------------------------------------------------- absences

    def test_stand_in_sees_the_customers_for_these_days(self):
        self.make_absence(self.ann, self.bob, last="2026-03-17")
        ours = self.mine | self.second
        for day, seen in [
            ("2026-03-15", self.foreign),
            ("2026-03-16", ours | self.foreign),
            ("2026-03-17", ours | self.foreign),
            ("2026-03-18", self.foreign),
        ]:
            with freeze_time(f"{day} 12:00:00"):
                self.env.invalidate_all()
                self.assertEqual(self.seen_by(self.bob), seen, day)
                stands_in = self.bob if seen != self.foreign else self.bob.browse()
                self.assertEqual(self.mine.stand_in_id, stands_in)
                self.assertEqual(self.seen_by(self.ann), ours)

    def test_stand_in_may_work_on_the_customers(self):
        """Until it ends, or is cancelled; then no mail about them follows either."""
        account = self.mine.with_user(self.bob)
        with self.assertRaises(AccessError):
            account.message_post(body="Called")
        absence = self.make_absence(self.ann, self.bob)
        account.message_post(body="Called")
        account.message_subscribe((self.bob | self.boss).partner_id.ids)
        self.assertEqual(self.mine._get_acting_collectors(), {self.mine: self.bob})
        absence.action_archive()
        with self.assertRaises(AccessError):
            account.check_access("write")
        self.assertEqual(self.mine.message_partner_ids, self.boss.partner_id)
        self.assertEqual(self.mine._get_acting_collectors(), {self.mine: self.ann})

    def test_the_day_is_the_companys(self):
        self.company.receivables_timezone = "Pacific/Auckland"
        self.make_absence(self.ann, self.bob, first="2026-03-17")
        with freeze_time("2026-03-16 12:00:00"):  # already Tuesday there
            self.env.invalidate_all()
            self.assertEqual(self.mine.stand_in_id, self.bob)

    def test_absence_in_one_company(self):
        other = self.setup_other_company()["company"]
        for user in self.ann | self.bob | self.boss:
            user.company_ids += other
        there = self.make_accounts(self.mine.partner_id, other)
        there.sudo().collector_id = self.ann
        self.make_absence(self.ann, self.bob, company_id=other.id)
        self.assertEqual(there.stand_in_id, self.bob)
        self.assertFalse(self.mine.stand_in_id)
        self.assertEqual(self.seen_by(self.bob), self.foreign)
        self.make_absence(self.ann, self.cleo, company_id=self.company.id)
        self.assertEqual(self.mine.stand_in_id, self.cleo)

    def test_what_is_not_done_goes_back(self):
        """The stand-in's new work on these customers only, and once."""
        before = self.make_activities(self.mine, self.bob)
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = '2026-03-01' WHERE id = %s",
            [before.id],
        )
        absence = self.make_absence(self.ann, self.bob, last="2026-03-17")
        new, own = self.make_activities(self.mine | self.foreign, self.bob)
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = '2026-03-17' WHERE id IN %s",
            [(new.id, own.id)],
        )
        self.trigger("ir_cron_collector_absence")
        self.assertEqual(new.user_id, self.bob)
        with freeze_time("2026-03-18 06:00:00"):
            self.trigger("ir_cron_collector_absence")
            self.assertEqual(new.user_id, self.ann)
            self.assertEqual((own.user_id, before.user_id), (self.bob, self.bob))
            self.assertTrue(absence.handed_back)
            new.user_id = self.bob
            self.trigger("ir_cron_collector_absence")
            self.assertEqual(new.user_id, self.bob)

    def test_transfer_takes_the_stand_ins_work_too(self):
        self.make_absence(self.ann, self.cleo)
        work = self.make_activities(self.mine, self.cleo)
        self.make_transfer().action_confirm()
        self.assertEqual(work.user_id, self.bob)

    def test_no_chains_and_no_second_absence(self):
        self.make_absence(self.ann, self.bob)
        for absent, stand_in, words in [
            (
                self.ann,
                self.cleo,
                "Ann is absent from 03/16/2026 to 03/20/2026 already",
            ),
            (self.cleo, self.ann, "Ann cannot stand in"),
            (self.bob, self.cleo, "Bob stands in for Ann"),
            (self.bob, self.ann, "Ann cannot stand in"),
        ]:
            with self.refused(words):
                self.make_absence(absent, stand_in, "2026-03-20", "2026-03-25")
        self.make_absence(self.bob, self.ann, "2026-03-21", "2026-03-25")
        longer = self.absences.search([("user_id", "=", self.ann.id)])
        with self.refused("Bob cannot stand in"):
            longer.date_to = "2026-03-22"

    def test_absence_refuses_what_cannot_be(self):
        clerk = self.make_user("clerk", "reader")
        with self.refused("Clerk is no collector"):
            self.make_absence(self.ann, clerk)
        with mute_logger("odoo.sql_db"):
            with self.assertRaises(IntegrityError):
                self.make_absence(self.ann, self.ann)
            with self.assertRaises(IntegrityError):
                self.make_absence(self.ann, self.bob, last="2026-03-15")
        other = self.setup_other_company()["company"]
        self.ann.company_ids += other
        with self.refused(f"no access to {other.name}"):
            self.make_absence(self.ann, self.bob)

    def test_begun_absences_are_kept(self):
        absence = self.make_absence(self.ann, self.bob)
        self.assertEqual(absence.state, "running")
        with self.refused("Archive it to end it"):
            absence.unlink()
        planned = self.make_absence(self.ann, self.bob, "2026-04-01", "2026-04-02")
        self.assertEqual(planned.state, "planned")
        planned.unlink()
        absence.action_archive()
        self.assertEqual(absence.state, "cancelled")

    def test_collectors_enter_their_own_absences(self):
        own = self.absences.with_user(self.ann).create(
            {
                "stand_in_id": self.bob.id,
                "date_from": date(2026, 3, 16),
                "date_to": date(2026, 3, 17),
            }
        )
        self.assertEqual(own.user_id, self.ann)
        with self.assertRaises(AccessError):
            own.with_user(self.bob).date_to = "2026-12-31"
        with self.refused("your own absences only", AccessError):
            own.write({"user_id": self.cleo.id, "stand_in_id": self.ann.id})
        with self.assertRaises(AccessError):
            self.absences.with_user(self.cleo).create(
                {
                    "user_id": self.bob.id,
                    "stand_in_id": self.cleo.id,
                    "date_from": "2026-05-01",
                    "date_to": "2026-05-02",
                }
            )

    def test_archived_stand_in_does_not_count(self):
        self.make_absence(self.ann, self.bob)
        self.bob.action_archive()
        self.mine.invalidate_recordset()
        self.assertFalse(self.mine.stand_in_id)

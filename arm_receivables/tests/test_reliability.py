from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .reliability_common import ReliabilityCommon

DAY = date.fromisoformat(TODAY)


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "arm")
class TestReliability(ReliabilityCommon):
    """The policy moves the status, explains every move, and leaves people their say."""

    # -------------------------------------------------------------------- automatic

    def test_story_of_a_customer(self):
        """New is yellow; proven is green; late is red at once; back step by step."""
        first = self.bill(-40)
        self.assertEqual(self.status(), "yellow")
        change = self.changes()
        self.assertEqual((change.from_status, change.rule), (False, "new_customer"))
        with freeze_time("2026-04-20"):
            for days in (3, 2, 1):
                self.bill(days, paid=0)
            self.assertEqual(self.status(), "green", "three paid in terms in a row")
        with freeze_time("2026-06-25"):  # 61 days after the due date of the first
            self.night()
            self.assertEqual(self.status(), "red", "at once, by two levels")
            self.assertEqual(self.changes()[-1].rule, "oldest_overdue_days")
        with freeze_time("2026-06-26"):
            self.pay(first, "2026-06-26")
            self.assertEqual(self.status(), "red", "paying alone proves nothing")
        with freeze_time("2027-10-01"):
            for days in (3, 2, 1):
                self.bill(days, paid=0)
            self.assertEqual(self.status(), "yellow", "one step a day")
            self.assertEqual(self.changes()[-1].rule, "improved")
        with freeze_time("2027-10-02"):
            self.night()
            self.assertEqual(self.status(), "yellow", "each payment counts once")
        with freeze_time("2027-10-10"):
            for days in (3, 2, 1):
                self.bill(days, paid=0)
            self.assertEqual(self.status(), "green")
        self.assertEqual(
            self.changes().mapped("to_status"),
            ["yellow", "green", "red", "yellow", "green"],
        )

    def test_a_slip_of_the_same_day_is_taken_back(self):
        """A wrong due date that is corrected on the same day costs nothing."""
        self.bill(-90)
        with freeze_time("2026-04-20"):
            for days in (3, 2, 1):
                self.bill(days, paid=0)
        self.assertEqual(
            self.stored(self.customer).reliability_since, date(2026, 4, 20)
        )
        with freeze_time("2026-04-25"):
            slip = self.bill(100)
            self.assertEqual(self.status(), "red")
            small = self.bill(20, amount=20)
            slip.button_draft()
            slip.button_cancel()
            self.assertEqual(self.status(), "yellow", "what is left of it counts")
            small.button_draft()
            account = self.stored(self.customer)
            self.assertEqual(account.reliability_status, "green")
            self.assertEqual(account.reliability_since, date(2026, 4, 20))
            self.assertEqual(self.changes()[-1].rule, "in_order")
        with freeze_time("2026-05-01"):
            slip = self.bill(100)
        with freeze_time("2026-05-02"):
            slip.button_draft()
            self.assertEqual(self.status(), "red", "on the next day it is a fact")

    def test_a_due_date_passes(self):
        """The night moves who did not pay, without any event."""
        self.history()
        self.bill(-1)
        self.assertEqual(self.status(), "green")
        with freeze_time("2026-04-02"):
            self.night()
            self.assertEqual(self.status(), "yellow")
        change = self.changes()[-1]
        self.assertEqual(
            (change.rule, change.origin), ("oldest_overdue_days", "automatic")
        )
        self.assertFalse(change.user_id)
        self.assertEqual(change.figures["oldest_overdue_days"], 16)
        self.assertEqual(change.policy_version, self.policy.version)

    def test_sentence_and_outlook(self):
        """The reason names the figure, and what would have had to be different."""
        self.history()
        self.bill(20, amount=1234.5)
        change = self.changes()[-1]
        self.assertEqual(
            change.reason,
            "The oldest open item is 20 days overdue (yellow begins at 15).",
        )
        self.assertIn("no item overdue for 15 days or more (now 20)", change.outlook)
        self.assertIn("1,234.50)", change.outlook)
        self.assertIn("3 items in a row paid in terms (now 0)", change.outlook)
        account = self.stored(self.customer)
        self.assertEqual(account.reliability_reason, change.reason)
        self.policy.yellow_oldest_overdue_days = 18
        change.invalidate_recordset()
        self.assertIn("begins at 15", change.reason, "the numbers are those of then")

    def test_company_without_a_policy(self):
        """Statuses are set by hand only, and nothing is recorded."""
        self.policy.active = False
        self.bill(200, amount=9999)
        self.night()
        self.assertEqual(self.status(), "green")
        self.assertFalse(self.changes())
        self.assertFalse(self.stored(self.customer).reliability_reason)
        self.policy.active = True
        self.stored(self.customer).invalidate_recordset()
        account = self.stored(self.customer)
        self.assertFalse(account.reliability_reason, "nothing is decided yet")

    def test_second_refresh_changes_nothing(self):
        self.bill(30)
        before = self.stored(self.customer).read()[0]
        self.night()
        self.night()
        self.assertEqual(self.stored(self.customer).read()[0], before)
        self.assertEqual(len(self.changes()), 1)

    def test_paying_has_an_effect_at_once(self):
        """The event that proves the improvement is the one that gives it."""
        self.bill(-30)
        with freeze_time("2026-04-10"):
            for days in (2, 1):
                self.bill(days, paid=0)
            invoice = self.bill(-5)
            self.assertEqual(self.status(), "yellow")
            self.pay(invoice, "2026-04-10")
            self.assertEqual(self.status(), "green")

    # ------------------------------------------------------------------- core's trust

    def test_trust_is_kept_in_step(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        both = (self.customer | contact).with_company(self.company)
        other = self.setup_other_company(name="Trusting")["company"]
        for status, trust in (("red", "bad"), ("yellow", "normal"), ("green", "good")):
            self.bill(-30)
            self.stored(self.customer)._set_status(status, "test")
            both.invalidate_recordset()
            self.assertEqual(both.mapped("trust"), [trust, trust])
        self.assertEqual(self.customer.with_company(other).trust, "normal")
        self.stored(self.customer).action_automatic_status()
        self.bill(70)
        both.invalidate_recordset()
        self.assertEqual(both.mapped("trust"), ["bad", "bad"])

    # ----------------------------------------------------------------------- by hand

    def test_manual_status_has_reason_person_and_end(self):
        for days in (60, 50, 40):
            self.bill(days, paid=-1)
        account = self.stored(self.customer).with_user(self.collector)
        with Form(
            self.env["arm.reliability.set"]
            .with_user(self.collector)
            .with_context(default_account_ids=account.ids)
        ) as form:
            form.status = "red"
            form.note = "Owner is on holiday with the cash"
            form.until = "2026-03-20"
        form.record.action_apply()
        change = self.changes()[-1]
        self.assertEqual((change.origin, change.user_id), ("manual", self.collector))
        self.assertIn("Reliability_Collector: Owner is on", change.reason)
        self.night()
        self.assertEqual(self.status(), "red")
        with freeze_time("2026-03-20 23:00:00"):
            self.night()
            self.assertEqual(self.status(), "red", "the last day counts")
        with freeze_time("2026-03-21"):
            self.night()
            self.assertEqual(self.status(), "green", "nothing has to be proven")
            self.assertEqual(self.changes()[-1].rule, "in_order")
        self.assertFalse(self.stored(self.customer).reliability_manual)

    def test_manual_status_protects_until_its_end(self):
        self.bill(-10)
        self.stored(self.customer)._set_status(
            "green", "Old friend", DAY + timedelta(9)
        )
        self.bill(300, amount=5000)
        self.night()
        self.assertEqual(self.status(), "green")
        with freeze_time(DAY + timedelta(10)):
            self.night()
            self.assertEqual(self.status(), "red")

    def test_written_without_a_reason(self):
        """A plain write is recorded as well, in batches, and holds."""
        others = [self.make_customer(name) for name in ("A Ltd", "B Ltd")]
        for partner in others:
            self.bill(-10, partner=partner)
        accounts = self.stored(others[0]) | self.stored(others[1])
        accounts.with_user(self.collector).write({"reliability_status": "red"})
        for partner in others:
            change = self.changes(partner)[-1]
            self.assertEqual(
                (change.origin, change.user_id), ("manual", self.collector)
            )
            self.assertEqual(change.from_status, "yellow")
            self.assertIn("no reason given", change.reason)
        self.night()
        self.assertEqual(self.status(others[0]), "red")

    def test_wizard_refuses_a_past_day(self):
        self.bill(-10)
        with self.refused("cannot be in the past", ValidationError):
            self.env["arm.reliability.set"].create(
                {
                    "account_ids": self.stored(self.customer).ids,
                    "status": "red",
                    "note": "x",
                    "until": "2026-03-15",
                }
            )

    def test_back_to_the_policy_needs_one(self):
        self.bill(-10)
        account = self.stored(self.customer)
        account._set_status("red", "x")
        account.action_automatic_status()
        self.assertEqual(self.status(), "yellow")
        self.policy.active = False
        with self.refused("has no reliability policy", UserError):
            account.action_automatic_status()

    # ------------------------------------------------------------------------ rights

    def test_history_is_append_only(self):
        """Nobody may make, change or delete a row, whatever the role."""
        self.bill(70)
        manager = self.make_user("reliability_manager", "manager")
        change = self.changes().with_user(manager)
        self.assertTrue(change.reason)
        for call in (
            lambda: change.write({"rule": "in_order"}),
            change.unlink,
            lambda: change.copy(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_readers_and_auditors_decide_nothing(self):
        self.bill(70)
        for role in ("reader", "auditor"):
            user = self.make_user(f"reliability_{role}", role)
            account = self.stored(self.customer).with_user(user)
            self.assertTrue(account.reliability_reason)
            for call in (
                account.action_confirm_status,
                account.action_automatic_status,
                lambda account=account: account.write({"reliability_status": "green"}),
                lambda account=account: account._set_status("green", "x"),
                lambda user=user: self.policy.with_user(user).write(
                    {"better_after": 1}
                ),
                self.env["arm.reliability.try"].with_user(user).create,
            ):
                with self.assertRaises(AccessError):
                    call({}) if call.__name__ == "create" else call()
        self.assertEqual(self.status(), "red")

    # ---------------------------------------------------------------- natural persons

    def test_persons_wait_for_a_person(self):
        """With the setting a worse status of a natural person is only proposed."""
        self.company.reliability_confirm_persons = True
        person = self.make_customer("Petra Private", is_company=False)
        self.bill(-10, partner=person)
        self.assertEqual(self.status(person), "yellow", "the start is no judgement")
        self.bill(61, partner=person, amount=70)
        account = self.stored(person)
        self.assertEqual(account.reliability_status, "yellow")
        self.assertEqual(account.reliability_pending, "red")
        self.assertEqual(
            account.reliability_reason,
            "Red is proposed: The oldest open item is 61 days overdue (red begins at "
            "60).",
        )
        self.bill(61)
        self.assertEqual(self.status(), "red", "a company does not wait")
        self.night()
        self.assertEqual(len(self.changes(person)), 1)
        account.with_user(self.collector).action_confirm_status()
        account = self.stored(person)
        self.assertEqual(account.reliability_status, "red")
        self.assertFalse(account.reliability_pending)
        change = self.changes(person)[-1]
        self.assertEqual((change.origin, change.user_id), ("confirmed", self.collector))
        self.assertIn("61 days overdue", change.reason)

    def test_declined_status_stays_declined(self):
        self.company.reliability_confirm_persons = True
        person = self.make_customer("Petra Private", is_company=False)
        self.bill(61, partner=person, amount=70)
        account = self.stored(person)
        self.assertEqual(
            (account.reliability_status, account.reliability_pending), ("green", "red")
        )
        action = account.action_decline_status()
        wizard = self.env["arm.reliability.set"].with_context(**action["context"])
        wizard.create({"note": "Her bank made the mistake"}).action_apply()
        self.night()
        account = self.stored(person)
        self.assertFalse(account.reliability_pending)
        self.assertEqual(account.reliability_status, "green")

    def test_proposal_lapses_with_its_cause(self):
        self.company.reliability_confirm_persons = True
        person = self.make_customer("Petra Private", is_company=False)
        invoice = self.bill(61, partner=person, amount=70)
        self.assertEqual(self.stored(person).reliability_pending, "red")
        invoice._reverse_moves(cancel=True)
        self.assertFalse(self.stored(person).reliability_pending)

    # --------------------------------------------------------------------------- merge

    def test_partner_merge_keeps_everything(self):
        """One account a company remains, with both histories and the worst status."""
        double = self.make_customer("Reliable Limited")
        self.bill(-10, amount=11)
        self.bill(70, partner=double, amount=31)
        rows = self.changes().ids + self.changes(double).ids
        kept, gone = self.stored(self.customer), self.stored(double)
        gone.message_post(body="Called, promised to pay")
        messages = gone.message_ids.ids
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | double).ids, self.customer
        )
        account = self.assert_like_ledger(self.customer)
        self.assertEqual(account, kept)
        self.assertEqual(account.amount_open, 42)
        self.assertEqual(account.reliability_status, "red")
        self.assertLessEqual(set(rows), set(self.changes().ids))
        self.assertLessEqual(set(messages), set(account.message_ids.ids))
        self.assertFalse(gone.exists())

    def test_partner_merge_into_one_without_an_account(self):
        fresh = self.make_customer("Fresh Ltd")
        self.bill(70, amount=31)
        account = self.stored(self.customer)
        account._set_status("red", "Fraud")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | fresh).ids, fresh
        )
        self.assertEqual(self.stored(fresh), account)
        self.assertTrue(account.reliability_manual)
        self.assert_like_ledger(fresh)

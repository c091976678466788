from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .common_work import WorkCommon

SLACK = 6


@tagged("post_install", "-at_install", "arm")
class TestOutcomes(WorkCommon):
    """Each outcome of a call does what it means, and everybody can read it."""

    # Outcome: how it is entered, state of the call, what the time line says.
    ONE_STEP = {
        "no_answer": ("action_no_answer", "open"),
        "today": ("action_pays_today", "done"),
        "reached": ("action_reached", "done"),
    }
    NOTED = {
        "callback": ("action_call_back", "open"),
        "refuses": ("action_refuses", "done"),
        "wrong_number": ("action_wrong_number", "done"),
        "insolvent": ("action_insolvent", "done"),
        "other": ("action_other", "done"),
    }

    def conclude(self, outcome, **values):
        """Enter an outcome as a person does; returns the call."""
        call = self.make_call(self.account)
        entry = self.entry(self.account)
        method, _state = {**self.ONE_STEP, **self.NOTED}[outcome]
        action = getattr(entry, method)()
        if outcome in self.NOTED:
            form = Form(
                self.env[action["res_model"]]
                .with_user(self.anna)
                .with_context(**action["context"])
            )
            for name, value in values.items():
                form[name] = value
            action = form.save().action_apply()
        self.assertEqual(action["tag"], "arm_dunning.go_on")
        return call

    @freeze_time(f"{TODAY} 09:00:00")
    def test_every_outcome_is_kept(self):
        """The call, the time line and the customer's page know every outcome."""
        for outcome, (_method, state) in {**self.ONE_STEP, **self.NOTED}.items():
            with self.subTest(outcome=outcome):
                note = {"note": f"Said {outcome}"} if outcome in self.NOTED else {}
                call = self.conclude(outcome, **note)
                self.assertEqual((call.state, call.outcome), (state, outcome))
                result = self.results_of(self.account)[-1]
                self.assertEqual(
                    (result.outcome, result.user_id, result.day.isoformat()),
                    (outcome, self.anna, TODAY),
                )
                event = self.account.event_ids.filtered(
                    lambda e, found=result: e.kind == "call" and e.res_id == found.id
                )
                label = dict(result._fields["outcome"]._description_selection(self.env))
                self.assertIn(label[outcome], event.description)
                self.assertIn(note.get("note", ""), event.description)
                call.unlink()
                self.env["arm.promise"].search(
                    [("account_id", "=", self.account.id), ("state", "=", "open")]
                ).action_cancel()
                self.account.invalidate_recordset()

    @freeze_time(f"{TODAY} 09:00:00")
    def test_pays_today_is_a_promise(self):
        call = self.conclude("today")
        promise = self.env["arm.promise"].search([("call_id", "=", call.id)])
        self.assertEqual((promise.amount, promise.date.isoformat()), (4000, TODAY))
        self.assertEqual(promise.user_id, self.anna)
        result = self.results_of(self.account)
        self.assertEqual((result.res_model, result.res_id), (promise._name, promise.id))
        entry = self.entry(self.account)
        self.assertEqual((entry.drawer, entry.why), ("leave", "agreed"))
        with self.assertRaisesRegex(UserError, "agreed about it already"):
            entry.action_pays_today()

    @freeze_time(f"{TODAY} 09:00:00")
    def test_call_back(self):
        call = self.conclude("callback", date="2026-03-20", note="On Friday")
        self.assertEqual(call.date.isoformat(), "2026-03-20")
        entry = self.entry(self.account)
        self.assertEqual((entry.drawer, entry.why), ("leave", "later"))
        with self.assertRaisesRegex(UserError, "today or a later day"):
            self.conclude_again(call, "2026-03-01")

    def conclude_again(self, call, day):
        note = self.env["arm.dunning.call.note"].with_user(self.anna)
        note.create({"call_id": call.id, "outcome": "callback", "date": day})

    @freeze_time(f"{TODAY} 09:00:00")
    def test_refusal_proposes_the_hand_over(self):
        self.conclude("refuses", note="Says we are too dear")
        case = self.env["arm.collection.case"].search(
            [("account_id", "=", self.account.id)]
        )
        self.assertEqual(
            (case.state, case.reason), ("proposed", "Says we are too dear")
        )
        entry = self.entry(self.account)
        self.assertEqual((entry.drawer, entry.why), ("leave", "handed_over"))

    @freeze_time(f"{TODAY} 09:00:00")
    def test_wrong_number_is_work_for_who_knows_the_customer(self):
        self.customer.user_id = self.bert
        self.conclude("wrong_number", note="A pizzeria")
        activity = self.account.sudo().activity_ids
        self.assertEqual(
            (activity.user_id, activity.date_deadline.isoformat()), (self.bert, TODAY)
        )
        self.assertIn("pizzeria", activity.note)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_insolvency_stops_everything(self):
        call = self.make_call(self.account)
        action = self.entry(self.account).action_insolvent()
        note = self.env["arm.dunning.call.note"].with_user(self.anna)
        wizard = note.with_context(**action["context"]).create({})
        with self.assertRaisesRegex(UserError, "Write down"):
            wizard.action_apply()
        wizard.note = "File 12 IN 34/26"
        wizard.action_apply()
        self.assertEqual(call.outcome, "insolvent")
        with self.assertRaisesRegex(UserError, "an outcome already"):
            wizard.action_apply()
        self.assertEqual(self.account.reliability_status, "red")
        self.assertTrue(self.account.dunning_blocked and self.account.order_block)
        self.assertIn("12 IN 34/26", self.account.dunning_pause_reason)
        self.assertEqual(
            self.account.sudo().activity_ids.summary, "Insolvent: register the claim"
        )

    @freeze_time(f"{TODAY} 09:00:00")
    def test_attempts_end(self):
        """After so many attempts nobody tries any more."""
        self.company.dunning_call_attempts = 2
        call = self.make_call(self.account)
        call.with_user(self.anna).action_no_answer()
        self.assertEqual((call.state, str(call.date)), ("open", "2026-03-17"))
        call.with_user(self.anna).action_no_answer()
        self.assertEqual((call.state, call.outcome), ("done", "no_answer"))
        self.assertEqual(len(self.results_of(self.account)), 2)

    def test_call_that_nobody_makes(self):
        """It holds reminders back for its time only, and says so in the register."""
        self.company.write({"dunning_guard_call_open": True, "dunning_call_days": 5})
        self.make_task("Reminder", 12, template="overdue", catch_up_days=30)
        with freeze_time(f"{TODAY} 05:00:00"):
            call = self.make_call(self.account, "2026-03-17")
        self.dun("2026-03-18")
        row = self.actions_of(self.other_invoice)
        self.assertEqual(row.state, "done", "nobody is to call the other customer")
        row = self.actions_of(self.invoice)
        self.assertEqual((row.state, row.reason), ("held", "call_open"))
        self.assertIn("after 5 days", row.explanation)
        self.dun("2026-03-23")
        self.assertEqual(row.state, "done", "the time of the call is over")
        cron = self.env.ref("arm_dunning.ir_cron_calls")
        with freeze_time("2026-03-23 06:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((call.state, call.outcome), ("cancelled", "timeout"))
        result = self.results_of(self.account)
        self.assertEqual((result.outcome, result.day), ("timeout", False))

    @freeze_time(f"{TODAY} 09:00:00")
    def test_growth_of_the_time_out(self):
        counts = {}
        for number in (3, 30):
            accounts = (
                self.env["arm.customer.account"]
                .sudo()
                .create(
                    [
                        {
                            "partner_id": partner.id,
                            "company_id": self.company.id,
                            "currency_id": self.company.currency_id.id,
                        }
                        for partner in self.env["res.partner"].create(
                            [{"name": f"T {number} {n}"} for n in range(number)]
                        )
                    ]
                )
            )
            for account in accounts:
                self.make_call(account, "2026-01-01")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            late = self.calls.search(self.company._get_late_calls_domain())
            self.assertEqual(late.account_id, accounts)
            late._record("timeout")
            late._end("cancelled", "timeout")
            self.env.flush_all()
            counts[number] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[30], counts[3] + SLACK, counts)

    def test_register_tells_how_the_call_ended(self):
        task = self.make_task("Call", 10)
        task.operation_ids = [Command.create({"operation_type": "call"})]
        self.dun()
        row = self.actions_of(self.other_invoice)
        self.assertEqual(row.call_id.state, "open")
        self.assertNotIn("Call:", row.explanation)
        with freeze_time(f"{TODAY} 09:00:00"):
            self.entry(self.other_account, self.bert).action_reached()
        self.assertIn("Call: Reached, Nothing Agreed.", row.explanation)

    def test_letters_are_on_the_time_line(self):
        self.customer.write(
            {
                "street": "Hauptstraße 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": self.env.ref("base.de").id,
            }
        )
        task = self.make_task("Letter", 30)
        template = self.env.ref("arm_dunning.mail_template_overdue")
        letter = {"operation_type": "letter", "template_id": template.id}
        task.operation_ids = [Command.create(letter)]
        self.dun()
        message = self.env["arm.dunning.message"].search(
            [("account_id", "=", self.account.id), ("channel", "=", "letter")]
        )
        events = self.account.event_ids.filtered(lambda e: e.kind == "message")
        self.assertEqual(events.mapped("res_id"), message.ids)
        self.assertEqual(events.description, message.subject)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_only_collectors_enter_outcomes(self):
        reader = self.make_collector("w_reader", "reader")
        call = self.make_call(self.account).with_user(reader)
        entry = self.entry(self.account, reader)
        for method in (entry.action_no_answer, entry.action_refuses, call.action_other):
            with self.assertRaises(AccessError):
                method()
        with self.assertRaises(AccessError):
            self.env["arm.dunning.call.result"].with_user(self.boss).create({})

    def test_notes_are_purged_with_texts(self):
        with freeze_time(f"{TODAY} 09:00:00"):
            self.conclude("other", note="A secret")
        result = self.results_of(self.account)
        clear = self.env["arm.dunning.call.result"]._clear_notes
        self.assertEqual(clear(self.company, "2026-03-16"), 0)
        self.assertEqual(clear(self.company, "2026-03-17"), 1)
        self.assertEqual((result.note, result.outcome), (False, "other"))

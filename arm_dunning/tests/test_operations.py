from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import OperationsCommon


@tagged("post_install", "-at_install", "arm")
class TestOperations(OperationsCommon):
    """What tasks can do, each in a real run."""

    # --------------------------------------------------------------- order, batches

    def test_order_of_operations(self):
        """Each task's order is kept; messages of all tasks are one batch."""
        block = {"operation_type": "block_orders"}
        unblock = {"operation_type": "unblock_orders"}
        call = self.for_officer("call")
        activity = self.for_officer("activity")
        tasks = self.make_steps("A", block, self.email(), call)
        tasks |= self.make_steps("B", self.email(), activity, activity)
        tasks |= self.make_steps("C", activity, block, unblock)
        waves = tasks.operation_ids._get_waves()
        self.assertEqual(
            sum(len(wave) for wave in waves), len(tasks.operation_ids), "all, once"
        )
        for wave in waves:
            self.assertEqual(len(wave.task_id), len(wave), "one of a task at a time")
            self.assertEqual(len(set(wave.mapped("operation_type"))), 1)
        order = {op: n for n, wave in enumerate(waves) for op in wave}
        for task in tasks:
            numbers = [order[op] for op in task.operation_ids.sorted("sequence")]
            self.assertEqual(numbers, sorted(numbers), task.name)
        mails = [w for w in waves if w[0].operation_type == "email"]
        self.assertEqual([len(wave) for wave in mails], [2])

    def test_orders_that_contradict_each_other(self):
        """Letter before mail here, after it there: both are still sent once."""
        letter = {"operation_type": "letter", "template_id": self.template.id}
        tasks = self.make_steps("A", letter, self.email())
        tasks |= self.make_steps("B", self.email(), letter)
        waves = tasks.operation_ids._get_waves()
        self.assertEqual([len(wave) for wave in waves], [2, 2])

    def test_one_text_for_each_channel(self):
        with self.assertRaisesRegex(ValidationError, "keep one"):
            self.make_steps("Twice", self.email(), self.email())

    def test_several_activities_of_one_task(self):
        self.make_steps(
            "Two",
            self.for_officer("activity", summary="Call them"),
            self.for_officer("activity", summary="Write to them", delay_days=2),
        )
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        activities = self.account_of(self.customer).activity_ids
        self.assertEqual(
            set(activities.mapped("summary")), {"Call them", "Write to them"}
        )
        self.assertEqual(
            sorted(map(str, activities.mapped("date_deadline"))),
            ["2026-03-16", "2026-03-18"],
        )

    def test_a_way_that_is_not_open(self):
        """Without an address the letter goes all the same, and the register says so."""
        letter = {"operation_type": "letter", "template_id": self.template.id}
        self.make_steps("Both", self.email(), letter)
        self.customer.email = False
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual(action.state, "done")
        self.assertTrue(action.letter_message_id)
        self.assertFalse(action.message_id)
        self.assertIn("E-mail", action.reason_text)
        self.assertTrue(action.is_contact)

    def test_nobody_was_reached(self):
        """Work for a colleague was made, but the customer was not contacted."""
        self.make_steps("Mail and work", self.email(), self.for_officer("activity"))
        self.customer.email = False
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.is_contact), ("done", False))
        self.assertTrue(action.activity_id)

    def test_no_email_wanted(self):
        self.make_steps("Mail", self.email())
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        self.account_of(self.customer).dunning_no_email = True
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.reason), ("held", "no_email"))

    # --------------------------------------------------------------------- messages

    def test_sms(self):
        """One SMS with number and amount, in core's queue; nothing else of the debt."""
        self.make_steps(
            "SMS", {"operation_type": "sms", "sms_template_id": self.sms_template.id}
        )
        first = self.post_invoice(self.customer, "2026-03-13", 100)
        self.post_invoice(self.customer, "2026-03-12", 50)
        silent = self.make_customer("Silent Ltd")
        held = self.post_invoice(silent, "2026-03-13")
        self.dun()
        message = self.actions_of(first).sms_message_id
        self.assertEqual(message.channel, "sms")
        self.assertEqual(message.sent_to.replace(" ", ""), "+49301234567")
        self.assertEqual(message.item_count, 2)
        sms = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((len(sms), sms.state), (1, "outgoing"))
        self.assertIn("150,00", sms.body.replace("\N{NO-BREAK SPACE}", " "))
        self.assertNotIn(first.name, sms.body)
        self.assertNotIn("2026", sms.body)
        self.assertEqual(sms.mail_message_id.res_id, message.account_id.id)
        self.assertEqual(self.actions_of(held).reason, "no_phone")
        sms.write({"state": "error", "failure_type": "sms_credit"})
        self.assertEqual(message.delivery_state, "failed")
        self.assertEqual(message.delivery_reason, "sms_credit")
        sms.write({"state": "pending", "failure_type": False})
        self.assertEqual(message.delivery_state, "sent")
        self.assertTrue(message.date_sent)

    def test_letter(self):
        """The text is frozen in the print queue until somebody has posted it."""
        self.make_steps(
            "Letter", {"operation_type": "letter", "template_id": self.template.id}
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        nowhere = self.make_customer("Nowhere Ltd")
        lost = self.post_invoice(nowhere, "2026-03-13")
        self.dun()
        self.assertEqual(self.actions_of(lost).reason, "no_postal_address")
        message = self.actions_of(invoice).letter_message_id
        letter = message.letter_ids
        self.assertEqual((letter.state, message.delivery_state), ("queued", "queued"))
        self.assertIn("10115 Berlin", letter.address)
        self.assertIn(invoice.name, letter.body)
        self.assertNotIn("max-width: 640px", letter.body, "the frame is for e-mails")
        reader = self.make_user("o_reader", "arm_receivables.group_receivables_reader")
        with self.assertRaises(AccessError):
            letter.with_user(reader).action_set_printed()
        letter.with_user(self.collector).action_set_printed()
        self.assertEqual(letter.user_id, self.collector)
        self.assertEqual((letter.state, message.delivery_state), ("printed", "sent"))
        letter.with_user(self.collector).action_cancel()
        self.assertEqual(letter.state, "printed", "what was posted stays posted")

    def test_second_message_in_a_run(self):
        """What comes later in the same run waits: a customer gets one message."""
        self.make_steps("Mail", self.email())
        first = self.post_invoice(self.customer, "2026-03-13")
        run = self.dun()
        second = self.post_invoice(self.customer, "2026-03-13")
        planned = self.actions_of(first).sudo()
        late = planned.copy(
            {
                "subject_id": second.line_ids[0].id,
                "item_id": second.line_ids[0].id,
                "state": "planned",
                "message_id": False,
            }
        )
        late.task_id.operation_ids._guard(late)
        self.assertEqual((late.state, late.reason), ("held", "contact_gap"))
        self.assertEqual(late.run_id, run)

    # ----------------------------------------------------------- work for employees

    def test_call_list(self):
        """A customer is on the list once; a second task joins the open entry."""
        self.make_steps("First", self.for_officer("call", summary="Ask about it"))
        self.make_steps("Next", self.for_officer("call", summary="Ask again"), days=5)
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        call = self.actions_of(invoice).call_id
        self.assertEqual((call.user_id, call.state), (self.officer, "open"))
        self.assertEqual(call.phone.replace(" ", ""), "+49301234567")
        self.dun("2026-03-18")
        self.assertEqual(self.actions_of(invoice).call_id, call)
        self.assertEqual(call.reason, "Ask about it; Ask again")
        self.assertEqual(str(call.date), "2026-03-16")
        call.with_user(self.collector).action_set_done()
        self.assertEqual((call.state, call.user_id), ("done", self.collector))

    def test_calls_go_with_the_customer(self):
        self.make_steps("Call", {"operation_type": "call"})
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        account = self.account_of(self.customer)
        account.collector_id = self.collector
        self.dun()
        call = self.actions_of(invoice).call_id
        self.assertEqual(call.user_id, self.collector)
        account.collector_id = self.manager
        self.assertEqual(call.user_id, self.manager)

    def test_meeting(self):
        self.make_steps(
            "Meet", self.for_officer("meeting", summary="Talk about it", delay_days=3)
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        mails = self.env["mail.mail"].search_count([])
        self.dun()
        event = self.actions_of(invoice).event_id
        self.assertEqual(str(event.start_date), "2026-03-19")
        self.assertEqual(event.user_id, self.officer)
        self.assertEqual(event.partner_ids, self.officer.partner_id)
        self.assertIn(self.customer.name, event.name)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails, "no invitation")

    def test_people_in_turn(self):
        """Work is dealt out evenly, over batches and days; who has left is left out."""
        people = self.officer | self.collector | self.manager
        task = self.make_steps(
            "Turns",
            {
                "operation_type": "activity",
                "responsible_type": "turns",
                "turn_user_ids": [Command.set(people.ids)],
            },
        )
        accounts = self.env["arm.customer.account"]
        customers = [self.make_customer(f"Turn {n}") for n in range(7)]
        for customer in customers:
            self.post_invoice(customer, "2026-03-13")
        self.dun()
        for customer in customers:
            accounts |= self.account_of(customer)
        shares = accounts.activity_ids.grouped("user_id")
        self.assertEqual(sorted(map(len, shares.values())), [2, 2, 3])
        self.assertEqual(set(shares), set(people))
        operation = task.operation_ids
        drawn = [operation._take_turns(accounts[:1])[accounts[0]] for _n in range(3)]
        self.assertEqual(set(drawn), set(people), "one after the other, day by day")
        self.manager.action_archive()
        drawn = operation._take_turns(accounts).values()
        self.assertNotIn(self.manager, drawn)

    def test_somebody_does_it(self):
        """Work is never given to the machine: a credit manager gets it at last."""
        self.make_steps("Work", {"operation_type": "activity"})
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        person = self.actions_of(invoice).activity_id.user_id
        self.assertTrue(person.has_group("arm_receivables.group_receivables_manager"))
        self.assertFalse(person._is_superuser())

    # ------------------------------------------------------------ charges, hand-over

    def charges_of(self, invoice):
        return self.env["arm.dunning.charge"].search(
            [("item_id", "in", invoice.line_ids.ids)], order="id"
        )

    def test_interest(self):
        """Simple interest from the day after the due date; the newest one counts."""
        interest = {
            "operation_type": "charge",
            "charge_kind": "interest",
            "charge_percent": 9.12,
        }
        self.make_steps("Interest", interest, days=10)
        self.make_steps("More interest", interest, days=20)
        invoice = self.post_invoice(self.customer, "2026-03-06", 1000)
        self.dun()
        charge = self.charges_of(invoice)
        # 1000 x 9.12 % x 10 / 365 = 2.4986
        self.assertEqual((charge.amount, charge.state), (2.5, "proposed"))
        self.dun("2026-03-26")
        charges = self.charges_of(invoice)
        self.assertEqual(charges.mapped("state"), ["replaced", "proposed"])
        self.assertEqual(charges[1].amount, 5.0)
        charges.with_user(self.manager).action_drop("A good customer")
        self.assertEqual(charges.mapped("state"), ["replaced", "dropped"])

    def test_compensation(self):
        """The flat amount of the law: once for each late item, businesses only."""
        flat = {"operation_type": "charge", "charge_kind": "compensation"}
        self.make_steps("Flat", flat, days=10)
        self.make_steps("Again", flat, days=20)
        person = self.make_customer("Person", is_company=False)
        invoice = self.post_invoice(self.customer, "2026-03-06", 1000)
        private = self.post_invoice(person, "2026-03-06", 1000)
        self.dun()
        self.dun("2026-03-26")
        charge = self.charges_of(invoice)
        self.assertEqual((len(charge), charge.amount), (1, 40))
        self.assertEqual(charge.currency_id.name, "EUR")
        self.assertFalse(self.charges_of(private))

    def test_compensation_by_tiers_in_the_currency_of_the_law(self):
        """Poland: 70 EUR above 5,000 PLN, whatever the currency of the invoice."""
        zloty = self.env.ref("base.PLN")
        zloty.active = True
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": zloty.id,
                "rate": 4.0,
                "company_id": self.company.id,
            }
        )
        self.make_steps(
            "Flat",
            {
                "operation_type": "charge",
                "charge_kind": "compensation",
                "charge_regime": "PL",
            },
            days=10,
        )
        small = self.post_invoice(self.customer, "2026-03-06", 1250)
        large = self.post_invoice(self.customer, "2026-03-06", 1251)
        self.dun()
        self.assertEqual(self.charges_of(small).amount, 40)
        self.assertEqual(self.charges_of(large).amount, 70)

    def test_fee(self):
        self.make_steps(
            "Fee",
            {"operation_type": "charge", "charge_kind": "fee", "charge_amount": 5},
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        charge = self.charges_of(invoice)
        self.assertEqual((charge.kind, charge.amount), ("fee", 5))
        self.assertEqual(charge.currency_id, self.company.currency_id)

    def test_handover(self):
        """One open proposal a customer; declined, it can be proposed again."""
        self.make_steps("Agency", {"operation_type": "handover"})
        self.make_steps("Court", {"operation_type": "handover"}, days=5)
        self.make_steps("Last", {"operation_type": "handover"}, days=10)
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        case = self.actions_of(invoice).case_id
        self.assertEqual((case.state, case.reason), ("proposed", "Agency"))
        self.dun("2026-03-18")
        self.assertEqual(self.actions_of(invoice).case_id, case)
        with self.assertRaises(AccessError):
            case.with_user(self.collector).action_decline()
        case.with_user(self.manager).action_decline()
        self.dun("2026-03-23")
        self.assertEqual(len(self.actions_of(invoice).case_id), 2)

    # ------------------------------------------------------------------ never twice

    def test_nothing_happens_twice(self):
        """A second run of the day, and the next days, leave everything as it is."""
        channel = self.env["discuss.channel"]._create_channel("Credit", False)
        letter = {"operation_type": "letter", "template_id": self.template.id}
        sms = {"operation_type": "sms", "sms_template_id": self.sms_template.id}
        self.make_steps(
            "Everything",
            self.email(),
            sms,
            letter,
            self.for_officer("activity"),
            self.for_officer("meeting"),
            self.for_officer("call"),
            {"operation_type": "block_orders"},
            {"operation_type": "status", "new_status": "red"},
            {"operation_type": "charge", "charge_kind": "fee", "charge_amount": 5},
            {"operation_type": "handover"},
            {"operation_type": "channel", "channel_id": channel.id},
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.reason_text), ("done", False))
        before = self.count_all()
        self.assertTrue(all(before.values()), before)
        self.dun(hour="09:00:00")
        self.dun("2026-03-17")
        self.assertEqual(self.count_all(), before)

    def count_all(self):
        """How much of everything that operations make there is."""
        return {
            model: self.env[model].search_count([])
            for model in (
                "arm.dunning.message",
                "arm.dunning.letter",
                "arm.dunning.call",
                "arm.dunning.charge",
                "arm.collection.case",
                "arm.order.block",
                "calendar.event",
                "mail.activity",
                "mail.mail",
                "sms.sms",
                "discuss.channel",
                "mail.message",
            )
        }

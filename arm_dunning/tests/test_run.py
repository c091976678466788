from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestRun(DunningCommon):
    """Plan, execute, register: what a run does, and what it never does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = cls.make_task("Before", -2, template="before_due")
        cls.first = cls.make_task("First", 3, template="overdue")
        cls.second = cls.make_task(
            "Second", 14, template="second", activity="Call them", catch_up_days=3
        )

    def test_due_items_are_done_once(self):
        """An item that is due for a task gets one mail, on that day and never again."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        run = self.dun()
        self.assertEqual(run.state, "done")
        action = self.actions_of(invoice)
        self.assertEqual((action.task_id, action.state), (self.first, "done"))
        self.assertEqual(action.amount, 100.0)
        self.assertEqual(action.days_late, 3)
        self.assertEqual(len(self.mails_to(self.customer)), 1)
        self.dun(hour="09:00:00")
        self.dun("2026-03-17")
        self.assertEqual(len(self.mails_to(self.customer)), 1)
        self.assertEqual(len(self.actions_of(invoice)), 1)

    def test_one_message_with_every_item(self):
        """Items of several steps share one message; the highest step writes it."""
        low = self.post_invoice(self.customer, "2026-03-18", 10)
        high = self.post_invoice(self.customer, "2026-03-02", 70)
        middle = self.post_invoice(self.customer, "2026-03-13", 20)
        self.dun()
        mail = self.mails_to(self.customer)
        self.assertEqual(len(mail), 1)
        message = self.actions_of(high).message_id
        self.assertEqual(message.task_id, self.second)
        for invoice in low | high | middle:
            self.assertIn(invoice.name, mail.body_html)
        self.assertEqual(self.actions_of(low).covered_by_id, self.actions_of(high))
        self.assertFalse(self.actions_of(high).covered_by_id)
        self.assertEqual(
            self.actions_of(low | middle | high).mapped("state"), ["done"] * 3
        )

    def test_an_item_of_two_steps_is_named_once(self):
        """After downtime two steps may be due for one item: the debt is not doubled."""
        self.first.catch_up_days = 30
        invoice = self.post_invoice(self.customer, "2026-03-02", 70)
        self.dun()
        actions = self.actions_of(invoice)
        self.assertEqual(actions.task_id, self.first | self.second)
        values = actions.message_id._get_items_values()
        self.assertEqual([row["document"] for row in values["rows"]], [invoice.name])
        self.assertEqual(len(values["totals"]), 1)
        self.assertIn("70", values["totals"][0])
        self.assertNotIn("140", values["totals"][0])

    def test_instalments_fall_due_one_by_one(self):
        """Each instalment is an item: one is late although the invoice is not."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Half and half",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 57}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 90}
                    ),
                ],
            }
        )
        invoice = self.post_invoice(
            self.customer,
            False,
            amount=300,
            invoice_payment_term_id=term.id,
        )
        self.assertGreater(str(invoice.invoice_date_due), "2026-03-16")
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual(action.mapped("amount"), [150.0])
        self.assertEqual(str(action.date_due), "2026-03-13")

    def test_activity_for_the_employee(self):
        invoice = self.post_invoice(self.customer, "2026-03-02")
        self.dun()
        activity = self.actions_of(invoice).activity_id
        self.assertEqual(activity.user_id, self.officer)
        self.assertEqual(activity.summary, "Call them")
        self.assertIn(invoice.name, activity.note)

    def test_statuses_decide(self):
        """A task meant for red customers leaves a green one alone."""
        self.first.write({"for_green": False, "for_yellow": False})
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        self.assertFalse(self.actions_of(invoice))

    def test_holds_keep_their_reason_and_end(self):
        """What is held is in the register with its reason, and is done when freed."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        line = invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        line.no_followup = True
        self.dun()
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.reason), ("held", "no_followup"))
        self.assertFalse(self.mails_to(self.customer))
        line.no_followup = False
        self.dun("2026-03-18")
        self.assertEqual(self.actions_of(invoice), action)
        self.assertEqual((action.state, action.reason), ("done", False))
        self.assertEqual(action.days_late, 5)

    def test_holds_expire(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        invoice.line_ids.no_followup = True
        self.dun()
        self.dun("2026-03-30")
        first = self.actions_of(invoice).filtered(lambda a: a.task_id == self.first)
        self.assertEqual((first.state, first.reason), ("cancelled", "expired"))

    def test_core_block_and_credit_hold(self):
        blocked = self.post_invoice(self.customer, "2026-03-13")
        blocked.action_toggle_block_payment()
        in_credit = self.make_customer("Credit Ltd")
        invoice = self.post_invoice(in_credit, "2026-03-13")
        self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": in_credit.id,
                "amount": 500,
                "company_id": self.company.id,
            }
        ).action_post()
        self.dun()
        self.assertEqual(self.actions_of(blocked).reason, "blocked")
        self.assertEqual(self.actions_of(invoice).reason, "credit_covers")
        self.assertFalse(self.mails_to(self.customer | in_credit))

    def test_customer_without_address(self):
        nobody = self.make_customer("Nobody", email="not an address")
        invoice = self.post_invoice(nobody, "2026-03-13")
        other = self.post_invoice(self.customer, "2026-03-13")
        run = self.dun()
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.reason), ("held", "no_address"))
        self.assertEqual(self.actions_of(other).state, "done")
        self.assertEqual((run.done_count, run.held_count, run.failed_count), (1, 1, 0))

    def test_paid_between_plan_and_send(self):
        """What is paid after planning is not sent, and the register says why."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        run = self.plan_only()
        self.assertEqual(self.actions_of(invoice).state, "planned")
        self._register_payment(invoice)
        self.assertEqual(self.dun(), run)
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.reason), ("cancelled", "settled"))
        self.assertFalse(self.mails_to(self.customer))

    def test_partly_paid_between_plan_and_send(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.plan_only()
        self._register_payment(invoice, amount=40)
        self.dun()
        self.assertEqual(self.actions_of(invoice).amount, 60)
        self.assertIn("60", self.mails_to(self.customer).body_html)

    def test_a_broken_customer_stays_alone(self):
        """A template that fails for one customer fails for this customer only."""
        template = self.env.ref("arm_dunning.mail_template_overdue")
        template.with_context(
            lang="en_US"
        ).body_html = (
            "<p t-out=\"1 / (0 if 'Broken' in object.partner_id.name else 1)\"/>"
        )
        broken = self.make_customer("Broken Ltd")
        good = self.make_customer("Good Ltd")
        bad_invoice = self.post_invoice(broken, "2026-03-13")
        good_invoice = self.post_invoice(good, "2026-03-13")
        run = self.dun()
        self.assertEqual(run.state, "done")
        failed = self.actions_of(bad_invoice)
        self.assertEqual((failed.state, failed.reason), ("failed", "error"))
        self.assertTrue(failed.reason_text)
        self.assertEqual(self.actions_of(good_invoice).state, "done")
        self.assertEqual(len(self.mails_to(good)), 1)
        self.assertFalse(self.mails_to(broken))

    def test_language_of_the_customer(self):
        """Text, dates and amounts come in the language of the contact."""
        invoice = self.post_invoice(self.customer, "2026-03-13", 1234.5)
        self.dun()
        message = self.actions_of(invoice).message_id
        self.assertEqual(message.lang, "de_DE")
        self.assertIn("13.03.2026", message.body)
        self.assertIn("1.234,50", message.body.replace("\N{NO-BREAK SPACE}", " "))

    def test_currencies_are_never_added(self):
        other = self.env.ref("base.CHF")
        other.active = True
        self.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "currency_id": other.id,
                "rate": 2.0,
                "company_id": self.company.id,
            }
        )
        self.post_invoice(self.customer, "2026-03-13", 100)
        foreign = self.post_invoice(
            self.customer, "2026-03-13", 50, currency_id=other.id
        )
        self.dun()
        action = self.actions_of(foreign)
        self.assertEqual((action.amount, action.amount_company), (50, 25))
        values = action.message_id._get_items_values()
        self.assertEqual(len(values["totals"]), 2)

    def test_time_of_day_is_local(self):
        """The run waits for the company's own hour, on both sides of a clock change."""
        self.company.receivables_timezone = "Europe/Berlin"
        self.post_invoice(self.customer, "2026-03-25")
        self.assertFalse(self.dun("2026-03-28", hour="04:59:00"))
        self.assertTrue(self.dun("2026-03-28", hour="05:00:00"))
        self.assertFalse(self.dun("2026-03-29", hour="03:59:00"))
        self.assertTrue(self.dun("2026-03-29", hour="04:00:00"))

    def test_missed_days_are_caught_up(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun("2026-03-20")
        action = self.actions_of(invoice)
        self.assertEqual((action.state, action.days_late), ("done", 7))
        self.assertEqual(str(action.date_planned), "2026-03-16")

    def test_unfinished_run_of_another_day(self):
        """A run that was killed yesterday is closed, and its work is done today."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        killed = self.plan_only()
        run = self.dun("2026-03-17")
        self.assertNotEqual(run, killed)
        self.assertEqual(killed.state, "interrupted")
        self.assertEqual(self.actions_of(invoice).run_id, run)
        self.assertEqual(len(self.mails_to(self.customer)), 1)

    def plan_only(self, day="2026-03-16"):
        """A run that was killed after planning."""
        with freeze_time(f"{day} 08:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "schedule")
            run._plan_locked()
        self.env.flush_all()
        return run

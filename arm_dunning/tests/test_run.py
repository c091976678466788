from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestRun(DunningCommon, CronMixinCase):
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

    def test_hours_that_a_clock_change_skips_or_repeats(self):
        """Half past two: once on the day without it, once on the day with two."""
        self.company.write(
            {"receivables_timezone": "Europe/Berlin", "dunning_hour": 2.5}
        )
        runs = self.env["arm.dunning.run"]
        self.assertFalse(self.dun("2026-03-29", hour="00:59:00"))
        self.assertTrue(self.dun("2026-03-29", hour="01:00:00"), "it is three now")
        self.assertFalse(self.dun("2026-10-25", hour="00:29:00"))
        first = self.dun("2026-10-25", hour="00:30:00")
        self.assertTrue(first)
        self.assertEqual(self.dun("2026-10-25", hour="01:30:00"), first)
        self.assertEqual(runs.search_count([("date", "=", "2026-10-25")]), 1)

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

    # ------------------------------------------------------------- stop, resume, retry

    def run_as(self, user, run, method, hour="08:05:00"):
        with freeze_time(f"2026-03-16 {hour}"):
            return getattr(run.with_user(user), method)()

    def make_manager(self):
        return new_test_user(
            self.env,
            "run_manager",
            groups="arm_receivables.group_receivables_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def test_stop_and_resume(self):
        """What is being worked on is finished, the rest waits until it is resumed."""
        customers = [self.make_customer(f"{name} Ltd") for name in "ABC"]
        for customer in customers:
            self.post_invoice(customer, "2026-03-13")
        run = self.plan_only()
        manager = self.make_manager()
        with freeze_time("2026-03-16 08:01:00"):
            run._execute_batch(limit=1)
        self.run_as(manager, run, "action_stop")
        self.assertEqual(run.state, "stopped")
        self.assertFalse(run._is_going())
        self.dun(hour="08:10:00")
        self.assertEqual(len(self.mails_to(self.partners(customers))), 1)
        self.assertEqual(
            self.env["arm.dunning.run"].search([("company_id", "=", self.company.id)]),
            run,
            "the schedule does not begin it again today",
        )
        with self.capture_triggers(self.cron.id) as captured:
            self.run_as(manager, run, "action_resume")
        self.assertTrue(captured.records)
        self.dun(hour="08:20:00")
        self.assertEqual((run.state, run.done_count), ("done", 3))
        self.assertEqual(len(self.mails_to(self.partners(customers))), 3)
        self.assertEqual(run.duration, "0:20:00")
        self.assertEqual(run.progress, 100)

    def partners(self, customers):
        return self.env["res.partner"].union(*customers)

    def test_retry_of_the_failed(self):
        """With a mended text the failed ones are done, and nobody else again."""
        template = self.env.ref("arm_dunning.mail_template_overdue")
        template = template.with_context(lang="en_US")
        good_text = template.body_html
        template.body_html = (
            "<p t-out=\"1 / (0 if 'Broken' in object.partner_id.name else 1)\"/>"
        )
        broken = self.make_customer("Broken Ltd")
        good = self.make_customer("Good Ltd")
        invoice = self.post_invoice(broken, "2026-03-13")
        self.post_invoice(good, "2026-03-13")
        run = self.dun()
        self.assertEqual((run.failed_count, run.done_count), (1, 1))
        template.body_html = good_text
        manager = self.make_manager()
        self.run_as(manager, run, "action_retry")
        self.assertEqual(
            (run.state, self.actions_of(invoice).state), ("executing", "planned")
        )
        self.assertEqual(self.dun(hour="08:30:00"), run)
        self.assertEqual((run.failed_count, run.done_count, run.state), (0, 2, "done"))
        self.assertEqual(len(self.mails_to(broken)), 1)
        self.assertEqual(len(self.mails_to(good)), 1)

    def test_failed_are_tried_again_the_next_day(self):
        template = self.env.ref("arm_dunning.mail_template_overdue")
        template = template.with_context(lang="en_US")
        good_text = template.body_html
        template.body_html = '<p t-out="1 / 0"/>'
        invoice = self.post_invoice(self.make_customer("Late Ltd"), "2026-03-13")
        self.dun()
        self.assertEqual(self.actions_of(invoice).state, "failed")
        template.body_html = good_text
        self.dun("2026-03-17")
        self.assertEqual(self.actions_of(invoice).state, "done")

    def test_only_today_and_only_managers(self):
        self.post_invoice(self.customer, "2026-03-13")
        run = self.dun("2026-03-13")
        manager = self.make_manager()
        for method in ("action_resume", "action_retry"):
            with self.assertRaisesRegex(UserError, "This run is of 03/13/2026"):
                self.run_as(manager, run, method)
        reader = new_test_user(
            self.env,
            "run_reader",
            groups="arm_receivables.group_receivables_collector_all",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for method in ("action_stop", "action_resume", "action_retry"):
            with self.assertRaisesRegex(UserError, "Only a credit manager"):
                self.run_as(reader, run, method)

    # --------------------------------------------------------------- workers, companies

    def test_a_second_worker_shares_the_run(self):
        """Workers take different customers; who helps does not plan."""
        customers = [self.make_customer(f"{name} Ltd") for name in "ABCD"]
        for customer in customers:
            self.post_invoice(customer, "2026-03-13")
        runs = self.env["arm.dunning.run"].sudo()
        with freeze_time("2026-03-16 08:00:00"):
            run = runs._open_run(self.company, "schedule")
            with self.enter_registry_test_mode():
                self.env.ref("arm_dunning.ir_cron_dunning_help").method_direct_trigger()
            self.assertEqual(run.state, "planning", "a helper does not plan")
            run._plan_locked()
            self.assertTrue(run._execute_batch(limit=1))
            self.env.flush_all()
            with self.enter_registry_test_mode():
                self.env.ref("arm_dunning.ir_cron_dunning_help").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.done_count), ("done", 4))
        self.assertEqual(len(self.mails_to(self.partners(customers))), 4)

    def test_a_worker_that_woke_up_too_late(self):
        """It finds nothing to do: the new run of the next day has taken it all."""
        self.post_invoice(self.customer, "2026-03-13")
        stale = self.plan_only()
        self.dun("2026-03-17")
        self.assertFalse(stale._execute_batch())
        self.assertEqual(stale.state, "interrupted")
        self.assertEqual(len(self.mails_to(self.customer)), 1)

    def test_a_company_that_fails_does_not_keep_the_others(self):
        """The database itself refuses one company's run; the other one is dunned."""
        other = self.setup_other_company()["company"]
        other.write({"dunning_enabled": True, "receivables_timezone": "UTC"})
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE arm_dunning_run "
            "ADD CONSTRAINT broken CHECK (company_id != %s)",
            (other.id,),
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        with mute_logger(
            "odoo.addons.arm_dunning.models.arm_dunning_run", "odoo.sql_db"
        ):
            run = self.dun()
        self.assertEqual(run.state, "done")
        self.assertEqual(self.actions_of(invoice).state, "done")
        self.env.cr.execute("ALTER TABLE arm_dunning_run DROP CONSTRAINT broken")

    def test_accounts_are_refreshed_before_the_plan(self):
        """Where the night did not: in a step that stays, though planning fails."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.company.receivables_refreshed_on = "2026-03-15"
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE arm_dunning_run ADD CONSTRAINT broken "
            "CHECK (state != 'executing')"
        )
        with mute_logger(
            "odoo.addons.arm_dunning.models.arm_dunning_run", "odoo.sql_db"
        ):
            run = self.dun()
        self.assertEqual(run.state, "planning")
        self.assertFalse(self.actions_of(invoice))
        self.assertEqual(str(self.company.receivables_refreshed_on), "2026-03-16")
        self.env.cr.execute("ALTER TABLE arm_dunning_run DROP CONSTRAINT broken")
        self.assertEqual(self.dun(hour="09:00:00"), run)
        self.assertEqual(self.actions_of(invoice).state, "done")

    def plan_only(self, day="2026-03-16"):
        """A run that was killed after planning."""
        with freeze_time(f"{day} 08:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "schedule")
            run._plan_locked()
        self.env.flush_all()
        return run

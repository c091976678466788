import random
from datetime import date, datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, PlannerCommon

MONDAY = date.fromisoformat(TODAY)


@tagged("post_install", "-at_install", "arm")
class TestPlanner(PlannerCommon):
    """What falls due, and when: days, anchors, and what was missed or paid."""

    # ------------------------------------------------------------------------ days

    def close_on(self, *days):
        """The company's calendar, with days on which it is closed."""
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Closed",
                    "calendar_id": calendar.id,
                    "company_id": self.company.id,
                    "date_from": f"{day} 00:00:00",
                    "date_to": f"{day} 23:59:59",
                }
                for day in days
            ]
        )
        return calendar

    def make_random_tasks(self, rnd):
        """A dozen tasks of every shape."""
        tasks = self.env["arm.dunning.task"]
        for number in range(12):
            tasks |= self.make_task(
                f"Task {number}",
                rnd.randint(-10, 25),
                activity="Look",
                day_type=rnd.choice(["calendar", "working"]),
                catch_up_days=rnd.choice([0, 2, 9]),
                repeat_max=rnd.choice([1, 1, 3]),
                repeat_days=rnd.randint(1, 9),
                date_to=rnd.choice([False, MONDAY - timedelta(days=1)]),
            )
        return tasks

    def test_planned_days_are_those_of_the_pure_function(self):
        """SQL and ``tools.schedule`` agree, in calendar and in working days."""
        rnd = random.Random(20260316)
        calendar = self.close_on("2026-03-09", "2026-03-12", "2026-03-19", "2026-04-03")
        dues = [MONDAY + timedelta(days=rnd.randint(-60, 30)) for _number in range(40)]
        invoices = self.env["account.move"]
        for due in dues:
            invoices |= self.make_invoice(self.customer, due)
        invoices.action_post()
        tasks = self.make_random_tasks(rnd)
        found = {
            (row.task_id, row.item_id.move_id, row.occurrence, row.date_planned)
            for row in self.plan()
        }
        expected = set()
        planner = self.env["arm.dunning.planner"]
        working = planner._get_working_days(
            self.company, calendar, date(2025, 9, 1), date(2026, 10, 1)
        )
        self.assertNotIn(date(2026, 3, 12), working, "the leave counts")
        self.assertNotIn(date(2026, 3, 14), working, "the weekend counts")
        for task in tasks:
            days = task._get_schedule().due(
                MONDAY, working if task.day_type == "working" else None
            )
            for due in days:
                for invoice, day in zip(invoices, dues, strict=True):
                    if day == due.anchor:
                        expected.add((task, invoice, due.occurrence, due.planned))
        self.assertTrue(expected)
        self.assertEqual(found, expected)

    def test_repetition(self):
        """Every five days, three times at most; missed times are not made up for."""
        self.make_task(
            "Again",
            2,
            template="overdue",
            repeat_max=3,
            repeat_days=5,
            catch_up_days=20,
        )
        invoice = self.post_invoice(self.customer, "2026-03-09")
        self.plan("2026-03-11")
        self.assertEqual(self.actions_of(invoice).mapped("occurrence"), [1])
        self.replan("2026-03-17")
        rows = self.actions_of(invoice)
        self.assertEqual(rows.mapped("occurrence"), [1, 2])
        self.assertEqual(rows.mapped("state"), ["cancelled", "planned"])
        self.assertEqual(rows[0].reason, "superseded")
        self.replan("2026-04-05")
        rows = self.actions_of(invoice)
        self.assertEqual(rows.mapped("occurrence"), [1, 2, 3])
        self.assertEqual(rows.mapped("state"), ["cancelled", "cancelled", "planned"])

    def test_calendar_without_working_days(self):
        """A broken task is told of, and does not keep the others."""
        calendar = self.env["resource.calendar"].create(
            {"name": "Never", "company_id": self.company.id, "attendance_ids": False}
        )
        self.make_task(
            "Broken", 1, template="overdue", day_type="working", calendar_id=calendar.id
        )
        self.make_task("Good", 3, template="overdue")
        invoice = self.post_invoice(self.customer, "2026-03-13")
        with mute_logger("odoo.addons.arm_dunning.models.arm_dunning_planner"):
            rows = self.plan()
        self.assertEqual(rows.item_id.move_id, invoice)
        self.assertIn("Broken cannot be planned", rows.run_id.problem)
        self.assertIn("not enough working days", rows.run_id.problem)

    # --------------------------------------------------------------------- anchors

    def test_issue_and_delivery_date(self):
        thanks = self.make_task(
            "Thanks", 0, template="overdue", anchor="invoice_date", catch_up_days=1
        )
        self.assertTrue(thanks.is_courtesy)
        arrived = self.make_task(
            "Arrived", 2, template="overdue", anchor="delivery_date", catch_up_days=1
        )
        new = self.post_invoice(self.customer, "2026-05-01", invoice_date=TODAY)
        delivered = self.post_invoice(self.customer, "2026-05-01")
        delivered.delivery_date = "2026-03-14"
        found = {(row.task_id, row.item_id.move_id) for row in self.plan()}
        self.assertEqual(found, {(thanks, new), (arrived, delivered)})

    def test_order_confirmation(self):
        """The day of an order is the company's own day."""
        self.company.receivables_timezone = "Europe/Berlin"
        task = self.make_task(
            "Thanks",
            0,
            template="overdue",
            subject_type="order",
            anchor="order_date",
            catch_up_days=0,
        )
        orders = self.make_orders(10, 20, 30)
        moments = ("2026-03-15 22:59:00", "2026-03-15 23:00:00", "2026-03-16 22:59:00")
        for order, moment in zip(orders, moments, strict=True):
            with freeze_time(moment):
                order.action_confirm()
        rows = self.plan()
        self.assertEqual(self.documents(rows), set(orders[1:].mapped("name")))
        self.assertEqual(rows.task_id, task)
        self.assertEqual(set(rows.mapped("subject_model")), {"sale.order"})
        self.assertEqual(
            sorted(rows.mapped("amount")), orders[1:].mapped("amount_total")
        )
        self.assertEqual(rows.partner_id, self.customer)

    def test_an_order_does_not_fall_due(self):
        """Thanked for beside an invoice: no due date, no sum with what is owed."""
        about = {"subject_type": "order", "anchor": "order_date"}
        self.make_task("Thanks", 0, template="thanks_order", **about)
        self.make_task("First", 3, template="overdue")
        (order,) = self.make_orders(20)
        with freeze_time("2026-03-16 07:00:00"):
            order.action_confirm()
        invoice = self.post_invoice(self.customer, "2026-03-13", 70)
        self.dun()
        message = self.actions_of(invoice).message_id
        rows = {row["document"]: row for row in message._get_items_values()["rows"]}
        self.assertEqual(set(rows), {order.name, invoice.name})
        self.assertFalse(rows[order.name]["date_due"])
        self.assertTrue(rows[invoice.name]["date_due"])
        totals = message._get_items_values()["totals"]
        self.assertEqual(len(totals), 2, "one for each, no sum of both")

    def test_previous_contact(self):
        """Five days after any contact about the item, again after each contact."""
        first = self.make_task("First", 3, template="overdue")
        call = self.make_task(
            "Call", 5, activity="Call", anchor="contact_date", catch_up_days=2
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun("2026-03-16")
        self.assertEqual(self.actions_of(invoice).task_id, first)
        self.assertEqual(str(self.actions_of(invoice).day_done), "2026-03-16")
        self.dun("2026-03-20")
        self.assertEqual(self.actions_of(invoice).task_id, first)
        self.dun("2026-03-21")
        row = self.actions_of(invoice) - self.actions_of(invoice)[0]
        self.assertEqual((row.task_id, row.state), (call, "done"))
        self.assertEqual(row.occurrence_number, 1)
        self.dun("2026-03-22")
        self.assertEqual(len(self.actions_of(invoice)), 2, "once for this contact")
        call.after_task_id = self.make_task("Other", 99, template="overdue")
        self.dun("2026-03-23")
        self.assertEqual(len(self.actions_of(invoice)), 2)

    def test_week_and_month(self):
        """The balance on the first working day of the month, and every Wednesday."""
        monthly = self.make_task(
            "Month",
            0,
            activity="Look",
            subject_type="account",
            anchor="month_start",
            day_type="working",
            catch_up_days=3,
        )
        weekly = self.make_task(
            "Week",
            2,
            activity="Look",
            subject_type="account",
            anchor="week_start",
            catch_up_days=0,
            balance_min=150,
        )
        small = self.make_customer("Small Ltd")
        self.post_invoice(small, "2026-02-01", 100)
        self.post_invoice(self.customer, "2026-02-01", 200)
        rows = self.plan("2026-03-02")  # the first is a Sunday
        self.assertEqual(rows.task_id, monthly)
        self.assertEqual(rows.partner_id, small | self.customer)
        self.assertEqual(set(rows.mapped("days_late")), {29})
        rows = self.waiting(self.replan("2026-03-18"))
        self.assertEqual(rows.task_id, weekly)
        self.assertEqual(rows.partner_id, self.customer)
        self.assertEqual(rows.amount, 200)
        again = self.waiting(self.replan("2026-03-25"))
        self.assertNotEqual(again.occurrence, rows.occurrence)
        self.assertEqual((again | rows).mapped("occurrence_number"), [1, 1])
        self.assertEqual((rows.state, rows.reason), ("cancelled", "expired"))

    def test_oldest_item_begins_an_episode(self):
        """The balance is looked at once for each item that is the oldest one."""
        self.make_task(
            "Long overdue", 10, activity="Look", subject_type="account", catch_up_days=3
        )
        first = self.post_invoice(self.customer, "2026-03-01")
        self.post_invoice(self.customer, "2026-03-10")
        self.assertEqual(len(self.plan("2026-03-11")), 1)
        self.assertEqual(len(self.replan("2026-03-12")), 1)
        self.env["arm.dunning.action"].sudo().search([])._set_done()
        with freeze_time("2026-03-12"):
            self._register_payment(first)
        rows = self.replan("2026-03-20")
        self.assertEqual(rows.mapped("state"), ["planned"])
        self.assertEqual(str(rows.date_due), "2026-03-10")

    def test_status_move(self):
        account = self.account_of(self.customer)
        task = self.make_task(
            "Turned red",
            0,
            activity="Talk",
            subject_type="status",
            anchor="status_date",
            for_green=False,
            for_yellow=False,
        )
        changes = (
            self.env["arm.reliability.change"]
            .sudo()
            .create(
                [
                    {
                        "account_id": account.id,
                        "company_id": self.company.id,
                        "date": f"{TODAY} 01:00:00",
                        "from_status": before,
                        "to_status": after,
                        "origin": "automatic",
                        "rule": "days_late",
                    }
                    for before, after in ((False, "red"), ("green", "red"))
                ]
            )
        )
        rows = self.plan()
        self.assertFalse(rows, "the customer is not red any more")
        account.reliability_status = "red"
        self.env.flush_all()
        rows = self.replan("2026-03-17")
        self.assertEqual((rows.task_id, rows.subject_id), (task, changes[1].id))
        self.assertEqual(rows.state, "planned")

    def test_credit_not_allocated(self):
        """A credit note that nobody allocated is a subject of its own."""
        task = self.make_task(
            "Allocate",
            5,
            activity="Allocate",
            subject_type="credit",
            anchor="invoice_date",
        )
        credit = self.make_invoice(
            self.customer, "2026-03-11", 50, invoice_date="2026-03-11"
        )
        credit.move_type = "out_refund"
        credit.action_post()
        self.post_invoice(self.customer, "2026-03-11", invoice_date="2026-03-11")
        rows = self.plan()
        self.assertEqual((rows.task_id, rows.amount), (task, -50))
        self.assertEqual((rows.item_id.move_id, rows.state), (credit, "planned"))
        self.assertEqual(rows.amount_company, rows.item_id.amount_residual)
        self.assertEqual(rows.amount, rows.item_id.amount_residual_currency)

    # --------------------------------------------------------- missed, paid, reopened

    def test_missed_steps_are_not_sent_in_a_bunch(self):
        """After downtime the newest step is done; the older ones are superseded."""
        steps = [
            self.make_task(f"Step {days}", days, template="overdue", catch_up_days=60)
            for days in (3, 10, 20)
        ]
        invoice = self.post_invoice(self.customer, "2026-02-20")
        self.dun("2026-03-16")
        rows = {row.task_id: row for row in self.actions_of(invoice)}
        self.assertEqual(len(self.mails_to(self.customer)), 1)
        self.assertEqual(
            [(rows[task].state, rows[task].reason) for task in steps],
            [("cancelled", "superseded"), ("cancelled", "superseded"), ("done", False)],
        )
        self.assertIn("Step 20", rows[steps[0]].explanation)

    def test_missed_steps_of_other_kinds_are_done(self):
        """An e-mail does not take the place of a task for an employee."""
        mail = self.make_task("Mail", 3, template="overdue", catch_up_days=60)
        call = self.make_task("Call", 8, activity="Call", catch_up_days=60)
        visit = self.make_task("Visit", 20, activity="Visit", catch_up_days=60)
        invoice = self.post_invoice(self.customer, "2026-02-20")
        self.plan()
        states = {row.task_id: row.state for row in self.actions_of(invoice)}
        self.assertEqual(states, {mail: "planned", call: "cancelled", visit: "planned"})

    def test_a_newer_step_that_was_done(self):
        """A step that becomes due late does not come after a newer one."""
        self.make_task("Newer", 10, template="second")
        invoice = self.post_invoice(self.customer, "2026-03-06")
        self.dun("2026-03-16")
        older = self.make_task("Older", 5, template="overdue", catch_up_days=30)
        self.plan("2026-03-17")
        row = self.actions_of(invoice).filtered(lambda a: a.task_id == older)
        self.assertEqual((row.state, row.reason), ("cancelled", "superseded"))

    def test_paid_and_open_again(self):
        """A payment that bounces within the days of the step brings the step back."""
        self.make_task("T", 3, template="overdue", catch_up_days=10)
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.plan()
        payment = self._register_payment(invoice)
        self.replan("2026-03-17")
        row = self.actions_of(invoice)
        self.assertEqual((row.state, row.reason), ("cancelled", "settled"))
        invoice.line_ids.remove_move_reconcile()
        payment.action_cancel()
        self.replan("2026-03-18")
        self.assertEqual((row.state, row.reason), ("planned", False))

    def test_what_a_task_is_about_stays(self):
        task = self.make_task("T", 3, template="overdue")
        self.post_invoice(self.customer, "2026-03-13")
        self.plan()
        with self.assertRaisesRegex(ValidationError, "make a new one"):
            task.write({"subject_type": "order", "anchor": "order_date"})

    def test_other_companies_are_left_alone(self):
        """Each company has its own tasks, customers and register."""
        other = self.setup_other_company()["company"]
        other.dunning_enabled = True
        self.make_task("T", 3, template="overdue")
        self.env["arm.dunning.task"].create(
            {
                "name": "Other",
                "company_id": other.id,
                "offset_days": 3,
                "operation_ids": [
                    Command.create(
                        {
                            "operation_type": "email",
                            "template_id": self.env.ref(
                                "arm_dunning.mail_template_overdue"
                            ).id,
                        }
                    )
                ],
            }
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        theirs = self.post_invoice(
            self.customer,
            "2026-03-13",
            company_id=other.id,
        )
        self.dun()
        self.assertEqual(self.actions_of(invoice).company_id, self.company)
        self.assertEqual(self.actions_of(theirs).company_id, other)
        self.assertEqual(len(self.mails_to(self.customer)), 2)

    def test_archived_procedures_do_nothing(self):
        procedure = self.env["arm.dunning.procedure"].create(
            {"name": "P", "company_id": self.company.id}
        )
        self.make_task("T", 3, template="overdue", procedure_id=procedure.id)
        self.post_invoice(self.customer, "2026-03-13")
        procedure.active = False
        self.assertFalse(self.plan())

    def test_moment_of_planning(self):
        """The register keeps which rule in which version."""
        task = self.make_task("T", 3, template="overdue")
        task.catch_up_days = 9
        self.post_invoice(self.customer, "2026-03-13")
        row = self.plan()
        self.assertEqual(row.task_version, 2)
        self.assertEqual(row.run_id.date_start, datetime(2026, 3, 16, 8))

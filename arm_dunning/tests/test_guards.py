from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestGuards(DunningCommon):
    """What holds a step back: each reason with its figures, and each can be off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task("First", 3, template="overdue")

    def account_of(self, partner):
        self.env["arm.customer.account"]._refresh(self.company, partner)
        return self.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def item_of(self, invoice):
        return invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def assert_held(self, invoice, reason, on=TODAY, **figures):
        """The step is held back with a reason and figures; nothing is sent."""
        sent = len(self.mails_to(invoice.partner_id))
        self.dun(on)
        row = self.actions_of(invoice)
        self.assertEqual((row.state, row.reason), ("held", reason))
        self.assertEqual({k: (row.figures or {}).get(k) for k in figures}, figures)
        self.assertTrue(row.explanation)
        self.assertEqual(len(self.mails_to(invoice.partner_id)), sent)
        return row

    def assert_done_without(self, invoice, day="2026-03-17", **settings):
        """The step is done as soon as the company switches the guard off."""
        self.company.write(settings)
        self.dun(day)
        row = self.actions_of(invoice)
        self.assertEqual((row.state, row.reason, row.figures), ("done", False, False))

    # ----------------------------------------------------------------------- items

    def test_held(self):
        """An item with a hold waits until the day after its last day."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.hold"].sudo().create(
            {
                "item_id": self.item_of(invoice).id,
                "company_id": self.company.id,
                "reason": "promise",
                "until": "2026-03-17",
            }
        )
        row = self.assert_held(invoice, "held", hold="promise", until="2026-03-17")
        self.assertIn("Promise to Pay", row.explanation)
        self.assertIn("03/17/2026", row.explanation)
        self.assert_held(invoice, "held", "2026-03-17")
        self.dun("2026-03-18")
        self.assertEqual(row.state, "done")

    def test_held_switched_off(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.hold"].sudo().create(
            {
                "item_id": self.item_of(invoice).id,
                "company_id": self.company.id,
                "reason": "dispute",
            }
        )
        self.assert_held(invoice, "held", hold="dispute", until=None)
        self.assert_done_without(invoice, dunning_guard_held=False)

    def test_no_followup(self):
        """Core's flag, which peers ignore."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.item_of(invoice).no_followup = True
        self.assert_held(invoice, "no_followup")
        self.assert_done_without(invoice, dunning_guard_no_followup=False)

    def test_in_payment(self):
        """Money on its way: the invoice is paid, the bank has not said so yet."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        invoice.payment_state = "in_payment"
        self.assert_held(invoice, "in_payment")
        self.assert_done_without(invoice, dunning_guard_in_payment=False)

    def test_blocked_invoice(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        invoice.action_toggle_block_payment()
        self.assert_held(invoice, "blocked")
        self.assert_done_without(invoice, dunning_guard_blocked=False)

    def test_never_sent(self):
        """Off by default: not everybody sends invoices through this system."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        sent = self.post_invoice(self.make_customer("Sent Ltd"), "2026-03-13")
        sent.is_move_sent = True
        opened = self.post_invoice(self.make_customer("Opened Ltd"), "2026-03-13")
        openings = self.env["arm.invoice.opening"].sudo()
        openings._record(opened, opened.commercial_partner_id)
        self.company.dunning_guard_not_delivered = True
        self.assert_held(invoice, "not_delivered")
        for arrived in (sent, opened):
            self.assertEqual(self.actions_of(arrived).state, "done")
        self.assert_done_without(invoice, dunning_guard_not_delivered=False)

    def test_invoice_that_came_back(self):
        """Sent, but the mail bounced: as good as never sent, until sent again."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        invoice.is_move_sent = True
        mail = (
            self.env["mail.message"]
            .sudo()
            .create({"model": "account.move", "res_id": invoice.id})
        )
        self.env["mail.notification"].sudo().create(
            {
                "mail_message_id": mail.id,
                "res_partner_id": self.customer.id,
                "notification_type": "email",
                "notification_status": "bounce",
            }
        )
        self.company.dunning_guard_not_delivered = True
        self.assert_held(invoice, "not_delivered")
        self.assert_done_without(invoice, dunning_guard_not_delivered=False)

    # ------------------------------------------------------------------- customers

    def test_customer_in_credit(self):
        """Who is owed more than they owe is not reminded, as peers do."""
        invoice = self.post_invoice(self.customer, "2026-03-13", 100)
        credit = self.make_invoice(self.customer, "2026-03-13", 500)
        credit.move_type = "out_refund"
        credit.action_post()
        row = self.assert_held(invoice, "credit_covers", balance=-400)
        self.assertIn("400", row.explanation)
        self.assert_done_without(invoice, dunning_guard_credit_covers=False)

    def test_credit_of_another_company_does_not_count(self):
        other = self.setup_other_company()["company"]
        invoice = self.post_invoice(self.customer, "2026-03-13", 100)
        credit = self.make_invoice(
            self.customer, "2026-03-13", 500, company_id=other.id
        )
        credit.move_type = "out_refund"
        credit.action_post()
        self.dun()
        self.assertEqual(self.actions_of(invoice).state, "done")

    def test_paused(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        account = self.account_of(self.customer)
        with self.assertRaisesRegex(ValidationError, "say why"):
            account.dunning_pause_until = "2026-03-16"
        account.write(
            {"dunning_pause_until": "2026-03-16", "dunning_pause_reason": "Fair"}
        )
        row = self.assert_held(invoice, "paused", until="2026-03-16", why="Fair")
        self.assertIn("Fair", row.explanation)
        self.dun("2026-03-17")
        self.assertEqual(row.state, "done")

    def test_pause_switched_off(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.account_of(self.customer).write(
            {"dunning_pause_until": "2026-03-30", "dunning_pause_reason": "Fair"}
        )
        self.assert_held(invoice, "paused")
        self.assert_done_without(invoice, dunning_guard_paused=False)

    def test_blocked_customer(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        account = self.account_of(self.customer)
        account.write({"dunning_pause_reason": "A sister", "dunning_blocked": True})
        self.assert_held(invoice, "blocked_partner", why="A sister", archived=False)
        account.dunning_blocked = False
        self.customer.active = False
        row = self.assert_held(invoice, "blocked_partner", "2026-03-17", archived=True)
        self.assertIn("archived", row.explanation)
        self.assert_done_without(
            invoice, "2026-03-18", dunning_guard_blocked_partner=False
        )

    def test_below_minimum(self):
        """The customer's balance counts, not the single item."""
        self.company.dunning_amount_min = 50
        small = self.post_invoice(self.customer, "2026-03-13", 30)
        other = self.make_customer("Other Ltd")
        part = self.post_invoice(other, "2026-03-13", 30)
        self.post_invoice(other, "2026-06-13", 30)
        self.assert_held(small, "below_minimum", balance=30, minimum=50)
        self.assertEqual(self.actions_of(part).state, "done")
        self.assert_done_without(small, dunning_amount_min=0)

    # -------------------------------------------------------------------- contacts

    def test_minimum_gap(self):
        """Days between two messages, counted from the register."""
        self.company.dunning_gap_days = 3
        first = self.post_invoice(self.customer, "2026-03-13")
        second = self.post_invoice(self.customer, "2026-03-14")
        self.dun("2026-03-16")
        self.assertEqual(self.actions_of(first).state, "done")
        self.assert_held(second, "contact_gap", "2026-03-17", last="2026-03-16", gap=3)
        self.assert_held(second, "contact_gap", "2026-03-18")
        self.dun("2026-03-19")
        self.assertEqual(self.actions_of(second).state, "done")

    def test_once_a_day(self):
        """A run by hand after the scheduled one does not write to a customer again."""
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        late = self.post_invoice(self.customer, "2026-03-12")
        with freeze_time(f"{TODAY} 15:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "manual")
            run._plan_locked()
            self.assertFalse(run._execute_batch())
        row = self.actions_of(late)
        self.assertEqual((row.state, row.reason), ("held", "contact_gap"))

    def test_too_many_contacts(self):
        """So many days with a contact within so many days, and no more."""
        self.company.write(
            {
                "dunning_contact_max": 2,
                "dunning_contact_days": 10,
            }
        )
        invoices = [
            self.post_invoice(self.customer, f"2026-03-{day}") for day in (13, 15, 17)
        ]
        self.dun("2026-03-16")
        self.dun("2026-03-18")
        self.assert_held(
            invoices[2], "too_many_contacts", "2026-03-20", contacts=2, days=10, max=2
        )
        self.dun("2026-03-26")
        self.assertEqual(self.actions_of(invoices[2]).state, "done")

    def test_employees_are_not_contacts(self):
        """A task for a colleague neither counts as a contact nor is held like one."""
        call = self.make_task("Call", 4, activity="Call them")
        first = self.post_invoice(self.customer, "2026-03-13")
        second = self.post_invoice(self.customer, "2026-03-12")
        self.company.dunning_gap_days = 30
        self.dun()
        rows = self.actions_of(second).filtered(lambda a: a.task_id == call)
        self.assertEqual(rows.state, "done")
        self.assertFalse(rows.is_contact)
        self.dun("2026-03-17")
        rows = self.actions_of(first).filtered(lambda a: a.task_id == call)
        self.assertEqual(rows.state, "done")

    def test_courtesies(self):
        """Thanks are neither held like a reminder nor counted as one."""
        thanks = self.make_task("Thanks", 0, template="overdue", anchor="invoice_date")
        self.assertFalse(thanks._is_contact())
        self.company.dunning_gap_days = 30
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        new = self.post_invoice(self.customer, "2026-05-01", invoice_date="2026-03-17")
        new.action_toggle_block_payment()
        self.dun("2026-03-17")
        self.assertEqual(self.actions_of(new).state, "done")

    # ------------------------------------------------------------------------ days

    def test_quiet_days(self):
        """Nothing on Saturday, Sunday and a holiday; the days to catch up wait too."""
        self.company.dunning_quiet_days = True
        self.task.catch_up_days = 0
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "date_from": "2026-03-16 00:00:00",
                "date_to": "2026-03-16 23:59:59",
            }
        )
        invoice = self.post_invoice(self.customer, "2026-03-11")
        row = self.assert_held(invoice, "quiet_day", "2026-03-14", day="2026-03-14")
        self.assertIn("no working day", row.explanation)
        self.assert_held(invoice, "quiet_day", "2026-03-15")
        self.assert_held(invoice, "quiet_day", "2026-03-16")
        self.dun("2026-03-17")
        self.assertEqual(row.state, "done")
        self.assertEqual(str(row.date_planned), "2026-03-14")

    def test_quiet_days_switched_off(self):
        invoice = self.post_invoice(self.customer, "2026-03-11")
        self.dun("2026-03-14")
        self.assertEqual(self.actions_of(invoice).state, "done")

    def test_old_bank_data(self):
        """Nobody is reminded while the payments of the last days are not entered."""
        self.company.dunning_bank_days = 5
        invoice = self.post_invoice(self.customer, "2026-03-13")
        row = self.assert_held(invoice, "bank_stale", last=None, days=5)
        self.assertIn("No bank statement", row.explanation)
        other = self.make_customer("Payer Ltd")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": other.id,
                "amount": 5,
                "date": "2026-03-11",
                "company_id": self.company.id,
            }
        )
        payment.action_post()
        self.assert_held(invoice, "bank_stale", "2026-03-17", last="2026-03-11")
        payment.copy({"date": "2026-03-14"}).action_post()
        self.dun("2026-03-18")
        self.assertEqual(row.state, "done")

    def test_handed_over(self):
        """While a hand-over is proposed nobody writes; declined, it goes on."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        case = self.env["arm.collection.case"].sudo()
        case = case.create(
            {
                "account_id": self.account_of(self.customer).id,
                "company_id": self.company.id,
                "date": "2026-03-10",
            }
        )
        row = self.assert_held(invoice, "handed_over", since="2026-03-10")
        self.assertIn("03/10/2026", row.explanation)
        case.state = "declined"
        self.dun("2026-03-17")
        self.assertEqual(row.state, "done")

    def test_handed_over_switched_off(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.collection.case"].sudo().create(
            {
                "account_id": self.account_of(self.customer).id,
                "company_id": self.company.id,
                "date": "2026-03-10",
            }
        )
        self.assert_held(invoice, "handed_over")
        self.assert_done_without(invoice, dunning_guard_handed_over=False)

    def test_numbers_switched_off(self):
        """Zero days between contacts, no most of them, any age of bank data."""
        self.company.write(
            {
                "dunning_gap_days": 0,
                "dunning_contact_max": 0,
                "dunning_bank_days": 0,
            }
        )
        for day in (13, 14, 15):
            self.post_invoice(self.customer, f"2026-03-{day}")
        for day in (16, 17, 18):
            self.dun(f"2026-03-{day}")
        self.assertEqual(len(self.mails_to(self.customer)), 3)

    def test_every_reason_is_answered(self):
        """Each code has a sentence: with figures where it has any, in all languages."""
        figures = {
            "held": {"hold": "promise", "until": "2026-03-20"},
            "handed_over": {"since": "2026-03-10"},
            "blocked_partner": {"archived": False, "why": "Fair"},
            "paused": {"until": "2026-03-20", "why": "Fair"},
            "credit_covers": {"balance": -5},
            "below_minimum": {"balance": 5, "minimum": 10},
            "contact_gap": {"last": "2026-03-10", "gap": 3},
            "too_many_contacts": {"contacts": 2, "days": 10, "max": 2},
            "bank_stale": {"last": "2026-03-01", "days": 5},
            "quiet_day": {"day": "2026-03-15"},
            "superseded": {"task": self.task.id},
        }
        step = self.env["arm.dunning.action"]
        labels = dict(step._fields["reason"]._description_selection(self.env))
        for code, label in labels.items():
            row = step.new(
                {
                    "company_id": self.company.id,
                    "state": "held",
                    "reason": code,
                    "figures": figures.get(code),
                }
            )
            self.assertTrue(row.explanation, code)
            self.assertEqual(row.explanation == label, code not in figures, code)

    # ----------------------------------------------------------------- the last look

    def plan_only(self):
        with freeze_time(f"{TODAY} 08:00:00"):
            run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "schedule")
            run._plan_locked()
        self.env.flush_all()
        return run

    def test_held_between_plan_and_send(self):
        """Every guard is asked again just before the message leaves."""
        customers = [self.make_customer(f"{name} Ltd") for name in "ABCDE"]
        held, credit, paused, excluded, sent = (
            self.post_invoice(customer, "2026-03-13") for customer in customers
        )
        run = self.plan_only()
        self.assertEqual(set(run.action_ids.mapped("state")), {"planned"})
        self.env["arm.hold"].sudo().create(
            {
                "item_id": self.item_of(held).id,
                "company_id": self.company.id,
                "reason": "dispute",
            }
        )
        note = self.make_invoice(customers[1], "2026-03-13", 100)
        note.move_type = "out_refund"
        note.action_post()
        self.account_of(customers[2]).write(
            {"dunning_pause_until": date(2026, 4, 1), "dunning_pause_reason": "Fair"}
        )
        self.item_of(excluded).no_followup = True
        self.assertEqual(self.dun(), run)
        found = {
            self.actions_of(invoice).reason
            for invoice in (held, credit, paused, excluded)
        }
        self.assertEqual(found, {"held", "credit_covers", "paused", "no_followup"})
        self.assertEqual(self.actions_of(sent).state, "done")
        self.assertEqual([len(self.mails_to(c)) for c in customers], [0, 0, 0, 0, 1])

    # -------------------------------------------------------------------- settings

    def test_numbers_are_checked(self):
        for name in ("dunning_gap_days", "dunning_contact_max", "dunning_bank_days"):
            refused = self.assertRaisesRegex(ValidationError, "cannot be negative")
            with refused, self.cr.savepoint():
                self.company[name] = -1
        refused = self.assertRaisesRegex(ValidationError, "within how many days")
        with refused, self.cr.savepoint():
            self.company.write({"dunning_contact_max": 3, "dunning_contact_days": 0})

    def test_settings_of_the_company(self):
        """The settings screen writes to the company, and to no other."""
        other = self.setup_other_company()["company"]
        settings = (
            self.env["res.config.settings"]
            .sudo()
            .create({"company_id": self.company.id})
        )
        settings.write({"dunning_gap_days": 5, "dunning_guard_held": False})
        settings.execute()
        self.assertEqual(self.company.dunning_gap_days, 5)
        self.assertFalse(self.company.dunning_guard_held)
        self.assertEqual(other.dunning_gap_days, 1)
        self.assertTrue(other.dunning_guard_held)

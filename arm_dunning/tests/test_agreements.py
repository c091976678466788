import re

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestAgreements(DunningCommon):
    """What is agreed with a customer: held, the rest, and what follows."""

    @classmethod
    @freeze_time(f"{TODAY} 09:00:00")
    def setUpClass(cls):
        super().setUpClass()
        cls.company.promise_grace_days = 0
        cls.reason = cls.env["arm.dispute.reason"].create({"name": "Price", "days": 5})

    def item_of(self, invoice):
        return invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def values_of(self, invoice):
        item = self.item_of(invoice)
        return {
            "account_id": item._get_customer_account().id,
            "currency_id": item.currency_id.id,
        }

    @freeze_time(f"{TODAY} 05:00:00")
    def dispute(self, invoice, amount):
        line = {"item_id": self.item_of(invoice).id, "amount": amount}
        return self.env["arm.dispute"].create(
            {
                **self.values_of(invoice),
                "reason_id": self.reason.id,
                "line_ids": [Command.create(line)],
            }
        )

    @freeze_time(f"{TODAY} 05:00:00")
    def promise(self, invoice, day, amount=100):
        return self.env["arm.promise"].create(
            {
                **self.values_of(invoice),
                "item_ids": [Command.set(self.item_of(invoice).ids)],
                "amount": amount,
                "date": day,
            }
        )

    def refresh(self, day):
        """The nightly refresh, which judges promises before the run of the day."""
        with freeze_time(f"{day} 01:00:00"):
            self.env["arm.customer.account"]._refresh(self.company)

    def pay(self, invoice, day):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": day})._create_payments()

    def rows_of(self, task):
        return self.env["arm.dunning.action"].search([("task_id", "=", task.id)])

    def test_disputed_part_is_left_out_and_the_rest_goes_on(self):
        self.make_task("First", 3, template="overdue")
        whole = self.post_invoice(self.customer, "2026-03-13", 100)
        part = self.post_invoice(self.make_customer("Part Ltd"), "2026-03-13", 100)
        self.dispute(whole, 100)
        self.dispute(part, 30)
        self.dun()
        row = self.actions_of(whole)
        self.assertEqual((row.state, row.reason), ("held", "held"))
        row = self.actions_of(part)
        self.assertEqual((row.state, row.amount, row.amount_company), ("done", 70, 70))

    def test_tasks_about_promises(self):
        """Before the promised day, after a broken one; never about a kept one."""
        before = self.make_task(
            "Tomorrow", -1, activity="x", subject_type="promise", anchor="promise_date"
        )
        after = self.make_task(
            "Broken", 1, activity="x", subject_type="promise", anchor="broken_date"
        )
        broken = self.post_invoice(self.customer, "2026-03-13", 100)
        kept = self.post_invoice(self.make_customer("Kept Ltd"), "2026-03-13", 100)
        first, second = (self.promise(i, "2026-03-18") for i in (broken, kept))
        self.dun("2026-03-17")
        self.assertEqual(
            set(self.rows_of(before).mapped("subject_id")), {first.id, second.id}
        )
        with freeze_time("2026-03-18 09:00:00"):
            self.pay(kept, "2026-03-18")
        self.assertEqual(second.state, "kept")
        self.refresh("2026-03-19")
        self.dun("2026-03-19")
        self.assertEqual(first.state, "broken")
        row = self.rows_of(after)
        self.assertEqual(
            (row.subject_id, row.amount, row.state), (first.id, 100, "done")
        )
        self.assertIn(broken.name, row.document)

    def test_tasks_about_disputes(self):
        task = self.make_task(
            "Settle",
            0,
            activity="x",
            subject_type="dispute",
            anchor="dispute_deadline",
            catch_up_days=3,
        )
        invoices = [
            self.post_invoice(self.make_customer(name), "2026-03-13", 100)
            for name in ("Open Ltd", "Closed Ltd")
        ]
        disputes = [self.dispute(invoice, 100) for invoice in invoices]
        with freeze_time("2026-03-18 09:00:00"):
            disputes[1].action_reject()
        self.dun("2026-03-23")
        row = self.rows_of(task)
        self.assertEqual(
            (row.subject_id, row.document), (disputes[0].id, disputes[0].name)
        )

    def test_call_with_a_result(self):
        """A promise on the telephone closes the call; no answer brings it back."""
        invoice = self.post_invoice(self.customer, "2026-03-13", 100)
        item = self.item_of(invoice)
        self.officer.group_ids += self.env.ref(
            "arm_receivables.group_receivables_collector_all"
        )
        # As superuser: the call list is written by tasks alone.
        call = (
            self.env["arm.dunning.call"]
            .sudo()
            .create(
                {
                    "account_id": item._get_customer_account().id,
                    "company_id": self.company.id,
                    "date": "2026-03-20",
                    "reason": "Overdue",
                }
            )
        )
        call = call.with_user(self.officer)
        with freeze_time("2026-03-20 09:00:00"):  # a Friday
            call.action_no_answer()
        self.assertEqual((str(call.date), call.attempts), ("2026-03-23", 1))
        with freeze_time("2026-03-23 09:00:00"):
            window = call.action_promise()
            form = Form(
                self.env["arm.promise"]
                .with_user(self.officer)
                .with_context(**window["context"])
            )
            form.date = "2026-03-25"
            promise = form.save()
            self.assertEqual((call.state, call.outcome), ("done", "promise"))
            self.assertEqual((promise.call_id, promise.amount), (call, 100))
            with self.assertRaisesRegex(UserError, "agreed about it already"):
                call.action_dispute()

    def test_link_to_the_customer_page(self):
        """Each customer's own, in e-mails only, and only where it is wanted."""
        self.make_task("First", 3, template="overdue")
        invoice = self.post_invoice(self.customer, "2026-03-13", 100)
        self.dun()
        body = self.mails_to(self.customer).body_html
        token = re.search(r"/receivables/([\w-]+)", body)[1]
        with freeze_time("2026-03-20"):
            account = self.env["arm.customer.account"]._of_portal_link(token)
        self.assertEqual(account.partner_id, self.customer)
        kept = self.actions_of(invoice).message_id.body
        self.assertNotIn(token, kept)
        self.assertIn('/my/receivables"', kept)
        with freeze_time("2026-05-01"):
            self.assertFalse(account._of_portal_link(token))
        self.company.dunning_portal_link = False
        message = self.actions_of(invoice).message_id
        self.assertFalse(message._get_portal_url())

    def test_interest_from_the_new_day_of_an_extension(self):
        """By choice: from the new day, or from the due date as without an extension."""
        self.env["arm.dunning.task"].create(
            {
                "name": "Interest",
                "company_id": self.company.id,
                "offset_days": 20,
                "catch_up_days": 20,
                "operation_ids": [
                    Command.create(
                        {
                            "operation_type": "charge",
                            "charge_kind": "interest",
                            "charge_percent": 9.12,
                        }
                    )
                ],
            }
        )
        invoices = {
            choice: self.post_invoice(self.make_customer(choice), "2026-03-06", 1000)
            for choice in ("new", "original")
        }
        with freeze_time(f"{TODAY} 05:00:00"):
            for choice, invoice in invoices.items():
                self.env["arm.extension"].create(
                    {
                        **self.values_of(invoice),
                        "item_ids": [Command.set(self.item_of(invoice).ids)],
                        "date": "2026-03-26",
                        "reason": "Late delivery",
                        "interest_from": choice,
                    }
                )
        self.dun("2026-03-26")
        charges = self.env["arm.dunning.charge"]
        self.assertFalse(charges.search([("company_id", "=", self.company.id)]))
        self.dun("2026-04-05")
        amounts = {
            choice: charges.search([("item_id", "=", self.item_of(invoice).id)]).amount
            for choice, invoice in invoices.items()
        }
        # 1000 x 9.12 % x 10 / 365 = 2.4986; 30 days from the due date: 7.4959
        self.assertEqual(amounts, {"new": 2.5, "original": 7.5})

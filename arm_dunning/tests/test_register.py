from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, DunningCommon

MODELS = ("arm.dunning.action", "arm.dunning.run", "arm.dunning.message")


@tagged("post_install", "-at_install", "arm")
class TestRegister(DunningCommon):
    """Nobody changes what happened; what is old goes away by rule, and is logged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task("First", 3, template="overdue")
        cls.manager = new_test_user(
            cls.env,
            "register_manager",
            groups="arm_receivables.group_receivables_manager,base.group_system",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def purge(self, day):
        self.env.flush_all()
        cron = self.env.ref("arm_dunning.ir_cron_dunning_purge")
        with freeze_time(f"{day} 03:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["arm.dunning.purge"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    # ----------------------------------------------------------------- append-only

    def test_nobody_writes(self):
        """Not even a credit manager who administers the system."""
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        for model in (*MODELS, "arm.dunning.purge"):
            records = self.env[model].with_user(self.manager)
            found = records.search([], limit=1)
            with self.assertRaises(AccessError):
                records.create({"company_id": self.company.id})
            if model == "arm.dunning.purge":
                continue
            self.assertTrue(found, model)
            with self.assertRaises(AccessError):
                found.write({"company_id": self.company.id})
            with self.assertRaises(AccessError):
                found.unlink()

    def test_facts_stay_even_for_the_superuser(self):
        """A server action, an import, another add-on: the facts are frozen."""
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        row = self.env["arm.dunning.action"].sudo().search([], limit=1)
        for values in (
            {"task_id": self.task.id},
            {"date_planned": "2020-01-01"},
            {"amount": 1},
            {"state": "planned"},
            {"date_done": "2020-01-01"},
        ):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                row.write(values)
        with self.assertRaisesRegex(UserError, "nothing is deleted"):
            row.unlink()

    def test_what_is_kept_of_a_done_step(self):
        invoice = self.post_invoice(self.customer, "2026-03-13", 70)
        run = self.dun()
        row = self.actions_of(invoice)
        self.assertEqual(
            (row.task_version, row.amount, row.days_late, row.document, row.is_contact),
            (1, 70, 3, invoice.name, True),
        )
        self.assertEqual(row.day_done, date(2026, 3, 16))
        self.assertEqual(row.run_id.user_id, self.env.ref("base.user_root"))
        self.assertEqual(run.duration, "0:00:00")
        self.assertEqual(row.explanation, "Done on 03/16/2026.")
        self.assertEqual(row.action_view_subject()["res_id"], invoice.id)
        self.assertEqual(invoice.dunning_action_count, 1)
        self._register_payment(invoice)
        self.assertEqual(row.amount, 70, "what was open then")

    def test_where_people_find_it(self):
        """On the invoice, the customer account, the customer and its contacts."""
        contact = self.env["res.partner"].create(
            {"name": "Anna", "parent_id": self.customer.id}
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        row = self.actions_of(invoice)
        account = row.account_id
        for record, count, method in (
            (invoice, "dunning_action_count", "action_view_dunning_actions"),
            (account, "action_count", "action_view_actions"),
            (self.customer, "dunning_action_count", "action_view_dunning_actions"),
            (contact, "dunning_action_count", "action_view_dunning_actions"),
        ):
            record = record.with_user(self.manager).with_company(self.company)
            self.assertEqual(record[count], 1)
            action = getattr(record, method)()
            self.assertEqual(
                self.env["arm.dunning.action"].search(action["domain"]), row
            )
        register = self.env["arm.dunning.action"].with_user(self.manager)
        self.assertEqual(
            register.search([("partner_id", "child_of", self.customer.id)]), row
        )
        exported = register.browse(row.id).export_data(
            ["document", "partner_id/name", "task_id/name", "state", "explanation"]
        )
        self.assertEqual(exported["datas"][0][0], invoice.name)

    def test_every_field_can_be_grouped_or_filtered(self):
        """What a person asks the register by, works as a filter and as a group."""
        register = self.env["arm.dunning.action"].with_user(self.manager)
        described = register.fields_get(
            ["state", "reason", "task_id", "partner_id", "day_done", "run_id"]
        )
        for name, field in described.items():
            self.assertTrue(field["searchable"] and field["groupable"], name)

    def test_a_deleted_item_leaves_its_row(self):
        """The row speaks for itself when the invoice was deleted after all."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        row = self.actions_of(invoice)
        name = invoice.name
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        row.invalidate_recordset()
        self.assertFalse(row.item_id)
        self.assertEqual((row.document, row.state), (name, "done"))

    # ----------------------------------------------------------------------- purge

    def test_texts_first_facts_later(self):
        self.company.write(
            {"dunning_keep_content_months": 12, "dunning_keep_facts_months": 24}
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        still_open = self.post_invoice(self.make_customer("Open Ltd"), "2026-03-13")
        self.dun()
        with freeze_time("2026-03-20"):
            self._register_payment(invoice)
        message = self.actions_of(invoice).message_id
        mail = message.mail_id.sudo()
        text = mail.body_html
        self.assertIn(invoice.name, text)

        self.assertFalse(self.purge("2027-03-16"), "a day too early")
        self.assertTrue(message.body)
        log = self.purge("2027-03-17")
        self.assertEqual(
            (log.kind, log.message_count, log.before),
            ("content", 2, date(2026, 3, 17)),
        )
        self.assertFalse(message.body or message.subject)
        self.assertFalse(mail.body_html or mail.body or mail.subject)
        self.assertEqual(self.actions_of(invoice).state, "done", "the facts stay")
        self.assertEqual(self.purge("2027-03-18"), log, "nothing is logged twice")

        logs = self.purge("2028-03-17")
        self.assertEqual(logs[-1].kind, "facts")
        self.assertEqual((logs[-1].action_count, logs[-1].message_count), (1, 1))
        self.assertFalse(self.actions_of(invoice))
        self.assertFalse(message.exists())
        row = self.actions_of(still_open)
        self.assertEqual(row.state, "done", "an open item keeps its rows")
        self.dun("2028-03-18")
        self.assertFalse(
            self.env["arm.dunning.action"].search([("run_id.date", "=", "2028-03-18")])
        )

    def test_finished_work_goes_with_the_facts(self):
        """Calls, waived charges, declined hand-overs with their files; no open ones."""
        self.company.write(
            {"dunning_keep_content_months": 12, "dunning_keep_facts_months": 24}
        )
        invoices = [
            self.post_invoice(self.make_customer(f"Debtor{n} Ltd"), "2026-03-13")
            for n in range(2)
        ]
        fee = {"operation_type": "charge", "charge_kind": "fee", "charge_amount": 5}
        self.task.operation_ids = [
            Command.create({"operation_type": "call"}),
            Command.create(fee),
            Command.create({"operation_type": "handover"}),
        ]
        self.dun()
        rows = self.actions_of(invoices[0]) | self.actions_of(invoices[1])
        work = [rows.call_id, rows.charge_ids, rows.case_id]
        self.assertEqual([len(records) for records in work], [2, 2, 2])
        finished = rows[0].with_user(self.manager)
        file = self.add_document(rows[0].case_id)
        with freeze_time("2026-03-20"):
            finished.call_id.action_set_done()
            finished.charge_ids.action_drop("A good customer")
            finished.case_id.action_decline()
            for invoice in invoices:
                self._register_payment(invoice)
        self.purge("2028-03-16")
        self.assertEqual([len(records.exists()) for records in work], [2, 2, 2])
        log = self.purge("2028-03-17")[-1]
        self.assertEqual((log.kind, log.work_count), ("work", 3))
        self.assertEqual([len(records.exists()) for records in work], [1, 1, 1])
        self.assertFalse(file.exists())
        self.assertFalse(rows.exists())

    def add_document(self, case):
        """A document of a case; returns the file that is stored of it."""
        document = self.env["arm.collection.document"].create(
            {"case_id": case.id, "name": "pod.txt", "content": b"aGk="}
        )
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
                ("res_field", "=", "content"),
            ]
        )

    def test_closed_cases(self):
        """What is paid goes; what was given up can still be enforced."""
        self.company.write(
            {"dunning_keep_content_months": 12, "dunning_keep_facts_months": 24}
        )
        cases = {}
        for result in ("paid", "withdrawn", "uncollectable", "partly"):
            invoice = self.post_invoice(self.make_customer(result), "2026-03-13")
            account = self.env["arm.customer.account"].search(
                [("partner_id", "=", invoice.partner_id.id)]
            )
            with freeze_time("2026-03-20"):
                cases[result] = account._propose_handover("x")
                cases[result]._close(result)
        self.purge("2028-03-20")
        self.assertEqual([bool(case.exists()) for case in cases.values()], [True] * 4)
        self.purge("2028-03-21")
        left = {result for result, case in cases.items() if case.exists()}
        self.assertEqual(left, {"uncollectable", "partly"})

    def test_nothing_is_removed_unless_asked(self):
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        self.assertFalse(self.purge("2046-03-16"))
        self.assertTrue(self.env["arm.dunning.message"].search([], limit=1).body)

    def test_periods_are_checked(self):
        for content, facts, message in (
            (-1, 0, "24 months"),
            (12, 12, "24 months"),
            (36, 24, "longer than"),
            (0, 24, "longer than"),
        ):
            refused = self.assertRaisesRegex(ValidationError, message)
            with refused, self.cr.savepoint():
                self.company.write(
                    {
                        "dunning_keep_content_months": content,
                        "dunning_keep_facts_months": facts,
                    }
                )

    # ------------------------------------------------------------------------- why

    def why(self, invoice, day=TODAY):
        with freeze_time(f"{day} 12:00:00"):
            action = invoice.with_user(self.manager).action_why_no_reminder()
        why = self.env[action["res_model"]].browse(action["res_id"])
        return {(line.task_id.name, line.state): line.text for line in why.line_ids}

    def test_why_from_the_register(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        invoice.action_toggle_block_payment()
        self.dun()
        self.assertEqual(
            self.why(invoice), {("First", "held"): "Payment blocked on the invoice"}
        )
        invoice.action_toggle_block_payment()
        self.dun("2026-03-17")
        self.assertEqual(self.why(invoice), {("First", "done"): "Done on 03/17/2026."})

    def test_why_from_the_conditions(self):
        """Each condition has its sentence, and the day that has not come its date."""
        franc = self.env.ref("base.CHF")
        franc.active = True
        procedure = self.env["arm.dunning.procedure"].create(
            {"name": "Strict", "company_id": self.company.id, "automatic": False}
        )
        for name, values in {
            "status": {"for_green": False},
            "procedure": {"procedure_id": procedure.id},
            "customer": {"partner_domain": "[('name', '=', 'Nobody')]"},
            "item": {"item_domain": "[('name', '=', 'Nothing')]"},
            "amount": {"amount_min": 1000},
            "balance": {"balance_min": 1000},
            "currency": {"only_currency_id": franc.id},
            "young": {"days_late_min": 40},
            "insured": {"insurance": "only"},
            "delivery": {"anchor": "delivery_date"},
        }.items():
            self.make_task(name, 3, template="overdue", **values)
        self.make_task("later", 20, template="overdue")
        self.make_task("over", 1, template="overdue", catch_up_days=0)
        self.make_task(
            "working", 4, template="overdue", day_type="working", catch_up_days=0
        )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        answers = self.why(invoice)
        texts = {name: text for (name, _state), text in answers.items()}
        for name, part in {
            "First": "the next run does it",
            "status": "customer's status",
            "procedure": "procedure Strict",
            "customer": "not meant for this customer",
            "item": "not meant for this item",
            "amount": "below the task's minimum",
            "balance": "balance is below",
            "currency": "another currency",
            "young": "not overdue for long enough",
            "insured": "insured",
            "delivery": "Delivery",
            "later": "falls due on 04/02/2026",
            "over": "Its day was 03/14/2026",
            "working": "falls due on 03/19/2026",
        }.items():
            self.assertIn(part, texts[name], name)
        self.assertEqual(answers[("later", "coming")], texts["later"])
        self.assertEqual(len(answers), 14)

    def test_why_in_another_company_than_the_present_one(self):
        """The invoice's company decides, whichever the user works in just now."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.manager.company_ids |= other
        here = invoice.with_context(allowed_company_ids=[other.id, self.company.id])
        (text,) = self.why(here).values()
        self.assertIn("the next run does it", text)

    def test_why_what_matters_comes_first(self):
        """What is done before what is not; other procedures in one line each."""
        procedures = self.env["arm.dunning.procedure"].create(
            [
                {"name": "Ours", "company_id": self.company.id},
                {"name": "Strict", "company_id": self.company.id, "automatic": False},
            ]
        )
        for number in range(3):
            for procedure in procedures:
                self.make_task(
                    f"{procedure.name} {number}",
                    2 + 10 * number,
                    template="overdue",
                    procedure_id=procedure.id,
                    amount_min=1000 if number == 0 else 0,
                )
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        names = [name for name, _state in self.why(invoice)]
        self.assertEqual(names, ["First", "Ours 1", "Ours 2", "Ours 0", "Strict 0"])

    def test_why_not_yet_but_held(self):
        """What would hold it back today is said along with the day."""
        invoice = self.post_invoice(self.customer, "2026-03-20")
        invoice.action_toggle_block_payment()
        self.env["arm.customer.account"]._refresh(self.company)
        (text,) = self.why(invoice).values()
        self.assertIn("falls due on 03/23/2026", text)
        self.assertIn("Payment blocked", text)

    def test_why_paid(self):
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self._register_payment(invoice)
        self.env["arm.customer.account"]._refresh(self.company)
        (text,) = self.why(invoice).values()
        self.assertIn("Nothing is open", text)

    def test_why_needs_a_claim(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create({"name": "X", "price_unit": 1, "tax_ids": False})
                ],
            }
        )
        bill.action_post()
        with self.assertRaisesRegex(UserError, "paid by a customer"):
            bill.with_user(self.manager).action_why_no_reminder()

    def test_why_grows_with_tasks_not_with_items(self):
        """One query a task, however many instalments."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        self.env["arm.customer.account"]._refresh(self.company)
        self.why(invoice)
        explainer = self.env["arm.dunning.explainer"].sudo()
        items = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "=", "asset_receivable"),
            ]
        )
        for _number in range(10):
            items |= self.post_invoice(self.customer, "2026-03-13").line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
        self.env.flush_all()
        counts = []
        for batch in (items[:1], items):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(explainer._explain(batch)), len(batch))
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)

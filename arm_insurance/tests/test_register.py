from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 08:00:00")
class TestRegister(InsuranceCommon):
    """Everything that is done about the insurance is a row of the register, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls.make_insurance_user("insurance_user")
        cls.user.name = "Ina"
        cls.buyer = cls.make_customer("Late Ltd")
        cls.limit = cls.make_limit(cls.buyer)
        cls.register = cls.env["arm.dunning.action"]

    def rows(self, *kinds):
        domain = [("action_kind", "!=", False), ("company_id", "=", self.company.id)]
        if kinds:
            domain.append(("action_kind", "in", kinds))
        return self.register.search(domain, order="id")

    def stop(self, amount=100):
        """The buyer is late beyond the extension period of 60 days."""
        self.decide(self.limit, "grant", "2025-12-01", amount=1000)
        invoice = self.post_invoice(
            self.buyer, "2026-01-10", amount, invoice_date="2026-01-02"
        )
        self.limit._refresh()
        return invoice

    def test_requests_and_decisions(self):
        """Each entry is a row, with who, how much, and the way to the document."""
        mine = self.env["arm.insurance.limit.decision"].with_user(self.user)
        asked = mine.create(
            {"limit_id": self.limit.id, "kind": "request", "requested_amount": 5000}
        )
        row = self.rows()
        self.assertEqual(row.action_kind, "limit_request")
        self.assertEqual(
            (row.amount, row.amount_company, row.user_id, row.partner_id),
            (5000, 5000, self.user, self.buyer),
        )
        self.assertEqual(row.what, "Limit Requested")
        self.assertEqual(row.explanation, "Done by Ina on 03/16/2026.")
        self.assertEqual((row.state, row.day_done), ("done", date(2026, 3, 16)))
        self.assertFalse(row.task_id or row.run_id or row.is_contact)
        opened = row.action_view_subject()
        self.assertEqual(
            (opened["res_model"], opened["res_id"]), (asked._name, asked.id)
        )

        action = self.limit.with_user(self.user).action_send_request()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.user)
            .with_context(**action["context"])
            .create({})
        )
        composer.action_send_mail()
        sent = self.rows("request_sent")
        self.assertEqual((sent.subject_id, sent.amount), (asked.id, 5000))
        self.limit.with_user(self.user).action_export_requests()
        saved = self.rows("file_saved")
        self.assertEqual(saved.user_id, self.user)
        self.assertIn("Limit requests.xlsx", saved.explanation)

        mine.create({"limit_id": self.limit.id, "kind": "grant", "amount": 1000})
        decided = self.rows("limit_decision")
        self.assertEqual(decided.amount, 1000)
        self.assertIn("Grant of 2026-03-16", decided.explanation)

    def test_from_the_stop_to_the_recovery(self):
        """What happens by itself is nobody's; each step is there exactly once."""
        invoice = self.stop()
        stopped = self.rows("cover_stopped")
        self.assertEqual(
            (stopped.amount, stopped.user_id), (100, self.env["res.users"])
        )
        self.assertIn("Done by the system", stopped.explanation)
        self.assertIn(invoice.name, stopped.explanation)
        self.assertEqual(stopped.document, invoice.name)
        self.limit._refresh()
        self.assertEqual(self.rows("cover_stopped"), stopped, "the stop goes on")

        self.limit.with_user(self.user).action_notify()
        notice = self.limit.notice_ids.with_user(self.user)
        notice.action_send()
        notice.action_acknowledge()
        notice.action_acknowledge()
        claim = self.env["arm.insurance.claim"].with_user(self.user)
        claim = claim.create({"limit_id": self.limit.id})
        claim.document_ids.is_there = True
        claim.action_submit()
        self.assertFalse(claim.is_void, claim.deadline)
        with freeze_time("2026-12-20"):
            claim.sudo()._go_on(date(2026, 12, 20))
            claim.action_accept()
            self.assertEqual(claim.accepted_amount, 90)
            claim.action_pay()
            self.env["arm.insurance.recovery"].with_user(self.user).create(
                {"claim_id": claim.id, "date": "2026-12-20", "amount": 50}
            )
        self.pay(invoice, TODAY)
        self.limit._refresh()
        kinds = self.rows().mapped("action_kind")
        self.assertEqual(
            kinds,
            [
                "limit_decision", "cover_stopped", "notice_prepared", "notice_sent",
                "notice_acknowledged", "claim_prepared", "claim_filed",
                "notice_closed", "claim_accepted", "claim_paid", "recovery",
                "cover_resumed",
            ],
        )  # fmt: skip
        self.assertEqual(self.rows("recovery").amount, 50)
        self.assertIn("Insurer: $\xa045.00", self.rows("recovery").explanation)
        self.assertEqual(self.rows("claim_accepted").document, claim.name)

    def test_once_on_the_time_line(self):
        """A paper and its row are one event; a stop that blocks orders is the block."""
        self.stop()
        self.limit.action_notify()
        self.limit.notice_ids.action_send()
        self.limit.notice_ids.action_acknowledge()
        events = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account_of(self.buyer).id)]
        )
        told = events.filtered(lambda event: "insurance" in (event.res_model or ""))
        self.assertEqual(
            sorted(told.mapped("description")),
            ["Grant", "Notice Acknowledged by the Insurer", "Overdue (OVD)"],
        )
        blocks = events.filtered(lambda event: event.kind == "block")
        self.assertEqual(len(blocks), 1)
        self.assertEqual(len(set(events.ids)), len(events))

    def test_a_stop_without_block_is_told(self):
        self.policy.gate_stop = "warn"
        self.stop()
        events = self.env["arm.customer.event"].search(
            [("account_id", "=", self.account_of(self.buyer).id)]
        )
        self.assertIn("Insurance Cover Stopped", events.mapped("description"))

    def test_declaration_and_gate(self):
        """A declaration stands under the insurer; an override names its document."""
        row = self.env["arm.insurance.declaration"].create(
            {
                "policy_id": self.policy.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
            }
        )
        row.action_check()
        row.action_send()
        self.assertEqual(self.rows("declaration_sent").partner_id, self.insurer)
        invoice = self.post_invoice(self.buyer, "2026-04-10")
        self.env["arm.insurance.override"].with_user(self.user).create(
            {
                "move_id": invoice.id,
                "company_id": self.company.id,
                "reason": "Old customer",
            }
        )
        passed = self.rows("gate_passed")
        self.assertEqual((passed.partner_id, passed.user_id), (self.buyer, self.user))
        self.assertIn("Old customer", passed.explanation)
        self.assertEqual(passed.document, invoice.name)

    def test_nobody_changes_it(self):
        """Not by any right, and the database refuses rows that say nothing."""
        self.stop()
        row = self.rows("cover_stopped")
        for values in ({"action_kind": "recovery"}, {"user_id": self.user.id}):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                row.sudo().write(values)
        with self.assertRaises(AccessError):
            row.with_user(self.user).write({"document": "X"})
        with self.assertRaises(AccessError):
            self.register.with_user(self.user).create({"action_kind": "recovery"})
        values = {**row.copy_data()[0], "action_kind": False, "state": "done"}
        refused = self.assertRaises(IntegrityError)
        with mute_logger("odoo.sql_db"), refused, self.cr.savepoint():
            self.register.sudo().create(values)

    def test_whose_customers(self):
        """A collector of own customers sees the rows of those only."""
        self.stop()
        collector = new_test_user(
            self.env,
            "own_collector",
            groups="arm_receivables.group_receivables_collector",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        domain = [("action_kind", "=", "cover_stopped")]
        mine = self.register.with_user(collector)
        self.assertFalse(mine.search(domain))
        self.account_of(self.buyer).collector_id = collector
        self.assertEqual(mine.search(domain), self.rows("cover_stopped"))
        self.assertEqual(mine.search(domain).what, "Insurance Cover Stopped")

    def test_second_time_and_purge(self):
        """What is done again is the second time; old rows go by the company's rule."""
        self.stop()
        self.limit.action_export()
        self.limit.action_export()
        self.assertEqual(self.rows("file_saved").mapped("occurrence_number"), [1, 2])
        self.env.flush_all()
        ids = self.env["arm.dunning.purge"]._find_facts(self.company, "2026-03-17")
        self.assertLessEqual(set(self.rows().ids), set(ids))
        ids = self.env["arm.dunning.purge"]._find_facts(self.company, TODAY)
        self.assertFalse(set(self.rows().ids) & set(ids))

    def test_foreign_currency(self):
        """The amount stays as it was; the company's amount is of that day."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.5,
            }
        )
        policy = self.make_policy("EUR", currency_id=euro.id)
        self.make_limit(self.make_customer("Abroad"), 300, policy_id=policy.id)
        row = self.rows("limit_decision")
        self.assertEqual((row.amount, row.amount_company), (300, 600))
        self.assertEqual(row.currency_id, euro)

    def test_queries_do_not_grow(self):
        """Ten times as many decisions, the same number of statements."""
        limits = self.env["arm.insurance.limit"].create(
            [
                {"policy_id": self.policy.id, "partner_id": buyer.id}
                for buyer in self.env["res.partner"].create(
                    [{"name": f"Buyer {number}"} for number in range(60)]
                )
            ]
        )
        self.env.flush_all()
        self.env.cr.execute("ANALYZE arm_dunning_action")
        counts = []
        for batch in (limits[:5], limits[5:55]):
            decisions = self.env["arm.insurance.limit.decision"].create(
                [
                    {"limit_id": limit.id, "kind": "grant", "amount": 100}
                    for limit in batch
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = self.register._record_insurance("file_saved", decisions, "amount")
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(rows), len(batch))
        self.assertLessEqual(counts[1], counts[0] + 3)

    def test_found_by_filters(self):
        """What a person asks by works as filter and as group, without a task."""
        self.stop()
        found = self.register.with_user(self.user).search(
            [("action_kind", "!=", False), ("partner_id", "=", self.buyer.id)]
        )
        self.assertEqual(
            set(found.mapped("what")),
            {"Limit Decision Entered", "Insurance Cover Stopped"},
        )
        described = self.register.fields_get(["action_kind", "user_id"])
        for name, field in described.items():
            self.assertTrue(field["searchable"] and field["groupable"], name)

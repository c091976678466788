from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestWatch(InsuranceCommon):
    """Deadlines, alerts with their activities, notices, and the stop of orders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("sales_team.group_sale_salesman")
        cls.policy.action_draft()
        cls.policy.year_ids.write(
            {
                "mep_number": 60,
                "noa_number": 30,
                "noa_basis": "mep",
                "insolvency_notice_days": 7,
                "collection_number": 90,
                "claim_latest_number": 240,
                "claim_latest_basis": "due",
                "declaration_threshold": 500,
            }
        )
        cls.policy.action_activate()
        cls.buyer = cls.make_customer("Buyer")
        cls.limit = cls.make_limit(cls.buyer, 1000)

    def deliver(self, day, due, amount=100, partner=None):
        return self.post_invoice(partner or self.buyer, due, amount, invoice_date=day)

    def open_alerts(self, record=None):
        record = record or self.limit
        name = "limit_id" if record._name == "arm.insurance.limit" else "policy_id"
        domain = [(name, "=", record.id), ("closed_on", "=", False)]
        return self.env["arm.insurance.alert"].search(domain)

    def codes(self, record=None):
        return set(self.open_alerts(record).mapped("code"))

    def activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "arm.insurance.limit"), ("res_id", "=", self.limit.id)]
        )

    # -------------------------------------------------------------------- deadlines

    def test_clocks_run_on_the_oldest_item(self):
        self.deliver("2026-01-05", "2026-02-01")
        self.deliver("2026-01-06", "2026-01-20")
        self.limit._refresh()
        self.assertEqual(self.limit.oldest_due, date(2026, 1, 20))
        self.assertEqual(self.limit.mep_expiry, date(2026, 3, 21))
        self.assertEqual(self.limit.noa_deadline, date(2026, 4, 20))
        self.assertEqual(self.limit.collection_deadline, date(2026, 6, 19))
        self.assertEqual(self.limit.claim_deadline, date(2026, 9, 17))
        self.assertEqual(self.limit.waiting_end, date(2026, 7, 20))
        self.assertEqual(self.limit.date_of_loss, date(2026, 7, 20))

    def test_lead_times_and_working_days(self):
        """The extension period ends on Saturday 21 March: act until Friday."""
        self.deliver("2026-01-06", "2026-01-20")
        self.limit._refresh()
        soon = self.open_alerts().filtered(lambda row: row.code == "OVD-SOON")
        self.assertEqual(soon.act_on, date(2026, 3, 20))
        self.assertTrue(soon.is_due)
        self.assertEqual(self.activities().date_deadline, date(2026, 3, 20))
        notice = self.open_alerts().filtered(lambda row: row.code == "NOA-DUE")
        self.assertFalse(notice.is_due)
        self.assertFalse(notice.activity_id)
        with freeze_time("2026-04-07"):
            self.env["arm.insurance.watch"]._watch(self.limit)
            self.assertTrue(notice.is_due)
            self.assertTrue(notice.activity_id)

    def test_one_activity_for_each_alert_that_closes_itself(self):
        invoice = self.deliver("2026-01-06", "2026-01-20")
        self.limit._refresh()
        first = self.activities()
        self.assertEqual(len(first), 1)
        self.limit._refresh()
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertEqual(self.activities(), first)
        first.unlink()  # somebody has done it; the condition still holds
        self.limit._refresh()
        self.assertFalse(self.activities())
        self.pay(invoice)
        self.limit._refresh()
        self.assertFalse(self.codes() & {"OVD-SOON", "NOA-DUE"})
        closed = self.limit.alert_ids.filtered("closed_on")
        self.assertIn("OVD-SOON", closed.mapped("code"))

    def test_alerts_of_limits(self):
        self.deliver("2026-03-01", "2026-04-01", 850)
        self.limit._refresh()
        self.assertEqual(self.codes(), {"LIM-NEAR"})
        self.deliver("2026-03-02", "2026-04-01", 200)
        self.limit._refresh()
        self.assertEqual(self.codes(), {"LIM-OVER"})
        over = self.open_alerts()
        self.assertEqual(over.amount, 50)
        self.assertIn("50", over.text)
        self.decide(self.limit, "reduce", "2026-03-10", amount=400)
        self.assertEqual(self.codes(), {"LIM-OVER", "LIM-CUT"})
        self.decide(self.limit, "grant", "2026-03-11", amount=5000, until="2026-04-01")
        self.assertEqual(self.codes(), {"LIM-ENDS"})
        nobody = self.make_limit(self.make_customer("Nobody"))
        self.deliver("2026-03-01", "2026-04-01", 500, nobody.partner_id)
        nobody._refresh()
        self.assertFalse(self.codes(nobody))
        self.deliver("2026-03-01", "2026-04-01", 1, nobody.partner_id)
        nobody._refresh()
        self.assertEqual(self.codes(nobody), {"LIM-NONE"})

    def test_orders_count_for_the_need_of_a_limit(self):
        self.make_accounts(self.buyer, amount_orders=1200)
        self.env["arm.insurance.watch"]._watch(self.limit)
        over = self.open_alerts()
        self.assertEqual((over.code, over.amount), ("LIM-OVER", 200))

    def test_bad_news(self):
        self.deliver("2026-03-01", "2026-04-01")
        self.limit.write(
            {"insolvency_date": "2026-03-10", "insolvency_known_date": "2026-03-14"}
        )
        alert = self.open_alerts().filtered(lambda row: row.code == "INSOLV")
        self.assertEqual(alert.deadline, date(2026, 3, 21))
        self.assertIn("STOP", self.codes())
        self.limit.write({"insolvency_date": False, "adverse_date": "2026-03-10"})
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertEqual(self.codes(), {"ADVERSE"})

    def test_promises_past_the_extension_period_need_consent(self):
        invoice = self.deliver("2026-01-06", "2026-01-20")
        self.limit._refresh()
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertNotIn("EXT-ASK", self.codes())
        self.env["arm.promise"].sudo().create(
            {
                "account_id": self.account_of(self.buyer).id,
                "currency_id": self.company.currency_id.id,
                "item_ids": self.item(invoice).ids,
                "amount": 100,
                "date": "2026-03-22",
            }
        )
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertIn("EXT-ASK", self.codes())
        self.env["arm.insurance.overdue"].create(
            {
                "limit_id": self.limit.id,
                "category": "extension",
                "consent_until": "2026-03-22",
            }
        )
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertNotIn("EXT-ASK", self.codes())

    def test_facts_for_filters_and_tasks(self):
        late = self.deliver("2026-01-02", "2026-01-10")
        fresh = self.deliver("2026-03-15", "2026-04-10", 60)
        self.limit._refresh()
        lines = self.env["account.move.line"]
        items = self.item(late) | self.item(fresh)
        domain = [("id", "in", items.ids)]

        def find(*terms):
            return lines.search([*domain, *terms])

        self.assertEqual(self.item(fresh).insurance_status, "STOP_SHIPMENT")
        self.assertEqual(
            find(("insurance_status", "=", "STOP_SHIPMENT")), self.item(fresh)
        )
        self.assertEqual(find(("insurance_status", "!=", "COVERED")), self.item(fresh))
        self.assertEqual(find(("insurance_uncovered", ">", 50)), self.item(fresh))
        self.assertFalse(find(("insurance_status", "=", False)))
        partners = self.env["res.partner"].with_context(
            allowed_company_ids=self.company.ids
        )
        buyer = partners.browse(self.buyer.id)
        self.assertTrue(buyer.insurance_stopped)
        self.assertEqual(buyer.insurance_notice_days, 25)
        self.assertIn(buyer, partners.search([("insurance_stopped", "=", True)]))
        self.assertNotIn(buyer, partners.search([("insurance_stopped", "=", False)]))
        soon = partners.search([("insurance_notice_days", "<=", 25)])
        self.assertIn(buyer, soon)
        self.assertNotIn(buyer, partners.search([("insurance_notice_days", "<", 25)]))

    def test_policy_that_ends(self):
        watch = self.env["arm.insurance.watch"]
        watch._watch_policies(self.policy)
        self.assertNotIn("RENEW", self.codes(self.policy))
        with freeze_time("2026-10-02"):
            watch._watch_policies(self.policy)
            self.assertIn("RENEW", self.codes(self.policy))
        self.policy.action_renew()
        watch._watch_policies(self.policy)
        self.assertNotIn("RENEW", self.codes(self.policy))

    # ---------------------------------------------------------------------- notices

    def test_notice_of_overdue(self):
        invoice = self.deliver("2026-01-02", "2026-01-10")
        fresh = self.deliver("2026-03-01", "2026-04-01", 70)
        self.limit._refresh()
        self.assertEqual(self.codes(), {"STOP", "NOA-DUE", "COLL-DUE", "CLAIM-DUE",
                                        "WAIT-END"})  # fmt: skip
        action = self.limit.action_notify()
        notice = self.env["arm.insurance.overdue"].browse(action["res_id"])
        self.assertEqual(notice.item_ids, self.item(invoice))
        self.assertNotIn(self.item(fresh), notice.item_ids)
        self.assertEqual(notice.deadline, date(2026, 4, 10))
        self.assertEqual(self.limit.action_notify()["res_id"], notice.id)
        notice.action_send()
        self.assertEqual(notice.sent_on, date(2026, 3, 16))
        self.assertEqual((notice.amount, notice.covered), (100, 100))
        self.assertFalse(notice.is_late)
        self.assertNotIn("NOA-DUE", self.codes())
        with self.refused("was sent already"):
            notice.action_send()
        with self.refused("stays as the insurer got it"):
            notice.with_user(self.make_insurance_user("insurance_user")).item_ids = [
                Command.clear()
            ]
        with self.refused("It is kept"):
            notice.unlink()

    def test_the_time_line_of_the_customer_tells_it(self):
        invoice = self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        events = self.env["arm.customer.event"]
        domain = [
            ("account_id", "=", self.account_of(self.buyer).id),
            ("kind", "like", "insurance"),
        ]
        self.assertEqual(events.search(domain).mapped("description"), ["Grant"])
        self.limit.notice_ids.action_send()
        self.env.flush_all()
        found = events.search(domain)
        self.assertEqual(
            found.mapped(lambda row: (row.description, row.amount)),
            [("Overdue (OVD)", 100), ("Grant", 1000)],
        )
        self.assertEqual(found[0].res_id, self.limit.notice_ids.id)
        self.assertTrue(invoice)

    def test_a_notice_ends_with_its_items(self):
        """What is paid closes it; what is overdue later must be notified anew."""
        first = self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        notice = self.limit.notice_ids
        notice.action_send()
        self.assertTrue(self.limit.noa_sent)
        self.deliver("2026-01-12", "2026-01-30", 60)
        self.limit._refresh()
        self.assertEqual(notice.state, "sent", "its item is still open")
        self.assertTrue(self.limit.noa_sent)
        self.pay(first)
        self.limit._refresh()
        self.assertEqual((notice.state, notice.close_cause), ("closed", "paid"))
        self.assertFalse(self.limit.noa_sent, "nobody was told of the second one")
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertTrue(self.codes() & {"NOA-DUE", "NOA-LATE"})
        row = self.env["arm.dunning.action"].search(
            [("action_kind", "=", "notice_closed"), ("subject_id", "=", notice.id)]
        )
        self.assertEqual(len(row), 1)
        self.assertIn("Paid", row.explanation)
        self.assertFalse(row.user_id)

    def test_a_claim_closes_the_notice_and_it_still_counts(self):
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        notice = self.limit.notice_ids
        notice.action_send()
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        claim.document_ids.is_there = True
        claim.action_submit()
        self.assertEqual((notice.state, notice.close_cause), ("closed", "claim"))
        self.limit._refresh()
        self.assertEqual(self.limit.noa_sent, notice.sent_on)
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertFalse(self.codes() & {"NOA-DUE", "NOA-LATE"})
        self.assertFalse(claim.is_void)

    def test_consent_lets_deliveries_go_on(self):
        """From the notice to the end of the consent, up to its amount."""
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        notice = self.limit.notice_ids
        notice.action_send()
        late = self.deliver(TODAY, "2026-04-15", 60)
        more = self.deliver(TODAY, "2026-04-15", 50)
        self.limit._refresh()
        self.assertEqual(self.row(late).status, "STOP_SHIPMENT")
        notice.write({"consent_until": "2026-03-31", "consent_amount": 100})
        self.assertTrue(self.limit.is_stale)
        self.limit._refresh()
        self.assertEqual(self.row(late).covered, 60)
        self.assertEqual(self.row(more).status, "STOP_SHIPMENT")
        notice.consent_until = "2026-03-15"
        self.limit._refresh()
        self.assertEqual(self.row(late).status, "STOP_SHIPMENT")

    def test_the_answer_becomes_a_decision(self):
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        notice = self.limit.notice_ids
        notice.action_send()
        with self.refused("Enter first"):
            notice.action_enter_answer()
        notice.write({"answer": "ban", "reference": "N-9"})
        context = notice.action_enter_answer()["context"]
        decision = self.env["arm.insurance.limit.decision"]
        row = decision.with_context(**context).create({})
        self.assertEqual((row.kind, row.reference), ("withdraw", "N-9"))
        self.assertIn(self.limit.state, ("run_off", "withdrawn"))

    def test_a_returned_payment_is_adverse(self):
        """From that day on, once, and only where the policy says so."""
        payments = self.env["account.payment"].create(
            [
                {
                    "partner_id": self.buyer.id,
                    "partner_type": "customer",
                    "payment_type": "inbound",
                    "amount": 10,
                    "company_id": self.company.id,
                    "journal_id": self.company_data["default_journal_bank"].id,
                }
                for _number in range(2)
            ]
        )
        payments.action_post()
        self.deliver("2026-03-01", "2026-04-01")
        self.policy.action_draft()
        self.policy.year_ids.adverse_returned = False
        self.policy.action_activate()
        payments[0].action_reject()
        self.assertFalse(self.limit.adverse_date)
        self.policy.action_draft()
        self.policy.year_ids.adverse_returned = True
        self.policy.action_activate()
        payments[1].action_reject()
        self.assertEqual(str(self.limit.adverse_date), TODAY)
        self.limit._refresh()
        self.env["arm.insurance.watch"]._watch(self.limit)
        self.assertIn("ADVERSE", self.codes())

    def test_notice_goes_by_email_with_its_paper(self):
        self.insurer.email = "claims@insurer.example"
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.limit.action_notify()
        notice = self.limit.notice_ids
        context = notice.action_send_email()["context"]
        composer = self.env["mail.compose.message"].with_context(**context).create({})
        self.assertIn(self.buyer.name, composer.subject)
        composer.action_send_mail()
        self.assertEqual(notice.state, "sent")
        message = notice.message_ids.filtered("attachment_ids")
        self.assertEqual(message.partner_ids, self.insurer)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_overdue", notice.ids
        )
        self.assertIn(b"P-1", html)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_policy", self.policy.ids
        )
        self.assertIn(self.buyer.name.encode(), html)

    def test_late_notice(self):
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        with freeze_time("2026-04-11"):
            self.env["arm.insurance.watch"]._watch(self.limit)
            self.assertIn("NOA-LATE", self.codes())
            self.assertNotIn("NOA-DUE", self.codes())
            self.limit.action_notify()
            self.limit.notice_ids.action_send()
            self.assertTrue(self.limit.notice_ids.is_late)

    # -------------------------------------------------------------- stop of orders

    def test_stop_blocks_orders_until_it_is_paid(self):
        invoice = self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        account = self.account_of(self.buyer)
        self.assertTrue(account.order_block)
        self.assertIn(invoice.name, account.order_block_summary)
        block = account.order_block_ids
        self.assertEqual(block.source, "insurance")
        self.limit._refresh()
        self.assertEqual(account.order_block_ids, block)
        self.pay(invoice)
        self.limit._refresh()
        self.assertFalse(account.order_block)
        self.assertEqual(block.lift_cause, "process")

    def test_an_ended_policy_lets_orders_pass(self):
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        account = self.account_of(self.buyer)
        self.assertTrue(account.order_block)
        self.policy.action_cancel()
        cron = self.env.ref("arm_insurance.ir_cron_refresh")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(account.order_block)
        self.assertFalse(self.codes())

    def test_a_stop_of_another_policy_keeps_the_block(self):
        invoice = self.deliver("2026-01-02", "2026-01-10")
        second = self.make_policy("P-2", clauses={"mep_number": 30})
        other = self.env["arm.insurance.limit"].create(
            {"policy_id": second.id, "partner_id": self.buyer.id}
        )
        self.limit._refresh()
        self.assertTrue(self.limit.is_stopped and other.is_stopped)
        self.policy.action_cancel()
        self.limit._refresh()
        account = self.account_of(self.buyer)
        self.assertFalse(self.limit.is_stopped)
        self.assertTrue(account.order_block)
        self.pay(invoice)
        other._refresh()
        self.assertFalse(account.order_block)

    def test_gate_that_only_warns_blocks_nothing(self):
        self.policy.gate_stop = "warn"
        self.deliver("2026-01-02", "2026-01-10")
        self.limit._refresh()
        self.assertFalse(self.account_of(self.buyer).order_block)
        order = self.make_order()
        self.assertEqual(order.insurance_gate, "warn")
        self.assertIn("extension period", order.insurance_message)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    # ----------------------------------------------------------------------- gates

    def make_order(self, partner=None, amount=100, **values):
        product = self.env["product.product"].create({"name": "Parts"})
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.buyer).id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    def test_orders_without_a_limit(self):
        buyer = self.make_customer("Nobody")
        self.make_limit(buyer)
        self.assertFalse(self.make_order(buyer, 500).insurance_gate)
        order = self.make_order(buyer, 501)
        self.assertEqual(order.insurance_gate, "warn")
        self.policy.gate_no_limit = "block"
        order.invalidate_recordset()
        with self.refused("would not be insured"):
            order.action_confirm()
        with self.refused("would not be insured"):
            order.with_context(arm_insurance_override=True).action_confirm()
        override = order.action_insurance_override()["context"]
        user = self.make_insurance_user("insurance_user")
        row = (
            self.env["arm.insurance.override"]
            .with_user(user)
            .with_context(**override)
            .create({"reason": "letter of credit", "user_id": self.env.uid})
        )
        self.assertEqual(row.user_id, user)
        self.assertIn("no insured limit", row.gate_text)
        with self.refused("stays as it was given"):
            row.sudo().write({"reason": "other"})
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_too_long_terms(self):
        self.policy.action_draft()
        self.policy.year_ids.max_terms_days = 60
        self.policy.action_activate()
        self.policy.write({"gate_terms": "block", "gate_post": "block"})
        term = self.env["account.payment.term"].create(
            {
                "name": "90 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 90}
                    )
                ],
            }
        )
        with self.refused("would not be insured"):
            self.make_order(payment_term_id=term.id).action_confirm()
        invoice = self.make_invoice(self.buyer, "2026-04-16")
        with self.refused("would not be insured"):
            invoice.action_post()
        invoice.delivery_date = "2026-01-15"  # the goods are gone
        self.assertEqual(invoice.insurance_gate, "warn")
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        fine = self.make_invoice(self.buyer, "2026-03-16")
        fine.action_post()
        # The limit's own maximum wins.
        self.decide(self.limit, "grant", "2026-01-02", amount=9, max_terms_days=120)
        self.make_invoice(self.buyer, "2026-04-16").action_post()

    def test_gates_ask_once_for_many_orders(self):
        self.policy.gate_no_limit = "block"
        orders = self.env["sale.order"].union(
            *(self.make_order() for _number in range(11))
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            records.mapped("order_line")
            before = self.env.cr.sql_log_count
            records.mapped("insurance_gate")
            return self.env.cr.sql_log_count - before

        count(orders)
        self.assertLessEqual(count(orders[1:]) - count(orders[:1]), 3)

from datetime import date
from decimal import Decimal

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInterest(DunningCommon):
    """Interest, flat sums and costs: by law, through the life of an invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.env["arm.interest.engine"]
        cls.euro = cls.env.ref("base.EUR")
        cls.customer.country_id = cls.env.ref("base.de")
        cls.manager = new_test_user(
            cls.env,
            "t_manager",
            groups="arm_receivables.group_receivables_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.income = cls.company_data["default_account_revenue"]

    def regime(self, name):
        return self.env.ref(f"arm_dunning.arm_interest_regime_{name}")

    def invoice(self, due, amount=10000, partner=None, **values):
        values = {"invoice_date": date.fromisoformat("2025-01-15"), **values}
        return self.post_invoice(partner or self.customer, due, amount, **values)

    def item(self, invoice):
        return invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def account(self, partner=None):
        partner = partner or self.customer
        self.env["arm.customer.account"]._refresh(self.company, partner)
        return self.env["arm.customer.account"].search(
            [("company_id", "=", self.company.id), ("partner_id", "=", partner.id)]
        )

    def work_out(self, invoice, day):
        self.account(invoice.commercial_partner_id)
        return self.engine._work_out(self.item(invoice), date.fromisoformat(day))

    def interest(self, invoice, day):
        """The rounded interest, or what is wrong, or None."""
        claim = self.work_out(invoice, day).get(self.item(invoice))
        return claim and (claim.problem or claim.interest.rounded())

    def pay(self, invoice, day, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create(
            {"payment_date": day, "amount": amount, "group_payment": True}
        )._create_payments()

    def credit(self, invoice, day, amount):
        note = self.make_invoice(
            invoice.partner_id, day, amount, move_type="out_refund", invoice_date=day
        )
        note.action_post()
        (self.item(note) | self.item(invoice)).reconcile()

    # ------------------------------------------------------------------------- rates

    def test_countries(self):
        """The golden cases, from the stored rates and regimes."""
        for country, due, day, amount, expected in [
            ("de", "2025-05-31", "2025-09-30", 10000, "351.49"),
            ("uk", "2025-06-15", "2025-10-13", 5000, "209.59"),
            ("ch", "2025-05-31", "2025-06-30", 10000, "41.10"),
            ("be", "2026-01-31", "2026-03-02", 10000, "86.30"),
            ("fr", "2026-01-31", "2026-03-02", 10000, "99.86"),
            ("it", "2026-01-31", "2026-03-02", 10000, "83.42"),
            ("nl", "2026-01-31", "2026-03-02", 10000, "83.42"),
            ("pl", "2026-01-31", "2026-03-02", 10000, "115.07"),
            ("at", "2026-01-31", "2026-03-02", 10000, "88.19"),
            ("pt", "2026-01-31", "2026-03-02", 10000, "83.42"),
        ]:
            customer = self.make_customer(
                f"Of {country}", country_id=self.env.ref(f"base.{country}").id
            )
            invoice = self.invoice(due, amount, customer)
            self.assertEqual(self.interest(invoice, day), Decimal(expected), country)

    def test_one_rate_of_the_day_of_payment(self):
        """Ireland: the rate of the day of payment, and not of each half-year."""
        customer = self.make_customer("Irish", country_id=self.env.ref("base.ie").id)
        invoice = self.invoice("2025-05-31", 10000, customer)
        # 122 days at 10.15, though June is of the half-year before
        self.assertEqual(self.interest(invoice, "2025-09-30"), Decimal("339.26"))
        self.pay(invoice, "2025-06-30", 10000)
        # 30 days at 11.15
        self.assertEqual(self.interest(invoice, "2025-09-30"), Decimal("91.64"))

    def test_missing_half_year_is_said(self):
        invoice = self.invoice("2026-05-31")
        problem = self.interest(invoice, "2027-02-01")
        self.assertIn("German Base Rate", problem)
        self.assertIn("01/01/2027", problem)
        self.env["arm.reference.rate"].create(
            {"index_code": "de", "date_from": "2027-01-01", "percent": 1.77}
        )
        claim = self.work_out(invoice, "2027-02-01")[self.item(invoice)]
        self.assertFalse(claim.problem)
        self.assertTrue(claim.unconfirmed)
        self.assertEqual(
            [segment.percent for segment in claim.interest.segments],
            [Decimal("10.27"), Decimal("10.52"), Decimal("10.77")],
        )

    def test_rates_are_checked(self):
        rates = self.env["arm.reference.rate"]
        values = {"index_code": "de", "date_from": "2030-02-01", "percent": 1}
        with self.assertRaisesRegex(ValidationError, "1 January or on 1 July"):
            rates.create(values)
        with self.assertRaisesRegex(ValidationError, "in percent"):
            rates.create({**values, "date_from": "2030-01-01", "percent": 101})
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            rates.create({**values, "date_from": "2026-01-01"})
        with self.assertRaisesRegex(ValidationError, "the points above"):
            self.regime("ch").points = 0
        with self.assertRaisesRegex(ValidationError, "without a limit at the end"):
            self.regime("uk").tier_ids[2].unlink()
            self.regime("uk")._check_tiers()

    def test_whose_regime(self):
        """The contract, then the company's law, then country and kind of customer."""
        self.invoice("2026-01-31")
        account = self.account()
        regimes = self.env["arm.interest.regime"]

        def choose():
            return regimes._for_accounts(account)[account]

        self.assertEqual(choose(), self.regime("de"))
        account.debtor_kind = "consumer"
        self.assertEqual(choose(), self.regime("de_consumer"))
        account.debtor_kind = "public"
        self.customer.country_id = self.env.ref("base.pt")
        self.assertEqual(choose(), self.regime("eu"))
        self.customer.country_id = self.env.ref("base.us")
        self.assertFalse(choose())
        self.company.interest_regime_id = self.regime("at")
        self.assertEqual(choose(), self.regime("at"))
        account.interest_regime_id = self.regime("contract")
        self.assertEqual(choose(), self.regime("contract"))

    # --------------------------------------------------------- the life of an invoice

    def test_partial_payment_credit_note_and_full_payment(self):
        invoice = self.invoice("2026-01-31")
        self.pay(invoice, "2026-02-15", 4000)
        # 15 days of 10,000 and 15 of 6,000 at 10.27
        self.assertEqual(self.interest(invoice, "2026-03-02"), Decimal("67.53"))
        self.credit(invoice, "2026-02-20", 1000)
        # the credit note corrects the invoice from the beginning
        self.assertEqual(self.interest(invoice, "2026-03-02"), Decimal("59.09"))
        self.pay(invoice, "2026-03-02", 5000)
        self.assertEqual(self.interest(invoice, "2026-03-16"), Decimal("59.09"))

    def test_instalments_are_claims_of_their_own(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 100)
                ],
            }
        )
        invoice = self.invoice(
            False,
            invoice_payment_term_id=term.id,
            invoice_date=date.fromisoformat("2026-02-01"),
        )
        self.account()
        claims = self.engine._work_out(self.item(invoice), date(2026, 3, 13))
        self.assertEqual(len(claims), 1)
        self.assertEqual(next(iter(claims.values())).principal, 5000)

    def test_extension_moves_the_first_day_only_if_it_says_so(self):
        invoice = self.invoice("2026-02-28")
        self.account()
        extension = self.env["arm.extension"].create(
            {
                **self.env["arm.extension"]._prepare_from_items(self.item(invoice)),
                "date": "2026-04-10",
                "reason": "Asked for it",
            }
        )
        self.assertEqual(len(self.work_out(invoice, "2026-04-20")), 1)
        first = self.interest(invoice, "2026-04-20")
        extension.interest_from = "new"
        # 10 days instead of 51
        self.assertEqual(self.interest(invoice, "2026-04-20"), Decimal("28.14"))
        self.assertEqual(first, Decimal("143.50"))

    def test_disputes_open_won_and_lost(self):
        """Left out while it is open; lost: all days count; won: a credit note."""
        invoice = self.invoice("2026-01-31")
        account = self.account()
        dispute = self.env["arm.dispute"].create(
            {
                "account_id": account.id,
                "currency_id": invoice.currency_id.id,
                "reason_id": self.env["arm.dispute.reason"].search([], limit=1).id,
                "description": "Part is missing",
                "line_ids": [
                    Command.create({"item_id": self.item(invoice).id, "amount": 4000})
                ],
            }
        )
        self.assertEqual(self.interest(invoice, "2026-03-02"), Decimal("50.65"))
        dispute.action_reject()
        self.assertEqual(self.interest(invoice, "2026-03-02"), Decimal("84.41"))
        self.credit(invoice, "2026-02-28", 4000)
        self.assertEqual(self.interest(invoice, "2026-03-02"), Decimal("50.65"))

    # --------------------------------------------------------------- flat sums, costs

    def flat_sum(self, country, amount, currency, due="2026-01-31", **values):
        customer = self.make_customer(
            f"Flat {country} {amount}", country_id=self.env.ref(f"base.{country}").id
        )
        invoice = self.invoice(due, amount, customer, currency_id=currency.id)
        account = self.account(customer)
        account.write(values)
        regime = self.env["arm.interest.regime"]._for_accounts(account)[account]
        found = self.engine._get_flat_sum(
            self.item(invoice), account, regime, date(2026, 3, 2)
        )
        return found and (float(found[0]), found[1].name)

    def make_rate(self, name, rate):
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        rates = self.env["res.currency.rate"]
        values = {"currency_id": currency.id, "company_id": self.company.id}
        rates.create({"name": "2025-01-01", "rate": rate, **values})
        return currency

    def test_flat_sums_on_both_sides_of_each_limit(self):
        pound, zloty = self.make_rate("GBP", 0.8), self.make_rate("PLN", 4.0)
        euro = self.make_rate("EUR", 1.0)
        for country, amount, currency, expected in [
            ("uk", 999.99, pound, (40, "GBP")),
            ("uk", 1000, pound, (70, "GBP")),
            ("uk", 10000, pound, (100, "GBP")),
            ("pl", 5000, zloty, (160, "PLN")),
            ("pl", 5000.01, zloty, (280, "PLN")),
            ("pl", 50000, zloty, (400, "PLN")),
            ("ie", 1000, euro, (40, "EUR")),
            ("ie", 1000.01, euro, (70, "EUR")),
            ("de", 1, euro, (40, "EUR")),
        ]:
            found = self.flat_sum(country, amount, currency)
            self.assertEqual(found, expected, f"{country} {amount}")
        self.assertIsNone(self.flat_sum("ch", 500, euro))
        self.assertIsNone(
            self.flat_sum("fr", 500, euro, interest_regime_id=False)
            and self.flat_sum("de", 501, euro, debtor_kind="consumer")
        )

    # ------------------------------------------------------------------ tasks, claims

    def make_charge_task(self, name, days, **values):
        operation = {"operation_type": "charge", **values}
        return self.env["arm.dunning.task"].create(
            {
                "name": name,
                "company_id": self.company.id,
                "offset_days": days,
                "operation_ids": [Command.create(operation)],
            }
        )

    def charges_of(self, invoice):
        return self.env["arm.dunning.charge"].search(
            [("item_id", "in", invoice.line_ids.ids)], order="id"
        )

    def test_tasks_propose_by_the_regime_of_each_customer(self):
        self.make_charge_task("Interest", 30, charge_kind="interest")
        self.make_charge_task(
            "Flat", 30, charge_kind="compensation", charge_regime="customer"
        )
        self.make_charge_task("Costs", 30, charge_kind="costs")
        dutch = self.make_customer("Dutch BV", country_id=self.env.ref("base.nl").id)
        mine = self.invoice("2026-02-14", 1000)
        theirs = self.invoice("2026-02-14", 1000, dutch)
        self.dun()
        german, dutch = self.charges_of(mine), self.charges_of(theirs)
        self.assertEqual(
            {charge.kind: charge.amount for charge in german},
            {"interest": 8.44, "compensation": 40},
        )
        self.assertEqual(
            {charge.kind: charge.amount for charge in dutch},
            {"interest": 8.34, "compensation": 40, "costs": 150},
        )
        interest = german.filtered("segment_ids")
        self.assertEqual(interest.segment_ids.days, 30)
        self.assertEqual(interest.regime_id, self.regime("de"))
        self.assertIn("10.27", german._render_sheet("en_US"))

    def test_missing_rate_is_listed_in_words(self):
        """The others go on, and so do reminders; entered, it is worked out anew."""
        rate = self.env.ref("arm_dunning.arm_reference_rate_pl_2026_1")
        rate.unlink()
        for name, days in (("Interest", 30), ("Again", 31)):
            self.make_charge_task(name, days, charge_kind="interest")
        polish = self.make_customer("Polska", country_id=self.env.ref("base.pl").id)
        lost = self.invoice("2026-02-14", 1000, polish)
        good = self.invoice("2026-02-14", 1000)
        self.dun()
        self.assertEqual(self.charges_of(good).amount, 8.44)
        charge = self.charges_of(lost)
        self.assertEqual((charge.state, charge.amount), ("missing", 0))
        self.assertIn("NBP Reference Rate", charge.calculation)
        self.env["arm.reference.rate"].create(
            {"index_code": "pl", "date_from": "2026-01-01", "percent": 4}
        )
        self.dun("2026-03-17")
        charges = self.charges_of(lost)
        self.assertEqual(charges.mapped("state"), ["replaced", "proposed"])
        self.assertEqual(charges[1].amount, 11.89)

    def propose(self, invoice, day=TODAY):
        """A proposal of interest as a task makes it."""
        claims = self.work_out(invoice, day)
        charges = self.env["arm.dunning.charge"].sudo()
        operation = self.env["arm.dunning.operation"]
        claimed = charges._get_claimed(self.item(invoice), "interest")
        for item, claim in claims.items():
            found = operation._prepare_legal_interest(claim, claimed)
            if found:
                amount, currency, text, values = found
                return charges._propose(
                    [
                        {
                            "account_id": self.account(invoice.partner_id).id,
                            "company_id": self.company.id,
                            "item_id": item.id,
                            "document": invoice.name,
                            "kind": "interest",
                            "currency_id": currency.id,
                            "amount": float(amount),
                            "date": day,
                            "calculation": text,
                            **values,
                        }
                    ]
                )
        return charges

    def test_claimed_with_an_invoice_or_an_entry(self):
        """Booked by the settings, once; the next one claims what came later."""
        self.company.interest_account_id = self.income
        invoice = self.invoice("2026-01-31")
        charge = self.propose(invoice, "2026-03-02")
        charge.with_user(self.manager).action_post()
        self.assertEqual(charge.state, "posted")
        claim = charge.move_id
        self.assertEqual((claim.move_type, claim.state), ("out_invoice", "posted"))
        self.assertEqual((claim.amount_total, charge.amount), (84.41, 84.41))
        self.assertIn(invoice.name, claim.invoice_line_ids.name)
        with self.assertRaisesRegex(UserError, "None of these charges"):
            charge.with_user(self.manager).action_post()
        # No interest on interest.
        self.assertFalse(self.engine._work_out(self.item(claim), date(2027, 1, 1)))
        self.company.interest_posting = "entry"
        later = self.propose(invoice, "2026-03-12")
        self.assertEqual(later.amount, 28.14)
        later.with_user(self.manager).action_post()
        entry = later.move_id
        self.assertEqual(entry.move_type, "entry")
        self.assertEqual(self.item(entry).amount_residual, 28.14)
        self.assertFalse(self.item(entry).no_followup)
        self.assertEqual(
            entry.line_ids.filtered(
                lambda line: line.account_id == self.income
            ).balance,
            -28.14,
        )

    def test_what_cannot_be_claimed(self):
        invoice = self.invoice("2026-01-31")
        charge = self.propose(invoice, "2026-03-02")
        with self.assertRaises(AccessError):
            charge.with_user(self.officer).action_post()
        with self.assertRaisesRegex(UserError, "income account"):
            charge.with_user(self.manager).action_post()
        self.company.interest_account_id = self.income
        self.env["arm.reference.rate"].search(
            [("index_code", "=", "de"), ("date_from", "=", "2026-01-01")]
        ).is_confirmed = False
        unsure = self.propose(invoice, "2026-03-03")
        self.assertTrue(unsure.is_unconfirmed)
        with self.assertRaisesRegex(UserError, "not confirmed yet"):
            unsure.with_user(self.manager).action_post()

    def test_waived_with_a_reason(self):
        charge = self.propose(self.invoice("2026-01-31"), "2026-03-02")
        mine = charge.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine.action_drop(" ")
        self.env["arm.dunning.waive"].with_user(self.manager).create(
            {"charge_ids": charge.ids, "reason": "First time late"}
        ).action_apply()
        self.assertEqual(
            (charge.state, charge.waive_reason, charge.user_id),
            ("dropped", "First time late", self.manager),
        )

    def test_queries_do_not_grow_with_items(self):
        invoices = self.env["account.move"].union(
            *(self.make_invoice(self.customer, "2026-01-31") for _n in range(33))
        )
        invoices.action_post()
        self.account()
        items = self.item(invoices)
        self.env.cr.execute("ANALYZE account_move_line, account_move")
        counts = []
        for batch in (items[:3], items[3:33]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.engine._work_out(batch, date(2026, 3, 2))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 3, counts)

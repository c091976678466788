from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .invoice_common import InvoiceCheckCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInvoiceRequirement(InvoiceCheckCommon):
    """What is missing on an invoice is told, and refused where it matters."""

    # -------------------------------------------------------------------- posting

    def test_right_invoice_is_ready_and_posted(self):
        draft = self.make_draft()
        self.assertEqual(self.topics(draft), set())
        self.assertEqual((draft.readiness_state, draft.readiness_score), ("ready", 100))
        draft.action_post()
        self.assertEqual(draft.state, "posted")
        self.assertFalse(self.env["arm.invoice.fault"].search([]))

    def test_wrong_invoice_is_refused_with_what_to_do(self):
        """The sentence names the part, the law and the remedy."""
        self.customer.write({"street": False, "zip": "1011"})
        draft = self.make_draft()
        with self.refused("Buyer's address: street, postal code in its country's form"):
            draft.action_post()
        with self.refused("Complete the customer's address. (UStG § 14 Abs. 4 Nr. 1"):
            draft.action_post()
        self.assertEqual(draft.state, "draft")
        self.customer.write({"street": "Graben 1", "zip": "10115"})
        draft.action_post()

    def test_batch_names_each_wrong_invoice(self):
        """One refusal for all of them, the right ones are not posted either."""
        wrong = [self.make_good_customer(f"Wrong {n}", city=False) for n in (1, 2)]
        drafts = self.make_drafts([self.customer, *wrong])
        with self.refused("Wrong 2"):
            drafts.action_post()
        self.assertEqual(set(drafts.mapped("state")), {"draft"})

    def test_warning_does_not_refuse(self):
        """It is told in the chatter and counted."""
        draft = self.make_draft(delivery_date=False)
        draft.action_post()
        self.assertEqual(draft.state, "posted")
        self.assertIn("Delivery date: missing.", draft.message_ids[0].body)
        fault = self.env["arm.invoice.fault"].search([("move_id", "=", draft.id)])
        self.assertEqual(fault.requirement_id.topic, "delivery_date")
        self.assertEqual((fault.state, fault.severity), ("passed", "warn"))
        self.assertEqual(fault.country_id.code, "DE")

    def test_a_company_that_does_not_enforce(self):
        draft = self.make_draft(self.make_customer("Nameless", city=False))
        self.company.invoice_check_mode = "off"
        self.assertFalse(draft.readiness_state)
        self.company.invoice_check_mode = "show"
        self.env.invalidate_all()
        self.assertEqual(draft.readiness_state, "blocked")
        draft.action_post()
        self.assertEqual(draft.state, "posted")

    def test_new_companies_only_show(self):
        """Installing the add-on stops nobody's invoices."""
        self.assertEqual(
            self.setup_other_company()["company"].invoice_check_mode, "show"
        )

    def test_bills_and_entries_are_none_of_our_business(self):
        bill = self.make_draft(move_type="in_invoice", partner_id=self.customer.id)
        entry = self.env["account.move"].create({"move_type": "entry"})
        self.assertFalse((bill | entry)._get_readiness())
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_whoever_may_post_is_told(self):
        """An accountant without a role in receivables, who cannot change the law."""
        self.customer.city = False
        user = self.make_user("i_accountant", group_ids=False)
        user.sudo().group_ids = self.env.ref("account.group_account_invoice")
        draft = self.make_draft().with_user(user)
        self.assertEqual(draft.readiness_state, "blocked")
        with self.refused("Buyer's address: city"):
            draft.action_post()
        with self.assertRaises(AccessError):
            self.env["arm.invoice.requirement"].with_user(user).search([]).unlink()

    def test_an_invoice_for_a_later_day_is_checked_on_that_day(self):
        self.customer.city = False
        draft = self.make_draft(invoice_date="2026-05-01", date="2026-05-01")
        draft._post(soft=True)
        self.assertEqual((draft.state, draft.auto_post), ("draft", "at_date"))
        with self.refused("Buyer's address"):
            draft._post(soft=False)

    # -------------------------------------------------------------------- the facts

    def test_what_is_read_from_the_invoice(self):
        """Each change makes the requirement fail that is about it."""
        line = Command.create({"name": "", "price_unit": 5, "tax_ids": [(6, 0, [])]})
        for change, topic in [
            ({"delivery_date": False}, "delivery_date"),
            ({"partner_bank_id": False}, "bank_account"),
            ({"invoice_date_due": "2026-06-30"}, "term_days"),
            ({"invoice_line_ids": [line]}, "tax_rates"),
            ({"invoice_line_ids": [Command.clear()]}, "lines"),
        ]:
            self.assertIn(topic, self.topics(self.make_draft(**change)))

    def test_what_is_read_from_the_company(self):
        draft = self.make_draft()
        for change, topic in [
            ({"vat": False}, "seller_tax_id"),
            ({"city": False}, "seller_address"),
        ]:
            before = {name: self.company[name] for name in change}
            self.company.write(change)
            self.assertIn(topic, self.topics(draft))
            self.company.write(before)
        self.assertEqual(self.topics(draft), set())

    def test_what_is_read_from_the_customer(self):
        draft = self.make_draft()
        self.customer.invoice_reference_required = True
        self.assertEqual(self.topics(draft), {"buyer_reference"})
        draft.ref = "PO-4711"
        self.customer.invoice_buyer_kind = "public"
        self.assertEqual(self.topics(draft), {"buyer_routing"})
        self.customer.invoice_routing = "04011000-1234512345-06"
        self.assertEqual(self.topics(draft), set())
        self.customer.invoice_buyer_kind = "consumer"
        self.assertEqual(self.topics(draft), {"consumer_default"})

    def test_a_contact_counts_with_its_company(self):
        """Its own address; kind, order number and tax number of the company."""
        self.customer.write({"invoice_reference_required": True})
        contact = self.env["res.partner"].create(
            {"name": "Purchasing", "parent_id": self.customer.id, "type": "invoice"}
        )
        self.assertEqual(
            self.topics(self.make_draft(contact)),
            {"buyer_address", "buyer_country", "buyer_reference"},
        )

    def test_no_tax_to_another_country_of_the_union(self):
        """The buyer's tax number, the reason, and the mention of who owes it."""
        france = self.env.ref("base.fr")
        buyer = self.make_good_customer(
            "Paris SA", zip="75002", country_id=france.id, vat=False
        )
        free = self.tax.copy({"name": "0 %", "amount": 0, "invoice_legal_notes": False})
        draft = self.make_draft(buyer)
        draft.invoice_line_ids.tax_ids = free
        missing = {"buyer_tax_id", "exemption_wording"}
        for scope, topic in [
            (False, "unclear_union"),
            ("service", "reverse_charge"),
            ("consu", "intra_supply"),
        ]:
            free.tax_scope = scope
            self.assertEqual(self.topics(draft), {*missing, topic})
        free.invoice_legal_notes = "<p>Innergemeinschaftliche Lieferung</p>"
        self.assertEqual(self.topics(draft), {"buyer_tax_id"})
        buyer.vat = "FR40303265045"
        self.assertEqual(self.topics(draft), set())

    def test_small_invoices_in_a_foreign_currency(self):
        """The threshold of 250 EUR looks at the company's currency."""
        self.customer.city = False
        dollars = self.env.ref("base.USD")
        dollars.active = True
        self.env["res.currency.rate"].search(
            [("currency_id", "in", (dollars | self.company.currency_id).ids)]
        ).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollars.id, "rate": 10, "company_id": self.company.id}
        )
        draft = self.make_draft(currency_id=dollars.id)
        self.assertLess(draft.amount_total_signed, 250)
        self.assertNotIn("buyer_address", self.topics(draft))
        draft.invoice_line_ids.price_unit = 5000
        self.assertIn("buyer_address", self.topics(draft))

    def test_bad_data(self):
        """Nothing known, odd characters, long names: clear words, no crash."""
        nobody = self.make_customer("\u0007", country_id=False)
        draft = self.make_draft(nobody)
        self.assertLessEqual(
            {"buyer_name", "buyer_address", "buyer_country"}, self.topics(draft)
        )
        nobody.name = "x" * 5000
        with self.refused("Buyer's name: too long. Correct the customer's name."):
            self.make_draft(nobody).action_post()
        empty = self.env["account.move"].create({"move_type": "out_invoice"})
        self.assertLessEqual({"buyer_country", "lines"}, self.topics(empty))
        with self.refused("The 'Customer' field is required"):
            self.company.invoice_check_mode = "show"
            empty.action_post()

    def test_markup_stays_text(self):
        """Of names, codes and wordings, on the invoice and in the chatter."""
        markup = "<img src=x onerror=alert(1)>"
        self.env["arm.invoice.requirement"].create(
            {
                "name": markup,
                "check": "wording",
                "topic": "markup",
                "pattern": "never found",
                "wording": f"Never {markup} found",
                "source": "'; DROP TABLE account_move; --",
            }
        )
        self.customer.write({"name": f"{markup} GmbH", "street": markup})
        draft = self.make_draft()
        self.assertEqual(self.topics(draft), {"markup"})
        draft.action_post()
        self.assertIn("&lt;img src=x", draft.message_ids[0].body)
        self.assertNotIn("<img", draft.message_ids[0].body)
        draft = self.make_draft(ref="'; DROP TABLE account_move; --")
        draft.action_add_legal_wording()
        self.assertIn("&lt;img src=x", draft.narration)
        self.assertNotIn("<img", draft.narration)
        draft.action_check_readiness()
        fault = self.env["arm.invoice.fault"].search([("move_id", "=", draft.id)])
        self.assertEqual(fault.requirement_id.display_name, markup)

    def test_draft_that_is_not_saved_yet(self):
        """The form shows the banner before the first save."""
        new = self.env["account.move"].new(
            {"move_type": "out_invoice", "company_id": self.company.id}
        )
        self.assertEqual(new.readiness_state, "blocked")

    # --------------------------------------------------------------------- banner

    def test_banner_leads_to_where_it_is_mended(self):
        self.customer.city = False
        free = self.tax.copy({"name": "0 %", "amount": 0, "invoice_legal_notes": False})
        draft = self.make_draft(partner_bank_id=False)
        draft.invoice_line_ids.tax_ids = free
        self.env.invalidate_all()
        alerts = {a["message"]: a for a in draft.readiness_alerts.values()}
        models = {
            message.split(":")[0]: alert.get("action", {}).get("res_model")
            for message, alert in alerts.items()
        }
        self.assertEqual(
            models,
            {
                "Buyer's address": "res.partner",
                "Reason for charging no tax": "account.tax",
                "Bank account": None,
            },
        )
        levels = [alert["level"] for alert in draft.readiness_alerts.values()]
        self.assertEqual(levels, ["danger", "danger", "warning"])

    def test_list_finds_what_is_not_ready(self):
        drafts = self.make_drafts([self.customer, self.make_customer("Nowhere")])
        ours = [("id", "in", drafts.ids)]
        for operator, value, found in [
            ("=", "ready", drafts[0]),
            ("=", "blocked", drafts[1]),
            ("!=", "ready", drafts[1]),
            ("in", ["ready", "blocked"], drafts),
            ("=", False, drafts.browse()),
        ]:
            domain = [*ours, ("readiness_state", operator, value)]
            self.assertEqual(drafts.search(domain, order="id"), found, operator)

    # -------------------------------------------------------------------- wording

    def make_french(self):
        self.company.write(
            {
                "country_id": self.env.ref("base.fr").id,
                "zip": "75002",
                "vat": "FR40303265045",
                "company_registry": "303 265 045",
            }
        )
        self.customer.write({"country_id": self.env.ref("base.fr").id, "zip": "75001"})

    def test_wording_is_added_in_the_buyers_language(self):
        self.make_french()
        self.env["res.lang"]._activate_lang("fr_FR")
        draft = self.make_draft(narration="<p>Merci</p>")
        wanted = {"penalty_rate", "compensation", "discount_terms"}
        self.assertEqual(self.topics(draft), wanted)
        self.customer.lang = "fr_FR"
        draft.action_add_legal_wording()
        self.assertEqual(self.topics(draft), set())
        self.assertIn("Merci", draft.narration)
        self.assertIn("Indemnité forfaitaire", draft.narration)
        with self.refused("No wording is missing"):
            draft.action_add_legal_wording()

    def test_wording_is_added_when_posting(self):
        """In English for a buyer who reads something else; never twice."""
        self.make_french()
        draft = self.make_draft()
        with self.refused("Rate of late-payment penalties: missing."):
            draft.action_post()
        self.company.invoice_wording_auto = True
        draft.action_post()
        self.assertEqual(draft.narration.count("40 EUR"), 1)
        draft.button_draft()
        draft.action_post()
        self.assertEqual(draft.narration.count("40 EUR"), 1)

    def test_wording_of_goods_and_services_across_the_union(self):
        """What the law wants to read, and the same in the buyer's language.

        Nothing is said automatically of what nobody knows; and what was said is the
        reason for charging no tax, too.
        """
        self.env["res.lang"]._activate_lang("es_ES")
        for topic, text in [
            ("intra_supply", "Entrega intracomunitaria exenta de IVA."),
            ("reverse_charge", "Inversión del sujeto pasivo."),
        ]:
            law = self.env.ref(f"arm_receivables.invoice_requirement_de_{topic}")
            law.with_context(lang="es_ES").wording = text
        spain = self.env.ref("base.es")
        buyer = self.make_good_customer(
            "Madrid SA", zip="28013", country_id=spain.id, vat="ESB58378431"
        )
        buyer.lang = "es_ES"
        free = self.tax.copy({"name": "0 %", "amount": 0, "invoice_legal_notes": False})
        wording = {
            "consu": ("Steuerfreie innergemeinschaftliche", "Entrega intracomunitaria"),
            "service": ("Steuerschuldnerschaft", "Inversión del sujeto pasivo"),
        }
        for scope, texts in wording.items():
            free.tax_scope = scope
            draft = self.make_draft(buyer)
            draft.invoice_line_ids.tax_ids = free
            draft.action_add_legal_wording()
            self.assertEqual(self.topics(draft), set())
            for text in texts:
                self.assertIn(text, draft.narration)
        free.tax_scope = False
        draft = self.make_draft(buyer)
        draft.invoice_line_ids.tax_ids = free
        with self.refused("No wording is missing that could be added"):
            draft.action_add_legal_wording()

    def test_the_law_is_told_once_to_who_reads_its_language(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        belgian = self.env.ref("arm_receivables.invoice_requirement_be_reverse_charge")
        self.assertEqual(
            belgian._get_wording("nl_BE"), "Autoliquidation / Btw verlegd."
        )
        self.assertEqual(
            belgian._get_wording("en_US"),
            "Reverse charge: the customer is liable for the VAT.\n"
            "Autoliquidation / Btw verlegd.",
        )

    def test_wording_where_nothing_is_enforced(self):
        """A company that only looks can have its wording put on all the same."""
        self.make_french()
        self.company.write({"invoice_check_mode": "show", "invoice_wording_auto": True})
        draft = self.make_draft()
        draft.action_post()
        self.assertIn("40 EUR", draft.narration)

    def test_mentions_that_no_law_demands_are_off(self):
        """They can be switched on, and stay on when the law is brought up to date."""
        late = self.env.ref("arm_receivables.invoice_requirement_de_late_payment")
        draft = self.make_draft()
        self.assertFalse(late.active)
        self.assertEqual(self.topics(draft), set())
        late.active = True
        late._load_shipped()
        self.assertEqual(self.topics(draft), {"late_payment"})
        draft.action_add_legal_wording()
        self.assertIn("288", draft.narration)

    # --------------------------------------------------------------------- faults

    def test_faults_are_counted_once_and_closed(self):
        self.customer.city = False
        draft = self.make_draft(delivery_date=False)
        faults = self.env["arm.invoice.fault"]
        draft.action_check_readiness()
        draft.action_check_readiness()
        found = faults.search([("move_id", "=", draft.id)])
        self.assertEqual(set(found.mapped("state")), {"open"})
        self.assertEqual(
            set(found.requirement_id.mapped("topic")),
            {"buyer_address", "delivery_date"},
        )
        self.customer.city = "Berlin"
        draft.action_check_readiness()
        states = {fault.requirement_id.topic: fault.state for fault in found}
        self.assertEqual(states, {"buyer_address": "fixed", "delivery_date": "open"})
        requirement = found[0].requirement_id
        self.assertEqual(requirement.fault_count, 1)
        action = requirement.action_view_faults()
        self.assertEqual(faults.search(action["domain"]).requirement_id, requirement)
        self.assertEqual(found[0].action_view_invoice()["res_id"], draft.id)

    def test_nightly_check(self):
        self.customer.city = False
        drafts = self.make_drafts([self.customer] * 3)
        with self.enter_registry_test_mode():
            self.env.ref(
                "arm_receivables.ir_cron_invoice_readiness"
            ).method_direct_trigger()
        found = self.env["arm.invoice.fault"].search([("move_id", "in", drafts.ids)])
        self.assertEqual(len(found), 3)

    def test_faults_belong_to_a_company(self):
        self.customer.city = False
        draft = self.make_draft()
        draft.action_check_readiness()
        other = self.setup_other_company()["company"]
        stranger = self.make_user("i_stranger", "manager", other)
        faults = self.env["arm.invoice.fault"].with_user(stranger)
        self.assertFalse(faults.search([("move_id", "=", draft.id)]))

    def test_only_who_makes_invoices_may_check_them(self):
        draft = self.make_draft()
        with self.assertRaises(AccessError):
            draft.with_user(self.make_user("i_nobody")).action_check_readiness()

    # --------------------------------------------------------------- requirements

    def test_own_requirement_stands_in_for_the_law(self):
        """And only in its own company."""
        self.customer.city = False
        own = self.env["arm.invoice.requirement"].create(
            {
                "check": "buyer_address",
                "company_id": self.company.id,
                "severity": "warn",
            }
        )
        self.assertEqual(own.topic, "buyer_address")
        draft = self.make_draft()
        self.assertEqual(draft.readiness_state, "warning")
        own.active = False
        self.env.invalidate_all()
        self.assertEqual(draft.readiness_state, "blocked")

    def test_update_keeps_own_choices(self):
        """The law is brought up to date; severity, stage and archive stay."""
        requirement = self.env.ref(
            "arm_receivables.invoice_requirement_de_buyer_address"
        )
        gone = self.env.ref("arm_receivables.invoice_requirement_de_lines")
        requirement.write({"severity": "warn", "stage": "send", "source": "Old"})
        gone.active = False
        count = requirement.with_context(active_test=False).search_count([])
        requirement._load_shipped()
        self.assertEqual((requirement.severity, requirement.stage), ("warn", "send"))
        self.assertTrue(requirement.source.startswith("UStG § 14"))
        self.assertFalse(gone.active)
        self.assertEqual(
            requirement.with_context(active_test=False).search_count([]), count
        )

    def test_wrong_requirements(self):
        requirements = self.env["arm.invoice.requirement"]
        for values, words in [
            ({"pattern": "("}, "is no regular expression"),
            ({"amount_over": 5}, "has an amount without a currency"),
            ({"date_from": "2026-02-01", "date_to": "2026-01-01"}, "ends before"),
        ]:
            with self.refused(words, ValidationError):
                requirements.create({"check": "wording", **values})

    def test_every_check_has_words(self):
        """Labels, advice and parts for whatever the pure functions can say."""
        from ..models.arm_invoice_requirement import CHECKS
        from ..models.arm_invoice_texts import ADVICE
        from ..tools import invoice_checks

        self.assertEqual(set(dict(CHECKS)), set(invoice_checks.CHECKS))
        self.assertEqual(set(ADVICE), set(invoice_checks.CHECKS))


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInvoiceSending(InvoiceCheckCommon):
    """What does not meet a requirement for sending does not leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demanding = cls.make_good_customer(
            "Demanding", invoice_reference_required=True
        )
        cls.wrong = cls.make_draft(cls.demanding)
        cls.right = cls.make_draft()
        (cls.wrong | cls.right).action_post()

    def send(self, moves, **options):
        options = {"sending_methods": {"manual"}, **options}
        return self.env["account.move.send"]._generate_and_send_invoices(
            moves, **options
        )

    def test_posting_is_not_stopped_by_what_is_for_sending(self):
        self.assertEqual(self.wrong.state, "posted")
        self.assertEqual(self.wrong.readiness_state, "blocked")

    def test_sending_is_refused(self):
        words = "Enter the customer's order number as reference."
        with self.refused(words):
            self.send(self.wrong)
        self.assertFalse(self.wrong.is_move_sent)
        self.wrong.ref = "PO-1"
        self.send(self.wrong)
        self.assertTrue(self.wrong.is_move_sent)

    def test_the_job_sends_the_others(self):
        """The wrong one is taken out of the queue and told why."""
        (self.wrong | self.right).sending_data = {"sending_methods": ["manual"]}
        self.send(self.wrong | self.right, from_cron=True)
        self.assertTrue(self.right.is_move_sent)
        self.assertFalse(self.wrong.is_move_sent or self.wrong.sending_data)
        self.assertIn("order number", self.wrong.message_ids[0].body)

    def test_a_fallback_document_does_not_leave_either(self):
        with self.assertRaises(UserError):
            self.send(self.wrong, allow_fallback_pdf=True)

    def test_dialog_shows_it(self):
        wizard = self.env["account.move.send.wizard"].create(
            {"move_id": self.wrong.id, "sending_methods": ["manual"]}
        )
        self.assertEqual(wizard.alerts["arm_requirements"]["level"], "danger")
        with self.refused("order number"):
            wizard.action_send_and_print()

    def test_a_company_that_does_not_enforce(self):
        self.company.invoice_check_mode = "show"
        self.send(self.wrong)
        self.assertTrue(self.wrong.is_move_sent)


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestInvoiceRequirementGrowth(InvoiceCheckCommon):
    """The number of queries does not grow with the invoices."""

    def customers(self, count):
        return [self.make_good_customer(f"Growth {n}") for n in range(count)]

    def count_queries(self, moves, method):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        method(moves)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_checking_many(self):
        def check(moves):
            moves._get_readiness()

        def record(moves):
            moves._record_faults()

        few = self.make_drafts(self.customers(5), delivery_date=False)
        many = self.make_drafts(self.customers(50), delivery_date=False)
        for method in (check, record):
            self.count_queries(few, method)  # caches
            base = self.count_queries(few, method)
            self.assertLessEqual(self.count_queries(many, method), base + 1)

    def test_posting_many(self):
        """What checks add to posting is the same for five and for fifty."""

        def checks_of(count):
            counts = []
            for mode in ("show", "enforce"):
                self.company.invoice_check_mode = mode
                drafts = self.make_drafts(self.customers(count))
                counts.append(self.count_queries(drafts, lambda moves: moves._post()))
            return counts[1] - counts[0]

        checks_of(2)  # caches
        self.assertLessEqual(checks_of(50), checks_of(5) + 3)

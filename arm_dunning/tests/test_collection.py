from io import BytesIO
from zipfile import ZipFile

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools.pdf import PdfReader

from .common import TODAY
from .common_work import WorkCommon

SIZES = (2, 20)  # a growth test compares these


@tagged("post_install", "-at_install", "arm")
class TestCollection(WorkCommon):
    """A case from the proposal to the result, and its dossier."""

    @classmethod
    @freeze_time(f"{TODAY} 05:00:00")
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.de")
        cls.agency = cls.env["res.partner"].create(
            {"name": "Inkasso Nord", "is_company": True}
        )
        cls.second = cls.post_invoice(cls.customer, "2026-03-01", 1000)
        cls.env["arm.customer.account"]._refresh(cls.company)

    def propose(self, account=None):
        account = (account or self.account).sudo(False)
        return (
            account._propose_handover("Does not pay").with_user(self.boss).sudo(False)
        )

    def approved(self):
        case = self.propose()
        case.action_approve()
        return case

    def handed(self):
        case = self.approved()
        case.handler_id = self.agency
        case.action_hand_over()
        return case

    def pay(self, case, amount, day=TODAY):
        action = case.sudo().action_register_payment()
        wizard = self.env["account.payment.register"].with_context(**action["context"])
        values = {"payment_date": day, "group_payment": True}
        wizard.create({**values, "amount": amount})._create_payments()

    def dossier_of(self, case):
        return ZipFile(BytesIO(case.sudo().dossier_id.raw))

    # ----------------------------------------------------------------- the way of it

    @freeze_time(f"{TODAY} 09:00:00")
    def test_from_proposal_to_hand_over(self):
        call = self.make_call(self.account)
        case = self.propose()
        self.assertEqual((case.state, case.item_ids.ids), ("proposed", []))
        case.action_approve()
        self.assertEqual((case.state, case.user_id), ("approved", self.boss))
        self.assertRegex(case.name, r"^COLL/2026/\d{4}$")
        self.assertEqual(case.item_ids.move_id, self.invoice | self.second)
        self.assertEqual((call.state, call.outcome), ("cancelled", "not_needed"))
        with self.assertRaisesRegex(UserError, "which agency"):
            case.action_hand_over()
        case.handler_id = self.agency
        case.action_hand_over()
        self.assertEqual((case.state, str(case.date_handed)), ("handed", TODAY))
        self.assertEqual((case.amount_handed, case.amount_left), (5000, 5000))
        self.assertTrue(case.dossier_id)
        with self.assertRaisesRegex(UserError, "stays in the case"):
            case.item_ids[0].unlink()
        kinds = self.account.event_ids.filtered(lambda e: e.kind == "case")
        self.assertEqual(
            set(kinds.mapped("description")), {"Proposed", "Approved", "Handed Over"}
        )

    @freeze_time(f"{TODAY} 09:00:00")
    def test_who_may_do_what(self):
        case = self.propose()
        anna = case.with_user(self.anna)
        for method in (anna.action_approve, anna.action_decline, anna.action_close):
            with self.assertRaises(AccessError):
                method()
        for name, value in [("state", "handed"), ("handler_id", self.agency.id)]:
            with self.assertRaises(AccessError):
                anna.write({name: value})
        for name in ("state", "date_handed", "result", "name"):
            with self.assertRaises(AccessError):
                case.write({name: False})
        with self.assertRaises(AccessError):
            case.with_user(self.bert).read(["state"])
        anna.note = "The agency called"
        cost = {"case_id": case.id, "amount": 10, "kind": "court"}
        self.env["arm.collection.cost"].with_user(self.anna).create(cost)
        with self.assertRaises(AccessError):
            self.env["arm.collection.cost"].with_user(self.bert).create(cost)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_one_open_case(self):
        """Proposed again it is the same case; declined, another one may come."""
        case = self.propose()
        self.assertEqual(self.propose(), case)
        case.action_approve()
        self.assertEqual(self.propose(), case)
        case.sudo()._close("withdrawn")
        self.assertNotEqual(self.propose(), case)

    def test_nothing_is_sent_while_it_is_open(self):
        """Proposed, approved and handed over stop the chain; the end frees it."""
        self.make_task("Reminder", 10, template="overdue", catch_up_days=60)
        with freeze_time(f"{TODAY} 05:00:00"):
            case = self.propose()
        self.dun()
        row = self.actions_of(self.invoice)
        self.assertEqual((row.state, row.reason), ("held", "handed_over"))
        with freeze_time("2026-03-17 05:00:00"):
            case.action_approve()
            case.handler_id = self.agency
            case.action_hand_over()
        self.dun("2026-03-18")
        self.assertEqual((row.state, row.reason), ("held", "handed_over"))
        with freeze_time("2026-03-19 05:00:00"):
            self.close(case, "withdrawn", "Too small for the agency")
        self.dun("2026-03-19")
        self.assertEqual(row.state, "done")

    # ----------------------------------------------------------------- money, results

    def close(self, case, result, note=False):
        action = case.action_close()
        form = Form(
            self.env["arm.collection.close"]
            .with_user(self.boss)
            .with_context(**action["context"])
        )
        form.result = result
        if note:
            form.note = note
        form.save().action_apply()

    @freeze_time(f"{TODAY} 09:00:00")
    def test_payments_come_back(self):
        """What comes in is on the invoice, the customer and the case at once."""
        case = self.handed()
        self.pay(case, 1500)
        case.invalidate_recordset()
        self.assertEqual((case.amount_recovered, case.amount_left), (1500, 3500))
        self.assertEqual((case.recovered_share, case.is_settled), (30, False))
        self.assertEqual(self.account.amount_overdue, 3500)
        with self.assertRaisesRegex(UserError, "still open"):
            self.close(case, "paid")
        self.pay(case, 3500)
        case.invalidate_recordset()
        self.assertTrue(case.is_settled)
        with self.assertRaisesRegex(UserError, "everything is paid"):
            case.action_register_payment()
        cron = self.env.ref("arm_dunning.ir_cron_cases")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual((case.state, case.result), ("closed", "paid"))

    @freeze_time(f"{TODAY} 09:00:00")
    def test_payment_before_the_hand_over_is_not_recovered(self):
        case = self.approved()
        self.pay(case, 1000, "2026-03-10")
        case.handler_id = self.agency
        case.action_hand_over()
        self.assertEqual((case.amount_handed, case.amount_recovered), (4000, 0))

    @freeze_time(f"{TODAY} 09:00:00")
    def test_uncollectable_rest(self):
        """It leaves follow-up, and somebody is asked to write it off."""
        case = self.handed()
        self.pay(case, 1000)
        self.close(case, "uncollectable", "Insolvency without assets")
        lines = case.sudo().item_ids.item_id
        self.assertEqual(
            lines.filtered("no_followup"), lines.filtered(lambda x: not x.reconciled)
        )
        self.assertIn("Insolvency without assets", case.note)
        activity = self.account.sudo().activity_ids
        self.assertIn("Write off", activity.summary)
        with self.assertRaisesRegex(UserError, "closed already"):
            self.close(case, "withdrawn")

    @freeze_time(f"{TODAY} 09:00:00")
    def test_costs_are_claimed_once(self):
        case = self.handed()
        cost = (
            self.env["arm.collection.cost"]
            .with_user(self.anna)
            .create(
                {"case_id": case.id, "amount": 58.5, "kind": "court", "name": "Order"}
            )
        )
        cost.action_claim()
        cost.action_claim()
        charge = self.env["arm.dunning.charge"].search(
            [("account_id", "=", self.account.id)]
        )
        self.assertEqual((charge.amount, charge.document), (58.5, case.name))
        self.assertEqual(charge.calculation, "Court: Order")
        self.assertEqual(case.amount_costs, 58.5)
        with self.assertRaisesRegex(UserError, "waive that first"):
            cost.amount = 1
        with self.assertRaisesRegex(UserError, "above zero"):
            cost.copy({"amount": 0})

    # -------------------------------------------------------------------- limitation

    @freeze_time(f"{TODAY} 09:00:00")
    def test_limitation(self):
        """By the law of the contract; near its end somebody is told, once."""
        old = self.post_invoice(self.customer, "2023-04-01", 300)
        case = self.approved()
        item = case.item_ids.filtered(lambda i: i.move_id == old)
        self.assertEqual(str(item.limitation_date), "2026-12-31")
        self.assertEqual(
            (str(case.limitation_date), case.limitation_warning), ("2026-12-31", "open")
        )
        case.law_country_id = self.env.ref("base.pl")
        self.assertEqual(str(case.limitation_date), "2025-12-31")
        self.assertEqual(case.limitation_warning, "over")
        case.limitation_other = "2026-04-30"
        self.assertEqual(case.limitation_warning, "urgent")
        cron = self.env.ref("arm_dunning.ir_cron_cases")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        self.assertEqual(len(case.sudo().activity_ids), 1)

    # ----------------------------------------------------------------------- dossier

    def test_dossier(self):
        """Everything in one ZIP, as stored; what is missing stands in the index."""
        task = self.make_task("Reminder", 10, template="overdue", catch_up_days=30)
        self.dun()
        self.assertEqual(self.actions_of(self.invoice).task_id, task)
        stored = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"%PDF-1.4 as sent",
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_field": "invoice_pdf_report_file",
                "res_id": self.invoice.id,
            }
        )
        self.env["ir.attachment"].create(
            {
                "name": "../signed note.pdf",
                "raw": b"delivered",
                "res_model": "account.move",
                "res_id": self.invoice.id,
            }
        )
        self.invoice.invalidate_recordset()
        self.assertEqual(self.invoice.invoice_pdf_report_id, stored)
        with freeze_time("2026-03-17 09:00:00"):
            self.entry(self.account).action_reached()
            case = self.approved()
            case.document_ids = [
                Command.create(
                    {"section": "delivery", "name": "pod.txt", "content": b"aGk="}
                )
            ]
            case.handler_id = self.agency
            case.action_hand_over()
        archive = self.dossier_of(case)
        self.assertIsNone(archive.testzip())
        names = archive.namelist()
        self.assertEqual(names[0], "0 Index.pdf")
        number = self.invoice.name.replace("/", "-")
        self.assertEqual(archive.read(f"2 Invoices/{number}.pdf"), stored.raw)
        self.assertEqual(archive.read("3 Deliveries/pod.txt"), b"hi")
        self.assertEqual(archive.read("8 Other/-signed note.pdf"), b"delivered")
        statement = archive.read("1 Statement/Statement of account.pdf")
        self.assertTrue(statement.startswith(b"%PDF"))
        sheet = archive.read(
            f"6 Interest and Charges/Calculation of interest {number}.pdf"
        )
        page = PdfReader(BytesIO(sheet)).pages[0].extract_text().replace("\t", " ")
        self.assertIn(number.replace("-", "/"), page)
        self.assertIn("10.27 %", page, "by law, though nobody has proposed it")
        self.assertFalse(self.env["arm.dunning.charge"].search([]).segment_ids)
        letters = [n for n in names if n.startswith("5 Correspondence/")]
        self.assertEqual(len(letters), 1)
        self.assertIn(b"meta charset", archive.read(letters[0]))
        for name in names:
            self.assertNotIn("..", name)
        pages = PdfReader(BytesIO(archive.read(names[0]))).pages
        words = "".join(page.extract_text() for page in pages).split()
        text = " ".join(words)
        self.assertIn(case.name, text)
        self.assertIn("Not stored", text, "the second invoice was never stored")
        self.assertIn("5,000.00", text)
        self.assertIn(f"Calculation of interest {self.invoice.name}", text)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_dossier_for_collectors_of_the_customer_only(self):
        case = self.approved()
        action = case.with_user(self.anna).action_dossier()
        self.assertRegex(action["url"], r"^/web/content/\d+\?download=true$")
        with self.assertRaises(AccessError):
            case.with_user(self.bert).action_dossier()
        reader = self.make_collector("c_reader", "reader")
        with self.assertRaises(AccessError):
            case.with_user(reader).action_dossier()

    @freeze_time(f"{TODAY} 09:00:00")
    def test_documents_of_the_right_case(self):
        """Files of an invoice, an order and a dispute; of nobody else's, and once."""
        files = self.env["ir.attachment"].create(
            [
                {"name": f"{move.partner_id.name}.txt", "raw": b"x", **owner}
                for move in (self.invoice, self.other_invoice)
                for owner in [{"res_model": "account.move", "res_id": move.id}]
            ]
        )
        evidence = self.env["ir.attachment"].create({"name": "photo.txt", "raw": b"y"})
        self.open_dispute(self.other_invoice, 100, attachment_ids=evidence.ids)
        cases = self.propose() | self.propose(self.other_account)
        cases.action_approve()
        mine, others = cases
        self.assertEqual(mine.document_ids.origin_id, files[0])
        self.assertEqual(mine.document_ids.origin, self.invoice.display_name)
        self.assertEqual(others.document_ids.origin_id, files[1] | evidence)
        cases.with_user(self.anna).browse(mine.id).action_collect_documents()
        self.assertEqual(len(mine.document_ids), 1)

    def open_dispute(self, invoice, amount, **values):
        line = invoice.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        account = self.account_of(invoice.partner_id)
        return self.env["arm.dispute"].create(
            {
                "account_id": account.id,
                "currency_id": line.currency_id.id,
                "reason_id": self.env["arm.dispute.reason"].search([], limit=1).id,
                "line_ids": [Command.create({"item_id": line.id, "amount": amount})],
                **values,
            }
        )

    @freeze_time(f"{TODAY} 09:00:00")
    def test_disputed_in_full_is_left_out(self):
        """No agency takes a claim that is disputed; what is disputed in part goes."""
        self.open_dispute(self.second, 1000)
        self.open_dispute(self.invoice, 1000)
        case = self.approved()
        self.assertEqual(case.item_ids.move_id, self.invoice)

    def make_cases(self, number):
        """Cases of customers with two invoices, a file at each of them, and a call."""
        partners = self.env["res.partner"].create(
            [{"name": f"C {number} {n}", "is_company": True} for n in range(number)]
        )
        invoices = self.env["account.move"]
        for partner in partners:
            for due in ("2026-03-01", "2026-03-02"):
                invoices |= self.make_invoice(partner, due, 1000)
        invoices.action_post()
        self.env["ir.attachment"].create(
            [
                {"name": "a", "raw": b"a", "res_model": move._name, "res_id": move.id}
                for move in invoices
            ]
        )
        accounts = self.env["arm.customer.account"].search(
            [("partner_id", "in", partners.ids)]
        )
        for account in accounts:
            self.make_call(account)
        cases = accounts._propose_handover("x")
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE arm_collection_case, account_move_line, ir_attachment"
        )
        self.env.invalidate_all()
        return cases

    def count_queries(self, method):
        before = self.env.cr.sql_log_count
        method()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    @freeze_time(f"{TODAY} 09:00:00")
    def test_growth_of_deciding(self):
        """Declining and approving many at once."""
        self.make_cases(1).action_approve()  # what is read once only
        declined = {
            n: self.count_queries(self.make_cases(n).action_decline) for n in SIZES
        }
        self.assertLessEqual(declined[SIZES[1]], declined[SIZES[0]] + 6, declined)
        approved = {
            n: self.count_queries(self.make_cases(n).action_approve) for n in SIZES
        }
        numbers = SIZES[1] - SIZES[0]  # drawn from the sequence one by one
        more = approved[SIZES[1]] - approved[SIZES[0]]
        self.assertLessEqual(more, numbers + 6, approved)

    @freeze_time(f"{TODAY} 09:00:00")
    def test_growth_of_collecting(self):
        """Listing the items of many cases, and looking for their documents."""
        for method in ("_list_items", "_collect_documents"):
            counts = {}
            for number in SIZES:
                cases = self.make_cases(number)
                if method == "_collect_documents":
                    cases._list_items()
                    self.env.flush_all()
                    self.env.invalidate_all()
                counts[number] = self.count_queries(getattr(cases, method))
                self.assertEqual(len(cases.item_ids), 2 * number)
            self.assertEqual(
                len(cases.document_ids), 2 * number * (method != "_list_items")
            )
            self.assertLessEqual(counts[SIZES[1]], counts[SIZES[0]] + 6, counts)

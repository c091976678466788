import base64
import io
import re
import zipfile
from datetime import date, datetime

from openpyxl import load_workbook

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestExport(InsuranceCommon):
    """Files and e-mails to insurers and lenders, in the layout that they ask for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.insurer.email = "desk@insurer.example"
        cls.buyer = cls.make_customer("=Buyer", city="Graz", vat=False)
        cls.buyer.industry_id = cls.env["res.partner.industry"].create({"name": "Wood"})
        cls.limit = cls.make_limit(cls.buyer, 1000, insurer_reference="B-7")
        cls.invoice = cls.post_invoice(
            cls.buyer, "2026-01-10", 700, invoice_date="2026-01-02"
        )
        cls.limit._refresh()

    def content(self, action):
        """The file that an action lets the browser save."""
        row_id = int(action["url"].split("/")[4])
        row = self.env["arm.insurance.file"].browse(row_id)
        return row.name, base64.b64decode(row.content)

    def sheet(self, content):
        """All texts of an XLSX."""
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            self.assertFalse([name for name in book.namelist() if "macro" in name])
            texts = book.read("xl/sharedStrings.xml").decode()
            cells = book.read("xl/worksheets/sheet1.xml").decode()
        formulas = re.findall(r"<f>(.*?)</f>", cells)
        self.assertFalse([text for text in formulas if text[:13] != "SUBTOTAL(109,"])
        return texts

    def make_layout(self, kind, columns, **values):
        return self.env["arm.insurance.layout"].create(
            {
                "name": "Portal",
                "kind": kind,
                "insurer_id": self.insurer.id,
                "file_type": "csv",
                "encoding": "utf-8",
                "column_ids": [
                    Command.create({"heading": heading, "source": source, **more})
                    for heading, source, more in columns
                ],
                **values,
            }
        )

    # ---------------------------------------------------------------------- layouts

    def test_the_insurers_own_layout(self):
        self.make_layout(
            "exposure",
            [
                ("Nr", "buyer_number", {}),
                ("Name", "buyer", {}),
                ("Typ", "constant", {"constant": "K"}),
                ("Limit", "limit", {}),
                ("Offen", "open", {}),
                ("Seit", "oldest_due", {}),
            ],
            decimal_mark="comma",
            date_format="dot",
        )
        name, content = self.content(self.limit.action_export())
        self.assertTrue(name.endswith(".csv"))
        self.assertEqual(
            content.decode().splitlines(),
            [
                "Nr;Name;Typ;Limit;Offen;Seit",
                "B-7;'=Buyer;K;1000,00;700,00;10.01.2026",
            ],
        )

    def test_every_insurer_has_a_layout_of_each_kind(self):
        for kind in ("notice", "request", "claim", "exposure", "declaration"):
            layout = self.env["arm.insurance.layout"]._get_layout(kind, self.insurer)
            self.assertTrue(layout.column_ids, kind)
            layout.column_ids._check_source()
        name, content = self.content(self.limit.action_export())
        self.assertTrue(name.endswith(".xlsx"))
        self.assertIn("=Buyer", self.sheet(content))

    def test_columns_that_a_file_does_not_have_are_refused(self):
        with self.refused("does not have that content", ValidationError):
            self.make_layout("exposure", [("X", "date_of_loss", {})])
        self.env["arm.insurance.layout"].search([]).active = False
        with self.refused("no file layout"):
            self.limit.action_export()

    def test_several_policies_come_as_one_archive(self):
        second = self.make_policy("P/2")
        other = self.env["arm.insurance.limit"].create(
            {"policy_id": second.id, "partner_id": self.buyer.id}
        )
        name, content = self.content((self.limit | other).action_export())
        self.assertEqual(name, "insurance.zip")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertEqual(len(archive.namelist()), 2)
            self.assertFalse([n for n in archive.namelist() if "/" in n])

    def test_readers_export_and_do_not_change_layouts(self):
        reader = self.make_insurance_user("reader")
        action = self.limit.with_user(reader).action_export()
        row_id = int(action["url"].split("/")[4])
        files = self.env["arm.insurance.file"].with_user(reader)
        self.assertTrue(files.browse(row_id).content)
        other = files.with_user(self.make_insurance_user("insurance_manager"))
        with self.assertRaises(AccessError):
            other.browse(row_id).read(["content"])
        with self.assertRaises(AccessError):
            self.env["arm.insurance.layout"].with_user(reader).create(
                {"name": "x", "kind": "claim"}
            )
        stranger = self.make_user("nobody")
        with self.assertRaises(AccessError):
            self.limit.with_user(stranger).action_export()

    # ---------------------------------------------------------------------- e-mails

    def send(self, record, action):
        composer = (
            self.env["mail.compose.message"]
            .with_context(**action["context"])
            .create({})
        )
        composer.action_send_mail()
        return record.message_ids.filtered(
            lambda message: message.partner_ids == self.insurer
        )[:1]

    def test_limit_request_tells_sector_sales_and_risk(self):
        # As superuser: figures of accounts follow the ledger.
        account = self.account_of(self.buyer).sudo()
        account.write({"amount_sales": 9000, "reliability_status": "yellow"})
        with self.refused("Nothing is requested"):
            self.limit.action_send_request()
        values = self.limit.action_request()["context"]
        self.assertEqual(values["default_requested_amount"], 1000)
        self.decide(self.limit, "request", TODAY, requested_amount=5000)
        request = self.limit._get_open_request()
        self.assertEqual((request.sales, request.industry_id.name), (9000, "Wood"))
        message = self.send(self.limit, self.limit.action_send_request())
        names = message.attachment_ids.mapped("name")
        self.assertEqual(len(names), 2)
        sheet = message.attachment_ids.filtered(lambda a: a.name.endswith(".xlsx"))
        texts = self.sheet(base64.b64decode(sheet.datas))
        for word in ("Wood", "B-7", "Graz"):
            self.assertIn(word, texts)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_request", self.limit.ids
        )
        for word in (b"Wood", b"5,000", b"9,000"):
            self.assertIn(word, html)
        self.decide(self.limit, "grant", TODAY, amount=4000)
        self.assertFalse(self.limit.has_request)
        with self.refused("has an open request"):
            self.limit.action_export_requests()

    def test_notice_goes_out_with_a_file(self):
        self.limit.action_notify()
        notice = self.limit.notice_ids
        message = self.send(notice, notice.action_send_email())
        sheet = message.attachment_ids.filtered(lambda a: a.name.endswith(".xlsx"))
        self.assertIn(self.invoice.name, self.sheet(base64.b64decode(sheet.datas)))
        self.assertEqual(notice.state, "sent")
        _name, content = self.content(notice.action_export())
        self.assertIn(self.invoice.name, self.sheet(content))

    def test_claim_goes_out_with_its_papers(self):
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        with self.refused("lacks documents"):
            claim.action_send_email()
        claim.document_ids.is_there = True
        claim.document_ids[0].attachment_ids = self.env["ir.attachment"].create(
            {"name": "proof.txt", "raw": b"x"}
        )
        message = self.send(claim, claim.action_send_email())
        names = message.attachment_ids.mapped("name")
        self.assertIn("proof.txt", names)
        self.assertEqual(len(names), 3)
        self.assertNotEqual(claim.state, "draft")
        _name, content = self.content(claim.action_export())
        self.assertIn(claim.name, self.sheet(content))
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_claim", claim.ids
        )
        self.assertIn(self.invoice.name.encode(), html)

    # ---------------------------------------------------------------------- reports

    def test_lender_and_renewal(self):
        self.env["arm.insurance.declaration"].create(
            {
                "policy_id": self.policy.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "earned": 400,
                "declared": 700,
                "state": "checked",
            }
        )
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        claim.write({"state": "paid", "accepted_amount": 100})
        [row] = self.env["arm.insurance.renewal"]._get_years(self.policy)
        self.assertEqual((row["premium"], row["claims"], row["ratio"]), (400, 100, 25))
        use = self.env["arm.insurance.renewal"]._get_use(self.policy)
        self.assertEqual([band["count"] for band in use], [0, 0, 1, 0])
        idle = self.make_limit(self.make_customer("Idle"), 50, "2025-01-01")
        self.assertEqual(self.env["arm.insurance.renewal"]._get_idle(self.policy), idle)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_renewal", self.policy.ids
        )
        self.assertIn(b"25.0", html)
        self.assertIn(b"Idle", html)
        _name, content = self.content(self.policy.action_renewal_xlsx())
        self.assertIn("Claims ratio", self.sheet(content))
        day = self.policy.year_ids.date_from.replace(month=2, day=28)
        engine = self.env["arm.insurance.engine"]
        engine._snapshot(self.policy, self.policy.limit_ids, day)
        [row] = self.env["arm.insurance.lender"]._get_months(self.policy)
        self.assertEqual((row[0], row[1], row[2]), (day, 700, 700))

    def lender(self, month):
        """The wizard of the lender's report, as a reader opens it."""
        user = self.make_insurance_user("reader")
        action = self.policy.with_user(user).action_lender_report()
        wizard = self.env[action["res_model"]].with_user(user)
        return wizard.with_context(**action["context"]).create({"month": month})

    def test_the_lender_sees_what_was_true_then(self):
        """A month end that is kept, after the limit was cut and the buyer has paid."""
        day = date(2026, 2, 28)
        self.env["arm.insurance.engine"]._snapshot(
            self.policy, self.policy.limit_ids, day
        )
        self.decide(self.limit, "withdraw", "2026-03-10")
        self.pay(self.invoice, "2026-03-12")
        self.limit._refresh()
        wizard = self.lender("2026-02-28")
        options = dict(wizard.fields_get(["month"])["month"]["selection"])
        self.assertEqual(options["2026-02-28"], "02/28/2026")
        report = wizard._get_report()
        [row] = report["buyers"]
        self.assertEqual((row["limit"], row["covered"]), (1000, 700))
        self.assertEqual(report["totals"]["insured_amount"], 630)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_lender", wizard.ids
        )
        for text in (b"02/28/2026", b"=Buyer", b"1,000.00", b"630.00"):
            self.assertIn(text, html)
        self.assertEqual(wizard.action_print()["report_type"], "qweb-pdf")
        name, content = self.content(wizard.action_save())
        self.assertEqual(name, "Insured receivables P-1 2026-02-28.xlsx")
        self.assertIn(self.invoice.name, self.sheet(content))
        wizard.month = "today"
        self.assertFalse(wizard._get_report()["buyers"])
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "arm_insurance.report_policy", self.policy.ids
        )
        self.assertIn(b"Nothing was open", html)

    def test_the_lender_asks_for_a_month_that_is_not_kept(self):
        other = self.make_policy("P-9")
        self.env["arm.insurance.engine"]._snapshot(
            self.policy, self.policy.limit_ids, date(2026, 2, 28)
        )
        wizard = self.env["arm.insurance.lender.report"].create(
            {"policy_id": other.id, "month": "2026-02-28"}
        )
        with self.refused("nothing is kept"):
            wizard.action_print()

    def test_sums_are_formulas_over_numbers(self):
        """Dates and amounts are such, the heading stays, sums follow the filter."""
        _name, content = self.content(self.limit.action_export())
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            styles = book.read("xl/styles.xml").decode()
        self.assertIn('state="frozen"', sheet)
        self.assertIn("<autoFilter", sheet)
        self.assertIn("yyyy\\-mm\\-dd" if "\\-" in styles else "yyyy-mm-dd", styles)
        [formula] = set(
            re.findall(r"<f>(SUBTOTAL\(109,[A-Z]+2:[A-Z]+2\))</f><v>1000", sheet)
        )
        self.assertIn("SUBTOTAL", formula)
        layout = self.env["arm.insurance.layout"]._get_layout("exposure", self.insurer)
        layout.has_total = False
        _name, content = self.content(self.limit.action_export())
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        self.assertNotIn("<f>", sheet)

    def read(self, content):
        """The first sheet as a spreadsheet program sees it, and what it computes.

        Checks what holds for every file: the heading stays, days are days, amounts
        are numbers, and the only formulas are sums.
        """
        files = io.BytesIO(content)
        sheet = load_workbook(files).worksheets[0]
        values = load_workbook(files, data_only=True).worksheets[0]
        self.assertEqual(sheet.freeze_panes, "A2")
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if isinstance(cell.value, str):
                    self.assertNotRegex(cell.value, r"^\d{4}-\d\d-\d\d$|^-?\d+\.\d\d$")
                if cell.data_type == "f":
                    self.assertTrue(cell.value.startswith("=SUBTOTAL(109,"))
                if cell.is_date:
                    self.assertEqual(cell.number_format, "yyyy-mm-dd")
        head, *rows = values.iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def test_every_spreadsheet_holds_numbers_days_and_sums(self):
        """Request, notice, claim, declaration, exposure, lender and renewal."""
        self.decide(self.limit, "request", TODAY, requested_amount=5000)
        self.limit.action_notify()
        notice = self.limit.notice_ids
        notice.item_ids = self.item(self.invoice)
        claim = self.env["arm.insurance.claim"].create({"limit_id": self.limit.id})
        period = {"date_from": "2026-01-01", "date_to": "2026-01-31"}
        declaration = self.env["arm.insurance.declaration"].create(
            {"policy_id": self.policy.id, **period}
        )
        declaration.action_compute()
        found = {}
        for name, action in {
            "request": self.limit.action_export_requests(),
            "notice": notice.action_export(),
            "claim": claim.action_export(),
            "declaration": declaration.action_export(),
            "exposure": self.limit.action_export(),
            "lender": self.lender("today").action_save(),
            "renewal": self.policy.action_renewal_xlsx(),
        }.items():
            found[name] = self.read(self.content(action)[1])
        [row, total] = found["request"]
        self.assertEqual((row["Requested"], total["Requested"]), (5000, 5000))
        self.assertEqual(row["Requested on"], datetime(2026, 3, 16))
        [row, total] = found["notice"]
        self.assertEqual(row["Due"], datetime(2026, 1, 10))
        self.assertEqual((row["Open"], total["Open"]), (700, 700))
        self.assertIsNone(total["Limit"], "the same limit in each row is no sum")
        [row, total] = found["claim"]
        self.assertEqual((row["Covered"], total["Covered"]), (700, 700))
        [row, total] = found["declaration"]
        self.assertEqual((row["Declared"], total["Declared"]), (700, 700))
        [row, total] = found["lender"]
        self.assertEqual((row["Buyer"], total["Buyer"]), ("=Buyer", "Total"))
        self.assertEqual((row["Insurer's share"], total["Insurer's share"]), (630, 630))
        self.assertEqual(found["renewal"][0]["From"], datetime(2026, 1, 1))

    def test_queries_do_not_grow_with_buyers(self):
        limits = self.limit.union(
            *(self.make_limit(self.make_customer(f"B{n}"), 100) for n in range(20))
        )
        export = self.env["arm.insurance.export"]

        def count(records):
            self.env.flush_all()
            self.env.cr.execute("ANALYZE arm_insurance_limit")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            export._make_files("exposure", records, "x")
            return self.env.cr.sql_log_count - before

        count(limits)
        self.assertLessEqual(count(limits) - count(limits[:2]), 3)

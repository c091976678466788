from base64 import b64decode
from io import BytesIO
from zipfile import ZipFile

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import PdfReader


@tagged("post_install", "-at_install", "arm")
class TestPaperTour(HttpCase):
    """Letters and hand-overs in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.user_admin").company_id
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.company, install_demo=False
            )
        tasks = cls.env["arm.dunning.task"].search(
            [("company_id", "=", cls.company.id)]
        )
        tasks.active = False
        cls.today = cls.company._local_today()
        cls.boss = new_test_user(
            cls.env,
            "tour_boss",
            # Payments are entered by who may invoice.
            groups="arm_receivables.group_receivables_manager,"
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
        )

    @classmethod
    def _post_invoice(cls, name, days_late, amount):
        partner = cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "street": "Main Street 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
            }
        )
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "invoice_date": fields.Date.subtract(cls.today, days=days_late + 30),
                "invoice_date_due": fields.Date.subtract(cls.today, days=days_late),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    fields.Command.create(
                        {"name": "Parts", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _write_letters(self):
        """What the scheduled action does, without the commits of the engine."""
        self.env["arm.dunning.task"].create(
            {
                "name": "Letter",
                "company_id": self.company.id,
                "offset_days": 3,
                "operation_ids": [
                    fields.Command.create(
                        {
                            "operation_type": "letter",
                            "template_id": self.env.ref(
                                "arm_dunning.mail_template_overdue"
                            ).id,
                        }
                    )
                ],
            }
        )
        run = self.env["arm.dunning.run"].sudo()._open_run(self.company, "manual")
        run._plan_locked()
        while run._execute_batch():
            self.env.flush_all()
        run._finish()
        return run

    def test_printing_letters(self):
        for number in (1, 2):
            self._post_invoice(f"Tour Reader {number}", 3, 100)
        run = self._write_letters()
        letters = self.env["arm.dunning.letter"].search([("run_id", "=", run.id)])
        letters.sudo()._ensure_pdfs()  # as the scheduled action does
        self.assertEqual(letters.mapped("state"), ["queued", "queued"])
        self.start_tour(
            f"/odoo/dunning-runs/{run.id}",
            "arm_dunning_letter_tour",
            login=self.boss.login,
        )
        self.assertEqual(set(letters.mapped("state")), {"printed"})
        self.assertEqual(letters.user_id, self.boss)
        messages = letters.message_id
        self.assertEqual(set(messages.mapped("delivery_state")), {"sent"})
        self.assertEqual(messages.mapped("date_sent"), letters.mapped("date_printed"))
        files = self.env["arm.dunning.print"].search(
            [("letter_ids", "in", letters.ids)], order="id"
        )
        self.assertEqual(files.mapped("letter_count"), [2, 2, 1])
        pages = PdfReader(BytesIO(b64decode(files[0].file))).pages
        text = " ".join("".join(page.extract_text() for page in pages).split())
        self.assertIn("Tour Reader 1", text)
        self.assertIn("Tour Reader 2", text)

    def test_hand_over(self):
        self.env["res.partner"].create({"name": "Tour Agency", "is_company": True})
        invoice = self._post_invoice("Tour Debtor", 60, 900)
        account = self.env["arm.customer.account"].search(
            [
                ("partner_id", "=", invoice.partner_id.id),
                ("company_id", "=", self.company.id),
            ]
        )
        case = account.sudo()._propose_handover("Does not pay")
        url = "/odoo/collection-cases"
        self.start_tour(url, "arm_collection_case_tour", login=self.boss.login)
        self.assertEqual((case.state, case.user_id), ("handed", self.boss))
        self.authenticate(self.boss.login, self.boss.login)
        answer = self.url_open(f"/web/content/{case.dossier_id.id}?download=true")
        names = ZipFile(BytesIO(answer.content)).namelist()
        self.assertEqual(names[0], "0 Index.pdf")
        self.assertIn(invoice.payment_state, ("in_payment", "paid"))
        self.assertEqual(case.amount_recovered, 900)
        self.start_tour(
            f"{url}/{case.id}", "arm_collection_case_end_tour", login=self.boss.login
        )
        self.assertEqual((case.state, case.result), ("closed", "paid"))
        self.assertEqual(case.date_closed, self.today)

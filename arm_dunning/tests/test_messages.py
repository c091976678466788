from io import BytesIO

from lxml import html
from PIL import Image

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import format_amount, hash_sign, mute_logger, verify_hash_signed
from odoo.tools.pdf import PdfReader, PdfWriter

from odoo.addons.arm_dunning.models.arm_dunning_message_payment import QR_SCOPE
from odoo.addons.arm_dunning.models.formats import Formats, amount_in_words
from odoo.addons.arm_dunning.models.qr import qr_png

from .common import TODAY, DunningCommon

IBAN = "DE89370400440532013000"


@tagged("post_install", "-at_install", "arm")
class TestMessages(DunningCommon):
    """What a customer reads: items, what is held, what it costs, and how to pay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.env["ir.module.module"]._load_module_terms(["arm_dunning"], ["de_DE"])
        cls.bank = cls.env["res.partner.bank"].create(
            {"acc_number": IBAN, "partner_id": cls.company.partner_id.id}
        )

    def read(self, body):
        """The text of a message, in one line."""
        text = html.fromstring(body).text_content().replace("\xa0", " ")
        return " ".join(text.split())

    def remind(self):
        """The message of a reminder to the customer that is three days late."""
        self.make_task("First", 3, template="overdue")
        return self.dun().message_ids

    # ------------------------------------------------------------------------- tables

    def test_items_in_german(self):
        """Date, due date, days late, original, paid and open; totals by currency."""
        first = self.post_invoice(
            self.customer, "2026-03-13", 1234.5, currency_id=self.euro.id
        )
        second = self.post_invoice(self.customer, "2026-03-13", 70)
        third = self.post_invoice(self.customer, "2026-03-13", 30)
        with freeze_time("2026-03-14"):
            self._register_payment(first, amount=234.5)
        message = self.remind()
        text = self.read(message.body)
        for part in (first.name, "15.01.2026", "13.03.2026", "Tage überfällig"):
            self.assertIn(part, text)
        for amount in ("1.234,50 €", "234,50 €", "1.000,00 €", "$ 70,00", "$ 100,00"):
            self.assertIn(amount, text)
        for invoice in (second, third):
            self.assertIn(invoice.name, text)

    def test_orders_stand_apart(self):
        """Nothing is owed of an order: its own heading, never in a sum, SMS as well."""
        late = self.post_invoice(self.customer, "2026-03-13", 70)
        orders = self.make_orders(20, 30)
        orders.order_line.tax_ids = False
        with freeze_time(f"{TODAY} 07:00:00"):
            orders.action_confirm()
        self.make_task(
            "Thanks", 0, template="overdue", subject_type="order", anchor="order_date"
        )
        message = self.remind()
        self.assertEqual(len(message), 1)
        text = self.read(message.body)
        parts = ("Überfällig", late.name, "Ihre Bestellungen", "16.03.2026", "$ 50,00")
        places = [text.index(part) for part in parts]
        self.assertEqual(places, sorted(places))
        for order in orders:
            self.assertIn(order.name, text)
        self.assertNotIn("Noch nicht fällig", text)
        self.assertNotIn("$ 120,00", text)
        self.assertIn("$ 70,00", self.read(message.payment_html), "to be paid")
        self.assertEqual(
            message.items_text.replace("\xa0", " "),
            f"{late.name}, $ 70,00; 2 Bestellungen, $ 50,00",
        )

    def test_how_to_pay(self):
        """One transfer a currency; a QR code where core's rules allow one."""
        first = self.post_invoice(
            self.customer, "2026-03-13", 1000.1, currency_id=self.euro.id
        )
        second = self.post_invoice(
            self.customer, "2026-03-13", 0.2, currency_id=self.euro.id
        )
        later = self.post_invoice(self.customer, "2026-03-13", 5)
        message = self.remind()
        images = html.fromstring(message.body).xpath("//img/@src")
        self.assertEqual(len(images), 1, "none for dollars")
        token = images[0].rsplit("/", 1)[1]
        code = verify_hash_signed(self.env(su=True), QR_SCOPE, token)[0].split("\n")
        self.assertEqual((code[0], code[3]), ("BCD", "SCT"))
        self.assertEqual((code[6], code[7]), (IBAN, "EUR1000.30"))
        self.assertEqual(code[10], f"{first.name}, {second.name}")
        text = self.read(message.body)
        self.assertIn(f"{first.name}, {second.name}", text)
        self.assertIn("1.000,30 €", text)
        self.assertIn(later.name, text)
        self.company.dunning_payment_qr = False
        message.invalidate_recordset(["payment_html"])
        self.assertNotIn("<img", message.payment_html)

    def test_code_of_a_country_package(self):
        """Where ours does not reach, core's modules make the code, as on invoices."""
        invoice = self.post_invoice(self.customer, "2026-03-13", 12.5)
        message = self.remind()
        self.assertNotIn("<img", message.payment_html, "none is installed")
        asked = []

        def parameters(bank, **payment):
            asked.append(payment)
            return {"barcode_type": "QR", "value": f"SPC\n{payment['amount']}"}

        banks = self.env.registry["res.partner.bank"]
        methods = [("local_qr", "Local", 10)]
        self.patch(banks, "_get_available_qr_methods", lambda banks: list(methods))
        self.patch(banks, "_get_qr_code_generation_params", parameters)
        message.invalidate_recordset(["payment_html"])
        image = html.fromstring(message.payment_html).xpath("//img/@src")[0]
        signed = verify_hash_signed(self.env(su=True), QR_SCOPE, image.split("/")[-1])
        self.assertEqual(signed, ["SPC\n12.5"])
        payment = asked[-1]
        self.assertEqual(payment["qr_method"], "local_qr")
        self.assertEqual(payment["currency"], self.env.ref("base.USD"))
        self.assertEqual(payment["debtor_partner"], self.customer)
        self.assertEqual(payment["structured_communication"], invoice.name)

    def test_the_account_of_the_invoice(self):
        """Who has sold the invoice is paid there, not on the company's account."""
        factor = self.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.post_invoice(self.customer, "2026-03-13", partner_bank_id=factor.id)
        self.assertIn("FR76", self.read(self.remind().body))

    def test_held_and_charges(self):
        """What is disputed or promised is told apart; what is proposed is claimed."""
        asked = self.post_invoice(self.customer, "2026-03-13", 100)
        promised = self.post_invoice(self.customer, "2026-03-13", 300)
        self.env["arm.hold"].sudo().create(
            {
                "company_id": self.company.id,
                "item_id": promised.line_ids.filtered("date_maturity").id,
                "reason": "promise",
                "until": "2026-03-20",
            }
        )
        account = self.env["arm.customer.account"]
        account._refresh(self.company)
        account = account.search([("partner_id", "=", self.customer.id)])
        line = asked.line_ids.filtered("date_maturity")
        self.env["arm.dunning.charge"].sudo().create(
            {
                "account_id": account.id,
                "company_id": self.company.id,
                "item_id": line.id,
                "document": asked.name,
                "kind": "compensation",
                "currency_id": self.company.currency_id.id,
                "amount": 40,
                "date": TODAY,
            }
        )
        message = self.remind()
        text = self.read(message.body)
        self.assertIn(promised.name, text)
        self.assertIn("20.03.2026", text)
        self.assertIn("$ 300,00", text)
        self.assertIn("$ 140,00", text, "to pay")
        task = message.task_id
        task.operation_ids.list_charges = False
        message.invalidate_recordset(["items_html", "payment_html"])
        self.assertNotIn("140", message.payment_html)
        self.assertNotIn("$ 40", self.read(message.items_html))

    def test_invoices_go_along(self):
        """As they were sent, from the store; in a letter as its last pages."""
        invoice = self.post_invoice(self.customer, "2026-03-13")
        bare = self.post_invoice(self.customer, "2026-03-13")
        writer, stream = PdfWriter(), BytesIO()
        writer.add_blank_page(width=100, height=100)
        writer.write(stream)
        stored = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": stream.getvalue(),
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": invoice.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        task = self.make_task("First", 3, template="overdue")
        self.assertFalse(task.operation_ids.attach_invoices)
        task.operation_ids.attach_invoices = True
        task.operation_ids.copy({"operation_type": "letter"})
        self.customer.write({"street": "A 1", "city": "B", "country_id": 1})
        message = self.dun().message_ids.filtered(lambda m: m.channel == "email")
        self.assertEqual(message.mail_id.attachment_ids, stored)
        self.assertIn(bare.name, self.read(message.body))
        letter = message.action_ids.letter_message_id.letter_ids.sudo()
        letter._ensure_pdfs()
        pages = PdfReader(BytesIO(letter.attachment_id.raw), strict=False).pages
        self.assertEqual(pages[-1].mediabox.width, 100)
        self.assertGreater(pages[0].mediabox.width, 500)
        self.assertEqual(len(pages), 2)

    def test_statement_goes_along(self):
        """One for each customer who gets the mail, in their language, and purgeable."""
        task = self.make_task("First", 3, template="overdue")
        task.operation_ids.attach_statement = True
        english = self.make_customer("Smith Ltd", lang="en_US")
        invoices = {
            customer: self.post_invoice(customer, "2026-03-13")
            for customer in (self.customer, english)
        }
        for message in self.dun().message_ids:
            statement = message.mail_id.attachment_ids
            self.assertIn("2026-03-16.pdf", statement.name)
            self.assertEqual(
                (statement.res_model, statement.res_id), (message._name, message.id)
            )
            reader = PdfReader(BytesIO(statement.raw), strict=False)
            text = "".join(page.extract_text() for page in reader.pages)
            self.assertIn(invoices[message.partner_id].name, text)

    def test_amounts_as_core_writes_them(self):
        for code in ("de_DE", "en_US"):
            env = self.env(context={"lang": code})
            formats = Formats(env)
            for value in (0, 0.005, 7, 999.99, 1234567.891, -1234.5):
                for currency in (self.euro, self.env.ref("base.USD")):
                    self.assertEqual(
                        formats.amount(value, currency),
                        format_amount(env, value, currency),
                    )

    def test_amount_in_words(self):
        german = self.env(context={"lang": "de_DE"})
        self.assertEqual(
            amount_in_words(german, 1234.5, self.euro),
            "eintausendzweihundertvierunddreißig Euro und fünfzig Cent",
        )
        franc = self.env.ref("base.CHF")  # num2words does not know it in German
        self.assertIn("Zwölf", amount_in_words(german, 12, franc))


@tagged("post_install", "-at_install", "arm")
class TestPaymentCode(HttpCase):
    """The image of a payment code is drawn for what we have signed, and only that."""

    def test_signed_only(self):
        token = hash_sign(self.env(su=True), QR_SCOPE, ["BCD\n002\n1\nSCT"])
        response = self.url_open(f"/dunning/qr/{token}")
        self.assertEqual(response.headers["Content-Type"], "image/png")
        self.assertTrue(response.content.startswith(b"\x89PNG"))
        with mute_logger("odoo.http"):
            for wrong in (token[:-4] + "AAAA", "nothing"):
                self.assertEqual(self.url_open(f"/dunning/qr/{wrong}").status_code, 404)

    def test_swiss_cross(self):
        """A black square with a white cross in the middle of a Swiss code only."""
        address = "Müller AG\nBahnhofstraße\n1\n8000\nZürich\nCH\n"
        swiss = self._dots("SPC\n0200\n1\n" + address * 2)
        other = self._dots("BCD\n0200\n1\n" + address * 2)
        middle, arm = len(swiss) // 2, 6
        square = "0" * 4 + "1" * 2 * arm + "0" * 4
        part = slice(middle - len(square) // 2, middle + len(square) // 2)
        self.assertEqual(swiss[middle][part], square)
        self.assertEqual([line[middle] for line in swiss[part]], list(square))
        self.assertNotEqual(other[middle][part], square)

    def _dots(self, text):
        """The lines of a code's picture, as ones (white) and zeros."""
        picture = Image.open(BytesIO(qr_png(text))).convert("1")
        width, height = picture.size
        return [
            "".join("1" if picture.getpixel((x, y)) else "0" for x in range(width))
            for y in range(height)
        ]

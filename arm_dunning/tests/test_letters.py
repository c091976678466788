from base64 import b64decode
from io import BytesIO

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfReader

from .common import DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestLetters(DunningCommon):
    """From the print queue to the envelope: files, merged files, mailing service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.country = cls.env.ref("base.de")
        cls.customer.write(cls.address("Hauptstraße"))
        cls.template = cls.env.ref("arm_dunning.mail_template_overdue")
        cls.collector = new_test_user(
            cls.env,
            "l_collector",
            groups="arm_receivables.group_receivables_collector_all",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def address(cls, street):
        return {
            "street": f"{street} 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": cls.country.id,
        }

    def make_letter_task(self, **values):
        return self.env["arm.dunning.task"].create(
            {
                "name": "Letter",
                "company_id": self.company.id,
                "offset_days": 3,
                "operation_ids": [
                    Command.create(
                        {
                            "operation_type": "letter",
                            "template_id": self.template.id,
                            **values,
                        }
                    )
                ],
            }
        )

    def write_letters(self, count=3, long_ones=(), **values):
        """Letters to customers; the long ones list so much that they have pages."""
        self.make_letter_task(**values)
        for number in range(count):
            customer = self.make_customer(
                f"Reader {number}", **self.address(f"Street {number}")
            )
            for _n in range(60 if number in long_ones else 1):
                self.make_invoice(customer, "2026-03-13").action_post()
        run = self.dun()
        letters = self.env["arm.dunning.letter"].search([("run_id", "=", run.id)])
        self.assertEqual(len(letters), count)
        return letters.sorted(lambda letter: letter.partner_id.name)

    def read(self, content):
        """The text of each page."""
        pages = PdfReader(BytesIO(content), strict=False).pages
        return [page.extract_text().replace("\t", " ") for page in pages]

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("arm_dunning.ir_cron_letters").method_direct_trigger()

    # ------------------------------------------------------------------------ files

    def test_one_file_for_each_customer(self):
        """A long letter has its own pages, and none of somebody else's."""
        letters = self.write_letters(3, long_ones=(1,))
        self.run_cron()
        self.assertEqual(set(letters.mapped("state")), {"queued"})
        sizes = []
        for number, letter in enumerate(letters):
            pages = self.read(letter.attachment_id.raw)
            sizes.append(len(pages))
            text = "".join(" ".join(pages).split())
            self.assertIn(f"Street{number}1", text)
            self.assertIn("10115Berlin", text)
            for action in letter.message_id._get_actions():
                self.assertIn(action.document, text)
            self.assertNotIn(f"Reader{(number + 1) % 3}", text)
        self.assertEqual(sizes[::2], [1, 1])
        self.assertGreater(sizes[1], 1)

    def test_all_letters_of_a_run(self):
        """The run opens one file; saying that it was posted closes them all."""
        letters = self.write_letters(3)
        run = letters.run_id.with_user(self.collector)
        self.assertEqual(run.letter_count, 3)
        action = run.action_print_letters()
        printing = self.env[action["res_model"]].browse(action["res_id"])
        printing = printing.with_user(self.collector)
        self.assertEqual((printing.letter_count, printing.page_count), (3, 3))
        self.assertEqual(printing.file_name, "Letters 2026-03-16.pdf")
        pages = self.read(b64decode(printing.file))
        for letter, page in zip(letters.sorted("id"), pages, strict=True):
            self.assertIn(letter.partner_id.name, page)
        printing.action_set_printed()
        self.assertEqual(set(letters.mapped("state")), {"printed"})
        self.assertEqual(set(letters.message_id.mapped("delivery_state")), {"sent"})
        self.assertEqual(letters.user_id, self.collector)
        run.invalidate_recordset()
        self.assertEqual(run.letter_count, 0)

    def test_who_prints(self):
        """Collectors of own customers print the letters to those only."""
        letters = self.write_letters(2)
        own = new_test_user(
            self.env,
            "l_own",
            groups="arm_receivables.group_receivables_collector",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        letters[0].account_id.collector_id = own
        run = letters.run_id.with_user(own)
        self.assertEqual(run.letter_count, 1)
        action = run.action_print_letters()
        printing = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(printing.letter_ids, letters[0])
        with self.assertRaises(AccessError), mute_logger("odoo.http"):
            letters.with_user(own).action_print()

    def test_a_letter_that_cannot_be_printed(self):
        """It says why, and the others are printed."""
        letters = self.write_letters(3)
        page = self.env.ref("arm_dunning.letter_page")
        page.arch = page.arch.replace(
            '<div class="window">',
            "<t t-if=\"'Street 1' in str(letter['address'])\" t-out=\"1 / 0\"/>"
            '<div class="window">',
        )
        with mute_logger("odoo.addons.base.models.ir_qweb"):
            self.run_cron()
        self.assertEqual([bool(x.attachment_id) for x in letters], [True, False, True])
        self.assertIn("division by zero", letters[1].problem)
        action = letters.with_user(self.collector).action_print()
        printing = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(printing.letter_count, 2)
        self.assertIn("Reader 1: ", printing.problems)
        with self.assertRaisesRegex(UserError, "division by zero"):
            letters[1].with_user(self.collector).action_print()

    def test_many_letters_in_few_processes(self):
        """A letter more costs no process more."""
        letters = self.write_letters(12)
        started = []
        engine = type(self.env["ir.actions.report"])
        original = engine._run_wkhtmltopdf

        def count(report, bodies, *args, **kwargs):
            started.append(len(bodies))
            return original(report, bodies, *args, **kwargs)

        self.patch(engine, "_run_wkhtmltopdf", count)
        letters.sudo()._ensure_pdfs()
        self.assertEqual(started, [1])
        self.assertEqual(len(letters.attachment_id), 12)

    def test_window_envelope(self):
        """No country at home; abroad in capitals, in the language of the sender."""
        self.company.partner_id.write({"country_id": self.country.id})
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.partner_id.lang = "de_DE"
        contact = self.env["res.partner"].create(
            {
                "name": "Anna Buchhalterin",
                "parent_id": self.customer.id,
                "type": "invoice",
                **self.address("Nebenstraße"),
            }
        )
        self.assertEqual(
            contact._get_letter_address(self.company).split("\n"),
            [self.customer.name, "Anna Buchhalterin", "Nebenstraße 1", "10115 Berlin"],
        )
        self.customer.write({"country_id": self.env.ref("base.at").id, "zip": "1010"})
        country = self.env.ref("base.at").with_context(lang="de_DE").name.upper()
        lines = self.customer._get_letter_address(self.company).split("\n")
        self.assertEqual(lines[0], self.customer.name)
        self.assertEqual(lines[-2:], ["1010 Berlin", country])

    def test_notice_with_proof(self):
        """Numbered steps, what was sent before, the amount in words and the QR code."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.partner.bank"].create(
            {
                "acc_number": "DE89370400440532013000",
                "partner_id": self.company.partner_id.id,
            }
        )
        self.company.write(
            {
                "report_header": "<p>Parts that fit</p>",
                "report_footer": "<p>Commercial register HRB 1</p>",
                "external_report_layout_id": self.env.ref(
                    "web.external_layout_bold"
                ).id,
            }
        )
        self.make_task("First", 3, template="overdue")
        reader = self.make_customer("Reader", **self.address("Street"))
        invoice = self.post_invoice(reader, "2026-03-13", 1234.5, currency_id=euro.id)
        first = self.dun().message_ids.sudo()
        first.write({"delivery_state": "sent", "date_sent": "2026-03-16 09:00:00"})
        self.template = self.env.ref("arm_dunning.mail_template_letter_final")
        self.make_letter_task().offset_days = 10
        run = self.dun("2026-03-23")
        letter = self.env["arm.dunning.letter"].search([("run_id", "=", run.id)])
        letter.sudo()._ensure_pdfs()
        text = " ".join(" ".join(self.read(letter.attachment_id.raw)).split())
        for part in (
            invoice.name,
            "03/16/2026, e-mail: " + first.subject,
            "reader@example.com",
            "one thousand, two hundred and thirty-four euro, fifty cents",
            "DE89",
            "This is what happens now",
            "Parts that fit",
            "HRB 1",
        ):
            self.assertIn(part, text)
        self.assertIn("data:image/png;base64", letter.body)
        first.delivery_state = "bounced"
        letter.message_id.invalidate_recordset(["history_html"])
        history = letter.message_id.history_html
        self.assertIs(history, False, "that is no proof, and nothing is printed")

    def test_first_notice(self):
        """Where nothing was sent before, nothing stands in the place of the proof."""
        self.template = self.env.ref("arm_dunning.mail_template_letter_final")
        self.make_letter_task()
        self.post_invoice(self.customer, "2026-03-13", 70)
        letter = self.env["arm.dunning.letter"].search([("run_id", "=", self.dun().id)])
        self.assertIn("So geht es jetzt weiter", letter.body)
        self.assertIn("object.history_html", self.template.body_html)
        self.assertNotIn("was wir bisher", letter.body)
        self.assertNotIn("wie Sie zahlen", letter.body)

    # ------------------------------------------------------------------------ purge

    def test_purge_of_letters_and_sms(self):
        """Texts go wherever they are; messages stay as long as a row names them."""
        self.company.write(
            {"dunning_keep_content_months": 12, "dunning_keep_facts_months": 24}
        )
        sms_template = self.env.ref("arm_dunning.sms_template_overdue")
        task = self.make_letter_task()
        task.operation_ids = [
            Command.create(
                {"operation_type": "sms", "sms_template_id": sms_template.id}
            )
        ]
        self.customer.phone = "+49 30 1234567"
        self.post_invoice(self.customer, "2026-03-13")
        self.dun()
        row = self.env["arm.dunning.action"].search([("task_id", "=", task.id)])
        letter, sms = row.letter_message_id, row.sms_message_id
        letter.letter_ids.sudo()._ensure_pdfs()
        paper = letter.letter_ids.attachment_id
        queued = self.env["sms.sms"].search([("uuid", "=", sms.sms_uuid)])
        note = queued.mail_message_id
        self.assertTrue(paper and sms.body and queued.body and note.body)
        purge = self.env.ref("arm_dunning.ir_cron_dunning_purge")
        for day in ("2027-03-17", "2028-03-17"):
            with freeze_time(f"{day} 03:00:00"), self.enter_registry_test_mode():
                purge.method_direct_trigger()
            self.env.invalidate_all()
        self.assertFalse(paper.exists())
        self.assertFalse(letter.body or sms.body or queued.body or note.body)
        self.assertEqual(row.letter_message_id | row.sms_message_id, letter | sms)

    # --------------------------------------------------------------------- services

    def test_without_the_service(self):
        """Snailmail where it is not installed is refused when the task is saved."""
        letter = type(self.env["arm.dunning.letter"])
        self.patch(letter, "_get_service", lambda letter: None)
        with self.assertRaisesRegex(ValidationError, "Snailmail is not installed"):
            self.make_letter_task(letter_way="snailmail")

    def test_snailmail(self):
        """What the service posts is sent; what it refuses comes back to be printed."""
        if "snailmail.letter" not in self.env:
            self.skipTest("Snailmail is not installed")
        letters = self.write_letters(3, letter_way="snailmail")
        self.run_cron()
        self.assertEqual(set(letters.mapped("state")), {"handed"})
        copies = self.env["snailmail.letter"].browse(
            letters.mapped("service_letter_id")
        )
        self.assertEqual(copies.partner_id, letters.recipient_id)
        self.assertEqual(set(copies.mapped("state")), {"pending"})
        self.assertTrue(all(copies.mapped("attachment_id.raw")))
        self.run_cron()
        self.assertEqual(len(letters.mapped("service_letter_id")), 3, "once only")
        copies[0].state = "sent"
        copies[1].write({"state": "error", "info_msg": "<p>No credit</p>"})
        copies[2].cancel()
        self.run_cron()
        self.assertEqual(letters.mapped("state"), ["printed", "queued", "cancelled"])
        self.assertEqual(
            [letter.message_id.delivery_state for letter in letters],
            ["sent", "queued", "cancelled"],
        )
        self.assertEqual(letters[1].problem, "No credit")
        self.assertEqual(letters[1].way, "print")
        self.assertEqual(copies[1].state, "canceled", "the service lets it be")

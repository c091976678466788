from datetime import date
from io import BytesIO

from odoo.tests import freeze_time, tagged
from odoo.tools.pdf import PdfReader

from .common import TODAY, DunningCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestSheet(DunningCommon):
    """The calculation of interest goes along with what claims it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.germany = cls.env.ref("base.de")
        cls.customer.write(cls.address())
        cls.english = cls.make_customer("Smith Ltd", lang="en_US", **cls.address())
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.task = cls.make_task("Claim", 30, template="overdue")
        mail = cls.task.operation_ids
        mail.sequence = 50
        mail.copy({"operation_type": "letter", "sequence": 60})
        cls.charging = cls.env["arm.dunning.operation"].create(
            {
                "task_id": cls.task.id,
                "operation_type": "charge",
                "charge_kind": "interest",
                "sequence": 1,
            }
        )

    @classmethod
    def address(cls):
        return {
            "street": "Weg 1",
            "zip": "10115",
            "city": "Berlin",
            "country_id": cls.germany.id,
        }

    def invoice(self, partner, amount=10000, due="2026-02-14", **values):
        return self.post_invoice(partner, due, amount, **values)

    def item(self, move):
        return move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def pay(self, invoice, day, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create(
            {"payment_date": day, "amount": amount, "group_payment": True}
        )._create_payments()

    def credit(self, invoice, day, amount):
        note = self.make_invoice(
            invoice.partner_id,
            day,
            amount,
            move_type="out_refund",
            invoice_date=date.fromisoformat(day),
            currency_id=invoice.currency_id.id,
        )
        note.action_post()
        (self.item(note) | self.item(invoice)).reconcile()

    def letters(self, run):
        letters = self.env["arm.dunning.letter"].search([("run_id", "=", run.id)])
        return letters.sudo().sorted(lambda letter: letter.partner_id.name)

    def count_processes(self):
        started, engine = [], type(self.env["ir.actions.report"])
        original = engine._run_wkhtmltopdf

        def count(report, bodies, *args, **kwargs):
            started.append(len(bodies))
            return original(report, bodies, *args, **kwargs)

        self.patch(engine, "_run_wkhtmltopdf", count)
        return started

    def read(self, content):
        pages = PdfReader(BytesIO(content), strict=False).pages
        return [" ".join(page.extract_text().split()) for page in pages]

    def test_behind_the_letter_and_with_the_mail(self):
        """In the customer's language and formats, with all that changed the sum."""
        mine = self.invoice(self.customer, currency_id=self.euro.id)
        self.pay(mine, "2026-02-24", 4000)
        self.credit(mine, "2026-03-01", 1000)
        theirs = self.invoice(self.english, 1000)
        started = self.count_processes()
        run = self.dun()
        self.assertEqual(started, [1], "the sheets of all mails")
        letters = self.letters(run)
        letters._ensure_pdfs()
        self.assertEqual(started, [1, 1], "all letters with their sheets")
        self.assertEqual(letters.partner_id, self.customer | self.english)
        german, english = (self.read(letter.attachment_id.raw) for letter in letters)
        self.assertEqual((len(german), len(english)), (2, 2))
        # 10 days of 9,000 and 20 of 5,000 at 10.27 %
        for part in (
            mine.name,
            "15.02.2026 24.02.2026 10 9.000,00 € 10,27 % 25,32 €",
            "25.02.2026 16.03.2026 20 5.000,00 € 10,27 % 28,14 €",
            "53,46 €",
            "Betrag 10.000,00 €, fällig am 14.02.2026",
            "24.02.2026: Zahlung von 4.000,00 €",
            "01.03.2026: Gutschrift über 1.000,00 €",
            "Deutschland, Unternehmen, 15.02.2026 bis 16.03.2026",
        ):
            self.assertIn(part, german[1])
        self.assertNotIn(theirs.name, " ".join(german))
        self.assertIn("Calculation of interest and costs", english[1])
        self.assertIn("02/15/2026 03/16/2026 30 $ 1,000.00 10.27 %", english[1])
        mails = run.message_ids.filtered(lambda m: m.channel == "email").mail_id
        for mail in mails:
            sheet = mail.attachment_ids
            self.assertIn("2026-03-16.pdf", sheet.name)
            self.assertEqual(sheet.res_model, "arm.dunning.message")
            whose = mine if mail.recipient_ids == self.customer else theirs
            self.assertIn(whose.name, "".join(self.read(sheet.raw)))
            self.assertIn("calculation that goes along", english_text(mails))

    def test_what_the_text_says_is_calculated(self):
        """Whatever became of the charge before the letter is printed."""
        self.invoice(self.english, 1000)
        letter = self.letters(self.dun())
        charge = letter.message_id.charge_ids
        self.assertEqual(charge.amount, 8.44)
        charge.state = "replaced"
        letter._ensure_pdfs()
        self.assertIn("8.44", self.read(letter.attachment_id.raw)[1])

    def test_only_where_interest_is_claimed_and_wanted(self):
        """Flat sums and fees need no calculation; the operation can do without."""
        self.charging.write({"charge_kind": "fee", "charge_amount": 5})
        self.invoice(self.english, 1000)
        first = self.dun().message_ids.filtered(lambda m: m.channel == "email")
        self.assertEqual(first.charge_ids.kind, "fee")
        self.assertFalse(first.mail_id.attachment_ids)
        self.charging.charge_kind = "interest"
        self.task.operation_ids.attach_calculation = False
        self.invoice(self.customer, 1000)
        later = self.dun("2026-03-17").message_ids
        self.assertEqual(set(later.charge_ids.mapped("kind")), {"interest"})
        self.assertFalse(later.mail_id.attachment_ids)
        self.assertFalse(later._render_sheets())

    def test_agreed_rate(self):
        """A rate by contract is calculated in the same way."""
        self.charging.charge_percent = 9.12
        self.invoice(self.english, 1000)
        letter = self.letters(self.dun())
        letter._ensure_pdfs()
        page = self.read(letter.attachment_id.raw)[1]
        self.assertIn("02/15/2026 03/16/2026 30 $ 1,000.00 9.12 % $ 7.50", page)

    def test_claimed_before_is_taken_off(self):
        """What was posted is subtracted, and the sheet says so."""
        invoice = self.invoice(self.english, 1000)
        self.dun()
        first = self.env["arm.dunning.charge"].search(
            [("item_id", "=", self.item(invoice).id)]
        )
        first.sudo().state = "posted"
        self.task.copy({"name": "Again", "offset_days": 40})
        self.dun("2026-03-26")
        second = self.env["arm.dunning.charge"].search(
            [("item_id", "=", self.item(invoice).id), ("state", "=", "proposed")]
        )
        self.assertEqual(second.amount, 2.81)
        self.assertIn("less $\xa08.44 claimed before", second._render_sheet("en_US"))

    def test_growth(self):
        """Ten times the messages cost no more queries than some for each batch."""
        counts = {}
        for number, day in ((2, TODAY), (20, "2026-03-17")):
            partners = [
                self.make_customer(f"C{number} {n}", f"{n}@x.example", **self.address())
                for n in range(number)
            ]
            for partner in partners:
                self.make_invoice(partner, "2026-02-14", 1000).action_post()
            self.dun(day)
            messages = self.env["arm.dunning.message"].search(
                [
                    ("partner_id", "in", [partner.id for partner in partners]),
                    ("channel", "=", "letter"),
                ]
            )
            self.assertEqual(len(messages), number)
            self.env.flush_all()
            self.env.cr.execute("ANALYZE arm_dunning_message, arm_dunning_charge")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(messages._render_sheets()), number)
            counts[number] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[20], counts[2] + 4, counts)


def english_text(mails):
    return " ".join(str(mail.body_html) for mail in mails)

import contextlib
import socketserver
import threading
from email import message_from_bytes, policy
from io import BytesIO

from lxml import html

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfWriter

from .common import TODAY, DunningCommon


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server on this machine: takes whatever comes, and keeps it as bytes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def read(self):
        """The mails, parsed as a mail program does."""
        return [message_from_bytes(mail, policy=policy.default) for mail in self.mails]


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.mails.append(self._take())
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text):
        with contextlib.suppress(OSError):
            self.wfile.write(f"{text}\r\n".encode())


@tagged("post_install", "-at_install", "arm")
class TestSmtp(DunningCommon):
    """Mails of a run, through a real SMTP connection, as they arrive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.env["ir.module.module"]._load_module_terms(["arm_dunning"], ["de_DE"])
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.mailbox = Mailbox()
        cls.addClassCleanup(cls.mailbox.server_close)
        cls.addClassCleanup(cls.mailbox.shutdown)
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Mailbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.mailbox.server_address[1],
                "smtp_encryption": "none",
                "smtp_authentication": "login",
            }
        )
        domain = cls.env["mail.alias.domain"].create(
            {
                "name": "seller.example.com",
                "catchall_alias": "answers",
                "default_from": "accounts",
            }
        )
        cls.company.alias_domain_id = domain

    def send(self):
        """Let the queue send for real; returns the mails by the customer's address."""
        server = type(self.env["ir.mail_server"])
        self.patch(server, "_disable_send", classmethod(lambda cls: False))
        with freeze_time(f"{TODAY} 08:10:00"), mute_logger("odoo.addons.mail"):
            self.env["mail.mail"].process_email_queue()
        return {mail["To"].addresses[0].addr_spec: mail for mail in self.mailbox.read()}

    def test_as_it_arrives(self):
        """Headers, language, amounts, attachment, and a way back."""
        task = self.make_task("First", 3, template="overdue")
        task.operation_ids.attach_invoices = True
        english = self.make_customer("Smith Ltd", lang="en_US")
        self.customer.email = "mueller@example.com"
        invoices = {
            customer: self.post_invoice(
                customer, "2026-03-13", 1234.5, currency_id=self.euro.id
            )
            for customer in (self.customer, english)
        }
        writer, stream = PdfWriter(), BytesIO()
        writer.add_blank_page(width=100, height=100)
        writer.write(stream)
        self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": stream.getvalue(),
                "mimetype": "application/pdf",
                "res_model": "account.move",
                "res_id": invoices[english].id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        messages = self.dun().message_ids
        mails = self.send()
        self.assertEqual(len(mails), 2)
        texts = {}
        for address, mail in mails.items():
            message = messages.filtered(lambda m, a=address: m.email_to == a)
            self.assertEqual(mail["Message-Id"], message.reference)
            self.assertIn("accounts@seller.example.com", mail["From"])
            self.assertIn("answers@seller.example.com", mail["Reply-To"])
            body = mail.get_body(("html",)).get_content()
            text = html.fromstring(body).text_content()
            texts[address] = " ".join(text.split())
            self.assertIn("/receivables/", body, "the signed link")
            self.assertTrue(mail.get_body(("plain",)), "for text readers")
        german, other = texts["mueller@example.com"], texts["smith@example.com"]
        self.assertIn("1.234,50 €", german)
        self.assertIn("13.03.2026", german)
        self.assertIn("Mit freundlichen Grüßen", german)
        self.assertIn(
            "€ 1,234.50" if self.euro.position == "before" else "1,234.50", other
        )
        self.assertIn("03/13/2026", other)
        self.assertIn("With kind regards", other)
        files = list(mails["smith@example.com"].iter_attachments())
        self.assertEqual([file.get_filename() for file in files], ["invoice.pdf"])
        self.assertTrue(files[0].get_content().startswith(b"%PDF"))
        self.assertFalse(list(mails["mueller@example.com"].iter_attachments()))
        self.assertEqual(set(messages.mapped("delivery_state")), {"sent"})
        self.assertEqual(set(messages.mail_id.mapped("state")), {"sent"}, "kept")

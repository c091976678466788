from uuid import uuid4

from odoo import api, fields, models


class ArmDunningMessage(models.Model):
    """SMS: from the rendered text into core's queue of SMS, a batch at a time."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    channel = fields.Selection(
        selection_add=[("sms", "SMS")], ondelete={"sms": "cascade"}
    )
    phone_to = fields.Char(string="Telephone Number")
    sms_uuid = fields.Char(index="btree_not_null")
    sms_action_ids = fields.One2many(
        "arm.dunning.action", "sms_message_id", string="Items of the SMS"
    )
    items_text = fields.Char(
        compute="_compute_items_text",
        help="Number of items and their amount, in the customer's language; for SMS.",
    )

    @api.model
    def _get_links(self):
        return {**super()._get_links(), "sms": ("sms_message_id", "sms_action_ids")}

    def _get_address(self):
        return self.phone_to if self.channel == "sms" else super()._get_address()

    @api.model
    def _prepare_values(self, highest, channel, recipients, languages):
        values = super()._prepare_values(highest, channel, recipients, languages)
        if channel == "sms":
            values["phone_to"] = highest.account_id._get_dunning_phone(recipients)
        return values

    def _compute_items_text(self):
        for message in self:
            localised = message.with_context(lang=message.lang)
            message.items_text = localised._get_items_text()

    def _get_items_text(self):
        """Number and amount, no more: whoever holds the telephone reads it."""
        groups = self._get_items_values()["groups"]
        owed = [group for group in groups if not group["ordered"]]
        ordered = [group for group in groups if group["ordered"]]
        return "; ".join(
            self._get_groups_text(part) for part in (owed, ordered) if part
        )

    def _get_groups_text(self, groups):
        """Groups of the table as text: all about invoices, or all about orders."""
        rows = [row for group in groups for row in group["rows"]]
        amount = " + ".join(total for group in groups for total in group["totals"])
        if len(rows) == 1:
            document = rows[0]["document"]
            return self.env._(
                "%(document)s, %(amount)s", document=document, amount=amount
            )
        count = len(rows)
        if groups[0]["ordered"]:
            text = self.env._(
                "%(count)s orders, %(amount)s", count=count, amount=amount
            )
        else:
            text = self.env._(
                "%(count)s invoices, %(amount)s", count=count, amount=amount
            )
        return text

    def _send_sms(self, templates):
        """Render the messages and put them into the queue of SMS.

        :param templates: the SMS template of each task.
        """
        notes, sms_values = [], []
        self._get_actions()._read_documents()
        for message in self:
            localised = message.with_context(lang=message.lang)
            template = templates[message.task_id].with_context(lang=message.lang)
            text = localised._fill_in(template, localised._get_sms_filler(template))
            message.write(
                {
                    "subject": self._shorten(text),
                    "body": text,
                    "sms_uuid": uuid4().hex,
                    "reference": message._make_reference(),
                }
            )
            notes.append(message._prepare_note_values(text))
            sms_values.append(message._prepare_sms_values(text))
        # As superuser: queue and log belong to the system, whoever started the run.
        logged = self.env["mail.message"].sudo().create(notes)
        for values, note in zip(sms_values, logged, strict=True):
            values["mail_message_id"] = note.id
        self.env["sms.sms"].sudo().create(sms_values)  # the same

    def _get_sms_filler(self, template):
        return self._get_inline_filler(template.body, template._render_eval_context())

    @api.model
    def _shorten(self, text):
        return text if len(text) <= 80 else f"{text[:79]}…"

    def _prepare_note_values(self, text):
        """The values of the entry on the customer's record."""
        company = self.company_id
        return {
            "model": self.account_id._name,
            "res_id": self.account_id.id,
            "body": text,
            "message_type": "sms",
            "message_id": self.reference,
            "author_id": company.partner_id.id,
            "email_from": company.email_formatted,
            "reply_to": company.email_formatted,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "is_internal": True,
        }

    def _prepare_sms_values(self, text):
        """Hook: the values of the SMS for the queue."""
        return {
            "number": self.phone_to,
            "body": text,
            "partner_id": self.recipient_id.id,
            "uuid": self.sms_uuid,
        }

from datetime import timedelta

from lxml import html

from odoo import fields, models
from odoo.tools import email_normalize, format_date, html2plaintext

from ..tools.reply import is_month_first, new_text, read_reply


class ArmCustomerAccount(models.Model):
    """Answers by e-mail: they arrive on the customer's record, and mean something."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    reply_ids = fields.One2many("arm.dunning.reply", "account_id", string="Answers")
    reply_count = fields.Integer(
        string="Answers to Decide", compute="_compute_reply_count"
    )

    def _compute_reply_count(self):
        counts = dict(
            self.env["arm.dunning.reply"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "new")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.reply_count = counts.get(account, 0)

    def action_view_replies(self):
        """Open the answers of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_dunning.arm_dunning_reply_action"
        )
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    def message_update(self, msg_dict, update_vals=None):
        """A mail has come that answers something on this record."""
        result = super().message_update(msg_dict, update_vals)
        # The mail gateway comes as superuser; nobody else can make up answers.
        if self.env.su and not self._is_colleague(msg_dict):
            for account in self:
                account._note_reply(msg_dict)
        return result

    def _is_colleague(self, msg_dict):
        """Whether one of us has written: forwarding a mail is not answering it."""
        address = email_normalize(msg_dict.get("email_from") or msg_dict.get("from"))
        return bool(
            self.env["res.users"].search_count(
                [("email_normalized", "=", address), ("share", "=", False)], limit=1
            )
        )

    def _note_reply(self, msg_dict):
        """Keep the answer with what it seems to say; the same mail counts once.

        :param msg_dict: the mail as core has taken it apart
        """
        self.ensure_one()
        replies, reference = self.env["arm.dunning.reply"], msg_dict.get("message_id")
        known = [("reference", "=", reference), ("account_id", "=", self.id)]
        if reference and replies.search_count(known, limit=1):
            return
        address = email_normalize(msg_dict.get("email_from") or msg_dict.get("from"))
        text = self._get_reply_text(msg_dict.get("body") or "")
        subject = msg_dict.get("subject") or ""
        family = [("commercial_partner_id", "=", self.partner_id.id)]
        contact = self.env["res.partner"].search(
            [*family, ("email_normalized", "=", address or "")], limit=1
        )
        today, order = self.company_id._local_today(), self._is_month_first(contact)
        reading = read_reply(text, today, subject, order)
        replies._read(
            self,
            {
                "reference": reference,
                "subject": subject,
                "text": new_text(text),
                "email_from": msg_dict.get("email_from") or address,
                "contact_id": contact.id,
                "date": fields.Datetime.now(),
                "message_id": self._find_answered(msg_dict).id,
            },
            reading,
        )

    def _is_month_first(self, contact):
        """Whether the writer's language has the month before the day.

        :param contact: who wrote, if we know them; else the customer counts
        """
        code = contact.lang or self.partner_id.lang
        return is_month_first(self.env["res.lang"]._get_data(code=code).date_format)

    def _get_reply_text(self, body):
        """The plain text of a mail, without the mail that it quotes."""
        if not body:
            return ""
        root = html.fromstring(f"<div>{body}</div>")
        quoted = "//*[@data-o-mail-quote or self::blockquote]"
        for node in root.xpath(quoted):
            if node.getparent() is not None:
                node.drop_tree()
        return html2plaintext(html.tostring(root, encoding="unicode"))

    def _find_answered(self, msg_dict):
        """The message that a mail answers, by the Message-Ids that it names."""
        names = " ".join(
            filter(None, (msg_dict.get("in_reply_to"), msg_dict.get("references")))
        )
        return self.env["arm.dunning.message"].search(
            [("reference", "in", names.split()), ("account_id", "=", self.id)],
            order="id desc",
            limit=1,
        )

    # ------------------------------------------------------------------------- pause

    def _pause_for_reply(self, moment):
        """Leave the customer alone for some days; a longer pause stays as it is.

        :param moment: when the answer came
        :return: the last day of the pause, or False
        """
        self.ensure_one()
        days = self.company_id.dunning_reply_days
        if not days or self.dunning_blocked:
            return False
        today = self.company_id._local_today()
        until = today + timedelta(days=days)
        if self.dunning_pause_until and self.dunning_pause_until >= until:
            return False
        self.write(
            {
                "dunning_pause_until": until,
                "dunning_pause_reason": self.env._(
                    "The customer has answered on %(day)s",
                    day=format_date(self.env, today),
                ),
            }
        )
        return until

    def _end_reply_pause(self):
        """End the pause that answers brought, when all of them have been decided.

        Unless somebody has changed it since then.
        """
        for account in self:
            waiting = account.reply_ids.filtered(lambda reply: reply.state == "new")
            brought = set(account.reply_ids.mapped("paused_until")) - {False}
            if not waiting and account.dunning_pause_until in brought:
                # As superuser: who decides about the answer decides about its pause.
                account.sudo().write(
                    {"dunning_pause_until": False, "dunning_pause_reason": False}
                )

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.rendering_tools import parse_inline_template
from odoo.tools.safe_eval import safe_eval

from .arm_dunning_qweb import TemplateSource
from .formats import Formats

INLINE = ("subject", "email_from", "reply_to", "email_cc")  # of an e-mail template
ROOT = "div"  # what is put around the text of a template, and taken away again


class ArmDunningMessage(models.Model):
    """What is in a message: its template filled in, and the table of its items."""

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    # --------------------------------------------------------------------- templates

    def _render_template(self, template):
        """Fill an e-mail template in for each message, in the message's language.

        As core does it (same sources, same values, same engine), but compiled once
        for all messages of a language. The template's own language is not asked:
        that of the message was decided when it was made.

        :return: dict of message to a dict of subject, body_html and addresses
        :raise UserError: when it cannot be filled in, with the customer's name
        """
        rendered = {}
        for lang, messages in self.grouped("lang").items():
            localised = messages.with_context(lang=lang)
            fill_in = localised._get_filler(template.with_context(lang=lang))
            for message, record in zip(messages, localised, strict=True):
                rendered[message] = record._fill_in(template, fill_in)
        return rendered

    def _fill_in(self, template, fill_in):
        """One message's texts; what goes wrong is told in words."""
        self.ensure_one()
        try:
            return fill_in(self)
        except Exception as error:
            cause = error.__cause__ or error
            raise UserError(
                self.env._(
                    "The template %(template)s cannot be filled in for %(customer)s: "
                    "%(error)s",
                    template=template.name,
                    customer=self.partner_id.display_name,
                    error=f"{type(cause).__name__}: {cause}",
                )
            ) from error

    def _get_filler(self, template):
        """A function that fills in a localised template for one message."""
        values = template._render_eval_context()
        inline = {
            name: self._get_inline_filler(template[name] or "", values)
            for name in INLINE
        }
        body = TemplateSource(template.body_html or "<p/>")
        payment = "payment_html" not in body  # or else the template has a place for it
        render = self.env["arm.dunning.qweb"]._get_renderer()

        def fill_in(message):
            text = render(body, {**values, "object": message})
            text = text[len(f"<{ROOT}>") : -len(f"</{ROOT}>")]
            if frame := message._get_frame():
                frame_values = {"message": message, "body": text, "payment": payment}
                text = render(frame, frame_values)
            result = {name: filler(message) for name, filler in inline.items()}
            result["body_html"] = message._complete_links(template, text)
            return result

        return fill_in

    def _get_frame(self):
        """Hook: the view that a text is put into; paper gets its frame when printed."""
        if self.channel == "letter":
            return "arm_dunning.message_layout_letter"
        return "arm_dunning.message_layout"

    def _get_inline_filler(self, source, values):
        """A function that fills in a text with placeholders for one message.

        Core's sandbox checks and compiles each expression, as a function of the
        record, once instead of once a message.
        """
        parts = []
        for literal, expression, default in parse_inline_template(source):
            function = expression and safe_eval(
                f"lambda object: ({expression})", values
            )
            parts.append((literal, function, default))

        def fill_in(message):
            texts = []
            for literal, function, default in parts:
                found = (function(message) or default) if function else ""
                texts += [literal, str(found) if found else ""]
            return "".join(texts)

        return fill_in

    def _complete_links(self, template, page):
        """Make links to this server absolute, as core does in e-mails."""
        if '"/' in page or "url(" in page:
            return template._replace_local_links(page, self.get_base_url())
        return page

    # ------------------------------------------------------------------------- items

    def _render_items(self):
        """The table of items as HTML; the view is compiled once for all customers.

        :return: dict of message to markup
        """
        rendered = {}
        held, charges = self._get_held(), self._get_charges()
        self._get_actions()._read_documents()
        for lang, messages in self.grouped("lang").items():
            localised = messages.with_context(lang=lang)
            render = localised.env["arm.dunning.qweb"]._get_renderer()
            formats = Formats(localised.env)
            for message, record in zip(messages, localised, strict=True):
                values = {"message": record, **record._get_items_values(formats)}
                account = message.account_id._origin.id
                values["held"] = record._format_held(held.get(account, ()), formats)
                claims = charges.get(message)
                values["charges"] = claims and record._format_charges(
                    claims.with_env(record.env), formats
                )
                rendered[message] = render("arm_dunning.message_items", values)
        return rendered

    def _get_items_values(self, formats=None):
        """Hook: what the table of items is made of, as formatted text.

        What is overdue, what is not, and orders, of which nothing is owed yet, are told
        apart, so that a message is true of each of its items. An item that is due for
        several steps is named, and added up, once. Amounts of different currencies
        are never added.

        :param formats: how dates and amounts are written, :class:`Formats`.
        """
        formats = formats or Formats(self.env)
        actions = self._get_actions()
        by_item = {(a.subject_model, a.subject_id): a.id for a in actions}
        actions = actions.browse(by_item.values()).sorted(
            lambda a: (
                a._is_order(),
                a.days_late <= 0,
                a.date_due or a.date_planned,
                a.document or "",
                a.subject_id,
            )
        )
        parts = actions.grouped(lambda a: (a.days_late > 0, a._is_order()))
        groups = [
            {
                "overdue": overdue,
                "ordered": ordered,
                "dated": any(action._get_due_day() for action in part),
                "booked": any(part.mapped("item_id")),
                "rows": [action._get_item_values(formats) for action in part],
                "totals": part._get_totals(formats),
            }
            for (overdue, ordered), part in parts.items()
        ]
        return {
            "groups": groups,
            "rows": [row for group in groups for row in group["rows"]],
            "totals": [total for group in groups for total in group["totals"]],
        }

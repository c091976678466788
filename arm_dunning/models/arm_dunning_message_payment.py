from base64 import b64encode
from decimal import Decimal
from urllib.parse import urlencode

from odoo import fields, models
from odoo.tools import hash_sign

from odoo.addons.payment.utils import generate_access_token

from ..tools.payment import epc_code, remittance
from .formats import Formats, amount_in_words
from .qr import qr_png

QR_SCOPE = "arm_dunning.qr"


class ArmDunningMessage(models.Model):
    """How to pay: amount, account, reference and QR code, one part for each currency.

    The account is the one on the invoices, because a bank or factor may have bought
    them; where they name none, or several, it is the company's account in that
    currency.
    """

    _name = "arm.dunning.message"
    _inherit = ["arm.dunning.message"]

    payment_html = fields.Html(
        compute="_compute_payment_html",
        sanitize=False,
        help="How to pay: amount, account, reference, QR code; for e-mail templates.",
    )

    def _compute_payment_html(self):
        charges = self._get_charges()
        self._get_actions()._read_documents()
        for lang, messages in self.grouped("lang").items():
            localised = messages.with_context(lang=lang)
            render = localised.env["arm.dunning.qweb"]._get_renderer()
            formats = Formats(localised.env)
            online = messages.company_id._can_pay_online()
            for message, record in zip(messages, localised, strict=True):
                parts = record._get_payment_parts(charges.get(message), formats)
                for part in parts:
                    part["qr"] = record._get_qr_image(part)
                    part["link"] = online and record._get_payment_link(part)
                values = {"parts": parts}
                view = "arm_dunning.message_payment"
                message.payment_html = bool(parts) and render(view, values)

    def _get_payment_parts(self, charges, formats):
        """What has to be paid, by currency: what is overdue, or else what falls due.

        :param charges: what comes on top of it, or None.
        :return: list of dicts with amounts, account, reference
        """
        self.ensure_one()
        by_item = {a.item_id: a for a in self._get_actions() if a.item_id}
        actions = self.env["arm.dunning.action"].union(*by_item.values())
        actions = actions.filtered(lambda a: a.days_late > 0) or actions
        parts = []
        for currency, rows in actions.grouped("currency_id").items():
            extra = charges and charges.filtered(
                lambda charge, currency=currency: charge.currency_id == currency
            )
            charged = sum(extra.mapped("amount")) if extra else 0
            amount = currency.round(sum(rows.mapped("amount")) + charged)
            words = self.channel == "letter"
            parts.append(
                {
                    "actions": rows,
                    "currency": currency,
                    "charged": charged,
                    "value": amount,
                    "amount": formats.amount(amount, currency),
                    "words": words and amount_in_words(self.env, amount, currency),
                    "bank": rows._get_bank(self.company_id, currency),
                    "reference": remittance(
                        rows._get_payment_references(),
                        self.partner_id.ref or self.partner_id.name or "",
                    ),
                }
            )
        return parts

    def _get_payment_link(self, part):
        """Hook: the address where a part can be paid at once; not on paper.

        Core's own payment page: of the invoice, where it is one; else of the amount,
        which is credited to the customer.
        """
        self.ensure_one()
        if self.channel == "letter":
            return False
        moves = part["actions"].item_id.move_id
        single = moves if len(moves) == 1 and not part["charged"] else moves.browse()
        payer = single.partner_id or self.recipient_id
        amount, currency = part["value"], part["currency"]
        token = generate_access_token(payer.id, amount, currency.id, env=self.env)
        query = {
            "reference": part["reference"],
            "amount": amount,
            "currency_id": currency.id,
            "partner_id": payer.id,
            "company_id": self.company_id.id,
            **({"invoice_id": single.id} if single else {}),
            "access_token": token,
        }
        return f"{self.get_base_url()}/payment/pay?{urlencode(query)}"

    # ----------------------------------------------------------------------- QR codes

    def _get_qr_image(self, part):
        """The address of a part's QR code: on paper, the image itself; or False."""
        text = self.company_id.dunning_payment_qr and self._get_qr_text(part)
        if not text:
            return False
        if self.channel == "letter":
            return f"data:image/png;base64,{b64encode(qr_png(text)).decode()}"
        # As superuser: the secret of the database signs, not the user.
        token = hash_sign(self.sudo().env, QR_SCOPE, [text])
        return f"{self.get_base_url()}/dunning/qr/{token}"

    def _get_qr_text(self, part):
        """What the QR code of a transfer says; empty where there is none.

        The European code for euro transfers to a SEPA account; else the first one that
        core's modules know for account, currency and customer, such as the Swiss one.
        """
        self.ensure_one()
        bank, currency = part["bank"], part["currency"]
        if not bank:
            return ""
        code = currency.name == "EUR" and epc_code(
            bank.acc_holder_name or bank.partner_id.name,
            bank.sanitized_acc_number,
            bank.bank_bic,
            Decimal(f"{part['value']:.2f}"),
            part["reference"],
        )
        return code or self._get_core_qr_text(part)

    def _get_core_qr_text(self, part):
        """What core's QR code of a transfer says, by the modules installed."""
        self.ensure_one()
        bank = part["bank"]
        values = bank._build_qr_code_vals(
            part["value"],
            part["reference"],
            part["reference"],
            part["currency"],
            self.partner_id,
        )
        return values and bank._get_qr_code_generation_params(**values)["value"] or ""

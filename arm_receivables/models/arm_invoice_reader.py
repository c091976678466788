import re
from decimal import Decimal
from functools import lru_cache
from html import unescape

from stdnum.eu import vat as eu_vat
from stdnum.util import get_cc_module

from odoo import api, models

from ..tools.invoice_facts import Document, Line, Party, Tax
from ..tools.postal import Address

TAG = re.compile(r"<[^>]*>")
# Where other add-ons keep the address for electronic invoices of a contact.
ENDPOINTS = ("l10n_it_pa_index", "peppol_endpoint", "l10n_it_pec_email")
KINDS = {"out_invoice": "invoice", "out_refund": "refund", "out_receipt": "receipt"}


def plain(html):
    """The text of some HTML, for searching in it; not for showing."""
    return unescape(TAG.sub(" ", str(html))) if html else ""


@lru_cache(maxsize=4096)
def is_tax_id_valid(country, number):
    """Whether a tax number is well formed; None where no rule is known.

    :param country: ISO code of the country whose form is expected first
    """
    bare = number.replace(" ", "")
    if eu_vat.is_valid(bare):
        return True
    module = get_cc_module(country, "vat") if country else None
    if not module:
        return None
    return bool(module.is_valid(bare) or module.is_valid(f"{country}{bare}"))


class ArmInvoiceReader(models.AbstractModel):
    """Reads the facts of customer invoices for the checks, many at a time."""

    _name = "arm.invoice.reader"
    _description = "Facts of Invoices"

    @api.model
    def _read_documents(self, moves):
        """The facts of customer documents.

        Companies, contacts and taxes are read once for all documents.

        :param moves: invoices, credit notes, receipts to customers, also unsaved ones
        :return: dict of move to :class:`~..tools.invoice_facts.Document`
        """
        # As superuser: who posts an invoice need not see the company's settings.
        moves = moves.sudo()
        # As superuser: a list of countries, which is no secret.
        union = frozenset(self.env.ref("base.europe").sudo().country_ids.mapped("code"))
        sellers = {c: self._read_seller(c, union) for c in moves.company_id}
        buyers = {
            (company, partner): self._read_buyer(partner.with_company(company), union)
            for company, same in moves.grouped("company_id").items()
            for partner in same.partner_id
        }
        taxes = {
            tax: self._read_tax(tax)
            for tax in moves.invoice_line_ids.tax_ids.flatten_taxes_hierarchy()
        }
        companies = {
            company: (company._local_today(), self._read_rates(company))
            for company in moves.company_id
        }
        nobody = Party(kind="consumer")
        return {
            move: self._read_document(
                move,
                sellers[move.company_id],
                buyers.get((move.company_id, move.partner_id), nobody),
                taxes,
                companies[move.company_id],
            )
            for move in moves
        }

    @api.model
    def _read_document(self, move, seller, buyer, taxes, company_facts):
        """Hook: the facts of one document; nothing may be searched here."""
        today, rates = company_facts
        return Document(
            kind=KINDS[move.move_type],
            day=move.invoice_date or today,
            seller=seller,
            buyer=buyer,
            lines=tuple(
                self._read_line(line, taxes)
                for line in move.invoice_line_ids
                if line.display_type == "product"
            ),
            totals=self._read_totals(move, rates),
            company_id=move.company_id.id,
            number=self._read_number(move),
            delivery_date=move.delivery_date or None,
            due_date=move.invoice_date_due or None,
            currency=move.currency_id.name or "",
            local_currency=move.company_currency_id.name or "",
            shows_local_tax=move.company_id.display_invoice_tax_company_currency,
            bank_account=move.partner_bank_id.acc_number or "",
            reference=move.ref or "",
            origin=move.reversed_entry_id.name or "",
            text=self._read_text(move),
            note=plain(move.fiscal_position_id.note),
        )

    @api.model
    def _read_number(self, move):
        """The number; a draft gets it when it is posted, so nothing is missing yet."""
        return move.name or "" if move.state == "posted" else "draft"

    @api.model
    def _read_totals(self, move, rates):
        """Totals with tax by currency, positive; converted only for thresholds."""
        own = Decimal(str(abs(move.amount_total_signed)))
        return {
            **{name: own * rate for name, rate in rates.items()},
            move.currency_id.name: Decimal(str(move.amount_total)),
            move.company_currency_id.name: own,
        }

    @api.model
    def _read_rates(self, company):
        """Units per unit of the company's currency, where a threshold needs them.

        At today's rate: good enough to tell a small invoice from another.
        """
        rules = self.env["arm.invoice.requirement"]._get_rules()
        country = company.country_id.code
        names = {
            rule.currency
            for rule in rules
            if rule.currency and (not rule.sellers or country in rule.sellers)
        }
        names.discard(company.currency_id.name)
        if not names:
            return {}
        currencies = self.env["res.currency"].search([("name", "in", list(names))])
        day = company._local_today()
        return {
            currency.name: Decimal(
                str(
                    currency._get_conversion_rate(
                        company.currency_id, currency, company, day
                    )
                )
            )
            for currency in currencies
        }

    @api.model
    def _read_text(self, move):
        """Hook: all that is printed beside the lines."""
        company = move.company_id
        parts = (
            move.narration,
            move.invoice_payment_term_id.note,
            company.report_footer,
            company.company_details,
        )
        return "\n".join(plain(part) for part in parts if part)

    @api.model
    def _read_line(self, line, taxes):
        return Line(
            description=line.name or line.product_id.display_name or "",
            quantity=Decimal(str(line.quantity)),
            unit_price=Decimal(str(line.price_unit)),
            taxes=tuple(taxes[tax] for tax in line.tax_ids.flatten_taxes_hierarchy()),
            goods=self._read_goods(line),
        )

    @api.model
    def _read_goods(self, line):
        """Hook: goods or services, by the product, else by what its taxes are for."""
        kind = line.product_id.type or line.tax_ids[:1].tax_scope
        return {"consu": True, "service": False}.get(kind)

    @api.model
    def _read_tax(self, tax):
        """Hook: rate, who owes it, and its wording."""
        rate = tax.amount if tax.amount_type in ("percent", "division", "fixed") else 1
        wording = plain(tax.invoice_legal_notes).strip()
        return Tax(Decimal(str(rate)), tax.has_negative_factor, wording)

    # ---------------------------------------------------------------- the parties

    @api.model
    def _read_seller(self, company, union):
        """Hook: the facts of a company as seller."""
        partner = company.partner_id
        tax_id = company.vat or ""
        return Party(
            name=company.name or "",
            address=self._read_address(partner),
            tax_id=tax_id,
            tax_id_valid=is_tax_id_valid(company.country_id.code or "", tax_id),
            registry=company.company_registry or "",
            in_union=company.country_id.code in union,
        )

    @api.model
    def _read_buyer(self, partner, union):
        """Hook: the facts of the contact to whom an invoice is addressed."""
        customer = partner.commercial_partner_id
        tax_id = partner.vat or customer.vat or ""
        if tax_id == "/":  # core's sign for "has none"
            tax_id = ""
        country = partner.country_id.code or ""
        return Party(
            name=customer.name or partner.name or "",
            address=self._read_address(partner),
            kind=customer._get_invoice_buyer_kind(),
            tax_id=tax_id,
            tax_id_valid=is_tax_id_valid(country, tax_id) if tax_id else None,
            tax_id_online=self._read_register(customer),
            registry=customer.company_registry or "",
            in_union=country in union,
            reference_required=customer.invoice_reference_required,
            routing=partner.invoice_routing or customer.invoice_routing or "",
            endpoint=partner._get_invoice_endpoint(),
            email=partner.email or customer.email or "",
        )

    @api.model
    def _read_register(self, customer):
        """What the VAT register said, where core's check asks it; None otherwise."""
        fields = customer._fields
        if "vies_valid" not in fields or not customer.perform_vies_validation:
            return None
        return customer.vies_valid

    @api.model
    def _read_address(self, partner):
        return Address(
            street=partner.street or "",
            street2=partner.street2 or "",
            zip=partner.zip or "",
            city=partner.city or "",
            state=partner.state_id.code or "",
            country=partner.country_id.code or "",
        )

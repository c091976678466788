from odoo import models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What a check found missing: the codes of the pure functions in words.
PARTS = {
    "street": _lt("street"),
    "zip": _lt("postal code"),
    "zip_form": _lt("postal code in its country's form"),
    "city": _lt("city"),
    "state": _lt("state"),
    "country": _lt("country"),
    "characters": _lt("unreadable characters"),
    "length": _lt("too long"),
    "form": _lt("not well formed"),
    "unknown": _lt("not known to the register"),
    "early": _lt("before the invoice date"),
    "long": _lt("longer than the law allows"),
}
# What to do about it.
ADVICE = {
    "seller_name": _lt("Enter the name of your company."),
    "seller_address": _lt("Complete the address of your company."),
    "seller_tax_id": _lt("Enter the tax number of your company."),
    "seller_registry": _lt(
        "Enter the registration number of your company, or put it in the footer."
    ),
    "buyer_name": _lt("Correct the customer's name."),
    "buyer_address": _lt("Complete the customer's address."),
    "buyer_country": _lt("Enter the customer's country."),
    "buyer_tax_id": _lt("Ask the customer for its tax number and enter it."),
    "buyer_tax_id_form": _lt("Correct the customer's tax number."),
    "buyer_tax_id_online": _lt("Ask the customer for its right tax number."),
    "buyer_registry": _lt("Enter the customer's registration number."),
    "buyer_email": _lt("Enter the customer's e-mail address."),
    "endpoint": _lt("Enter the customer's address for e-invoices."),
    "buyer_routing": _lt("Enter the customer's routing code, as it demands it."),
    "buyer_reference": _lt("Enter the customer's order number as reference."),
    "number": _lt("Give the invoice a number."),
    "delivery_date": _lt("Enter the delivery date."),
    "due_date": _lt("Choose a payment term or a due date."),
    "term_days": _lt("Choose a shorter payment term."),
    "bank_account": _lt("Choose the bank account for the payment."),
    "origin": _lt("Enter the number of the invoice that is corrected."),
    "local_tax": _lt("Switch on the tax in company currency in the settings."),
    "wording": _lt("Add the wording to the terms and conditions."),
    "exemption_wording": _lt(
        "Enter legal notes on the tax, or a note on the fiscal position."
    ),
    "lines": _lt("Add what is sold."),
    "descriptions": _lt("Describe on each line what is sold."),
    "quantities": _lt("Enter a quantity on each line."),
    "unit_prices": _lt("Enter the prices."),
    "tax_rates": _lt("Choose a tax on each line, be it one of zero per cent."),
}


class ArmInvoiceTexts(models.AbstractModel):
    """What checks of invoices found, in words."""

    _name = "arm.invoice.texts"
    _description = "Texts of Invoice Checks"

    def _get_sentence(self, finding):
        """A finding in words: what is missing, by which law, and what to do."""
        requirement = self._get_requirement(finding)
        lang = self.env.lang or "en_US"
        parts = [PARTS[p]._translate(lang) for p in finding.missing if p in PARTS]
        values = {
            "name": requirement.display_name,
            "parts": ", ".join(parts),
            "law": requirement.source or "",
            "advice": ADVICE[finding.rule.check]._translate(lang),
        }
        if parts:
            return self.env._("%(name)s: %(parts)s. %(advice)s (%(law)s)", **values)
        return self.env._("%(name)s: missing. %(advice)s (%(law)s)", **values)

    def _get_requirement(self, finding):
        # As superuser: who posts an invoice must be told why it is refused.
        return self.env["arm.invoice.requirement"].sudo().browse(finding.rule.id)

    def _get_sentences(self, found, limit=10):
        """The findings of some invoices as one text, the first invoices only.

        :param found: dict of move to ``Readiness``
        """
        several = len(found) > 1
        blocks = []
        for move, readiness in list(found.items())[:limit]:
            sentences = [self._get_sentence(finding) for finding in readiness.findings]
            title = [self._get_title(move)] if several else []
            blocks.append("\n".join([*title, *sentences]))
        if len(found) > limit:
            more = len(found) - limit
            blocks.append(self.env._("… and %(count)s more invoices.", count=more))
        return "\n\n".join(blocks)

    def _get_title(self, move):
        return self.env._(
            "%(invoice)s, %(customer)s:",
            invoice=move.display_name,
            customer=move.partner_id.display_name or self.env._("no customer"),
        )

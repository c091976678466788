from odoo import fields, models

from .arm_invoice_reader import ENDPOINTS
from .arm_invoice_requirement import BUYER_KINDS


class ResPartner(models.Model):
    """What a customer wants to see on its invoices."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    invoice_buyer_kind = fields.Selection(
        BUYER_KINDS,
        string="Kind of Buyer",
        help="Other laws hold for invoices to consumers and public bodies. Empty: a "
        "company, or somebody with a tax number, is a business.",
    )
    invoice_reference_required = fields.Boolean(
        string="Order Number Required",
        help="This customer pays only invoices with its own order number.",
    )
    invoice_routing = fields.Char(
        string="Routing Code",
        help="The code by which a public body or a large buyer sorts invoices: "
        "Leitweg-ID, numéro de service, DIR3 …",
    )
    invoice_endpoint = fields.Char(
        string="E-Invoice Address",
        help="The address in the network for electronic invoices, where no other "
        "field holds it.",
    )

    def _get_invoice_buyer_kind(self):
        """business, consumer or public."""
        self.ensure_one()
        if self.invoice_buyer_kind:
            return self.invoice_buyer_kind
        return "business" if self.is_company or self.vat else "consumer"

    def _get_invoice_endpoint(self):
        """Hook: the address for electronic invoices, wherever it is kept."""
        self.ensure_one()
        for partner in self | self.commercial_partner_id:
            if partner.invoice_endpoint:
                return partner.invoice_endpoint
            for name in ENDPOINTS:
                if name in partner._fields and partner[name]:
                    return partner[name]
        return ""

from odoo import fields, models


class ResCompany(models.Model):
    """How strict a company is with its own invoices."""

    _name = "res.company"
    _inherit = ["res.company"]

    invoice_check_mode = fields.Selection(
        [
            ("off", "Do not check"),
            ("show", "Show what is missing"),
            ("enforce", "Show, and block where a requirement says so"),
        ],
        string="Invoice Checks",
        required=True,
        default="show",
    )
    address_valid_months = fields.Integer(
        string="Verified Addresses Are Valid For",
        default=24,
        help="Months after which an address must be verified again; zero: for ever.",
    )
    invoice_wording_auto = fields.Boolean(
        string="Add Legal Wording",
        help="Put what the law wants to read on an invoice when it is posted, in the "
        "buyer's language.",
    )

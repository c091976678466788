from odoo import api, fields, models
from odoo.exceptions import ValidationError

BUYER = ("notice", "request", "claim", "exposure", "declaration")
ITEM = ("notice", "claim")
# Code, label, kinds of files that know it.
SOURCES = [
    ("constant", "A fixed text", BUYER),
    ("policy", "Policy number", BUYER),
    ("insured", "Insured company", BUYER),
    ("buyer_number", "Insurer's buyer number", BUYER),
    ("buyer", "Buyer", BUYER),
    ("vat", "VAT number", BUYER),
    ("street", "Street", BUYER),
    ("zip", "Postal code", BUYER),
    ("city", "City", BUYER),
    ("country", "Country code", BUYER),
    ("sector", "Sector", BUYER),
    ("sales", "Yearly sales", BUYER),
    ("status", "Reliability", BUYER),
    ("currency", "Currency", BUYER),
    ("limit", "Limit", BUYER),
    ("until", "Limit valid until", BUYER),
    ("open", "Open in all", BUYER),
    ("covered", "Covered in all", BUYER),
    ("uncovered", "Uncovered in all", BUYER),
    ("insured_amount", "Insurer's share", BUYER),
    ("stopped", "Cover stopped", BUYER),
    ("oldest_due", "Overdue since", BUYER),
    ("requested", "Requested amount", ("request",)),
    ("requested_on", "Requested on", ("request",)),
    ("requested_until", "Requested until", ("request",)),
    ("reference", "Reference", ("notice", "request", "claim")),
    ("category", "Category", ("notice",)),
    ("reason", "Reason", ("notice",)),
    ("deadline", "Deadline", ("notice", "claim")),
    ("number", "Our number", ("claim",)),
    ("date_of_loss", "Date of loss", ("claim",)),
    ("cause", "Cause of loss", ("claim",)),
    ("invoice", "Invoice", ("notice", "claim", "declaration")),
    ("invoice_date", "Invoice date", ("notice", "claim", "declaration")),
    ("delivered", "Delivered on", ("notice", "claim")),
    ("due", "Due date", ITEM),
    ("item_open", "Open of the item", ITEM),
    ("item_covered", "Covered of the item", ITEM),
    ("item_pct", "Insured percentage", ITEM),
    ("period_from", "Declared from", ("declaration",)),
    ("period_to", "Declared to", ("declaration",)),
    ("turnover", "Turnover", ("declaration",)),
    ("declared", "Declared turnover", ("declaration",)),
    ("declared_status", "Declared or why not", ("declaration",)),
]
# What can be added up: one amount in each row, none that comes again in several.
SUMMED = {
    "notice": ("item_open", "item_covered"),
    "claim": ("item_open", "item_covered"),
    "request": ("requested", "limit", "open", "covered", "uncovered"),
    "exposure": ("limit", "open", "covered", "uncovered", "insured_amount"),
    "declaration": ("turnover", "declared"),
}
KNOWN = {code: kinds for code, _label, kinds in SOURCES}


class ArmInsuranceLayoutColumn(models.Model):
    """One column of a file: the insurer's heading and what stands in it."""

    _name = "arm.insurance.layout.column"
    _description = "Column of a File Layout"
    _order = "layout_id, sequence, id"
    _rec_name = "heading"

    layout_id = fields.Many2one(
        "arm.insurance.layout", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    heading = fields.Char(required=True)
    source = fields.Selection(
        [(code, label) for code, label, _kinds in SOURCES],
        string="Content",
        required=True,
    )
    constant = fields.Char(string="Fixed Text")

    @api.constrains("source", "layout_id")
    def _check_source(self):
        for column in self:
            if column.layout_id.kind not in KNOWN[column.source]:
                raise ValidationError(
                    self.env._(
                        "Column %(heading)s: this kind of file does not have that "
                        "content. Choose another one.",
                        heading=column.heading,
                    )
                )

    def _get_value(self, row):
        self.ensure_one()
        return self.constant if self.source == "constant" else row.get(self.source)

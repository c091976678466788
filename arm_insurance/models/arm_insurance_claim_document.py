from odoo import api, fields, models

LABELS = [
    ("form", "Claim form"),
    ("statement", "Statement of account"),
    ("invoices", "Invoices"),
    ("orders", "Orders or contract"),
    ("delivery", "Proof of delivery"),
    ("terms", "Terms and retention of title"),
    ("dunning", "Dunning correspondence"),
    ("limit", "Limit decision or evidence"),
    ("notice", "Notice of overdue and answers"),
    ("collection", "Collection mandate"),
    ("insolvency", "Proof of debt filed in the insolvency"),
    ("guarantees", "Guarantees"),
    ("dispute", "Papers of a dispute"),
    ("payee", "Letter of the loss payee"),
]


class ArmInsuranceClaimDocument(models.Model):
    """One paper of a claim's checklist."""

    _name = "arm.insurance.claim.document"
    _description = "Claim Document"
    _order = "id"
    _rec_name = "document"

    claim_id = fields.Many2one(
        "arm.insurance.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True)
    document = fields.Selection(LABELS, required=True)
    is_needed = fields.Boolean(string="Needed", default=True)
    is_there = fields.Boolean(string="There", compute="_compute_is_there", store=True,
                              readonly=False)  # fmt: skip
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    note = fields.Char()

    @api.depends("attachment_ids")
    def _compute_is_there(self):
        """A file makes it there; it may also be ticked, for papers sent otherwise."""
        for row in self:
            row.is_there = row.is_there or bool(row.attachment_ids)

    @api.depends("document")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["document"]._description_selection(self.env))
        for row in self:
            row.display_name = labels.get(row.document, "")

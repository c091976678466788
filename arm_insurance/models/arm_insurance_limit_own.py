from odoo import fields, models


class ArmInsuranceLimit(models.Model):
    """The own limit of a buyer: its proof and the reports it may rest on."""

    _name = "arm.insurance.limit"
    _inherit = ["arm.insurance.limit"]

    dcl_evidence_id = fields.Many2one(
        "arm.insurance.dcl.evidence",
        string="Latest Proof",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    dcl_status = fields.Selection(
        related="dcl_evidence_id.status", string="Own Limit Is"
    )
    evidence_ids = fields.One2many(
        "arm.insurance.dcl.evidence", "limit_id", string="Proofs"
    )
    report_ids = fields.One2many(
        "arm.insurance.credit.report", "limit_id", string="Credit Reports"
    )

    def action_prove(self):
        """Work out the own limits of these buyers now, as every night."""
        self.check_access("write")
        self.env["arm.insurance.discretionary"]._refresh(self)
        return True

from odoo import api, fields, models

SECTIONS = [
    ("delivery", "Proof of Delivery"),
    ("contract", "Contract or Order"),
    ("correspondence", "Correspondence"),
    ("other", "Other"),
]


class ArmCollectionDocument(models.Model):
    """A document that goes into the dossier of a case."""

    _name = "arm.collection.document"
    _description = "Document of a Collection Case"
    _order = "section, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "arm.collection.case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    section = fields.Selection(
        SECTIONS, string="What It Is", required=True, default="delivery"
    )
    name = fields.Char(string="File Name", required=True)
    content = fields.Binary(string="File", required=True, attachment=True)
    origin = fields.Char(
        readonly=True, help="The record that it was found at; empty: added by hand."
    )
    origin_id = fields.Many2one(
        "ir.attachment",
        string="Attachment It Came From",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _origin_uniq = models.UniqueIndex(
        "(case_id, origin_id) WHERE origin_id IS NOT NULL",
        "This document is in the case already.",
    )

    @api.model
    def _section_of(self, model):
        """Hook: what a file is that hangs on a record of this model."""
        return {
            "sale.order": "contract",
            "stock.picking": "delivery",
            "arm.dispute": "correspondence",
        }.get(model, "other")

    @api.model
    def _get_origins(self, attachments):
        """The names of the records at which files hang: dict of attachment to name."""
        origins = {}
        attachments = self.env["ir.attachment"].union(*attachments)
        for model, group in attachments.grouped("res_model").items():
            if model not in self.env:
                continue
            records = self.env[model].browse(set(group.mapped("res_id"))).exists()
            names = {record.id: record.display_name for record in records}
            origins.update({x: names.get(x.res_id, False) for x in group})
        return origins

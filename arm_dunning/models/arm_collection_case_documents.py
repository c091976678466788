from odoo import fields, models


class ArmCollectionCase(models.Model):
    """The documents of a case: found where they hang, or added by hand."""

    _name = "arm.collection.case"
    _inherit = ["arm.collection.case"]

    document_ids = fields.One2many(
        "arm.collection.document", "case_id", string="Documents"
    )

    def action_collect_documents(self):
        """Look again for proofs of delivery, orders and letters of the invoices."""
        self._check_collector()
        # As superuser: what hangs on the invoices belongs to the claim.
        self.sudo()._collect_documents()
        return True

    def _collect_documents(self):
        """Take over what hangs on the records behind the items, once each."""
        for case in self:
            known = case.document_ids.origin_id
            found = case._find_attachments() - known
            case.env["arm.collection.document"].create(
                [case._prepare_document(attachment) for attachment in found]
            )

    def _find_attachments(self):
        """Files of the orders, deliveries and disputes behind the items."""
        self.ensure_one()
        attachments = self.env["ir.attachment"]
        for model, ids in self._get_sources().items():
            if ids:
                attachments |= attachments.search(
                    [
                        ("res_model", "=", model),
                        ("res_id", "in", ids),
                        ("res_field", "=", False),
                        ("type", "=", "binary"),
                    ]
                )
        disputes = self.env["arm.dispute"].search(
            [("line_ids.item_id", "in", self.item_ids.item_id.ids)]
        )
        own = self.item_ids.move_id.invoice_pdf_report_id
        return (attachments | disputes.attachment_ids) - own

    def _get_sources(self):
        """Hook: model -> ids of the records whose files belong to the case."""
        self.ensure_one()
        moves = self.item_ids.move_id
        orders = moves.invoice_line_ids.sale_line_ids.order_id
        sources = {"sale.order": orders.ids, "account.move": moves.ids}
        if "picking_ids" in orders._fields:  # with the add-on sale_stock
            sources["stock.picking"] = orders.picking_ids.ids
        return sources

    def _prepare_document(self, attachment):
        """Hook: the document of the case from a file that was found."""
        self.ensure_one()
        documents = self.env["arm.collection.document"]
        record = self.env[attachment.res_model].browse(attachment.res_id)
        return {
            "case_id": self.id,
            "section": documents._section_of(attachment.res_model),
            "name": attachment.name,
            "content": attachment.datas,
            "origin": record.display_name if record.exists() else False,
            "origin_id": attachment.id,
        }

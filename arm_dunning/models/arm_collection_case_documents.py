import itertools

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
        documents = self.env["arm.collection.document"]
        found = self._find_attachments()
        known = {(x.case_id, x.origin_id) for x in self.document_ids}
        origins = documents._get_origins(found)
        documents.create(
            [
                case._prepare_document(attachment, origins.get(attachment))
                for attachment, cases in found.items()
                for case in cases
                if (case, attachment) not in known
            ]
        )

    def _find_attachments(self):
        """Files of the orders, deliveries and disputes behind the items.

        :return: dict of attachment to the cases that it belongs to; a search a model,
            however many the cases are
        """
        found = {}
        for model, owners in self._get_sources().items():
            attachments = self.env["ir.attachment"].search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", list(owners)),
                    ("res_field", "=", False),
                    ("type", "=", "binary"),
                ]
            )
            found.update({x: owners[x.res_id] for x in attachments})
        for dispute, cases in self._get_disputes().items():
            for attachment in dispute.attachment_ids:
                found[attachment] = found.get(attachment, self.browse()) | cases
        own = self.item_ids.move_id.invoice_pdf_report_id
        return {x: cases for x, cases in found.items() if x not in own}

    def _get_sources(self):
        """Hook: model -> id -> the cases to whose claim the record's files belong."""
        sources, none = {}, self.browse()
        for item in self.item_ids:
            move = item.move_id
            orders = move.invoice_line_ids.sale_line_ids.order_id
            behind = [move, orders]
            if "picking_ids" in orders._fields:  # with the add-on sale_stock
                behind.append(orders.picking_ids)
            for record in itertools.chain(*behind):
                owners = sources.setdefault(record._name, {})
                owners[record.id] = owners.get(record.id, none) | item.case_id
        return sources

    def _get_disputes(self):
        """The disputes about the items: dict of dispute to cases."""
        disputes = {}
        by_item = self.item_ids.grouped("item_id")
        rows = self.env["arm.dispute.item"].search(
            [("item_id", "in", self.item_ids.item_id.ids)]
        )
        for row in rows:
            cases = disputes.get(row.dispute_id, self.browse())
            disputes[row.dispute_id] = cases | by_item[row.item_id].case_id
        return disputes

    def _prepare_document(self, attachment, origin=False):
        """Hook: the document of the case from a file that was found.

        :param origin: the name of the record that it was found at
        """
        self.ensure_one()
        documents = self.env["arm.collection.document"]
        return {
            "case_id": self.id,
            "section": documents._section_of(attachment.res_model),
            "name": attachment.name,
            "content": attachment.datas,
            "origin": origin,
            "origin_id": attachment.id,
        }

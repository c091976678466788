from odoo import api, fields, models


class ArmInsuranceOverride(models.Model):
    """A delivery may pass as well."""

    _inherit = "arm.insurance.override"

    picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )

    _document_check = models.Constraint(
        "CHECK(num_nonnulls(order_id, move_id, plan_id, picking_id) = 1)",
        "An override belongs to one order, invoice, payment plan or delivery.",
    )

    def _get_document(self):
        return super()._get_document() or self.picking_id

    @api.model
    def _get_buyer(self, document):
        if document._name == "stock.picking":
            return document.insurance_buyer_id
        return super()._get_buyer(document)

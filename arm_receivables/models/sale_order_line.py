from odoo import api, models

# What a line adds to its order.
GUARDED = {
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "discount",
    "tax_ids",
    "display_type",
    "is_downpayment",
    "combo_item_id",
    "extra_tax_data",
}
# Computed from the above; what a remote caller writes into them is computed again.
TOTALS = {"price_subtotal", "price_tax", "price_total"}


class SaleOrderLine(models.Model):
    """Lines do not make a confirmed order of a blocked customer larger."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line"]

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        with orders._guard_increase():
            lines = super().create(vals_list)
            if any(TOTALS & vals.keys() for vals in vals_list):
                lines._recompute_totals()
        return lines

    def write(self, vals):
        if not (GUARDED | TOTALS) & vals.keys():
            return super().write(vals)
        orders = self.order_id
        if vals.get("order_id"):
            orders |= orders.browse(vals["order_id"])
        with orders._guard_increase():
            result = super().write(vals)
            if TOTALS & vals.keys():
                self._recompute_totals()
        return result

    def _recompute_totals(self):
        """Compute the totals from the line, whatever was written into them."""
        for name in TOTALS:
            self.env.add_to_compute(self._fields[name], self)

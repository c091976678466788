from odoo import api, models

from .arm_customer_account import ORDERS

# What decides how much of a line is ordered and not invoiced.
SHOWN = {"product_uom_qty", "price_unit", "discount", "tax_ids", "qty_delivered"}


class SaleOrderLine(models.Model):
    """Changed lines of confirmed orders are seen by the customer accounts at once."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line"]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._note_receivables()
        return lines

    def write(self, vals):
        if not SHOWN & vals.keys():
            return super().write(vals)
        with self.env["arm.customer.account"]._collect_changes():
            res = super().write(vals)
            self._note_receivables()
        return res

    def unlink(self):
        with self.env["arm.customer.account"]._collect_changes():
            self._note_receivables()
            return super().unlink()

    def _note_receivables(self):
        """Have the accounts of customers refreshed whose confirmed orders these are."""
        orders = self.filtered(lambda line: line.state == "sale").order_id
        if orders:
            by_company = orders.grouped("company_id")
            self.env["arm.customer.account"]._note_changes(
                [
                    (company, confirmed.partner_invoice_id)
                    for company, confirmed in by_company.items()
                ],
                ORDERS,
            )

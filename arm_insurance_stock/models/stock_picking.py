from odoo import api, fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    insurance_override_ids = fields.One2many("arm.insurance.override", "picking_id")
    insurance_buyer_id = fields.Many2one(
        "res.partner", compute="_compute_insurance_buyer_id"
    )
    insurance_gate = fields.Selection(
        [("warn", "Warning"), ("block", "Blocked"), ("override", "Allowed")],
        compute="_compute_insurance_gate",
    )
    insurance_message = fields.Text(compute="_compute_insurance_gate")

    @api.depends("sale_id.partner_invoice_id", "partner_id")
    def _compute_insurance_buyer_id(self):
        """Who gets the invoice, which need not be who gets the goods."""
        for picking in self:
            # As superuser: who packs the goods may not see orders.
            order = picking.sudo().sale_id
            buyer = order.partner_invoice_id or picking.partner_id
            picking.insurance_buyer_id = buyer.commercial_partner_id

    @api.depends(
        "state",
        "picking_type_id",
        "partner_id",
        "move_ids.quantity",
        "insurance_override_ids",
        "sale_id.insurance_override_ids",
    )
    def _compute_insurance_gate(self):
        """What the credit insurance says to deliveries, for all of them at once."""
        asked = self.filtered(lambda row: row.state not in ("done", "cancel"))
        said = self.env["arm.insurance.gate"]._judge_pickings(asked)
        for picking in self:
            found = said.get(picking, ())
            gates = {gate for gate, _text in found}
            picking.insurance_message = "\n".join(text for _gate, text in found)
            if "block" in gates and picking._has_insurance_override():
                picking.insurance_gate = "override"
            else:
                picking.insurance_gate = next(
                    (gate for gate in ("block", "warn") if gate in gates), False
                )

    def _has_insurance_override(self):
        """Whether somebody allowed this delivery, or the whole order."""
        self.ensure_one()
        # As superuser: who packs the goods may not see overrides.
        picking = self.sudo()
        overrides = picking.insurance_override_ids
        return bool(overrides or picking.sale_id.insurance_override_ids)

    def _is_insurable(self):
        """Whether goods leave for a customer who has not paid for them yet."""
        self.ensure_one()
        if self.picking_type_code != "outgoing" or not self.insurance_buyer_id:
            return False
        if self.location_dest_id.usage not in ("customer", "transit"):
            return False
        return not self._is_prepaid()

    def _is_prepaid(self):
        """Whether the whole order is paid in advance."""
        self.ensure_one()
        order = self.sale_id
        if not order or not order.amount_total:
            return False
        currency = order.currency_id
        if currency.compare_amounts(order.amount_paid, order.amount_total) >= 0:
            return True
        invoices = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        paid = invoices.filtered(
            lambda move: move.payment_state in ("paid", "in_payment")
        )
        total = sum(paid.mapped("amount_total"))
        return currency.compare_amounts(total, order.amount_total) >= 0

    def action_insurance_override(self):
        """Let this delivery pass the insurance, with a reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliver Without Insurance"),
            "res_model": "arm.insurance.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_picking_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

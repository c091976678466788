from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    insurance_override_ids = fields.One2many("arm.insurance.override", "order_id")
    insurance_gate = fields.Selection(
        [("warn", "Warning"), ("block", "Blocked"), ("override", "Allowed")],
        compute="_compute_insurance_gate",
    )
    insurance_message = fields.Text(compute="_compute_insurance_gate")

    @api.depends(
        "partner_invoice_id",
        "partner_id",
        "payment_term_id",
        "amount_total",
        "state",
        "insurance_override_ids",
    )
    def _compute_insurance_gate(self):
        """What the credit insurance says, for all orders at once."""
        asked = self.filtered(lambda order: order.state in ("draft", "sent"))
        said = self.env["arm.insurance.gate"]._judge_orders(asked)
        for order in self:
            found = said.get(order, ())
            order.insurance_message = "\n".join(text for _gate, text in found)
            gates = {gate for gate, _text in found}
            if "block" in gates and order.insurance_override_ids:
                order.insurance_gate = "override"
            else:
                order.insurance_gate = next(
                    (gate for gate in ("block", "warn") if gate in gates), False
                )

    def _confirmation_error_message(self):
        """An order that would be uninsured waits, where the policy says so."""
        error = super()._confirmation_error_message()
        if error or self.insurance_gate != "block":
            return error
        if not self._get_caller()._is_internal():
            return self._get_customer_text()
        return self.env._(
            "Order %(order)s would not be insured.\n%(why)s\nSomeone of credit "
            "insurance can allow it all the same, with a reason.",
            order=self.name,
            why=self.insurance_message,
        )

    def action_insurance_override(self):
        """Let this order pass the insurance, with a reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Allow Without Insurance"),
            "res_model": "arm.insurance.override",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_order_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

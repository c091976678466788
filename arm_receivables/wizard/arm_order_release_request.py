from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ArmOrderReleaseRequest(models.TransientModel):
    """A salesperson asks finance to let held orders pass."""

    _name = "arm.order.release.request"
    _description = "Request for an Order Release"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    message = fields.Text(compute="_compute_message")
    reason = fields.Text(required=True)

    @api.depends("order_ids")
    def _compute_message(self):
        for wizard in self:
            texts = wizard.order_ids.mapped("order_block_message")
            wizard.message = "\n\n".join(filter(None, texts))

    def action_request(self):
        """Put the orders into finance's queue, each with a request.

        :raise UserError: when an order may be confirmed without a release
        """
        self.ensure_one()
        self.order_ids.check_access("write")
        verdicts = self.env["arm.order.guard"]._judge(self.order_ids)
        for order, verdict in verdicts.items():
            if not verdict.held:
                raise UserError(
                    self.env._(
                        "Order %(order)s is not held: confirm it.", order=order.name
                    )
                )
        holds = self.order_ids._record_attempts("request", verdicts)
        holds._renew_requests(self.reason)
        bodies = {
            order.id: self.env._("Release requested: %(reason)s", reason=self.reason)
            for order in self.order_ids
        }
        # As superuser: the log belongs to the request that was just allowed.
        self.order_ids.sudo()._message_log_batch(bodies=bodies)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def default_get(self, fields):
        """Start from the orders of the screen."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "sale.order" and not values.get(
            "order_ids"
        ):
            values["order_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

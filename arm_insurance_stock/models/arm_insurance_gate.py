from odoo import api, models


class ArmInsuranceGate(models.AbstractModel):
    """Deliveries before the goods leave (credit-insurance.md, section 3, gates)."""

    _inherit = "arm.insurance.gate"

    @api.model
    def _judge_pickings(self, pickings):
        """What the policies say to these deliveries.

        Only goods that go to customers, and that are not paid yet.

        :return: dict of transfer to list of (gate, sentence)
        """
        # As superuser: policies hold for everybody's deliveries.
        asked = pickings.sudo().filtered(lambda row: row._is_insurable())
        found = self._get_limits(asked, "insurance_buyer_id")
        return {
            picking: [
                said
                for limit in found.get(self._get_key(picking, "insurance_buyer_id"), ())
                for said in self._judge_picking(picking, limit)
            ]
            for picking in asked
        }

    @api.model
    def _judge_picking(self, picking, limit):
        gate = limit.policy_id.gate_delivery
        if gate == "off":
            return
        if limit.is_stopped:
            yield gate, limit.stop_reason
            return
        today = limit.company_id._local_today()
        value = self._get_value(picking, limit, today)
        least = limit.policy_id._get_year(today).declaration_threshold
        buyer = limit.partner_id.display_name
        if not limit.amount and limit.amount_open + value > least:
            yield gate, self._get_unlimited_text(limit, buyer)
        elif limit.amount and value > limit.room:
            yield gate, self._get_full_text(limit, buyer, value)

    @api.model
    def _get_full_text(self, limit, buyer, value):
        money = limit.currency_id.format
        return self.env._(
            "The delivery of %(value)s does not fit: of the limit of %(buyer)s, "
            "%(room)s is left.",
            value=money(value),
            buyer=buyer,
            room=money(limit.room),
        )

    @api.model
    def _get_unlimited_text(self, limit, buyer):
        if limit.state in ("withdrawn", "expired", "refused"):
            labels = dict(limit._fields["state"]._description_selection(self.env))
            return self.env._(
                "%(buyer)s has no insured limit any more: %(state)s.",
                buyer=buyer,
                state=labels[limit.state],
            )
        return self.env._("%(buyer)s has no insured limit.", buyer=buyer)

    @api.model
    def _get_value(self, picking, limit, today):
        """What the delivery is worth to the customer, in policy currency."""
        order = picking.sale_id
        value = sum(
            move.product_uom._compute_quantity(
                move.quantity or move.product_uom_qty, line.product_uom_id
            )
            * line.price_reduce_taxexcl
            for move in picking.move_ids
            if move.state != "cancel"
            for line in move.sale_line_id
        )
        if not value:
            return 0
        return order.currency_id._convert(
            value, limit.currency_id, limit.policy_id.company_id, today
        )

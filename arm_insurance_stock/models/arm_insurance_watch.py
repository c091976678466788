from odoo import api, models


class ArmInsuranceWatch(models.AbstractModel):
    """The days of deliveries are those of the transfers."""

    _inherit = "arm.insurance.watch"

    @api.model
    def _get_delivery_days(self, lines):
        days = super()._get_delivery_days(lines)
        for line in lines:
            done = line.move_ids.filtered(
                lambda move: move.state == "done"
                and move.location_dest_id.usage == "customer"
            )
            if done:
                days[line] = min(done.mapped("date")).date()
        return days

from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Goods that would not be insured stay, where the policy says so.

        Here, because every way to deliver ends here.
        """
        pickings = self.picking_id
        blocked = pickings.filtered(lambda row: row.insurance_gate == "block")[:1]
        if blocked:
            raise UserError(
                self.env._(
                    "Delivery %(delivery)s would not be insured.\n%(why)s\nSomeone of "
                    "credit insurance can allow it all the same, with a reason.",
                    delivery=blocked.name,
                    why=blocked.insurance_message,
                )
            )
        told = {row.id: row.insurance_message for row in pickings if row.insurance_gate}
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        if told:
            rows = self.env["stock.picking"].browse(told)
            # As superuser: whoever delivers leaves this note.
            rows.sudo()._message_log_batch(bodies=told)
        return moves

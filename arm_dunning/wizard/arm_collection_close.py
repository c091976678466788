from odoo import fields, models
from odoo.exceptions import UserError

from ..models.arm_collection_case import RESULTS


class ArmCollectionClose(models.TransientModel):
    """Close a case with what came of it."""

    _name = "arm.collection.close"
    _description = "Close a Collection Case"

    case_id = fields.Many2one("arm.collection.case", required=True, readonly=True)
    currency_id = fields.Many2one(related="case_id.currency_id")
    amount_left = fields.Monetary(related="case_id.amount_left")
    result = fields.Selection(RESULTS, required=True)
    note = fields.Text(string="What the Agency or Court Says")

    def action_apply(self):
        """Close it: see ``arm.collection.case._close``.

        :raise UserError: when it is to be paid and something is open
        """
        self.ensure_one()
        self.case_id._check_manager()
        if self.case_id.state not in ("approved", "handed"):
            raise UserError(self.env._("This case is closed already."))
        if self.result == "paid" and not self.case_id.is_settled:
            raise UserError(
                self.env._(
                    "Something is still open. Enter the payment first, or choose Paid "
                    "in Part."
                )
            )
        # As superuser: the state is written by the methods alone.
        self.case_id.sudo()._close(self.result, self.note, self.env.user)
        return {"type": "ir.actions.act_window_close"}

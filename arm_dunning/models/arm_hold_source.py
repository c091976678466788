from odoo import api, fields, models


class ArmHoldSource(models.AbstractModel):
    """Promises, disputes, plans and extensions that a call brought about."""

    _name = "arm.hold.source"
    _inherit = ["arm.hold.source"]

    call_id = fields.Many2one(
        "arm.dunning.call",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The call in which it was agreed.",
    )

    reply_id = fields.Many2one(
        "arm.dunning.reply",
        string="Answer",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The e-mail in which it was said.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """A call, or an answer, that has a result is done."""
        records = super().create(vals_list)
        called = records.filtered("call_id")
        called.call_id._close_with(called)
        # As superuser: nobody has the right to write answers directly, and who
        # entered the agreement has been checked.
        records.sudo().reply_id._decide("entered")
        return records

    @api.model
    def _get_fixed(self):
        return super()._get_fixed() | {"call_id", "reply_id"}

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

    @api.model_create_multi
    def create(self, vals_list):
        """A call that has a result is done."""
        records = super().create(vals_list)
        called = records.filtered("call_id")
        called.call_id._close_with(called)
        return records

    @api.model
    def _get_fixed(self):
        return super()._get_fixed() | {"call_id"}

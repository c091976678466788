from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class ArmHoldPause(models.TransientModel):
    """Leave open items alone until a day, for a reason that a person gives."""

    _name = "arm.hold.pause"
    _description = "Pause Follow-up"

    item_ids = fields.Many2many("account.move.line", string="Open Items", required=True)
    until = fields.Date(string="Last Day", required=True)
    reason = fields.Char(required=True)

    @api.constrains("until")
    def _check_until(self):
        for wizard in self:
            if wizard.until < fields.Date.context_today(wizard):
                raise ValidationError(
                    self.env._("The last day of the pause is past. Choose a later day.")
                )

    def action_apply(self):
        """Pause the items; those that another hold keeps already are refused."""
        self.ensure_one()
        self.item_ids._check_collecting()
        # As superuser: nobody may write holds but their methods.
        holds = self.env["arm.hold"].sudo()
        present = holds.search([("item_id", "in", self.item_ids.ids)])
        others = present.filtered(lambda hold: hold.reason != "pause")
        if others:
            raise UserError(
                self.env._(
                    "%(item)s is held already (%(reason)s). End that hold first.",
                    item=others[0].item_id.display_name,
                    reason=dict(
                        holds._fields["reason"]._description_selection(self.env)
                    )[others[0].reason],
                )
            )
        present.write({"until": self.until})
        missing = self.item_ids - present.item_id
        holds.create([self._prepare_hold(item) for item in missing])
        self._log()
        return {"type": "ir.actions.act_window_close"}

    def _prepare_hold(self, item):
        return {
            "item_id": item.id,
            "company_id": item.company_id.id,
            "reason": "pause",
            "until": self.until,
        }

    def _log(self):
        """Tell on every document who paused it until when and why."""
        # As superuser: the note goes to entries that a collector may not edit.
        moves = self.item_ids.move_id.sudo()
        text = self.env._(
            "Follow-up paused until %(day)s: %(reason)s",
            day=fields.Date.to_string(self.until),
            reason=self.reason,
        )
        moves._message_log_batch(bodies=dict.fromkeys(moves.ids, text))

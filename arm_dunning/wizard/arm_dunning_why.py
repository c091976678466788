from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

FIELDS = ("item", "task", "state", "reason", "date", "text")


class ArmDunningWhy(models.TransientModel):
    """The answer to "why did this invoice get no reminder?", task by task."""

    _name = "arm.dunning.why"
    _description = "Why No Reminder?"

    move_id = fields.Many2one("account.move", readonly=True)
    line_ids = fields.One2many("arm.dunning.why.line", "why_id", readonly=True)

    @api.model
    def _open(self, items):
        """Open the answer for receivable lines of one invoice.

        :raise UserError: when there is nothing that could be reminded of
        """
        if not items:
            raise UserError(
                self.env._("Nothing on this document is paid by a customer.")
            )
        # As superuser: rules and accounts are the company's; the user may read the
        # invoice, which was checked by the caller.
        answers = self.env["arm.dunning.explainer"].sudo()._explain(items.sudo())
        why = self.create(
            {
                "move_id": items.move_id.id,
                "line_ids": [
                    Command.create(
                        {
                            "item_id": answer["item"].id,
                            "task_id": answer["task"].id,
                            **{name: answer[name] for name in FIELDS[2:]},
                        }
                    )
                    for answer in answers
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why no reminder?"),
            "res_model": self._name,
            "res_id": why.id,
            "view_mode": "form",
            "target": "new",
        }

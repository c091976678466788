from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ArmInsuranceStory(models.TransientModel):
    """The answer to "why is this invoice covered or not?", day by day."""

    _name = "arm.insurance.story"
    _description = "Why Covered or Not?"

    limit_id = fields.Many2one("arm.insurance.limit", readonly=True)
    item_id = fields.Many2one("account.move.line", string="Open Item", readonly=True)
    currency_id = fields.Many2one(related="limit_id.currency_id")
    reason = fields.Text(readonly=True)
    status = fields.Char(readonly=True)
    amount_open = fields.Monetary(string="Open by the Insurer", readonly=True)
    covered = fields.Monetary(readonly=True)
    suspended = fields.Monetary(readonly=True)
    uncovered = fields.Monetary(readonly=True)
    insured_amount = fields.Monetary(string="Insurer's Share", readonly=True)
    day_ids = fields.One2many("arm.insurance.story.day", "story_id", readonly=True)

    @api.model
    def _open(self, row):
        """Replay the buyer of a row of cover and tell the story of its item.

        :param row: arm.insurance.coverage; the caller has checked that it may be read
        :raise UserError: when the account cannot be replayed
        """
        day = row.snapshot_date or row.limit_id.company_id._local_today()
        # As superuser: the whole account decides, also what the user may not open.
        limit = row.limit_id.sudo()
        done = limit.env["arm.insurance.engine"]._replay(
            limit.policy_id, limit, day, trace=True
        )[limit]
        known = {item.id for item in done.coverage.items} if done.coverage else set()
        if str(row.item_id.id) not in known:
            raise UserError(
                self.env._(
                    "There is no story of %(item)s: %(error)s",
                    item=row.item_id.display_name,
                    error=done.error or self.env._("it is not insured by this policy."),
                )
            )
        story = self.create(self._get_values(row, done))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why covered or not?"),
            "res_model": self._name,
            "res_id": story.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _get_values(self, row, done):
        item_id = str(row.item_id.id)
        cover = done.coverage.item(item_id)
        wording = self.env["arm.insurance.wording"]
        names = {str(item_id): number for item_id, number in self._get_numbers(done)}
        figures = ("covered", "suspended", "uncovered", "insured_amount")
        return {
            "limit_id": row.limit_id.id,
            "item_id": row.item_id.id,
            "status": cover.status,
            "reason": wording._describe(cover.reasons),
            "amount_open": float(cover.open),
            **{name: float(getattr(cover, name)) for name in figures},
            "day_ids": [
                Command.create(self._get_day_values(row, state, steps, names))
                for state, steps in done.coverage.explain(item_id)
            ],
        }

    @api.model
    def _get_numbers(self, done):
        """The invoice numbers of the items that stopped cover."""
        stops = {int(day.stop_item) for day in done.coverage.days if day.stop_item}
        lines = self.env["account.move.line"].browse(stops).exists()
        return [(line.id, line.move_id.name) for line in lines]

    @api.model
    def _get_day_values(self, row, state, steps, names):
        wording = self.env["arm.insurance.wording"]
        texts = [wording._sentence(code) for code in state.frozen]
        if state.stop_item:
            texts.append(
                self.env._("Stopped by %(item)s.", item=names.get(state.stop_item, ""))
            )
        return {
            "day": state.day,
            "what": "; ".join(
                self.env._(
                    "%(step)s %(amount)s",
                    step=wording._sentence(step.code),
                    amount=row.currency_id.format(float(step.amount))
                    if step.amount
                    else "",
                ).strip()
                for step in steps
            ),
            "amount_open": float(steps[-1].open) if steps else 0,
            "covered": float(steps[-1].covered) if steps else 0,
            "is_own": bool(steps),
            "limit": float(state.limit),
            "used": float(state.covered),
            "room": float(state.room),
            "frozen": " ".join(texts),
        }

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..models.arm_dunning_call_result import OUTCOMES

# Outcomes that need some words, or a day.
NOTED = ("callback", "refuses", "wrong_number", "insolvent", "other")


class ArmDunningCallNote(models.TransientModel):
    """What was said in a call, for outcomes that need words or a day.

    Each outcome does what it means: see :meth:`action_apply`.
    """

    _name = "arm.dunning.call.note"
    _description = "Note of a Call"

    call_id = fields.Many2one("arm.dunning.call", required=True, readonly=True)
    account_id = fields.Many2one(related="call_id.account_id")
    outcome = fields.Selection(
        [row for row in OUTCOMES if row[0] in NOTED], required=True, readonly=True
    )
    date = fields.Date(
        string="Call Again On", default=lambda self: self._default_date()
    )
    note = fields.Text(string="What Was Said")
    propose_handover = fields.Boolean(
        string="Propose the Hand-Over",
        default=True,
        help="A credit manager decides whether a lawyer or an agency takes over. Until "
        "then nothing more is sent.",
    )
    block_orders = fields.Boolean(
        default=True, help="No order of the customer is confirmed any more."
    )

    @api.model
    def _default_date(self):
        return self.env.company._local_today() + relativedelta(days=1)

    @api.constrains("date", "outcome")
    def _check_date(self):
        for note in self.filtered(lambda note: note.outcome == "callback"):
            today = note.call_id.company_id._local_today()
            if not note.date or note.date < today:
                raise ValidationError(
                    self.env._("Choose today or a later day to call again.")
                )

    def action_apply(self):
        """Keep the outcome, do what it means, and go on with the next customer.

        Call back: the call comes again on the day. Refuses: the hand-over is proposed.
        Wrong number: somebody is asked to find the right one. Insolvent: red, no more
        reminders, orders blocked, a credit manager is told.
        """
        self.ensure_one()
        if self.outcome in ("insolvent", "other") and not (self.note or "").strip():
            raise UserError(
                self.env._("Write down what you were told; colleagues depend on it.")
            )
        call = self.call_id
        call._check_caller()
        if call.state != "open":
            raise UserError(self.env._("This call has an outcome already."))
        if self.outcome == "callback":
            call._call_back(self.date, self.note)
        else:
            call._conclude("done", self.outcome, self.note)
            getattr(self, f"_after_{self.outcome}")()
        if place := self.env.context.get("work_place"):
            return self.env["arm.work.entry"]._get_next(place)
        return {"type": "ir.actions.act_window_close"}

    def _after_other(self):
        """What was said is all there is to it."""

    def _after_refuses(self):
        """Somebody decides how it goes on."""
        if self.propose_handover:
            reason = self.note or self.env._("Refuses to pay")
            self.account_id._propose_handover(reason)

    def _after_wrong_number(self):
        """The address task: who knows the customer finds the right number."""
        self.account_id._ask_for_number(self.note)

    def _after_insolvent(self):
        self.account_id._stop_as_insolvent(self.note, self.block_orders)

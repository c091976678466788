from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError

OUTCOMES = [
    ("promise", "Promise to Pay"),
    ("dispute", "Dispute"),
    ("plan", "Payment Plan"),
    ("extension", "Extension"),
    ("reached", "Reached, Nothing Agreed"),
    ("no_answer", "No Answer"),
]
# Model of what was agreed -> outcome of the call.
AGREEMENTS = {
    "arm.promise": "promise",
    "arm.dispute": "dispute",
    "arm.payment.plan": "plan",
    "arm.extension": "extension",
}


class ArmDunningCall(models.Model):
    """What a call brought: something that was agreed, or when to call again."""

    _name = "arm.dunning.call"
    _inherit = ["arm.dunning.call"]

    outcome = fields.Selection(OUTCOMES, readonly=True, help="What the call brought.")
    attempts = fields.Integer(
        readonly=True, help="How often nobody answered since it is on the list."
    )

    def action_promise(self):
        """Enter the promise that the customer gave on the telephone."""
        return self._agree("action_promise")

    def action_dispute(self):
        """Enter what the customer objects to."""
        return self._agree("action_dispute")

    def action_plan(self):
        """Agree on instalments."""
        return self._agree("action_plan")

    def action_no_answer(self):
        """Nobody answered: the call comes again the next working day."""
        self._check_caller()
        # As superuser: nobody has the right to write the list directly.
        for call in self.sudo().filtered(lambda call: call.state == "open"):
            day = max(call.date, call.company_id._local_today())
            day += relativedelta(days=1)
            while day.weekday() > 4:  # Saturday, Sunday
                day += relativedelta(days=1)
            call.write(
                {"date": day, "outcome": "no_answer", "attempts": call.attempts + 1}
            )
        return True

    def action_set_done(self):
        """Say that these customers were called and nothing was agreed."""
        self._check_caller()
        # As superuser: nobody has the right to write the list directly.
        self.sudo().write({"outcome": "reached"})
        return super().action_set_done()

    def _agree(self, action):
        """Open the dialog about the items of the call, or all that is overdue."""
        self.ensure_one()
        self._check_caller()
        window = getattr(self._get_called_items(), action)()
        window["context"] = {
            **window["context"],
            "default_call_id": self.id,
            "default_channel": "phone",
        }
        return window

    def _get_called_items(self):
        """The open items that the call is about, without those that are held."""
        self.ensure_one()
        items = self.action_ids.item_id
        if not items:
            overdue = self.account_id._get_open_items_domain()
            overdue += [("date_maturity", "<", self.company_id._local_today())]
            items = self.env["account.move.line"].search(overdue)
        items = items.filtered(
            lambda item: item.amount_residual > 0
            and not item.reconciled
            and (not item.hold_id or item.hold_id.amount)
        )
        if not items:
            raise UserError(
                self.env._(
                    "Nothing of what the call is about is open any more, or something "
                    "is agreed about it already."
                )
            )
        return items

    def _close_with(self, model):
        """Note what was agreed, and take the calls off the list.

        :param model: name of the model of what was agreed
        """
        # As superuser: nobody has the right to write the list directly, and who
        # entered the agreement has been checked.
        calls = self.sudo().filtered(lambda call: call.state == "open")
        calls.write(
            {
                "outcome": AGREEMENTS.get(model, "reached"),
                "state": "done",
                "date_done": fields.Datetime.now(),
                "user_id": self.env.uid,
            }
        )

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .arm_dunning_call_result import OUTCOMES

# Model of what was agreed -> outcome of the call.
AGREEMENTS = {
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
    result_ids = fields.One2many(
        "arm.dunning.call.result", "call_id", string="Outcomes", readonly=True
    )

    # ------------------------------------------------------- what is agreed in a form

    def action_promise(self):
        """Enter the promise that the customer gave on the telephone."""
        return self._agree("action_promise")

    def action_dispute(self):
        """Enter what the customer objects to."""
        return self._agree("action_dispute")

    def action_plan(self):
        """Agree on instalments."""
        return self._agree("action_plan")

    # ----------------------------------------------------------- outcomes in one step

    def action_no_answer(self):
        """Nobody answered: the call comes again the next working day.

        After as many attempts as the company has set, it is given up.
        """
        self._check_caller()
        # As superuser: nobody has the right to write the list directly.
        waiting = self.sudo().filtered(lambda call: call.state == "open")
        for call in waiting:
            day = call._get_next_working_day()
            call._record("no_answer", date_next=day)
            attempts, most = call.attempts + 1, call.company_id.dunning_call_attempts
            call.write({"date": day, "outcome": "no_answer", "attempts": attempts})
            if most and attempts >= most:
                call._end("done", "no_answer")
        return True

    def action_pays_today(self):
        """The customer pays today: a promise for today about all that was asked for."""
        self.ensure_one()
        self._check_caller()
        today = self.company_id._local_today()
        by_currency = self._get_called_items().grouped("currency_id")
        self.env["arm.promise"].create(
            [
                {
                    "account_id": self.account_id.id,
                    "currency_id": currency.id,
                    "item_ids": [fields.Command.set(items.ids)],
                    "amount": sum(self._get_free_amount(item) for item in items),
                    "date": today,
                    "grace_days": self.company_id.promise_grace_days,
                    "channel": "phone",
                    "call_id": self.id,
                }
                for currency, items in by_currency.items()
            ]
        )
        return True

    def action_set_done(self):
        """Say that these customers were called and nothing was agreed."""
        self._conclude("done", "reached")

    def action_cancel(self):
        """Take these customers off the list without a call."""
        self._conclude("cancelled", "not_needed")

    def action_call_back(self):
        """Call again on a day that was agreed."""
        return self._ask_for_note("callback")

    def action_refuses(self):
        """The customer refuses to pay."""
        return self._ask_for_note("refuses")

    def action_wrong_number(self):
        """The number is wrong: somebody finds the right one."""
        return self._ask_for_note("wrong_number")

    def action_insolvent(self):
        """The customer is insolvent: stop everything and tell the manager."""
        return self._ask_for_note("insolvent")

    def action_other(self):
        """Something else was said."""
        return self._ask_for_note("other")

    def _ask_for_note(self, outcome):
        """Open the dialog for what was said."""
        self.ensure_one()
        self._check_caller()
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": labels[outcome],
            "res_model": "arm.dunning.call.note",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_call_id": self.id,
                "default_outcome": outcome,
                "work_place": self.env.context.get("work_place"),
            },
        }

    def _call_back(self, day, note=None):
        """Put the call on a later day."""
        self._check_caller()
        # As superuser: nobody has the right to write the list directly.
        waiting = self.sudo().filtered(lambda call: call.state == "open")
        waiting._record("callback", date_next=day, note=note)
        waiting.write({"date": day, "outcome": "callback", "user_id": self.env.uid})

    def _conclude(self, state, outcome, note=None):
        """Close the open ones of these calls; collectors only.

        :param state: done, or cancelled where nobody was called
        :param note: what was said
        """
        self._check_caller()
        # As superuser: nobody has the right to write the list directly.
        waiting = self.sudo().filtered(lambda call: call.state == "open")
        waiting._record(outcome, note=note)
        waiting._end(state, outcome)

    def _record(self, outcome, **values):
        """Keep an attempt, whether it ends the call or not."""
        # As superuser: the outcomes are written by the methods alone.
        self.env["arm.dunning.call.result"].sudo()._log(self, outcome, **values)

    def _end(self, state, outcome):
        """Take these calls off the list."""
        self.write(
            {
                "state": state,
                "outcome": outcome,
                "date_done": fields.Datetime.now(),
                "user_id": self.env.uid,
            }
        )

    def _get_next_working_day(self):
        """The day after today, or after the day of the call; no weekend."""
        self.ensure_one()
        day = max(self.date, self.company_id._local_today()) + relativedelta(days=1)
        while day.weekday() > 4:  # Saturday, Sunday
            day += relativedelta(days=1)
        return day

    # ----------------------------------------------------------------------- the items

    def _agree(self, action):
        """Open the dialog about the items of the call, or all that is overdue.

        An agreement is in one currency: the one in which most is owed.
        """
        self.ensure_one()
        self._check_caller()
        by_currency = self._get_called_items().grouped("currency_id")
        items = max(
            by_currency.values(), key=lambda items: sum(items.mapped("amount_residual"))
        )
        window = getattr(items, action)()
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

    @api.model
    def _get_free_amount(self, item):
        """What is open of an item and not held, in the item's currency."""
        return item.amount_residual_currency - (item.hold_id.amount or 0)

    def _close_with(self, agreements):
        """Note what was agreed, and take the calls off the list.

        :param agreements: what was agreed, each with its call
        """
        # As superuser: nobody has the right to write the list directly, and who
        # entered the agreement has been checked.
        agreements = agreements.sudo()
        for agreement in agreements:
            call = agreement.call_id.filtered(lambda call: call.state == "open")
            outcome = self._get_outcome(agreement)
            call._record(outcome, res_model=agreement._name, res_id=agreement.id)
        for call in agreements.call_id:
            last = agreements.filtered(lambda x, call=call: x.call_id == call)
            if call.state == "open":
                call._end("done", self._get_outcome(last[-1:]))

    @api.model
    def _get_outcome(self, agreement):
        """The outcome of a call in which something was agreed."""
        if agreement._name == "arm.promise":
            today = agreement.company_id._local_today()
            return "today" if agreement.date == today else "promise"
        return AGREEMENTS.get(agreement._name, "reached")

    # -------------------------------------------------------------------- the time-out

    @api.model
    def _cron_time_out(self):
        """Close calls that nobody made in time, so that the chain goes on.

        What the tasks ask for afterwards is a new entry.
        """
        companies = self.env["res.company"].search([("dunning_call_days", ">", 0)])
        for company in companies:
            late = self.search(company._get_late_calls_domain())
            late._record("timeout")
            late._end("cancelled", "timeout")
            self.env["ir.cron"]._commit_progress(len(late))

    @api.model
    def _waiting_sql(self, company, today):
        """Whether the customer of ``account`` is to be called before more is sent."""
        return SQL(
            "EXISTS (SELECT FROM arm_dunning_call call WHERE call.state = 'open' "
            "AND call.account_id = account.id AND call.date <= %(today)s::date "
            "AND (%(days)s = 0 OR call.date >= %(today)s::date - %(days)s))",
            today=today,
            days=company.dunning_call_days,
        )

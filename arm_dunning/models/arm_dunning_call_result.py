from odoo import api, fields, models
from odoo.tools import SQL

OUTCOMES = [
    ("promise", "Promise to Pay"),
    ("today", "Will Pay Today"),
    ("dispute", "Dispute"),
    ("plan", "Payment Plan"),
    ("extension", "Extension"),
    ("reached", "Reached, Nothing Agreed"),
    ("callback", "Call Back"),
    ("no_answer", "No Answer"),
    ("refuses", "Refuses to Pay"),
    ("wrong_number", "Wrong Number"),
    ("insolvent", "Insolvent"),
    ("other", "Other"),
    ("not_needed", "Not Needed"),
    ("timeout", "Not Made in Time"),
]
# Nobody was talked to: no reason to leave the customer in peace.
NOT_REACHED = ("not_needed", "timeout")


class ArmDunningCallResult(models.Model):
    """What each attempt to call a customer brought: one row each, for ever.

    Written by the methods of the call alone; the customer's time line shows it.
    """

    _name = "arm.dunning.call.result"
    _description = "Outcome of a Call"
    _order = "id desc"
    _rec_name = "outcome"
    _check_company_auto = True

    call_id = fields.Many2one(
        "arm.dunning.call", readonly=True, index="btree_not_null", ondelete="set null"
    )
    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True)
    day = fields.Date(
        readonly=True, help="The local day, when somebody was, or would be, talked to."
    )
    user_id = fields.Many2one("res.users", string="Who Called", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    date_next = fields.Date(string="Call Again On", readonly=True)
    note = fields.Text(readonly=True, help="What was said.")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    # When a customer was called last, asked for all customers at once.
    _account_day_idx = models.Index("(account_id, day) WHERE day IS NOT NULL")

    @api.model
    def _log(self, calls, outcome, **values):
        """Keep what these calls brought.

        :param values: further values, the same for all
        """
        now = fields.Datetime.now()
        talked = outcome not in NOT_REACHED
        return self.create(
            [
                {
                    "call_id": call.id,
                    "account_id": call.account_id.id,
                    "company_id": call.company_id.id,
                    "date": now,
                    "day": talked and call.company_id._local_today(),
                    "user_id": self.env.uid,
                    "outcome": outcome,
                    **values,
                }
                for call in calls
            ]
        )

    @api.model
    def _clear_notes(self, company, before):
        """Remove what was said before a day; the facts stay. Returns how many."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE arm_dunning_call_result SET note = NULL "
                "WHERE company_id = %s AND date < %s AND note IS NOT NULL",
                company.id,
                before,
            )
        )
        self.invalidate_model(["note"])
        return self.env.cr.rowcount

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.worklist import PARTS

DAYS = ("dunning_call_days", "dunning_call_attempts", "work_rest_days")
POINTS = tuple(f"work_points_{part}" for part in PARTS)


class ResCompany(models.Model):
    """How long calls wait, and what makes a customer come first in My Day."""

    _name = "res.company"
    _inherit = ["res.company"]

    dunning_guard_call_open = fields.Boolean(
        string="Reminders Wait for Calls",
        help="No reminder goes to a customer whom somebody is to call, until the call "
        "was made, taken off the list, or not made in time.",
    )
    dunning_call_days = fields.Integer(
        string="Time for a Call",
        default=14,
        help="A call that nobody has made so many days after its day is closed as not "
        "made in time, and the tasks go on; 0: it stays on the list.",
    )
    dunning_call_attempts = fields.Integer(
        string="Attempts",
        default=5,
        help="After so many attempts without an answer a call is given up; 0: never.",
    )
    work_points_amount = fields.Integer(string="Points for the Amount", default=40)
    work_points_late = fields.Integer(string="Points for Days Late", default=20)
    work_points_broken = fields.Integer(string="Points for Broken Promises", default=15)
    work_points_limit = fields.Integer(string="Points for the Limit", default=10)
    work_points_clock = fields.Integer(string="Points for the Insurer", default=15)
    work_amount_full = fields.Monetary(
        string="Amount That Gives All Points",
        currency_field="currency_id",
        default=10000,
        help="Overdue, and neither disputed nor promised.",
    )
    work_act_points = fields.Integer(
        string="Points to Call Anyway",
        default=50,
        help="Who is overdue and has more is in Act Now, although no task, promise or "
        "activity asks for it.",
    )
    work_rest_days = fields.Integer(
        string="Rest after a Call",
        default=5,
        help="So many days after a call such a customer is left alone.",
    )

    @api.constrains(*DAYS, *POINTS, "work_amount_full", "work_act_points")
    def _check_work_numbers(self):
        for company in self:
            names = (*DAYS, *POINTS, "work_amount_full", "work_act_points")
            if min(company[name] for name in names) < 0:
                raise ValidationError(
                    self.env._(
                        "%(company)s: days and points of calls cannot be negative. "
                        "Enter 0 to switch one off.",
                        company=company.name,
                    )
                )

    def _get_late_calls_domain(self):
        """Open calls whose time is over."""
        self.ensure_one()
        oldest = self._local_today() - relativedelta(days=self.dunning_call_days)
        return [
            ("company_id", "=", self.id),
            ("state", "=", "open"),
            ("date", "<", oldest),
        ]

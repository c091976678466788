from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import reliability as rules
from .arm_customer_account import RELIABILITY_STATUSES

# Ready-made policies: own proposals, to be tuned with the what-if. Days late and index
# are two views of the same: one week late on average is an index of 75.
PRESETS = {
    "soft": {
        "yellow_payment_index": 60,
        "red_payment_index": 40,
        "yellow_days_late": 20,
        "red_days_late": 60,
        "yellow_oldest_overdue_days": 30,
        "red_oldest_overdue_days": 90,
        "yellow_overdue_share": 50,
        "yellow_promises_broken": 2,
        "red_promises_broken": 4,
        "yellow_payments_returned": 2,
        "red_payments_returned": 4,
        "better_after": 2,
        "start_status": "green",
        "ignore_below": 50,
        "grace_days": 5,
    },
    "standard": {
        "yellow_payment_index": 75,
        "red_payment_index": 50,
        "yellow_days_late": 10,
        "red_days_late": 30,
        "yellow_oldest_overdue_days": 15,
        "red_oldest_overdue_days": 60,
        "yellow_overdue_share": 40,
        "yellow_promises_broken": 1,
        "red_promises_broken": 2,
        "yellow_payments_returned": 1,
        "red_payments_returned": 3,
        "better_after": 3,
        "start_status": "yellow",
        "ignore_below": 10,
        "grace_days": 3,
    },
    "strict": {
        "yellow_payment_index": 80,
        "red_payment_index": 55,
        "yellow_days_late": 5,
        "red_days_late": 20,
        "yellow_oldest_overdue_days": 8,
        "red_oldest_overdue_days": 30,
        "yellow_overdue_share": 25,
        "red_overdue_share": 75,
        "yellow_promises_broken": 1,
        "red_promises_broken": 2,
        "yellow_payments_returned": 1,
        "red_payments_returned": 2,
        "better_after": 5,
        "start_status": "yellow",
        "ignore_below": 0,
        "grace_days": 0,
    },
}


class ArmReliabilityThresholds(models.AbstractModel):
    """The numbers of a reliability policy, for the policy itself and for trying one.

    A threshold of zero means that the figure does not matter.
    """

    _name = "arm.reliability.thresholds"
    _description = "Thresholds of the Reliability Status"

    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    yellow_payment_index = fields.Float(
        string="Payment Index Below, Yellow",
        digits=(16, 2),
        help="80 is on time, 70 is 15 days late, 50 is 30 days late.",
    )
    red_payment_index = fields.Float(string="Payment Index Below, Red", digits=(16, 2))
    yellow_days_late = fields.Float(
        string="Average Days Late From, Yellow", digits=(16, 2)
    )
    red_days_late = fields.Float(string="Average Days Late From, Red", digits=(16, 2))
    yellow_oldest_overdue_days = fields.Integer(
        string="Days of the Oldest Overdue Item From, Yellow"
    )
    red_oldest_overdue_days = fields.Integer(
        string="Days of the Oldest Overdue Item From, Red"
    )
    yellow_amount_overdue = fields.Monetary(string="Overdue Amount From, Yellow")
    red_amount_overdue = fields.Monetary(string="Overdue Amount From, Red")
    yellow_overdue_share = fields.Float(
        string="Overdue Share From, Yellow",
        digits=(16, 2),
        help="Overdue items in percent of all open items.",
    )
    red_overdue_share = fields.Float(string="Overdue Share From, Red", digits=(16, 2))
    yellow_promises_broken = fields.Integer(string="Broken Promises From, Yellow")
    red_promises_broken = fields.Integer(string="Broken Promises From, Red")
    yellow_payments_returned = fields.Integer(string="Returned Payments From, Yellow")
    red_payments_returned = fields.Integer(string="Returned Payments From, Red")
    better_after = fields.Integer(
        default=3,
        help="So many items must be paid in terms, in a row, for the next better "
        "status; and nothing may be overdue.",
    )
    start_status = fields.Selection(
        RELIABILITY_STATUSES,
        string="New Customers Start As",
        required=True,
        default="yellow",
    )
    minimum_experiences = fields.Integer(
        default=3,
        help="With fewer payment experiences a customer is new: payment index and days "
        "late do not count yet.",
    )
    ignore_below = fields.Monetary(
        string="Ignore Overdue Amounts Below",
        help="A customer who owes less than this has nothing overdue that matters.",
    )
    grace_days = fields.Integer(
        string="Days of Grace",
        help="An item paid so many days after its due date still is paid in terms.",
    )

    # ------------------------------------------------------------------ constraints

    @api.constrains(lambda self: self._get_threshold_fields())
    def _check_thresholds(self):
        for record in self:
            problem = record._get_threshold_problem()
            if problem:
                raise ValidationError(problem)

    @api.model
    def _get_threshold_fields(self):
        """The names of the fields that decide, and so make a version of a policy."""
        names = [f"{s}_{rule.code}" for rule in rules.RULES for s in ("yellow", "red")]
        return [
            *names,
            "better_after",
            "start_status",
            "minimum_experiences",
            "ignore_below",
            "grace_days",
        ]

    def _get_threshold_problem(self):
        """What is wrong with the numbers, in a sentence, or False."""
        self.ensure_one()
        label = {name: field.string for name, field in self._fields.items()}
        for name in self._get_threshold_fields():
            if name != "start_status" and self[name] < 0:
                return self.env._("%(field)s cannot be negative.", field=label[name])
        for name in ("payment_index", "overdue_share"):
            for field in (f"yellow_{name}", f"red_{name}"):
                if self[field] > 100:
                    return self.env._("%(field)s is at most 100.", field=label[field])
        if self.minimum_experiences < 1:
            return self.env._("A customer needs at least one payment experience.")
        return self._get_order_problem(label)

    def _get_order_problem(self, label):
        """Red must be at least as hard to reach as yellow."""
        for rule in rules.RULES:
            yellow, red = self[f"yellow_{rule.code}"], self[f"red_{rule.code}"]
            milder = red > yellow if rule.compare == rules.BELOW else red < yellow
            if yellow and red and milder:
                return self.env._(
                    "%(red)s would be reached before %(yellow)s: exchange them, or set "
                    "one to zero.",
                    red=label[f"red_{rule.code}"],
                    yellow=label[f"yellow_{rule.code}"],
                )
        return False

    # --------------------------------------------------------------------- business

    def _get_policy(self):
        """The numbers as the pure rules want them."""
        self.ensure_one()
        return rules.Policy(
            yellow=self._get_thresholds("yellow"),
            red=self._get_thresholds("red"),
            better_after=self.better_after,
            start_status=self.start_status,
            minimum_experiences=self.minimum_experiences,
            ignore_below=Decimal(str(self.ignore_below)),
        )

    def _get_thresholds(self, status):
        """The thresholds of a status; None where a figure does not matter."""
        values = {}
        for rule in rules.RULES:
            value = self[f"{status}_{rule.code}"]
            exact = value if isinstance(value, int) else Decimal(str(value))
            values[rule.code] = exact or None
        return rules.Thresholds(**values)

    @api.model
    def _prepare_preset_values(self, name):
        """Hook: all numbers of a ready-made policy; what it does not name is off."""
        off = dict.fromkeys(self._get_threshold_fields(), 0)
        return {**off, "minimum_experiences": 3, **PRESETS[name]}

    def _apply_preset(self, name):
        self.write(self._prepare_preset_values(name))

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import deposit
from .arm_insurance_terms import decimal


class ArmInsurancePolicy(models.Model):
    """Deposits on the premium, and what each month bears of them."""

    _name = "arm.insurance.policy"
    _inherit = ["arm.insurance.policy"]

    deposit_ids = fields.One2many(
        "arm.insurance.deposit", "policy_id", string="Deposits", copy=False
    )
    accrual_ids = fields.One2many(
        "arm.insurance.accrual", "policy_id", string="Borne by Months", readonly=True
    )
    deposit_account_id = fields.Many2one(
        "account.account",
        string="Prepaid Premiums",
        help="Deposits are billed to it, and each month takes its part from it. Empty: "
        "deposits are an expense at once.",
    )

    def action_plan_deposits(self):
        """Enter the deposits of the running policy year, as its clauses say."""
        self.ensure_one()
        self.check_access("write")
        year = self.year_id or self.year_ids.sorted("date_from")[-1:]
        if not year.deposit_premium:
            raise UserError(
                self.env._(
                    "The clauses of the year name no deposits. Enter the deposits of "
                    "policy %(name)s one by one.",
                    name=self.name,
                )
            )
        if self.deposit_ids.filtered(lambda row: row.year_id == year):
            raise UserError(
                self.env._("Deposits of %(year)s are entered.", year=year.display_name)
            )
        rows = deposit.plan_deposits(
            decimal(year.deposit_premium),
            year.date_from,
            year.date_to,
            year.deposit_number,
            self.currency_id.decimal_places,
        )
        self.env["arm.insurance.deposit"].create(
            [
                {"policy_id": self.id, "date": day, "amount": amount}
                for day, amount in rows
                if amount
            ]
        )
        return True

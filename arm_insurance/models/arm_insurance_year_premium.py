from odoo import fields, models

from ..tools import premium


class ArmInsuranceYear(models.Model):
    """What a policy year costs besides its premium rate."""

    _name = "arm.insurance.year"
    _inherit = ["arm.insurance.year"]

    bonus_ids = fields.One2many(
        "arm.insurance.bonus", "year_id", string="Bonus and Malus", copy=True
    )
    fee_ids = fields.One2many("arm.insurance.fee", "year_id", string="Fees", copy=True)
    term_rate_ids = fields.One2many(
        "arm.insurance.term.rate", "year_id", string="Rates by Term", copy=True
    )

    deposit_ids = fields.One2many(
        "arm.insurance.deposit", "year_id", string="Deposits Entered", readonly=True
    )

    def _get_deposits(self):
        """The deposits of the year: those that are entered, else by the clauses."""
        self.ensure_one()
        entered = sum(self.deposit_ids.mapped("amount"))
        return entered or self.deposit_premium

    def _get_premium_rate(self, days):
        """The rate of turnover on a term; longer terms than named have the year's.

        :param days: from the invoice to its last instalment
        """
        self.ensure_one()
        if self.premium_method == premium.TERMS:
            for row in self.term_rate_ids.sorted("up_to_days"):
                if days <= row.up_to_days:
                    return row.premium_rate
        return self.premium_rate

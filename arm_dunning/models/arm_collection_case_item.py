from odoo import api, fields, models
from odoo.exceptions import UserError


class ArmCollectionCaseItem(models.Model):
    """An open item of a case, with its amount as it was handed over."""

    _name = "arm.collection.case.item"
    _description = "Item of a Collection Case"
    _order = "date_due, id"
    _rec_name = "item_id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "arm.collection.case",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    move_id = fields.Many2one(related="item_id.move_id", string="Document")
    currency_id = fields.Many2one(related="item_id.currency_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    date_due = fields.Date(
        related="item_id.date_maturity", string="Due Date", store=True
    )
    amount = fields.Monetary(
        string="Handed Over", readonly=True, help="Open when it was handed over."
    )
    amount_company = fields.Monetary(
        string="Handed Over in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_left = fields.Monetary(
        related="item_id.amount_residual_currency", string="Still Open"
    )
    limitation_date = fields.Date(
        compute="_compute_limitation_date",
        store=True,
        help="The last day on which it can be enforced.",
    )

    _case_item_uniq = models.UniqueIndex(
        "(case_id, item_id)", "This item is in the case already."
    )

    @api.depends("case_id.law_country_id", "date_due")
    def _compute_limitation_date(self):
        rules = self.env["arm.limitation.rule"]
        periods = rules._get_periods(self.case_id.law_country_id)
        for item in self:
            period = periods.get(item.case_id.law_country_id)
            item.limitation_date = rules._get_last_day(period, item.date_due)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_handed(self):
        """An item may be left out before the case leaves the house, not after."""
        if self.filtered(lambda item: item.case_id.state != "approved"):
            raise UserError(
                self.env._("What was handed over stays in the case; close it instead.")
            )

    def _freeze(self):
        """Keep what is open now as what was handed over; what is paid is left out."""
        self.filtered(lambda item: item.amount_left <= 0).unlink()
        for item in self.exists():
            item.write(
                {
                    "amount": item.amount_left,
                    "amount_company": item.item_id.amount_residual,
                }
            )

from odoo import api, fields, models
from odoo.exceptions import AccessError


class ArmInsuranceItem(models.Model):
    """What the insurer goes by where it differs from the invoice: one row an item.

    The original due date is kept here as soon as somebody moves it, because the
    insurer's clocks run from it; so are another delivery date, a written consent of
    the insurer, and an item that is left out. Core's large tables get no column.
    """

    _name = "arm.insurance.item"
    _description = "Insurance Facts of an Open Item"
    _rec_name = "item_id"
    _check_company_auto = True

    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        ondelete="cascade",
        check_company=True,
        domain=[("account_type", "=", "asset_receivable")],
    )
    company_id = fields.Many2one(
        related="item_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="item_id.partner_id.commercial_partner_id",
        string="Buyer",
        store=True,
        index=True,
    )
    original_due = fields.Date(
        string="Original Due Date",
        help="The due date at posting; the clocks of the insurer run from it.",
    )
    extended_due = fields.Date(string="Extended Due Date")
    risk_date = fields.Date(
        string="Delivered On",
        help="When the risk began, where it is not the delivery date of the invoice.",
    )
    has_consent = fields.Boolean(
        string="Insurer's Consent",
        help="The insurer agreed in writing to insure it in spite of a stop.",
    )
    is_excluded = fields.Boolean(
        string="Left Out", help="Not insured: prepaid, secured otherwise ..."
    )
    note = fields.Char()

    _item_uniq = models.UniqueIndex(
        "(item_id)", "This open item has insurance facts already: change those."
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._mark_stale()
        return rows

    def write(self, vals):
        if "item_id" in vals:
            raise AccessError(self.env._("These facts belong to their open item."))
        res = super().write(vals)
        self._mark_stale()
        return res

    def unlink(self):
        self._mark_stale()
        return super().unlink()

    def _mark_stale(self):
        limits = self.env["arm.insurance.limit"]
        limits._mark_partners_stale(self.company_id, self.partner_id)

    @api.model
    def _keep_original_due(self, items):
        """Remember the due dates of posted items that are about to be moved."""
        # As superuser: whoever may move a due date makes this record of it.
        facts = self.sudo()
        rows = facts.search([("item_id", "in", items.ids)])
        for row in rows.filtered(lambda row: not row.original_due):
            row.original_due = row.item_id.date_maturity
        facts.create(
            [
                {"item_id": item.id, "original_due": item.date_maturity}
                for item in items - rows.item_id
                if item.date_maturity
            ]
        )

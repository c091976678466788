from odoo import api, fields, models
from odoo.exceptions import AccessError


class ArmDisputeItem(models.Model):
    """One open item of a dispute: how much of it is disputed, and how that ended."""

    _name = "arm.dispute.item"
    _description = "Disputed Item"
    _rec_name = "item_id"
    _check_company_auto = True

    dispute_id = fields.Many2one(
        "arm.dispute", required=True, index=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    account_id = fields.Many2one(
        related="dispute_id.account_id", store=True, index=True
    )
    company_id = fields.Many2one(related="dispute_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="dispute_id.partner_id", string="Company Name", store=True
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    move_id = fields.Many2one(related="item_id.move_id", string="Document")
    date_maturity = fields.Date(related="item_id.date_maturity")
    amount_open = fields.Monetary(
        related="item_id.amount_residual_currency", string="Open"
    )
    amount = fields.Monetary(
        string="Disputed",
        required=True,
        help="The part of the item that is disputed; the rest goes on as usual.",
    )
    amount_company = fields.Monetary(
        string="Disputed in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        precompute=True,
        help="At the rate of the invoice.",
    )
    amount_accepted = fields.Monetary(
        string="Accepted", help="What the customer need not pay."
    )
    credit_note_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )
    is_blocking = fields.Boolean(
        readonly=True, help="The dispute has set the invoice to blocked."
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="What the dispute is about; proposed is the largest line of the invoice.",
    )

    # For the report of causes.
    reason_id = fields.Many2one(related="dispute_id.reason_id", store=True)
    state = fields.Selection(related="dispute_id.state", store=True)
    resolution = fields.Selection(related="dispute_id.resolution", store=True)
    date_opened = fields.Date(related="dispute_id.date_opened", store=True)
    days_to_settle = fields.Integer(
        related="dispute_id.days_to_settle", store=True, aggregator="avg"
    )
    salesperson_id = fields.Many2one(
        "res.users",
        compute="_compute_salesperson_id",
        store=True,
        precompute=True,
        help="Of the invoice.",
    )

    _item_uniq = models.UniqueIndex(
        "(dispute_id, item_id)", "An item is in a dispute once."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The disputed amount must be above zero."
    )
    _accepted_within = models.Constraint(
        "CHECK(COALESCE(amount_accepted, 0) BETWEEN 0 AND amount)",
        "What is accepted must be between zero and the disputed amount.",
    )

    @api.depends("item_id")
    def _compute_salesperson_id(self):
        for line in self:
            line.salesperson_id = line.item_id.move_id.invoice_user_id

    @api.depends("item_id")
    def _compute_product_id(self):
        for line in self:
            lines = line.item_id.move_id.invoice_line_ids.filtered("product_id")
            largest = lines.sorted(lambda part: abs(part.balance), reverse=True)[:1]
            line.product_id = largest.product_id

    @api.depends("amount", "item_id")
    def _compute_amount_company(self):
        for line in self:
            item = line.item_id
            share = item.balance / item.amount_currency if item.amount_currency else 1
            line.amount_company = line.amount * share

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Items are chosen with the dispute; later ones would escape its checks."""
        known = self.env["arm.dispute"].browse(
            vals["dispute_id"] for vals in vals_list if vals.get("dispute_id")
        )
        late = known.filtered("name")
        if late and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(dispute)s has its items already. Enter a dispute of its own "
                    "for further items.",
                    dispute=late[0].name,
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        """Only what is accepted, and the product, change; while the dispute is open."""
        free = {"amount_accepted", "product_id"}
        if not self.env.su and (
            vals.keys() - free or self.dispute_id.filtered(lambda d: d.state != "open")
        ):
            raise AccessError(
                self.env._(
                    "The items of a dispute stay as they were entered; only what is "
                    "accepted and the product can be changed, while it is open."
                )
            )
        return super().write(vals)

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# A change of one of these opens or lifts blocks at once.
RULES = {
    "order_block_yellow",
    "order_block_red",
    "order_block_days",
    "order_block_overdue",
    "order_block_minimum",
    "order_block_limit",
}


class ResCompany(models.Model):
    """The rules of the order block; nothing blocks until somebody says so."""

    _name = "res.company"
    _inherit = "res.company"

    order_block_yellow = fields.Boolean(
        string="Yellow Blocks Orders",
        help="Orders of customers whose reliability status is yellow are held.",
    )
    order_block_red = fields.Boolean(
        string="Red Blocks Orders",
        help="Orders of customers whose reliability status is red are held.",
    )
    order_block_days = fields.Integer(
        string="Overdue Days Allowed",
        help="Orders are held when an item is overdue for more days. 0: never.",
    )
    order_block_minimum = fields.Monetary(
        string="Small Overdue Amount",
        help="Items overdue for too long that add up to no more than this are let be.",
    )
    order_block_overdue = fields.Monetary(
        string="Overdue Amount Allowed",
        help="Orders are held when more than this is overdue. 0: never.",
    )
    order_block_limit = fields.Boolean(
        string="Credit Limit Blocks Orders",
        help="Orders are held when open items, confirmed orders that are not invoiced "
        "and the order itself exceed the customer's credit limit.",
    )
    order_block_prepaid = fields.Boolean(
        string="Paid Orders Pass",
        default=True,
        help="Orders that were fully paid online in advance are confirmed in spite of "
        "a block: they add no credit risk.",
    )
    order_release_collector_amount = fields.Monetary(
        string="Collectors Release Up To",
        help="Collectors may grant releases up to this amount; credit managers any.",
    )
    order_release_own = fields.Boolean(
        string="Own Requests",
        help="Let people grant the releases that they have requested themselves.",
    )

    @api.constrains(
        "order_block_days",
        "order_block_minimum",
        "order_block_overdue",
        "order_release_collector_amount",
    )
    def _check_order_block(self):
        for company in self:
            amounts = (
                company.order_block_days,
                company.order_block_minimum,
                company.order_block_overdue,
                company.order_release_collector_amount,
            )
            if min(amounts) < 0:
                raise ValidationError(
                    self.env._(
                        "%(company)s: days and amounts of the order block cannot be "
                        "negative. Enter 0 to switch a rule off.",
                        company=company.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if RULES & vals.keys():
            self.env["arm.customer.account"]._update_order_blocks(self)
        return result

    def _get_default_credit_limit(self):
        """The limit of customers who have none of their own, in company currency."""
        self.ensure_one()
        partner = self.env["res.partner"].with_company(self)
        field = partner._fields["credit_limit"]
        return field.get_company_dependent_fallback(partner) or 0.0

    def _has_order_block_rule(self):
        """Whether anything blocks orders automatically."""
        self.ensure_one()
        return bool(
            self.order_block_yellow
            or self.order_block_red
            or self.order_block_days
            or self.order_block_overdue
            or self.order_block_limit
        )

    def _order_block_rule(self):
        """The company's rules and its day, as a row for the statement of blocks."""
        self.ensure_one()
        return SQL(
            "(%s, %s::date, %s, %s, %s, %s::numeric, %s::numeric, %s, %s::numeric)",
            self.id,
            self._local_today(),
            self.order_block_yellow,
            self.order_block_red,
            self.order_block_days,
            self.order_block_overdue,
            self.order_block_minimum,
            self.order_block_limit,
            self._get_default_credit_limit(),
        )

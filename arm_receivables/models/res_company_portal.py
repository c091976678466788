from odoo import api, fields, models
from odoo.exceptions import ValidationError

STATUSES = ("green", "yellow", "red")
LIMITS = (
    "promise_portal_days",
    "dispute_portal_amount",
    "plan_portal_instalments",
)


class ResCompany(models.Model):
    """What customers may decide on their own page, by their status."""

    _name = "res.company"
    _inherit = ["res.company"]

    dispute_portal_amount_green = fields.Monetary(
        string="Disputes of Green Customers",
        default=10000,
        help="What a customer disputes on the portal is left alone at once, up to so "
        "much in all; above it an employee looks first, and until then follow-up goes "
        "on. 0: an employee always looks first.",
    )
    dispute_portal_amount_yellow = fields.Monetary(
        string="Disputes of Yellow Customers", default=5000
    )
    dispute_portal_amount_red = fields.Monetary(
        string="Disputes of Red Customers", default=500
    )
    plan_portal_instalments_green = fields.Integer(
        string="Plans of Green Customers",
        help="A plan that a customer proposes on the portal is agreed at once, up to "
        "so many instalments; about a longer one somebody decides. 0: always somebody "
        "decides.",
    )
    plan_portal_instalments_yellow = fields.Integer(string="Plans of Yellow Customers")
    plan_portal_instalments_red = fields.Integer(string="Plans of Red Customers")

    @api.constrains(*(f"{name}_{status}" for name in LIMITS for status in STATUSES))
    def _check_portal_limits(self):
        for company in self:
            for name in LIMITS:
                if min(company[f"{name}_{status}"] for status in STATUSES) < 0:
                    raise ValidationError(
                        self.env._(
                            "The limits of the customer portal of %(company)s cannot "
                            "be below zero. 0 means that somebody always decides.",
                            company=company.name,
                        )
                    )

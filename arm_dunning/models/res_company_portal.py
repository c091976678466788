from odoo import fields, models


class ResCompany(models.Model):
    """Whether reminders lead to the customer's own page."""

    _name = "res.company"
    _inherit = ["res.company"]

    dunning_portal_link = fields.Boolean(
        string="Link to the Customer's Page",
        default=True,
        help="E-mails have a link to the customer's page, which needs no login and "
        "opens for 30 days: what is open, promise a day, tell what is wrong.",
    )

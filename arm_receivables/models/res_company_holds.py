from odoo import fields, models


class ResCompany(models.Model):
    """How long, and up to which amount, open items may be left alone."""

    _name = "res.company"
    _inherit = ["res.company"]

    promise_grace_days = fields.Integer(
        string="Days of Grace for Promises",
        default=2,
        help="Calendar days after the promised day in which a payment still counts as "
        "in time. Each promise keeps the days that it was made with.",
    )
    extension_collector_amount = fields.Monetary(
        string="Extensions by Collectors",
        default=1000,
        help="Up to this amount a collector gives more time; above it a credit manager "
        "decides.",
    )
    extension_max_days = fields.Integer(
        string="Longest Extension",
        default=60,
        help="Calendar days from the day on which it is entered; 0: no limit.",
    )
    promise_portal_days_green = fields.Integer(
        string="Promises of Green Customers",
        default=30,
        help="A promise on the portal is accepted at once up to so many days "
        "from today; about a later day somebody decides. 0: always somebody decides.",
    )
    promise_portal_days_yellow = fields.Integer(
        string="Promises of Yellow Customers", default=14
    )
    promise_portal_days_red = fields.Integer(string="Promises of Red Customers")

    def _get_credit_manager(self):
        """A credit manager of the company, whom questions without a collector go to.

        As superuser: who has which group is for administrators to read.
        """
        self.ensure_one()
        # As superuser: see above.
        group = self.env.ref("arm_receivables.group_receivables_manager").sudo()
        managers = group.all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        )
        return managers[:1].sudo(False)

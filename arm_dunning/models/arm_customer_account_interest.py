from odoo import fields, models


class ArmCustomerAccount(models.Model):
    """Which law or contract late payments of a customer follow."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    interest_regime_id = fields.Many2one(
        "arm.interest.regime",
        index="btree_not_null",
        help="By contract with this customer. Empty: by the settings of the company, "
        "or by the customer's country.",
    )
    debtor_kind = fields.Selection(
        [
            ("business", "Business"),
            ("public", "Public Body"),
            ("consumer", "Consumer"),
        ],
        string="Debtor",
        help="Consumers owe no flat sums, and other interest. Empty: a company is a "
        "business, a person a consumer.",
    )

    def _get_debtor_kind(self):
        """Business, public or consumer; by the kind of contact if nobody said."""
        company = self.partner_id.is_company
        return self.debtor_kind or ("business" if company else "consumer")

from odoo import models


class ArmCustomerAccount(models.Model):
    """What tasks have left on customers moves on with them."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _get_transfer_fields(self):
        """Open calls go with the customer to a new collector."""
        calls = [("account_id", "in", self.ids), ("state", "=", "open")]
        return [*super()._get_transfer_fields(), ("arm.dunning.call", "user_id", calls)]

from odoo import api, models


class ArmCustomerAccount(models.Model):
    """What tasks have left on customers, and how it ends or moves on."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    def _get_transfer_fields(self):
        """Open calls go with the customer to a new collector."""
        calls = [("account_id", "in", self.ids), ("state", "=", "open")]
        return [*super()._get_transfer_fields(), ("arm.dunning.call", "user_id", calls)]

    @api.model
    def _after_refresh(self, company, partners=None):
        """Who owes nothing overdue any more may order again."""
        result = super()._after_refresh(company, partners)
        self._lift_dunning_blocks(company, partners)
        return result

    @api.model
    def _lift_dunning_blocks(self, company, partners=None):
        """Lift the blocks by tasks of customers without overdue items, at once."""
        domain = [
            ("company_id", "=", company.id),
            ("source", "=", "dunning"),
            ("lifted_on", "=", False),
            ("account_id.amount_overdue", "<=", 0),
        ]
        if partners is not None:
            domain.append(("partner_id", "in", partners.ids))
        # As superuser: whoever enters the payment, the block ends.
        blocks = self.env["arm.order.block"].sudo().search(domain)
        if blocks:
            blocks.account_id._unblock_orders(
                "dunning", self.env._("Nothing is overdue any more.")
            )

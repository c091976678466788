from odoo import fields, models


class ArmDunningOperation(models.Model):
    """Block or unblock the orders of customers, through the order block."""

    _name = "arm.dunning.operation"
    _inherit = ["arm.dunning.operation"]

    operation_type = fields.Selection(
        selection_add=[
            ("block_orders", "Block Orders"),
            ("unblock_orders", "Unblock Orders"),
        ],
        ondelete={"block_orders": "cascade", "unblock_orders": "cascade"},
    )
    block_reason = fields.Char(
        translate=True,
        help="Colleagues read it with the order; empty: the task's name.",
    )
    block_even_prepaid = fields.Boolean(
        string="Even Paid in Advance",
        help="Hold orders that are fully paid in advance, too.",
    )

    def _get_block_reason(self):
        self.ensure_one()
        return self.block_reason or self.task_id.name

    def _describe_block_orders(self):
        return self.block_reason

    def _describe_unblock_orders(self):
        return self.block_reason

    def _execute_block_orders(self, actions):
        """Hold new orders, until the customer owes nothing overdue any more."""
        for operation, rows in self._split(actions):
            blocks = rows.account_id._block_orders(
                operation._get_block_reason(),
                "dunning",
                even_prepaid=operation.block_even_prepaid,
            )
            by_account = blocks.grouped("account_id")
            for account, found in rows.grouped("account_id").items():
                found.order_block_id = by_account[account.with_env(blocks.env)]

    def _execute_unblock_orders(self, actions):
        """Lift what tasks have blocked; other blocks stay."""
        for operation, rows in self._split(actions):
            rows.account_id._unblock_orders("dunning", operation._get_block_reason())

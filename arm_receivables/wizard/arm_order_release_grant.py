from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.arm_order_release import SCOPES


class ArmOrderReleaseGrant(models.TransientModel):
    """Finance lets held orders, or a customer, pass the block."""

    _name = "arm.order.release.grant"
    _description = "Grant an Order Release"

    account_id = fields.Many2one(
        "arm.customer.account", string="Customer", required=True, readonly=True
    )
    hold_ids = fields.Many2many("arm.order.hold", string="Held Orders")
    scope = fields.Selection(SCOPES, required=True, default="order")
    currency_id = fields.Many2one(related="account_id.currency_id")
    amount = fields.Monetary(string="Up To")
    date_until = fields.Date(string="Valid Until")
    reason = fields.Text(required=True)
    block_summary = fields.Text(compute="_compute_block_summary")
    order_amount = fields.Monetary(
        string="Amount of the Orders", compute="_compute_order_amount"
    )

    @api.depends("account_id")
    def _compute_block_summary(self):
        for wizard in self:
            wizard.block_summary = (
                "\n".join(filter(None, wizard.hold_ids.mapped("order_message")))
                or wizard.account_id.order_block_summary
            )

    @api.depends("hold_ids")
    def _compute_order_amount(self):
        for wizard in self:
            wizard.order_amount = sum(wizard.hold_ids.mapped("amount"))

    def action_grant(self):
        """Make the releases and grant them.

        Who may not grant leaves them as requests for a colleague who may.

        :raise UserError: when what the scope needs is missing
        """
        self.ensure_one()
        (self.hold_ids.account_id or self.account_id)._check_may_block()
        self._check_scope()
        if self.scope == "order":
            releases = self._prepare_for_orders()
        else:
            releases = self._prepare_for_customers()
        may = releases.filtered("can_decide")
        if may:
            may._grant(self.reason)
        return self._get_result(releases - may)

    def _check_scope(self):
        if self.scope == "order" and not self.hold_ids:
            raise UserError(
                self.env._(
                    "There is no held order here. Release the customer up to an amount "
                    "or until a date."
                )
            )
        if self.scope == "amount" and self.amount <= 0:
            raise UserError(self.env._("Enter the amount up to which orders may pass."))
        if self.scope == "date" and not self.date_until:
            raise UserError(self.env._("Enter the day until which orders may pass."))
        today = self.account_id.company_id._local_today()
        if self.date_until and self.date_until < today:
            raise UserError(
                self.env._("The release would end before today. Enter a later date.")
            )

    def _prepare_for_orders(self):
        """One release for each held order: the request for it, if there is one."""
        releases = self.hold_ids._get_or_make_requests(self.reason)
        amounts = {
            hold.order_id.id: hold._get_present_amount() for hold in self.hold_ids
        }
        for release in releases.sudo():  # nobody may write; checked in action_grant
            release.write(
                {
                    "amount_limit": amounts[release.order_id.id],
                    "date_until": self.date_until,
                }
            )
        return releases

    def _prepare_for_customers(self):
        """One release for each customer, up to an amount or until a day."""
        releases = self.env["arm.order.release"]._request(
            [
                {
                    "account_id": account.id,
                    "scope": self.scope,
                    "amount_limit": self.amount or False,
                    "date_until": self.date_until,
                    "reason": self.reason,
                }
                for account in self.hold_ids.account_id or self.account_id
            ]
        )
        return releases.sudo(False)

    def _get_result(self, waiting):
        """Close the window, and tell what needs a colleague."""
        close = {"type": "ir.actions.act_window_close"}
        if not waiting:
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Waiting for a colleague"),
                "message": "\n".join(
                    filter(None, (release._get_grant_error() for release in waiting))
                ),
                "next": close,
            },
        }

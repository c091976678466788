from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import order_block as rules


class ArmOrderReason(models.TransientModel):
    """Asks why, before orders are blocked, unblocked, declined or a release revoked."""

    _name = "arm.order.reason"
    _description = "Reason of an Order Block or Release"

    mode = fields.Selection(
        [
            ("block", "Block Orders"),
            ("unblock", "Lift Block"),
            ("decline", "Decline"),
            ("revoke", "Revoke Release"),
        ],
        required=True,
        readonly=True,
    )
    account_ids = fields.Many2many("arm.customer.account", string="Customers")
    hold_ids = fields.Many2many("arm.order.hold", string="Held Orders")
    release_ids = fields.Many2many("arm.order.release", string="Releases")
    reason = fields.Char(required=True)
    date_until = fields.Date(
        string="Until", help="The last day of the block; without it, it stays."
    )
    even_prepaid = fields.Boolean(
        string="Even Paid in Advance",
        help="Hold orders that are fully paid in advance as well.",
    )

    @api.model
    def _get_action(self, mode, **ids):
        """The window for a mode and the records that it is about.

        :param ids: ``account_ids``, ``hold_ids`` or ``release_ids``
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_order_reason_action"
        )
        labels = dict(self._fields["mode"]._description_selection(self.env))
        action["name"] = labels[mode]
        action["context"] = {
            "default_mode": mode,
            **{f"default_{name}": records for name, records in ids.items()},
        }
        return action

    def action_apply(self):
        """Do what the window was opened for, with the reason."""
        self.ensure_one()
        getattr(self, f"_apply_{self.mode}")()
        return {"type": "ir.actions.act_window_close"}

    def _apply_block(self):
        self.account_ids._check_may_block()
        self.account_ids._block_orders(
            self.reason, rules.MANUAL, self.date_until, self.even_prepaid
        )

    def _apply_unblock(self):
        """Collectors lift blocks by hand; those of processes need a credit manager."""
        self.account_ids._check_may_block()
        sources = [rules.MANUAL]
        if self.env.user.has_group("arm_receivables.group_receivables_manager"):
            sources += [rules.DUNNING, rules.INSURANCE]
        lifted = [
            self.account_ids._unblock_orders(source, self.reason, cause="person")
            for source in sources
        ]
        if not any(lifted):
            raise UserError(
                self.env._(
                    "There is no block here that you could lift: what follows the "
                    "figures ends with its cause, and what dunning or the insurance "
                    "has set is lifted by a credit manager. Grant a release instead."
                )
            )

    def _apply_decline(self):
        releases = self.release_ids | self.hold_ids._get_or_make_requests(self.reason)
        releases._check_decision()
        releases._decide("declined", self.reason)

    def _apply_revoke(self):
        self.release_ids._revoke(self.reason)

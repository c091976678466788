import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

WAITING = ("open", "released")


class ArmOrderHold(models.Model):
    """An order that somebody tried to confirm and that the block held back.

    One row waits for each order; trying again counts up. The rows are finance's queue
    while they wait, and the record of what was held afterwards. Nobody has the right
    to write rows directly.
    """

    _name = "arm.order.hold"
    _description = "Held Order"
    _order = "attempted_on desc, id desc"
    _rec_name = "order_name"
    _check_company_auto = True

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_name = fields.Char(related="order_id.name", string="Order Reference")
    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    partner_id = fields.Many2one(
        related="account_id.partner_id", store=True, index=True
    )
    reliability_status = fields.Selection(related="account_id.reliability_status")
    salesperson_id = fields.Many2one(related="order_id.user_id", string="Salesperson")
    amount = fields.Monetary(
        readonly=True, help="What the order would have added, in company currency."
    )
    amount_to_lift = fields.Monetary(
        string="Needed to Lift",
        readonly=True,
        help="What has to be paid before the order can be confirmed without a "
        "release; as it was at the last attempt.",
    )
    reason = fields.Text(readonly=True, help="As it was at the last attempt.")
    reason_line = fields.Char(string="Why", compute="_compute_reason_line")
    origin = fields.Selection(
        [
            ("confirm", "Confirmation"),
            ("portal", "Customer Portal"),
            ("payment", "Online Payment"),
            ("change", "Change of a Confirmed Order"),
            ("request", "Request for a Release"),
        ],
        readonly=True,
        required=True,
    )
    attempted_by_id = fields.Many2one("res.users", string="Tried By", readonly=True)
    attempted_on = fields.Datetime(string="Tried On", required=True, readonly=True)
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=1)
    state = fields.Selection(
        [
            ("open", "Waiting"),
            ("released", "Released"),
            ("confirmed", "Confirmed"),
            ("prepaid", "Passed, Paid in Advance"),
            ("declined", "Declined"),
            ("dropped", "Order Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    release_id = fields.Many2one(
        "arm.order.release",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The release that was asked for or granted for this order.",
    )
    release_requested_by_id = fields.Many2one(
        related="release_id.requested_by_id", string="Release Requested By"
    )
    release_reason = fields.Char(related="release_id.reason", string="Reason Given")
    order_message = fields.Text(related="order_id.order_block_message", string="Now")

    _waiting_uniq = models.UniqueIndex(
        "(order_id) WHERE state IN ('open', 'released')",
        "This order is waiting for finance already.",
    )
    _account_idx = models.Index("(account_id) WHERE state IN ('open', 'released')")

    @api.depends("reason")
    def _compute_reason_line(self):
        """The blocks alone: the customer and the way out have their own columns."""
        for hold in self:
            first = (hold.reason or "").split("\n")[0]
            hold.reason_line = first.removeprefix(f"{hold.partner_id.name}: ")

    # ----------------------------------------------------------------------- actions

    def action_release(self):
        """Open the window in which the release of these orders is granted."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_order_release_grant_action"
        )
        action["context"] = {
            "default_hold_ids": self.ids,
            "default_account_id": self.account_id[:1].id,
        }
        return action

    def action_decline(self):
        """Ask for the reason and decline these orders."""
        self.check_access("read")
        return self.env["arm.order.reason"]._get_action("decline", hold_ids=self.ids)

    def action_view_order(self):
        """Open the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def action_view_account(self):
        """Open the customer account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "arm.customer.account",
            "res_id": self.account_id.id,
            "view_mode": "form",
        }

    # ---------------------------------------------------------------------- business

    @api.model
    def _record(self, attempts):
        """Put held orders into the queue; an order that waits there counts up.

        :param attempts: list of values with ``order_id``, the customer as
            ``company_id`` and ``partner_id``, amounts, reason and origin
        """
        # As superuser: salespeople and customers put orders into finance's queue.
        self = self.sudo()
        orders = [values["order_id"] for values in attempts]
        waiting = self.search([("order_id", "in", orders), ("state", "in", WAITING)])
        known = {hold.order_id.id: hold for hold in waiting}
        accounts = self.env["arm.customer.account"]._get_or_create(
            {(values["company_id"], values["partner_id"]) for values in attempts}
        )
        new = []
        for values in attempts:
            vals = {**values, "attempted_on": fields.Datetime.now()}
            pair = vals.pop("company_id"), vals.pop("partner_id")
            hold = known.get(values["order_id"])
            if hold:
                hold.write({**vals, "attempt_count": hold.attempt_count + 1})
            else:
                new.append({**vals, "account_id": accounts[pair].id})
        return waiting | self.create(new)

    def _get_present_amount(self):
        """What the order would add as it is now, in company currency."""
        self.ensure_one()
        order = self.sudo().order_id  # finance may not see every salesperson's order
        if order.state == "sale":
            return self.amount
        return self.env["arm.order.guard"]._get_amounts(order)[order]

    def _get_requester(self):
        """Who wants the order: who asked for a release, else who tried to confirm."""
        self.ensure_one()
        asked = self.release_id.requested_by_id
        return asked or self.attempted_by_id or self.env.user

    def _get_or_make_requests(self, reason):
        """The request of each order that waits; made where nobody has asked.

        :param reason: what the releases are made for where nobody has said it.
        """
        self.check_access("read")
        waiting = self.filtered(lambda hold: hold.state in WAITING)
        asked = waiting.filtered(lambda hold: hold.release_id.state == "requested")
        made = self.env["arm.order.release"]
        for requester, holds in (
            (waiting - asked).grouped(lambda hold: hold._get_requester()).items()
        ):
            made |= holds._make_requests(reason, requester).sudo(False)
        return asked.release_id | made

    def _renew_requests(self, reason):
        """Ask for these orders, or ask again: with the present amount and reason."""
        asked = self.filtered(lambda hold: hold.release_id.state == "requested")
        for hold in asked:
            hold.release_id.write(
                {
                    "amount_limit": hold.amount,
                    "reason": reason,
                    "requested_by_id": self.env.uid,
                    "requested_on": fields.Datetime.now(),
                }
            )
        (self - asked)._make_requests(reason, self.env.user)

    def _make_requests(self, reason, requester):
        """One request for a release of each order."""
        # As superuser: nobody has the right to write; the callers have checked.
        holds = self.sudo()
        releases = self.env["arm.order.release"]._request(
            [
                {
                    "account_id": hold.account_id.id,
                    "order_id": hold.order_id.id,
                    "scope": "order",
                    "amount_limit": hold.amount,
                    "requested_by_id": requester.id,
                    "reason": reason,
                }
                for hold in holds
            ]
        )
        for hold, release in zip(holds, releases, strict=True):
            hold.release_id = release
        return releases

    @api.model
    def _record_after_rollback(self, attempts):
        """Record attempts that are refused with an error, and so rolled back.

        The rows are written by a transaction of their own as soon as the refused one
        is undone. What cannot be recorded is logged and hurts nobody.
        """
        registry, uid = self.env.registry, self.env.uid

        def record():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, uid or SUPERUSER_ID, {})
                    env["arm.order.hold"]._record_existing(attempts)
            except Exception:
                _logger.exception("The attempt to confirm a held order is not recorded")

        self.env.cr.postrollback.add(record)

    @api.model
    def _record_existing(self, attempts):
        """Record the attempts of orders that are still there after the rollback."""
        # As superuser: it is only asked which of them still exist.
        orders = self.env["sale.order"].sudo()
        present = orders.browse(vals["order_id"] for vals in attempts).exists()
        kept = [vals for vals in attempts if vals["order_id"] in present.ids]
        if kept:
            self._record(kept)

    @api.model
    def _set_confirmed(self, states):
        """Take orders that have passed out of the queue.

        :param states: dict of order id to the final state
        """
        self = self.sudo()  # whoever confirms may not write finance's queue
        waiting = self.search(
            [("order_id", "in", list(states)), ("state", "in", WAITING)]
        )
        for state, holds in waiting.grouped(lambda h: states[h.order_id.id]).items():
            holds.state = state

    @api.model
    def _set_decided(self, releases):
        """Let the queue follow the decisions about releases for orders."""
        waiting = self.search(
            [("order_id", "in", releases.order_id.ids), ("state", "in", WAITING)]
        )
        by_order = {
            release.order_id: release
            for release in releases
            if release.scope == "order"
        }
        follow = {"granted": "released", "declined": "declined", "revoked": "open"}
        for hold in waiting:
            release = by_order.get(hold.order_id)
            if release:
                hold.write({"state": follow[release.state], "release_id": release.id})

    @api.model
    def _drop_obsolete(self, companies):
        """Close rows whose order was cancelled; one statement."""
        self.flush_model()
        self.env["sale.order"].flush_model(["state"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE arm_order_hold hold SET state = 'dropped'
                  FROM sale_order so
                 WHERE so.id = hold.order_id AND hold.company_id IN %s
                   AND hold.state IN ('open', 'released') AND so.state = 'cancel'
                """,
                tuple(companies.ids) or (0,),
            )
        )
        self.invalidate_model(["state"])

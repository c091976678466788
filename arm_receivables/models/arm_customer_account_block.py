from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools import order_block as rules
from .arm_customer_account import EVERYTHING


class ArmCustomerAccount(models.Model):
    """May the customer order? The blocks of an account, and how others set them.

    For other add-ons: :meth:`_block_orders`, :meth:`_unblock_orders` and
    :meth:`_update_order_blocks`.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    order_block_ids = fields.One2many("arm.order.block", "account_id")
    order_release_ids = fields.One2many("arm.order.release", "account_id")
    order_hold_ids = fields.One2many("arm.order.hold", "account_id")
    order_block = fields.Boolean(
        string="Orders Blocked",
        compute="_compute_order_block",
        search="_search_order_block",
        help="New orders of this customer are held for finance.",
    )
    order_block_summary = fields.Text(
        string="Why Blocked",
        compute="_compute_order_block",
        help="Every block in force, one sentence each.",
    )
    order_block_amount = fields.Monetary(
        string="Needed to Lift",
        compute="_compute_order_block",
        help="What must be paid so that the blocks that depend on figures end.",
    )
    order_hold_count = fields.Integer(
        string="Held Orders", compute="_compute_order_hold_count"
    )

    # --------------------------------------------------------- computes and searches

    @api.depends("order_block_ids.lifted_on", "order_block_ids.until")
    @api.depends_context("lang")
    def _compute_order_block(self):
        # As superuser: who may see the account may see whether it is blocked.
        blocks = self.env["arm.order.block"].sudo()
        found = blocks.search(
            [("account_id", "in", self.ids), ("lifted_on", "=", False)],
            order="since, id",
        )
        by_account = found.filtered("is_open").grouped("account_id")
        for account in self:
            # As superuser, like the blocks: a key of their dict, nothing is read.
            mine = by_account.get(account._origin.sudo(), blocks)
            account.order_block = bool(mine)
            # The status comes last: the other reasons say more.
            told = mine.sorted(lambda block: block.source == rules.STATUS)
            account.order_block_summary = "\n".join(told.mapped("summary"))
            account.order_block_amount = max(mine.mapped("amount_to_lift"), default=0)

    @api.model
    def _search_order_block(self, operator, value):
        if operator != "in":
            return NotImplemented
        # As superuser: a sub-query on the rows of all companies the user may choose.
        found = self.env["arm.order.block"].sudo()._search([("is_open", "=", True)])
        domain = Domain("id", "in", found.subselect("account_id"))
        if True in value and False in value:
            return Domain.TRUE
        return domain if True in value else ~domain

    def _compute_order_hold_count(self):
        counts = dict(
            self.env["arm.order.hold"]._read_group(
                [("account_id", "in", self.ids), ("state", "=", "open")],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.order_hold_count = counts.get(account, 0)

    # ------------------------------------------------------------------------- CRUD

    def write(self, vals):
        result = super().write(vals)
        if "reliability_status" in vals:
            # As superuser: whoever may set the status, opens and lifts its block.
            for company, accounts in self.sudo().grouped("company_id").items():
                self._update_order_blocks(company, accounts.partner_id)
        return result

    # ----------------------------------------------------------------------- actions

    def action_block_orders(self):
        """Ask for the reason and block the orders of these customers by hand."""
        self._check_may_block()
        return self.env["arm.order.reason"]._get_action("block", account_ids=self.ids)

    def action_unblock_orders(self):
        """Ask for the reason and lift what people and processes have set."""
        self._check_may_block()
        return self.env["arm.order.reason"]._get_action("unblock", account_ids=self.ids)

    def action_release_orders(self):
        """Open the window in which a release for the customer is made."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_order_release_grant_action"
        )
        action["context"] = {"default_account_id": self.id, "default_scope": "date"}
        return action

    def action_view_order_blocks(self):
        """Open the customer's blocks, with their history."""
        self.ensure_one()
        return self._get_action_of("arm_receivables.arm_order_block_action")

    def action_view_order_holds(self):
        """Open the customer's held orders."""
        self.ensure_one()
        return self._get_action_of("arm_receivables.arm_order_hold_action")

    def _get_action_of(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    def _check_may_block(self):
        """Only collectors and credit managers, and only their customers."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._(
                    "Only collectors and credit managers block or unblock orders."
                )
            )

    # -------------------------------------------------------------- what others call

    @api.model
    def _after_refresh(self, company, partners=None, parts=EVERYTHING):
        """New figures open and lift the automatic blocks."""
        res = super()._after_refresh(company, partners, parts)
        self._update_order_blocks(company, partners)
        if partners is None:
            self.env["arm.order.release"]._expire(company)
            self.env["arm.order.hold"]._drop_obsolete(company)
        return res

    @api.model
    def _update_order_blocks(self, companies, partners=None):
        """Open, refresh and lift the automatic blocks; one statement for all.

        :param companies: the companies whose customers are looked at.
        :param partners: commercial partners; all customers when not given.
        """
        self.env["arm.order.block"]._update(companies, partners)

    def _block_orders(self, reason, source, until=None, even_prepaid=False):
        """Block the orders of these customers; callers check who may.

        Doing it again for a source changes its reason and end, and opens no second
        block.

        :param reason: why, as people read it (a short sentence).
        :param source: ``manual``, ``dunning`` or ``insurance``.
        :param until: the last day of the block (date); it stays without one.
        :param even_prepaid: hold orders that are paid in advance, too.
        :return: the open blocks
        :raise UserError: when the source is automatic, or the end is past
        """
        self._check_block(source, until)
        blocks = self._get_open_blocks(source)
        ended = blocks.filtered(lambda block: not block.is_open)
        ended.write({"lifted_on": fields.Datetime.now(), "lift_cause": "expired"})
        blocks -= ended
        blocks.write({"reason": reason, "until": until, "even_prepaid": even_prepaid})
        blocks |= blocks.create(
            [
                {
                    "account_id": account.id,
                    "source": source,
                    "reason": reason,
                    "since": fields.Datetime.now(),
                    "until": until,
                    "even_prepaid": even_prepaid,
                    "opened_by_id": self.env.uid,
                }
                for account in self - blocks.account_id.sudo(False)
            ]
        )
        self.env["arm.order.block"]._invalidate()
        self._log_block(self.env._("Orders blocked: %(reason)s", reason=reason))
        return blocks

    def _unblock_orders(self, source, reason=False, cause="process"):
        """Lift what :meth:`_block_orders` has set; callers check who may.

        :param source: ``manual``, ``dunning`` or ``insurance``.
        :param reason: why, as people read it.
        :param cause: ``process`` or, when a person does it, ``person``.
        :return: the lifted blocks; empty when nothing was blocked
        """
        self._check_block(source)
        blocks = self._get_open_blocks(source)
        blocks.write(
            {
                "lifted_on": fields.Datetime.now(),
                "lifted_by_id": self.env.uid,
                "lift_cause": cause,
                "lift_reason": reason,
            }
        )
        self.env["arm.order.block"]._invalidate()
        accounts = blocks.account_id.sudo(False)
        accounts._log_block(
            self.env._("Orders unblocked: %(reason)s", reason=reason or source)
        )
        return blocks

    def _check_block(self, source, until=None):
        if source not in (rules.MANUAL, rules.DUNNING, rules.INSURANCE):
            raise UserError(
                self.env._(
                    "Blocks by %(cause)s follow the figures: they cannot be set or "
                    "lifted by hand. Grant a release instead.",
                    cause=source,
                )
            )
        # As superuser: only the day of the company and the name are read.
        for account in self.sudo() if until else ():
            if until < account.company_id._local_today():
                raise UserError(
                    self.env._(
                        "The block of %(customer)s would end before today. Enter a "
                        "later date, or none.",
                        customer=account.partner_id.name,
                    )
                )

    def _get_open_blocks(self, source):
        """The blocks of a source that are not lifted, as superuser."""
        # As superuser: nobody has the right to write blocks directly.
        blocks = self.env["arm.order.block"].sudo()
        return blocks.search(
            [
                ("account_id", "in", self.ids),
                ("source", "=", source),
                ("lifted_on", "=", False),
            ]
        )

    def _log_block(self, text):
        """One line in the chatter of each account, written at once."""
        if self:
            # As superuser: the log belongs to the block, whoever sets it.
            self.sudo()._message_log_batch(bodies=dict.fromkeys(self.ids, text))

    @api.model
    def _get_or_create(self, pairs):
        """The accounts of customers, also of such that never had an invoice.

        :param pairs: (company id, commercial partner id)
        :return: dict of pair to account, as superuser
        """
        # As superuser: blocks bind also those who may not see the account.
        accounts = self.sudo().search(
            [
                ("company_id", "in", [pair[0] for pair in pairs]),
                ("partner_id", "in", [pair[1] for pair in pairs]),
            ]
        )
        known = {(a.company_id.id, a.partner_id.id): a for a in accounts}
        missing = sorted(set(pairs) - known.keys())
        # As superuser: whoever changes the ledger makes the accounts that it needs.
        companies = self.env["res.company"].sudo().browse(pair[0] for pair in missing)
        created = self.sudo().create(  # the same
            [
                {
                    "company_id": company.id,
                    "partner_id": partner,
                    "currency_id": company.currency_id.id,
                }
                for company, (_company, partner) in zip(companies, missing, strict=True)
            ]
        )
        for company, new in created.grouped("company_id").items():
            self._after_creation(company, new.partner_id)
        known.update(zip(missing, created, strict=True))
        return known

    def _merge_accounts(self, others):
        """Keep one open block for each source: the oldest; figures decide again."""
        res = super()._merge_accounts(others)
        # As superuser: nobody has the right to write blocks directly.
        blocks = self.env["arm.order.block"].sudo()
        found = blocks.search(
            [("account_id", "in", (self | others).ids), ("lifted_on", "=", False)],
            order="since, id",
        )
        for same in found.grouped("source").values():
            same[1:].write(
                {
                    "lifted_on": fields.Datetime.now(),
                    "lift_cause": "process",
                    "lift_reason": self.env._("Two customers were merged"),
                }
            )
        return res

    def _invalidate_order_block(self):
        """Forget what is computed from blocks and held orders."""
        self.invalidate_model(
            [
                "order_block",
                "order_block_summary",
                "order_block_amount",
                "order_hold_count",
                "order_block_ids",
                "order_release_ids",
                "order_hold_ids",
            ]
        )
        self.env["res.partner"].invalidate_model(["order_block", "order_block_summary"])

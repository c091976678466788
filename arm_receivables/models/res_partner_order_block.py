from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Shows colleagues whether a customer may order, and why not."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    # As superuser and for internal users: a flag and its sentence, not the account.
    order_block = fields.Boolean(
        string="Orders Blocked",
        compute="_compute_order_block",
        search="_search_order_block",
        compute_sudo=True,
        groups="base.group_user",
        help="Orders of this customer are held for finance in the current company.",
    )
    order_block_summary = fields.Text(
        string="Why Blocked",
        compute="_compute_order_block",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "lang")
    def _compute_order_block(self):
        accounts = self._get_customer_accounts()
        for partner in self:
            account = accounts.get(partner.commercial_partner_id)
            partner.order_block = bool(account and account.order_block)
            partner.order_block_summary = account.order_block_summary if account else ""

    @api.model
    def _search_order_block(self, operator, value):
        """One sub-query; a customer without an account is not blocked."""
        if operator != "in":
            return NotImplemented
        blocks = (
            self.env["arm.order.block"]
            # As superuser: who may read the flag may search it.
            .sudo()
            ._search([("is_open", "=", True), ("company_id", "=", self.env.company.id)])
        )
        blocked = Domain("commercial_partner_id", "in", blocks.subselect("partner_id"))
        if True in value and False in value:
            return Domain.TRUE
        return blocked if True in value else ~blocked

    def write(self, vals):
        result = super().write(vals)
        if "credit_limit" in vals:
            # As superuser: a new limit opens and lifts blocks, whoever sets it.
            self.env["arm.customer.account"].sudo()._update_order_blocks(
                self.env.company, self.commercial_partner_id
            )
        return result

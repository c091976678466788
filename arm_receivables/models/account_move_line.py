from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .arm_customer_account import LEDGER

# What the accounts show of a posted line, beside what reconciliation changes.
SHOWN = {"date_maturity", "partner_id", "account_id"}


class AccountMoveLine(models.Model):
    """Receivable items: what holds them, and accounts that follow their changes."""

    _inherit = "account.move.line"

    hold_id = fields.Many2one(
        "arm.hold", compute="_compute_hold_id", search="_search_hold_id"
    )
    hold_reason = fields.Selection(related="hold_id.reason", string="Held Because")
    hold_until = fields.Date(related="hold_id.until", string="Held Until")

    def _note_receivables(self, parts=LEDGER):
        """Have the customer accounts refreshed that these lines belong to.

        :param parts: what can have changed, see ``arm.customer.account``
        """
        lines = self.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        if lines:
            by_company = lines.grouped("company_id")
            self.env["arm.customer.account"]._note_changes(
                [(company, items.partner_id) for company, items in by_company.items()],
                parts,
            )

    def write(self, vals):
        """A changed due date of an instalment is seen by the account at once."""
        if not SHOWN & vals.keys():
            return super().write(vals)
        posted = self.filtered(lambda line: line.parent_state == "posted")
        with self.env["arm.customer.account"]._collect_changes():
            posted._note_receivables()  # the customer so far
            res = super().write(vals)
            posted._note_receivables()
        return res

    def _reconcile_plan(self, reconciliation_plan):
        with self.env["arm.customer.account"]._collect_changes():
            return super()._reconcile_plan(reconciliation_plan)

    # ----------------------------------------------------------------------- holds

    def _compute_hold_id(self):
        """The hold of each line, in one query; one whose day is past does not count."""
        today = {company: company._local_today() for company in self.company_id}
        holds = self.env["arm.hold"].search([("item_id", "in", self.ids)])
        by_item = {hold.item_id: hold for hold in holds}
        for line in self:
            hold = by_item.get(line, holds.browse())
            over = hold.until and hold.until < today[line.company_id]
            line.hold_id = False if over else hold

    @api.model
    def _search_hold_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        holds = self.env["arm.hold"]
        running = Domain("until", "=", False) | Domain("until", ">=", "today")
        domain = Domain.FALSE
        if False in value:
            domain |= Domain(
                "id", "not in", holds._search(running).subselect("item_id")
            )
        chosen = [v for v in value if v]
        if chosen:
            query = holds._search(running & Domain("id", "in", chosen))
            domain |= Domain("id", "in", query.subselect("item_id"))
        return domain

    def _check_collecting(self):
        """Refuse who may not work on these items.

        :raise AccessError: without the collector's group, or for other companies.
        :raise UserError: where a line is no open receivable item.
        """
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors may change the follow-up of open items.")
            )
        self.check_access("read")
        wrong = self.filtered(
            lambda line: line.parent_state != "posted"
            or line.reconciled
            or line.account_type != "asset_receivable"
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(item)s is no open item of a customer. Choose open items only.",
                    item=wrong[0].display_name,
                )
            )

    def action_exclude_from_follow_up(self):
        """Exclude the selected open items from follow-up (core's own flag)."""
        return self._set_no_followup(True)

    def action_include_in_follow_up(self):
        """Give the selected open items back to follow-up."""
        return self._set_no_followup(False)

    def _set_no_followup(self, excluded):
        self._check_collecting()
        # As superuser: a collector may not edit entries, and this flag is theirs.
        self.sudo().write({"no_followup": excluded})
        text = (
            self.env._("Excluded from follow-up.")
            if excluded
            else self.env._("Included in follow-up again.")
        )
        # As superuser: the note goes to entries that a collector may not edit.
        moves = self.move_id.sudo()
        moves._message_log_batch(bodies=dict.fromkeys(moves.ids, text))
        return True

    def action_pause(self):
        """Open the dialog that pauses the selected open items until a day."""
        self._check_collecting()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause Follow-up"),
            "res_model": "arm.hold.pause",
            "view_mode": "form",
            "target": "new",
            "context": {"default_item_ids": self.ids},
        }

    def action_end_pause(self):
        """End the pause of the selected open items; other holds stay."""
        self._check_collecting()
        holds = self.env["arm.hold"].search([("item_id", "in", self.ids)])
        # As superuser: nobody may write holds but their methods.
        pauses = holds.sudo().filtered(lambda hold: hold.reason == "pause")
        # As superuser, like the pauses: what is written is only their end.
        (holds.sudo() - pauses).write({"pause_until": False})
        pauses.unlink()
        return True

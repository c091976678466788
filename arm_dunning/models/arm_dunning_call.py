from odoo import api, fields, models
from odoo.exceptions import AccessError


class ArmDunningCall(models.Model):
    """The call list: whom to telephone, why, when, and who does it.

    A customer is on the list once at a time: what comes later joins the open entry.
    """

    _name = "arm.dunning.call"
    _description = "Call"
    _order = "state desc, date, id"
    _rec_name = "account_id"
    _check_company_auto = True

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Company Name")
    phone = fields.Char(compute="_compute_phone")
    reliability_status = fields.Selection(related="account_id.reliability_status")
    amount_overdue = fields.Monetary(related="account_id.amount_overdue")
    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    reason = fields.Char(readonly=True, help="What the call is about.")
    date = fields.Date(required=True, readonly=True, help="When to call.")
    user_id = fields.Many2one(
        "res.users", string="Who Calls", readonly=True, index=True
    )
    state = fields.Selection(
        [("open", "To Call"), ("done", "Done"), ("cancelled", "Not Needed")],
        required=True,
        readonly=True,
        default="open",
    )
    date_done = fields.Datetime(string="Done On", readonly=True)
    action_ids = fields.One2many(
        "arm.dunning.action", "call_id", string="Items", readonly=True
    )

    _one_open_uniq = models.UniqueIndex(
        "(account_id) WHERE state = 'open'",
        "This customer is on the call list already.",
    )
    _open_idx = models.Index("(company_id, date) WHERE state = 'open'")

    @api.depends("account_id")
    def _compute_phone(self):
        recipients = self.account_id._get_dunning_recipients()
        for call in self:
            account = call.account_id
            call.phone = account._get_dunning_phone(recipients[account])

    # ----------------------------------------------------------------------- rights

    def _check_caller(self):
        """Collectors and credit managers work on the calls that they can see."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers handle the call list.")
            )

    # ------------------------------------------------------------------ the engine

    @api.model
    def _enter(self, vals_list):
        """Put customers on the list, or bring their open entries up to date.

        :return: the entries, one for each of the values
        """
        accounts = [vals["account_id"] for vals in vals_list]
        known = self.search([("account_id", "in", accounts), ("state", "=", "open")])
        by_account = {call.account_id.id: call for call in known}
        new = [vals for vals in vals_list if vals["account_id"] not in by_account]
        by_account.update({call.account_id.id: call for call in self.create(new)})
        for vals in vals_list:
            call = by_account[vals["account_id"]]
            if call in known:
                reasons = dict.fromkeys(
                    [*(call.reason or "").split("; "), vals["reason"]]
                )
                call.write(
                    {
                        "task_id": vals["task_id"],
                        "reason": "; ".join(filter(None, reasons)),
                        "date": min(call.date, vals["date"]),
                    }
                )
        return self.union(*(by_account[account] for account in accounts))

from odoo import fields, models
from odoo.exceptions import AccessError


class ArmCollectionCase(models.Model):
    """The hand-over of a customer to a lawyer, an agency or a court.

    A task proposes it; a credit manager decides. There is one open case a customer.
    """

    _name = "arm.collection.case"
    _description = "Collection Case"
    _order = "id desc"
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
    reliability_status = fields.Selection(related="account_id.reliability_status")
    amount_overdue = fields.Monetary(related="account_id.amount_overdue")
    task_id = fields.Many2one("arm.dunning.task", readonly=True)
    reason = fields.Char(readonly=True)
    date = fields.Date(string="Proposed On", required=True, readonly=True)
    state = fields.Selection(
        [("proposed", "Proposed"), ("declined", "Declined")],
        required=True,
        readonly=True,
        default="proposed",
    )
    user_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    action_ids = fields.One2many(
        "arm.dunning.action", "case_id", string="Items", readonly=True
    )

    _one_open_uniq = models.UniqueIndex(
        "(account_id) WHERE state = 'proposed'",
        "The hand-over of this customer is proposed already.",
    )

    def action_decline(self):
        """Decline the hand-over; credit managers only."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_manager"):
            raise AccessError(self.env._("Only credit managers decide on a hand-over."))
        # As superuser: nobody has the right to write cases directly.
        self.sudo().filtered(lambda case: case.state == "proposed").write(
            {"state": "declined", "user_id": self.env.user.id}
        )

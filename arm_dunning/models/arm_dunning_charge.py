from odoo import api, fields, models

KINDS = [
    ("interest", "Late-Payment Interest"),
    ("compensation", "Flat Compensation"),
    ("costs", "Collection Costs"),
    ("fee", "Fee"),
]


class ArmDunningCharge(models.Model):
    """What could be claimed on top of an overdue item: a proposal, nothing is posted.

    A person, or a later step, decides what becomes of it. Flat compensation is due
    once for each late item; interest that is proposed anew takes the place of the
    earlier proposal, because it runs on.
    """

    _name = "arm.dunning.charge"
    _description = "Dunning Charge"
    _order = "id desc"
    _rec_name = "document"
    _check_company_auto = True

    action_id = fields.Many2one(
        "arm.dunning.action",
        string="Register",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
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
    item_id = fields.Many2one(
        "account.move.line",
        string="Open Item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    document = fields.Char(readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="In the currency of the rule or item.")
    date = fields.Date(required=True, readonly=True, help="Worked out up to this day.")
    calculation = fields.Char(readonly=True, help="How the amount comes about.")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("replaced", "Replaced"),
            ("dropped", "Waived"),
        ],
        required=True,
        readonly=True,
        default="proposed",
    )
    user_id = fields.Many2one("res.users", string="Waived By", readonly=True)

    _proposed_item_uniq = models.UniqueIndex(
        "(item_id, kind) WHERE state = 'proposed' AND kind != 'fee'",
        "This is proposed for the item already.",
    )

    @api.model
    def _propose(self, vals_list):
        """Enter proposals; flat ones once for each item, interest anew each time.

        :return: the new proposals
        """
        kinds = {vals["kind"] for vals in vals_list}
        items = [vals["item_id"] for vals in vals_list if vals["item_id"]]
        known = self.search(
            [("item_id", "in", items), ("kind", "in", list(kinds - {"fee"}))]
        )
        once = known.filtered(lambda c: c.kind in ("compensation", "costs"))
        done = {(charge.item_id.id, charge.kind) for charge in once}
        new = [v for v in vals_list if (v["item_id"], v["kind"]) not in done]
        running = known.filtered(
            lambda c: c.kind == "interest" and c.state in ("proposed", "missing")
        )
        again = {v["item_id"] for v in new if v["kind"] == "interest"}
        running.filtered(lambda c: c.item_id.id in again).state = "replaced"
        running.flush_recordset(["state"])
        return self.create(new)

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_amount

RESOLUTIONS = [
    ("accepted", "Accepted"),
    ("partly", "Accepted in Part"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn by the Customer"),
    ("settled", "Paid or Credited Meanwhile"),
]


class ArmDispute(models.Model):
    """A customer says that something is wrong with invoices, or with parts of them.

    What is disputed is left alone until somebody decides; the rest of the item goes on.
    A decision for the customer prepares the credit note. As long as an invoice is
    disputed in full, core shows it as blocked.
    """

    _name = "arm.dispute"
    _description = "Dispute"
    _inherit = ["arm.hold.source"]
    _order = "state desc, deadline, id"

    name = fields.Char(string="Reference", readonly=True, copy=False)
    reason_id = fields.Many2one(
        "arm.dispute.reason",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Settles It",
        compute="_compute_owner",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        help="Proposed is the member of the reason's team with the fewest disputes.",
    )
    deadline = fields.Date(
        compute="_compute_owner",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Until when it should be settled.",
    )
    description = fields.Text(string="What the Customer Says")
    contact_id = fields.Many2one("res.partner", string="Raised By")
    from_portal = fields.Boolean(
        string="From the Portal", readonly=True, help="The customer entered it."
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "arm_dispute_attachment_rel",
        "dispute_id",
        "attachment_id",
        string="Evidence",
        help="Photographs, delivery notes, letters.",
    )
    line_ids = fields.One2many("arm.dispute.item", "dispute_id", string="Items")
    amount = fields.Monetary(
        string="Disputed", compute="_compute_amounts", store=True, precompute=True
    )
    amount_company = fields.Monetary(
        string="Disputed in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amounts",
        store=True,
        precompute=True,
    )
    amount_accepted = fields.Monetary(
        string="Accepted", compute="_compute_amount_accepted"
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Settled")],
        required=True,
        readonly=True,
        default="open",
        tracking=True,
    )
    resolution = fields.Selection(RESOLUTIONS, readonly=True, tracking=True)
    decision = fields.Text(
        string="Why It Was Decided So", help="What the customer may be told."
    )
    closed_by_id = fields.Many2one(
        "res.users", string="Decided By", readonly=True, help="Empty: automatic."
    )
    date_opened = fields.Date(
        string="Since",
        required=True,
        readonly=True,
        default=lambda self: self._default_date_opened(),
    )
    date_closed = fields.Date(string="Settled On", readonly=True)
    days_to_settle = fields.Integer(
        compute="_compute_days_to_settle", store=True, aggregator="avg"
    )
    credit_note_count = fields.Integer(compute="_compute_credit_note_count")

    _open_idx = models.Index("(company_id, partner_id) WHERE state = 'open'")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_date_opened(self):
        return self.env.company._local_today()

    @api.depends("reason_id", "account_id")
    def _compute_owner(self):
        """Propose who settles it and until when; a person may say otherwise."""
        for dispute in self:
            reason = dispute.reason_id
            company = dispute.account_id.company_id
            if not reason or not company or dispute.state == "closed":
                continue
            dispute.user_id = reason._pick_owner(company) or dispute.user_id
            dispute.deadline = company._local_today() + relativedelta(days=reason.days)

    @api.depends("line_ids.amount", "line_ids.amount_company")
    def _compute_amounts(self):
        for dispute in self:
            dispute.amount = sum(dispute.line_ids.mapped("amount"))
            dispute.amount_company = sum(dispute.line_ids.mapped("amount_company"))

    @api.depends("line_ids.amount_accepted")
    def _compute_amount_accepted(self):
        for dispute in self:
            dispute.amount_accepted = sum(dispute.line_ids.mapped("amount_accepted"))

    @api.depends("date_opened", "date_closed")
    def _compute_days_to_settle(self):
        for dispute in self:
            end = dispute.date_closed
            dispute.days_to_settle = (end - dispute.date_opened).days if end else 0

    @api.depends("line_ids.credit_note_id")
    def _compute_credit_note_count(self):
        for dispute in self:
            dispute.credit_note_count = len(dispute.line_ids.credit_note_id)

    @api.depends("name", "partner_id", "reason_id")
    def _compute_display_name(self):
        for dispute in self:
            words = (
                dispute.name,
                dispute.partner_id.display_name,
                dispute.reason_id.name,
            )
            dispute.display_name = " · ".join(filter(None, words))

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def _prepare_from_items(self, items):
        disputed = self._get_disputed(items)
        lines = [
            {"item_id": item.id, "amount": left}
            for item in items
            if (left := item.amount_residual_currency - disputed.get(item, 0)) > 0
        ]
        if not lines:
            raise UserError(self.env._("All of these items are disputed already."))
        return {
            **super()._prepare_from_items(items),
            "line_ids": [Command.create(line) for line in lines],
        }

    @api.model
    def _get_disputed(self, items):
        """How much of each item is disputed now: dict of item to amount."""
        groups = (
            self.env["arm.dispute.item"]
            # As superuser: what is disputed is so, whoever may read the dispute.
            .sudo()
            ._read_group(
                [("item_id", "in", items.ids), ("state", "=", "open")],
                ["item_id"],
                ["amount:sum"],
            )
        )
        # With the rights of the caller again, not as superuser.
        return {item.sudo(items.env.su): amount for item, amount in groups}

    @api.model_create_multi
    def create(self, vals_list):
        """Number the disputes, block the invoices, and ask the owners to settle."""
        with self.env["arm.customer.account"]._collect_changes():
            disputes = super().create(vals_list)
            # As superuser: numbers and core's flag follow, whoever enters it.
            for dispute in disputes.sudo():
                sequence = self.env["ir.sequence"].sudo()  # the same
                sequence = sequence.with_company(dispute.company_id)
                dispute.name = sequence.next_by_code("arm.dispute")
            disputes.sudo()._sync_blocked()  # the same
            disputes._ask_owners()
        return disputes

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {
            "name",
            "from_portal",
            "resolution",
            "closed_by_id",
            "date_opened",
            "date_closed",
        }

    def _get_items(self):
        return self.line_ids.item_id

    def _check_items(self):
        """No more is disputed than is open, all disputes of an item together."""
        result = super()._check_items()
        self.flush_model()
        # As superuser: disputes that the person may not see count, too.
        items = self.sudo()._get_items()
        disputed = self._get_disputed(items)
        for item in items:
            owed = item.amount_residual_currency
            if item.currency_id.compare_amounts(disputed.get(item, 0), owed) > 0:
                raise UserError(
                    self.env._(
                        "Of %(item)s only %(owed)s is open; more cannot be disputed, "
                        "all disputes together.",
                        item=item.display_name,
                        owed=format_amount(self.env, owed, item.currency_id),
                    )
                )
        return result

    # ---------------------------------------------------------------------- actions

    def action_accept(self):
        """Decide for the customer: credit notes of all that is disputed."""
        self._check_open()
        for line in self.line_ids:
            line.amount_accepted = line.amount
        return self._settle("accepted")

    def action_accept_partly(self):
        """Decide for the customer in part: what the items say is accepted."""
        self._check_open()
        for dispute in self:
            if not 0 < dispute.amount_accepted < dispute.amount:
                raise UserError(
                    self.env._(
                        "Enter in the items of %(dispute)s how much is accepted: more "
                        "than nothing and less than all.",
                        dispute=dispute.name,
                    )
                )
        return self._settle("partly")

    def action_reject(self):
        """Decide against the customer: the items go back to follow-up."""
        self._check_open()
        self.line_ids.amount_accepted = 0
        return self._settle("rejected")

    def action_withdraw(self):
        """The customer takes the dispute back."""
        self._check_open()
        self.line_ids.amount_accepted = 0
        return self._settle("withdrawn")

    def action_view_credit_notes(self):
        """Open the credit notes that came of the dispute."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_refund_type"
        )
        action["domain"] = [("id", "in", self.line_ids.credit_note_id.ids)]
        action["context"] = {}
        return action

    # --------------------------------------------------------------------- business

    def _check_open(self):
        """Refuse who may not decide, and what is decided."""
        self._check_collector()
        if self.filtered(lambda dispute: dispute.state != "open"):
            raise UserError(self.env._("This dispute is settled already."))

    def _settle(self, resolution, automatic=False):
        """Close open disputes with a resolution, and do what follows from it."""
        with self.env["arm.customer.account"]._collect_changes():
            # As superuser: only methods write the outcome, and a collector may not
            # edit entries; the draft waits for somebody who may post it.
            disputes = self.sudo()
            for company, records in disputes.grouped("company_id").items():
                records.write(
                    {
                        "state": "closed",
                        "resolution": resolution,
                        "closed_by_id": False if automatic else self.env.uid,
                        "date_closed": company._local_today(),
                    }
                )
            disputes._create_credit_notes()
            disputes._sync_blocked()
            disputes.activity_unlink(["arm_receivables.mail_activity_type_dispute"])
            self._note_holds()
        return True

    def _create_credit_notes(self):
        """Prepare a credit note for each invoice with something accepted."""
        for dispute in self:
            accepted = dispute.line_ids.filtered("amount_accepted")
            for move, lines in accepted.grouped("move_id").items():
                amount = sum(lines.mapped("amount_accepted"))
                lines.credit_note_id = move._create_credit_of_dispute(dispute, amount)

    def _sync_blocked(self):
        """Keep core's flag in step: blocked while a whole invoice is disputed."""
        self.flush_recordset()
        moves = self.line_ids.move_id
        lines = self.env["arm.dispute.item"].search(
            [("item_id.move_id", "in", moves.ids)]
        )
        by_move = lines.grouped("move_id")
        disputed = self._get_disputed(moves.line_ids)
        to_block = to_free = moves.browse()
        for move in moves:
            owed = move.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
                and not line.reconciled
            )
            whole = owed and all(
                disputed.get(item, 0) >= item.amount_residual_currency for item in owed
            )
            ours = by_move[move].filtered("is_blocking")
            if whole and not ours and move.payment_state in ("not_paid", "partial"):
                to_block |= move
            elif ours and not whole:
                to_free |= move
        # All at once: a write on posted invoices is dear.
        to_block.payment_state = "blocked"
        lines.filtered(
            lambda line: line.move_id in to_block and line.state == "open"
        ).is_blocking = True
        lines.filtered(lambda line: line.move_id in to_free).is_blocking = False
        to_free._end_block_of_dispute()

    def _ask_owners(self):
        """An activity for whoever settles it, until the deadline."""
        # As superuser: the work is for others than who enters the dispute.
        activities = self.env["mail.activity"].sudo()
        kind = self.env.ref("arm_receivables.mail_activity_type_dispute")
        model = self.env["ir.model"]._get_id(self._name)
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": model,
                    "res_id": dispute.id,
                    "activity_type_id": kind.id,
                    "automated": True,
                    "summary": dispute.reason_id.name,
                    "date_deadline": dispute.deadline or dispute.date_opened,
                    "user_id": dispute.user_id.id,
                }
                for dispute in self
                if dispute.user_id
            ]
        )

    @api.model
    def _keep_in_step(self, company, partners=None):
        """Close disputes whose items are paid or credited; follow partial payments.

        :param partners: commercial partners; all customers when not given
        """
        domain = [("company_id", "=", company.id), ("state", "=", "open")]
        if partners is not None:
            domain.append(("partner_id", "in", partners.ids))
        # As superuser: the ledger decides, whoever enters a payment.
        running = self.sudo().search(domain)
        moot = running.filtered(
            lambda dispute: all(
                line.item_id.reconciled or line.item_id.parent_state != "posted"
                for line in dispute.line_ids
            )
        )
        if moot:
            moot._settle("settled", automatic=True)
        if running - moot:
            (running - moot)._sync_blocked()

    @api.model
    def _hold_source(self, company, partners=None):
        """SQL of the disputed part of each item, for the holds.

        What is accepted stays held until the credit note is posted: nobody asks for
        what is about to be credited.
        """
        return SQL(
            """
            SELECT line.item_id, 'dispute' AS reason, NULL::date AS until,
                   SUM(CASE WHEN dispute.state = 'open' THEN line.amount
                            ELSE line.amount_accepted END) AS amount,
                   'arm.dispute' AS source_model, MIN(dispute.id) AS source_id
              FROM arm_dispute_item line
              JOIN arm_dispute dispute ON dispute.id = line.dispute_id
              LEFT JOIN account_move credit ON credit.id = line.credit_note_id
             WHERE dispute.company_id = %s AND %s
               AND (dispute.state = 'open' OR credit.state = 'draft')
             GROUP BY line.item_id
            """,
            company.id,
            self.env["arm.customer.position"]._partners_sql(
                SQL("dispute.partner_id"), partners
            ),
        )

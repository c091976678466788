from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.money import ZERO

OPEN = ("draft", "submitted", "waiting", "under_review", "accepted", "partly")
SETTLED = ("paid", "recovering", "closed")
STATES = [
    ("draft", "Collecting Documents"),
    ("submitted", "Submitted"),
    ("waiting", "Waiting Period"),
    ("under_review", "Under Review"),
    ("accepted", "Accepted"),
    ("partly", "Accepted in Part"),
    ("rejected", "Rejected"),
    ("paid", "Paid"),
    ("recovering", "Recovering"),
    ("closed", "Closed"),
    ("withdrawn", "Withdrawn"),
]
# Section 5, the documents that insurers ask for; the first ones are always needed.
DOCUMENTS = [
    ("form", True),
    ("statement", True),
    ("invoices", True),
    ("orders", True),
    ("delivery", True),
    ("terms", False),
    ("dunning", True),
    ("limit", True),
    ("notice", True),
    ("collection", False),
    ("insolvency", False),
    ("guarantees", False),
    ("dispute", False),
    ("payee", False),
]


class ArmInsuranceClaim(models.Model):
    """A claim on the insurer for one buyer: prepared by the suite, filed by people.

    Its lines follow the cover of the buyer's items until it is submitted; then they
    are frozen, and at the date of loss their amounts are those of that day. What the
    insurer owes is worked out for all claims of the policy year in the order of their
    dates of loss (``arm.insurance.claim.settlement``). Amounts are in the policy's
    currency.
    """

    _name = "arm.insurance.claim"
    _description = "Insurance Claim"
    _inherit = ["arm.insurance.outgoing", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self._new()
    )
    limit_id = fields.Many2one(
        "arm.insurance.limit",
        string="Insured Buyer",
        required=True,
        index=True,
        ondelete="restrict",
    )
    policy_id = fields.Many2one(
        related="limit_id.policy_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="limit_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="limit_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="limit_id.partner_id",
        string="Buyer",
        store=True,
        index=True,
        precompute=True,
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, tracking=True, copy=False
    )
    cause = fields.Selection(
        [
            ("insolvency", "Insolvency"),
            ("protracted_default", "Protracted default"),
        ],
        readonly=True,
    )
    date_of_loss = fields.Date(
        readonly=True, help="Insolvency or end of the waiting period: fixes the amount."
    )
    deadline = fields.Date(readonly=True, help="Last day to file the claim.")
    filed_on = fields.Date(readonly=True, copy=False)
    settle_by = fields.Date(
        string="Payment Due", readonly=True, help="The insurer should pay until then."
    )
    reference = fields.Char(string="Insurer's Claim Number", tracking=True)
    line_ids = fields.One2many("arm.insurance.claim.line", "claim_id", readonly=True)
    document_ids = fields.One2many("arm.insurance.claim.document", "claim_id")
    document_pct = fields.Float(
        string="Documents", compute="_compute_document_pct", aggregator=None
    )
    recovery_ids = fields.One2many("arm.insurance.recovery", "claim_id")

    total_debt = fields.Monetary(readonly=True, help="Everything the buyer owes.")
    covered = fields.Monetary(readonly=True)
    salvage = fields.Monetary(help="Received between the date of loss and settlement.")
    guarantee = fields.Monetary(help="Proceeds of securities the limit required.")
    is_void = fields.Boolean(
        string="Cover Lost",
        help="The notice or the claim was too late, and the policy says so.",
    )
    reduction_pct = fields.Float(string="Reduction (%)", digits=(5, 2))
    insured_loss = fields.Monetary(readonly=True)
    pct = fields.Float(string="Insured (%)", digits=(5, 2), readonly=True)
    deductible = fields.Monetary(readonly=True)
    afl_absorbed = fields.Monetary(string="First Loss", readonly=True)
    retention_cut = fields.Monetary(string="Minimum Retention", readonly=True)
    ml_cut = fields.Monetary(string="Above Maximum Liability", readonly=True)
    indemnity = fields.Monetary(
        string="Calculated Indemnity", readonly=True, tracking=True
    )
    own_loss = fields.Monetary(readonly=True)
    accepted_amount = fields.Monetary(
        tracking=True, help="What the insurer says that it pays."
    )
    accepted_on = fields.Date(readonly=True)
    paid_on = fields.Date(readonly=True)
    reject_reason = fields.Text()
    move_id = fields.Many2one(
        "account.move", string="Indemnity Entry", readonly=True, index="btree_not_null"
    )
    recovered = fields.Monetary(compute="_compute_recovered")
    insurer_recovered = fields.Monetary(
        string="Due to the Insurer", compute="_compute_recovered"
    )
    note = fields.Text()

    _open_uniq = models.UniqueIndex(
        "(limit_id) WHERE state IN ('draft', 'submitted', 'waiting', 'under_review', "
        "'accepted', 'partly')",
        "There is an open claim on this buyer already.",
    )

    @api.model
    def _new(self):
        return self.env._("New Claim")

    @api.depends("document_ids.is_there", "document_ids.is_needed")
    def _compute_document_pct(self):
        for claim in self:
            needed = claim.document_ids.filtered("is_needed")
            there = needed.filtered("is_there")
            claim.document_pct = 100 * len(there) / len(needed) if needed else 100

    @api.depends("recovery_ids.net", "recovery_ids.insurer_share")
    def _compute_recovered(self):
        for claim in self:
            claim.recovered = sum(claim.recovery_ids.mapped("net"))
            claim.insurer_recovered = sum(claim.recovery_ids.mapped("insurer_share"))

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Number the claims, and give each its checklist and its lines."""
        # As superuser: whoever prepares a claim takes the next number.
        sequence = self.env["ir.sequence"].sudo()
        for vals in vals_list:
            vals["name"] = sequence.next_by_code("arm.insurance.claim")
        claims = super().create(vals_list)
        for claim in claims:
            claim.document_ids = [
                Command.create({"document": name, "is_needed": needed})
                for name, needed in DOCUMENTS
                if name != "insolvency" or claim.limit_id.insolvency_date
            ]
        claims._update()
        claims._record("claim_prepared", "covered")
        return claims

    @api.ondelete(at_uninstall=False)
    def _unlink_except_filed(self):
        for claim in self:
            if claim.filed_on:
                raise UserError(
                    self.env._(
                        "Claim %(name)s was filed. Withdraw it instead.",
                        name=claim.name,
                    )
                )

    # ---------------------------------------------------------------------- actions

    def action_update(self):
        """Bring lines and amounts up to date."""
        self.check_access("write")
        self._update()
        return True

    def action_submit(self):
        """File the claim: from now on its lines are what the insurer has got."""
        self._check_state("draft")
        for claim in self:
            missing = claim.document_ids.filtered(
                lambda row: row.is_needed and not row.is_there
            )
            if missing:
                raise UserError(
                    self.env._(
                        "Claim %(name)s lacks documents: %(documents)s. Attach them, "
                        "or say that they are not needed.",
                        name=claim.name,
                        documents=", ".join(missing.mapped("display_name")),
                    )
                )
        self._update()
        for claim in self:
            today = claim.company_id._local_today()
            late = claim.deadline and today > claim.deadline
            claim.write({"state": "submitted", "filed_on": today})
            if late:
                claim._note_late()
            claim._go_on(today)
        self._record("claim_filed", "covered")
        told = self.limit_id.notice_ids.filtered(
            lambda notice: notice.state in ("sent", "acknowledged")
        )
        told._end("claim")
        return True

    def action_accept(self):
        """The insurer accepts; without another amount, what was calculated."""
        self._check_state("under_review")
        for claim in self:
            amount = claim.accepted_amount or claim.indemnity
            part = claim.currency_id.compare_amounts(amount, claim.indemnity) < 0
            claim.write(
                {
                    "accepted_amount": amount,
                    "accepted_on": claim.company_id._local_today(),
                    "state": "partly" if part else "accepted",
                }
            )
            claim._book_indemnity()
        self._record("claim_accepted", "accepted_amount")
        self.filtered("move_id")._record(
            "indemnity_booked", "accepted_amount", lambda claim: claim.move_id.name
        )
        return True

    def action_reject(self):
        """The insurer pays nothing."""
        self._check_state("under_review")
        self.write({"state": "rejected"})
        self._record("claim_rejected", "covered", lambda claim: claim.reject_reason)
        self._settle()
        return True

    def action_pay(self):
        """The insurer has paid."""
        self._check_state("accepted", "partly")
        for claim in self:
            claim.write({"state": "paid", "paid_on": claim.company_id._local_today()})
        self._record("claim_paid", "accepted_amount")
        return True

    def action_withdraw(self):
        """Take the claim back, for example because the buyer has paid."""
        self._check_state(*OPEN)
        if self.move_id:
            raise UserError(
                self.env._("The indemnity is booked. Reverse the entry first.")
            )
        self.write({"state": "withdrawn"})
        self._record("claim_withdrawn", "covered")
        self._settle()
        return True

    def action_close(self):
        """Nothing more is to be expected from the buyer."""
        self._check_state("paid", "recovering", "rejected")
        self.write({"state": "closed"})
        self._record("claim_closed", "recovered")
        return True

    def action_view_move(self):
        """Open the entry of the indemnity."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def _check_state(self, *states):
        self.check_access("write")
        wrong = self.filtered(lambda claim: claim.state not in states)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Claim %(name)s is in the state %(state)s: not possible now.",
                    name=wrong[0].name,
                    state=labels[wrong[0].state],
                )
            )

    # --------------------------------------------------------------------- business

    def _note_late(self):
        """What the policy says of a late claim is shown, and left to people."""
        self.ensure_one()
        self._message_log(
            body=self.env._("Filed after the deadline: the insurer may refuse it.")
        )

    def _go_on(self, today):
        """Submitted claims wait for the date of loss; then their amounts are fixed."""
        self.ensure_one()
        if self.state not in ("submitted", "waiting"):
            return
        # A waiting period may begin with the filing.
        self._read_clock(today)
        if self.date_of_loss and self.date_of_loss <= today:
            self._freeze()
        else:
            self.state = "waiting"

    def _freeze(self):
        """The date of loss has come: the amounts of that day count."""
        self.ensure_one()
        self._fill_lines(self.date_of_loss)
        self.state = "under_review"
        self._settle()

    def _update(self):
        """Follow the account while the claim is not submitted yet."""
        for claim in self.filtered(lambda row: row.state == "draft"):
            today = claim.company_id._local_today()
            claim._read_clock(today)
            loss = claim.date_of_loss
            claim._fill_lines(loss if loss and loss < today else today)
        self._settle()

    def _read_clock(self, today):
        """Take deadline, cause and date of loss from the buyer's clocks."""
        self.ensure_one()
        limit = self.limit_id
        found = limit._get_claim_dates(today, self.filed_on or None)
        self.write(
            {
                "deadline": found and found.claim_deadline,
                "cause": found and found.cause,
                "date_of_loss": found and found.date_of_loss,
                "settle_by": found and found.indemnity_due,
                "is_void": self.is_void or self._is_cover_lost(found, today),
                "reduction_pct": self.reduction_pct or self._get_cut(found, today),
            }
        )

    def _is_cover_lost(self, found, today):
        """Late notices cost the cover, where the policy says so."""
        year = self.policy_id._get_year(today)
        return bool(found and found.noa_late and year.noa_consequence == "void")

    def _get_cut(self, found, today):
        """What a late notice costs, in percent, where the policy reduces."""
        year = self.policy_id._get_year(today)
        cut = found and found.noa_late and year.noa_consequence == "reduce"
        return year.noa_reduction_pct if cut else 0

    def _fill_lines(self, day):
        """Write the lines as of a day, from a replay."""
        self.ensure_one()
        # As superuser: the whole account decides, whoever files the claim.
        limit = self.limit_id.sudo()
        done = limit.env["arm.insurance.engine"]._replay(limit.policy_id, limit, day)[
            limit
        ]
        claimed = limit.env["arm.insurance.loss"]._get_lines(limit, done, day)
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "item_id": row.item_id,
                        "risk_date": row.risk_date,
                        "amount_open": row.open,
                        "covered": row.covered,
                        "pct": row.pct,
                        "status": row.status,
                    }
                )
                for row in claimed
            ),
        ]
        self.write(
            {
                "total_debt": sum((row.open for row in claimed), ZERO),
                "covered": sum((row.covered for row in claimed), ZERO),
            }
        )

    def _settle(self):
        """Work out the indemnities of the policy years that these claims touch."""
        self.env["arm.insurance.claim.settlement"]._settle(self)

    def _book_indemnity(self):
        """Book what the insurer owes, where the policy names a journal."""
        self.ensure_one()
        self.move_id = self.env["arm.insurance.booking"]._book_indemnity(self)

    @api.model
    def _prepare_due(self, policies):
        """Prepare a claim for every buyer who is unpaid past the policy's period.

        Drafts whose buyer has paid are withdrawn; those that wait go on.
        """
        limits = self.env["arm.insurance.limit"].search(
            [
                ("policy_id", "in", policies.ids),
                ("is_stopped", "=", True),
                ("covered", ">", 0),
            ]
        )
        known = self.search([("limit_id.policy_id", "in", policies.ids)])
        taken = known.filtered(lambda claim: claim.state in (*OPEN, *SETTLED)).limit_id
        claims = self.create([{"limit_id": limit.id} for limit in limits - taken])
        drafts = known.filtered(lambda claim: claim.state == "draft")
        paid = drafts.filtered(lambda claim: not claim.limit_id.amount_open)
        if paid:
            paid.action_withdraw()
        (drafts - paid)._update()
        for claim in known.filtered(lambda row: row.state in ("submitted", "waiting")):
            claim._go_on(claim.company_id._local_today())
        return claims

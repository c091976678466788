from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools import codes, limits
from ..tools.limits import LimitHistory
from .arm_insurance_limit_decision import LIMIT_TYPES

STATES = [
    ("none", "No Limit"),
    ("requested", "Requested"),
    ("in_force", "In Force"),
    ("partly", "Granted in Part"),
    ("reduced", "Reduced"),
    ("run_off", "Run-off"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("cancelled", "Cancelled by Us"),
    ("expired", "Expired"),
]
# What only the replay writes, whatever the access rights.
FIGURES = (
    "state",
    "amount",
    "limit_type",
    "pct",
    "until",
    "last_covered_day",
    "amount_open",
    "insurable",
    "covered",
    "suspended",
    "uncovered",
    "insured_amount",
    "own_share",
    "room",
    "use_pct",
    "is_stopped",
    "stop_item_id",
    "stop_expiry",
    "amount_to_lift",
    "next_event",
    "replayed_on",
    "error",
    "dcl_evidence_id",
)


class ArmInsuranceLimit(models.Model):
    """A buyer under a policy: the limit, what is covered of the account, and the stop.

    Only decisions move the limit (``decision_ids``); the figures come from the replay
    (``arm.insurance.engine``). There is a row for every buyer who owes something,
    also without a limit, so that nobody uninsured is overlooked.
    """

    _name = "arm.insurance.limit"
    _description = "Insured Buyer"
    _inherit = ["arm.insurance.outgoing", "mail.activity.mixin"]
    _order = "uncovered desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id", "insurer_reference"]

    active = fields.Boolean(default=True)
    policy_id = fields.Many2one(
        "arm.insurance.policy",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("state", "not in", ["closed", "cancelled"])],
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="policy_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Buyer",
        required=True,
        index=True,
        ondelete="restrict",
        help="The legal entity that is invoiced, not a single contact.",
    )
    is_mine = fields.Boolean(compute="_compute_is_mine", search="_search_is_mine")
    insurer_reference = fields.Char(
        string="Insurer's Buyer Number", index="btree_not_null", tracking=True
    )
    next_review = fields.Date(tracking=True)
    decision_ids = fields.One2many("arm.insurance.limit.decision", "limit_id")
    coverage_ids = fields.One2many(
        "arm.insurance.coverage", "limit_id", domain=[("snapshot_date", "=", False)]
    )
    note = fields.Text()

    # The limit today
    state = fields.Selection(STATES, required=True, default="none", readonly=True)
    amount = fields.Monetary(string="Limit", readonly=True)
    limit_type = fields.Selection(LIMIT_TYPES, readonly=True)
    pct = fields.Float(
        string="Insured (%)", digits=(5, 2), readonly=True, aggregator="avg"
    )
    until = fields.Date(string="Valid Until", readonly=True)
    last_covered_day = fields.Date(
        readonly=True, help="Last day on which a delivery can be insured."
    )

    # What ends cover
    insolvency_date = fields.Date(string="Insolvent Since", tracking=True)
    insolvency_known_date = fields.Date(string="Insolvency Known Since", tracking=True)
    hand_over_date = fields.Date(string="Handed Over to Collection", tracking=True)
    adverse_date = fields.Date(string="Adverse Information Since", tracking=True)
    adverse_text = fields.Char(string="Adverse Information")

    # Figures of the replay
    amount_open = fields.Monetary(
        string="Open", readonly=True, help="On the insurer's ledger."
    )
    insurable = fields.Monetary(readonly=True)
    covered = fields.Monetary(readonly=True)
    suspended = fields.Monetary(readonly=True, help="Covered, but disputed.")
    uncovered = fields.Monetary(
        readonly=True, help="Insurable and above the limit, or never insured."
    )
    insured_amount = fields.Monetary(string="Insurer's Share", readonly=True)
    own_share = fields.Monetary(
        string="Own Risk",
        readonly=True,
        help="What is open less what the insurer would pay before deductibles.",
    )
    room = fields.Monetary(readonly=True, help="Limit less what is covered.")
    use_pct = fields.Float(
        string="Use (%)", digits=(9, 2), readonly=True, aggregator="avg"
    )
    is_stopped = fields.Boolean(
        string="Cover Stopped",
        readonly=True,
        help="A delivery made now would not be insured.",
    )
    stop_item_id = fields.Many2one(
        "account.move.line",
        string="Stopped By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    stop_expiry = fields.Date(string="Stopped After", readonly=True)
    stop_days = fields.Integer(string="Days Over", compute="_compute_stop")
    stop_reason = fields.Char(string="Why Stopped", compute="_compute_stop")
    amount_to_lift = fields.Monetary(
        string="Needed to Lift",
        readonly=True,
        help="What must be paid so that cover goes on.",
    )
    next_event = fields.Date(
        readonly=True,
        index=True,
        help="The next day on which cover changes by itself.",
    )
    replayed_on = fields.Datetime(string="Replayed", readonly=True)
    is_stale = fields.Boolean(
        string="To Be Replayed",
        default=True,
        readonly=True,
        help="The ledger or a decision has changed since the last replay.",
    )
    error = fields.Char(string="Cannot Be Replayed", readonly=True)

    _policy_partner_uniq = models.UniqueIndex(
        "(policy_id, partner_id)", "This buyer is under this policy already."
    )
    _stale_idx = models.Index("(id) WHERE is_stale")

    # --------------------------------------------------------- computes and searches

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_mine(self):
        mine = self.filtered_domain([("is_mine", "=", True)])
        for limit in self:
            limit.is_mine = limit in mine

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        accounts = self.env["arm.customer.account"]._search([("is_mine", "=", True)])
        return Domain("partner_id", "in", accounts.subselect("partner_id"))

    @api.depends("is_stopped", "stop_expiry", "insolvency_date", "hand_over_date")
    @api.depends_context("lang")
    def _compute_stop(self):
        for limit in self:
            limit.stop_days = 0
            limit.stop_reason = False
            if limit.is_stopped:
                limit._set_stop()

    def _set_stop(self):
        """The days and the sentence of a stop (credit-insurance.md, section 7)."""
        self.ensure_one()
        item = self.stop_item_id.sudo()  # its number only, for every colleague
        if item:
            today = self.company_id._local_today()
            self.stop_days = (today - self.stop_expiry).days
            self.stop_reason = self.env._(
                "%(item)s is unpaid %(days)s days past its extension period "
                "(%(date)s). A payment of %(amount)s lifts the stop.",
                item=item.move_id.name,
                days=self.stop_days,
                date=format_date(self.env, self.stop_expiry),
                amount=self.currency_id.format(self.amount_to_lift),
            )
        elif self.insolvency_date:
            self.stop_reason = self.env._("The buyer is insolvent.")
        else:
            self.stop_reason = self.env._("The buyer is handed over to collection.")

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """The buyer always is the commercial entity."""
        partners = self.env["res.partner"]
        for vals in vals_list:
            buyer = partners.browse(vals.get("partner_id"))
            vals["partner_id"] = buyer.commercial_partner_id.id
        records = super().create(vals_list)
        records._refresh()
        return records

    def write(self, vals):
        """Figures come from the replay; what ends cover has it done again."""
        if not self.env.su and set(FIGURES) & vals.keys():
            raise UserError(
                self.env._(
                    "The figures of a limit come from decisions and the ledger. Enter "
                    "a decision instead."
                )
            )
        moved = {"policy_id", "partner_id"} & vals.keys()
        if moved and not self.env.su and self.decision_ids:
            raise UserError(
                self.env._(
                    "The decisions belong to this buyer and policy. Add the other "
                    "buyer as a row of its own."
                )
            )
        res = super().write(vals)
        if {"insolvency_date", "hand_over_date", "active"} & vals.keys():
            self._refresh()
        return res

    # ---------------------------------------------------------------------- actions

    def action_refresh(self):
        """Replay these buyers now."""
        self.check_access("read")
        self._refresh()
        return True

    def action_decide(self):
        """Enter a decision of the insurer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Limit Decision"),
            "res_model": "arm.insurance.limit.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_limit_id": self.id},
        }

    def action_simulate(self):
        """Show what the insurer would pay if the buyer failed today."""
        self.ensure_one()
        self.check_access("read")
        return self.env["arm.insurance.simulator"]._open(self)

    def action_view_coverage(self):
        """Open the cover of the buyer's items."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_coverage_action"
        )
        action["domain"] = [("limit_id", "=", self.id)]
        action["context"] = {"search_default_current": 1}
        return action

    def action_view_account(self):
        """Open the customer account."""
        self.ensure_one()
        accounts = self.env["arm.customer.account"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "in", self.policy_id._get_companies().ids),
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        action["domain"] = [("id", "in", accounts.ids)]
        return action

    # -------------------------------------------------------------------- decisions

    def _get_history(self):
        """The decisions that count, for the arithmetic."""
        self.ensure_one()
        return [row._get_decision() for row in self.decision_ids._in_force()]

    def _get_row(self, day, terms):
        """The decision that a delivery of a day falls under, or None."""
        self.ensure_one()
        history = self._get_history()
        return LimitHistory(history, terms.runoff_days, terms.retro_days).admit(day).row

    def _get_rows_between(self, first, last, runoff_days):
        """The decisions in force on some days of a period: its first and each change.

        :param runoff_days: run-off of the policy year
        :return: list of tools.limits.Decision or None
        """
        self.ensure_one()
        history = LimitHistory(self._get_history(), runoff_days)
        days = [first, *(day for day in history.change_days if first < day <= last)]
        return [history.on(day).row for day in days]

    def _get_facts(self):
        """The facts that choose the country rule: those of the last decision.

        Without any decision nothing is insured, and the buyer's own facts do.

        :return: dict of limit id to dict (see ``_read_facts``)
        """
        last = {limit: limit.decision_ids._in_force()[-1:] for limit in self}
        unknown = self.filtered(lambda limit: not last[limit])
        facts = unknown._read_facts() if unknown else {}
        for limit in self - unknown:
            facts[limit.id] = {
                "country": last[limit].country_id,
                "industry": last[limit].industry_id,
                "turnover": last[limit].sales,
                "status": last[limit].reliability_status,
            }
        return facts

    def _read_facts(self):
        """What is known of each buyer today: country, sector, yearly sales, status.

        :return: dict of limit id to dict; sales in the policy's currency
        """
        # As superuser: the facts choose the country rule, whoever's customer it is.
        accounts = self.env["arm.customer.account"].sudo()
        found = accounts.search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.policy_id._get_companies().ids),
            ]
        ).grouped("partner_id")
        return {
            limit.id: limit._sum_facts(found.get(limit.partner_id, accounts))
            for limit in self
        }

    def _sum_facts(self, accounts):
        self.ensure_one()
        policy = self.policy_id
        mine = accounts.filtered(lambda row: row.company_id in policy._get_companies())
        own = mine.filtered(lambda row: row.company_id == policy.company_id)
        today = policy.company_id._local_today()
        return {
            "country": self.partner_id.country_id,
            "industry": self.partner_id.industry_id,
            "turnover": sum(
                row.currency_id._convert(
                    row.amount_sales, policy.currency_id, policy.company_id, today
                )
                for row in mine
            ),
            "status": (own or mine)[:1].reliability_status or False,
        }

    def _get_state(self, history, today):
        """The state of section 2.3 that follows from the decisions.

        :param history: tools.limits.LimitHistory
        :param today: date
        """
        self.ensure_one()
        rows = self.decision_ids._in_force()
        if not rows:
            return "none"
        now = history.on(today)
        if now.row is None:
            return self._get_ended_state(rows, now)
        if any(
            row.kind in limits.ENDING
            and row._get_decision().first_day(history.runoff_days) > today
            for row in rows
        ):
            return "run_off"
        decision = rows.browse(int(now.row.reference))
        if decision.kind == limits.REDUCE:
            return "reduced"
        return "partly" if decision.requested_amount > decision.amount else "in_force"

    def _get_ended_state(self, rows, now):
        """The state of a buyer without a limit today."""
        last = rows[-1]
        if last.kind == limits.REQUEST:
            return "requested"
        if now.status == codes.LIMIT_WITHDRAWN:
            ended = rows.filtered(lambda row: row.kind == limits.WITHDRAW)[-1:]
            return "cancelled" if ended.by_us else "withdrawn"
        if last.kind == limits.REFUSE:
            return "refused"
        granted = rows.filtered(lambda row: row.kind not in limits.SILENT)
        return "expired" if granted else "none"

    @api.model
    def _merge_buyers(self, wizard, sources, buyer):
        """Make one row of the rows of partners that are merged.

        :param wizard: core's merge wizard, for its generic methods
        :param sources: the partners that will be deleted
        :param buyer: the commercial partner that remains
        """
        found = self.with_context(active_test=False).search(
            [("partner_id", "in", (sources | buyer).ids)]
        )
        for rows in found.grouped("policy_id").values():
            kept = rows.filtered(lambda row: row.partner_id == buyer) or rows[0]
            others = rows - kept
            if others:
                others.claim_ids.filtered(
                    lambda claim: claim.state == "draft"
                ).action_withdraw()
                self.env.flush_all()
                wizard._update_foreign_keys_generic(self._name, others, kept)
                wizard._update_reference_fields_generic(self._name, others, kept)
                self.env.invalidate_all()
                others.unlink()
            kept.write({"partner_id": buyer.id, "is_stale": True})
        if found:
            self._wake()

    # ----------------------------------------------------------------------- replay

    def _refresh(self):
        """Replay these buyers and store what follows."""
        self.env["arm.insurance.engine"]._refresh(self)

    def _mark_stale(self):
        """Have these buyers replayed soon, by the scheduled action."""
        if self:
            # As superuser: cover follows the ledger, whoever changes it.
            self.sudo().write({"is_stale": True})
            self._wake()

    @api.model
    def _mark_partners_stale(self, companies, partners):
        """Have buyers replayed soon whose ledger has changed in some companies.

        One statement, because it runs with every posted invoice and payment.

        :param companies: whose ledgers have changed
        :param partners: commercial partners
        """
        if not companies or not partners:
            return
        self.flush_model(["partner_id", "policy_id", "is_stale"])
        marked = self.env.execute_query(
            SQL(
                """
                UPDATE arm_insurance_limit buyer
                   SET is_stale = TRUE
                  FROM arm_insurance_policy policy
                 WHERE policy.id = buyer.policy_id
                   AND policy.state IN ('active', 'run_off')
                   AND buyer.partner_id IN %(partners)s
                   AND buyer.is_stale IS NOT TRUE
                   AND (policy.company_id IN %(companies)s OR EXISTS (
                        SELECT FROM arm_insurance_policy_res_company_rel joint
                         WHERE joint.arm_insurance_policy_id = policy.id
                           AND joint.res_company_id IN %(companies)s))
             RETURNING buyer.id
                """,
                companies=tuple(companies.ids),
                partners=tuple(partners.ids),
            )
        )
        if marked:
            self.invalidate_model(["is_stale"], flush=False)
            self._wake()

    @api.model
    def _wake(self):
        """Let the scheduled action begin when this transaction is done."""
        cron = self.env.ref("arm_insurance.ir_cron_refresh", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()  # whoever changes the ledger wakes it up

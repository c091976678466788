from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

GATES = [("off", "Off"), ("warn", "Warn"), ("block", "Block")]


class ArmInsurancePolicy(models.Model):
    """A contract with a credit insurer, for a company and its joint insured.

    What holds when is in its years. States: draft, active, run-off (the last year is
    over, deliveries still are open), closed; cancelled.
    """

    _name = "arm.insurance.policy"
    _description = "Credit Insurance Policy"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, name"

    name = fields.Char(string="Policy Number", required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("run_off", "Run-off"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    type = fields.Selection(
        [
            ("whole_turnover", "Whole turnover"),
            ("key_account", "Named buyers"),
            ("single_buyer", "Single buyer"),
            ("xol", "Excess of loss"),
            ("top_up", "Top-up"),
        ],
        required=True,
        default="whole_turnover",
        tracking=True,
    )
    insurer_id = fields.Many2one("res.partner", required=True, tracking=True)
    broker_id = fields.Many2one("res.partner", index="btree_not_null")
    loss_payee_id = fields.Many2one(
        "res.partner", help="Bank or other assignee that receives claim money."
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="The insured company, policyholder.",
    )
    joint_company_ids = fields.Many2many(
        "res.company",
        string="Joint Insured",
        help="Their receivables are insured as well, under the same limits.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    primary_id = fields.Many2one(
        "arm.insurance.policy",
        string="Follows Policy",
        index="btree_not_null",
        help="A top-up covers what this policy leaves uncovered.",
    )
    preset_id = fields.Many2one(
        "arm.insurance.preset",
        help="New years begin with its clauses; correct them by the contract.",
    )
    year_ids = fields.One2many("arm.insurance.year", "policy_id", copy=True)
    year_id = fields.Many2one(
        "arm.insurance.year",
        string="Current Year",
        compute="_compute_year_id",
    )
    date_end = fields.Date(string="Ends On", compute="_compute_date_end")
    limit_ids = fields.One2many("arm.insurance.limit", "policy_id")
    claim_ids = fields.One2many("arm.insurance.claim", "policy_id")
    limit_count = fields.Integer(string="Buyers", compute="_compute_figures")
    covered = fields.Monetary(compute="_compute_figures")
    suspended = fields.Monetary(compute="_compute_figures")
    uncovered = fields.Monetary(compute="_compute_figures")
    insured_amount = fields.Monetary(
        string="Insurer's Share", compute="_compute_figures"
    )
    stopped_count = fields.Integer(string="Stopped Buyers", compute="_compute_figures")
    excluded_category_ids = fields.Many2many(
        "res.partner.category",
        string="Excluded Contact Tags",
        help="Buyers with one of these tags are not insured (public buyers, related "
        "parties ...).",
    )
    include_individuals = fields.Boolean(
        help="Natural persons are excluded unless the contract insures them."
    )
    gate_stop = fields.Selection(
        GATES,
        string="Orders During a Stop",
        required=True,
        default="block",
        help="Block: orders of the buyer are held until the stop ends or a release is "
        "granted; who grants it and why is kept.",
    )
    gate_no_limit = fields.Selection(
        GATES, string="Orders Without a Limit", required=True, default="warn"
    )
    gate_terms = fields.Selection(
        GATES, string="Orders on Too Long Terms", required=True, default="warn"
    )
    gate_post = fields.Selection(
        GATES,
        string="Invoices on Too Long Terms",
        required=True,
        default="warn",
        help="Invoices for goods that are gone already are never blocked.",
    )
    responsible_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, tracking=True
    )
    manager_id = fields.Many2one(
        "res.users",
        string="Escalate To",
        help="Gets what is late or endangers the whole policy; empty: the responsible.",
    )
    declare_from = fields.Date(
        string="Declared Here From",
        default=lambda self: self.env.company._local_today(),
        help="Periods that ended before it are not asked for.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Indemnity Journal",
        domain=[("type", "=", "general")],
        help="Empty: indemnities and recoveries are not booked.",
    )
    insurer_account_id = fields.Many2one(
        "account.account",
        string="Receivable from the Insurer",
        help="What the insurer owes for claims, less its share of recoveries.",
    )
    indemnity_account_id = fields.Many2one(
        "account.account", string="Indemnity Income", help="Or bad debt expense."
    )
    note = fields.Html()
    watched_on = fields.Date(
        readonly=True, copy=False, help="The last day whose alerts are up to date."
    )
    proved_on = fields.Date(
        readonly=True, copy=False, help="The last day whose own limits are worked out."
    )
    snapshot_on = fields.Date(
        string="Last Snapshot",
        readonly=True,
        copy=False,
        help="The last month end whose cover is kept.",
    )
    snapshot_from = fields.Date(
        string="First Snapshot",
        readonly=True,
        copy=False,
        help="The first month end whose cover is kept.",
    )

    _company_name_uniq = models.UniqueIndex(
        "(company_id, name)", "A company has one policy with this number only."
    )

    @api.depends("year_ids.date_from", "year_ids.date_to")
    def _compute_year_id(self):
        for policy in self:
            today = policy.company_id._local_today()
            policy.year_id = policy._get_year(today)

    @api.depends("year_ids.date_to")
    def _compute_date_end(self):
        for policy in self:
            policy.date_end = max(policy.year_ids.mapped("date_to"), default=False)

    def _compute_figures(self):
        groups = self.env["arm.insurance.limit"]._read_group(
            [("policy_id", "in", self.ids)],
            ["policy_id"],
            ["__count", "covered:sum", "suspended:sum", "uncovered:sum",
             "insured_amount:sum"],
        )  # fmt: skip
        found = {policy: figures for policy, *figures in groups}
        stopped = dict(
            self.env["arm.insurance.limit"]._read_group(
                [("policy_id", "in", self.ids), ("is_stopped", "=", True)],
                ["policy_id"],
                ["__count"],
            )
        )
        for policy in self:
            (
                policy.limit_count,
                policy.covered,
                policy.suspended,
                policy.uncovered,
                policy.insured_amount,
            ) = found.get(policy, (0, 0, 0, 0, 0))
            policy.stopped_count = stopped.get(policy, 0)

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """A policy from a preset begins with a year of its clauses."""
        policies = super().create(vals_list)
        for policy in policies:
            if policy.preset_id and not policy.year_ids:
                start = policy.company_id._local_today().replace(month=1, day=1)
                policy._add_year(start)
        return policies

    def write(self, vals):
        res = super().write(vals)
        if {"state", "currency_id", "joint_company_ids", "primary_id"} & vals.keys():
            self.limit_ids._mark_stale()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for policy in self:
            if policy.state != "draft" or policy.limit_ids.decision_ids:
                raise UserError(
                    self.env._(
                        "Policy %(name)s has a history. Cancel or archive it instead.",
                        name=policy.name,
                    )
                )

    # ---------------------------------------------------------------------- actions

    def action_activate(self):
        """Close the clauses and let the policy insure."""
        for policy in self:
            if not policy.year_ids:
                raise UserError(
                    self.env._(
                        "Policy %(name)s has no year yet. Add one with the clauses of "
                        "the contract first.",
                        name=policy.name,
                    )
                )
        return self._set_state("active", ("draft", "run_off"))

    def action_draft(self):
        """Open the clauses again to correct them; the chatter keeps who did it."""
        return self._set_state("draft", ("active", "run_off", "cancelled"))

    def action_cancel(self):
        """End the policy before its time."""
        return self._set_state("cancelled", ("draft", "active", "run_off"))

    def action_close(self):
        """Close a policy whose last delivery is settled."""
        return self._set_state("closed", ("active", "run_off"))

    def action_renew(self):
        """Add a year with the clauses of the last one, or of the preset."""
        for policy in self:
            if policy.date_end:
                policy._add_year(policy.date_end + relativedelta(days=1))
            else:
                today = policy.company_id._local_today()
                policy._add_year(today.replace(month=1, day=1))
        return True

    def action_view_limits(self):
        """Open the buyers of the policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_insurance.arm_insurance_limit_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        action["context"] = {"default_policy_id": self.id}
        return action

    def action_import(self):
        """Read decisions of the insurer from a file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Limit Decisions"),
            "res_model": "arm.insurance.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_policy_id": self.id},
        }

    # --------------------------------------------------------------------- business

    def _set_state(self, state, before):
        """Move to a state, from some states only."""
        self.check_access("write")
        labels = dict(self._fields["state"]._description_selection(self.env))
        for policy in self:
            if policy.state not in before:
                raise UserError(
                    self.env._(
                        "Policy %(name)s is %(state)s and cannot become %(new)s.",
                        name=policy.name,
                        state=labels[policy.state],
                        new=labels[state],
                    )
                )
        self.write({"state": state})
        return True

    def _add_year(self, start):
        """Add the year that begins with a date, like the latest one."""
        self.ensure_one()
        end = start + relativedelta(years=1, days=-1)
        last = self.year_ids.sorted("date_from")[-1:]
        if last:
            period = {"date_from": start, "date_to": end}
            return last.copy({**period, "afl_opening": 0, "liability_opening": 0})
        values = {"policy_id": self.id, "date_from": start, "date_to": end}
        return self.env["arm.insurance.year"].create(values)

    def _get_companies(self):
        """The insured companies."""
        return self.company_id | self.joint_company_ids

    def _get_year(self, day):
        """The year of a day: the one it lies in, else the last before, else the first.

        Clocks and procedures of an old delivery need clauses after the end as well.
        """
        self.ensure_one()
        years = self.year_ids.sorted("date_from")
        return years.filtered(lambda year: year.date_from <= day)[-1:] or years[:1]

    @api.model
    def _update_states(self):
        """Active policies whose last year is over go into run-off."""
        for policy in self.search([("state", "=", "active")]):
            if policy.date_end and policy.date_end < policy.company_id._local_today():
                policy.state = "run_off"

    def _ensure_limits(self):
        """Give every buyer with an open balance a row, also without any decision.

        Where the whole turnover is insured, a buyer without a limit must be seen. One
        statement for all buyers; as superuser, because the rows follow the ledger.
        """
        for policy in self:
            if policy.type in ("whole_turnover", "xol"):
                self.env.cr.execute(policy._missing_limits_statement())
        self.env["arm.insurance.limit"].invalidate_model()

    def _missing_limits_statement(self):
        """Insert a limit for each buyer of the insured companies that has none."""
        self.ensure_one()
        return SQL(
            """
            INSERT INTO arm_insurance_limit (
                policy_id, company_id, partner_id, currency_id, state, is_stale, active,
                create_uid, create_date, write_uid, write_date
            )
            SELECT DISTINCT %(policy)s, %(company)s, account.partner_id, %(currency)s,
                   'none', TRUE, TRUE, %(user)s, %(now)s, %(user)s, %(now)s
              FROM arm_customer_account account
             WHERE account.company_id IN %(companies)s AND account.item_count > 0
                ON CONFLICT (policy_id, partner_id) DO NOTHING
            """,
            policy=self.id,
            company=self.company_id.id,
            currency=self.currency_id.id,
            companies=tuple(self._get_companies().ids),
            user=self.env.uid,
            now=fields.Datetime.now(),
        )

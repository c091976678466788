from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class ArmReliabilityTry(models.TransientModel):
    """What if: try the numbers of a policy on the present customers.

    Nothing is changed. The same statement decides that decides at night; what it says
    is put into lines of this wizard instead of the accounts.
    """

    _name = "arm.reliability.try"
    _description = "Try a Reliability Policy"
    _inherit = ["arm.reliability.thresholds"]

    company_id = fields.Many2one(default=lambda self: self.env.company, readonly=True)
    policy_id = fields.Many2one(
        "arm.reliability.policy",
        readonly=True,
        help="The policy whose numbers are tried; empty for a new one.",
    )
    is_tried = fields.Boolean(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    line_ids = fields.One2many("arm.reliability.try.line", "try_id", readonly=True)
    worse_count = fields.Integer(string="Worse", compute="_compute_counts")
    better_count = fields.Integer(string="Better", compute="_compute_counts")
    moves = fields.Char(
        compute="_compute_counts",
        help="How many customers would move, from which status to which.",
    )

    @api.depends("line_ids")
    @api.depends_context("lang")
    def _compute_counts(self):
        for wizard in self:
            groups = self.env["arm.reliability.try.line"]._read_group(
                [("try_id", "=", wizard._origin.id)],
                ["from_status", "to_status", "is_worse"],
                ["__count"],
            )
            label = self.env["arm.reliability.explainer"]._get_status_label
            wizard.worse_count = sum(n for _f, _t, worse, n in groups if worse)
            wizard.better_count = sum(n for _f, _t, worse, n in groups if not worse)
            wizard.moves = ", ".join(
                f"{label(old)} → {label(new)}: {count}"
                for old, new, _worse, count in groups
            )

    # ---------------------------------------------------------------------- actions

    def action_preset_soft(self):
        """Fill in the numbers of the ready-made soft policy."""
        return self._fill_preset("soft")

    def action_preset_standard(self):
        """Fill in the numbers of the ready-made standard policy."""
        return self._fill_preset("standard")

    def action_preset_strict(self):
        """Fill in the numbers of the ready-made strict policy."""
        return self._fill_preset("strict")

    def _fill_preset(self, name):
        self.ensure_one()
        self._apply_preset(name)
        return self.action_try()

    def action_try(self):
        """Show who would move to which status, and why."""
        self.ensure_one()
        self._check_company_access()
        self.line_ids.unlink()
        self.env["arm.customer.account"]._flush_ledger()
        self.flush_recordset()
        self.env.cr.execute(self._try_statement())
        self.invalidate_recordset()
        self.write({"is_tried": True, "customer_count": self._count_customers()})
        return self._get_action()

    def action_save(self):
        """Take the numbers over into the company's policy."""
        self.ensure_one()
        self._check_company_access()
        values = {name: self[name] for name in self._get_threshold_fields()}
        policy = self.policy_id or self.env["arm.reliability.policy"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
        if policy:
            policy.write(values)
        else:
            values["company_id"] = self.company_id.id
            policy = self.env["arm.reliability.policy"].create(values)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_reliability_policy_action"
        )
        action.update(res_id=policy.id, views=[(False, "form")], view_mode="form")
        return action

    def _get_action(self):
        """This wizard again, with its lines."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_reliability_try_action"
        )
        action["res_id"] = self.id
        return action

    # --------------------------------------------------------------------- business

    def _check_company_access(self):
        """The lines show every customer of the company, so its people only."""
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._(
                    "Choose the company %(name)s first.", name=self.company_id.name
                )
            )

    def _count_customers(self):
        return self.env["arm.customer.account"].search_count(
            [("company_id", "=", self.company_id.id)]
        )

    def _try_statement(self):
        """Enter everybody who would move; items in terms by the days of grace tried."""
        behaviour = self.env["arm.customer.behaviour"]
        evaluator = self.env["arm.reliability.evaluator"]
        # As superuser: the company's settings, which a manager need not administrate.
        company = self.company_id.sudo()
        terms = SQL(
            "WITH settlement AS (%s) %s",
            behaviour._settlements_query(company),
            SQL(
                "SELECT * FROM (%s) t", behaviour._terms_query(company, self.grace_days)
            ),
        )
        return SQL(
            """
            INSERT INTO arm_reliability_try_line (
                try_id, account_id, from_status, to_status, is_worse, rule, figures,
                create_uid, create_date, write_uid, write_date
            )
            SELECT %(wizard)s, account_id, shown, status, level > shown_level,
                   rule, %(figures)s, %(user)s, %(now)s, %(user)s, %(now)s
              FROM (%(verdicts)s) verdict
             WHERE status != shown
            """,
            wizard=self.id,
            figures=evaluator._figures_sql(),
            user=self.env.uid,
            now=fields.Datetime.now(),
            verdicts=evaluator._verdicts_query(
                company, self._get_policy(), terms=terms
            ),
        )

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from ..tools import limits
from ..tools.dates import Span
from .arm_insurance_terms import UNITS, decimal

KINDS = [
    (limits.REQUEST, "Request"),
    (limits.GRANT, "Grant"),
    (limits.INCREASE, "Increase"),
    (limits.REDUCE, "Reduction"),
    (limits.WITHDRAW, "Withdrawal"),
    (limits.REFUSE, "Refusal"),
    (limits.EXPIRE, "Expiry"),
    ("reversal", "Reversal of an Entry"),
]
LIMIT_TYPES = [
    (limits.NAMED, "Named"),
    ("discretionary", "Discretionary"),
    ("blind", "Blind"),
    (limits.TEMPORARY, "Temporary"),
    ("top_up", "Top-up"),
]
# UN/EDIFACT 4507 and 4509, the vocabulary of credit limit messages (section 1).
DECISION_CODES = [
    ("1", "1 Preliminary"),
    ("2", "2 Approved"),
    ("3", "3 Refused"),
    ("4", "4 Approved with conditions"),
    ("5", "5 Approved in part"),
    ("6", "6 Under investigation"),
    ("8", "8 Cancelled"),
    ("9", "9 Reduced"),
    ("10", "10 Name changed"),
    ("11", "11 Close account"),
]
REASON_CODES = [
    ("1", "1 No figures available"),
    ("2", "2 No recent figures"),
    ("3", "3 Out of business"),
    ("4", "4 New company"),
    ("8", "8 Insolvency risk only"),
    ("10", "10 Documents against acceptance"),
    ("11", "11 Documents against payment"),
    ("12", "12 Adverse information"),
    ("13", "13 Limit full"),
    ("14", "14 Lack of turnover"),
]


class ArmInsuranceLimitDecision(models.Model):
    """One decision on a buyer's limit, for ever: entered once, never changed.

    A wrong entry is reversed by another one, and then counts as if it had not been
    made. Each row keeps the facts of the buyer of that day (country, sector, sales,
    status): they choose the country rule, so that later figures do not change what
    was covered. Amounts are in the policy's currency; the amount is the whole limit
    after the decision (of a temporary limit: what it adds).
    """

    _name = "arm.insurance.limit.decision"
    _description = "Limit Decision"
    _inherit = ["arm.insurance.recorded"]
    _order = "decided_on desc, id desc"
    _rec_name = "kind"

    limit_id = fields.Many2one(
        "arm.insurance.limit", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="limit_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="limit_id.partner_id", store=True, index=True, string="Buyer"
    )
    currency_id = fields.Many2one(related="limit_id.currency_id")
    kind = fields.Selection(KINDS, required=True)
    limit_type = fields.Selection(LIMIT_TYPES, required=True, default=limits.NAMED)
    requested_amount = fields.Monetary()
    amount = fields.Monetary(
        help="The whole limit after the decision; of a temporary limit what it adds."
    )
    decided_on = fields.Date(
        required=True, default=lambda self: self._default_decided_on()
    )
    effective_on = fields.Date(
        help="First day on which it holds. Empty: a grant or increase at once, a "
        "reduction or withdrawal after the run-off."
    )
    until = fields.Date(help="Last day on which the limit is valid.")
    runoff_days = fields.Integer(
        string="Run-off", default=-1, help="Days; -1: as the policy."
    )
    retro_days = fields.Integer(
        string="Retroactive Cover", default=-1, help="Days; -1: as the policy."
    )
    pct = fields.Float(
        string="Own Percentage (%)", digits=(5, 2), help="Zero: as the policy."
    )
    max_terms_days = fields.Integer(
        string="Own Maximum Terms", help="Days; zero: as the policy."
    )
    mep_number = fields.Integer(
        string="Own Extension Period", help="Zero: as the policy."
    )
    mep_unit = fields.Selection(UNITS, required=True, default="days")
    conditions = fields.Text()
    is_insolvency_only = fields.Boolean(string="Insolvency Only")
    needs_retention_of_title = fields.Boolean(string="Retention of Title Required")
    needs_guarantee = fields.Boolean(string="Guarantee Required")
    needs_documents = fields.Boolean(string="Documents Required")
    decision_code = fields.Selection(DECISION_CODES)
    reason_code = fields.Selection(REASON_CODES)
    reference = fields.Char(help="The insurer's reference of this decision.")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Files", groups="arm_insurance.group_insurance_user"
    )
    by_us = fields.Boolean(help="A withdrawal or reduction that we asked for.")
    reverses_id = fields.Many2one(
        "arm.insurance.limit.decision", index="btree_not_null"
    )
    reversal_ids = fields.One2many("arm.insurance.limit.decision", "reverses_id")
    is_reversed = fields.Boolean(compute="_compute_is_reversed")
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one(
        "res.partner.industry", string="Sector", readonly=True
    )
    sales = fields.Monetary(string="Yearly Sales", readonly=True)
    reliability_status = fields.Selection(RELIABILITY_STATUSES, readonly=True)

    known_industry_id = fields.Many2one(
        related="limit_id.industry_id", string="Sector Today"
    )
    known_sales = fields.Monetary(
        related="limit_id.yearly_sales", string="Sales of Twelve Months"
    )
    known_status = fields.Selection(
        related="limit_id.reliability_status", string="Payment Behaviour"
    )
    known_need = fields.Monetary(related="limit_id.need", string="Open and Ordered")

    # What one insurer's message says is entered once, however often it is imported.
    _reference_uniq = models.UniqueIndex(
        "(limit_id, reference, kind, limit_type, decided_on) "
        "WHERE reference IS NOT NULL",
        "This decision of the insurer is entered already.",
    )
    _reverses_uniq = models.UniqueIndex(
        "(reverses_id) WHERE reverses_id IS NOT NULL",
        "This decision is reversed already.",
    )

    @api.model
    def _default_decided_on(self):
        return self.env.company._local_today()

    @api.depends("reversal_ids")
    def _compute_is_reversed(self):
        for decision in self:
            decision.is_reversed = bool(decision.reversal_ids)

    @api.depends("kind", "amount", "decided_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for decision in self:
            decision.display_name = self.env._(
                "%(kind)s of %(date)s",
                kind=labels.get(decision.kind, ""),
                date=fields.Date.to_string(decision.decided_on) or "",
            )

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        """Keep the buyer's facts of the day, and have the account replayed."""
        limit_ids = [vals["limit_id"] for vals in vals_list if vals.get("limit_id")]
        facts = self.env["arm.insurance.limit"].browse(limit_ids)._read_facts()
        decisions = super().create(
            [
                {
                    **self._facts_to_values(facts.get(vals.get("limit_id"))),
                    **vals,
                }
                for vals in vals_list
            ]
        )
        decisions._check_decision()
        decisions._record_entries()
        decisions.limit_id._refresh()
        return decisions

    def write(self, vals):
        """Nothing of a decision is ever changed, whoever calls it."""
        if vals:
            raise UserError(
                self.env._(
                    "A decision stays as it was entered. Reverse it and enter the "
                    "right one."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decision(self):
        raise UserError(
            self.env._("Decisions are never deleted. Reverse a wrong one instead.")
        )

    @api.model
    def _facts_to_values(self, facts):
        if not facts:
            return {}
        return {
            "country_id": facts["country"].id,
            "industry_id": facts["industry"].id,
            "sales": facts["turnover"],
            "reliability_status": facts["status"],
        }

    def _check_decision(self):
        """Refuse what no limit can be made of, in the words of the arithmetic.

        :raise ValidationError: with the buyer and what to do
        """
        for decision in self:
            try:
                decision._check_reversal()
                if decision.kind != "reversal":
                    decision._get_decision()
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "The decision on %(buyer)s cannot be entered: %(error)s",
                        buyer=decision.limit_id.partner_id.display_name,
                        error=str(error),
                    )
                ) from None

    def _check_reversal(self):
        """A reversal names another decision of the same limit, nothing else does."""
        self.ensure_one()
        other = self.reverses_id
        if (self.kind == "reversal") != bool(other) or (
            other and (other.limit_id != self.limit_id or other.kind == "reversal")
        ):
            raise ValidationError(
                self.env._(
                    "A reversal must name one decision of the same limit, and only a "
                    "reversal may. Use the button on the decision."
                )
            )

    # ---------------------------------------------------------------------- actions

    def action_reverse(self):
        """Let these decisions count as if they had not been entered."""
        self.env["arm.insurance.limit"].check_access("write")
        self.create(
            [
                {
                    "limit_id": decision.limit_id.id,
                    "kind": "reversal",
                    "reverses_id": decision.id,
                    "limit_type": decision.limit_type,
                }
                for decision in self
                if decision.kind != "reversal" and not decision.is_reversed
            ]
        )
        return True

    # --------------------------------------------------------------------- business

    def _record_entries(self):
        """Requests and decisions are in the register, own limits as well."""
        asked = self.filtered(lambda row: row.kind == limits.REQUEST)
        asked._record("limit_request", "requested_amount")
        own = self.filtered(lambda row: row.limit_type == "discretionary")
        for rows, by_system in ((own - asked, True), (self - asked - own, False)):
            rows._record(
                "limit_decision",
                "amount",
                lambda row: f"{row.display_name}.",
                system=by_system,
            )

    def _get_register_number(self):
        return self.limit_id.policy_id.name

    def _in_force(self):
        """The decisions that count, in the order in which they were entered."""
        return self.filtered_domain(
            Domain("kind", "!=", "reversal") & Domain("reversal_ids", "=", False)
        ).sorted("id")

    def _get_decision(self):
        """This row for the arithmetic.

        :return: tools.limits.Decision
        :raise ValueError: figures that do not fit
        """
        self.ensure_one()
        span = Span(**{self.mep_unit: self.mep_number}) if self.mep_number else None
        return limits.Decision(
            kind=self.kind,
            decided=self.decided_on,
            amount=decimal(self.amount),
            effective=self.effective_on or None,
            until=self.until or None,
            runoff_days=self.runoff_days if self.runoff_days >= 0 else None,
            retro_days=self.retro_days if self.retro_days >= 0 else None,
            limit_type=self.limit_type,
            pct=decimal(self.pct) if self.pct else None,
            max_terms_days=self.max_terms_days or None,
            mep=span,
            reference=str(self.id),
        )

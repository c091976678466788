from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import premium
from ..tools.alerts import ended_periods
from ..tools.turnover import insurable_turnover
from .arm_insurance_terms import decimal

# Drafts with more invoices are filled by a click, and not while alerts are looked for.
PREFILLED = 2000


class ArmInsuranceDeclaration(models.Model):
    """What is declared to the insurer for a period, and the premium on it.

    Every invoice of the period is a line that says what it adds and, where it leaves
    the declaration, why (credit-insurance.md, section 4.9). What exceeds a limit
    stays in; what has no limit leaves. The minimum premium and the deposits count
    when the whole policy year is declared. Amounts are in the policy's currency.
    """

    _name = "arm.insurance.declaration"
    _description = "Turnover Declaration"
    _inherit = ["arm.insurance.outgoing", "mail.activity.mixin"]
    _order = "date_to desc, id desc"

    policy_id = fields.Many2one(
        "arm.insurance.policy", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id", store=True)
    year_id = fields.Many2one("arm.insurance.year", compute="_compute_year_id")
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    deadline = fields.Date(compute="_compute_year_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("checked", "Checked"),
            ("sent", "Sent"),
            ("invoiced", "Invoiced"),
            ("adjusted", "Adjusted"),
        ],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
        copy=False,
    )
    line_ids = fields.One2many(
        "arm.insurance.declaration.line", "declaration_id", readonly=True
    )
    turnover = fields.Monetary(
        string="Whole Turnover", readonly=True, help="Without taxes, less credit notes."
    )
    declared = fields.Monetary(string="Insurable Turnover", readonly=True)
    premium = fields.Monetary(string="Calculated Premium", readonly=True)
    earned = fields.Monetary(
        string="Premium", readonly=True, help="At least the minimum premium of a year."
    )
    premium_tax = fields.Monetary(readonly=True)
    adjustment = fields.Monetary(
        readonly=True, help="Premium that the deposits have not paid."
    )
    sent_on = fields.Date(readonly=True, copy=False)
    note = fields.Text()

    _period_check = models.Constraint(
        "CHECK(date_from <= date_to)", "A declaration must not end before it begins."
    )
    _period_uniq = models.UniqueIndex(
        "(policy_id, date_from, date_to)", "This period is declared already."
    )

    @api.depends("policy_id", "date_to")
    def _compute_year_id(self):
        for row in self:
            year = row.policy_id._get_year(row.date_to) if row.date_to else False
            row.year_id = year
            days = year.declaration_days if year else 0
            row.deadline = row.date_to and fields.Date.add(row.date_to, days=days)

    @api.depends("policy_id.name", "date_from", "date_to")
    def _compute_display_name(self):
        for row in self:
            parts = (row.policy_id.name, row.date_from, row.date_to)
            row.display_name = " ".join(str(part) for part in parts if part)

    # ---------------------------------------------------------------------- actions

    def action_compute(self):
        """Read the invoices of the period and work out the premium."""
        self._check_state("draft")
        for row in self:
            row._compute_declaration()
        return True

    def action_check(self):
        """Somebody has looked at the figures."""
        self._check_state("draft")
        self.action_compute()
        self.write({"state": "checked"})
        return True

    def action_draft(self):
        """Back to correct something; only before it was sent."""
        self._check_state("checked")
        self.write({"state": "draft"})
        return True

    def action_send(self):
        """The declaration goes to the insurer; its figures stay."""
        self._check_state("checked")
        for row in self:
            row.write({"state": "sent", "sent_on": row.company_id._local_today()})
        self._record("declaration_sent", "declared")
        return True

    def action_invoiced(self):
        """The insurer's bill has come."""
        self._check_state("sent")
        self.write({"state": "invoiced"})
        return True

    def action_adjusted(self):
        """The final bill of the year is settled."""
        self._check_state("invoiced")
        self.write({"state": "adjusted"})
        return True

    def action_export(self):
        """Save these declarations, invoice by invoice, in the insurer's layout."""
        return self._save_insurer_file("declaration", self.env._("Declaration"))

    def _check_state(self, state):
        self.check_access("write")
        wrong = self.filtered(lambda row: row.state != state)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "The declaration %(name)s is in the state %(state)s: not possible "
                    "now.",
                    name=wrong[0].display_name,
                    state=labels[wrong[0].state],
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.filtered("sent_on"):
            raise UserError(self.env._("A declaration that was sent is kept."))

    # --------------------------------------------------------------------- business

    def _get_register_facts(self):
        """A declaration is about no buyer: it stands under the insurer."""
        self.ensure_one()
        return {
            "company": self.company_id,
            "partner": self.policy_id.insurer_id,
            "currency": self.currency_id,
            "document": self._get_register_number(),
        }

    @api.model
    def _prepare_next(self, policy, today):
        """The declaration of the first period that is over and was not sent.

        A missing one is prepared as a draft.

        :param policy: arm.insurance.policy
        :return: arm.insurance.declaration, empty when everything is declared
        """
        known = {
            (row.date_from, row.date_to): row
            for row in self.search([("policy_id", "=", policy.id)])
        }
        for year in policy.year_ids.sorted("date_from"):
            for period in ended_periods(
                year.date_from, year.date_to, year.declaration_period, today
            ):
                row = known.get(period)
                asked = not policy.declare_from or period[1] >= policy.declare_from
                if not row and asked and not self._is_within(known, period):
                    return self._prepare_draft(policy, *period)
                if row and row.state in ("draft", "checked"):
                    return row
        return self.browse()

    @api.model
    def _is_within(self, periods, period):
        """Whether a declaration of another period tells of this one as well."""
        return any(first <= period[0] and period[1] <= last for first, last in periods)

    @api.model
    def _prepare_draft(self, policy, first, last):
        row = self.create({"policy_id": policy.id, "date_from": first, "date_to": last})
        if row._count_invoices() <= PREFILLED:
            row._compute_declaration()
        return row

    def _count_invoices(self):
        """About how many lines the declaration will have."""
        domain = [
            ("company_id", "in", self.policy_id._get_companies().ids),
            ("move_type", "in", ["out_invoice", "out_refund"]),
            ("state", "=", "posted"),
            ("invoice_date", ">=", self.date_from),
            ("invoice_date", "<=", self.date_to),
        ]
        # As superuser: all sales of the insured companies count, whoever declares.
        return self.env["account.move"].sudo().search_count(domain, limit=PREFILLED + 1)

    def _compute_declaration(self):
        """Write lines, turnover and premium."""
        self.ensure_one()
        if not self.year_id:
            raise UserError(
                self.env._(
                    "Policy %(name)s has no year for this period.",
                    name=self.policy_id.name,
                )
            )
        sales, facts = self._load_sales()
        limits = self._get_declared_limits(sales)
        result = self._judge_sales(sales, limits)
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(self._prepare_line(sale, facts[sale.id]))
                for sale in result.sales
            ),
        ]
        self.turnover = sum(sale.net for sale in sales)
        self.declared = result.insurable_turnover
        self._compute_premium(limits)

    def _load_sales(self):
        """The invoices of the period for the arithmetic, and what is known of them."""
        # As superuser: all sales of the insured companies count, whoever declares.
        return self.env["arm.insurance.sales"].sudo()._load(self)

    def _get_declared_limits(self, sales):
        """The buyers of some sales under the policy."""
        buyers = {int(sale.buyer) for sale in sales}
        # As superuser: all buyers count, whoever declares.
        return self.policy_id.sudo().limit_ids.filtered(
            lambda row: row.partner_id.id in buyers
        )

    def _judge_sales(self, sales, limits):
        """Which sales are declared, by the clauses of the year and the limits."""
        terms = replace(
            self.year_id._get_cover_terms(), start=self.date_from, end=self.date_to
        )
        decisions = {str(row.partner_id.id): row._get_history() for row in limits}
        return insurable_turnover(terms, sales, decisions, self.year_id.declare_stopped)

    @api.model
    def _prepare_line(self, sale, fact):
        """An invoice with what it adds to the declaration.

        :param sale: its result
        :param fact: tools.turnover.Sale
        """
        return {
            "move_id": int(sale.id),
            "partner_id": int(fact.buyer),
            "date": fact.day,
            "amount": fact.net,
            "declared": sale.declared,
            "status": sale.status,
        }

    def _compute_premium(self, limits):
        """The premium by class: the year's rate, or that of a country rule."""
        lines = self._get_premium_lines(limits)
        result = premium.premium(self._get_premium_year(lines))
        self.write(
            {
                "premium": result.calculated,
                "earned": result.earned,
                "premium_tax": result.premium_tax,
                "adjustment": result.adjustment_due,
            }
        )
        self._write_bill(result)

    def _get_premium_lines(self, limits):
        """One line for each rate; its basis follows the method of the year."""
        year = self.year_id
        facts = limits._get_facts()
        rates = {
            row.partner_id.id: year._get_rule(facts[row.id]).premium_rate
            for row in limits
        }
        found = {}
        for partner_id, amount, days in self._get_basis(limits):
            rate = rates.get(partner_id) or year._get_premium_rate(days)
            found.setdefault(rate, []).append(amount)
        return [
            premium.PremiumLine(
                label=f"{rate}",
                rate_pct=decimal(rate),
                amounts=tuple(amounts),
                tax_pct=decimal(year.premium_tax),
            )
            for rate, amounts in (found or {year.premium_rate: []}).items()
        ]

    def _get_basis(self, limits):
        """Buyer id, amount on which the premium counts, and days of the term."""
        method = self.year_id.premium_method
        if method == premium.LIMITS:
            return [(row.partner_id.id, decimal(row.amount), 0) for row in limits]
        if method == premium.BALANCES:
            groups = self.env["arm.insurance.coverage"]._read_group(
                [
                    ("policy_id", "=", self.policy_id.id),
                    ("snapshot_date", ">=", self.date_from),
                    ("snapshot_date", "<=", self.date_to),
                ],
                ["partner_id"],
                ["insurable:sum"],
            )
            return [(partner.id, decimal(amount), 0) for partner, amount in groups]
        return [
            (row.partner_id.id, decimal(row.declared), row._get_term_days())
            for row in self.line_ids
        ]

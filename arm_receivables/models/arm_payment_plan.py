from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, format_amount

from ..tools.payment_plan import due_days, equal_instalments

STATES = [
    ("proposed", "Proposed"),
    ("running", "Running"),
    ("done", "Paid"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class ArmPaymentPlan(models.Model):
    """Open items that the customer pays in instalments.

    Once it is agreed every instalment is a promise, judged by the payments; money pays
    the oldest instalment first. The items are left alone until the plan is paid or
    fails, and then follow-up goes on by their due dates, which stay.
    """

    _name = "arm.payment.plan"
    _description = "Payment Plan"
    _inherit = ["arm.hold.source"]
    _order = "id desc"

    item_ids = fields.Many2many(
        "account.move.line",
        "arm_payment_plan_item_rel",
        "plan_id",
        "item_id",
        string="Open Items",
        required=True,
        check_company=True,
    )
    amount = fields.Monetary(
        string="To Pay",
        compute="_compute_amount",
        store=True,
        precompute=True,
        help="What was open of the items when the plan was made.",
    )
    instalment_count = fields.Integer(string="Instalments", default=3, required=True)
    date_first = fields.Date(
        string="First Instalment",
        required=True,
        default=lambda self: self._default_date_first(),
    )
    every = fields.Selection(
        [("week", "Week"), ("fortnight", "Two Weeks"), ("month", "Month")],
        required=True,
        default="month",
    )
    missed_allowed = fields.Selection(
        [
            ("1", "When one instalment is missed"),
            ("2", "When two instalments are missed"),
        ],
        string="Plan Fails",
        required=True,
        default="1",
        tracking=True,
    )
    line_ids = fields.One2many(
        "arm.payment.plan.line",
        "plan_id",
        string="Schedule",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        copy=False,
        help="Equal instalments are proposed; days and amounts can be changed until "
        "the plan is agreed.",
    )
    promise_ids = fields.One2many("arm.promise", "plan_id", readonly=True)
    amount_paid = fields.Monetary(string="Paid", compute="_compute_progress")
    paid_share = fields.Float(string="Paid (%)", compute="_compute_progress")
    next_date = fields.Date(string="Next Instalment", compute="_compute_progress")
    contact_id = fields.Many2one("res.partner", string="Agreed With")
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users",
        string="Agreed By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="proposed", tracking=True
    )
    date_agreed = fields.Date(string="Agreed On", readonly=True)
    date_closed = fields.Date(string="Ended On", readonly=True)

    _running_idx = models.Index("(company_id, partner_id) WHERE state = 'running'")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_date_first(self):
        return self.env.company._local_today() + relativedelta(days=14)

    @api.depends("item_ids")
    def _compute_amount(self):
        for plan in self:
            items = plan.item_ids
            plan.amount = sum(items.mapped("amount_residual_currency"))

    @api.depends("instalment_count", "date_first", "every", "amount")
    def _compute_line_ids(self):
        """Propose equal instalments, as long as nothing is agreed."""
        for plan in self.filtered(lambda plan: plan.state == "proposed"):
            if not (
                plan.date_first and plan.every and plan.amount and plan.currency_id
            ):
                continue
            try:
                schedule = plan._prepare_schedule()
            except ValueError:
                continue  # the constraint tells it in words
            plan.line_ids = [
                Command.clear(),
                *(
                    Command.create({"date": day, "amount": float(amount)})
                    for day, amount in schedule
                ),
            ]

    def _prepare_schedule(self):
        """Hook: pairs of day and amount, as proposed."""
        self.ensure_one()
        places = self.currency_id.decimal_places
        total = Decimal(f"{self.amount:.{places}f}")
        count = self.instalment_count
        days = due_days(self.date_first, count, self.every)
        parts = equal_instalments(total, count, places)
        return list(zip(days, parts, strict=True))

    @api.depends("promise_ids.amount_paid", "promise_ids.state", "amount")
    def _compute_progress(self):
        for plan in self:
            plan.amount_paid = sum(plan.promise_ids.mapped("amount_paid"))
            plan.paid_share = round(100 * plan.amount_paid / (plan.amount or 1), 1)
            waiting = plan.promise_ids.filtered(lambda p: p.state == "open")
            plan.next_date = min(waiting.mapped("date"), default=False)

    @api.depends("account_id", "amount", "instalment_count")
    def _compute_display_name(self):
        for plan in self:
            currency = plan.currency_id
            plan.display_name = self.env._(
                "%(customer)s: %(amount)s in %(count)s instalments",
                customer=plan.account_id.display_name or "",
                amount=format_amount(self.env, plan.amount, currency)
                if currency
                else "",
                count=plan.instalment_count,
            )

    # ------------------------------------------------------------------- constraints

    @api.constrains("instalment_count")
    def _check_instalment_count(self):
        for plan in self:
            try:
                plan._prepare_schedule()
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "A plan has 1 to 60 instalments, each above zero. Choose "
                        "another number."
                    )
                ) from None

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def _prepare_from_items(self, items):
        return {
            **super()._prepare_from_items(items),
            "item_ids": [Command.set(items.ids)],
        }

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {
            "date_agreed",
            "date_closed",
            "user_id",
            "promise_ids",
        }

    @api.model
    def _get_fixed(self):
        return super()._get_fixed() | {"item_ids"}

    @api.model
    def _get_running_domain(self):
        return [("state", "in", ("proposed", "running"))]

    # ---------------------------------------------------------------------- actions

    def action_agree(self):
        """Start the plan: each instalment becomes a promise."""
        self._check_collector()
        with self.env["arm.customer.account"]._collect_changes():
            for plan in self:
                plan._check_agreement()
                # As superuser: only methods write the state and make instalments.
                plan.sudo()._start()
            self._note_holds()
        return True

    def action_cancel(self):
        """End the plan: follow-up of the items goes on by their due dates."""
        self._check_collector()
        if self.filtered(lambda plan: plan.state not in ("proposed", "running")):
            raise UserError(self.env._("This plan has ended already."))
        # As superuser: the state is written by the methods alone.
        self.sudo()._end("cancelled")
        self._note_holds()
        return True

    # --------------------------------------------------------------------- business

    def _check_agreement(self):
        """The schedule adds up to what is to pay, and begins today or later."""
        self.ensure_one()
        if self.state != "proposed":
            raise UserError(self.env._("This plan is agreed already."))
        owed = sum(self.item_ids.mapped("amount_residual_currency"))
        if self.currency_id.compare_amounts(owed, self.amount):
            raise UserError(
                self.env._(
                    "Only %(owed)s is open of these items by now. Cancel this plan "
                    "and make a new one.",
                    owed=format_amount(self.env, owed, self.currency_id),
                )
            )
        total = sum(self.line_ids.mapped("amount"))
        if self.currency_id.compare_amounts(total, self.amount):
            raise UserError(
                self.env._(
                    "The instalments add up to %(total)s, but %(amount)s is to pay. "
                    "Change them until both are the same.",
                    total=format_amount(self.env, total, self.currency_id),
                    amount=format_amount(self.env, self.amount, self.currency_id),
                )
            )
        if min(self.line_ids.mapped("date")) < self.company_id._local_today():
            raise UserError(
                self.env._("The first instalment is past. Choose later days.")
            )

    def _start(self):
        """Make the promises of the schedule, each with those before it."""
        self.ensure_one()
        prior, promises = 0.0, self.env["arm.promise"]
        self.write({"state": "running", "date_agreed": self.company_id._local_today()})
        for line in self.line_ids.sorted("date"):
            line.promise_id = promises.create(self._prepare_promise(line, prior))
            prior += line.amount

    def _prepare_promise(self, line, prior):
        """Hook: the values of an instalment."""
        return {
            "plan_id": self.id,
            "account_id": self.account_id.id,
            "currency_id": self.currency_id.id,
            "item_ids": [Command.set(self.item_ids.ids)],
            "amount": line.amount,
            "amount_prior": prior,
            "date": line.date,
            "grace_days": self.company_id.promise_grace_days,
            "contact_id": self.contact_id.id,
            "user_id": self.user_id.id,
        }

    def _end(self, state):
        """Close plans; the instalments that are still open are no promises any more."""
        for company, plans in self.grouped("company_id").items():
            today = company._local_today()
            plans.write({"state": state, "date_closed": today})
            waiting = plans.promise_ids.filtered(lambda p: p.state == "open")
            waiting.write({"state": "cancelled", "date_closed": today})

    @api.model
    def _evaluate(self, company, partners=None):
        """End the plans that are paid, or that missed too many instalments.

        :param partners: commercial partners; all customers when not given
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT plan.id,
                       CASE WHEN COUNT(*) FILTER (
                                WHERE promise.state IN ('broken', 'partly')
                            ) >= plan.missed_allowed::integer
                            THEN 'failed' ELSE 'done' END
                  FROM arm_payment_plan plan
                  JOIN arm_promise promise ON promise.plan_id = plan.id
                 WHERE plan.company_id = %s AND plan.state = 'running' AND %s
                 GROUP BY plan.id
                HAVING COUNT(*) FILTER (
                           WHERE promise.state IN ('broken', 'partly')
                       ) >= plan.missed_allowed::integer
                    OR COUNT(*) FILTER (WHERE promise.state = 'open') = 0
                """,
                company.id,
                self.env["arm.customer.position"]._partners_sql(
                    SQL("plan.partner_id"), partners
                ),
            )
        )
        for state in ("done", "failed"):
            # As superuser: payments decide, whoever enters them.
            plans = self.sudo().browse(row[0] for row in rows if row[1] == state)
            if plans:
                plans._end(state)
        if rows:
            self.env["arm.customer.account"]._flush_holds()

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date

from ..tools import order_block as rules

SCOPES = [
    ("order", "One Order"),
    ("amount", "Up to an Amount"),
    ("date", "Until a Date"),
]


class ArmOrderRelease(models.Model):
    """One permission to pass an order block: who, why, which orders, how much.

    It is requested (by a salesperson from the quotation) or made by finance, then
    granted by someone whose role covers its amount, and used up by the orders that
    pass with it; each use is a row of ``arm.order.release.use``. Nobody has the right
    to write rows directly: states change through the actions here. Amounts are in the
    company's currency.
    """

    _name = "arm.order.release"
    _description = "Order Release"
    _order = "id desc"
    _check_company_auto = True

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    partner_id = fields.Many2one(
        related="account_id.partner_id", store=True, index=True
    )
    scope = fields.Selection(SCOPES, required=True, readonly=True, default="order")
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_until = fields.Date(
        string="Valid Until",
        readonly=True,
        help="The last day on which it can be used.",
    )
    amount_limit = fields.Monetary(
        string="Up To",
        readonly=True,
        help="For one order: its amount when the release was made; a larger order "
        "needs a new one.",
    )
    amount_used = fields.Monetary(string="Used", readonly=True)
    amount_left = fields.Monetary(string="Left", compute="_compute_amount_left")
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("granted", "Granted"),
            ("used", "Used"),
            ("expired", "Expired"),
            ("declined", "Declined"),
            ("revoked", "Revoked"),
        ],
        required=True,
        readonly=True,
        default="requested",
    )
    reason = fields.Char(required=True, readonly=True)
    requested_by_id = fields.Many2one("res.users", required=True, readonly=True)
    requested_on = fields.Datetime(required=True, readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    decision_note = fields.Char(readonly=True)
    revoked_by_id = fields.Many2one("res.users", readonly=True)
    revoked_on = fields.Datetime(readonly=True)
    role_needed = fields.Selection(
        [(rules.COLLECTOR, "Collector"), (rules.MANAGER, "Credit Manager")],
        compute="_compute_role_needed",
        help="Who may grant it, by its amount.",
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")
    use_ids = fields.One2many("arm.order.release.use", "release_id", string="Uses")

    _amount_scope_check = models.Constraint(
        "CHECK(scope <> 'amount' OR amount_limit > 0)",
        "A release up to an amount needs an amount.",
    )
    _date_scope_check = models.Constraint(
        "CHECK(scope <> 'date' OR date_until IS NOT NULL)",
        "A release until a date needs a date.",
    )
    _used_check = models.Constraint(
        "CHECK(amount_limit IS NULL OR scope = 'date' OR "
        "COALESCE(amount_used, 0) <= amount_limit)",
        "A release cannot be used for more than its amount.",
    )
    _account_idx = models.Index("(account_id, state)")

    # ---------------------------------------------------------------------- computes

    @api.depends("scope", "order_id", "partner_id", "amount_limit", "date_until")
    def _compute_display_name(self):
        for release in self:
            release.display_name = release._get_name()

    def _get_name(self):
        self.ensure_one()
        if self.scope == "order":
            return self.env._(
                "%(order)s of %(customer)s",
                # As superuser: finance reads its number, not the order.
                order=self.order_id.sudo().name or self.env._("a deleted order"),
                customer=self.partner_id.name,
            )
        if self.scope == "amount":
            return self.env._(
                "%(customer)s up to %(amount)s",
                customer=self.partner_id.name,
                amount=self._format(self.amount_limit),
            )
        return self.env._(
            "%(customer)s until %(date)s",
            customer=self.partner_id.name,
            date=format_date(self.env, self.date_until),
        )

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    @api.depends("amount_limit", "amount_used")
    def _compute_amount_left(self):
        for release in self:
            release.amount_left = release.amount_limit - release.amount_used

    @api.depends("scope", "amount_limit", "company_id")
    def _compute_role_needed(self):
        for release in self:
            release.role_needed = release._get_role_needed()

    def _get_role_needed(self):
        """Hook: the role that may grant this release."""
        self.ensure_one()
        company = self.company_id.sudo()  # the threshold, for every colleague
        limited = self.scope != "date" or self.amount_limit
        return rules.role_needed(
            self.amount_limit if limited else None,
            company.order_release_collector_amount,
        )

    @api.depends("role_needed", "state", "requested_by_id", "order_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for release in self:
            release.can_decide = (
                release.state == "requested" and not release._get_grant_error()
            )

    # ----------------------------------------------------------------------- actions

    def action_grant(self):
        """Grant the requested releases.

        :raise AccessError: without the role that the amount needs, or for an own
            request where the company does not allow it
        :raise UserError: when a release is not waiting for a decision
        """
        self._grant()
        return True

    def action_decline(self):
        """Ask for the reason and decline the requested releases."""
        self._check_decision()
        return self.env["arm.order.reason"]._get_action("decline", release_ids=self.ids)

    def action_revoke(self):
        """Ask for the reason and revoke what is left of granted releases."""
        self._check_may_revoke()
        return self.env["arm.order.reason"]._get_action("revoke", release_ids=self.ids)

    def action_view_order(self):
        """Open the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    # ---------------------------------------------------------------------- business

    @api.model
    def _request(self, values):
        """Make releases that wait for a decision.

        :param values: list of values: account, scope, order, amount, date, reason
            and, when it is not the user, who asks
        """
        now = fields.Datetime.now()
        # As superuser: nobody has the right to write; callers check who may ask.
        return self.sudo().create(
            [
                {
                    "requested_by_id": self.env.uid,
                    **vals,
                    "state": "requested",
                    "requested_on": now,
                }
                for vals in values
            ]
        )

    def _grant(self, note=False):
        """Grant with a note; checks the role, the amount, and whose request it is."""
        self._check_decision()
        for release in self:
            error = release._get_grant_error()
            if error:
                raise AccessError(error)
        self._decide("granted", note)

    def _check_decision(self):
        """Refuse people without the role, and releases that are decided already."""
        self._check_finance()
        for release in self:
            if release.state != "requested":
                raise UserError(
                    self.env._(
                        "The release for %(release)s is not waiting for a decision "
                        "any more.",
                        release=release.display_name,
                    )
                )

    def _check_finance(self):
        """Only collectors and credit managers, and only where they may look."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._(
                    "Only collectors and credit managers decide about order releases."
                )
            )

    def _check_may_revoke(self):
        self._check_finance()
        for release in self:
            if release.state != "granted":
                raise UserError(
                    self.env._(
                        "The release for %(release)s is not in force, so that there "
                        "is nothing to revoke.",
                        release=release.display_name,
                    )
                )

    def _get_grant_error(self):
        """Why the user may not grant this release; False when they may."""
        self.ensure_one()
        user = self.env.user
        if not user.has_group("arm_receivables.group_receivables_collector"):
            return self.env._(
                "Only collectors and credit managers decide about order releases."
            )
        if self.role_needed == rules.MANAGER and not user.has_group(
            "arm_receivables.group_receivables_manager"
        ):
            return self.env._(
                "The release for %(release)s is above what collectors may grant. Ask a "
                "credit manager.",
                release=self.display_name,
            )
        # As superuser: the salesperson of an order that finance may not see.
        own = self.requested_by_id | self.order_id.sudo().user_id
        # As superuser: the company's setting, whoever decides.
        if user in own and not self.company_id.sudo().order_release_own:
            return self.env._(
                "The release for %(release)s is your own request. Someone else has to "
                "grant it.",
                release=self.display_name,
            )
        return False

    def _decide(self, state, note=False):
        """Record the decision, tell who asked, and move the orders in the queue."""
        self._lock("requested")
        releases = self.sudo()  # nobody may write; the callers have checked the right
        releases.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "decision_note": note,
            }
        )
        self.env["arm.order.block"]._invalidate()
        # As superuser: nobody may write holds but their methods.
        self.env["arm.order.hold"].sudo()._set_decided(releases)
        releases._tell()

    def _revoke(self, note):
        """Take back what is left."""
        self._check_may_revoke()
        self._lock("granted")
        releases = self.sudo()  # nobody may write; the right was checked above
        releases.write(
            {
                "state": "revoked",
                "revoked_by_id": self.env.uid,
                "revoked_on": fields.Datetime.now(),
                "decision_note": note,
            }
        )
        self.env["arm.order.block"]._invalidate()
        # As superuser: nobody may write holds but their methods.
        self.env["arm.order.hold"].sudo()._set_decided(releases)
        releases._tell()

    def _lock(self, state):
        """Wait for others who decide about or use these releases, then look again.

        Whoever comes second fails with a serialisation error and is tried again.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM arm_order_release WHERE id IN %s AND state = %s "
                "ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
                state,
            )
        )
        if self.env.cr.rowcount != len(self):
            raise UserError(
                self.env._("Someone else has changed this release. Open it again.")
            )

    @api.model
    def _use(self, passes):
        """Use releases up; the account rows are locked by the caller.

        :param passes: list of (release id, order, amount in company currency)
        """
        if not passes:
            return
        # As superuser: whoever confirms has no right on releases, and uses them up.
        releases = self.sudo().browse(dict.fromkeys(item[0] for item in passes))
        releases._lock("granted")
        now = fields.Datetime.now()
        # As superuser: nobody may write what was used but this method.
        self.env["arm.order.release.use"].sudo().create(
            [
                {
                    "release_id": release,
                    "order_id": order.id,
                    "order_name": order.name,
                    "amount": amount,
                    "used_on": now,
                    "used_by_id": self.env.uid,
                }
                for release, order, amount in passes
            ]
        )
        for release in releases:
            used = sum(item[2] for item in passes if item[0] == release.id)
            release._add_use(used)

    def _add_use(self, amount):
        self.ensure_one()
        used = self.currency_id.round(self.amount_used + max(amount, 0))
        finished = self.scope == "order" or (
            self.scope == "amount"
            and self.currency_id.compare_amounts(used, self.amount_limit) >= 0
        )
        self.write({"amount_used": used, "state": "used" if finished else "granted"})

    @api.model
    def _expire(self, companies):
        """Mark the releases whose last day is past; one statement a company."""
        self.flush_model()
        # As superuser: their calendar day is read, whoever looks.
        for company in companies.sudo():
            self.env.cr.execute(
                SQL(
                    "UPDATE arm_order_release SET state = 'expired' "
                    "WHERE company_id = %s AND state = 'granted' AND date_until < %s",
                    company.id,
                    company._local_today(),
                )
            )
        self.invalidate_model(["state"])

    def _tell(self):
        """Log the decision on the orders and give who asked something to do."""
        bodies = {
            release.order_id.id: release._get_decision_text()
            for release in self
            if release.order_id
        }
        if bodies:
            self.order_id._message_log_batch(bodies=bodies)
        self._plan_activities()

    def _get_decision_text(self):
        """What was decided, as a sentence for the order's chatter."""
        self.ensure_one()
        person = self.env.user.name
        note = self.decision_note or self.reason
        if self.state == "granted":
            return self.env._(
                "Release granted by %(person)s: %(note)s", person=person, note=note
            )
        if self.state == "declined":
            return self.env._(
                "Release declined by %(person)s: %(note)s", person=person, note=note
            )
        return self.env._(
            "Release revoked by %(person)s: %(note)s", person=person, note=note
        )

    def _get_request_text(self):
        """What became of a request that did not lead to a release (yet)."""
        self.ensure_one()
        if self.state == "declined":
            return self.env._(
                "A release was declined by %(person)s: %(note)s",
                person=self.decided_by_id.name,
                note=self.decision_note,
            )
        return self.env._(
            "%(person)s has requested a release on %(date)s.",
            person=self.requested_by_id.name,
            date=format_date(self.env, self.requested_on.date()),
        )

    def _plan_activities(self):
        """Who asked for an order finds the decision among the things to do."""
        kind = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        model = self.env["ir.model"]._get_id("sale.order")
        values = [
            {
                "activity_type_id": kind.id if kind else False,
                "res_model_id": model,
                "res_id": release.order_id.id,
                "user_id": release.requested_by_id.id,
                "summary": release._get_decision_text(),
                "date_deadline": release.company_id._local_today(),
            }
            for release in self
            if release.order_id
            and release.requested_by_id != self.env.user
            and release.requested_by_id._is_internal()
        ]
        if values:
            # The quick way: one activity in the list, no e-mail for each.
            quick = self.env["mail.activity"].with_context(
                mail_activity_quick_update=True
            )
            quick.create(values)

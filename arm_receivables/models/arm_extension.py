from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL, format_amount, format_date

MANAGER = "arm_receivables.group_receivables_manager"


class ArmExtension(models.Model):
    """More time for open items: a later day, a reason, and somebody who grants it.

    The due date of the invoice stays: interest, insurer and statistics go by it. Until
    the later day the items are left alone. A collector grants up to an amount of the
    settings, a credit manager any.
    """

    _name = "arm.extension"
    _description = "Extension"
    _inherit = ["arm.hold.source"]
    _order = "state desc, date desc, id desc"

    item_ids = fields.Many2many(
        "account.move.line",
        "arm_extension_item_rel",
        "extension_id",
        "item_id",
        string="Open Items",
        required=True,
        check_company=True,
    )
    date = fields.Date(
        string="New Due Date",
        required=True,
        help="The items are left alone until this day; their due date stays.",
    )
    reason = fields.Char(required=True, help="Why the customer gets more time.")
    amount = fields.Monetary(
        readonly=True, help="What was open of the items when it was entered."
    )
    amount_company = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
    )
    interest_from = fields.Selection(
        [("original", "Original Due Date"), ("new", "New Due Date")],
        required=True,
        default="original",
        help="From when interest runs if the items are not paid until the new day.",
    )
    state = fields.Selection(
        [
            ("requested", "To Approve"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="requested",
        tracking=True,
    )
    is_over = fields.Boolean(compute="_compute_is_over", search="_search_is_over")
    user_id = fields.Many2one(
        "res.users",
        string="Requested By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    date_decided = fields.Date(string="Decided On", readonly=True)

    _running_idx = models.Index("(company_id, partner_id) WHERE state = 'granted'")

    # ---------------------------------------------------------------------- computes

    @api.depends("date", "state")
    def _compute_is_over(self):
        for extension in self:
            today = (extension.company_id or self.env.company)._local_today()
            late = bool(extension.date) and extension.date < today
            extension.is_over = extension.state == "granted" and late

    @api.model
    def _search_is_over(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "=", "granted"), ("date", "<", "today")]

    @api.depends("account_id", "date")
    def _compute_display_name(self):
        for extension in self:
            extension.display_name = self.env._(
                "%(customer)s: until %(date)s",
                customer=extension.account_id.display_name or "",
                date=format_date(self.env, extension.date) if extension.date else "",
            )

    @api.constrains("date", "item_ids")
    def _check_date(self):
        """Later than today and than the due date, and not without an end."""
        for extension in self:
            today = extension.company_id._local_today()
            dues = extension.item_ids.mapped("date_maturity")
            latest = max(filter(None, [today, *dues]))
            if extension.date <= latest:
                raise ValidationError(
                    self.env._(
                        "An extension needs a day after %(date)s.",
                        date=format_date(self.env, latest),
                    )
                )
            longest = extension.company_id.extension_max_days
            if longest and (extension.date - today).days > longest:
                raise ValidationError(
                    self.env._(
                        "An extension may last %(days)s days at most (see Settings, "
                        "Agreements). Agree on a payment plan instead.",
                        days=longest,
                    )
                )

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def _prepare_from_items(self, items):
        return {
            **super()._prepare_from_items(items),
            "item_ids": [Command.set(items.ids)],
        }

    @api.model_create_multi
    def create(self, vals_list):
        """Grant at once what the person may grant; a manager decides the rest."""
        with self.env["arm.customer.account"]._collect_changes():
            extensions = super().create(vals_list)
            # As superuser: amounts come from the ledger, not from the person.
            for extension in extensions.sudo():
                items = extension.item_ids
                extension.amount = sum(items.mapped("amount_residual_currency"))
                extension.amount_company = sum(items.mapped("amount_residual"))
            granted = extensions.filtered(lambda ext: ext._may_decide())
            granted._decide("granted")
            (extensions - granted)._ask_manager()
        return extensions

    @api.model
    def _get_protected(self):
        return super()._get_protected() | {
            "amount",
            "amount_company",
            "decided_by_id",
            "date_decided",
            "user_id",
        }

    @api.model
    def _get_fixed(self):
        return super()._get_fixed() | {"item_ids", "date", "reason"}

    @api.model
    def _get_running_domain(self):
        return [
            "|",
            ("state", "=", "requested"),
            "&",
            ("state", "=", "granted"),
            ("date", ">=", "today"),
        ]

    # ---------------------------------------------------------------------- actions

    def action_grant(self):
        """Approve; only who may decide on this amount."""
        self._check_collector()
        for extension in self:
            if not extension._may_decide():
                raise AccessError(
                    self.env._(
                        "Only a credit manager may grant more than %(limit)s.",
                        limit=format_amount(
                            self.env,
                            extension.company_id.extension_collector_amount,
                            extension.company_currency_id,
                        ),
                    )
                )
        self._check_state("requested")
        return self._decide("granted")

    def action_refuse(self):
        """Do not give more time."""
        self._check_collector()
        self._check_state("requested")
        return self._decide("refused")

    def action_cancel(self):
        """End it: the items go back to follow-up by their due date."""
        self._check_collector()
        self._check_state("requested", "granted")
        return self._decide("cancelled")

    # --------------------------------------------------------------------- business

    def _check_state(self, *states):
        if self.filtered(lambda extension: extension.state not in states):
            raise UserError(self.env._("This extension is decided already."))

    def _may_decide(self):
        """Whether the user may grant this amount; nobody but managers any."""
        self.ensure_one()
        if self.env.su or self.env.user.has_group(MANAGER):
            return True
        limit = self.company_id.extension_collector_amount
        # As superuser: the whole amount counts, whatever of it the user may see.
        amount = self.sudo().amount_company
        return self.company_currency_id.compare_amounts(amount, limit) <= 0

    def _decide(self, state):
        # As superuser: the outcome is written by the methods alone.
        for company, records in self.sudo().grouped("company_id").items():
            records.write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "date_decided": company._local_today(),
                }
            )
        # As superuser: who decides also ends what others were asked to do.
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        self._note_holds()
        return True

    def _ask_manager(self):
        """An activity for a credit manager of the company."""
        for company, extensions in self.grouped("company_id").items():
            manager = company._get_credit_manager()
            if manager:
                # As superuser: work for somebody else than who asks.
                extensions.sudo().with_context(
                    mail_activity_quick_update=True
                ).activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Grant more time?"),
                    user_id=manager.id,
                )

    @api.model
    def _hold_source(self, company, partners=None):
        """SQL of the granted extensions, for the holds."""
        return SQL(
            """
            SELECT DISTINCT ON (rel.item_id) rel.item_id, 'extension' AS reason,
                   extension.date AS until, NULL::numeric AS amount,
                   'arm.extension' AS source_model, extension.id AS source_id
              FROM arm_extension extension
              JOIN arm_extension_item_rel rel ON rel.extension_id = extension.id
             WHERE extension.company_id = %s AND extension.state = 'granted'
               AND extension.date >= %s AND %s
             ORDER BY rel.item_id, extension.date DESC, extension.id
            """,
            company.id,
            company._local_today(),
            self.env["arm.customer.position"]._partners_sql(
                SQL("extension.partner_id"), partners
            ),
        )

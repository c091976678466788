from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.aging import bucket_labels

RELIABILITY_STATUSES = [
    ("green", "Green"),
    ("yellow", "Yellow"),
    ("red", "Red"),
]

# The figures that the refresh writes, by the part of the statement that knows them.
FIGURES = {
    "position": (
        "amount_open",
        "amount_credit",
        "amount_due_later",
        "amount_overdue",
        "amount_bucket_1",
        "amount_bucket_2",
        "amount_bucket_3",
        "amount_bucket_4",
        "amount_bucket_5",
        "overdue_share",
        "amount_disputed",
        "amount_promised",
        "oldest_overdue_date",
        "item_count",
    ),
    "orders": ("amount_orders",),
    "last_payment": ("last_payment_date", "last_payment_amount"),
    "behaviour": ("experience_count", "days_late", "payment_index"),
    "terms": ("paid_in_terms",),
    "returned": ("payments_returned",),
    "promises": (
        "promise_count",
        "promises_broken",
        "promises_kept",
        "promises_kept_amount",
    ),
    "sales": ("amount_sales",),
    "contact": ("email",),
}
# The parts that an event can change: the others need not be read again.
LEDGER = frozenset(
    (
        "position",
        "last_payment",
        "behaviour",
        "terms",
        "promises",
        "sales",
        "contact",
    )
)
# A document that is not due yet pays nothing and settles nothing.
DOCUMENTS = frozenset(("position", "sales", "contact"))
ORDERS = frozenset(("orders", "contact"))
EVERYTHING = frozenset(FIGURES)


class ArmCustomerAccount(models.Model):
    """What one customer owes one company, and how reliable the customer is.

    There is exactly one row for each company and commercial partner that has, or
    had, receivable items or a confirmed order. Rows are made and kept up to date by
    :meth:`_refresh`, never by hand: every night, and for one customer at once when
    the ledger or an order changes. Amounts are in the company's currency.
    """

    _name = "arm.customer.account"
    _description = "Customer Account"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "amount_overdue desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The company as a whole (commercial entity), not a single contact.",
    )
    email = fields.Char(
        string="E-mail",
        readonly=True,
        help="Where letters about the account go: the invoice contact's address, else "
        "the customer's own, else that of the first contact.",
    )
    reliability_status = fields.Selection(
        RELIABILITY_STATUSES,
        required=True,
        default=lambda self: self._default_reliability_status(),
        group_expand=True,
        tracking=True,
        help="Green: pays in terms. Yellow: needs attention. Red: act before "
        "delivering more.",
    )

    # Position
    amount_open = fields.Monetary(
        string="Open",
        readonly=True,
        help="All open items, less credit notes and payments not yet allocated.",
    )
    amount_overdue = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="Open items whose due date is past; credits are not deducted.",
    )
    amount_credit = fields.Monetary(
        string="Unallocated Credit",
        readonly=True,
        help="Credit notes and payments that are not yet allocated to an invoice.",
    )
    amount_due_later = fields.Monetary(
        string="Not Due",
        readonly=True,
        help="Open items whose due date is today or later; credits are not deducted.",
    )
    # Their labels are made from the company's limits: see fields_get.
    amount_bucket_1 = fields.Monetary(string="Overdue, Bucket 1", readonly=True)
    amount_bucket_2 = fields.Monetary(string="Overdue, Bucket 2", readonly=True)
    amount_bucket_3 = fields.Monetary(string="Overdue, Bucket 3", readonly=True)
    amount_bucket_4 = fields.Monetary(string="Overdue, Bucket 4", readonly=True)
    amount_bucket_5 = fields.Monetary(string="Overdue, Bucket 5", readonly=True)
    overdue_share = fields.Float(
        string="Overdue Share (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Overdue items in percent of all open items, credits left out.",
    )
    amount_disputed = fields.Monetary(
        string="Disputed",
        readonly=True,
        help="Open items with a dispute, or whose payment is blocked on the invoice.",
    )
    amount_promised = fields.Monetary(
        string="Promised",
        readonly=True,
        help="Open items with a promise to pay or a payment plan that still runs.",
    )
    amount_orders = fields.Monetary(
        string="Orders Not Invoiced",
        readonly=True,
        help="Confirmed orders that are not invoiced yet, delivered or not.",
    )
    exposure = fields.Monetary(
        readonly=True,
        help="All open items, and confirmed orders that are not invoiced yet.",
    )
    item_count = fields.Integer(string="Open Items", readonly=True)
    oldest_overdue_date = fields.Date(string="Overdue Since", readonly=True)
    days_overdue = fields.Integer(
        compute="_compute_days_overdue",
        search="_search_days_overdue",
        help="Calendar days since the due date of the oldest overdue item.",
    )

    # Behaviour
    last_payment_date = fields.Date(string="Last Payment", readonly=True)
    last_payment_amount = fields.Monetary(readonly=True)
    experience_count = fields.Integer(
        string="Payment Experiences",
        readonly=True,
        help="Payments matched with an item in the window of the settings, and items "
        "that are overdue today.",
    )
    days_late = fields.Float(
        string="Average Days Late",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Days from due date to payment, weighted by amount; negative is early. "
        "Items that are overdue today count with their days until today.",
    )
    payment_index = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="100: 30 days early; 80: on time; 50: 30 days late; 0: half a year late. "
        "Weighted by amount; not available with fewer than three experiences.",
    )
    paid_in_terms = fields.Integer(
        string="Paid in Terms in a Row",
        readonly=True,
        aggregator=None,
        help="Items paid in terms, one after the other, since the last one that was "
        "late and since the last change of the status.",
    )
    payments_returned = fields.Integer(
        string="Returned Payments",
        readonly=True,
        help="Payments of the window that were rejected, cancelled or reversed.",
    )
    promise_count = fields.Integer(string="Promises", readonly=True)
    promises_broken = fields.Integer(string="Broken Promises", readonly=True)
    promises_kept = fields.Float(
        string="Promises Kept (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    promises_kept_amount = fields.Float(
        string="Promises Kept by Amount (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
    )
    amount_sales = fields.Monetary(
        string="Sales of 12 Months",
        readonly=True,
        help="Invoices less credit notes of the last twelve months, without taxes.",
    )

    _company_partner_uniq = models.UniqueIndex(
        "(company_id, partner_id)",
        "This customer has an account in this company already.",
    )
    # The list opens on what is overdue, in a company with many settled customers.
    _overdue_idx = models.Index("(company_id, amount_overdue) WHERE amount_overdue > 0")

    # ------------------------------------------------------------ defaults, computes

    @api.model
    def _default_reliability_status(self):
        """Hook: the status of a customer about whom nothing is known yet."""
        return "green"

    @api.depends("oldest_overdue_date", "company_id")
    def _compute_days_overdue(self):
        today = {company: company._local_today() for company in self.company_id}
        for account in self:
            since = account.oldest_overdue_date
            days = (today[account.company_id] - since).days if since else 0
            account.days_overdue = max(days, 0)

    @api.model
    def _search_days_overdue(self, operator, value):
        """Compare in dates: more days overdue means an earlier date."""
        mirrored = {">": "<", ">=": "<=", "<": ">", "<=": ">="}.get(operator)
        if mirrored is None or not isinstance(value, int):
            return NotImplemented
        domain = Domain.FALSE
        for company in self.env.companies:
            date = fields.Date.subtract(company._local_today(), days=value)
            older = Domain("oldest_overdue_date", mirrored, date)
            if operator.startswith("<"):
                older |= Domain("oldest_overdue_date", "=", False)
            domain |= Domain("company_id", "=", company.id) & older
        return domain

    # ------------------------------------------------------------------------- CRUD

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Name the buckets after the limits of the current company."""
        res = super().fields_get(allfields, attributes)
        labels = bucket_labels(self.env.company._get_aging_limits(), first="")
        labels[0] = labels[0].replace("0-", "1-", 1)
        for number, label in enumerate(labels, start=1):
            field = res.get(f"amount_bucket_{number}", {})
            if "string" in field:
                field["string"] = self.env._("%(days)s Days Overdue", days=label)
        return res

    def write(self, vals):
        """Refuse figures: only the refresh writes them, whatever the access rights."""
        figures = self._get_protected_fields() & vals.keys()
        if figures and not self.env.su:
            labels = sorted(self._fields[name].string for name in figures)
            raise AccessError(
                self.env._(
                    "These figures of a customer account come from the ledger and "
                    "cannot be written: %(figures)s.",
                    figures=", ".join(labels),
                )
            )
        return super().write(vals)

    @api.model
    def _get_protected_fields(self):
        """Hook: the names of fields that no user may write, only the engine."""
        figures = {name for names in FIGURES.values() for name in names}
        return figures | {"company_id", "currency_id", "partner_id", "exposure"}

    # ---------------------------------------------------------------------- actions

    def action_refresh(self):
        """Recompute the figures of the selected accounts from the ledger now."""
        self.check_access("read")
        for company, accounts in self.grouped("company_id").items():
            self._refresh(company, accounts.partner_id)
        return True

    def action_view_open_items(self):
        """Open the customer's open items, instalment by instalment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.account_move_line_action_open_items"
        )
        action["domain"] = self._get_open_items_domain()
        return action

    def _get_open_items_domain(self):
        """The domain of the account's open items on ``account.move.line``."""
        self.ensure_one()
        return [
            ("company_id", "=", self.company_id.id),
            ("partner_id.commercial_partner_id", "=", self.partner_id.id),
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

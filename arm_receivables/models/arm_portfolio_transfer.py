import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_date

_logger = logging.getLogger(__name__)

# What a transfer is about; it cannot be changed after the transfer was confirmed.
TERMS = {
    "company_id",
    "collector_from_id",
    "collector_to_id",
    "date",
    "scope",
    "account_ids",
    "reason",
}
# Written by the engine alone.
RESULT = {"state", "date_done", "moved_count", "error"}


class ArmPortfolioTransfer(models.Model):
    """Customers pass from one collector to another, on a day and for a reason.

    The open work of the old collector goes with them; what is done stays. The lines
    (``arm.collector.change``) say for ever who was the collector when. A transfer with
    a day to come waits for it, and takes what belongs to the collector on that day.
    """

    _name = "arm.portfolio.transfer"
    _description = "Portfolio Transfer"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    collector_from_id = fields.Many2one(
        "res.users",
        string="From",
        check_company=True,
        domain=[("share", "=", False)],
        context={"active_test": False},
        help="May have left already. Leave empty when customers are chosen one by one "
        "who have several collectors, or none.",
    )
    collector_to_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain=lambda self: self.env["res.users"]._domain_collectors(),
        check_company=True,
        tracking=True,
    )
    date = fields.Date(
        string="Effective",
        required=True,
        default=lambda self: self.env.company._local_today(),
        tracking=True,
        help="With a day to come, the transfer waits and is done when that day begins.",
    )
    reason = fields.Char(required=True, tracking=True)
    scope = fields.Selection(
        [("all", "All Customers"), ("chosen", "Chosen Customers")],
        required=True,
        default="all",
    )
    account_ids = fields.Many2many(
        "arm.customer.account",
        string="Chosen Customers",
        domain="[('company_id', '=', company_id)]",
        check_company=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("scheduled", "Scheduled"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    date_done = fields.Datetime(string="Done On", readonly=True, copy=False)
    moved_count = fields.Integer(
        string="Open Work Moved",
        readonly=True,
        copy=False,
        help="Activities and other open work that went to the new collector.",
    )
    error = fields.Char(string="Why It Waits", readonly=True, copy=False)
    line_ids = fields.One2many(
        "arm.collector.change", "transfer_id", string="Customers", readonly=True
    )
    account_count = fields.Integer(
        string="Number of Customers", compute="_compute_account_count"
    )

    _waiting_idx = models.Index("(company_id, date) WHERE state = 'scheduled'")

    # --------------------------------------------------------------------- computes

    @api.depends("collector_from_id", "collector_to_id", "date")
    def _compute_display_name(self):
        for transfer in self:
            if not transfer.collector_to_id:
                transfer.display_name = self.env._("New Transfer")
                continue
            transfer.display_name = self.env._(
                "%(old)s → %(new)s, %(date)s",
                old=transfer.collector_from_id.name or self.env._("Several"),
                new=transfer.collector_to_id.name,
                date=format_date(self.env, transfer.date),
            )

    @api.depends(
        "state", "scope", "collector_from_id", "collector_to_id", "account_ids"
    )
    def _compute_account_count(self):
        """What was transferred, or what would be now."""
        done = dict(
            self.env["arm.collector.change"]._read_group(
                [("transfer_id", "in", self.ids)], ["transfer_id"], ["__count"]
            )
        )
        portfolios = self._get_portfolio_sizes()
        for transfer in self:
            key = (transfer.company_id, transfer.collector_from_id)
            if transfer.state in ("done", "cancelled"):
                transfer.account_count = done.get(transfer._origin, 0)
            elif transfer.scope == "all":
                transfer.account_count = portfolios.get(key, 0)
            else:
                domain = transfer._get_accounts_domain()
                transfer.account_count = len(
                    transfer.account_ids._origin.filtered_domain(domain)
                )

    def _get_portfolio_sizes(self):
        """Customers of each company and collector of these transfers."""
        groups = self.env["arm.customer.account"]._read_group(
            [("collector_id", "in", self.collector_from_id.ids)],
            ["company_id", "collector_id"],
            ["__count"],
        )
        return {(company, collector): count for company, collector, count in groups}

    # ------------------------------------------------------------------ constraints

    @api.constrains("collector_from_id", "collector_to_id", "scope", "account_ids")
    def _check_terms(self):
        for transfer in self:
            if transfer.collector_from_id == transfer.collector_to_id:
                raise ValidationError(
                    self.env._(
                        "The customers of %(user)s cannot be transferred to "
                        "themselves. Choose another collector.",
                        user=transfer.collector_to_id.name,
                    )
                )
            if transfer.scope == "all" and not transfer.collector_from_id:
                raise ValidationError(
                    self.env._(
                        "Choose whose customers pass to %(user)s, or choose the "
                        "customers one by one.",
                        user=transfer.collector_to_id.name,
                    )
                )
            if transfer.scope == "chosen" and not transfer.account_ids:
                raise ValidationError(
                    self.env._(
                        "Choose the customers that pass to %(user)s, or transfer all.",
                        user=transfer.collector_to_id.name,
                    )
                )

    @api.constrains("collector_to_id", "company_id")
    def _check_receiver(self):
        for transfer in self:
            if message := transfer._get_receiver_problem():
                raise ValidationError(message)

    def _get_receiver_problem(self):
        """Why the new collector cannot take the customers, in a sentence, or False."""
        self.ensure_one()
        if self.collector_to_id._filter_collectors(self.company_id):
            return False
        return self.env._(
            "%(user)s is no active collector in %(company)s and cannot take customers "
            "over. Choose another collector.",
            user=self.collector_to_id.name,
            company=self.company_id.name,
        )

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(RESULT & vals.keys() for vals in vals_list):
            self._raise_result()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and RESULT & vals.keys():
            self._raise_result()
        if TERMS & vals.keys() and any(t.state != "draft" for t in self):
            raise UserError(
                self.env._(
                    "A transfer cannot be changed after it was confirmed. Cancel it "
                    "and make a new one."
                )
            )
        return super().write(vals)

    def _raise_result(self):
        raise UserError(
            self.env._("Use the buttons: what became of a transfer cannot be entered.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if any(transfer.state != "draft" for transfer in self):
            raise UserError(
                self.env._(
                    "A transfer that was confirmed is part of the history and cannot "
                    "be deleted. Cancel it if it still waits."
                )
            )

    # ---------------------------------------------------------------------- actions

    def action_confirm(self):
        """Transfer now, or on the day that was entered if it is still to come."""
        self.check_access("write")
        drafts = self.filtered(lambda transfer: transfer.state == "draft")
        drafts.lock_for_update()
        for transfer in drafts:
            if transfer.date > transfer.company_id._local_today():
                # As superuser: the state is written by the methods alone.
                transfer.sudo().state = "scheduled"
            else:
                transfer._execute()
        return True

    def action_execute(self):
        """Transfer now, without waiting for the day."""
        self.check_access("write")
        waiting = self.filtered(lambda t: t.state in ("draft", "scheduled"))
        waiting.lock_for_update()
        for transfer in waiting:
            transfer._execute()
        return True

    def action_cancel(self):
        """Give up transfers that have not been done yet."""
        self.check_access("write")
        self.lock_for_update()
        if any(transfer.state == "done" for transfer in self):
            raise UserError(
                self.env._(
                    "What was transferred cannot be cancelled. Transfer the customers "
                    "back instead."
                )
            )
        # As superuser: the state is written by the methods alone.
        self.sudo().write({"state": "cancelled", "error": False})
        return True

    def action_view_accounts(self):
        """Open the customers that were transferred, or would be now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        if self.state in ("done", "cancelled"):
            action["domain"] = [("id", "in", self.line_ids.account_id.ids)]
        else:
            action["domain"] = list(self._get_accounts_domain())
        action["context"] = {}
        return action

    @api.model
    def _get_action_new(self, accounts):
        """The form of a new transfer of chosen accounts."""
        if len(accounts.company_id) > 1:
            raise UserError(
                self.env._(
                    "Choose customers of one company: a transfer is made for each "
                    "company."
                )
            )
        collector = accounts.collector_id
        every = len(collector) == 1 and all(a.collector_id for a in accounts)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "name": self.env._("New Transfer"),
            "view_mode": "form",
            "context": {
                "default_company_id": accounts.company_id.id,
                "default_collector_from_id": collector.id if every else False,
                "default_scope": "chosen",
                "default_account_ids": [Command.set(accounts.ids)],
            },
        }

    # ------------------------------------------------------------------- the engine

    def _get_accounts_domain(self):
        """The accounts that the transfer takes, as things are now."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        if self.collector_from_id:
            domain &= Domain("collector_id", "=", self.collector_from_id.id)
        else:
            domain &= Domain("collector_id", "!=", self.collector_to_id.id)
        if self.scope == "chosen":
            domain &= Domain("id", "in", self.account_ids._origin.ids)
        return domain

    def _execute(self):
        """Transfer these accounts; the caller holds the lock on the record.

        Doing it twice does nothing: a transfer that is done is left alone.
        """
        self.ensure_one()
        if self.state not in ("draft", "scheduled"):
            return
        if message := self._get_receiver_problem():
            raise UserError(message)
        # As superuser: the new collectors and the history are written by the system.
        accounts = self.env["arm.customer.account"].sudo()
        changes, moved = accounts._assign_collectors(
            self._wanted_query(), "transfer", self
        )
        self.sudo().write(  # the same
            {
                "state": "done",
                "date_done": fields.Datetime.now(),
                "moved_count": moved,
                "error": False,
            }
        )
        self._notify_collectors(len(changes), moved)

    def _wanted_query(self):
        """The accounts that are transferred, for ``_assign_collectors``."""
        # As superuser: a colleague's customers are transferred, whoever confirms it.
        accounts = self.env["arm.customer.account"].sudo()
        return SQL(
            """
            SELECT id AS account_id, %s AS collector_id, NULL::integer AS rule_id
              FROM (%s) chosen
            """,
            self.collector_to_id.id,
            accounts._search(self._get_accounts_domain()).select(),
        )

    def _notify_collectors(self, customers, moved):
        """Tell both collectors once, instead of once for each customer."""
        people = self.collector_to_id | self.collector_from_id.filtered("active")
        # As superuser: a collector who is told need not be allowed to read transfers.
        self.sudo().message_post(
            body=self.env._(
                "Customers of %(company)s passed from %(old)s to %(new)s: "
                "%(customers)s, with open activities: %(work)s. Reason: %(reason)s",
                customers=customers,
                company=self.company_id.name,
                work=moved,
                old=self.collector_from_id.name or self.env._("several collectors"),
                new=self.collector_to_id.name,
                reason=self.reason,
            ),
            subject=self.display_name,
            partner_ids=people.sudo().partner_id.ids,  # users read no other users
            subtype_xmlid="mail.mt_note",
        )

    def _execute_safely(self):
        """Transfer; when it cannot be done, keep why and try again later."""
        self.invalidate_recordset(["state"])
        try:
            with self.env.cr.savepoint():
                self._execute()
        except OperationalError:
            raise  # the database asks for the whole transaction to be repeated
        except Exception as error:
            _logger.info("Portfolio transfer %s failed", self.id, exc_info=True)
            self.error = str(error)[:500]

    @api.model
    def _cron_execute(self):
        """Do the transfers whose day has come; one that fails says why and waits."""
        waiting = self.search([("state", "=", "scheduled")], order="date, id")
        due = waiting.filtered(lambda t: t.date <= t.company_id._local_today())
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for transfer in due:
            transfer = transfer.try_lock_for_update()
            if transfer:
                transfer._execute_safely()
            if not self.env["ir.cron"]._commit_progress(1):
                break

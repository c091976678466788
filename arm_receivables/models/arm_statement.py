from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.statement_sheet import ACTIVITY, OPEN
from .arm_customer_position import RECEIVABLE_ACCOUNTS

STATEMENT_KINDS = [("open", "Open Items"), ("activity", "Activity of a Period")]
CATCH_UP_DAYS = 7  # after the first working day, for servers that were down


class ArmStatement(models.Model):
    """A statement of account that is e-mailed to a customer: the queue and its record.

    The row is made first and the mail is put into core's queue in the same transaction
    that marks the row as sent: whatever is killed or run twice, a customer gets one
    statement for each month of the schedule, and each one that a person asks for once.
    """

    _name = "arm.statement"
    _description = "Statement of Account"
    _order = "id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    account_id = fields.Many2one(
        "arm.customer.account",
        string="Customer Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(STATEMENT_KINDS, required=True, readonly=True)
    date = fields.Date(
        string="As At", required=True, readonly=True, help="The last day that counts."
    )
    date_from = fields.Date(string="From", readonly=True)
    month = fields.Char(
        readonly=True,
        help="Year and month of the schedule that it belongs to; empty when a person "
        "asked for it.",
    )
    state = fields.Selection(
        [
            ("queued", "To Send"),
            ("sent", "Sent"),
            ("nothing", "Nothing to Tell"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="queued",
    )
    date_sent = fields.Datetime(string="Sent On", readonly=True)
    email_to = fields.Char(string="Sent To", readonly=True)
    problem = fields.Char(readonly=True, help="Why it could not be sent.")
    amount_text = fields.Char(
        string="Balance", readonly=True, help="The balance of each currency."
    )
    date_text = fields.Char(
        string="Period in Words", readonly=True, help="As the customer reads it."
    )
    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", readonly=True, index="btree_not_null"
    )
    mail_id = fields.Many2one(
        "mail.mail", string="E-mail", readonly=True, index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Asked For By", readonly=True)

    # The schedule can ask as often as it likes: a month has one row for a customer.
    _month_uniq = models.UniqueIndex(
        "(account_id, month) WHERE month IS NOT NULL",
        "The statement of this month is there already.",
    )
    _queued_idx = models.Index("(id) WHERE state = 'queued'")

    # ---------------------------------------------------------------------- actions

    def action_retry(self):
        """Queue statements again that could not be sent, once the reason is mended."""
        self._check_collector()
        # As superuser: nobody has the right to write statements directly.
        failed = self.sudo().filtered(lambda statement: statement.state == "failed")
        failed.write({"state": "queued", "problem": False})
        # As superuser: a user need not be allowed to wake the queue.
        self.env.ref("arm_receivables.ir_cron_statements").sudo()._trigger()

    def action_cancel(self):
        """Take statements out of the queue that are not sent yet."""
        self._check_collector()
        # As superuser: nobody has the right to write statements directly.
        waiting = self.sudo().filtered(lambda s: s.state in ("queued", "failed"))
        waiting.try_lock_for_update().write({"state": "cancelled"})

    def action_open_pdf(self):
        """Open what the customer got."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            # As superuser: only its number; its own right is checked at the address.
            "url": f"/web/content/{self.sudo().attachment_id.id}",
            "target": "new",
        }

    @api.model
    def _check_collector(self):
        """Only who works with customers sends them something."""
        self.check_access("read")
        if not self.env.user.has_group("arm_receivables.group_receivables_collector"):
            raise AccessError(
                self.env._("Only collectors and credit managers send statements.")
            )

    # --------------------------------------------------------------------- schedule

    @api.model
    def _plan(self, company):
        """Queue this month's statements of a company, once its day has come.

        One statement for all customers; those that are there already stay as they are.
        The month is closed after a week: a customer whose setting changes later gets
        the next one.

        :return: number of new rows
        """
        today = company._local_today()
        month = today.strftime("%Y-%m")
        first = company._get_statement_day(today)
        if today < first or company.statement_month == month:
            return 0
        company.statement_month = month
        if today > first + timedelta(days=CATCH_UP_DAYS):
            return 0
        self.env.flush_all()
        self.env.cr.execute(self._plan_query(company, today, month))
        self.invalidate_model()
        return self.env.cr.rowcount

    @api.model
    def _plan_query(self, company, today, month):
        """Open items as at today; activity of the month before, to its last day."""
        end = today.replace(day=1) - timedelta(days=1)
        start = end + relativedelta(day=1)
        return SQL(
            """
            INSERT INTO arm_statement
                   (account_id, company_id, partner_id, kind, date, date_from, month,
                    state, create_uid, create_date, write_uid, write_date)
            SELECT chosen.id, chosen.company_id, chosen.partner_id, chosen.kind,
                   CASE chosen.kind WHEN %(activity)s THEN %(end)s ELSE %(today)s END,
                   CASE chosen.kind WHEN %(activity)s THEN %(start)s END,
                   %(month)s, 'queued', %(uid)s, NOW() AT TIME ZONE 'UTC',
                   %(uid)s, NOW() AT TIME ZONE 'UTC'
              FROM (%(chosen)s) chosen
             WHERE chosen.kind = %(open)s AND chosen.item_count > 0
                OR chosen.kind = %(activity)s
                   AND (chosen.item_count > 0 OR chosen.partner_id IN (%(moved)s))
             ORDER BY chosen.id
            ON CONFLICT (account_id, month) WHERE month IS NOT NULL DO NOTHING
            """,
            activity=ACTIVITY,
            open=OPEN,
            today=today,
            start=start,
            end=end,
            month=month,
            uid=self.env.uid,
            chosen=self._chosen_query(company),
            moved=self._moved_query(company, start, end),
        )

    @api.model
    def _chosen_query(self, company):
        """The customers of a company with the kind of statement that they get."""
        return SQL(
            """
            SELECT account.id, account.company_id, account.partner_id,
                   account.item_count,
                   COALESCE(account.statement_schedule, %s) AS kind
              FROM arm_customer_account account
              JOIN res_partner partner ON partner.id = account.partner_id
             WHERE account.company_id = %s AND partner.active
            """,
            company.statement_schedule,
            company.id,
        )

    @api.model
    def _moved_query(self, company, start, end):
        """Customers with a receivable entry in a period."""
        return SQL(
            """
            SELECT contact.commercial_partner_id
              FROM account_move_line line
              JOIN res_partner contact ON contact.id = line.partner_id
             WHERE line.company_id = %s AND line.parent_state = 'posted'
               AND line.account_id = ANY(%s) AND line.date BETWEEN %s AND %s
            """,
            company.id,
            RECEIVABLE_ACCOUNTS,
            start,
            end,
        )

    @api.model
    def _queue(self, accounts, kind, date=None, date_from=None):
        """Queue the statements that a person asks for; they leave with the next batch.

        :param accounts: customer accounts that the person may read
        :param kind: ``open`` or ``activity``
        :return: the new rows
        """
        accounts.check_access("read")
        self._check_collector()
        values = [
            {
                "account_id": account.id,
                "company_id": account.company_id.id,
                "partner_id": account.partner_id.id,
                "kind": kind,
                "date": date or account.company_id._local_today(),
                "date_from": date_from if kind == ACTIVITY else False,
                "user_id": self.env.uid,
            }
            for account in accounts
        ]
        # As superuser: nobody has the right to make statements directly.
        queued = self.sudo().create(values)
        # As superuser: a user need not be allowed to wake the queue.
        self.env.ref("arm_receivables.ir_cron_statements").sudo()._trigger()
        return queued.sudo(False)

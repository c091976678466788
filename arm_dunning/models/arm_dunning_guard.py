from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

NOTHING = SQL("'{}'::jsonb")


@dataclass(frozen=True)
class Guard:
    """Why a step that is due is not done: a condition in SQL, and its figures.

    :param condition: over the aliases of the subject's query and ``account``
    :param figures: a jsonb expression over the same
    :param scope: "all" steps, those that "claim" money (no courtesies), or those that
        "contact" the customer to claim money
    """

    condition: SQL
    figures: SQL = NOTHING
    scope: str = "claim"


class ArmDunningGuard(models.AbstractModel):
    """The guards that look at the customer, the company or the day."""

    _name = "arm.dunning.guard"
    _description = "Guards of Dunning"

    # ------------------------------------------------------------------ all guards

    @api.model
    def _get_guards(self, plan, subject, scopes):
        """Hook: reason code -> guard, in the order of precedence.

        Only those that the company has switched on.
        """
        guards = {
            **subject._get_subject_guards(plan),
            **self._get_customer_guards(plan),
            **self._get_contact_guards(plan),
            **self._get_day_guards(plan),
        }
        return {
            code: guard
            for code, guard in guards.items()
            if guard.scope in scopes and self._is_switched_on(plan.company, code)
        }

    @api.model
    def _is_switched_on(self, company, code):
        """Whether a company uses a guard; those with a number are off at zero."""
        name = f"dunning_guard_{code}"
        return company[name] if name in company._fields else True

    @api.model
    def _get_customer_guards(self, plan):
        """Guards that look at the customer account."""
        minimum = plan.company.dunning_amount_min
        guards = {
            "handed_over": Guard(
                SQL("account.handed_over_on IS NOT NULL"),
                SQL("jsonb_build_object('since', account.handed_over_on)"),
                "all",
            ),
            "blocked_partner": Guard(
                SQL("account.blocked"),
                SQL(
                    "jsonb_build_object('archived', account.archived, "
                    "'why', account.pause_reason)"
                ),
                "all",
            ),
            "paused": Guard(
                SQL("account.pause_until >= %s::date", plan.today),
                SQL(
                    "jsonb_build_object('until', account.pause_until, "
                    "'why', account.pause_reason)"
                ),
                "all",
            ),
            "credit_covers": Guard(
                SQL("account.amount_open <= 0"),
                SQL("jsonb_build_object('balance', account.amount_open)"),
            ),
        }
        if minimum > 0:
            guards["below_minimum"] = Guard(
                SQL("account.amount_open < %s", minimum),
                SQL(
                    "jsonb_build_object('balance', account.amount_open, "
                    "'minimum', %s::numeric)",
                    minimum,
                ),
            )
        return guards

    @api.model
    def _get_contact_guards(self, plan):
        """Guards that look at how often the customer was contacted."""
        company, guards = plan.company, {}
        if company.dunning_gap_days > 0:
            newest = plan.today - timedelta(days=company.dunning_gap_days)
            guards["contact_gap"] = Guard(
                SQL("account.last_contact > %s::date", newest),
                SQL(
                    "jsonb_build_object('last', account.last_contact, 'gap', %s::int)",
                    company.dunning_gap_days,
                ),
                "contact",
            )
        if company.dunning_contact_max > 0:
            guards["too_many_contacts"] = Guard(
                SQL("account.contacts >= %s", company.dunning_contact_max),
                SQL(
                    "jsonb_build_object('contacts', account.contacts, "
                    "'days', %s::int, 'max', %s::int)",
                    company.dunning_contact_days,
                    company.dunning_contact_max,
                ),
                "contact",
            )
        return guards

    @api.model
    def _get_day_guards(self, plan):
        """Guards that are the same for everybody; they are known before the query."""
        company, guards = plan.company, {}
        if plan.is_live:
            return guards
        if company.dunning_bank_days > 0:
            last = self._get_last_bank_date(company)
            oldest = plan.today - timedelta(days=company.dunning_bank_days)
            if not last or last < oldest:
                guards["bank_stale"] = Guard(
                    SQL("TRUE"),
                    SQL(
                        "jsonb_build_object('last', %s::text, 'days', %s::int)",
                        last and fields.Date.to_string(last),
                        company.dunning_bank_days,
                    ),
                )
        if plan.is_quiet:
            guards["quiet_day"] = Guard(
                SQL("TRUE"),
                SQL("jsonb_build_object('day', %s::date)", plan.today),
                "contact",
            )
        return guards

    @api.model
    def _handed_over_sql(self):
        """Hook: since when the customer is being handed over, or NULL.

        A proposal counts: while somebody decides, nobody else writes to the customer.
        """
        return SQL(
            """
            (SELECT MIN(collection.date) FROM arm_collection_case collection
              WHERE collection.account_id = account.id
                AND collection.state IN ('proposed', 'approved', 'handed'))
            """
        )

    @api.model
    def _get_last_bank_date(self, company):
        """The day of the company's newest bank entry or payment, or None."""
        entry = self.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("journal_id.type", "in", ("bank", "cash", "credit")),
            ],
            order="date desc, id desc",
            limit=1,
        )
        payment = self.env["account.payment"].search(
            [("company_id", "=", company.id), ("state", "in", ("in_process", "paid"))],
            order="date desc, id desc",
            limit=1,
        )
        return max(filter(None, (entry.date, payment.date)), default=None)

    # -------------------------------------------------------------------- customers

    @api.model
    def _accounts_query(self, plan, accounts=None, live=False):
        """What conditions and guards need to know of each customer, one row each.

        :param accounts: only these customer accounts.
        :param live: take the balance from the ledger instead of the stored one.
        """
        restrict = SQL("TRUE")
        if accounts is not None:
            restrict = SQL("account.id IN %s", tuple(accounts.ids) or (0,))
        balance, oldest, ledger = self._get_balance_sources(plan, live)
        return SQL(
            """
            SELECT account.id, account.partner_id, account.reliability_status,
                   %(procedure)s AS procedure_id,
                   %(balance)s AS amount_open, %(oldest)s AS oldest_overdue_date,
                   account.dunning_pause_until AS pause_until,
                   account.dunning_pause_reason AS pause_reason,
                   account.dunning_blocked IS TRUE OR NOT customer.active AS blocked,
                   NOT customer.active AS archived,
                   %(handed_over)s AS handed_over_on,
                   contact.last_contact, COALESCE(contact.contacts, 0) AS contacts
              FROM arm_customer_account account
              JOIN res_partner customer ON customer.id = account.partner_id
              LEFT JOIN (%(contacts)s) contact ON contact.account_id = account.id
              %(ledger)s
             WHERE account.company_id = %(company)s AND %(restrict)s
            """,
            procedure=self._procedure_sql(plan),
            balance=balance,
            oldest=oldest,
            handed_over=self._handed_over_sql(),
            contacts=self._contacts_query(plan, accounts),
            ledger=ledger,
            company=plan.company.id,
            restrict=restrict,
        )

    @api.model
    def _get_balance_sources(self, plan, live):
        """SQL of the balance, of the oldest overdue day, and of what they are from."""
        if not live:
            stored = SQL("account.amount_open"), SQL("account.oldest_overdue_date")
            return *stored, SQL("")
        return (
            SQL("COALESCE(ledger.balance, 0)"),
            SQL("ledger.oldest"),
            SQL("LEFT JOIN LATERAL (%s) ledger ON TRUE", self._ledger_query(plan)),
        )

    @api.model
    def _ledger_query(self, plan):
        """The balance of ``account``, and since when its oldest item is overdue.

        Looked up customer by customer through core's index of open items. As one
        aggregate over all of them, PostgreSQL reads every open item of the company for
        a batch of a few hundred customers, and joins the result row by row.
        """
        return SQL(
            """
            SELECT SUM(line.amount_residual) AS balance,
                   MIN(COALESCE(line.date_maturity, line.date)) FILTER (
                       WHERE line.amount_residual > 0
                         AND COALESCE(line.date_maturity, line.date) < %(today)s
                   ) AS oldest
              FROM res_partner partner
              JOIN account_move_line line ON line.partner_id = partner.id
              JOIN account_account ledger ON ledger.id = line.account_id
             WHERE partner.commercial_partner_id = account.partner_id
               AND line.company_id = %(company)s AND line.parent_state = 'posted'
               AND line.reconciled IS NOT TRUE
               AND ledger.account_type = 'asset_receivable'
            """,
            today=plan.today,
            company=plan.company.id,
        )

    @api.model
    def _contacts_query(self, plan, accounts=None):
        """When the customers were contacted last, and on how many days lately."""
        company = plan.company
        if not (company.dunning_gap_days or company.dunning_contact_max):
            return SQL(
                "SELECT NULL::int AS account_id, NULL::date AS last_contact, "
                "NULL::bigint AS contacts WHERE FALSE"
            )
        since = plan.today - timedelta(days=company.dunning_contact_days)
        newest = plan.today - timedelta(days=company.dunning_gap_days)
        restrict = SQL("TRUE")
        if accounts is not None:
            restrict = SQL("account_id IN %s", tuple(accounts.ids) or (0,))
        return SQL(
            """
            SELECT account_id, MAX(day_done) AS last_contact,
                   COUNT(DISTINCT day_done) FILTER (WHERE day_done > %(since)s)
                   AS contacts
              FROM %(steps)s step
             WHERE company_id = %(company)s AND is_contact AND state = 'done'
               AND day_done > %(oldest)s AND %(restrict)s
             GROUP BY account_id
            """,
            since=since,
            oldest=min(since, newest),
            steps=plan.steps_sql(),
            company=company.id,
            restrict=restrict,
        )

    @api.model
    def _procedure_sql(self, plan):
        """The procedure that a customer is in, or NULL.

        The one chosen on the account, unless it is archived; else the first that
        applies by itself.
        """
        procedures = self.env["arm.dunning.procedure"].search(
            [("company_id", "=", plan.company.id)]
        )
        task = self.env["arm.dunning.task"]
        branches = [
            SQL(
                "WHEN account.reliability_status IN %s AND %s THEN %s",
                tuple(procedure._get_statuses()),
                task._domain_sql(
                    "res.partner",
                    procedure.partner_domain,
                    SQL("account.partner_id"),
                    plan.company,
                ),
                procedure.id,
            )
            for procedure in procedures
            if procedure.automatic
        ]
        default = SQL("NULL::int")
        if branches:
            default = SQL("CASE %s END", SQL(" ").join(branches))
        if not procedures:
            return default
        return SQL(
            "CASE WHEN account.dunning_procedure_id IN %s "
            "THEN account.dunning_procedure_id ELSE %s END",
            tuple(procedures.ids),
            default,
        )

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql

from ..tools.aging import bucket_labels

AGREEMENTS = 20  # of each kind; older ones are asked for by telephone
# What a contact may do on the page: the address of a delivery settles no debts.
EVERYTHING = frozenset(
    ("pay", "promise", "plan", "dispute", "copy", "remittance", "correct")
)
OF_GOODS = frozenset(("dispute", "copy"))
ROLES = {"delivery": OF_GOODS, "other": OF_GOODS}


class ArmCustomerAccount(models.Model):
    """What the customer's own page shows: figures, items, agreements, messages.

    The controller calls these methods as superuser, for accounts that it has checked;
    each looks at its own account only.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    # ------------------------------------------------------------------------ figures

    def _get_portal_figures(self):
        """The figures of each account and currency that has open items.

        The same as ``tools.customer_page.page_figures``, from one query for each
        company.

        :return: list of dicts, the largest debt of each account first
        """
        figures = []
        for account in self:
            company = account.company_id
            limits = company._get_aging_limits()
            rows = self.env.execute_query_dict(account._figures_query(limits))
            for row in rows:
                figures.append(
                    {
                        "account": account,
                        "today": company._local_today(),
                        "currency": self.env["res.currency"].browse(row["currency_id"]),
                        "buckets": account._prepare_page_bar(row, limits),
                        **row,
                    }
                )
        return figures

    def _figures_query(self, limits):
        query = self.env["account.move.line"]._search(self._get_open_items_domain())
        today = self.company_id._local_today()
        line = SQL.identifier(query.table)
        open_amount = SQL("%s.amount_residual_currency", line)
        days = SQL("%s - COALESCE(%s.date_maturity, %s.date)", today, line, line)
        late = SQL("%s > 0 AND %s > 0", open_amount, days)
        return SQL(
            """
            SELECT %(line)s.currency_id, COUNT(*) AS count,
                   SUM(%(open)s) AS balance,
                   COALESCE(SUM(%(open)s) FILTER (WHERE %(open)s < 0), 0) AS credits,
                   COALESCE(SUM(%(open)s) FILTER (WHERE %(late)s), 0) AS overdue,
                   MIN(COALESCE(%(line)s.date_maturity, %(line)s.date))
                       FILTER (WHERE %(open)s > 0 AND NOT (%(late)s)) AS next_due
                   %(buckets)s
              FROM %(tables)s WHERE %(where)s
             GROUP BY %(line)s.currency_id
             ORDER BY SUM(%(line)s.amount_residual) DESC
            """,
            line=line,
            open=open_amount,
            late=late,
            buckets=self._page_buckets_sql(limits, open_amount, days),
            tables=query.from_clause,
            where=query.where_clause,
        )

    @api.model
    def _page_buckets_sql(self, limits, open_amount, days):
        """One more column for each part of the aging bar: not due, then by days."""
        lows, highs = [-(10**6), 0, *limits], [0, *limits, None]
        return SQL("").join(
            SQL(
                ", COALESCE(SUM(%s) FILTER (WHERE %s > 0 AND %s > %s AND (%s)), 0) "
                "AS %s",
                open_amount,
                open_amount,
                days,
                low,
                SQL("%s <= %s", days, high) if high is not None else SQL("TRUE"),
                SQL.identifier(f"bucket_{number}"),
            )
            for number, (low, high) in enumerate(zip(lows, highs, strict=True))
        )

    @api.model
    def _prepare_page_bar(self, row, limits):
        """The parts of the aging bar: amount, share in percent, label."""
        amounts = [row.pop(f"bucket_{number}") for number in range(len(limits) + 2)]
        whole = float(sum(amounts)) or 1.0
        names = bucket_labels(limits)
        return [
            {
                "amount": amount,
                "share": round(100 * float(amount) / whole, 2),
                "days": name,
                # The later, the stronger; who sees no colours reads the days.
                "colour": "danger" if number else "success",
                "strength": round(0.3 + 0.7 * number / (len(names) - 1), 2)
                if number
                else 1,
            }
            for number, (name, amount) in enumerate(zip(names, amounts, strict=True))
        ]

    # -------------------------------------------------------------------------- items

    def _get_portal_filters(self):
        """Hook: name -> (label, domain) of the filters of open items."""
        today = self.company_id._local_today()
        owed = Domain("amount_residual", ">", 0)
        late = owed & (
            Domain("date_maturity", "<", today)
            | Domain("date_maturity", "=", False) & Domain("date", "<", today)
        )
        # A pause is ours to know: the customer has not agreed to it.
        holds = self.env["arm.hold"]._search(
            [
                ("company_id", "=", self.company_id.id),
                ("reason", "!=", "pause"),
                "|",
                ("until", "=", False),
                ("until", ">=", today),
            ]
        )
        agreed = Domain("id", "in", holds.subselect("item_id"))
        return {
            "all": (self.env._("All"), Domain.TRUE),
            "overdue": (self.env._("Overdue"), late),
            "later": (self.env._("Not due"), owed & ~late),
            "agreed": (self.env._("Agreed or disputed"), agreed),
            "credit": (self.env._("Credits"), Domain("amount_residual", "<", 0)),
        }

    @api.model
    def _get_portal_sortings(self):
        """Hook: name -> (label, order) of the orders of open items."""
        return {
            "due": (self.env._("Oldest first"), "date_maturity, id"),
            "newest": (self.env._("Newest first"), "date_maturity DESC, id DESC"),
            "amount": (
                self.env._("Largest first"),
                "amount_residual_currency DESC, id",
            ),
            "document": (self.env._("Document"), "move_name, date_maturity, id"),
        }

    def _get_portal_items_domain(self, currency, filterby="all", search=""):
        """The domain of the open items that the page lists.

        :param filterby: a name of :meth:`_get_portal_filters`; unknown ones: all
        :param search: part of a document number, or of the customer's own number
        """
        filters = self._get_portal_filters()
        domain = Domain(self._get_open_items_domain())
        domain &= Domain("currency_id", "=", currency.id)
        domain &= filters.get(filterby, filters["all"])[1]
        words = escape_psql((search or "").strip()[:60])
        if words:
            domain &= Domain("move_name", "ilike", words) | Domain(
                "move_id.ref", "ilike", words
            )
        return domain

    # ------------------------------------------------------------- agreements, letters

    def _get_portal_agreements(self):
        """What was agreed lately, by kind, the newest first: promises, plans ..."""
        mine = [("account_id", "in", self.ids)]
        return {
            "promises": self.env["arm.promise"].search(
                [*mine, ("plan_id", "=", False)], limit=AGREEMENTS, order="id desc"
            ),
            "plans": self.env["arm.payment.plan"].search(mine, limit=AGREEMENTS),
            "disputes": self.env["arm.dispute"].search(
                mine, limit=AGREEMENTS, order="id desc"
            ),
            "extensions": self.env["arm.extension"].search(
                [*mine, ("state", "in", ("requested", "granted"))], limit=AGREEMENTS
            ),
        }

    def _get_portal_messages(self):
        """Hook: letters and messages that the customer got, the newest first.

        :return: list of dicts with ``date``, ``title``, ``kind`` (in words), and
            ``path``, where it can be read: a path below the account's own, or None
        """
        return []

    def _get_portal_downloads(self):
        """Hook: what can be downloaded: dicts with ``label``, ``path``, ``icon``."""
        return []

    # -------------------------------------------------------------------------- roles

    @api.model
    def _get_portal_rights(self, contact):
        """Hook: what a contact may do on the page, by the role in the company.

        :param contact: who is logged in; none with a link, which went to the contact
            for invoices
        """
        return ROLES.get(contact.type, EVERYTHING) if contact else EVERYTHING

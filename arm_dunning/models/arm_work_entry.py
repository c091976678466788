from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from ..tools import worklist
from ..tools.worklist import PARTS
from .arm_work_todo import ArmWorkTodo

DRAWERS = [
    (worklist.ACT, "Act Now"),
    (worklist.EASY, "Easy"),
    (worklist.LEAVE, "Leave Alone"),
    (worklist.NOTHING, "Nothing to Do"),
]
WHY = [
    ("must", "Somebody waits for it"),
    ("due", "To be done today"),
    ("points", "Nobody is on it, and it matters"),
    ("good_payer", "A good payer, hardly late"),
    ("limit", "A good payer whose limit is nearly used"),
    ("handed_over", "Is being handed over"),
    ("paused", "Dunning is paused"),
    ("covered", "Credit covers the debt"),
    ("agreed", "All of it is promised or disputed"),
    ("later", "Something is planned for later"),
    ("called", "Was called a short time ago"),
    ("machine", "The reminders take care of it"),
    ("nothing", "Nothing is overdue"),
]


class ArmWorkEntry(models.Model):
    """My day: what a collector has to do, one row for each customer.

    Nothing is stored. The facts of the customer accounts and what there is to do
    (``arm.work.todo``) give points and a drawer by the rules of ``tools.worklist``, in
    one statement. The id is the customer account's.
    """

    _name = "arm.work.entry"
    _description = "Work of a Collector"
    _auto = False
    _order = "rank, score desc, id"
    _rec_name = "account_id"

    account_id = fields.Many2one("arm.customer.account", string="Customer")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    user_id = fields.Many2one("res.users", string="Who")
    is_mine = fields.Boolean(
        string="Mine", compute="_compute_is_mine", search="_search_is_mine"
    )
    reliability_status = fields.Selection(RELIABILITY_STATUSES, string="Status")
    amount_open = fields.Monetary(string="Open")
    amount_overdue = fields.Monetary(string="Overdue")
    amount_stake = fields.Monetary(
        string="At Stake", help="Overdue, and neither disputed nor promised."
    )
    days_overdue = fields.Integer(string="Days Late", aggregator="max")
    promises_broken = fields.Integer(string="Broken Promises")
    limit_used = fields.Integer(string="Limit Used (%)", aggregator="max")
    clock = fields.Date(string="Insurer's Deadline")
    date = fields.Date(string="Since", help="The earliest day of what is to be done.")
    date_called = fields.Date(string="Last Call")
    todo_count = fields.Integer(string="Things to Do")
    points_amount = fields.Integer(string="Points: Amount", aggregator=None)
    points_late = fields.Integer(string="Points: Days Late", aggregator=None)
    points_broken = fields.Integer(string="Points: Promises", aggregator=None)
    points_limit = fields.Integer(string="Points: Limit", aggregator=None)
    points_clock = fields.Integer(string="Points: Insurer", aggregator=None)
    score = fields.Integer(
        string="Points",
        aggregator="max",
        help="The sum of the parts: amount at stake, days late, broken promises, "
        "credit limit used, insurer's deadline. The weights are in the settings.",
    )
    score_text = fields.Char(string="Why So Many", compute="_compute_score_text")
    rank = fields.Integer(aggregator=None)
    drawer = fields.Selection(DRAWERS, group_expand="_expand_drawers")
    why = fields.Selection(WHY, string="Because")
    what = fields.Char(compute="_compute_what")

    _depends = {
        **ArmWorkTodo._depends,
        "arm.customer.account": [
            "amount_open",
            "amount_overdue",
            "amount_disputed",
            "amount_promised",
            "oldest_overdue_date",
            "promises_broken",
            "exposure",
            "reliability_status",
            "collector_id",
            "dunning_blocked",
            "dunning_pause_until",
        ],
        "arm.collection.case": ["account_id", "state"],
        "res.partner": ["credit_limit"],
    }

    # --------------------------------------------------------- computes and searches

    @api.model
    def _expand_drawers(self, values, domain):
        """The three drawers are always there, also when one is empty."""
        return [code for code, _label in DRAWERS if code != worklist.NOTHING]

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self.search([("id", "in", self.ids), ("is_mine", "=", True)])
        for entry in self:
            entry.is_mine = entry in mine

    @api.model
    def _search_is_mine(self, operator, value):
        """Customers and work of the user, and of whom the user stands in for today."""
        if operator != "in":
            return NotImplemented
        mine = Domain("user_id", "=", self.env.uid)
        # As superuser: who stands in for whom is no secret to the stand-in.
        absences = self.env["arm.collector.absence"].sudo()
        for company, users in absences._get_represented(self.env.user).items():
            mine |= Domain("company_id", "=", company.id) & Domain(
                "user_id", "in", users.ids
            )
        todos = self.env["arm.work.todo"]._search(mine & Domain("date", "<=", "today"))
        domain = mine | Domain("id", "in", todos.subselect("account_id"))
        return domain if True in value else ~domain

    @api.depends("score")
    @api.depends_context("lang")
    def _compute_score_text(self):
        """The parts that gave points, largest first, as one can add them up."""
        labels = {
            "amount": self.env._("amount"),
            "late": self.env._("days late"),
            "broken": self.env._("promises"),
            "limit": self.env._("limit"),
            "clock": self.env._("insurer"),
        }
        for entry in self:
            parts = [(entry[f"points_{part}"], labels[part]) for part in PARTS]
            parts = sorted((p for p in parts if p[0]), key=lambda p: -p[0])
            entry.score_text = " + ".join(
                f"{points} {label}" for points, label in parts
            )

    def _compute_what(self):
        """The first thing that is to be done today, and how much there is besides."""
        todos = self.env["arm.work.todo"].search([("account_id", "in", self.ids)])
        by_account = todos.grouped("account_id")
        for entry in self:
            today = entry.company_id._local_today()
            rows = by_account.get(entry.account_id, todos.browse())
            due = rows.filtered(lambda row, day=today: row.date <= day)
            text = due[:1].description or rows[:1].description
            entry.what = f"{text} (+{len(due) - 1})" if len(due) > 1 else text

    # -------------------------------------------------------------------- the query

    @property
    def _table_query(self):
        """Facts of each customer, their points, and the drawer, in three layers."""
        return SQL(
            """
            SELECT judged.*,
                   CASE judged.drawer %(ranks)s END AS rank
              FROM (
                SELECT weighed.*,
                       SPLIT_PART(weighed.verdict, ':', 1) AS drawer,
                       SPLIT_PART(weighed.verdict, ':', 2) AS why
                  FROM (
                    SELECT scored.*, %(verdict)s AS verdict
                      FROM (%(scored)s) scored
                  ) weighed
              ) judged
            """,
            ranks=SQL(" ").join(
                SQL("WHEN %s THEN %s", name, rank)
                for name, rank in worklist.RANKS.items()
            ),
            verdict=self._verdict_sql(),
            scored=self._scored_query(self._facts_query()),
        )

    @api.model
    def _scored_query(self, facts):
        """The facts with their points.

        :param facts: the query of the facts; its columns are those of the fields, and
            of ``_rule_query``
        """
        return SQL(
            """
            SELECT pointed.*,
                   points_amount + points_late + points_broken + points_limit
                   + points_clock AS score
              FROM (SELECT fact.*, %(points)s FROM (%(facts)s) fact) pointed
            """,
            facts=facts,
            points=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(f"points_{part}"))
                for part, expression in self._get_points().items()
            ),
        )

    @api.model
    def _get_points(self):
        """The points of each part: ``tools.worklist.weigh`` in SQL."""
        values = {
            "amount": (SQL("amount_stake"), SQL("amount_full")),
            "late": (SQL("days_overdue"), worklist.DAYS_FULL),
            "broken": (SQL("promises_broken"), worklist.BROKEN_FULL),
            "limit": (
                SQL("COALESCE(limit_used, 0) - %s", worklist.LIMIT_FROM),
                worklist.LIMIT_FULL - worklist.LIMIT_FROM,
            ),
            "clock": (
                SQL("COALESCE(%s - (clock - today), 0)", worklist.CLOCK_DAYS),
                worklist.CLOCK_DAYS,
            ),
        }
        # Multiplied before it is divided, so that a half is a half.
        return {
            part: SQL(
                "CASE WHEN %(full)s > 0 THEN ROUND(%(most)s "
                "* LEAST(GREATEST(%(value)s, 0), %(full)s) / (%(full)s)::numeric) "
                "WHEN %(value)s > 0 THEN %(most)s ELSE 0 END::integer",
                most=SQL.identifier(f"most_{part}"),
                value=value,
                full=full,
            )
            for part, (value, full) in values.items()
        }

    @api.model
    def _verdict_sql(self):
        """Drawer and reason as "drawer:reason": ``tools.worklist.drawer`` in SQL."""
        return SQL(
            """
            CASE WHEN must > 0 THEN 'act:must'
                 WHEN handed_over THEN 'leave:handed_over'
                 WHEN paused THEN 'leave:paused'
                 WHEN amount_overdue > 0 AND amount_open <= 0 THEN 'leave:covered'
                 WHEN amount_overdue > 0 AND amount_stake <= 0 THEN 'leave:agreed'
                 WHEN due > 0 AND reliability_status = 'green' AND promises_broken = 0
                      AND days_overdue <= %(friendly)s THEN 'easy:good_payer'
                 WHEN due > 0 THEN 'act:due'
                 WHEN amount_overdue <= 0 THEN 'nothing:nothing'
                 WHEN planned THEN 'leave:later'
                 WHEN today - date_called < rest_days THEN 'leave:called'
                 WHEN score >= act_points THEN 'act:points'
                 WHEN reliability_status = 'green'
                      AND COALESCE(limit_used, 0) >= %(near)s THEN 'easy:limit'
                 ELSE 'leave:machine' END
            """,
            friendly=worklist.FRIENDLY_DAYS,
            near=worklist.LIMIT_NEAR,
        )

    @api.model
    def _facts_query(self):
        """What is known of each customer today, beside the rules of its company."""
        return SQL(
            """
            SELECT account.id, account.id AS account_id, account.company_id,
                   account.currency_id, account.reliability_status,
                   COALESCE(todo.user_id, account.collector_id) AS user_id,
                   %(figures)s,
                   todo.clock, todo.date, call.day AS date_called,
                   COALESCE(todo.due + todo.must, 0) AS todo_count,
                   COALESCE(todo.due, 0) AS due, COALESCE(todo.must, 0) AS must,
                   COALESCE(todo.planned, FALSE) AS planned,
                   %(handed_over)s IS NOT NULL AS handed_over,
                   account.dunning_blocked IS TRUE
                       OR COALESCE(account.dunning_pause_until >= rule.today, FALSE)
                       AS paused,
                   %(rule)s
              FROM arm_customer_account account
              JOIN (%(rules)s) rule ON rule.company_id = account.company_id
              JOIN res_partner customer ON customer.id = account.partner_id
              LEFT JOIN (%(todos)s) todo ON todo.account_id = account.id
              LEFT JOIN (SELECT account_id, MAX(day) AS day
                           FROM arm_dunning_call_result GROUP BY account_id) call
                ON call.account_id = account.id
            """,
            figures=self._figures_sql(),
            handed_over=self.env["arm.dunning.guard"]._handed_over_sql(),
            rule=SQL(", ").join(
                SQL.identifier("rule", name)
                for name in self._get_rule()
                if name != "company_id"
            ),
            rules=self._rules_query(),
            todos=self._todos_query(),
        )

    @api.model
    def _figures_sql(self):
        """The columns of what the customer ``account`` owes, and since when."""
        return SQL(
            """
            COALESCE(account.amount_open, 0) AS amount_open,
            COALESCE(account.amount_overdue, 0) AS amount_overdue,
            GREATEST(COALESCE(account.amount_overdue, 0)
                - COALESCE(account.amount_disputed, 0)
                - COALESCE(account.amount_promised, 0), 0) AS amount_stake,
            GREATEST(COALESCE(rule.today - account.oldest_overdue_date, 0), 0)
                AS days_overdue,
            COALESCE(account.promises_broken, 0) AS promises_broken,
            ROUND(100 * GREATEST(account.exposure, 0)
                / NULLIF(%s, 0))::integer AS limit_used
            """,
            self.env["arm.order.block"]._limit_sql(),
        )

    @api.model
    def _todos_query(self):
        """What there is to do for each customer, summed up."""
        return SQL(
            """
            SELECT todo.account_id,
                   COUNT(*) FILTER (WHERE todo.date <= rule.today
                                      AND NOT todo.is_must) AS due,
                   COUNT(*) FILTER (WHERE todo.date <= rule.today
                                      AND todo.is_must) AS must,
                   BOOL_OR(todo.date > rule.today) AS planned,
                   MIN(todo.date) AS date, MIN(todo.clock) AS clock,
                   (ARRAY_AGG(todo.user_id ORDER BY todo.date)
                       FILTER (WHERE todo.user_id IS NOT NULL
                                 AND todo.date <= rule.today))[1] AS user_id
              FROM (%s) todo
              JOIN (%s) rule ON rule.company_id = todo.company_id
             GROUP BY todo.account_id
            """,
            self.env["arm.work.todo"]._table_query,
            self._rules_query(),
        )

    @api.model
    def _rules_query(self):
        """The weights of each company and its day, one row each."""
        # As superuser: the weights are the company's, whoever looks.
        companies = self.env.companies.sudo()
        names = self._get_rule()
        return SQL(
            "SELECT * FROM (VALUES %s) rule (%s)",
            SQL(", ").join(
                SQL("(%s)", SQL(", ").join(get(company) for get in names.values()))
                for company in companies
            ),
            SQL(", ").join(SQL.identifier(name) for name in names),
        )

    @api.model
    def _get_rule(self):
        """The columns of the rules: name -> function of the company to SQL."""

        def number(name):
            return lambda company: SQL("%s::integer", company[f"work_{name}"])

        return {
            "today": lambda company: SQL("%s::date", company._local_today()),
            "amount_full": lambda company: SQL("%s::numeric", company.work_amount_full),
            "act_points": number("act_points"),
            "rest_days": number("rest_days"),
            **{f"most_{part}": number(f"points_{part}") for part in PARTS},
            "default_limit": lambda company: SQL(
                "%s::numeric", company._get_default_credit_limit()
            ),
            "company_id": lambda company: SQL("%s::integer", company.id),
        }

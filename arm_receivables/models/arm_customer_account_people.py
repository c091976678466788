from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, groupby

from .arm_collector_change import ORIGINS
from .arm_customer_account import EVERYTHING
from .res_users import COLLECTOR_ALL, MANAGER

ASSIGNMENT = {"collector_id", "collector_origin", "collector_rule_id"}


class ArmCustomerAccount(models.Model):
    """Who works on a customer: the collector, and who stands in for them today.

    Every change of collector, whoever makes it, is a row of
    ``arm.collector.change`` and takes the open work along.
    """

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    collector_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        domain=lambda self: self.env["res.users"]._domain_collectors(),
        check_company=True,
        tracking=True,
        help="Who works on this customer. Without one, the rules of Configuration, "
        "Collector Rules find somebody with the next refresh.",
    )
    collector_origin = fields.Selection(
        ORIGINS,
        string="Collector Set By",
        readonly=True,
        help="What was set by hand or by a transfer is not changed by the rules.",
    )
    collector_rule_id = fields.Many2one(
        "arm.collector.rule", readonly=True, index="btree_not_null"
    )
    collector_change_ids = fields.One2many(
        "arm.collector.change", "account_id", string="Collectors"
    )
    stand_in_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        compute="_compute_stand_in_id",
        help="Works on this customer today, while the collector is absent.",
    )
    is_mine = fields.Boolean(
        string="My Customer",
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="You are the collector, or stand in for the collector today.",
    )
    has_active_collector = fields.Boolean(
        compute="_compute_has_active_collector",
        search="_search_has_active_collector",
        help="The collector is still a user, a collector, and in this company.",
    )

    # --------------------------------------------------------- computes and searches

    @api.depends("collector_id", "company_id")
    def _compute_stand_in_id(self):
        # As superuser: absences of colleagues decide, whoever looks.
        stand_ins = self.env["arm.collector.absence"].sudo()._get_stand_ins(self)
        for account in self:
            account.stand_in_id = stand_ins.get(account, False)

    @api.depends("collector_id", "stand_in_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for account in self:
            account.is_mine = self.env.uid in (
                account.collector_id.id,
                account.stand_in_id.id,
            )

    @api.model
    def _search_is_mine(self, operator, value):
        """Plain comparisons with ids, for the record rules: no sub-query.

        One small query finds for whom the user stands in today.
        """
        if operator != "in":
            return NotImplemented
        domain = Domain("collector_id", "=", self.env.uid)
        # As superuser: the rules of absences must not decide about accounts.
        absences = self.env["arm.collector.absence"].sudo()
        for company, users in absences._get_represented(self.env.user).items():
            domain |= Domain("company_id", "=", company.id) & Domain(
                "collector_id", "in", users.ids
            )
        return domain if True in value else ~domain

    @api.depends("collector_id", "company_id")
    def _compute_has_active_collector(self):
        for (company, collector), accounts in groupby(
            self, lambda account: (account.company_id, account.collector_id)
        ):
            able = bool(collector._filter_collectors(company))
            self.browse().concat(*accounts).has_active_collector = able

    @api.model
    def _search_has_active_collector(self, operator, value):
        if operator != "in":
            return NotImplemented
        users = self.env["res.users"]
        domain = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("collector_id", "in", users._search_collectors(company).ids)
            for company in self.env.companies
        )
        return domain if True in value else ~domain

    # ------------------------------------------------------------------------- CRUD

    def write(self, vals):
        if not ASSIGNMENT & vals.keys():
            return super().write(vals)
        if "collector_id" not in vals:
            self._raise_assignment()
        self._check_may_assign(vals)
        before = [(account, account.collector_id) for account in self]
        origin = "hand" if vals["collector_id"] else False
        result = super().write(
            {**vals, "collector_origin": origin, "collector_rule_id": False}
        )
        self._record_changes(before)
        return result

    def _check_may_assign(self, vals):
        """Only a credit manager gives customers away, and only as a whole."""
        if self.env.su:
            return
        if vals.keys() & (ASSIGNMENT - {"collector_id"}):
            self._raise_assignment()
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._(
                    "Only a credit manager can change who the collector of a customer "
                    "is. Ask one for a portfolio transfer."
                )
            )

    def _raise_assignment(self):
        raise AccessError(
            self.env._(
                "How a collector was set is recorded by the system. Change the "
                "collector instead."
            )
        )

    def _record_changes(self, before):
        """Keep what an ORM write changed, and pass the work on."""
        changed = [
            (account, old) for account, old in before if account.collector_id != old
        ]
        # As superuser: the history is written by the system alone.
        self.env["arm.collector.change"].sudo().create(
            [
                {
                    "account_id": account.id,
                    "old_collector_id": old.id,
                    "new_collector_id": account.collector_id.id,
                    "origin": "hand",
                }
                for account, old in changed
            ]
        )
        self._move_work(
            [(account.id, old.id, account.collector_id.id) for account, old in changed]
        )

    # ------------------------------------------------------------------- assignment

    @api.model
    def _assign_collectors(self, wanted, origin, transfer=None):
        """Give accounts their collectors, in one statement, and move the open work.

        :param wanted: SQL query of ``account_id``, ``collector_id``, ``rule_id``.
        :param origin: why, one of the origins of ``arm.collector.change``.
        :param transfer: the ``arm.portfolio.transfer`` that asks for it, if any.
        :return: the changes, a list of (account id, old collector id or None, new
            collector id), and the number of records of open work that went with them.
        """
        self.flush_model()
        changes = self.env.execute_query(
            self._assign_statement(wanted, origin, transfer)
        )
        self.invalidate_model()
        self.env["arm.collector.change"].invalidate_model()
        return changes, self._move_work(changes)

    @api.model
    def _assign_statement(self, wanted, origin, transfer):
        """The statement of :meth:`_assign_collectors`; it returns the changes."""
        return SQL(
            """
            WITH wanted AS (%(wanted)s),
            changed AS (
                UPDATE arm_customer_account account
                   SET collector_id = wanted.collector_id,
                       collector_rule_id = wanted.rule_id,
                       collector_origin = %(origin)s,
                       write_uid = %(user)s, write_date = %(now)s
                  FROM wanted
                  JOIN arm_customer_account before
                    ON before.id = wanted.account_id
                 WHERE account.id = before.id
                   AND (before.collector_id, before.collector_rule_id)
                       IS DISTINCT FROM (wanted.collector_id, wanted.rule_id)
             RETURNING account.id, account.company_id, wanted.rule_id,
                       before.collector_id AS old_id, account.collector_id AS new_id
            )
            INSERT INTO arm_collector_change (
                account_id, company_id, old_collector_id, new_collector_id,
                origin, rule_id, transfer_id, date,
                create_uid, create_date, write_uid, write_date
            )
            SELECT id, company_id, old_id, new_id,
                   %(origin)s, rule_id, %(transfer)s, %(now)s,
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM changed
             WHERE old_id IS DISTINCT FROM new_id
         RETURNING account_id, old_collector_id, new_collector_id
            """,
            wanted=wanted,
            origin=origin,
            transfer=transfer.id if transfer else None,
            user=self.env.uid,
            now=fields.Datetime.now(),
        )

    @api.model
    def _move_work(self, changes):
        """Hand the open work of these customers over to their new collectors.

        Done work stays with who did it. The number of queries grows with the pairs
        of people, not with the customers.

        :param changes: list of (account id, old collector id, new collector id); an id
            may be missing.
        :return: number of records that got a new person.
        """
        moved = 0
        for (old, new), rows in groupby(changes, lambda change: change[1:]):
            accounts = self.browse(row[0] for row in rows)
            moved += accounts._move_work_of(
                self.env["res.users"].browse(old or ()), new
            )
        return moved

    def _move_work_of(self, old, new):
        """Move to a user id what these customers' old collector has to do.

        With a new collector goes also what was left to nobody, and what was given to
        who stands in for the old one, and who loses sight of these customers now.
        """
        people = set(old.ids)
        if new:
            # As superuser: whom the old collector chose, whoever moves the work.
            absences = self.env["arm.collector.absence"].sudo()
            people |= {False, *absences._get_standing_in(old, self.company_id).ids}
        moved = 0
        for model, user_field, domain in self._get_transfer_fields():
            records = (
                self.env[model]
                # As superuser: the work may be assigned to people whom the manager who
                # moves it cannot act for. Nobody is mailed for each single record.
                .sudo()
                .search(Domain(domain) & Domain(user_field, "in", people - {new}))
            )
            records.with_context(mail_activity_quick_update=True).write(
                {user_field: new}
            )
            moved += len(records)
        self._stop_following(people - {new})
        return moved

    def _stop_following(self, people):
        """People who do not see these customers any more get no mail about them.

        :param people: user ids; those who see all customers go on following.
        """
        # As superuser: which groups others have is for administrators to read.
        users = self.env["res.users"].sudo().browse(filter(None, people))
        users = users.filtered(lambda user: not user._has_group(COLLECTOR_ALL))
        # As superuser: other people are taken off the list of followers.
        self.sudo().message_unsubscribe(users.partner_id.ids)

    def _get_transfer_fields(self):
        """Hook: the open work that goes with these accounts to a new collector.

        Extend it for every model whose records somebody has to do for a customer.

        :return: list of (model, field of the person, domain of these accounts' open
            records). Leave out of the domain what is done: it stays where it is.
        """
        return [
            (
                "mail.activity",
                "user_id",
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            )
        ]

    @api.model
    def _release_collectors(self, users):
        """Pass on the customers and the open work of people who leave.

        Where no rule fits, the customer waits in the list "Without an Active
        Collector", and the open work for nobody: it goes to the next collector.
        """
        # As superuser: an administrator of users need not be one of receivables.
        accounts = self.sudo().search([("collector_id", "in", users.ids)])
        rules = self.env["arm.collector.rule"].sudo()  # the same
        rules._apply(accounts.company_id, leaving=users)
        accounts |= accounts._get_with_activities_of(users)
        for user in users:
            accounts._move_work(
                [
                    (account.id, user.id, account._get_remaining_collector(users).id)
                    for account in accounts
                ]
            )

    @api.model
    def _get_with_activities_of(self, users):
        """The accounts with an open activity of these users."""
        activities = self.env["mail.activity"].search(
            [("res_model", "=", self._name), ("user_id", "in", users.ids)]
        )
        return self.browse(activities.mapped("res_id")).exists()

    def _get_remaining_collector(self, leaving):
        """The active collector of this account when these users have left."""
        self.ensure_one()
        return (self.has_active_collector and self.collector_id or leaving) - leaving

    # ------------------------------------------------------------------------ hooks

    @api.model
    def _after_refresh(self, company, partners=None, parts=EVERYTHING):
        """With a refresh of all customers, find collectors for those without one.

        Not when a known customer is refreshed at posting, which must stay quick:
        the run of the day begins with a refresh of all of them.
        """
        result = super()._after_refresh(company, partners, parts)
        if partners is None:
            # As superuser: a refresh is a matter of the system, whoever asks for it.
            self.env["arm.collector.rule"].sudo()._apply(company)
        return result

    @api.model
    def _after_creation(self, company, partners):
        """Find a collector for a new customer at once."""
        result = super()._after_creation(company, partners)
        # As superuser: whoever posts the first invoice, the rules are the company's.
        self.env["arm.collector.rule"].sudo()._apply(company, partners=partners)
        return result

    def _merge_accounts(self, others):
        """The collector of the account that is kept stays and gets all the work.

        When it has none, the others' collector comes along.
        """
        result = super()._merge_accounts(others)
        others = others.filtered("collector_id")
        if others and not self.collector_id:
            collector = others[0].collector_id
            wanted = SQL(
                "SELECT %s AS account_id, %s AS collector_id, NULL::integer AS rule_id",
                self.id,
                collector.id,
            )
            self._assign_collectors(wanted, "merge")
        collector = self.collector_id
        others._move_work(
            [
                (other.id, other.collector_id.id, collector.id)
                for other in others
                if other.collector_id != collector
            ]
        )
        return result

    def _get_acting_collectors(self):
        """Who works on each account today: the stand-in of an absent collector, else
        the collector, when they can.

        :return: dict of account to user; accounts without anybody are left out.
        """
        acting = {}
        for account in self:
            collector = account.has_active_collector and account.collector_id
            if person := account.stand_in_id or collector:
                acting[account] = person
        return acting

    # ---------------------------------------------------------------------- actions

    def action_transfer(self):
        """Open a new portfolio transfer of the selected customers."""
        self.check_access("read")
        self.env["arm.portfolio.transfer"].check_access("create")
        return self.env["arm.portfolio.transfer"]._get_action_new(self)

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, format_amount

from ..tools import names
from .res_users import MANAGER


class ArmCollectorRule(models.Model):
    """Who collects from which customers: the first rule that fits a customer wins.

    A condition that is left empty fits everybody. Rules are applied to a customer's
    new account, and to all customers without an active collector, at once, with every
    refresh of a company.
    """

    _name = "arm.collector.rule"
    _description = "Collector Rule"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    country_ids = fields.Many2many("res.country", string="Countries")
    category_ids = fields.Many2many(
        "res.partner.category",
        string="Tags",
        help="One of these tags, or of the tags below them, is enough.",
    )
    salesperson_ids = fields.Many2many(
        "res.users",
        "arm_collector_rule_salesperson_rel",
        string="Salespeople",
        help="The customer's salesperson is one of these.",
    )
    name_from = fields.Char(
        string="Names From",
        help="First letters of the names, without accents and capitals: from A to K "
        "takes everybody from Äpfel to Kunz.",
    )
    name_to = fields.Char(
        string="Names To",
        help="Included, with everything that begins with it: K takes Kunz in.",
    )
    amount_min = fields.Monetary(
        string="Open From", help="The customer's open amount; 0 is no condition."
    )
    amount_max = fields.Monetary(
        string="Open To", help="The customer's open amount; 0 is no condition."
    )
    collector_id = fields.Many2one(
        "res.users",
        required=True,
        domain=lambda self: self.env["res.users"]._domain_collectors(),
        check_company=True,
        help="A rule whose collector has left, or is no collector any more, is passed "
        "over.",
    )
    is_usable = fields.Boolean(compute="_compute_is_usable")
    condition = fields.Char(compute="_compute_condition")
    account_count = fields.Integer(
        string="Customers",
        compute="_compute_account_count",
        help="Customers who have their collector from this rule.",
    )

    # --------------------------------------------------------------------- computes

    @api.depends("condition", "collector_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.condition} → {rule.collector_id.name or ''}"

    @api.depends("collector_id", "company_id")
    def _compute_is_usable(self):
        for rule in self:
            rule.is_usable = bool(rule.collector_id._filter_collectors(rule.company_id))

    @api.depends(
        "country_ids",
        "category_ids",
        "salesperson_ids",
        "name_from",
        "name_to",
        "amount_min",
        "amount_max",
        "currency_id",
    )
    def _compute_condition(self):
        for rule in self:
            parts = [part for part in rule._get_condition_parts() if part]
            rule.condition = " · ".join(parts) or self.env._("Everybody")

    def _get_condition_parts(self):
        """Hook: the conditions in words, in the order of the fields."""
        self.ensure_one()
        ends = [
            amount and format_amount(self.env, amount, self.currency_id)
            for amount in (self.amount_min, self.amount_max)
        ]
        return [
            ", ".join(self.country_ids.mapped("name")),
            ", ".join(self.category_ids.mapped("name")),
            ", ".join(self.salesperson_ids.mapped("name")),
            self._format_range(self.name_from, self.name_to),
            self._format_range(*ends),
        ]

    def _format_range(self, first, last):
        """A range in words; either end may be open."""
        if first and last:
            return f"{first} – {last}"
        if first:
            return self.env._("from %(first)s", first=first)
        return last and self.env._("up to %(last)s", last=last)

    def _compute_account_count(self):
        counts = dict(
            self.env["arm.customer.account"]._read_group(
                [("collector_rule_id", "in", self.ids)],
                ["collector_rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.account_count = counts.get(rule, 0)

    # ------------------------------------------------------------------ constraints

    @api.constrains("name_from", "name_to", "amount_min", "amount_max")
    def _check_ranges(self):
        for rule in self:
            first, last = (
                names.fold(rule.name_from or ""),
                names.fold(rule.name_to or ""),
            )
            if last and first[: len(last)] > last:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: names from %(first)s to %(last)s are none. "
                        "Exchange the two.",
                        rule=rule.display_name,
                        first=rule.name_from,
                        last=rule.name_to,
                    )
                )
            if rule.amount_max and rule.amount_max < rule.amount_min:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: the highest open amount is below the lowest. "
                        "Exchange the two.",
                        rule=rule.display_name,
                    )
                )

    # ------------------------------------------------------------------- the engine

    @api.model
    def _apply(self, companies, everybody=False, leaving=None, partners=None):
        """Give customers without an active collector one, by the first fitting rule.

        One statement a company. Collectors who were set by hand or by a transfer
        stay, and so does a collector when no rule fits.

        :param everybody: apply the rules also to those who have their collector from
            a rule.
        :param leaving: users who are no collectors any more from now on.
        :param partners: commercial partners; all customers when not given.
        :return: the changes, see ``arm.customer.account._assign_collectors``.
        """
        changes = []
        leaving = leaving or self.env["res.users"]
        for company, rules in self._get_rules(companies).items():
            people = self.env["res.users"]._search_collectors(company) - leaving
            rules = rules.filtered(lambda rule, p=people: rule.collector_id in p)
            if rules:
                self._flush_facts()
                wanted = rules._wanted_query(company, people, everybody, partners)
                accounts = self.env["arm.customer.account"]
                changes += accounts._assign_collectors(wanted, "rule")[0]
        return changes

    @api.model
    def _get_rules(self, companies):
        """The rules of each company that has any."""
        rules = self.search([("company_id", "in", companies.ids)])
        return rules.grouped("company_id")

    @api.model
    def _flush_facts(self):
        """Write pending changes that the conditions read in SQL."""
        self.flush_model()
        self.env["res.partner"].flush_model(
            ["name", "country_id", "user_id", "category_id"]
        )

    def _wanted_query(self, company, people, everybody, partners=None):
        """The customers who shall get a collector, with the first rule that fits.

        ``filed`` is the name as it is filed, worked out once for all rules.
        """
        branches = [
            SQL("WHEN %s THEN %s", rule._condition_sql(), rule.id) for rule in self
        ]
        again = SQL("OR account.collector_origin = 'rule'") if everybody else SQL()
        return SQL(
            """
            SELECT fit.account_id, rule.collector_id, rule.id AS rule_id
              FROM (
                SELECT account.id AS account_id, CASE %(branches)s END AS rule_id
                  FROM arm_customer_account account
                  JOIN res_partner partner ON partner.id = account.partner_id
                 CROSS JOIN LATERAL (SELECT %(filed)s AS name OFFSET 0) filed
                 WHERE account.company_id = %(company)s AND %(only)s
                   AND (account.collector_id IS NULL
                        OR account.collector_id NOT IN %(people)s %(again)s)
              ) fit
              JOIN arm_collector_rule rule ON rule.id = fit.rule_id
            """,
            branches=SQL(" ").join(branches),
            filed=self._fold_sql(SQL("partner.name")),
            company=company.id,
            only=self.env["arm.customer.position"]._partners_sql(
                SQL("account.partner_id"), partners
            ),
            people=tuple(people.ids),
            again=again,
        )

    def _condition_sql(self):
        """The rule as SQL over ``account``, ``partner`` and ``filed``."""
        self.ensure_one()
        return SQL(" AND ").join(self._get_conditions_sql() or [SQL("TRUE")])

    def _get_conditions_sql(self):
        """Hook: the conditions of one rule, as a list of SQL that must all hold."""
        self.ensure_one()
        conditions = []
        if self.country_ids:
            countries = tuple(self.country_ids.ids)
            conditions.append(SQL("partner.country_id IN %s", countries))
        if self.category_ids:
            conditions.append(self._category_sql())
        if self.salesperson_ids:
            people = tuple(self.salesperson_ids.ids)
            conditions.append(SQL("partner.user_id IN %s", people))
        if self.amount_min:
            conditions.append(SQL("account.amount_open >= %s", self.amount_min))
        if self.amount_max:
            conditions.append(SQL("account.amount_open <= %s", self.amount_max))
        return conditions + self._get_name_conditions_sql()

    def _category_sql(self):
        """The customer has one of the tags, or of the tags below them."""
        return SQL(
            """
            partner.id IN (
                SELECT rel.partner_id
                  FROM res_partner_res_partner_category_rel rel
                  JOIN res_partner_category tag ON tag.id = rel.category_id
                  JOIN res_partner_category root
                    ON tag.parent_path LIKE root.parent_path || '%%'
                 WHERE root.id IN %s
            )
            """,
            tuple(self.category_ids.ids),
        )

    def _get_name_conditions_sql(self):
        """The same range as :func:`names.in_range`, in SQL."""
        first, last = names.fold(self.name_from or ""), names.fold(self.name_to or "")
        conditions = []
        if first:
            conditions.append(SQL('filed.name >= %s COLLATE "C"', first))
        if last:
            conditions.append(
                SQL('left(filed.name, %s) <= %s COLLATE "C"', len(last), last)
            )
        return conditions

    @api.model
    def _fold_sql(self, name):
        """The same as :func:`names.fold`, in SQL, for the beginning of a name."""
        plain = SQL("left(ltrim(%s, %s), 64)", name, names.LEADING)
        for letter, letters in names.SPECIAL_LETTERS.items():
            plain = SQL("replace(%s, %s, %s)", plain, letter, letters)
        return SQL(
            "upper(regexp_replace(normalize(%s, NFD), %s, '', 'g'))",
            plain,
            "[{}-{}]".format(*names.ACCENTS),
        )

    # ---------------------------------------------------------------------- actions

    def action_apply(self):
        """Find collectors for the customers who have no active one."""
        return self._apply_by_hand(everybody=False)

    def action_apply_all(self):
        """Apply the rules also to the customers who have their collector from a rule.

        Collectors set by hand or by a transfer stay.
        """
        return self._apply_by_hand(everybody=True)

    @api.model
    def _apply_by_hand(self, everybody):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only a credit manager can apply the collector rules.")
            )
        companies = self.env.companies
        # As superuser: customers' changes of collector are written by the system.
        changes = self.sudo()._apply(companies, everybody)
        without = self.env["arm.customer.account"].search_count(
            [
                ("company_id", "in", companies.ids),
                ("has_active_collector", "=", False),
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if without else "success",
                "message": self.env._(
                    "%(changed)s customers got a collector by a rule; %(without)s are "
                    "without an active one.",
                    changed=len(changes),
                    without=without,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_collector(self):
        """Open the person of the rule, whom something keeps from being a collector."""
        self.ensure_one()
        return self.collector_id.sudo(False).get_formview_action()

    def action_view_accounts(self):
        """Open the customers who have their collector from this rule."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_customer_account_action"
        )
        action["domain"] = [("collector_rule_id", "=", self.id)]
        action["context"] = {}
        return action

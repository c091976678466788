import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import reliability as rules

# Core's degree of trust, for the modules that know only that one.
TRUST = {"green": "good", "yellow": "normal", "red": "bad"}
# For so many customers the pure function is asked first.
LOOK_FIRST = 50
# The facts of ``tools.reliability`` and the SQL of their values over ``account``.
FACTS = {
    "payment_index": SQL("account.payment_index"),
    "days_late": SQL("account.days_late"),
    "experience_count": SQL("account.experience_count"),
    "amount_overdue": SQL("account.amount_overdue"),
    "overdue_share": SQL("account.overdue_share"),
    "promises_broken": SQL("account.promises_broken"),
    "payments_returned": SQL("account.payments_returned"),
    "paid_in_terms": SQL("account.paid_in_terms"),
}


class ArmReliabilityEvaluator(models.AbstractModel):
    """The set-based half of ``tools.reliability``: every customer in one statement.

    The rules are those of the pure function, taken from its table of rules, so that
    both always decide alike.
    """

    _name = "arm.reliability.evaluator"
    _description = "Evaluation of the Reliability Status"

    # --------------------------------------------------------------------- verdicts

    @api.model
    def _verdicts_query(self, company, policy, partners=None, terms=None):
        """What the policy gives each customer: ``shown`` and ``status``, with why.

        A status set by hand that still holds is left out. ``present`` is the status
        that counts so far: none for a new customer, nor after a status set by hand.
        On the day of a change it is the one before the change, so that a slip that is
        corrected on the same day leaves nothing behind, and a day moves one step up.

        :param policy: the numbers, see ``tools.reliability.Policy``
        :param terms: query with the items paid in terms in a row, when the stored
            figures shall not count
        """
        return SQL(
            """
            SELECT judged.*, statuses.names[judged.level + 1] AS status,
                   CASE WHEN fresh OR target_level >= present_level THEN target_rule
                        WHEN level < present_level THEN %(improved)s
                        ELSE %(waiting)s END AS rule
              FROM (
                SELECT target.*,
                       CASE WHEN fresh OR target_level >= present_level
                            THEN target_level
                            WHEN %(proven)s THEN present_level - 1
                            ELSE present_level END AS level
                  FROM (%(targets)s) target
              ) judged
             CROSS JOIN (SELECT %(names)s AS names) statuses
            """,
            improved=rules.IMPROVED,
            waiting=rules.WAITING,
            proven=self._proven_sql(policy),
            targets=self._targets_query(
                policy, self._facts_query(company, partners, terms)
            ),
            names=list(rules.STATUSES),
        )

    @api.model
    def _targets_query(self, policy, facts):
        """What the figures alone give: ``target_level`` and ``target_rule``."""
        start = rules.LEVELS[policy.start_status]
        return SQL(
            """
            SELECT breached.*,
                   CASE WHEN is_new THEN GREATEST(breach_level, %(start)s)
                        ELSE breach_level END AS target_level,
                   CASE WHEN is_new AND (breach_level = 0 OR breach_level < %(start)s)
                        THEN %(new)s
                        ELSE COALESCE(red_rule, yellow_rule, %(in_order)s)
                    END AS target_rule
              FROM (
                SELECT fact.*, red.rule AS red_rule, yellow.rule AS yellow_rule,
                       CASE WHEN red.rule IS NOT NULL THEN 2
                            WHEN yellow.rule IS NOT NULL THEN 1
                            ELSE 0 END AS breach_level,
                       fresh AND experience_count < %(minimum)s AS is_new
                  FROM (%(facts)s) fact
                 CROSS JOIN LATERAL (SELECT %(red)s AS rule) red
                 CROSS JOIN LATERAL (SELECT %(yellow)s AS rule) yellow
              ) breached
            """,
            start=start,
            new=rules.NEW_CUSTOMER,
            in_order=rules.IN_ORDER,
            minimum=policy.minimum_experiences,
            facts=facts,
            red=self._breach_sql(policy, policy.red),
            yellow=self._breach_sql(policy, policy.yellow),
        )

    @api.model
    def _facts_query(self, company, partners=None, terms=None):
        """The facts of each customer whose status is not set by hand today."""
        today = company._local_today()
        only = self.env["arm.customer.position"]._partners_sql(
            SQL("account.partner_id"), partners
        )
        present = self._present_sql(today)
        facts = dict(FACTS)
        if terms is not None:
            facts["paid_in_terms"] = SQL("COALESCE(terms.paid_in_terms, 0)")
            terms = SQL("LEFT JOIN (%s) terms USING (partner_id)", terms)
        return SQL(
            """
            SELECT account.id AS account_id, account.partner_id,
                   account.reliability_status AS shown,
                   account.reliability_since AS since,
                   account.reliability_before AS before,
                   account.reliability_before_since AS before_since,
                   account.reliability_manual IS TRUE AS was_manual,
                   %(fresh)s AS fresh, %(present)s AS present,
                   %(present_level)s AS present_level, %(shown_level)s AS shown_level,
                   COALESCE(GREATEST(%(today)s - account.oldest_overdue_date, 0), 0)
                       AS oldest_overdue_days,
                   %(facts)s
              FROM arm_customer_account account %(terms)s
             WHERE account.company_id = %(company)s AND %(only)s
               AND (account.reliability_manual IS NOT TRUE
                    OR account.reliability_until < %(today)s)
            """,
            fresh=self._fresh_sql(today),
            present=present,
            present_level=self._level_sql(present),
            shown_level=self._level_sql(SQL("account.reliability_status")),
            today=today,
            facts=self._columns_sql(facts),
            terms=terms or SQL(),
            company=company.id,
            only=only,
        )

    @api.model
    def _columns_sql(self, facts):
        return SQL(", ").join(
            SQL("%s AS %s", value, SQL.identifier(name))
            for name, value in facts.items()
        )

    @api.model
    def _present_sql(self, today):
        """The status that the day began with: slips of the day are taken back."""
        return SQL(
            "(CASE WHEN account.reliability_since = %s THEN account.reliability_before "
            "ELSE account.reliability_status END)",
            today,
        )

    @api.model
    def _fresh_sql(self, today):
        """Whether nothing was decided before: a new customer, or one set by hand."""
        return SQL(
            "(account.reliability_since IS NULL OR account.reliability_manual IS TRUE "
            "OR (account.reliability_since = %s "
            "AND account.reliability_before IS NULL))",
            today,
        )

    @api.model
    def _level_sql(self, status):
        branches = [SQL("WHEN %s THEN %s", s, n) for s, n in rules.LEVELS.items()]
        return SQL("CASE %s %s END", status, SQL(" ").join(branches))

    @api.model
    def _overdue_sql(self, policy):
        """Whether something is overdue that is worth mentioning."""
        return SQL("amount_overdue > 0 AND amount_overdue >= %s", policy.ignore_below)

    @api.model
    def _proven_sql(self, policy):
        """Whether an improvement is proven by payments in terms."""
        return SQL(
            "paid_in_terms >= %s AND experience_count >= %s AND NOT (%s)",
            policy.better_after,
            policy.minimum_experiences,
            self._overdue_sql(policy),
        )

    @api.model
    def _breach_sql(self, policy, thresholds):
        """The code of the first rule whose threshold is reached, or NULL."""
        branches = []
        for rule in rules.RULES:
            limit = getattr(thresholds, rule.code)
            if limit is None:
                continue
            conditions = [
                SQL(
                    "%s < %s" if rule.compare == rules.BELOW else "%s >= %s",
                    SQL.identifier(rule.code),
                    limit,
                )
            ]
            if rule.proven:
                minimum = policy.minimum_experiences
                conditions.append(SQL("experience_count >= %s", minimum))
            if rule.overdue:
                conditions.append(self._overdue_sql(policy))
            condition = SQL(" AND ").join(conditions)
            branches.append(SQL("WHEN %s THEN %s", condition, rule.code))
        if not branches:
            return SQL("NULL::varchar")
        return SQL("CASE %s END", SQL(" ").join(branches))

    @api.model
    def _figures_sql(self):
        """The facts as JSON, as a change keeps them."""
        names = ["oldest_overdue_days", *FACTS]
        pairs = [SQL("%s, %s", name, SQL.identifier(name)) for name in names]
        return SQL(
            "jsonb_build_object(%s, 'present', CASE WHEN NOT fresh THEN present END)",
            SQL(", ").join(pairs),
        )

    # ------------------------------------------------------------------- evaluation

    @api.model
    def _evaluate(self, company, partners=None, confirmed=False):
        """Give customers the status that the company's policy says, and record it.

        One statement: the status, its history, and core's degree of trust. A company
        without a policy keeps its statuses.

        :param confirmed: a person (the current user) has confirmed worse statuses
        """
        active = self.env["arm.reliability.policy"]._get_active(company)
        if active and partners is not None and len(partners) <= LOOK_FIRST:
            partners = self._find_undecided(company, active.rules, partners)
        if active and (partners is None or partners):
            statement = self._evaluate_statement(company, active, partners, confirmed)
            self.env.cr.execute(statement)
            if self.env.cr.rowcount:
                self.env["res.partner"].invalidate_model(["trust"], flush=False)

    @api.model
    def _find_undecided(self, company, policy, partners):
        """Those whose status would not stay exactly as it is, by the pure function.

        For a few customers this costs a fraction of what planning the statement costs,
        and after most events there is nothing to change.
        """
        query = SQL(
            "SELECT fact.*, account.reliability_pending FROM (%s) fact "
            "JOIN arm_customer_account account ON account.id = fact.account_id",
            self._facts_query(company, partners),
        )
        self.env.cr.execute(query)
        explainer = self.env["arm.reliability.explainer"]
        return partners.browse(
            row["partner_id"]
            for row in self.env.cr.dictfetchall()
            if row["fresh"]
            or row["reliability_pending"]
            or row["shown"]
            != rules.evaluate(explainer._load_facts(row), policy, row["present"]).status
        )

    @api.model
    def _evaluate_statement(self, company, active, partners, confirmed):
        return SQL(
            """
            WITH verdict AS MATERIALIZED (
                SELECT waiting.*, %(step)s AS step
                  FROM (
                    SELECT verdict.*, %(waits)s AS waits
                      FROM (%(verdicts)s) verdict
                      JOIN res_partner partner ON partner.id = verdict.partner_id
                  ) waiting
            ),
            changed AS (%(update)s),
            logged AS (%(log)s)
            %(trust)s
            """,
            step=self._step_sql(company),
            waits=self._waits_sql(company, confirmed),
            verdicts=self._verdicts_query(company, active.rules, partners),
            update=self._update_sql(company),
            log=self._log_sql(company, active, confirmed),
            trust=self._trust_sql(company, SQL("changed")),
        )

    @api.model
    def _waits_sql(self, company, confirmed):
        """Whether a status waits for a person: a worse one of a natural person.

        Nobody is made worse by the status that new customers start with.
        """
        if confirmed or not company.reliability_confirm_persons:
            return SQL("FALSE")
        return SQL(
            "NOT COALESCE(partner.is_company, FALSE) "
            "AND verdict.level > verdict.shown_level AND verdict.rule != %s",
            rules.NEW_CUSTOMER,
        )

    @api.model
    def _step_sql(self, company):
        """What happens to the status: nothing, or how its history goes on."""
        return SQL(
            """
            CASE WHEN since IS NULL OR was_manual THEN 'first'
                 WHEN waits OR status = shown THEN 'none'
                 WHEN since = %(today)s AND before = status THEN 'taken back'
                 WHEN since = %(today)s THEN 'again'
                 ELSE 'changed' END
            """,
            today=company._local_today(),
        )

    @api.model
    def _update_sql(self, company):
        """Write what differs to the accounts; returns those that were decided."""
        return SQL(
            """
            UPDATE arm_customer_account account
               SET reliability_status = CASE WHEN waits THEN shown ELSE status END,
                   reliability_pending = CASE WHEN waits THEN status END,
                   reliability_since = CASE step
                       WHEN 'none' THEN since WHEN 'taken back' THEN before_since
                       ELSE %(today)s END,
                   reliability_before = CASE
                       WHEN step = 'changed' THEN shown
                       WHEN step IN ('none', 'again') THEN before END,
                   reliability_before_since = CASE
                       WHEN step = 'changed' THEN since
                       WHEN step IN ('none', 'again') THEN before_since END,
                   reliability_manual = FALSE, reliability_until = NULL,
                   reliability_note = NULL, reliability_user_id = NULL,
                   write_uid = %(user)s, write_date = %(now)s
              FROM verdict
             WHERE account.id = verdict.account_id
               AND (step != 'none' OR account.reliability_pending IS DISTINCT FROM
                    CASE WHEN waits THEN status END)
            RETURNING account.id, account.partner_id,
                      account.reliability_status AS status
            """,
            today=company._local_today(),
            user=self.env.uid,
            now=fields.Datetime.now(),
        )

    @api.model
    def _log_sql(self, company, active, confirmed):
        """One row of history for each customer whose status changed."""
        explainer = self.env["arm.reliability.explainer"]
        return SQL(
            """
            INSERT INTO arm_reliability_change (
                account_id, company_id, date, from_status, to_status, origin, user_id,
                rule, figures, numbers, policy_id, policy_version,
                create_uid, create_date, write_uid, write_date
            )
            SELECT account_id, %(company)s, %(now)s,
                   CASE WHEN since IS NOT NULL THEN shown END, status,
                   %(origin)s, %(person)s,
                   rule, %(figures)s, %(numbers)s::jsonb, %(policy)s, %(version)s,
                   %(user)s, %(now)s, %(user)s, %(now)s
              FROM verdict
             WHERE NOT waits AND status != shown
            """,
            company=company.id,
            now=fields.Datetime.now(),
            origin="confirmed" if confirmed else "automatic",
            person=self.env.uid if confirmed else None,
            figures=self._figures_sql(),
            numbers=json.dumps(explainer._dump_policy(active.rules)),
            policy=active.policy_id,
            version=active.version,
            user=self.env.uid,
        )

    @api.model
    def _trust_sql(self, company, accounts):
        """Keep core's degree of trust in step, also of the customers' contacts.

        What somebody entered there by hand is overwritten by the next change.

        :param accounts: a sub-query with ``partner_id`` and ``status``
        """
        trust = [SQL("WHEN %s THEN %s", status, t) for status, t in TRUST.items()]
        return SQL(
            """
            UPDATE res_partner partner
               SET trust = COALESCE(partner.trust, '{}')
                           || jsonb_build_object(%(key)s, step.trust)
              FROM (
                SELECT partner_id, CASE status %(trust)s END AS trust
                  FROM %(accounts)s
              ) step
             WHERE partner.commercial_partner_id = step.partner_id
               AND (partner.trust ->> %(key)s) IS DISTINCT FROM step.trust
            """,
            key=str(company.id),
            trust=SQL(" ").join(trust),
            accounts=accounts,
        )

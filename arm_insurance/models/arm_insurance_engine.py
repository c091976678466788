import json
import logging
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..tools.account import Events
from ..tools.dates import DAY
from ..tools.limits import LimitHistory, last_covered_day
from ..tools.replay import replay
from ..tools.topup import replay_top_up

_logger = logging.getLogger(__name__)

# Buyers whose accounts are read and written together.
BATCH = 200
INSURING = ("active", "run_off")


@dataclass
class Replayed:
    """The replay of one buyer: ``coverage`` is None without cover or with an error."""

    history: LimitHistory
    ledger: object
    coverage: object = None
    error: str = ""


def _column_sql(field):
    """Name and type of a stored field, as a column definition."""
    # The type is a constant of the field's class.
    kind = SQL(field.column_type[1])  # pylint: disable=sql-injection
    return SQL("%s %s", SQL.identifier(field.name), kind)


class _Clauses:
    """The clauses that hold for each buyer and delivery, looked up once.

    :param policy: arm.insurance.policy
    :param facts: dict of partner id to the facts that choose the country rule
    """

    def __init__(self, policy, facts):
        self._years = policy.year_ids.sorted("date_from")
        self._starts = [year.date_from for year in self._years]
        self._facts = facts
        self._found = {}

    def get(self, partner_id, day):
        """The CoverTerms of a day and the country rule (the year before, after it)."""
        number = max(0, bisect_right(self._starts, day) - 1)
        key = (partner_id, number)
        if key not in self._found:
            facts = self._facts[partner_id]
            self._found[key] = self._years[number]._get_terms_for(facts)
        return self._found[key]

    def terms(self, partner_id, day):
        """Only the CoverTerms."""
        return self.get(partner_id, day)[0]


class ArmInsuranceEngine(models.AbstractModel):
    """Replays accounts and stores the cover of every open item.

    Only buyers are replayed whose ledger or decisions have changed, and those whose
    ``next_event`` has come: a period that ends, a limit that expires, a dispute that
    begins. A replay always starts at the first delivery, so that a backdated receipt
    or decision needs nothing special. Reading and writing is set-based; the number of
    statements does not grow with buyers or items inside a batch.
    """

    _name = "arm.insurance.engine"
    _description = "Replay of Insured Accounts"

    # ---------------------------------------------------------------------- refresh

    @api.model
    def _refresh(self, limits, as_of=None):
        """Replay buyers and store their current cover.

        :param limits: arm.insurance.limit
        :param as_of: date; the company's today when not given
        """
        # As superuser: cover follows the ledger, whoever changes it.
        engine, limits = self.sudo(), limits.sudo().with_context(active_test=False)
        for policy, members in limits.grouped("policy_id").items():
            day = as_of or policy.company_id._local_today()
            for ids in split_every(BATCH, members.ids):
                engine._refresh_batch(policy, limits.browse(ids), day)

    @api.model
    def _refresh_batch(self, policy, limits, day):
        replays = self._replay(policy, limits, day)
        stopped = limits.filtered("is_stopped")
        self._store_coverage(policy, replays, day)
        # Before the clocks: what is settled needs no notice any more.
        self.env["arm.insurance.overdue"]._close_settled(limits)
        self._store_figures(replays, day)
        self._after_replay(limits, stopped, replays, day)

    @api.model
    def _after_replay(self, limits, stopped, replays, day):
        """Hook: what follows from new figures: blocks of orders, alerts.

        :param limits: the buyers that were replayed
        :param stopped: those of them whose cover was stopped before
        :param replays: dict of limit to :class:`Replayed`
        :param day: date of the replay
        """
        self.env["arm.insurance.gate"]._follow_stops(limits, stopped)
        self.env["arm.insurance.watch"]._watch(limits)

    @api.model
    def _replay(self, policy, limits, day, trace=False):
        """Replay some buyers of a policy, without storing anything.

        :param policy: arm.insurance.policy
        :param limits: its arm.insurance.limit
        :param day: date
        :param trace: True keeps days and steps, to explain them
        :return: dict of limit to :class:`Replayed`
        """
        limits.mapped("decision_ids.reversal_ids")
        histories = {limit: limit._get_history() for limit in limits}
        if policy.state not in INSURING or not policy.year_ids:
            return {
                limit: Replayed(LimitHistory(rows), None)
                for limit, rows in histories.items()
            }
        facts = limits._get_facts()
        by_partner = {limit.partner_id.id: facts[limit.id] for limit in limits}
        clauses = _Clauses(policy, by_partner)
        ledgers = self.env["arm.insurance.ledger"]._load(
            policy,
            limits.partner_id,
            None if policy.primary_id else clauses.terms,
            self._get_excluded(policy, limits, clauses, day),
        )
        return {
            limit: self._replay_buyer(
                limit, rows, ledgers[limit.partner_id.id], clauses, day, trace
            )
            for limit, rows in histories.items()
        }

    @api.model
    def _get_excluded(self, policy, limits, clauses, day):
        """Buyers that the policy leaves out, and why (section 7, personal data)."""
        found = {}
        for partner in limits.partner_id:
            rule = clauses.get(partner.id, day)[1]
            if not partner.is_company and not policy.include_individuals:
                found[partner.id] = "INDIVIDUAL"
            elif partner.category_id & policy.excluded_category_ids:
                found[partner.id] = "CATEGORY"
            elif rule and not rule.is_insured:
                found[partner.id] = "COUNTRY"
        return found

    @api.model
    def _replay_buyer(self, limit, decisions, ledger, clauses, day, trace):
        terms = clauses.terms(limit.partner_id.id, day)
        history = LimitHistory(decisions, terms.runoff_days, terms.retro_days)
        events = Events(limit.insolvency_date or None, limit.hand_over_date or None)
        account = (decisions, ledger.items, ledger.receipts, day, events)
        try:
            if limit.policy_id.primary_id:
                coverage = self._replay_top_up(limit, terms, account)
            else:
                coverage = replay(terms, *account, trace=trace)
        except ValueError as error:
            _logger.info("Buyer %s cannot be replayed: %s", limit.id, error)
            return Replayed(history, ledger, error=str(error))
        return Replayed(history, ledger, coverage)

    @api.model
    def _replay_top_up(self, limit, terms, account):
        """Cover what the policy below leaves (section 7, several policies)."""
        primary = limit.policy_id.primary_id
        below = primary.limit_ids.filtered(
            lambda other: other.partner_id == limit.partner_id
        )
        facts = limit._get_facts()[limit.id]
        year = primary._get_year(account[3])
        primary_terms = year._get_terms_for(facts)[0] if year else terms
        decisions = below._get_history() if below else []
        return replay_top_up(terms, *account, primary_terms, decisions)[1]

    # --------------------------------------------------------------------- coverage

    @api.model
    def _store_coverage(self, policy, replays, day, snapshot=None):
        """Write the rows of some buyers: one statement removes, adds and changes.

        Rows that stay the same are not touched.

        :param snapshot: the month end, or None for the current rows
        """
        rows = [
            row
            for limit, done in replays.items()
            if done.coverage
            for row in self._coverage_rows(policy, limit, done, snapshot)
        ]
        kept = [limit.id for limit, done in replays.items() if not done.error]
        names = list(rows[0]) if rows else []
        self.env["arm.insurance.coverage"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM arm_insurance_coverage
                 WHERE limit_id = ANY(%s) AND snapshot_date IS NOT DISTINCT FROM %s
                   AND NOT (item_id = ANY(%s))
                """,
                kept,
                snapshot,
                [row["item_id"] for row in rows],
            )
        )
        if rows:
            self.env.cr.execute(self._coverage_statement(rows, names, snapshot))
        self.env["arm.insurance.coverage"].invalidate_model(flush=False)

    @api.model
    def _coverage_statement(self, rows, names, snapshot):
        fields_ = self.env["arm.insurance.coverage"]._fields
        changing = [name for name in names if name not in ("limit_id", "item_id")]
        return SQL(
            """
            INSERT INTO arm_insurance_coverage AS old (%(names)s)
            SELECT %(names)s FROM jsonb_to_recordset(%(rows)s) AS new(%(columns)s)
                ON CONFLICT (limit_id, item_id%(key)s)
                      WHERE snapshot_date IS %(not)s NULL
                DO UPDATE SET %(assignments)s
             WHERE (%(present)s) IS DISTINCT FROM (%(excluded)s)
            """,
            **{
                "names": SQL(", ").join(map(SQL.identifier, names)),
                "rows": json.dumps(rows, default=str),
                "columns": SQL(", ").join(_column_sql(fields_[name]) for name in names),
                "key": SQL(", snapshot_date") if snapshot else SQL(),
                "not": SQL("NOT") if snapshot else SQL(),
                "assignments": SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(n), SQL.identifier(n))
                    for n in changing
                ),
                "present": SQL(", ").join(SQL.identifier("old", n) for n in changing),
                "excluded": SQL(", ").join(
                    SQL.identifier("excluded", n) for n in changing
                ),
            },
        )

    @api.model
    def _coverage_rows(self, policy, limit, done, snapshot):
        """The rows of one buyer: what is open for the insurer or in the books."""
        for row in done.coverage.items:
            item_id = int(row.id)
            if not row.open and (snapshot or item_id not in done.ledger.open_ids):
                continue
            decision = done.history.admit(row.risk_date).row
            yield {
                "limit_id": limit.id,
                "item_id": item_id,
                "policy_id": policy.id,
                "company_id": done.ledger.companies[item_id],
                "partner_id": limit.partner_id.id,
                "currency_id": policy.currency_id.id,
                "decision_id": int(decision.reference) if decision else None,
                "snapshot_date": snapshot,
                "risk_date": row.risk_date,
                "pct": row.pct or 0,
                "amount_open": row.open,
                "insurable": row.insurable,
                "covered": row.covered,
                "suspended": row.suspended,
                "uncovered": row.uncovered,
                "insured_amount": row.insured_amount,
                "own_share": row.open - row.insured_amount,
                "status": row.status,
                "reasons": ",".join(row.reasons),
                "mep_expiry": row.mep_expiry,
            }

    # ---------------------------------------------------------------------- figures

    @api.model
    def _store_figures(self, replays, day):
        """Write the figures of some buyers in one statement."""
        model = self.env["arm.insurance.limit"]
        sent = model.union(*replays)._get_sent_notices()
        rows = [
            {
                "id": limit.id,
                **self._get_figures(limit, done, day),
                **limit._get_clock_figures(done, day, sent.get(limit)),
            }
            for limit, done in replays.items()
        ]
        names = [name for name in rows[0] if name != "id"]
        model.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE arm_insurance_limit AS buyer SET %(assignments)s
                  FROM jsonb_to_recordset(%(rows)s) AS new(id integer, %(columns)s)
                 WHERE new.id = buyer.id
                """,
                assignments=SQL(", ").join(
                    SQL("%s = new.%s", SQL.identifier(n), SQL.identifier(n))
                    for n in names
                ),
                rows=json.dumps(rows, default=str),
                columns=SQL(", ").join(
                    _column_sql(model._fields[name]) for name in names
                ),
            )
        )
        model.invalidate_model(flush=False)
        for name in ("sale.order", "account.move"):
            gates = ["insurance_gate", "insurance_message"]
            self.env[name].invalidate_model(gates)
        self.env["arm.insurance.policy"].invalidate_model(
            ["covered", "suspended", "uncovered", "insured_amount", "stopped_count"]
        )

    @api.model
    def _get_figures(self, limit, done, day):
        """All columns that a replay writes on a buyer."""
        now = done.history.on(day)
        coverage = done.coverage
        values = {
            "state": limit._get_state(done.history, day),
            "amount": now.amount,
            "limit_type": now.row.limit_type if now.row else None,
            "pct": now.row and now.row.pct or 0,
            "until": now.row and now.row.until,
            "last_covered_day": self._get_last_covered_day(limit, done, day),
            "next_event": self._get_next_event(done, day),
            "replayed_on": fields.Datetime.to_string(fields.Datetime.now()),
            "is_stale": False,
            "error": done.error or None,
        }
        if done.error:
            return {**self._keep_figures(limit), **values}
        return {**values, **self._get_totals(limit, done, coverage)}

    @api.model
    def _keep_figures(self, limit):
        """The figures of the last replay that could be made."""
        names = self._get_totals(limit, Replayed(LimitHistory(()), None), None)
        kept = {name: limit[name] for name in names}
        kept["stop_item_id"] = limit.stop_item_id.id or None
        kept["stop_expiry"] = limit.stop_expiry or None
        return kept

    @api.model
    def _get_totals(self, limit, done, coverage):
        totals = coverage.totals if coverage else None
        stop = coverage.stop if coverage else None
        amount = coverage.limit if coverage else 0
        used = totals.covered + totals.suspended if totals else 0
        return {
            "amount_open": totals.open if totals else 0,
            "insurable": totals.insurable if totals else 0,
            "covered": totals.covered if totals else 0,
            "suspended": totals.suspended if totals else 0,
            "uncovered": totals.uncovered if totals else 0,
            "insured_amount": totals.insured_amount if totals else 0,
            "own_share": totals.open - totals.insured_amount if totals else 0,
            "room": max(0, amount - used),
            "use_pct": round(100 * used / amount, 2) if amount else 0,
            "is_stopped": bool(coverage and coverage.stop_shipment),
            "stop_item_id": int(stop.item_id) if stop else None,
            "stop_expiry": stop.expiry if stop else None,
            "amount_to_lift": stop.amount_to_lift if stop else 0,
        }

    @api.model
    def _get_last_covered_day(self, limit, done, day):
        rows = limit._get_history()
        return last_covered_day(rows, day, done.history.runoff_days)

    @api.model
    def _get_next_event(self, done, day):
        """The next day on which cover changes without anybody doing anything."""
        return min((d for d in self._get_events(done) if d and d > day), default=None)

    @api.model
    def _get_events(self, done):
        yield from done.history.change_days
        if done.coverage is None:
            return
        for row in done.coverage.items:
            yield row.let_in
            if row.open and row.mep_expiry and row.mep_expiry < date.max:
                yield row.mep_expiry + DAY
        for item in done.ledger.items:
            yield item.risk_date
            for first, last in item.disputes:
                yield first
                yield last and last + DAY
        for receipt in done.ledger.receipts:
            yield receipt.day

    # ------------------------------------------------------------ scheduled actions

    @api.model
    def _cron_refresh(self):
        """Replay what changed or whose day has come, policy by policy."""
        policies = self.env["arm.insurance.policy"].search([("state", "in", INSURING)])
        policies._update_states()
        policies._ensure_limits()
        # A policy that has ended lets go of what it covered and stopped.
        ended = policies.search([("state", "in", ("cancelled", "closed"))])
        progress = self.env["ir.cron"]._commit_progress
        self.env["arm.insurance.discretionary"]._refresh_policies(policies, progress)
        due = self._get_due(policies | ended)
        progress(remaining=len(due))
        for ids in split_every(BATCH, due.ids):
            batch = due.browse(ids).try_lock_for_update()
            self._refresh(batch)
            if not progress(len(ids)):
                return
        self._cron_watch(policies, progress)
        self._cron_snapshots(policies, progress)
        self.env["arm.insurance.accrual"]._accrue_due()

    @api.model
    def _cron_watch(self, policies, progress):
        """Look at every buyer once a day: lead times come without any replay."""
        watch = self.env["arm.insurance.watch"]
        for policy in policies:
            today = policy.company_id._local_today()
            if policy.watched_on == today:
                continue
            for ids in split_every(1000, policy.limit_ids.ids):
                watch._watch(policy.limit_ids.browse(ids))
                progress(0)
            watch._watch_policies(policy)
            self.env["arm.insurance.claim"]._prepare_due(policy)
            policy.watched_on = today
            if not progress(0):
                return

    @api.model
    def _get_due(self, policies):
        """The buyers of these policies that must be replayed today."""
        # One question for each different day, not for each policy.
        limits = self.env["arm.insurance.limit"].with_context(active_test=False)
        days = policies.grouped(lambda policy: policy.company_id._local_today())
        domain = Domain.OR(
            [
                Domain("policy_id", "in", members.ids)
                & (Domain("is_stale", "=", True) | Domain("next_event", "<=", day))
                for day, members in days.items()
            ]
        )
        return limits.search(domain)

    @api.model
    def _cron_snapshots(self, policies, progress):
        """Keep the cover of the last month end, once it is over."""
        for policy in policies:
            end = policy.company_id._local_today().replace(day=1) - DAY
            if policy.snapshot_on and policy.snapshot_on >= end:
                continue
            limits = policy.limit_ids
            for ids in split_every(BATCH, limits.ids):
                self._snapshot(policy, limits.browse(ids), end)
                progress(0)
            policy.snapshot_on = end
            policy.snapshot_from = policy.snapshot_from or end
            if not progress(0):
                return

    @api.model
    def _snapshot(self, policy, limits, end):
        """Store the cover of some buyers as of a month end; again gives the same."""
        # As superuser: the whole account decides, whoever asks for the snapshot.
        replays = self._replay(policy.sudo(), limits.sudo(), end)
        self._store_coverage(policy, replays, end, snapshot=end)

from dataclasses import dataclass
from datetime import date, timedelta

from odoo import api, models

from ..tools.deadlines import last_working_day
from .arm_insurance_alert import (
    ESCALATED,
    ESCALATION_DAYS,
    LEADS,
    SEVERITIES,
)


@dataclass(frozen=True)
class Condition:
    """Something that holds for a buyer today: a code, its last day, an amount."""

    code: str
    deadline: date | None = None
    amount: float = 0

    def is_due(self, today):
        """Whether the lead time has come."""
        lead = LEADS.get(self.code)
        if lead is None or not self.deadline:
            return True
        return self.deadline - timedelta(days=lead) <= today


class ArmInsuranceWatch(models.AbstractModel):
    """Opens, changes and closes the alerts of section 3, and their activities.

    What holds today is worked out from the figures that the replay has stored, for
    all buyers of a policy at once; then the open rows are brought in line with it.
    Doing it again changes nothing.
    """

    _name = "arm.insurance.watch"
    _description = "Watch over Insured Buyers"

    @api.model
    def _watch(self, limits):
        """Bring the alerts of these buyers in line with their figures.

        :param limits: arm.insurance.limit
        """
        # As superuser: alerts follow the figures, whoever changes them.
        for policy, members in limits.sudo().grouped("policy_id").items():
            today = policy.company_id._local_today()
            facts = self._get_facts(policy, members)
            wanted = {
                (limit, condition.code): condition
                for limit in members
                for condition in self._get_conditions(limit, today, facts)
            }
            self._apply(policy, members, wanted, today)

    @api.model
    def _watch_policies(self, policies):
        """The same for the policies themselves."""
        none = self.env["arm.insurance.limit"]
        # As superuser: alerts follow the figures, whoever changes them.
        for policy in policies.sudo():
            today = policy.company_id._local_today()
            wanted = {
                (none, condition.code): condition
                for condition in self._get_policy_conditions(policy, today)
            }
            self._apply(policy, none, wanted, today)

    @api.model
    def _get_policy_conditions(self, policy, today):
        """Hook: everything that holds for a policy today: its end."""
        if policy.state == "active" and policy.date_end:
            condition = Condition("RENEW", policy.date_end)
            if condition.is_due(today):
                yield condition

    # ------------------------------------------------------------------- conditions

    @api.model
    def _get_facts(self, policy, limits):
        """Hook: what is read for all buyers at once, each a dict by buyer."""
        return {
            "orders": self._get_orders(policy, limits),
            "promises": self._get_promises(policy, limits),
        }

    @api.model
    def _get_promises(self, policy, limits):
        """The last day of open promises and granted extensions of each buyer."""
        found = {}
        for model, state in (("arm.promise", "open"), ("arm.extension", "granted")):
            domain = [
                ("state", "=", state),
                ("company_id", "in", policy._get_companies().ids),
                ("partner_id", "in", limits.partner_id.ids),
            ]
            # As superuser: the insurer's consent is needed whoever gave more time.
            rows = self.env[model].sudo()
            for partner, day in rows._read_group(domain, ["partner_id"], ["date:max"]):
                found[partner] = max(day, found.get(partner, day))
        return found

    @api.model
    def _get_orders(self, policy, limits):
        """Confirmed orders that are not invoiced yet, in policy currency, by buyer."""
        # As superuser: the whole need counts, whoever looks.
        accounts = self.env["arm.customer.account"].sudo()
        accounts = accounts.search(
            [
                ("partner_id", "in", limits.partner_id.ids),
                ("company_id", "in", policy._get_companies().ids),
                ("amount_orders", "!=", 0),
            ]
        )
        today = policy.company_id._local_today()
        found = {}
        for row in accounts:
            amount = row.currency_id._convert(
                row.amount_orders, policy.currency_id, policy.company_id, today
            )
            found[row.partner_id] = found.get(row.partner_id, 0) + amount
        return found

    @api.model
    def _get_conditions(self, limit, today, facts):
        """Hook: everything that holds for a buyer today.

        :param facts: what :meth:`_get_facts` has read
        :return: iterable of :class:`Condition`
        """
        if limit.policy_id.state not in ("active", "run_off") or not limit.active:
            return
        orders = facts["orders"]
        yield from self._get_limit_conditions(limit, today, orders)
        promised = facts["promises"].get(limit.partner_id)
        if promised and limit.mep_expiry and promised > limit.mep_expiry:
            if not self._has_consent(limit, promised):
                yield Condition("EXT-ASK", promised)
        yield from self._get_clock_conditions(limit, today)
        if limit.error:
            yield Condition("ERROR")

    @api.model
    def _get_limit_conditions(self, limit, today, orders):
        year = limit.policy_id._get_year(today)
        ordered = orders.get(limit.partner_id, 0)
        need = limit.amount_open + ordered
        if not limit.amount and need > year.declaration_threshold:
            yield Condition("LIM-NONE", None, need)
        elif limit.amount and limit.insurable + ordered > limit.amount:
            excess = limit.insurable + ordered - limit.amount
            own = limit.limit_type == "discretionary"
            yield Condition("DCL-LOW" if own else "LIM-OVER", None, excess)
        elif limit.amount and limit.use_pct >= year.limit_near_pct > 0:
            yield Condition("LIM-NEAR", None, limit.room)
        if limit.until and limit.until - timedelta(days=30) <= today:
            yield Condition("LIM-ENDS", limit.until)
        own = limit.limit_type == "discretionary"
        cut = limit.state in ("run_off", "reduced", "withdrawn") and not own
        if cut and limit.amount_open and self._is_cut_lately(limit, today):
            yield Condition("LIM-CUT", limit.last_covered_day or None)

    @api.model
    def _is_cut_lately(self, limit, today):
        last = limit.decision_ids._in_force()[-1:]
        return last.decided_on and last.decided_on >= today - timedelta(days=30)

    @api.model
    def _get_clock_conditions(self, limit, today):
        """What the oldest item and the events of a buyer ask for."""
        if limit.is_stopped:
            yield Condition("STOP", None, limit.amount_to_lift)
        if limit.amount_open and not limit.noa_sent:
            yield from self._get_news_conditions(limit, today)
        if not limit.oldest_due or limit.oldest_due >= today:
            return  # nothing is late: no clock needs attention
        if not limit.is_stopped and limit.mep_expiry:
            yield Condition("OVD-SOON", limit.mep_expiry, limit.oldest_open)
        if not limit.noa_sent and not limit.insolvency_date and limit.noa_deadline:
            late = limit.noa_deadline < today
            yield Condition("NOA-LATE" if late else "NOA-DUE", limit.noa_deadline)
        if limit.collection_deadline and not limit.hand_over_date:
            yield Condition("COLL-DUE", limit.collection_deadline)
        if any(claim.filed_on for claim in limit.claim_ids):
            return
        if limit.claim_deadline:
            yield Condition("CLAIM-DUE", limit.claim_deadline)
        elif limit.claim_earliest and limit.claim_earliest <= today:
            yield Condition("CLAIM-EARLY", limit.claim_earliest)
        if limit.waiting_end and limit.is_stopped:
            yield Condition("WAIT-END", limit.waiting_end)

    @api.model
    def _get_news_conditions(self, limit, today):
        """Bad news that the insurer was not told yet, whatever is due."""
        if limit.insolvency_date:
            yield Condition("INSOLV", limit.noa_deadline or limit.insolvency_date)
        if limit.adverse_date and not self._is_told(limit, "adverse"):
            days = limit.policy_id._get_year(today).adverse_notice_days
            yield Condition("ADVERSE", limit.adverse_date + timedelta(days=days))

    @api.model
    def _has_consent(self, limit, day):
        """Whether the insurer agreed to wait until a day."""
        return any(
            notice.consent_until and notice.consent_until >= day
            for notice in limit.notice_ids
        )

    @api.model
    def _is_told(self, limit, category):
        return any(
            notice.category == category and notice.sent_on
            for notice in limit.notice_ids
        )

    # ------------------------------------------------------------- rows, activities

    @api.model
    def _apply(self, policy, limits, wanted, today):
        """Open, change and close rows so that they say what holds now."""
        # As superuser: nobody has the right to write alerts.
        alerts = self.env["arm.insurance.alert"].sudo()
        domain = [("policy_id", "=", policy.id), ("closed_on", "=", False)]
        owner = ("limit_id", "in", limits.ids) if limits else ("limit_id", "=", False)
        known = {
            (row.limit_id, row.code): row for row in alerts.search([*domain, owner])
        }
        gone = alerts.union(*(known[key] for key in known.keys() - wanted.keys()))
        self._close(gone, today)
        self._tell_of(policy, gone, is_over=True)
        for key in known.keys() & wanted.keys():
            self._change(known[key], wanted[key], today)
        created = alerts.create(
            [
                {
                    "policy_id": policy.id,
                    "limit_id": limit.id,
                    "code": code,
                    "severity": str(SEVERITIES.get(code, 1)),
                    "opened_on": today,
                    **self._get_values(policy, wanted[limit, code], today),
                }
                for limit, code in wanted.keys() - known.keys()
            ]
        )
        kept = alerts.union(*(known[key] for key in known.keys() & wanted.keys()))
        self._assign(policy, created | kept)
        self._tell_of(policy, created)
        self._tell_ahead(policy, created | kept, today)

    @api.model
    def _tell_of(self, policy, alerts, is_over=False):
        """Hook: these alerts have just opened, or closed."""

    @api.model
    def _tell_ahead(self, policy, alerts, today):
        """Hook: these alerts are open; their deadlines come nearer."""

    @api.model
    def _get_values(self, policy, condition, today):
        act_on = condition.deadline and last_working_day(
            condition.deadline, self._get_holidays(policy, condition.deadline)
        )
        return {
            "deadline": condition.deadline,
            "act_on": act_on,
            "amount": condition.amount,
            "is_due": condition.is_due(today),
        }

    @api.model
    def _get_holidays(self, policy, deadline):
        """Public holidays of the company before a deadline."""
        calendar = policy.company_id.resource_calendar_id
        return {
            leave.date_from.date() + timedelta(days=number)
            for leave in calendar.global_leave_ids
            for number in range((leave.date_to - leave.date_from).days + 1)
        }

    @api.model
    def _change(self, alert, condition, today):
        values = self._get_values(alert.policy_id, condition, today)
        changed = {
            name: value
            for name, value in values.items()
            if alert[name] != (value if value is not None else False)
        }
        if "deadline" in changed:
            changed["told_days"] = -1
        if changed:
            alert.write(changed)
        activity = alert.activity_id
        if not activity:
            return
        if "act_on" in changed and alert.act_on:
            activity.date_deadline = alert.act_on
        person = self._get_person(alert.policy_id, alert, today)
        if self._is_escalated(alert, today) and activity.user_id != person:
            activity.user_id = person

    @api.model
    def _close(self, alerts, today):
        """What does not hold any more closes with its activity."""
        if alerts:
            alerts.activity_id.unlink()
            alerts.write({"closed_on": today, "is_due": False})

    @api.model
    def _assign(self, policy, alerts):
        """One activity for each alert whose time has come; information has none."""
        todo = alerts.filtered(
            lambda row: row.is_due and not row.was_assigned and row.severity != "0"
        )
        if not todo:
            return
        activity_type = self.env.ref("arm_insurance.mail_activity_type_insurance")
        models_ = {
            name: self.env["ir.model"]._get_id(name)
            for name in ("arm.insurance.limit", "arm.insurance.policy")
        }
        today = policy.company_id._local_today()
        todo.mapped("text")
        # As superuser: alerts give work to others, whoever changed the figures.
        quiet = self.env["mail.activity"].sudo()
        # Quiet: everybody sees them in the list; no e-mail for each of them.
        quiet = quiet.with_context(mail_activity_quick_update=True)
        activities = quiet.create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "res_model_id": models_[(row.limit_id or row.policy_id)._name],
                    "res_id": (row.limit_id or row.policy_id).id,
                    "summary": row.text,
                    "date_deadline": max(today, row.act_on or today),
                    "user_id": self._get_person(policy, row, today).id,
                }
                for row in todo
            ]
        )
        for row, activity in zip(todo, activities, strict=True):
            row.write({"activity_id": activity.id, "was_assigned": True})

    @api.model
    def _get_person(self, policy, alert, today):
        """Who has to act: the responsible, or the person above."""
        above = policy.manager_id if self._is_escalated(alert, today) else None
        return above or policy.responsible_id or self.env.user

    @api.model
    def _is_escalated(self, alert, today):
        left = (alert.deadline - today).days if alert.deadline else ESCALATION_DAYS + 1
        late_notice = alert.code == "NOA-DUE" and left <= ESCALATION_DAYS
        return late_notice or alert.code in ESCALATED

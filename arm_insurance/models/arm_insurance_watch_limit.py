from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import alerts, codes, discretionary
from ..tools.dates import add_months
from .arm_insurance_terms import decimal
from .arm_insurance_watch import Condition


class ArmInsuranceWatch(models.AbstractModel):
    """What holds for single buyers besides limits and clocks (section 3).

    Idle limits, items on too long terms, deliveries that are not invoiced, disputes,
    settlements that are late, and money from buyers whom the insurer has paid for.
    """

    _name = "arm.insurance.watch"
    _inherit = ["arm.insurance.watch"]

    @api.model
    def _get_facts(self, policy, limits):
        """A constant number of statements, whatever the number of buyers."""
        claims = self._get_settled_claims(limits)
        return {
            **super()._get_facts(policy, limits),
            "last_sales": self._get_last_sales(policy, limits),
            "highest_use": self._get_highest_use(policy, limits),
            "disputed": self._get_disputed(limits),
            "too_long": self._get_too_long(limits),
            "delivered": self._get_delivered(policy, limits),
            "claims": claims.grouped("limit_id"),
            "receipts": {
                claim: sum(row["amount"] for row in rows)
                for claim, rows in claims._get_receipts().items()
            },
        }

    @api.model
    def _get_conditions(self, limit, today, facts):
        yield from super()._get_conditions(limit, today, facts)
        if limit.policy_id.state not in ("active", "run_off") or not limit.active:
            return
        year = limit.policy_id._get_year(today)
        if self._is_own_limit_lost(limit, today):
            yield Condition("DCL-LOST", None, limit.amount_open)
        if self._is_idle(limit, today, facts):
            yield Condition("LIM-IDLE", None, limit.room)
        too_long = facts["too_long"].get(limit)
        if too_long:
            yield Condition("TERMS", None, too_long)
        delivered = facts["delivered"].get(limit.partner_id)
        if delivered and year.max_invoicing_days:
            day, amount = delivered
            last = alerts.invoicing_deadline(day, year.max_invoicing_days)
            yield Condition("INVOICE-LATE", last, amount)
        if limit.suspended:
            opened = facts["disputed"].get(limit.id)
            day = opened and alerts.reminder_day(opened, today)
            yield Condition("DISPUTE", day, limit.suspended)
        yield from self._get_claim_conditions(limit, today, facts)

    @api.model
    def _get_claim_conditions(self, limit, today, facts):
        """The insurer owes money, or the buyer pays what the insurer has paid for."""
        for claim in facts["claims"].get(limit, ()):
            late = claim.settle_by and claim.settle_by < today
            if claim.state in ("accepted", "partly") and late:
                yield Condition("PAY-DUE", claim.settle_by, claim.accepted_amount)
            if claim.state in ("paid", "recovering"):
                received = facts["receipts"].get(claim)
                if received:
                    yield Condition("REC", None, float(received))

    # ------------------------------------------------------------------------ facts

    @api.model
    def _is_own_limit_lost(self, limit, today):
        """Whether a buyer who owes something has lost the own limit lately."""
        proof = limit.dcl_evidence_id
        lately = proof.as_of and proof.as_of >= today - timedelta(days=30)
        lost = lately and proof.status != discretionary.OK
        return lost and limit.amount_open and not limit.amount

    @api.model
    def _is_idle(self, limit, today, facts):
        year = limit.policy_id._get_year(today)
        if not limit.amount or not (year.idle_months or year.idle_pct):
            return False
        last = limit.decision_ids._in_force()[-1:]
        highest = facts["highest_use"].get(limit.id)
        use = alerts.LimitUse(
            amount=decimal(limit.amount),
            granted=last.effective_on or last.decided_on or None,
            last_sale=facts["last_sales"].get(limit.partner_id.id),
            open=decimal(limit.amount_open),
            highest_pct=highest and 100 * highest / decimal(limit.amount),
        )
        return alerts.is_idle(use, today, year.idle_months, year.idle_pct)

    @api.model
    def _get_last_sales(self, policy, limits):
        """The last invoice of buyers who have a limit and owe nothing, by partner."""
        asked = limits.filtered(lambda row: row.amount and not row.amount_open)
        if not asked:
            return {}
        self.env["account.move"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT commercial_partner_id, MAX(invoice_date)
                  FROM account_move
                 WHERE commercial_partner_id = ANY(%s) AND company_id = ANY(%s)
                   AND state = 'posted' AND move_type = 'out_invoice'
                 GROUP BY commercial_partner_id
                """,
                asked.partner_id.ids,
                policy._get_companies().ids,
            )
        )
        return dict(rows)

    @api.model
    def _get_highest_use(self, policy, limits):
        """Most that was covered at a month end of the last year, by limit id.

        Only where the month ends of the whole year are known.
        """
        today = policy.company_id._local_today()
        opens = add_months(today, -12)
        if not policy.snapshot_from or policy.snapshot_from > add_months(today, -11):
            return {}
        asked = limits.filtered("amount")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT limit_id, MAX(used)::numeric FROM (
                    SELECT limit_id, SUM(covered + suspended) AS used
                      FROM arm_insurance_coverage
                     WHERE limit_id = ANY(%s) AND snapshot_date > %s
                     GROUP BY limit_id, snapshot_date
                ) AS month GROUP BY limit_id
                """,
                asked.ids,
                opens,
            )
        )
        return {**dict.fromkeys(asked.ids, decimal(0)), **dict(rows)}

    @api.model
    def _get_disputed(self, limits):
        """The first day of the oldest dispute on a covered item, by limit id."""
        asked = limits.filtered("suspended")
        if not asked:
            return {}
        self.env["arm.dispute"].flush_model()
        self.env["arm.dispute.item"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cover.limit_id, MIN(dispute.date_opened)
                  FROM arm_insurance_coverage cover
                  JOIN arm_dispute_item item ON item.item_id = cover.item_id
                  JOIN arm_dispute dispute ON dispute.id = item.dispute_id
                 WHERE cover.limit_id = ANY(%s) AND cover.snapshot_date IS NULL
                   AND cover.suspended > 0 AND dispute.date_closed IS NULL
                 GROUP BY cover.limit_id
                """,
                asked.ids,
            )
        )
        return dict(rows)

    @api.model
    def _get_too_long(self, limits):
        """What is open on terms longer than the policy allows, by limit."""
        groups = self.env["arm.insurance.coverage"]._read_group(
            [
                ("limit_id", "in", limits.ids),
                ("snapshot_date", "=", False),
                ("status", "=", codes.TERMS_TOO_LONG),
            ],
            ["limit_id"],
            ["amount_open:sum"],
        )
        return dict(groups)

    @api.model
    def _get_delivered(self, policy, limits):
        """Deliveries without an invoice: first day and amount, by partner.

        Only asked where the policy says how quickly they must be invoiced.
        """
        today = policy.company_id._local_today()
        if not policy._get_year(today).max_invoicing_days:
            return {}
        domain = Domain("state", "=", "sale") & Domain("qty_delivered", ">", 0)
        # As superuser: what is delivered counts, whoever looks.
        lines = self.env["sale.order.line"].sudo()
        lines = lines.search(
            domain
            & Domain("invoice_status", "=", "to invoice")
            & Domain("company_id", "in", policy._get_companies().ids)
            & Domain(
                "order_id.partner_invoice_id.commercial_partner_id",
                "in",
                limits.partner_id.ids,
            )
        ).filtered(lambda line: line.qty_delivered > line.qty_invoiced)
        days = self._get_delivery_days(lines)
        found = {}
        for line in lines:
            buyer = line.order_id.partner_invoice_id.commercial_partner_id
            amount = line.currency_id._convert(
                line.untaxed_amount_to_invoice,
                policy.currency_id,
                policy.company_id,
                today,
            )
            day, total = found.get(buyer, (days[line], 0))
            found[buyer] = (min(day, days[line]), total + amount)
        return found

    @api.model
    def _get_delivery_days(self, lines):
        """Hook: the first day of each delivered line that is not invoiced yet.

        Without the stock application: the promised day, else that of the order.
        """
        return {
            line: (line.order_id.commitment_date or line.order_id.date_order).date()
            for line in lines
        }

    @api.model
    def _get_settled_claims(self, limits):
        """Claims on which money is due, or may come in."""
        domain = [
            ("limit_id", "in", limits.ids),
            ("state", "in", ["accepted", "partly", "paid", "recovering"]),
        ]
        return self.env["arm.insurance.claim"].search(domain)

    # --------------------------------------------------------------------- reminders

    @api.model
    def _change(self, alert, condition, today):
        """A new quarter of a dispute reminds people again."""
        moved = alert.code == "DISPUTE" and alert.deadline != condition.deadline
        res = super()._change(alert, condition, today)
        if moved and alert.was_assigned and not alert.activity_id:
            alert.was_assigned = False
        return res

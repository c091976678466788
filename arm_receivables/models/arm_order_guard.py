from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ..tools import order_block as rules


@dataclass(frozen=True)
class Verdict:
    """What was decided about an order, and the facts that it was decided on."""

    amount: float
    decision: rules.Decision
    case: rules.Order
    facts: dict

    @property
    def held(self):
        return self.decision.state == rules.HELD

    @property
    def waiting(self):
        """Whether the order is in finance's queue."""
        return any(
            self.case.id in self.facts[party]["held"]
            for party in self.case.parties
            if party in self.facts
        )


class ArmOrderGuard(models.AbstractModel):
    """Reads what the decision about orders needs, and decides.

    The rules themselves are pure functions (``tools/order_block.py``). Here the facts
    of all parties of all orders are read in one statement, whatever their number.
    A customer is named by (company id, commercial partner id).
    """

    _name = "arm.order.guard"
    _description = "Guard of Orders"

    # --------------------------------------------------------------------- decisions

    @api.model
    def _judge(self, orders, amounts=None, together=False, paid=None, facts=None):
        """Decide whether orders may become binding now.

        :param orders: orders, also such that are not saved yet.
        :param amounts: order to the amount that is added to the exposure (company
            currency); the whole order when not given.
        :param together: whether all are confirmed at once, so that each one uses up
            the limit and the releases for the next.
        :param paid: orders to take for paid in full; by default those that are.
        :param facts: what was read of the customers in this transaction, if it still
            holds; it is read again when a customer is missing.
        :return: dict of order to :class:`Verdict`
        """
        # The guard must see the accounts and releases of every user's customers.
        orders = orders.sudo()
        amounts = amounts or self._get_amounts(orders)
        cases = self._get_cases(orders, amounts, orders.browse())
        pairs = {pair for case in cases for pair in case.parties}
        if not facts or not pairs <= facts.keys():
            facts = self._read_facts(pairs)
        customers = {pair: fact["customer"] for pair, fact in facts.items()}
        found = self._decide(cases, customers, together)
        if any(decision.blocks for decision in found.values()):
            paid = self._get_prepaid(orders) if paid is None else paid
            cases = self._get_cases(orders, amounts, paid)
            found = self._decide(cases, customers, together)
        return {
            order: Verdict(amounts[order], found[case.id], case, facts)
            for order, case in zip(orders, cases, strict=True)
        }

    @api.model
    def _decide(self, cases, customers, together):
        if together:
            return rules.decide_together(cases, customers)
        return {case.id: rules.decide(case, customers) for case in cases}

    @api.model
    def _get_cases(self, orders, amounts, paid):
        """The orders as the rules see them; those not saved get negative numbers."""
        return [
            self._get_case(order, amounts[order], -number, order in paid)
            for number, order in enumerate(orders, 1)
        ]

    @api.model
    def _get_amounts(self, orders):
        """The totals of orders in their companies' currencies, at today's rates."""
        rates = {}
        amounts = {}
        for order in orders:
            company = order.company_id or self.env.company
            currency = order.currency_id or company.currency_id
            if (currency, company) not in rates:
                rates[currency, company] = currency._get_conversion_rate(
                    currency, company.currency_id, company, company._local_today()
                )
            amount = order.amount_total * rates[currency, company]
            amounts[order] = company.currency_id.round(amount)
        return amounts

    @api.model
    def _get_case(self, order, amount, number, prepaid):
        company = order.company_id or self.env.company
        debtor = order.partner_invoice_id or order.partner_id
        parties = order.partner_id.commercial_partner_id | debtor.commercial_partner_id
        return rules.Order(
            id=order._origin.id or number,
            amount=_decimal(amount),
            debtor=(company.id, debtor.commercial_partner_id._origin.id),
            parties=tuple((company.id, party.id) for party in parties._origin),
            today=company._local_today(),
            prepaid=prepaid,
        )

    @api.model
    def _get_prepaid(self, orders):
        """The orders which are paid online in full, where such orders pass.

        Only money that was paid for this order alone counts.
        """
        saved = orders._origin.filtered(
            lambda order: order.company_id.order_block_prepaid
            and order.currency_id.compare_amounts(order.amount_total, 0) > 0
        )
        if not saved:
            return orders.browse()
        self.env["payment.transaction"].flush_model()
        saved.flush_recordset(["transaction_ids", "currency_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rel.sale_order_id, SUM(tx.amount)
                  FROM sale_order_transaction_rel rel
                  JOIN payment_transaction tx ON tx.id = rel.transaction_id
                  JOIN sale_order so ON so.id = rel.sale_order_id
                 WHERE rel.sale_order_id IN %s
                   AND tx.state IN ('authorized', 'done')
                   AND tx.currency_id = so.currency_id
                   AND NOT EXISTS (
                       SELECT FROM sale_order_transaction_rel other
                        WHERE other.transaction_id = rel.transaction_id
                          AND other.sale_order_id <> rel.sale_order_id)
                 GROUP BY rel.sale_order_id
                """,
                tuple(saved.ids),
            )
        )
        paid = dict(rows)
        return orders.filtered(
            lambda order: order._origin.id in paid
            and order.currency_id.compare_amounts(
                float(paid[order._origin.id]), order.amount_total
            )
            >= 0
        )

    # ------------------------------------------------------------------------- facts

    @api.model
    def _read_facts(self, pairs):
        """What is known of customers, in one statement.

        :param pairs: (company id, commercial partner id)
        :return: dict of pair to a dict of ``account`` (id or None), ``status``,
            ``customer`` (for the rules) and ``held`` (orders waiting for finance)
        """
        pairs = sorted(pair for pair in pairs if all(pair))
        if not pairs:
            return {}
        self._flush_facts()
        rows = self.env.execute_query_dict(self._facts_query(pairs))
        return {
            (row["company_id"], row["partner_id"]): {
                "account": row["account_id"],
                "status": row["reliability_status"],
                "held": row["held"] or [],
                "customer": self._get_customer(row),
            }
            for row in rows
        }

    @api.model
    def _flush_facts(self):
        for name in ("arm.customer.account", "arm.order.block", "arm.order.release"):
            self.env[name].flush_model()
        self.env["arm.order.hold"].flush_model(["account_id", "order_id", "state"])
        self.env["res.partner"].flush_model(["credit_limit"])

    @api.model
    def _facts_query(self, pairs):
        return SQL(
            """
            WITH rule(company_id, by_limit, default_limit) AS (VALUES %(rules)s),
            pair(company_id, partner_id) AS (VALUES %(pairs)s)
            SELECT pair.company_id, pair.partner_id, account.id AS account_id,
                   account.reliability_status, account.exposure,
                   CASE WHEN rule.by_limit THEN %(limit)s END AS credit_limit,
                   (SELECT jsonb_agg(jsonb_build_array(
                        id, source, since, until, amount_to_lift::text, even_prepaid)
                        ORDER BY source = 'status', since, id)
                      FROM arm_order_block
                     WHERE account_id = account.id AND lifted_on IS NULL) AS blocks,
                   (SELECT jsonb_agg(jsonb_build_array(
                        id, decided_on, order_id, date_until,
                        (amount_limit - COALESCE(amount_used, 0))::text, scope))
                      FROM arm_order_release
                     WHERE account_id = account.id AND state = 'granted') AS releases,
                   (SELECT array_agg(order_id) FROM arm_order_hold
                     WHERE account_id = account.id
                       AND state IN ('open', 'released')) AS held
              FROM pair
              JOIN rule USING (company_id)
              JOIN res_partner customer ON customer.id = pair.partner_id
              LEFT JOIN arm_customer_account account
                ON account.company_id = pair.company_id
               AND account.partner_id = pair.partner_id
            """,
            rules=self._rules_sql({company for company, _partner in pairs}),
            pairs=SQL(", ").join(SQL("(%s, %s)", *pair) for pair in pairs),
            limit=self.env["arm.order.block"]._limit_sql(),
        )

    @api.model
    def _rules_sql(self, company_ids):
        """The companies' own check of the credit limit, as rows of values."""
        # As superuser: the rule binds everybody, also who may not read the settings.
        companies = self.env["res.company"].sudo().browse(company_ids)
        return SQL(", ").join(
            SQL(
                "(%s, %s, %s::numeric)",
                company.id,
                company.order_block_limit,
                company._get_default_credit_limit(),
            )
            for company in companies
        )

    @api.model
    def _get_customer(self, row):
        """The row of the query as the rules see the customer."""
        limit = row["credit_limit"]
        return rules.Customer(
            exposure=_decimal(row["exposure"] or 0),
            limit=None if limit is None else _decimal(limit),
            blocks=tuple(_block(*values) for values in row["blocks"] or ()),
            releases=tuple(_release(*values) for values in row["releases"] or ()),
        )

    # ------------------------------------------------------------------------- texts

    @api.model
    def _describe(self, verdicts):
        """Say in the user's language why orders are held and what would lift it.

        :param verdicts: what :meth:`_judge` returns
        :return: dict of order to text, of those with a block
        """
        ids = [block.id for v in verdicts.values() for block in v.decision.blocks]
        # As superuser: the sentence is for who may see the order.
        blocks = self.env["arm.order.block"].sudo().browse(filter(None, ids))
        summaries = {block.id: block.summary for block in blocks}
        return {
            order: self._describe_one(order, verdict, summaries)
            for order, verdict in verdicts.items()
            if verdict.decision.blocks
        }

    @api.model
    def _describe_one(self, order, verdict, summaries):
        customer = order.partner_id.commercial_partner_id.name or ""
        reasons = "; ".join(
            self._describe_limit(order, verdict, block)
            if block.source == rules.LIMIT
            else summaries[block.id]
            for block in verdict.decision.blocks
        )
        return f"{customer}: {reasons}.\n{self._get_way_out(order, verdict.decision)}"

    @api.model
    def _get_way_out(self, order, decision):
        """What has to happen before the order is confirmed, or why it passes."""
        if decision.state == rules.PREPAID:
            return self.env._("It is paid in advance and may be confirmed.")
        if decision.state == rules.RELEASED:
            return self.env._("A release lets this order pass.")
        amount = self._format(order.company_id, decision.to_lift)
        if decision.payment_lifts:
            return self.env._(
                "It can be confirmed when %(amount)s has been paid, or with a release.",
                amount=amount,
            )
        if decision.to_lift:
            return self.env._(
                "It can be confirmed with a release, or when the block is lifted and "
                "%(amount)s has been paid.",
                amount=amount,
            )
        return self.env._(
            "It can be confirmed with a release, or when the block is lifted."
        )

    @api.model
    def _describe_limit(self, order, verdict, block):
        limit = verdict.facts[verdict.case.debtor]["customer"].limit
        return self.env._(
            "%(amount)s would be open or ordered with this order, above the credit "
            "limit of %(limit)s",
            amount=self._format(order.company_id, limit + block.to_lift),
            limit=self._format(order.company_id, limit),
        )

    @api.model
    def _format(self, company, amount):
        return format_amount(self.env, float(amount), company.currency_id)


def _decimal(value):
    """A rounded float, or a number as the database gives it, as a Decimal."""
    return Decimal(str(value))


def _block(number, source, since, until, to_lift, even_prepaid):
    return rules.Block(
        source=source,
        since=datetime.fromisoformat(since),
        until=fields.Date.to_date(until),
        to_lift=None if to_lift is None else Decimal(to_lift),
        even_prepaid=bool(even_prepaid),
        id=number,
    )


def _release(number, granted, order, until, left, scope):
    return rules.Release(
        id=number,
        granted=datetime.fromisoformat(granted),
        left=None if left is None else Decimal(left),
        # An order that was deleted leaves a release that passes nothing.
        order=(order or 0) if scope == "order" else None,
        until=fields.Date.to_date(until),
    )

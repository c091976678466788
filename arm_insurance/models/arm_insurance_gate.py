from odoo import api, models
from odoo.tools import SQL, format_date

from ..tools.account import Item
from ..tools.eligibility import are_terms_too_long


class ArmInsuranceGate(models.AbstractModel):
    """What the insurance says to an order or an invoice before it is binding.

    A stop of cover becomes an order block of the customer (source "insurance"), which
    is released like any other. A missing limit and too long terms are looked at here;
    what a policy blocks may pass with an override that says who and why.
    """

    _name = "arm.insurance.gate"
    _description = "Gates of Credit Insurance"

    # ------------------------------------------------------------------------ stops

    @api.model
    def _follow_stops(self, limits, stopped):
        """Block and unblock customers whose cover has stopped or goes on.

        :param limits: the buyers that were replayed
        :param stopped: those of them whose cover was stopped before
        """
        now = limits.filtered("is_stopped")
        (now - stopped)._record(
            "cover_stopped", "amount_to_lift", self._get_block_reason, system=True
        )
        (stopped - now)._record("cover_resumed", system=True)
        self._block(now.filtered(lambda row: row.policy_id.gate_stop == "block"))
        gone = stopped - now
        if gone:
            self._unblock(gone)

    @api.model
    def _block(self, limits):
        accounts = self._get_accounts(limits)
        for limit in limits:
            rows = accounts.filtered(
                lambda row, limit=limit: row.partner_id == limit.partner_id
                and row.company_id in limit.policy_id._get_companies()
            )
            text = self._get_block_reason(limit)
            open_ = rows._get_open_blocks("insurance")
            fresh = rows - open_.account_id
            changed = open_.filtered(lambda row, text=text: row.reason != text)
            if fresh or changed:
                (fresh | changed.account_id)._block_orders(text, "insurance")

    @api.model
    def _get_block_reason(self, limit):
        """Why, without figures that change every day."""
        if limit.stop_item_id:
            return self.env._(
                "%(item)s is unpaid past %(date)s, so new deliveries are not insured",
                item=limit.stop_item_id.move_id.name,
                date=format_date(self.env, limit.stop_expiry),
            )
        return limit.stop_reason or self.env._("Cover is stopped")

    @api.model
    def _unblock(self, limits):
        """Lift the blocks of buyers whom no other policy stops."""
        # As superuser: the stop of any policy holds.
        others = self.env["arm.insurance.limit"].sudo()
        others = others.search(
            [
                ("partner_id", "in", limits.partner_id.ids),
                ("is_stopped", "=", True),
                ("policy_id.gate_stop", "=", "block"),
            ]
        )
        free = limits.filtered(lambda row: row.partner_id not in others.partner_id)
        accounts = self._get_accounts(free)
        blocked = accounts._get_open_blocks("insurance").account_id
        if blocked:
            blocked._unblock_orders("insurance", self.env._("Cover goes on"))

    @api.model
    def _get_accounts(self, limits):
        pairs = [
            (company.id, limit.partner_id.id)
            for limit in limits
            for company in limit.policy_id._get_companies()
        ]
        accounts = self.env["arm.customer.account"]
        if not pairs:
            return accounts
        return accounts.union(*accounts._get_or_create(pairs).values())

    # ------------------------------------------------------------- orders, invoices

    @api.model
    def _judge_orders(self, orders):
        """What the policies say to these orders.

        :return: dict of order to list of (gate, sentence); gate is warn or block
        """
        found = self._get_limits(orders, "partner_invoice_id")
        return {
            order: [
                said
                for limit in found.get(self._get_key(order, "partner_invoice_id"), ())
                # As superuser: policies hold for everybody's orders.
                for said in self._judge_order(order.sudo(), limit)
            ]
            for order in orders
        }

    @api.model
    def _judge_order(self, order, limit):
        policy = limit.policy_id
        buyer = limit.partner_id.display_name
        if policy.gate_no_limit != "off" and not limit.amount:
            today = policy.company_id._local_today()
            least = policy._get_year(today).declaration_threshold
            if limit.amount_open + order.amount_total > least:
                text = self.env._("%(buyer)s has no insured limit.", buyer=buyer)
                yield policy.gate_no_limit, text
        if policy.gate_terms != "off" and self._is_too_long(
            limit, order.payment_term_id, order.date_order.date()
        ):
            yield policy.gate_terms, self._get_terms_text(limit)
        if limit.is_stopped and policy.gate_stop == "warn":
            yield "warn", limit.stop_reason

    @api.model
    def _judge_invoices(self, moves):
        """The same for invoices: only their terms matter, the goods may be gone."""
        found = self._get_limits(moves, "partner_id")
        said = {}
        for move in moves:
            said[move] = []
            for limit in found.get(self._get_key(move, "partner_id"), ()):
                gate = limit.policy_id.gate_post
                if gate != "off" and self._is_move_too_long(limit, move):
                    said[move].append((gate, self._get_terms_text(limit)))
        return said

    @api.model
    def _get_key(self, record, name):
        partner = record[name] or record.partner_id
        return (record.company_id.id, partner.commercial_partner_id.id)

    @api.model
    def _get_limits(self, records, name):
        """The buyers' rows under active policies, by company and buyer."""
        keys = {self._get_key(record, name) for record in records}
        limits = self._find_limits({partner for _company, partner in keys if partner})
        found = {}
        for limit in limits:
            for company in limit.policy_id._get_companies():
                key = (company.id, limit.partner_id.id)
                found.setdefault(key, []).append(limit)
        return found

    @api.model
    def _find_limits(self, partner_ids):
        """The same, of these buyers. Every posting asks: plain SQL is the quickest."""
        limits = self.env["arm.insurance.limit"].sudo()  # the gates bind everybody
        limits.flush_model(["active", "partner_id", "policy_id", "uncovered"])
        limits.policy_id.flush_model(["state"])
        query = SQL(
            "SELECT buyer.id FROM arm_insurance_limit buyer "
            "JOIN arm_insurance_policy policy ON policy.id = buyer.policy_id "
            "WHERE policy.state = 'active' AND buyer.active "
            "AND buyer.partner_id = ANY(%s) ORDER BY buyer.uncovered DESC, buyer.id",
            list(partner_ids),
        )
        return limits.browse(row[0] for row in self.env.execute_query(query))

    @api.model
    def _is_too_long(self, limit, term, day):
        """Whether the last instalment of a payment term lies beyond the clause."""
        if not term:
            return False
        lines = term.line_ids
        last = max(line._get_due_date(day) for line in lines) if lines else day
        return self._is_beyond(limit, day, last)

    @api.model
    def _is_move_too_long(self, limit, move):
        day = move.invoice_date or limit.company_id._local_today()
        last = move.invoice_date_due
        return bool(last) and self._is_beyond(limit, day, last)

    @api.model
    def _is_beyond(self, limit, day, last):
        year = limit.policy_id._get_year(day)
        facts = limit._get_facts()[limit.id]
        terms = year._get_terms_for(facts)[0]
        row = limit._get_row(day, terms)
        item = Item(id="new", invoiced=day, due=max(day, last), gross=0)
        return are_terms_too_long(item, terms, row)

    @api.model
    def _get_terms_text(self, limit):
        return self.env._(
            "The payment terms are longer than policy %(policy)s allows for %(buyer)s, "
            "so nothing of it would be insured.",
            policy=limit.policy_id.name,
            buyer=limit.partner_id.display_name,
        )

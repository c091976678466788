from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL

from ..tools import order_block as rules
from .arm_customer_account import ORDERS, RELIABILITY_STATUSES

BLOCK_FIELDS = (
    "order_block_state",
    "order_block_message",
    "order_block_amount",
    "reliability_status",
)
# What can make a confirmed order larger, or somebody else's.
GUARDED = {
    "order_line",
    "partner_id",
    "partner_invoice_id",
    "company_id",
    "currency_id",
    "fiscal_position_id",
    "payment_term_id",
    "pricelist_id",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
}
# Totals are computed; what a remote caller writes into them is computed again.
TOTALS = {"amount_untaxed", "amount_tax", "amount_total"}


class SaleOrder(models.Model):
    """The order block: an order of a blocked customer does not become binding.

    Every way leads through :meth:`write` or :meth:`create`; what is shown before is
    the same decision. See ``arm.order.guard`` for the facts and
    ``tools/order_block.py`` for the rules.
    """

    _name = "sale.order"
    _inherit = ["sale.order"]

    reliability_status = fields.Selection(
        RELIABILITY_STATUSES,
        compute="_compute_order_block",
        groups="base.group_user",
        help="How reliably the customer pays the company of this order.",
    )
    order_block_state = fields.Selection(
        [
            (rules.FREE, "May Be Confirmed"),
            (rules.PREPAID, "Paid in Advance"),
            (rules.RELEASED, "Released"),
            (rules.HELD, "Held"),
        ],
        string="Order Block",
        compute="_compute_order_block",
        groups="base.group_user",
        help="What will happen when the quotation is confirmed.",
    )
    order_block_message = fields.Text(
        string="Why Held", compute="_compute_order_block", groups="base.group_user"
    )
    order_block_amount = fields.Monetary(
        string="Needed to Confirm",
        compute="_compute_order_block",
        currency_field="order_block_currency_id",
        groups="base.group_user",
        help="What has to be paid before the order can be confirmed.",
    )
    order_block_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    order_hold_ids = fields.One2many(
        "arm.order.hold", "order_id", groups="arm_receivables.group_receivables_reader"
    )

    # As superuser: who may see the order may see that it waits, not the queue.
    waits_for_finance = fields.Boolean(
        compute="_compute_waits_for_finance",
        search="_search_waits_for_finance",
        compute_sudo=True,
        groups="base.group_user",
        help="Somebody has tried to confirm this order, and it is held.",
    )

    # ---------------------------------------------------------------------- computes

    @api.depends(
        "partner_id",
        "partner_invoice_id",
        "company_id",
        "currency_id",
        "amount_total",
        "state",
        "transaction_ids",
    )
    @api.depends_context("lang")
    def _compute_order_block(self):
        """One statement for all orders; the sentences only where there is a block."""
        verdicts = self.env["arm.order.guard"]._judge(self)
        texts = self._get_block_texts(verdicts)
        for order in self:
            verdict = verdicts[order]
            order.reliability_status = order._get_reliability_status(verdict)
            waits = order.state in ("draft", "sent")
            order.order_block_state = verdict.decision.state if waits else rules.FREE
            order.order_block_message = texts.get(order, "") if waits else ""
            order.order_block_amount = float(verdict.decision.to_lift) if waits else 0

    @api.depends("order_hold_ids.state")
    def _compute_waits_for_finance(self):
        for order in self:
            order.waits_for_finance = "open" in order.order_hold_ids.mapped("state")

    @api.model
    def _search_waits_for_finance(self, operator, value):
        if operator != "in":
            return NotImplemented
        # As superuser: who may read the flag may search it.
        holds = self.env["arm.order.hold"].sudo()._search([("state", "=", "open")])
        waiting = Domain("id", "in", holds.subselect("order_id"))
        if True in value and False in value:
            return Domain.TRUE
        return waiting if True in value else ~waiting

    def _get_reliability_status(self, verdict):
        """The status of who orders, else of who gets the invoice."""
        for party in verdict.case.parties:
            status = verdict.facts.get(party, {}).get("status")
            if status:
                return status
        return False

    @api.model
    def _get_block_texts(self, verdicts):
        """Why orders are held, what would lift it, and what was asked already."""
        texts = self.env["arm.order.guard"]._describe(verdicts)
        held = {order._origin.id: order for order in verdicts if verdicts[order].held}
        if held:
            # As superuser: salespeople learn what became of their request.
            releases = self.env["arm.order.release"].sudo()
            asked = releases.search(
                [
                    ("order_id", "in", list(held)),
                    ("state", "in", ("requested", "declined")),
                ],
                order="id",
            )
            for number, found in asked.grouped(lambda r: r.order_id.id).items():
                texts[held[number]] += "\n" + found[-1]._get_request_text()
        return texts

    def _invalidate_order_block(self):
        """Forget decisions, because a block, a release or a figure has changed."""
        self.env.cr.cache.pop("arm_orders_facts", None)
        self.invalidate_model([*BLOCK_FIELDS, "order_hold_ids", "waits_for_finance"])

    # ------------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        if any(TOTALS & vals.keys() for vals in vals_list):
            orders._recompute_totals()
        # The lines of an order that is born confirmed were judged one by one.
        judged = self._get_transaction_set("judged")
        confirmed = orders.filtered(
            lambda order: order.state == "sale" and order.id not in judged
        )
        if confirmed:
            confirmed._pass_order_block("confirm")
            confirmed._refresh_exposure()
        return orders

    def write(self, vals):
        becoming = self.browse()
        if vals.get("state") == "sale":
            becoming = self.filtered(lambda order: order.state != "sale")
        leaving = self.browse()
        if vals.get("state", "sale") != "sale":
            leaving = self.filtered(lambda order: order.state == "sale")
        # The exposure follows after the decision, which adds the order to it itself.
        with self.env["arm.customer.account"]._collect_changes():
            if not GUARDED & vals.keys():
                becoming._pass_binding()
                result = super().write(vals)
            else:
                with (self - becoming)._guard_increase():
                    result = super().write(vals)
                    if TOTALS & vals.keys():
                        self._recompute_totals()
                becoming._pass_binding()
            (becoming | leaving)._refresh_exposure()
        return result

    def _pass_binding(self):
        """Let nothing become binding that the block holds."""
        if self:
            self._pass_order_block("confirm")

    def _recompute_totals(self):
        """Compute the totals from the lines, whatever was written into them."""
        for name in TOTALS:
            self.env.add_to_compute(self._fields[name], self)

    def _refresh_exposure(self):
        """Bring the exposure of the customers up to date."""
        orders = self.sudo()  # the accounts follow, whoever confirms an order
        self.env["arm.customer.account"]._note_changes(
            [
                (company, group.partner_invoice_id)
                for company, group in orders.grouped("company_id").items()
            ],
            ORDERS,
        )

    def _get_transaction_set(self, name):
        """A set that lives as long as the transaction, out of reach of any caller."""
        return self.env.cr.cache.setdefault(f"arm_orders_{name}", set())

    # ------------------------------------------------------------------ confirmation

    def _register_hook(self):
        """Put :meth:`_confirm_good` in front of every override of ``action_confirm``.

        Other add-ons act on all orders of the call after the call (send an e-mail, open
        registrations, give points). Held orders must be taken out before the first of
        them, whatever the order in which the add-ons were loaded. Nothing depends on
        it but the batch: a held order is refused further down in any case.
        """
        super()._register_hook()
        registry_class = type(self)
        if "action_confirm" not in vars(registry_class):

            def action_confirm(self):
                return self._confirm_good(super(registry_class, self).action_confirm)

            registry_class.action_confirm = action_confirm

    def _confirm_good(self, confirm):
        """Confirm the orders that may be confirmed, and tell which are held.

        :param confirm: what confirms, bound to these orders.
        :raise UserError: when all of several orders are held
        """
        self._invalidate_order_block()
        verdicts = self.env["arm.order.guard"]._judge(
            self.filtered(lambda order: order.state in ("draft", "sent")), together=True
        )
        held = {order: verdict for order, verdict in verdicts.items() if verdict.held}
        good = self - self.browse(order.id for order in held)
        if len(self) > 1 and held and not good:
            self._refuse("confirm", held)
        if len(self) < 2 or not held:
            with self._remember(verdicts):
                return confirm()
        # The same function again, on the good ones only: the outermost one.
        result = type(self).action_confirm(good)
        self._record_attempts("confirm", held)
        return self._notify_held(held, good, result)

    @contextmanager
    def _remember(self, verdicts):
        """Keep the verdicts for the error messages of the call inside.

        Only what is said depends on them: the orders are judged again when their state
        is written, on the same facts unless these have changed meanwhile (see
        :meth:`_invalidate_order_block`). They are kept with the transaction, out of
        reach of any caller.
        """
        cache = self.env.cr.cache
        before = cache.get("arm_orders_verdicts", {})
        cache["arm_orders_verdicts"] = verdicts
        for verdict in list(verdicts.values())[:1]:  # all have the same facts
            cache["arm_orders_facts"] = verdict.facts
        try:
            yield
        finally:
            cache["arm_orders_verdicts"] = before
            cache.pop("arm_orders_facts", None)

    def _confirmation_error_message(self):
        """The customer's blocks are one more reason not to confirm an order."""
        error = super()._confirmation_error_message()
        if error:
            return error
        known = self.env.cr.cache.get("arm_orders_verdicts", {})
        held = {self: known[self]} if self in known else None
        held = held or self.env["arm.order.guard"]._judge(self)
        if not held[self].held:
            return False
        self._record_attempts("confirm", held, refused=True)
        return self._get_held_text(held)

    @api.model
    def _get_held_text(self, held):
        """Why these orders are not confirmed, for who tries it.

        :param held: dict of order to verdict
        """
        if not self._get_caller()._is_internal():
            return self._get_customer_text()
        texts = self._get_block_texts(held)
        return "\n\n".join(
            self.env._(
                "Order %(order)s is held for finance.\n%(why)s",
                order=order.name,
                why=texts[order],
            )
            for order in held
        )

    @api.model
    def _get_caller(self):
        """Who really asks: the portal works as superuser for customers."""
        return request.env.user if request else self.env.user

    @api.model
    def _get_customer_text(self):
        """Hook: what a customer reads; friendly, and without any figure."""
        return self.env._(
            "Thank you for your order. We cannot confirm it online right now; please "
            "contact us, or wait for our call: we take care of it."
        )

    @api.model
    def _refuse(self, origin, held):
        """Raise what is held, and put it into finance's queue all the same."""
        self._record_attempts(origin, held, refused=True)
        raise UserError(self._get_held_text(held))

    @api.model
    def _notify_held(self, held, good, result):
        """The message after a batch of which some orders are held."""
        texts = self._get_block_texts(held)
        lines = [
            self.env._("Confirmed: %(names)s", names=", ".join(good.mapped("name")))
        ]
        lines += [f"{order.name}: {texts[order]}" for order in held]
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._(
                    "%(done)s confirmed, %(held)s held for finance",
                    done=len(good),
                    held=len(held),
                ),
                "message": "\n".join(lines),
                "next": result if isinstance(result, dict) else reload,
            },
        }

    # --------------------------------------------------------------------- the guard

    def _pass_order_block(self, origin, amounts=None):
        """Let orders become binding, or raise: the one place that enforces the block.

        :param origin: what was tried (see ``arm.order.hold``).
        :param amounts: order to what it adds, in company currency; the whole order
            when not given
        """
        # Used once: what passes here changes them.
        facts = self.env.cr.cache.pop("arm_orders_facts", None)
        verdicts = self.env["arm.order.guard"]._judge(
            self, amounts, together=True, facts=facts
        )
        held = {order: verdict for order, verdict in verdicts.items() if verdict.held}
        if held:
            self._refuse(origin, held)
        self._lock_accounts(verdicts)
        self.env["arm.order.release"]._use(
            [
                (verdict.decision.release, order, verdict.amount)
                for order, verdict in verdicts.items()
                if verdict.decision.state == rules.RELEASED
            ]
        )
        self._record_passed(origin, verdicts)
        self._get_transaction_set("judged").update(self.ids)

    @api.model
    def _lock_accounts(self, verdicts):
        """Let orders that share a limit pass one after the other.

        The facts were read in this transaction. Whoever comes second waits here, then
        fails with a serialisation error, because the first one's order has changed
        the account's exposure, and is tried again with the new figures.
        """
        accounts = {
            fact["account"]
            for verdict in verdicts.values()
            for fact in verdict.facts.values()
            if fact["account"] and fact["customer"].limit is not None
        }
        if accounts:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM arm_customer_account WHERE id IN %s "
                    "ORDER BY id FOR NO KEY UPDATE",
                    tuple(accounts),
                )
            )

    @api.model
    def _record_passed(self, origin, verdicts):
        """Take orders out of finance's queue; keep why prepaid ones have passed."""
        prepaid = {
            order: verdict
            for order, verdict in verdicts.items()
            if verdict.decision.state == rules.PREPAID
        }
        self._record_attempts(origin, prepaid)
        states = {
            order.id: "prepaid" if order in prepaid else "confirmed"
            for order, verdict in verdicts.items()
            if order in prepaid or verdict.waiting
        }
        if states:
            self.env["arm.order.hold"]._set_confirmed(states)

    @api.model
    def _record_attempts(self, origin, verdicts, refused=False):
        """Put orders into finance's queue.

        :param origin: what was tried (see ``arm.order.hold``).
        :param verdicts: dict of order to verdict
        :param refused: whether an error follows that undoes this transaction
        :return: the rows, as superuser; none when refused
        """
        texts = self._get_block_texts(verdicts)
        values = [
            order._prepare_attempt(origin, verdict, texts[order])
            for order, verdict in verdicts.items()
            if order._origin
        ]
        holds = self.env["arm.order.hold"]
        if values and refused:
            holds._record_after_rollback(values)
        elif values:
            holds = holds._record(values)
        return holds

    def _prepare_attempt(self, origin, verdict, reason):
        """The values of the queue's row for one order."""
        self.ensure_one()
        company, debtor = verdict.case.debtor
        return {
            "order_id": self.id,
            "company_id": company,
            "partner_id": debtor,
            "amount": verdict.amount,
            "amount_to_lift": float(verdict.decision.to_lift),
            "reason": reason,
            "origin": origin,
            "attempted_by_id": self._get_caller().id,
        }

    def _judge_for_customer(self, paid_in_full):
        """The verdict about an order that a customer accepts, when it is held.

        :param paid_in_full: whether the whole order is about to be paid.
        :return: dict of order to verdict; empty when it will be confirmed
        """
        self.ensure_one()
        passing = self.company_id.order_block_prepaid and paid_in_full
        paid = self if passing else None
        verdicts = self.env["arm.order.guard"]._judge(self, paid=paid)
        return verdicts if verdicts[self].held else {}

    # -------------------------------------------------------------- confirmed orders

    @contextmanager
    def _guard_increase(self):
        """Hold what makes confirmed orders larger, or another customer's.

        What is done inside is judged as a whole at its end. The orders under guard are
        kept with the transaction, out of reach of any caller.
        """
        guarded = self._get_transaction_set("guarded")
        orders = self.filtered(
            lambda order: order.state == "sale" and order.id not in guarded
        )
        before = orders._get_guarded_values()
        if not before:
            yield
            return
        ids = {order.id for order in before}
        # The exposure follows after the decision, which adds the increase to it itself.
        with self.env["arm.customer.account"]._collect_changes():
            guarded.update(ids)
            try:
                yield
            finally:
                guarded.difference_update(ids)
            orders._check_increase(before)

    def _get_guarded_values(self):
        """What must not grow: whose order it is, and the amount."""
        orders = self.sudo()  # the invoice address may be another's contact
        amounts = self.env["arm.order.guard"]._get_amounts(orders) if orders else {}
        return {
            order: (
                order.company_id,
                order.partner_id.commercial_partner_id,
                order.partner_invoice_id.commercial_partner_id,
                amounts[order],
            )
            for order in orders
        }

    def _check_increase(self, before):
        """Judge what was added to confirmed orders since they came under guard."""
        amounts = {}
        now = self.filtered(lambda order: order.state == "sale")._get_guarded_values()
        for order, (*whose, amount) in now.items():
            *old_whose, old_amount = before[order]
            added = amount - old_amount if whose == old_whose else amount
            if order.company_id.currency_id.compare_amounts(added, 0) > 0:
                amounts[order] = added
        if amounts:
            grown = self.browse(order.id for order in amounts)
            grown._pass_order_block("change", amounts)
        if any(now[order] != before[order] for order in now):
            self._refresh_exposure()

    # ----------------------------------------------------------------------- actions

    def action_request_release(self):
        """Ask finance to let held quotations pass."""
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "arm_receivables.arm_order_release_request_action"
        )
        action["context"] = {"default_order_ids": self.ids}
        return action

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.arm_receivables.tools.money import ZERO, parse_decimal

from ..tools.collection_costs import NL_SCALE, collection_costs
from ..tools.compensation import (
    compensation_rate_date,
    fixed_compensation,
    translate_compensation,
)
from ..tools.interest import CreditNote, LateInterest, Payment, late_interest

SCALES = {"nl": NL_SCALE}


@dataclass(frozen=True)
class Claim:
    """What late payment of one item costs, and how it comes about.

    ``problem`` says why nothing could be worked out; then there is no result.
    """

    item: models.BaseModel
    regime: models.BaseModel
    due: date
    until: date
    principal: Decimal
    interest: LateInterest | None = None
    disputed: Decimal = ZERO
    unconfirmed: bool = False
    problem: str = ""


def to_money(value, places=2):
    """A stored amount as the Decimal that it stands for."""
    return parse_decimal(f"{value:.{places}f}")


class ArmInterestEngine(models.AbstractModel):
    """Late-payment interest, flat sums and costs of open and of paid items.

    The whole life of an item counts: what was paid in part bears interest until it was
    paid, a credit note corrects the invoice from the beginning, an extension that says
    so moves the first day. What is disputed is left out while the dispute is open; if
    the customer was right there is a credit note, if not, all days count again.
    """

    _name = "arm.interest.engine"
    _description = "Late-Payment Interest"

    @api.model
    def _work_out(self, items, day):
        """The interest of these items up to and including a day.

        :param items: receivable items, open or paid, of any customers
        :param day: last day that bears interest if still unpaid
        :return: dict of item to :class:`Claim`; items that are claims for interest
            themselves are left out: there is no interest on interest
        """
        items = items - self._get_claimed_items(items)
        regimes = self._get_regimes(items)
        moves, disputed = self._get_moves(items, day), self._get_disputed(items, day)
        starts = items._get_interest_starts()
        claims = {}
        for item in items:
            due = starts.get(item, item.date_maturity or item.date)
            principal = to_money(item.amount_currency, item.currency_id.decimal_places)
            found = self._work_out_item(
                Claim(
                    item=item,
                    regime=regimes[item],
                    due=due,
                    until=day,
                    principal=principal,
                    disputed=disputed.get(item.id, ZERO),
                ),
                moves[item.id],
            )
            if found:
                claims[item] = found
        return claims

    @api.model
    def _work_out_item(self, claim, moves):
        """One item; None when it is not late, or no law or contract gives anything."""
        if claim.principal <= 0 or claim.due >= claim.until:
            return None
        regime = claim.regime
        if not regime:
            return None
        payments, notes = moves
        if claim.disputed:
            notes = [*notes, CreditNote(claim.due, claim.disputed)]
        last = self._get_last_day(claim, payments, notes)
        first = claim.due
        try:
            table = regime._get_table(first, max(last, first))
        except UserError as error:
            return Claim(**{**vars(claim), "problem": str(error)})
        interest = late_interest(
            claim.principal,
            claim.due,
            claim.until,
            table,
            payments,
            notes,
            day_count=regime.day_count,
            rate_mode=regime._get_interest_mode(),
            grace_days=regime.grace_days,
        )
        unconfirmed = regime._is_unconfirmed(first, max(last, first))
        return Claim(
            **{**vars(claim), "interest": interest, "unconfirmed": unconfirmed}
        )

    @api.model
    def _get_last_day(self, claim, payments, notes):
        """The last day that can bear interest: that of the payment, if all is paid."""
        paid = sum((move.amount for move in (*payments, *notes)), ZERO)
        if paid < claim.principal:
            return claim.until
        return min(claim.until, max(move.date for move in (*payments, *notes)))

    # --------------------------------------------------------------------- the facts

    @api.model
    def _get_regimes(self, items):
        """The regime of each item, by its customer."""
        accounts = self.env["arm.customer.account"].sudo()  # whoever may read them
        found = accounts.search(
            [
                ("company_id", "in", items.company_id.ids),
                ("partner_id", "in", items.partner_id.commercial_partner_id.ids),
            ]
        )
        chosen = self.env["arm.interest.regime"]._for_accounts(found)
        by_customer = {
            (account.company_id.id, account.partner_id.id): regime
            for account, regime in chosen.items()
        }
        none = self.env["arm.interest.regime"]
        return {
            item: by_customer.get(
                (item.company_id.id, item.partner_id.commercial_partner_id.id), none
            )
            for item in items
        }

    @api.model
    def _get_moves(self, items, day):
        """Payments and credit notes matched with items, up to a day.

        :return: dict of item id to a pair of lists
        """
        found = defaultdict(lambda: ([], []))
        if not items:
            return found
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partial.debit_move_id, credit.date,
                       partial.debit_amount_currency,
                       move.move_type = 'out_refund'
                  FROM account_partial_reconcile partial
                  JOIN account_move_line credit ON credit.id = partial.credit_move_id
                  JOIN account_move move ON move.id = credit.move_id
                 WHERE partial.debit_move_id IN %s AND credit.date <= %s
                   AND partial.debit_amount_currency != 0
                 ORDER BY credit.date, partial.id
                """,
                tuple(items.ids),
                day,
            )
        )
        for item_id, paid_on, amount, is_refund in rows:
            payments, notes = found[item_id]
            if is_refund:
                notes.append(CreditNote(paid_on, to_money(amount)))
            else:
                payments.append(Payment(paid_on, to_money(amount)))
        return found

    @api.model
    def _get_disputed(self, items, day):
        """How much of each item is in an open dispute, in its currency."""
        # As superuser: what is disputed counts, whoever may read the dispute.
        holds = self.env["arm.hold"].sudo()
        found = holds.search(
            [
                ("item_id", "in", items.ids),
                "|",
                ("amount_disputed", ">", 0),
                ("reason", "=", "dispute"),
                "|",
                ("until", "=", False),
                ("until", ">=", day),
            ]
        )
        return {
            hold.item_id.id: to_money(
                hold.amount_disputed or hold.item_id.amount_residual_currency
            )
            for hold in found
        }

    @api.model
    def _get_claimed_items(self, items):
        """Items that were made by claiming interest: they bear none themselves."""
        # As superuser: a charge of a colleague's customer counts, too.
        charges = self.env["arm.dunning.charge"].sudo()
        moves = charges.search([("move_id", "in", items.move_id.ids)]).move_id
        return items.filtered(lambda item: item.move_id.id in moves.ids)

    # ---------------------------------------------------------------- flat sum, costs

    @api.model
    def _get_flat_sum(self, item, account, regime, day):
        """The flat compensation for a late item.

        :return: pair of Decimal and currency, or None where the law knows none
        """
        law = regime and regime._get_compensation()
        if not law:
            return None
        currency = regime.compensation_currency_id
        limits = regime.limit_currency_id or currency
        claim = item.currency_id._convert(
            item.amount_currency, limits, item.company_id, day
        )
        debtor = account._get_debtor_kind()
        found = fixed_compensation(law, [to_money(claim)], debtor)
        if found.amount <= 0:
            return None
        if not regime.is_converted:
            return found.amount, currency
        rate = currency._get_conversion_rate(
            currency,
            limits,
            item.company_id,
            compensation_rate_date(item.date_maturity or day),
        )
        amount = translate_compensation(found.amount, Decimal(str(round(rate, 6))))
        return to_money(amount), limits

    @api.model
    def _get_costs(self, regime, principal):
        """Collection costs by the scale of a regime, or None where there is none.

        :param principal: Decimal, what is open of an item
        """
        scale = regime and SCALES.get(regime.cost_scale)
        if not scale or principal <= 0:
            return None
        return collection_costs(principal, regime._get_cost_vat(), scale)

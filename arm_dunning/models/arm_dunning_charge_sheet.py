from odoo import models

from .arm_dunning_charge import KINDS
from .formats import Formats

ORDER = [kind for kind, _label in KINDS]


def charge_order(charge):
    """By document, and then interest, flat sums, costs, fees."""
    return charge.document or "", ORDER.index(charge.kind), charge.date


class ArmDunningCharge(models.Model):
    """The calculation sheet: how charges come about, as the customer reads it.

    Nothing on it is taken from texts that were made in somebody else's language.
    """

    _name = "arm.dunning.charge"
    _inherit = ["arm.dunning.charge"]

    def _render_sheet(self, lang, moves=None):
        """The tables of these charges as markup.

        :param lang: code of the reader's language
        :param moves: of :meth:`_get_sheet_moves`, looked up here if not given
        """
        localised = self.with_context(lang=lang)
        return localised.env["ir.qweb"]._render(
            "arm_dunning.charge_sheet", {"charges": localised._prepare_sheet(moves)}
        )

    def _get_sheet_moves(self):
        """Payments and credit notes of the items, in one query for all charges.

        :return: dict of item id to pair of lists, see ``arm.interest.engine``
        """
        charges = self.filtered("segment_ids")
        if not charges:
            return {}
        engine = self.env["arm.interest.engine"]
        return engine._get_moves(charges.item_id, max(charges.mapped("date")))

    def _prepare_sheet(self, moves=None):
        """What is on the sheet of each charge, as formatted text."""
        if moves is None:
            moves = self._get_sheet_moves()
        formats = Formats(self.env)
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return [
            {
                "document": charge.document or "",
                "kind": kinds[charge.kind],
                "amount": formats.amount(charge.amount, charge.currency_id),
                "words": charge._get_sheet_words(formats),
                "rows": charge._prepare_sheet_rows(formats),
                "is_unconfirmed": charge.is_unconfirmed,
                "story": charge._get_sheet_story(formats, moves),
            }
            for charge in self.sorted(charge_order)
        ]

    def _get_sheet_words(self, formats):
        """Hook: the rule that the charge follows, in the reader's language."""
        self.ensure_one()
        words = [self.regime_id.name] if self.regime_id else []
        if self.segment_ids:
            words.append(
                self.env._(
                    "%(first)s to %(last)s",
                    first=formats.date(self.segment_ids[0].date_from),
                    last=formats.date(self.segment_ids[-1].date_to),
                )
            )
            if before := self._get_claimed_before():
                amount = formats.amount(before, self.currency_id)
                words.append(
                    self.env._("less %(amount)s claimed before", amount=amount)
                )
        elif not words and self.kind != "fee":  # that is the name of a task of ours
            words.append(self.calculation)
        return ", ".join(filter(None, words))

    def _get_claimed_before(self):
        """What was taken off because it was claimed already."""
        whole = self.currency_id.round(sum(self.segment_ids.mapped("amount")))
        before = self.currency_id.round(whole - self.amount)
        return before if self.currency_id.compare_amounts(before, 0) > 0 else 0.0

    def _prepare_sheet_rows(self, formats):
        """The days with one principal and one rate."""
        currency = self.currency_id
        return [
            {
                "first": formats.date(segment.date_from),
                "last": formats.date(segment.date_to),
                "days": segment.days,
                "principal": formats.amount(segment.principal, currency),
                "percent": formats.percent(segment.percent),
                "amount": formats.amount(segment.amount, currency),
            }
            for segment in self.segment_ids
        ]

    def _get_sheet_story(self, formats, moves):
        """The item and what was paid or credited, so that the principal is clear."""
        item, currency = self.item_id, self.currency_id
        if not item or not self.segment_ids:
            return []
        payments, notes = moves.get(item.id, ((), ()))
        first = self.env._(
            "Amount %(amount)s, due %(date)s",
            amount=formats.amount(item.amount_currency, currency),
            date=formats.date(item.date_maturity or item.date),
        )
        paid = [
            self.env._(
                "%(date)s: payment of %(amount)s",
                date=formats.date(move.date),
                amount=formats.amount(float(move.amount), currency),
            )
            for move in payments
            if move.date <= self.date
        ]
        credited = [
            self.env._(
                "%(date)s: credit note of %(amount)s, corrects the invoice from the "
                "beginning",
                date=formats.date(move.date),
                amount=formats.amount(float(move.amount), currency),
            )
            for move in notes
            if move.date <= self.date
        ]
        return [first, *paid, *credited]

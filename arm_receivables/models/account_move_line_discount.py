from odoo import models


class AccountMoveLine(models.Model):
    """Open items that cost less while their early payment discount lasts."""

    _name = "account.move.line"
    _inherit = ["account.move.line"]

    def _get_discounted(self, day):
        """What has to be paid of the items whose early payment discount still counts.

        Core decides: the term grants one, its last day is not past, and nothing of the
        invoice has been paid yet.

        :param day: the day of the payment
        :return: dict of item to amount, in the currency of the item
        """
        items = self.filtered("discount_date")
        # Core asks each invoice whether it was paid: read it for all of them at once.
        paid = items.sudo()  # as core does: other people's payments count
        paid.mapped("matched_debit_ids")
        paid.mapped("matched_credit_ids")
        return {
            item: item.discount_amount_currency
            for item in items
            if item.display_type == "payment_term"
            and not item.reconciled
            and item.move_id._is_eligible_for_early_payment_discount(
                item.currency_id, day
            )
        }

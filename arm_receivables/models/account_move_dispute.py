from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class AccountMove(models.Model):
    """Invoices in a dispute: core's flag, and the credit note that settles it."""

    _name = "account.move"
    _inherit = ["account.move"]

    def action_toggle_block_payment(self):
        """Refuse to unblock what a dispute has blocked: settle the dispute."""
        self.ensure_one()
        line = (
            self.env["arm.dispute.item"]
            # As superuser: whoever works on invoices need not see disputes.
            .sudo()
            .search(
                [("item_id.move_id", "in", self.ids), ("is_blocking", "=", True)],
                limit=1,
            )
        )
        if line and self.payment_state == "blocked":
            raise UserError(
                self.env._(
                    "%(invoice)s is disputed (%(dispute)s). Settle the dispute, and "
                    "the invoice is free again.",
                    invoice=self.name,
                    dispute=line.dispute_id.name,
                )
            )
        return super().action_toggle_block_payment()

    def _end_block_of_dispute(self):
        """Let core compute the payment state again, as its own button does."""
        blocked = self.filtered(lambda move: move.payment_state == "blocked")
        blocked.payment_state = "not_paid"
        self.env.add_to_compute(self._fields["payment_state"], blocked)

    def _create_credit_of_dispute(self, dispute, amount):
        """Prepare the credit note of what is accepted, as a draft.

        :param dispute: the ``arm.dispute`` that is settled
        :param amount: what is accepted, taxes included, in the invoice's currency
        """
        self.ensure_one()
        reference = self.env._(
            "%(dispute)s, %(reason)s",
            dispute=dispute.name,
            reason=dispute.reason_id.name,
        )
        credit = self._reverse_moves(
            [
                {
                    "ref": reference,
                    "invoice_date": dispute.date_closed,
                    "date": dispute.date_closed,
                    "invoice_user_id": self.invoice_user_id.id,
                }
            ]
        )
        if self.currency_id.compare_amounts(amount, self.amount_total) < 0:
            credit.write(
                {"invoice_line_ids": self._prepare_credit_lines(credit, amount)}
            )
        return credit

    def _prepare_credit_lines(self, credit, amount):
        """One line for each combination of taxes, which share the amount pro rata."""
        products = credit.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        groups = list(products.grouped("tax_ids").items())
        total = sum(products.mapped("price_total"))
        left, commands = amount, [Command.clear()]
        for number, (_taxes, lines) in enumerate(groups, start=1):
            share = self.currency_id.round(
                amount * sum(lines.mapped("price_total")) / (total or 1)
            )
            share = left if number == len(groups) else share
            left -= share
            commands.append(Command.create(self._prepare_credit_line(lines, share)))
        return commands

    def _prepare_credit_line(self, lines, amount):
        """The values of a line that comes to this amount with its taxes."""
        taxes = lines[0].tax_ids
        details = taxes._get_tax_details(
            amount,
            1.0,
            precision_rounding=self.currency_id.rounding,
            special_mode="total_included",
        )
        included = any(taxes.mapped("price_include"))
        return {
            "name": ", ".join(filter(None, lines.mapped("name")))[:200],
            "account_id": lines[0].account_id.id,
            "quantity": 1,
            "price_unit": amount if included else details["total_excluded"],
            "tax_ids": [Command.set(taxes.ids)],
        }

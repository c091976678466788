from odoo import models


class PaymentTransaction(models.Model):
    """Money does not pass an order block by itself."""

    _name = "payment.transaction"
    _inherit = ["payment.transaction"]

    def _check_amount_and_confirm_order(self):
        """A payment does not confirm an order that is held; it does not fail either.

        The money is there: the customer gets the usual message, the order waits in
        finance's queue.
        """
        held = self.filtered(lambda tx: tx._hold_order())
        return super(PaymentTransaction, self - held)._check_amount_and_confirm_order()

    def _hold_order(self):
        """Put the order that this payment would confirm into the queue, if held."""
        self.ensure_one()
        order = self.sale_order_ids
        if (
            len(order) != 1
            or order.state not in ("draft", "sent")
            or not order._is_confirmation_amount_reached()
        ):
            return False
        verdicts = self.env["arm.order.guard"]._judge(order)
        if not verdicts[order].held:
            return False
        order._record_attempts("payment", verdicts)
        order._message_log(
            body=self.env._(
                "Paid online, but held for finance: %(why)s",
                why=order._get_block_texts(verdicts)[order],
            )
        )
        return True

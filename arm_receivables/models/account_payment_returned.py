from odoo import fields, models

GONE = ("rejected", "canceled")


class AccountPayment(models.Model):
    """Payments that come back, such as a returned direct debit.

    The items are open again and know the day, so that a task can begin with it.
    """

    _name = "account.payment"
    _inherit = ["account.payment"]

    date_returned = fields.Date(
        string="Returned On",
        readonly=True,
        copy=False,
        help="When the customer's payment was rejected, cancelled or reversed.",
    )
    returned_item_ids = fields.Many2many(
        "account.move.line",
        "arm_payment_returned_item_rel",
        "payment_id",
        "item_id",
        string="Open Again",
        readonly=True,
        copy=False,
        help="What the payment had settled, or was meant for.",
    )

    def write(self, vals):
        """Note what a payment had settled before it is rejected or cancelled."""
        if vals.get("state") in GONE:
            back = self.filtered(lambda pay: pay.state in ("in_process", "paid"))
            back._note_return()
        return super().write(vals)

    def action_reject(self):
        """Open again what the payment had settled: core leaves its entry as it is."""
        res = super().action_reject()
        entries = self.move_id.filtered(lambda move: move.state == "posted")
        if entries:
            values = [
                {"date": max(entry.company_id._local_today(), entry.date)}
                for entry in entries
            ]
            entries._reverse_moves(values, cancel=True)
        return res

    def _note_return(self):
        """Write the day and the items down, of payments by customers."""
        for payment in self:
            if payment.partner_type != "customer" or payment.payment_type != "inbound":
                continue
            items = payment._get_settled_items()
            if items or not payment.date_returned:
                payment.date_returned = payment.company_id._local_today()
                payment.returned_item_ids |= items

    def _get_settled_items(self):
        """The receivable items that this payment is matched with, or was meant for."""
        matched = self.move_id.line_ids.matched_debit_ids.debit_move_id
        meant = self.invoice_ids.line_ids if not self.move_id else matched
        return (matched | meant).filtered(
            lambda line: line.account_type == "asset_receivable"
        )

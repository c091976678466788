from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.arm_receivables.models.arm_customer_account import (
    RELIABILITY_STATUSES,
)

from .formats import Formats


class ArmDunningAction(models.Model):
    """What the operations left behind, row by row, and how rows are shown to people."""

    _name = "arm.dunning.action"
    _inherit = ["arm.dunning.action"]

    delivery_state = fields.Selection(
        related="message_id.delivery_state", string="Delivery"
    )
    sms_message_id = fields.Many2one(
        "arm.dunning.message", string="SMS", index="btree_not_null", ondelete="set null"
    )
    letter_message_id = fields.Many2one(
        "arm.dunning.message",
        string="Letter",
        index="btree_not_null",
        ondelete="set null",
    )
    call_id = fields.Many2one(
        "arm.dunning.call", index="btree_not_null", ondelete="set null"
    )
    event_id = fields.Many2one(
        "calendar.event", string="Meeting", index="btree_not_null", ondelete="set null"
    )
    order_block_id = fields.Many2one(
        "arm.order.block", index="btree_not_null", ondelete="set null"
    )
    old_status = fields.Selection(RELIABILITY_STATUSES, string="Status Before")
    new_status = fields.Selection(RELIABILITY_STATUSES, string="Status After")
    old_payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment Term Before", ondelete="set null"
    )
    new_payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment Term After", ondelete="set null"
    )
    charge_ids = fields.One2many("arm.dunning.charge", "action_id", string="Charges")
    case_id = fields.Many2one(
        "arm.collection.case", index="btree_not_null", ondelete="set null"
    )

    # ------------------------------------------------------------------------ results

    @api.model
    def _get_contact_links(self):
        """Hook: by type of operation, the field that shows that it was done."""
        links = self.env["arm.dunning.message"]._get_links()
        contacts = {channel: link for channel, (link, _inverse) in links.items()}
        return {**contacts, "call": "call_id"}

    def _set_done(self):
        """Where a way to the customer was not open, say so, and count no contact."""
        result = super()._set_done()
        links = self._get_contact_links()
        for types, rows in self.grouped(lambda a: a._get_left_out(links)).items():
            if types:
                labels = rows.task_id.operation_ids._get_type_labels(types)
                rows.reason_text = self.env._("Not possible: %(types)s", types=labels)
                reached = rows.filtered(lambda a: any(a[x] for x in links.values()))
                (rows - reached).is_contact = False
        return result

    def _get_left_out(self, links):
        """The types of operations that could not be done for this row."""
        self.ensure_one()
        types = self.task_id.operation_ids.mapped("operation_type")
        return tuple(kind for kind in types if kind in links and not self[links[kind]])

    def _reopen(self, reason, text):
        """Open rows again whose message was withdrawn before it left.

        By SQL, because nothing else may change what is done. What is settled is
        closed; what is held, or as it was, is looked at by the next run.

        :param reason: reason code; "changed" or None where it is as it was.
        :param text: what happened, in words.
        """
        gone, open_again = ("settled", "not_due"), (None, "changed")
        state = "cancelled" if reason in gone else "held"
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE arm_dunning_action
                   SET state = %s, reason = %s, reason_text = %s, is_contact = FALSE,
                       date_done = NULL, day_done = NULL
                 WHERE id IN %s
                """,
                "planned" if reason in open_again else state,
                None if reason in open_again else reason,
                text,
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()

    # -------------------------------------------------------------------------- items

    def _get_item_values(self, formats):
        """Hook: one row of the table of items, as the customer reads it."""
        self.ensure_one()
        return {
            "document": self.document,
            # The day of an order; that of an invoice is read from its entry.
            "date": formats.date(self._is_order() and self.date_due),
            "date_due": formats.date(self._get_due_day()),
            "days_late": self.days_late,
            "amount": formats.amount(self.amount, self.currency_id),
        }

    def _get_due_day(self):
        """When it falls due; an order does not, it only has the day it was placed."""
        self.ensure_one()
        return False if self._is_order() else self.date_due

    def _is_order(self):
        """Whether it is about an order, of which nothing is owed yet."""
        self.ensure_one()
        return self.subject_model == "sale.order"

    def _get_totals(self, formats):
        """The sums of these rows, one text for each currency."""
        return [
            formats.amount(sum(rows.mapped("amount")), currency)
            for currency, rows in self.grouped("currency_id").items()
        ]

    def _get_totals_text(self):
        """The sums of these rows, currency by currency, as one text."""
        return " + ".join(self._get_totals(Formats(self.env)))

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

STATES = [
    ("not_sent", "Not Sent"),
    ("queued", "Being Sent"),
    ("sent", "Sent"),
    ("failed", "Not Delivered"),
    ("bounced", "Came Back"),
]
RETURNED = {"bounce": "bounced", "exception": "failed"}
OPEN_INVOICES = [
    ("state", "=", "posted"),
    ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
    ("payment_state", "in", ("not_paid", "partial")),
]
TASK = "arm_receivables.mail_activity_type_undelivered"


class AccountMove(models.Model):
    """Whether an invoice has reached the customer."""

    _name = "account.move"
    _inherit = ["account.move"]

    delivery_ids = fields.One2many(
        "arm.invoice.delivery", "move_id", string="Deliveries", readonly=True
    )
    delivery_state = fields.Selection(
        STATES,
        string="Delivery",
        compute="_compute_delivery_state",
        search="_search_delivery_state",
        help="Whether the invoice has reached the customer. An invoice that came back "
        "is sent as soon as it was sent again, or another way.",
    )

    @api.depends("state", "is_move_sent", "sending_data", "delivery_ids")
    def _compute_delivery_state(self):
        posted = self.filtered(
            lambda move: move.state == "posted"
            and move.is_sale_document(include_receipts=True)
        )
        returned = posted._get_returned()
        for move in self:
            if move not in posted:
                move.delivery_state = False
            elif move.id in returned:
                move.delivery_state = returned[move.id]
            elif move.is_move_sent:
                move.delivery_state = "sent"
            else:
                move.delivery_state = "queued" if move.sending_data else "not_sent"

    @api.model
    def _search_delivery_state(self, operator, value):
        """Open invoices only: they are looked at, in one batch, when searched."""
        if operator != "in":
            return NotImplemented
        moves = self.search(OPEN_INVOICES)
        return Domain(
            "id", "in", moves.filtered(lambda m: m.delivery_state in value).ids
        )

    def _get_returned(self):
        """Those of these invoices whose last mail came back: id to state."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                "SELECT returned.move_id, returned.status FROM (%s) returned "
                "WHERE returned.move_id IN %s",
                self._returned_query(),
                tuple(self.ids),
            )
        )
        return {move_id: RETURNED[status] for move_id, status in rows}

    @api.model
    def _returned_query(self):
        """Invoices that came back, and were not sent again: move_id, status.

        Of a mail to several people one arrival is enough.
        """
        self.env["mail.notification"].flush_model()
        self.env["mail.message"].flush_model()
        self.env["arm.invoice.delivery"].flush_model()
        return SQL(
            """
            SELECT DISTINCT ON (mail.res_id) mail.res_id AS move_id,
                   lost.notification_status AS status
              FROM mail_notification lost
              JOIN mail_message mail ON mail.id = lost.mail_message_id
              JOIN res_partner customer ON customer.id = lost.res_partner_id
             WHERE lost.notification_status IN ('bounce', 'exception')
               AND lost.notification_type = 'email'
               AND mail.model = 'account.move' AND customer.partner_share
               AND NOT EXISTS (
                   SELECT FROM mail_message later
                     JOIN mail_notification sent ON sent.mail_message_id = later.id
                     JOIN res_partner person ON person.id = sent.res_partner_id
                    WHERE later.model = 'account.move' AND later.res_id = mail.res_id
                      AND later.id >= mail.id AND person.partner_share
                      AND sent.notification_type = 'email'
                      AND sent.notification_status
                          NOT IN ('bounce', 'exception', 'canceled'))
               AND NOT EXISTS (
                   SELECT FROM arm_invoice_delivery delivery
                    WHERE delivery.move_id = mail.res_id
                      AND delivery.method != 'email'
                      AND delivery.sent_on >= mail.date)
             ORDER BY mail.res_id, mail.id DESC
            """
        )

    @api.model
    def _cron_undelivered_tasks(self):
        """A task for whoever made an invoice that came back; closed when it is sent."""
        undelivered = self.search(
            [*OPEN_INVOICES, ("delivery_state", "in", ("failed", "bounced"))]
        )
        kind = self.env.ref(TASK)
        activities = self.env["mail.activity"].search(
            [("activity_type_id", "=", kind.id), ("res_model", "=", self._name)]
        )
        known = set(activities.mapped("res_id"))
        gone = activities.filtered(lambda task: task.res_id not in undelivered.ids)
        gone.unlink()
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": move.id,
                    "user_id": move.invoice_user_id.id or self.env.uid,
                    "date_deadline": move.company_id._local_today(),
                }
                for move in undelivered
                if move.id not in known
            ]
        )

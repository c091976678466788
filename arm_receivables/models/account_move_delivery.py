from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

STATES = [
    ("not_sent", "Not Sent"),
    ("queued", "Being Sent"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("opened", "Opened"),
    ("failed", "Not Delivered"),
    ("bounced", "Came Back"),
    ("refused", "Refused"),
]
RETURNED = ("failed", "bounced", "refused")
OPEN_INVOICES = [
    ("state", "=", "posted"),
    ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
    ("payment_state", "in", ("not_paid", "partial")),
]
TASK = "arm_receivables.mail_activity_type_undelivered"
# What networks for e-invoices said, where their add-on is installed: field of the
# invoice -> (states of refusal, states of arrival).
NETWORKS = {
    "peppol_move_state": (("error",), ("done",)),
    "l10n_it_edi_state": (
        ("rejected", "rejected_by_pa_partner"),
        ("forwarded", "accepted_by_pa_partner", "accepted_by_pa_partner_after_expiry"),
    ),
}


class AccountMove(models.Model):
    """Whether an invoice has reached the customer."""

    _name = "account.move"
    _inherit = ["account.move"]

    delivery_ids = fields.One2many(
        "arm.invoice.delivery", "move_id", string="Deliveries", readonly=True
    )
    opening_ids = fields.One2many(
        "arm.invoice.opening", "move_id", string="Openings", readonly=True
    )
    delivery_state = fields.Selection(
        STATES,
        string="Delivery",
        compute="_compute_delivery_state",
        search="_search_delivery_state",
        help="Whether the invoice has reached the customer. Delivered: the customer's "
        "mail server or network took it. Opened: the customer opened it on the portal. "
        "An invoice that came back is sent as soon as it was sent again, or another "
        "way.",
    )

    # -------------------------------------------------------------------- computes

    @api.depends("state", "is_move_sent", "sending_data", "delivery_ids", "opening_ids")
    def _compute_delivery_state(self):
        found = {}
        if self.ids:
            query = self._delivery_query(ids=self.ids)
            found = dict(self.env.execute_query(query))
        for move in self:
            move.delivery_state = found.get(move._origin.id, False)

    @api.model
    def _search_delivery_state(self, operator, value):
        """One sub-query over the posted invoices to customers."""
        if operator != "in":
            return NotImplemented
        wanted = [state for state in value if state]
        query = self._delivery_query(states=wanted)
        domain = Domain("id", "in", SQL("(SELECT found.id FROM (%s) found)", query))
        if False in value:
            every = self._delivery_query(states=dict(STATES))
            domain |= Domain(
                "id", "not in", SQL("(SELECT found.id FROM (%s) found)", every)
            )
        return domain

    # --------------------------------------------------------------------- actions

    def action_record_delivery(self):
        """Write down that these invoices were sent by hand: printed, handed over.

        :raise UserError: if one may not be sent, or none is a posted invoice
        """
        self.check_access("write")
        posted = self.filtered(
            lambda move: move.state == "posted"
            and move.is_sale_document(include_receipts=True)
        )
        if not posted:
            raise UserError(
                self.env._("Choose posted invoices to customers, please: none is.")
            )
        send = self.env["account.move.send"]
        blocked = send._get_blocked(posted)
        if blocked:
            raise UserError(send._get_refusal(blocked))
        by_hand = {"sending_methods": ["manual"]}
        self.env["arm.invoice.delivery"]._record(dict.fromkeys(posted, by_hand))
        posted.filtered(lambda move: not move.is_move_sent).is_move_sent = True
        return True

    # -------------------------------------------------------------------- business

    @api.model
    def _delivery_query(self, ids=None, states=None):
        """Posted invoices to customers and their state of delivery: id, state.

        What is quick to tell is told first; whether a mail was delivered is looked up
        only where it matters.

        :param ids: of these invoices only
        :param states: only what is in one of these states
        """
        self._flush_delivery()
        looked_up = states is None or {"sent", "delivered"} & set(states)
        arrived = self._arrived_sql() if looked_up else SQL("FALSE")
        query = SQL(
            """
            SELECT move.id,
                   CASE WHEN lost.state IS NOT NULL THEN lost.state
                        WHEN seen.id IS NOT NULL THEN 'opened'
                        WHEN move.is_move_sent IS NOT TRUE
                        THEN CASE WHEN move.sending_data IS NULL
                                  THEN 'not_sent' ELSE 'queued' END
                        WHEN %(arrived)s THEN 'delivered'
                        ELSE 'sent' END AS state
              FROM account_move move
              LEFT JOIN (%(returned)s) lost ON lost.move_id = move.id
              LEFT JOIN arm_invoice_opening seen ON seen.move_id = move.id
             WHERE move.state = 'posted' AND %(ids)s
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
            """,
            arrived=arrived,
            returned=self._returned_query(ids),
            ids=SQL("move.id IN %s", tuple(ids)) if ids else SQL("TRUE"),
        )
        if states is None:
            return query
        chosen = tuple(states) or (None,)
        return SQL("SELECT * FROM (%s) told WHERE told.state IN %s", query, chosen)

    @api.model
    def _flush_delivery(self):
        """What is asked in SQL must be in the database first."""
        for name in ("mail.notification", "mail.message", "arm.invoice.delivery"):
            self.env[name].flush_model()
        names = ["state", "move_type", "is_move_sent", "sending_data"]
        self.flush_model([*names, *self._get_networks()])

    @api.model
    def _get_networks(self):
        """Hook: field of the invoice to (refused, arrived) states, as in NETWORKS."""
        return {
            name: states
            for name, states in NETWORKS.items()
            if name in self._fields and self._fields[name].store
        }

    @api.model
    def _arrived_sql(self):
        """Whether a mail server, a letter service or a network took the invoice."""
        networks = [
            SQL("OR %s IN %s", SQL.identifier("move", name), arrived)
            for name, (_refused, arrived) in self._get_networks().items()
        ]
        return SQL(
            """
            (EXISTS (
                SELECT FROM mail_message mail
                  JOIN mail_notification sent ON sent.mail_message_id = mail.id
                  JOIN res_partner person ON person.id = sent.res_partner_id
                 WHERE mail.model = 'account.move' AND mail.res_id = move.id
                   AND person.partner_share AND sent.notification_status = 'sent'
                   AND sent.notification_type IN ('email', 'snail')) %s)
            """,
            SQL(" ").join(networks),
        )

    @api.model
    def _returned_query(self, ids=None):
        """Invoices that came back, and did not arrive since: move_id, state.

        :param ids: of these invoices only
        """
        self._flush_delivery()
        among = SQL("mail.res_id IN %s", tuple(ids)) if ids else SQL("TRUE")
        parts = [self._returned_mails_query(among), *self._refused_queries(ids)]
        return SQL(
            "SELECT lost.move_id, MIN(lost.state) AS state FROM (%s) lost "
            "GROUP BY lost.move_id",
            SQL(" UNION ALL ").join(SQL("(%s)", part) for part in parts),
        )

    @api.model
    def _refused_queries(self, ids):
        """What a network refused, whatever the way that it was sent afterwards."""
        for name, (refused, _arrived) in self._get_networks().items():
            column = SQL.identifier("move", name)
            yield SQL(
                "SELECT move.id AS move_id, 'refused' AS state FROM account_move move "
                "WHERE move.state = 'posted' AND %s IN %s AND %s",
                column,
                refused,
                SQL("move.id IN %s", tuple(ids)) if ids else SQL("TRUE"),
            )

    @api.model
    def _returned_mails_query(self, among):
        """Invoices whose last mail or letter came back: move_id, state.

        Of a mail to several people one arrival is enough. It counts no more when the
        invoice was sent another way since, or the customer opened it on the portal.
        """
        return SQL(
            """
            SELECT DISTINCT ON (mail.res_id) mail.res_id AS move_id,
                   CASE lost.notification_status
                        WHEN 'bounce' THEN 'bounced' ELSE 'failed' END AS state
              FROM mail_notification lost
              JOIN mail_message mail ON mail.id = lost.mail_message_id
              JOIN res_partner customer ON customer.id = lost.res_partner_id
             WHERE lost.notification_status IN ('bounce', 'exception')
               AND lost.notification_type IN ('email', 'snail')
               AND mail.model = 'account.move' AND customer.partner_share AND %s
               AND NOT EXISTS (
                   SELECT FROM mail_message later
                     JOIN mail_notification sent ON sent.mail_message_id = later.id
                     JOIN res_partner person ON person.id = sent.res_partner_id
                    WHERE later.model = 'account.move' AND later.res_id = mail.res_id
                      AND later.id >= mail.id AND person.partner_share
                      AND sent.notification_type IN ('email', 'snail')
                      AND sent.notification_status
                          NOT IN ('bounce', 'exception', 'canceled'))
               AND NOT EXISTS (
                   SELECT FROM arm_invoice_delivery delivery
                    WHERE delivery.move_id = mail.res_id
                      AND delivery.method NOT IN ('email', 'snailmail')
                      AND delivery.sent_on >= mail.date)
               AND NOT EXISTS (
                   SELECT FROM arm_invoice_opening seen
                    WHERE seen.move_id = mail.res_id AND seen.last_on >= mail.date)
             ORDER BY mail.res_id, mail.id DESC
            """,
            among,
        )

    @api.model
    def _cron_undelivered_tasks(self):
        """A task for whoever made an invoice that came back; closed when it is sent."""
        undelivered = self.search([*OPEN_INVOICES, ("delivery_state", "in", RETURNED)])
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

from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("invoice", "Invoice"),
    ("refund", "Credit Note"),
    ("payment", "Payment"),
    ("message", "Message"),
    ("status", "Reliability Status"),
    ("block", "Order Block"),
]
# Each source has its own place in the id, so that ids are unique and stay the same.
# More than there are sources with all add-ons: else an event has the id of another.
PLACES = 64


class ArmCustomerEvent(models.Model):
    """One time line for each customer: documents, payments, messages, status moves.

    Nothing is stored: the rows are read from where they are kept.
    """

    _name = "arm.customer.event"
    _description = "Customer Event"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "title"

    account_id = fields.Many2one("arm.customer.account", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Datetime(readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    title = fields.Char(readonly=True)
    description = fields.Char(compute="_compute_description")
    amount = fields.Monetary(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    _depends = {
        "account.move": ["move_type", "state", "commercial_partner_id", "name"],
        "account.payment": ["state", "partner_id", "amount", "date"],
        "mail.message": ["model", "res_id", "subject", "date", "message_type"],
        "arm.reliability.change": ["account_id", "to_status", "date"],
        "arm.order.block": ["account_id", "source", "since"],
        "arm.customer.account": ["partner_id", "company_id"],
    }

    @api.depends("kind", "title")
    def _compute_description(self):
        """The title in the reader's language: a status or a source has a label."""
        labels = {
            kind: dict(self.env[model]._fields[name]._description_selection(self.env))
            for kind, (model, name) in self._get_title_fields().items()
        }
        for event in self:
            known = labels.get(event.kind, {})
            words = (event.title or "").split(" → ")
            event.description = " → ".join(known.get(word, word) for word in words)

    @api.model
    def _get_title_fields(self):
        """Hook: kinds whose title is the key of a selection -> (model, field)."""
        return {
            "status": ("arm.reliability.change", "to_status"),
            "block": ("arm.order.block", "source"),
        }

    @property
    def _table_query(self):
        sources = self._get_sources()
        return SQL(" UNION ALL ").join(
            SQL(
                "SELECT source.id::bigint * %(places)s + %(place)s AS id, "
                "source.account_id, "
                "source.company_id, source.currency_id, source.date, source.kind, "
                "source.title, source.amount, source.res_model, source.res_id "
                "FROM (%(query)s) source",
                places=PLACES,
                place=place,
                query=query,
            )
            for place, query in enumerate(sources.values())
        )

    @api.model
    def _get_sources(self):
        """Hook: the queries of the sources by name, each with the same columns.

        An extension adds at the end and never takes a place away: ids depend on it.
        """
        return {
            "move": self._move_source(),
            "payment": self._payment_source(),
            "message": self._message_source(),
            "status": self._status_source(),
            "block": self._block_source(),
        }

    def _move_source(self):
        return SQL(
            """
            SELECT move.id, account.id AS account_id, move.company_id,
                   move.currency_id, move.invoice_date::timestamp AS date,
                   CASE WHEN move.move_type = 'out_refund' THEN 'refund'
                        ELSE 'invoice' END AS kind,
                   move.name AS title, move.amount_total AS amount,
                   'account.move' AS res_model, move.id AS res_id
              FROM account_move move
              JOIN arm_customer_account account
                ON account.company_id = move.company_id
               AND account.partner_id = move.commercial_partner_id
             WHERE move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
            """
        )

    def _payment_source(self):
        return SQL(
            """
            SELECT payment.id, account.id AS account_id, payment.company_id,
                   payment.currency_id, payment.date::timestamp AS date,
                   'payment' AS kind, COALESCE(payment.memo, payment.name) AS title,
                   payment.amount, 'account.payment' AS res_model,
                   payment.id AS res_id
              FROM account_payment payment
              JOIN res_partner partner ON partner.id = payment.partner_id
              JOIN arm_customer_account account
                ON account.company_id = payment.company_id
               AND account.partner_id = partner.commercial_partner_id
             WHERE payment.partner_type = 'customer'
               AND payment.state IN ('in_process', 'paid')
            """
        )

    def _message_source(self):
        return SQL(
            """
            SELECT message.id, account.id AS account_id, account.company_id,
                   account.currency_id, message.date, 'message' AS kind,
                   COALESCE(NULLIF(message.subject, ''), message.message_type) AS title,
                   NULL::numeric AS amount, 'arm.customer.account' AS res_model,
                   account.id AS res_id
              FROM mail_message message
              JOIN arm_customer_account account ON account.id = message.res_id
             WHERE message.model = 'arm.customer.account'
               AND message.message_type IN ('email', 'email_outgoing', 'comment')
            """
        )

    def _status_source(self):
        return SQL(
            """
            SELECT change.id, change.account_id, account.company_id,
                   account.currency_id, change.date, 'status' AS kind,
                   COALESCE(change.from_status, '') || ' → ' || change.to_status
                   AS title, NULL::numeric AS amount,
                   'arm.reliability.change' AS res_model, change.id AS res_id
              FROM arm_reliability_change change
              JOIN arm_customer_account account ON account.id = change.account_id
            """
        )

    def _block_source(self):
        return SQL(
            """
            SELECT block.id, block.account_id, account.company_id,
                   account.currency_id, block.since AS date, 'block' AS kind,
                   block.source AS title, NULL::numeric AS amount,
                   'arm.order.block' AS res_model, block.id AS res_id
              FROM arm_order_block block
              JOIN arm_customer_account account ON account.id = block.account_id
            """
        )

    def action_open(self):
        """Open the document behind the event."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

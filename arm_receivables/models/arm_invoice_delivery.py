from odoo import api, fields, models


class ArmInvoiceDelivery(models.Model):
    """An invoice was sent: when, by whom, and which way."""

    _name = "arm.invoice.delivery"
    _description = "Delivery of an Invoice"
    _order = "sent_on desc, id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    method = fields.Selection(
        selection="_selection_method", required=True, readonly=True
    )
    sent_on = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, string="Sent By")

    @api.model
    def _selection_method(self):
        """The ways that a customer can be sent invoices, of every add-on."""
        partners = self.env["res.partner"]
        field = partners._fields["invoice_sending_method"]
        return field._description_selection(self.env)

    @api.model
    def _record(self, moves_data):
        """Write down what was sent.

        :param moves_data: as in core's sending: move to its settings
        """
        known = dict(self._selection_method())
        now = fields.Datetime.now()
        # As superuser: nobody may write deliveries but what sends.
        self.sudo().create(
            [
                {
                    "move_id": move.id,
                    "company_id": move.company_id.id,
                    "method": method,
                    "sent_on": now,
                    "user_id": data.get("author_user_id") or self.env.uid,
                }
                for move, data in moves_data.items()
                for method in data.get("sending_methods") or ()
                if method in known
            ]
        )

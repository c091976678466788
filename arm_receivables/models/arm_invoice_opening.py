from odoo import api, fields, models
from odoo.tools import SQL


class ArmInvoiceOpening(models.Model):
    """The customer has opened an invoice on the portal: first, last, and who.

    One row per invoice, and no more about the visitor than whether a login was used:
    that the invoice has arrived is a fact of the books, how it was read is not.
    """

    _name = "arm.invoice.opening"
    _description = "Opening of an Invoice"
    _order = "last_on desc, id desc"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    first_on = fields.Datetime(required=True, readonly=True, string="First Opened")
    last_on = fields.Datetime(required=True, readonly=True, string="Last Opened")
    partner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        string="Opened By",
        help="Who was logged in the last time; empty with a link from a message.",
    )

    _once_uniq = models.UniqueIndex("(move_id)")

    @api.model
    def _record(self, move, partner):
        """Write down that the customer opened an invoice, in one statement.

        :param partner: who was logged in, or an empty recordset
        """
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO arm_invoice_opening AS seen (
                    move_id, company_id, first_on, last_on, partner_id,
                    create_uid, create_date, write_uid, write_date
                )
                VALUES (%(move)s, %(company)s, %(now)s, %(now)s, %(partner)s,
                        %(uid)s, %(now)s, %(uid)s, %(now)s)
                ON CONFLICT (move_id) DO UPDATE
                   SET last_on = excluded.last_on, write_date = excluded.write_date,
                       partner_id = COALESCE(excluded.partner_id, seen.partner_id)
                """,
                move=move.id,
                company=move.company_id.id,
                now=now,
                partner=partner.id or None,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()
        move.invalidate_recordset(["opening_ids", "delivery_state"])

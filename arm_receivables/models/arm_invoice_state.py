from odoo import api, fields, models
from odoo.tools import SQL

from .account_move_readiness import STATES
from .arm_known_state import SETTLED

# Whatever is changed here may change the state of every draft.
LAW = (
    "arm_invoice_requirement",
    "account_tax",
    "account_fiscal_position",
    "account_payment_term",
    "res_partner_bank",
    "res_currency_rate",
)


class ArmInvoiceState(models.Model):
    """Whether a draft was complete when it was checked last, to be searched.

    It depends on the draft and its lines, their products, the customer, the company,
    the law; and for a draft without a date, the day.
    """

    _name = "arm.invoice.state"
    _inherit = ["arm.known.state"]
    _description = "State of a Draft Invoice"
    _rec_name = "move_id"
    _verdict = "state"

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)

    _once_uniq = models.UniqueIndex("(move_id)")

    @api.model
    def _judged_query(self, condition):
        """Ids of drafts to customers."""
        for name in ("account.move", "account.move.line", "res.partner", "res.company"):
            self.env[name].flush_model()
        self.flush_model()
        return SQL(
            """
            SELECT move.id
              FROM account_move move
              JOIN res_company company ON company.id = move.company_id
              JOIN res_partner seller ON seller.id = company.partner_id
              LEFT JOIN res_partner buyer ON buyer.id = move.partner_id
              LEFT JOIN res_partner customer ON customer.id = move.commercial_partner_id
              LEFT JOIN arm_invoice_state known ON known.move_id = move.id
             WHERE move.state = 'draft' AND company.invoice_check_mode != 'off'
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
               AND %s
            """,
            condition,
        )

    @api.model
    def _stale_sql(self):
        """Whether the row ``known`` of a draft ``move`` counts no more."""
        return SQL(
            """
            known.id IS NULL
             OR (move.invoice_date IS NULL AND known.checked_on::date < %(today)s)
             OR COALESCE(known.checked_on < %(settled)s::interval + GREATEST(
                    move.write_date, company.write_date, seller.write_date,
                    buyer.write_date, customer.write_date, %(lines)s, %(law)s), FALSE)
            """,
            today=self.env.company._local_today(),
            settled=SETTLED,
            lines=self._lines_sql(),
            law=self._law_changed_on(),
        )

    @api.model
    def _lines_sql(self):
        """When the lines of a draft, or their products, were changed last."""
        return SQL(
            """
            (SELECT MAX(GREATEST(line.write_date, template.write_date))
               FROM account_move_line line
               LEFT JOIN product_product product ON product.id = line.product_id
               LEFT JOIN product_template template
                 ON template.id = product.product_tmpl_id
              WHERE line.move_id = move.id)
            """
        )

    @api.model
    def _law_changed_on(self):
        """When any requirement, tax, term … was changed last."""
        for table in LAW:
            self.env[table.replace("_", ".")].flush_model()
        parts = [
            SQL("(SELECT MAX(write_date) FROM %s)", SQL.identifier(table))
            for table in LAW
        ]
        query = SQL("SELECT GREATEST(%s)", SQL(", ").join(parts))
        return self.env.execute_query(query)[0][0]

    @api.model
    def _store(self, found):
        """Write down what was found, by the clock of the database.

        :param found: dict of saved draft to ``Readiness``
        """
        rows = [
            SQL("(%s, %s, %s)", move.id, move.company_id.id, readiness.state)
            for move, readiness in found.items()
        ]
        self._upsert(["move_id", "company_id", "state"], rows)

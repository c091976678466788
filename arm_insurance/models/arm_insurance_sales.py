from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, split_every

from ..tools import codes
from ..tools.turnover import Sale
from .arm_insurance_engine import BATCH


class ArmInsuranceSales(models.AbstractModel):
    """Reads the invoices of a period for a declaration, in policy currency."""

    _name = "arm.insurance.sales"
    _description = "Insured Sales"

    @api.model
    def _load(self, declaration):
        """All invoices and credit notes whose deciding day may lie in the period.

        :param declaration: arm.insurance.declaration
        :return: list of tools.turnover.Sale, and the same by id
        """
        policy = declaration.policy_id
        self.env["account.move"].flush_model()
        rows = self.env.execute_query_dict(self._query(declaration))
        rates = self.env["arm.insurance.ledger"]._get_rates(policy)
        left_out = self._get_left_out(policy, {row["partner_id"] for row in rows})
        stopped = self._get_stopped(declaration)
        sales = [self._get_sale(policy, row, rates, left_out, stopped) for row in rows]
        return sales, {sale.id: sale for sale in sales}

    @api.model
    def _query(self, declaration):
        """Credit notes count on the day of their invoice, and leave with it."""
        return SQL(
            """
            SELECT move.id, contact.commercial_partner_id AS partner_id,
                   move.move_type, move.currency_id, move.invoice_date,
                   move.delivery_date,
                   company.currency_id AS company_currency_id,
                   COALESCE(origin.delivery_date, origin.invoice_date) AS origin_date,
                   move.amount_total::text AS amount_currency,
                   ABS(move.amount_total_signed)::text AS balance,
                   move.amount_tax::text AS tax, move.amount_total::text AS total
              FROM account_move move
              JOIN res_partner contact ON contact.id = move.partner_id
              JOIN res_company company ON company.id = move.company_id
              LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id
             WHERE move.company_id = ANY(%(companies)s)
               AND move.state = 'posted'
               AND move.move_type IN ('out_invoice', 'out_refund')
               AND COALESCE(origin.delivery_date, origin.invoice_date,
                            move.delivery_date, move.invoice_date)
                   BETWEEN %(first)s AND %(last)s
             ORDER BY move.id
            """,
            companies=list(declaration.policy_id._get_companies().ids),
            first=declaration.date_from,
            last=declaration.date_to,
        )

    @api.model
    def _get_left_out(self, policy, partner_ids):
        """Buyers that the policy does not insure at all."""
        partners = self.env["res.partner"].browse(partner_ids)
        return {
            partner.id
            for partner in partners
            if (not partner.is_company and not policy.include_individuals)
            or partner.category_id & policy.excluded_category_ids
        }

    @api.model
    def _get_stopped(self, declaration):
        """Invoices delivered during a stop; only asked where they are not declared."""
        if declaration.year_id.declare_stopped:
            return set()
        policy = declaration.policy_id
        engine = self.env["arm.insurance.engine"]
        found = set()
        for ids in split_every(BATCH, policy.limit_ids.ids):
            limits = policy.limit_ids.browse(ids)
            for done in engine._replay(policy, limits, declaration.date_to).values():
                rows = done.coverage.items if done.coverage else ()
                found.update(
                    int(row.id) for row in rows if row.status == codes.STOP_SHIPMENT
                )
        return set(self.env["account.move.line"].browse(found).move_id.ids)

    @api.model
    def _get_sale(self, policy, row, rates, left_out, stopped):
        ledger = self.env["arm.insurance.ledger"]
        gross = ledger._convert(policy, row, rates, row["invoice_date"])
        total = Decimal(row["total"])
        tax = gross * Decimal(row["tax"]) / total if total else Decimal(0)
        return Sale(
            id=str(row["id"]),
            buyer=str(row["partner_id"]),
            invoiced=row["invoice_date"],
            gross=gross,
            vat=tax,
            delivered=row["delivery_date"],
            is_refund=row["move_type"] == "out_refund",
            origin_date=row["origin_date"],
            excluded="BUYER" if row["partner_id"] in left_out else "",
            is_stopped=row["id"] in stopped,
        )

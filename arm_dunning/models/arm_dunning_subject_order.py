from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL


class ArmDunningSubjectOrder(models.AbstractModel):
    """Confirmed orders, for thanks and news about the delivery."""

    _name = "arm.dunning.subject.order"
    _inherit = "arm.dunning.subject"
    _description = "Orders as Subjects"
    _subject_model = "sale.order"
    _subject_anchors = ("order_date", "delivery_date", "contact_date")
    _claims = False

    @api.model
    def _from_sql(self, plan):
        return SQL(
            """
            sale_order so
            JOIN res_partner partner ON partner.id = so.partner_invoice_id
            JOIN %s account ON account.partner_id = partner.commercial_partner_id
            """,
            plan.accounts,
        )

    @api.model
    def _id_sql(self):
        return SQL("so.id")

    @api.model
    def _alive_sql(self, plan):
        return SQL("so.company_id = %s AND so.state = 'sale'", plan.company.id)

    # ---------------------------------------------------------------------- anchors

    @api.model
    def _anchor_order_date_sql(self, plan):
        return plan.local_day_sql(SQL("so.date_order"))

    @api.model
    def _anchor_delivery_date_sql(self, plan):
        """Hook: the day of the first delivery; unknown without stock."""
        if "effective_date" in self.env["sale.order"]._fields:
            return plan.local_day_sql(SQL("so.effective_date"))
        return SQL("NULL::date")

    @api.model
    def _anchor_span_sql(self, plan, task, oldest, newest):
        """A day more at both ends, because of the time zones."""
        if task.anchor != "order_date":
            return super()._anchor_span_sql(plan, task, oldest, newest)
        return SQL(
            "so.date_order >= %s AND so.date_order < %s",
            oldest - timedelta(days=1),
            newest + timedelta(days=2),
        )

    # ---------------------------------------------------------------------- figures

    @api.model
    def _get_columns(self, plan, anchor):
        return {
            "item_id": SQL("NULL::int"),
            "document": SQL("so.name"),
            "currency_id": SQL("so.currency_id"),
            "amount": SQL("so.amount_total"),
            "amount_company": SQL(
                "ROUND(%s, %s)",
                self._amount_sql(),
                plan.company.currency_id.decimal_places,
            ),
            "date_due": plan.local_day_sql(SQL("so.date_order")),
        }

    @api.model
    def _amount_sql(self):
        return SQL("so.amount_total / COALESCE(NULLIF(so.currency_rate, 0), 1)")

    @api.model
    def _currency_sql(self, plan):
        return SQL("so.currency_id")

    @api.model
    def _days_late_sql(self, plan):
        """Nothing of an order is due yet."""
        return SQL("0")

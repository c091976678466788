from odoo import api, models
from odoo.tools import SQL


class ArmHold(models.Model):
    """Running promises and plans hold their items until their last day."""

    _name = "arm.hold"
    _inherit = ["arm.hold"]

    @api.model
    def _get_sources(self, company, partners=None):
        return [
            *super()._get_sources(company, partners),
            self._promise_source(company, partners),
        ]

    @api.model
    def _promise_source(self, company, partners):
        return SQL(
            """
            SELECT DISTINCT ON (rel.item_id)
                   rel.item_id,
                   CASE WHEN promise.plan_id IS NULL THEN 'promise' ELSE 'plan' END,
                   promise.date_last, NULL::numeric,
                   CASE WHEN promise.plan_id IS NULL THEN 'arm.promise'
                        ELSE 'arm.payment.plan' END,
                   COALESCE(promise.plan_id, promise.id)
              FROM arm_promise promise
              JOIN arm_promise_item_rel rel ON rel.promise_id = promise.id
             WHERE promise.company_id = %s AND promise.state = 'open' AND %s
             ORDER BY rel.item_id, promise.date_last DESC, promise.id
            """,
            company.id,
            self.env["arm.customer.position"]._partners_sql(
                SQL("promise.partner_id"), partners
            ),
        )

from odoo import api, fields, models
from odoo.tools import SQL


class ArmCustomerEvent(models.Model):
    """What was agreed with the customer, on the time line."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(selection_add=[("promise", "Promise")])

    _depends = {"arm.promise": ["account_id", "state", "amount", "create_date"]}

    @api.model
    def _get_title_fields(self):
        return {**super()._get_title_fields(), "promise": ("arm.promise", "state")}

    @api.model
    def _get_sources(self):
        return {**super()._get_sources(), "promise": self._promise_source()}

    def _promise_source(self):
        """Made, and again on the day that it was decided."""
        return SQL(
            """
            SELECT promise.id * 2 + moment.number AS id, promise.account_id,
                   promise.company_id, promise.currency_id, moment.date,
                   'promise' AS kind, moment.title, promise.amount,
                   'arm.promise' AS res_model, promise.id AS res_id
              FROM arm_promise promise
              JOIN LATERAL (
                   VALUES (0, promise.create_date, 'open'),
                          (1, promise.date_closed::timestamp, promise.state)
              ) moment (number, date, title) ON moment.date IS NOT NULL
            """
        )

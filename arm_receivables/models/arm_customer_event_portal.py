from odoo import api, fields, models
from odoo.tools import SQL


class ArmCustomerEvent(models.Model):
    """What customers asked for on their page, on the time line."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(selection_add=[("request", "Customer Request")])

    _depends = {"arm.portal.request": ["account_id", "kind", "state", "create_date"]}

    @api.model
    def _get_title_fields(self):
        return {
            **super()._get_title_fields(),
            "request": ("arm.portal.request", "kind"),
        }

    @api.model
    def _get_sources(self):
        return {**super()._get_sources(), "request": self._request_source()}

    def _request_source(self):
        """Once, when it was asked."""
        return SQL(
            """
            SELECT id, account_id, company_id, currency_id, create_date AS date,
                   'request' AS kind, kind AS title, NULLIF(amount, 0) AS amount,
                   'arm.portal.request' AS res_model, id AS res_id
              FROM arm_portal_request
            """
        )

from odoo import api, fields, models
from odoo.tools import SQL, format_date


class ArmCustomerEvent(models.Model):
    """Calls on the customer's time line, with what was said."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(selection_add=[("call", "Call")])

    _depends = {
        "arm.dunning.call.result": ["account_id", "outcome", "date"],
    }

    @api.model
    def _get_title_fields(self):
        return {
            **super()._get_title_fields(),
            "call": ("arm.dunning.call.result", "outcome"),
        }

    @api.model
    def _get_sources(self):
        return {**super()._get_sources(), "call": self._call_source()}

    def _call_source(self):
        return SQL(
            """
            SELECT result.id, result.account_id, result.company_id,
                   account.currency_id, result.date, 'call' AS kind,
                   result.outcome AS title, NULL::numeric AS amount,
                   'arm.dunning.call.result' AS res_model, result.id AS res_id
              FROM arm_dunning_call_result result
              JOIN arm_customer_account account ON account.id = result.account_id
            """
        )

    @api.depends("kind", "title")
    def _compute_description(self):
        """After the outcome of a call: what was said, and when it comes again."""
        result = super()._compute_description()
        calls = self.filtered(lambda event: event.kind == "call")
        notes = self.env["arm.dunning.call.result"].browse(calls.mapped("res_id"))
        for event, outcome in zip(calls, notes, strict=True):
            again = outcome.date_next and self.env._(
                "again on %(date)s", date=format_date(self.env, outcome.date_next)
            )
            parts = (event.description, outcome.note, again)
            event.description = " · ".join(filter(None, parts))
        return result

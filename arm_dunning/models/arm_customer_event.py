from odoo import api, fields, models
from odoo.tools import SQL, format_date


class ArmCustomerEvent(models.Model):
    """Calls, with what was said, letters and hand-overs on the time line."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(selection_add=[("call", "Call"), ("case", "Hand-Over")])

    _depends = {
        "arm.dunning.call.result": ["account_id", "outcome", "date"],
        "arm.dunning.message": ["account_id", "subject", "channel", "date_sent"],
        "arm.collection.case": ["account_id", "state", "date_handed", "date_closed"],
    }

    @api.model
    def _get_title_fields(self):
        return {
            **super()._get_title_fields(),
            "call": ("arm.dunning.call.result", "outcome"),
            "case": ("arm.collection.case", "state"),
        }

    @api.model
    def _get_sources(self):
        return {
            **super()._get_sources(),
            "call": self._call_source(),
            "case": self._case_source(),
            "paper": self._paper_source(),
        }

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

    def _case_source(self):
        """Each day on which a case moved."""
        return SQL(
            """
            SELECT collection.id * 5 + moment.number AS id, collection.account_id,
                   collection.company_id, account.currency_id, moment.date,
                   'case' AS kind, moment.title, NULL::numeric AS amount,
                   'arm.collection.case' AS res_model, collection.id AS res_id
              FROM arm_collection_case collection
              JOIN arm_customer_account account ON account.id = collection.account_id
              JOIN LATERAL (
                   VALUES (0, collection.date::timestamp, 'proposed'),
                          (1, collection.date_approved::timestamp, 'approved'),
                          (2, collection.date_handed::timestamp, 'handed'),
                          (3, collection.date_closed::timestamp, 'closed'),
                          (4, CASE WHEN collection.state = 'declined'
                                   THEN collection.write_date END, 'declined')
              ) moment (number, date, title) ON moment.date IS NOT NULL
            """
        )

    def _paper_source(self):
        """Letters and text messages; e-mails are in the chatter already."""
        return SQL(
            """
            SELECT message.id, message.account_id, message.company_id,
                   account.currency_id,
                   COALESCE(message.date_sent, message.create_date) AS date,
                   'message' AS kind,
                   COALESCE(NULLIF(message.subject, ''), message.channel) AS title,
                   NULL::numeric AS amount, 'arm.dunning.message' AS res_model,
                   message.id AS res_id
              FROM arm_dunning_message message
              JOIN arm_customer_account account ON account.id = message.account_id
             WHERE message.channel != 'email'
               AND message.delivery_state IS DISTINCT FROM 'cancelled'
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

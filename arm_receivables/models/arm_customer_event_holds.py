from odoo import api, fields, models
from odoo.tools import SQL


class ArmCustomerEvent(models.Model):
    """What was agreed with the customer, on the time line."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(
        selection_add=[
            ("promise", "Promise"),
            ("dispute", "Dispute"),
            ("extension", "Extension"),
            ("plan", "Payment Plan"),
        ]
    )

    _depends = {
        "arm.promise": ["account_id", "state", "amount", "plan_id", "create_date"],
        "arm.dispute": ["account_id", "state", "resolution", "amount", "create_date"],
        "arm.extension": ["account_id", "state", "amount", "create_date"],
        "arm.payment.plan": ["account_id", "state", "amount", "create_date"],
    }

    @api.model
    def _get_title_fields(self):
        return {
            **super()._get_title_fields(),
            "promise": ("arm.promise", "state"),
            "dispute": ("arm.dispute", "resolution"),
            "extension": ("arm.extension", "state"),
            "plan": ("arm.payment.plan", "state"),
        }

    @api.model
    def _get_sources(self):
        return {
            **super()._get_sources(),
            "promise": self._promise_source(),
            "dispute": self._dispute_source(),
            "extension": self._extension_source(),
            "plan": self._plan_source(),
        }

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
             WHERE promise.plan_id IS NULL OR promise.state IN ('partly', 'broken')
            """
        )

    def _dispute_source(self):
        """Raised, with its number, and again when it was settled."""
        return SQL(
            """
            SELECT dispute.id * 2 + moment.number AS id, dispute.account_id,
                   dispute.company_id, dispute.currency_id, moment.date,
                   'dispute' AS kind, moment.title, dispute.amount,
                   'arm.dispute' AS res_model, dispute.id AS res_id
              FROM arm_dispute dispute
              JOIN LATERAL (
                   VALUES (0, dispute.create_date, dispute.name),
                          (1, dispute.date_closed::timestamp, dispute.resolution)
              ) moment (number, date, title) ON moment.date IS NOT NULL
            """
        )

    def _extension_source(self):
        """Once, with what became of it."""
        return SQL(
            """
            SELECT id, account_id, company_id, currency_id, create_date AS date,
                   'extension' AS kind, state AS title, amount,
                   'arm.extension' AS res_model, id AS res_id
              FROM arm_extension
            """
        )

    def _plan_source(self):
        """Proposed, agreed, and ended."""
        return SQL(
            """
            SELECT plan.id * 3 + moment.number AS id, plan.account_id,
                   plan.company_id, plan.currency_id, moment.date,
                   'plan' AS kind, moment.title, plan.amount,
                   'arm.payment.plan' AS res_model, plan.id AS res_id
              FROM arm_payment_plan plan
              JOIN LATERAL (
                   VALUES (0, plan.create_date, 'proposed'),
                          (1, plan.date_agreed::timestamp, 'running'),
                          (2, plan.date_closed::timestamp, plan.state)
              ) moment (number, date, title) ON moment.date IS NOT NULL
            """
        )

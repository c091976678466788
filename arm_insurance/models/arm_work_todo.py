from odoo import api, fields, models
from odoo.tools import SQL


class ArmWorkTodo(models.Model):
    """My Day knows the insurer's deadlines: open alerts about insured buyers."""

    _inherit = "arm.work.todo"

    kind = fields.Selection(selection_add=[("insurer", "Insurer")])

    _depends = {
        "arm.insurance.alert": [
            "act_on",
            "closed_on",
            "company_id",
            "deadline",
            "is_due",
            "opened_on",
            "partner_id",
            "severity",
        ],
    }

    @api.model
    def _get_sources(self):
        return {**super()._get_sources(), "insurer": self._insurer_source()}

    @api.model
    def _insurer_source(self):
        """Work from the day on which the lead time has come; the deadline counts.

        What has no deadline is the collector's only where cover is at risk already;
        limits to request are the insurance department's.
        """
        return SQL(
            """
            SELECT alert.id, account.id AS account_id, 'insurer' AS kind,
                   CASE WHEN alert.is_due THEN alert.opened_on
                        ELSE COALESCE(alert.act_on, alert.deadline) END AS date,
                   NULL::integer AS user_id,
                   alert.deadline IS NOT NULL AS is_must,
                   alert.deadline AS clock, NULL::varchar AS text,
                   'arm.insurance.alert' AS res_model, alert.id AS res_id
              FROM arm_insurance_alert alert
              JOIN arm_customer_account account
                ON account.company_id = alert.company_id
               AND account.partner_id = alert.partner_id
             WHERE alert.closed_on IS NULL
               AND (alert.deadline IS NOT NULL AND alert.severity > '0'
                    OR alert.is_due AND alert.severity = '2')
            """
        )

    def _describe(self, record):
        if self.kind == "insurer":
            return record.text
        return super()._describe(record)

    def action_open(self):
        """The insured buyer, who has the deadline and the button for it."""
        if self.kind == "insurer":
            self.ensure_one()
            return self.env[self.res_model].browse(self.res_id).action_view_record()
        return super().action_open()

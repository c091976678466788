from odoo import api, fields, models
from odoo.tools import SQL

# Rows of the register that tell something new: the others are the papers themselves,
# which are on the time line anyhow, or made ready for somebody.
TOLD = (
    "request_sent",
    "notice_acknowledged",
    "claim_sent",
    "claim_accepted",
    "claim_rejected",
    "claim_paid",
    "claim_withdrawn",
    "recovery",
    "gate_passed",
    "cover_stopped",
    "cover_resumed",
)


class ArmCustomerEvent(models.Model):
    """What was asked of the insurer and decided, on the customer's time line."""

    _name = "arm.customer.event"
    _inherit = ["arm.customer.event"]

    kind = fields.Selection(
        selection_add=[
            ("insurance_decision", "Insured Limit"),
            ("insurance_notice", "Notice to the Insurer"),
            ("insurance_claim", "Insurance Claim"),
            ("insurance_action", "Credit Insurance"),
        ]
    )

    _depends = {
        "arm.insurance.limit.decision": ["limit_id", "kind", "amount", "decided_on"],
        "arm.insurance.overdue": ["limit_id", "category", "amount", "sent_on"],
        "arm.insurance.claim": ["limit_id", "state", "covered", "filed_on"],
        "arm.dunning.action": ["account_id", "action_kind", "amount", "date_done"],
    }

    @api.model
    def _get_title_fields(self):
        return {
            **super()._get_title_fields(),
            "insurance_decision": ("arm.insurance.limit.decision", "kind"),
            "insurance_notice": ("arm.insurance.overdue", "category"),
            "insurance_claim": ("arm.insurance.claim", "state"),
            "insurance_action": ("arm.dunning.action", "action_kind"),
        }

    @api.model
    def _get_sources(self):
        return {
            **super()._get_sources(),
            "insurance_decision": self._insurance_source(
                "arm.insurance.limit.decision", "decided_on", "kind", "amount"
            ),
            "insurance_notice": self._insurance_source(
                "arm.insurance.overdue", "sent_on", "category", "amount"
            ),
            "insurance_claim": self._insurance_source(
                "arm.insurance.claim", "filed_on", "state", "covered"
            ),
            "insurance_action": self._insurance_action_source(),
        }

    def _insurance_action_source(self):
        """What the register has and no paper tells; a stop that blocks is there."""
        return SQL(
            """
            SELECT done.id, done.account_id, done.company_id, done.currency_id,
                   done.date_done AS date, 'insurance_action' AS kind,
                   done.action_kind AS title, NULLIF(done.amount, 0) AS amount,
                   done.subject_model AS res_model, done.subject_id AS res_id
              FROM arm_dunning_action done
             WHERE done.action_kind = ANY(%s) AND done.account_id IS NOT NULL
               AND NOT (done.action_kind = 'cover_stopped' AND EXISTS (
                   SELECT FROM arm_order_block block
                    WHERE block.account_id = done.account_id
                      AND block.source = 'insurance'
                      AND block.since BETWEEN done.date_done - interval '1 minute'
                                          AND done.date_done + interval '1 minute'
               ))
            """,
            list(TOLD),
        )

    def _insurance_source(self, model, day, title, amount):
        """Rows of a model of buyers, as events of the policyholder's customer.

        :param day: column of the date; rows without one did not happen yet
        :param title: column of the selection that is shown
        :param amount: column of the amount, in policy currency
        """
        table = self.env[model]._table
        return SQL(
            """
            SELECT event.id, account.id AS account_id, buyer.company_id,
                   buyer.currency_id, event.%(day)s::timestamp AS date,
                   %(kind)s AS kind, event.%(title)s AS title,
                   event.%(amount)s AS amount,
                   %(model)s AS res_model, event.id AS res_id
              FROM %(table)s event
              JOIN arm_insurance_limit buyer ON buyer.id = event.limit_id
              JOIN arm_customer_account account
                ON account.company_id = buyer.company_id
               AND account.partner_id = buyer.partner_id
             WHERE event.%(day)s IS NOT NULL
            """,
            day=SQL.identifier(day),
            title=SQL.identifier(title),
            amount=SQL.identifier(amount),
            table=SQL.identifier(table),
            model=model,
            kind={
                "arm.insurance.limit.decision": "insurance_decision",
                "arm.insurance.overdue": "insurance_notice",
                "arm.insurance.claim": "insurance_claim",
            }[model],
        )

from odoo import api, fields, models

KINDS = [
    ("limit_request", "Limit Requested"),
    ("limit_decision", "Limit Decision Entered"),
    ("request_sent", "Limit Request Sent"),
    ("notice_prepared", "Notice to the Insurer Prepared"),
    ("notice_sent", "Notice to the Insurer Sent"),
    ("notice_acknowledged", "Notice Acknowledged by the Insurer"),
    ("notice_closed", "Notice Closed"),
    ("claim_prepared", "Insurance Claim Prepared"),
    ("claim_filed", "Insurance Claim Filed"),
    ("claim_sent", "Insurance Claim Sent"),
    ("claim_accepted", "Insurance Claim Accepted"),
    ("claim_rejected", "Insurance Claim Rejected"),
    ("claim_paid", "Insurance Claim Paid"),
    ("claim_withdrawn", "Insurance Claim Withdrawn"),
    ("claim_closed", "Insurance Claim Closed"),
    ("indemnity_booked", "Indemnity Booked"),
    ("recovery", "Recovery Split with the Insurer"),
    ("declaration_sent", "Declaration Sent to the Insurer"),
    ("deposit_billed", "Deposit on the Premium Billed"),
    ("premium_accrued", "Premium of the Month Booked"),
    ("gate_passed", "Insurance Gate Passed"),
    ("cover_stopped", "Insurance Cover Stopped"),
    ("cover_resumed", "Insurance Cover Goes On"),
    ("file_saved", "File for the Insurer Saved"),
]


class ArmDunningAction(models.Model):
    """What is done about the credit insurance is in the register as well.

    By whom, when, with the amount as it was, and with a link to the document.
    """

    _inherit = "arm.dunning.action"

    action_kind = fields.Selection(
        selection_add=KINDS, ondelete={kind: "cascade" for kind, _label in KINDS}
    )

    @api.model
    def _record_insurance(self, kind, subjects, amount=None, text=None, system=False):
        """Write down what was done about documents of the insurance.

        :param kind: see ``KINDS``
        :param subjects: records of one model; each knows its buyer
            (``_get_register_facts`` of ``arm.insurance.recorded``)
        :param amount: name of the field with the amount
        :param text: function of a subject that returns details in words
        :param system: whether it came about by itself
        """
        return self._record(
            kind,
            [
                {
                    "subject": subject,
                    **subject._get_register_facts(),
                    "amount": subject[amount] if amount else 0,
                    "text": text(subject) if text else "",
                }
                for subject in subjects
            ],
            by_system=system,
        )

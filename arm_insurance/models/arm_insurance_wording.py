from odoo import api, models
from odoo.tools.translate import LazyTranslate

from ..tools import codes

_lt = LazyTranslate(__name__)

STATUSES = [
    (codes.COVERED, "Covered"),
    (codes.PARTIAL, "Covered in part"),
    (codes.OVER_LIMIT, "Above the limit"),
    (codes.DISPUTED, "Suspended by a dispute"),
    (codes.PAID, "Paid on the insurer's ledger"),
    (codes.EXCLUDED, "Left out of the policy"),
    (codes.OUTSIDE_PERIOD, "Outside the policy period"),
    (codes.NO_LIMIT, "No limit"),
    (codes.LIMIT_WITHDRAWN, "Limit withdrawn"),
    (codes.TERMS_TOO_LONG, "Terms too long"),
    (codes.LATE_INVOICING, "Invoiced too late"),
    (codes.COVER_ENDED, "Cover had ended"),
    (codes.STOP_SHIPMENT, "Delivered during a stop"),
]
# One short sentence each; the status comes first and the circumstances follow.
SENTENCES = {
    codes.COVERED: _lt("Insured in full."),
    codes.PARTIAL: _lt("Insured in part."),
    codes.OVER_LIMIT: _lt("Nothing of it is insured."),
    codes.DISPUTED: _lt("The customer disputes it: cover is suspended until settled."),
    codes.PAID: _lt(
        "Paid on the insurer's ledger: receipts counted for the oldest item first."
    ),
    codes.EXCLUDED: _lt("The policy leaves this buyer or invoice out."),
    codes.OUTSIDE_PERIOD: _lt("Delivered outside the period of the policy."),
    codes.NO_LIMIT: _lt("There was no limit for the buyer on the day of delivery."),
    codes.LIMIT_WITHDRAWN: _lt("Delivered after the insurer had withdrawn the limit."),
    codes.TERMS_TOO_LONG: _lt("The agreed term is longer than the policy allows."),
    codes.LATE_INVOICING: _lt("Invoiced later after delivery than the policy allows."),
    codes.COVER_ENDED: _lt("Delivered after insolvency or hand-over to collection."),
    codes.STOP_SHIPMENT: _lt(
        "Delivered while an older item was unpaid past its extension period."
    ),
    codes.WITHIN_LIMIT: _lt("It fits into the limit."),
    codes.LIMIT_FULL: _lt("Older items use the limit."),
    codes.FIXED_AT_SHIPMENT: _lt("What was not covered at delivery stays uncovered."),
    codes.LET_IN_LATER: _lt("Retroactive cover begins on a later day."),
    codes.RETROACTIVE: _lt("Let in by a later decision of the insurer."),
    codes.CONSENT: _lt("The insurer agreed in writing."),
    codes.VAT_EXCLUDED: _lt("Taxes in it are not insured."),
    codes.CHARGES_EXCLUDED: _lt("Interest and fees in it are not insured."),
    codes.FROZEN_NO_LIMIT: _lt("No limit holds now, so nothing moves up."),
    codes.FROZEN_WITHDRAWN: _lt("The limit is withdrawn, so nothing moves up."),
    codes.FROZEN_INSOLVENCY: _lt("The buyer is insolvent, so nothing moves up."),
    codes.FROZEN_HAND_OVER: _lt("Handed over to collection, so nothing moves up."),
    codes.FROZEN_STOP: _lt("Cover is stopped, so nothing moves up."),
    codes.STEP_DELIVERED: _lt("Delivered"),
    codes.STEP_RECEIPT: _lt("Receipt"),
    codes.STEP_CREDIT_NOTE: _lt("Credit note"),
    codes.STEP_WRITE_OFF: _lt("Discount or write-off"),
    codes.STEP_CREDIT_USED: _lt("Waiting credit used"),
    codes.STEP_RETURNED: _lt("Payment returned"),
    codes.STEP_COVERED: _lt("Cover taken"),
    codes.STEP_MOVED_UP: _lt("Moved up into the limit"),
    codes.STEP_DISPUTE_ON: _lt("Dispute begins"),
    codes.STEP_DISPUTE_OFF: _lt("Dispute ends"),
    codes.STEP_MEP_PASSED: _lt("Extension period passed"),
}


class ArmInsuranceWording(models.AbstractModel):
    """The codes of the arithmetic in words, in the language of the user."""

    _name = "arm.insurance.wording"
    _description = "Wording of Cover"

    @api.model
    def _describe(self, reasons):
        """Sentences of some codes, one after the other.

        :param reasons: codes of ``tools/codes.py``; unknown ones are left as they are
        """
        return " ".join(self._sentence(code) for code in reasons if code)

    @api.model
    def _sentence(self, code):
        sentence = SENTENCES.get(code)
        if sentence is None:
            return code
        return sentence._translate(self.env.lang or "en_US")

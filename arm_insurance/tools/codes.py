"""Status and reason codes of cover, in one place.

A *status* names the outcome for one open item; *reasons* say why, the status first.
"""

# -- outcome of an eligible item ------------------------------------------------
COVERED = "COVERED"
PARTIAL = "PARTIAL"
OVER_LIMIT = "OVER_LIMIT"
DISPUTED = "DISPUTED"
PAID = "PAID"

# -- why an item is not insured at all (section 4.2, in the order of testing) ----
EXCLUDED = "EXCLUDED"
OUTSIDE_PERIOD = "OUTSIDE_PERIOD"
NO_LIMIT = "NO_LIMIT"
LIMIT_WITHDRAWN = "LIMIT_WITHDRAWN"
TERMS_TOO_LONG = "TERMS_TOO_LONG"
LATE_INVOICING = "LATE_INVOICING"
COVER_ENDED = "COVER_ENDED"
STOP_SHIPMENT = "STOP_SHIPMENT"

INELIGIBLE = (
    EXCLUDED,
    OUTSIDE_PERIOD,
    NO_LIMIT,
    LIMIT_WITHDRAWN,
    TERMS_TOO_LONG,
    LATE_INVOICING,
    COVER_ENDED,
    STOP_SHIPMENT,
)

# -- turnover declaration --------------------------------------------------------
DECLARED = "DECLARED"

# -- reasons beside the status ---------------------------------------------------
WITHIN_LIMIT = "WITHIN_LIMIT"  # all of it fits into the limit
LIMIT_FULL = "LIMIT_FULL"  # older items use the limit
FIXED_AT_SHIPMENT = "FIXED_AT_SHIPMENT"  # the policy knows no moving up
LET_IN_LATER = "LET_IN_LATER"  # retroactive cover starts on a later day
RETROACTIVE = "RETROACTIVE"  # let in by a later decision
CONSENT = "CONSENT"  # the insurer agreed in writing
VAT_EXCLUDED = "VAT_EXCLUDED"  # the tax in it is not insured
CHARGES_EXCLUDED = "CHARGES_EXCLUDED"  # interest and fees in it are not insured
FROZEN_NO_LIMIT = "FROZEN_NO_LIMIT"
FROZEN_WITHDRAWN = "FROZEN_WITHDRAWN"
FROZEN_INSOLVENCY = "FROZEN_INSOLVENCY"
FROZEN_HAND_OVER = "FROZEN_HAND_OVER"
FROZEN_STOP = "FROZEN_STOP"

# -- steps of the trace ----------------------------------------------------------
STEP_DELIVERED = "DELIVERED"
STEP_RECEIPT = "RECEIPT"
STEP_CREDIT_NOTE = "CREDIT_NOTE"
STEP_WRITE_OFF = "WRITE_OFF"
STEP_CREDIT_USED = "CREDIT_USED"
STEP_RETURNED = "RETURNED"
STEP_COVERED = "COVER_TAKEN"
STEP_MOVED_UP = "MOVED_UP"
STEP_DISPUTE_ON = "DISPUTE_ON"
STEP_DISPUTE_OFF = "DISPUTE_OFF"
STEP_MEP_PASSED = "MEP_PASSED"

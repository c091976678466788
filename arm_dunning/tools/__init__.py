"""Late-payment law as arithmetic: interest, flat compensation, collection costs.

Pure functions on Decimal and date, without ORM, clock or file; rates and tiers are
data that the caller passes in. See ``arm_receivables.tools`` for the conventions.
"""

"""Money formulas of receivables: pure functions on Decimal and date.

Nothing here knows the ORM, reads a clock or touches a file. Amounts are
``decimal.Decimal``, days are ``datetime.date``; a float is refused wherever a value
is parsed. A result that is not defined is ``None`` (never zero); input that cannot
be right raises ``ValueError`` with one sentence. Results are unrounded unless the
docstring says otherwise: round once, at the end, with ``money.round_half_away``.
"""

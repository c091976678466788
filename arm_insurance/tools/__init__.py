"""The arithmetic of credit insurance: pure functions, no Odoo, no database.

Dates and Decimals in, frozen dataclasses out. The models of this add-on fetch the
facts, call these functions and store what they return. The rules are those of
``credit-insurance.md``; every docstring names the section it implements.
"""

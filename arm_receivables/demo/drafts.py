"""Draft invoices of the demonstration, some of them with something missing.

They show the list of invoices to complete, in the German company.
"""

from datetime import timedelta

from odoo import Command

# customer, what is sold, price, what is missing
DRAFTS = (
    ("brandt", "Carbide end mills, 20 pieces", 980, ""),
    ("kessler", "Boring bar set", 1450, "delivery"),
    ("lindner", "Machine vice, 160 mm", 690, "tax"),
    ("hartwig", "Indexable turning tools", 2300, "reference"),
    ("voss", "Sharpening service, July", 420, "reason"),
)


def write_drafts(env, company, customers, seller):
    """Make the drafts; a batch check writes their faults down.

    :param customers: key -> partner
    :param seller: the user who made them
    """
    free = company.account_sale_tax_id.copy({"name": "0 %", "amount": 0})
    today = company._local_today()
    moves = env["account.move"].with_company(company)
    drafts = {}
    for key, text, price, lacking in DRAFTS:
        tax = {"tax": env["account.tax"], "reason": free}.get(
            lacking, company.account_sale_tax_id
        )
        line = {
            "name": text,
            "price_unit": price,
            "tax_ids": [Command.set(tax.ids)],
        }
        customers[key].invoice_reference_required = lacking == "reference"
        drafts[key] = moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": customers[key].id,
                "invoice_user_id": seller.id,
                "invoice_date": today,
                "delivery_date": lacking != "delivery" and today - timedelta(days=2),
                "invoice_line_ids": [Command.create(line)],
            }
        )
    env["account.move"].union(*drafts.values())._record_faults()
    return drafts

"""Orders of the demonstration: confirmed ones, held ones, and a release.

The last chapter of the receivables: it shows what the order block does, in the German
company. Each order is small against the ledger, so that the figures stay as they are.
"""

from datetime import timedelta

from odoo import Command

from . import people

# customer, products (name's start, quantity), what happens to the quotation
ORDERS = (
    ("voss", (("Carbide end mill, 4 flutes, 8", 40),), "confirmed"),
    ("nordhafen", (("Machine vice", 4), ("ER32", 2)), "confirmed"),
    ("brandt", (("Boring bar", 10), ("HSS twist", 6)), "confirmed"),
    ("schmitt", (("Indexable turning", 12),), "quotation"),
    ("thiele", (("Machine vice", 6),), "held"),
    ("elbewerft", (("Boring bar", 8), ("HSS twist", 4)), "requested"),
    ("maasbouw", (("ER32", 3),), "released"),
    ("lindner", (("HSS twist", 2),), "quotation"),
)
REQUEST = "They pay half of what is overdue this week, says their bookkeeper."
RELEASE = "Spare parts for a machine that stands still; last one on open account."
# credit limits, in company currency
LIMITS = {"voss": 15000, "nordhafen": 30000, "elbewerft": 60000}


def block_rules(env, company):
    """Red and long overdue customers are held; collectors release small orders."""
    company.write(
        {
            "order_block_red": True,
            "order_block_days": 90,
            "order_block_minimum": 100,
            "order_release_collector_amount": 1000,
        }
    )
    env["arm.order.block"]._update(company)


def credit_limits(company, customers):
    """Limits of some customers, as the exposure bar shows them."""
    for key, amount in LIMITS.items():
        if key in customers:
            partner = customers[key].with_company(company)
            partner.write({"use_partner_credit_limit": True, "credit_limit": amount})


def write_orders(env, company, customers, seller, approver):
    """The quotations, and what happened to each of them.

    :param customers: key -> partner
    :param seller: the user whose orders they are, and who asks for releases
    :param approver: the credit manager, who grants one; may be empty
    """
    orders = _quotations(env, company, customers, seller)
    tried = [orders[key] for key, _lines, fate in ORDERS if fate != "quotation"]
    # As superuser in the name of the seller, who may not do all that is told here.
    sold = env["sale.order"].with_company(company).with_user(seller).sudo()
    tried = sold.union(*tried)
    verdicts = env["arm.order.guard"]._judge(tried)
    held = {order: verdict for order, verdict in verdicts.items() if verdict.held}
    tried.filtered(lambda order: order not in held).action_confirm()
    holds = tried._record_attempts("confirm", held)
    for key, _lines, fate in ORDERS:
        hold = holds.filtered(lambda one, key=key: one.order_id == orders[key])
        if fate == "requested":
            hold.with_user(seller).sudo()._renew_requests(REQUEST)  # the same
        elif fate == "released" and approver:
            hold._make_requests(RELEASE, seller)
            hold.release_id.with_user(approver)._grant()
    return orders


def _quotations(env, company, customers, seller):
    """The quotations of the last days: key of the customer -> order."""
    products = _products(env, company)
    today = company._local_today()
    values = [
        {
            "partner_id": customers[key].id,
            "company_id": company.id,
            "user_id": seller.id,
            "date_order": today - timedelta(days=2 + number % 3),
            "require_signature": False,
            "require_payment": False,
            "order_line": [_line(products, *line) for line in lines],
        }
        for number, (key, lines, _fate) in enumerate(ORDERS)
    ]
    records = env["sale.order"].with_company(company).create(values)
    return dict(zip((key for key, *_rest in ORDERS), records, strict=True))


def _products(env, company):
    """The goods that are ordered, as products of the company: name -> product."""
    rows = {row["name"]: float(row["price"]) for row in people.rows("products")}
    wanted = {start for _key, lines, _fate in ORDERS for start, _count in lines}
    names = [name for name in rows if name.startswith(tuple(wanted))]
    products = env["product.product"].create(
        [
            {
                "name": name,
                "type": "consu",
                "list_price": rows[name],
                "company_id": company.id,
                "invoice_policy": "order",
                "taxes_id": [Command.set(company.account_sale_tax_id.ids)],
            }
            for name in names
        ]
    )
    return dict(zip(names, products, strict=True))


def _line(products, start, count):
    product = next(one for name, one in products.items() if name.startswith(start))
    return Command.create({"product_id": product.id, "product_uom_qty": count})

"""Confirmed orders: some on an invoice already, some still to be delivered."""

import contextlib
from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tools import SQL

from odoo.addons.arm_receivables.demo.bulk import reserve

from .sizes import DAY
from .specimen import read_row, sheet_like

INVOICED_SHARE = 10  # one of so many invoices came from an order

# Columns that differ from order to order.
ORDER = ("id", "name", "partner_id", "partner_invoice_id", "partner_shipping_id")
ORDER += ("date_order", "fiscal_position_id", "amount_untaxed", "amount_total")
LINE = ("id", "order_id", "order_partner_id", "price_unit", "technical_price_unit")
LINE += ("price_subtotal", "price_total", "price_reduce_taxexcl", "price_reduce_taxinc")
LINE += ("qty_to_invoice", "untaxed_amount_to_invoice", "untaxed_amount_invoiced")


class Orders:
    """Writes orders of one line each, as copies of orders that the ORM confirmed."""

    def __init__(self, env, parties, addresses, rnd):
        """:param parties: partner id -> party, of all addresses and customers.
        :param addresses: partner ids of the addresses that get invoices.
        """
        self.env, self.parties, self.random = env, parties, rnd
        self.addresses = addresses
        self._make_specimens()
        self.sequence = env["ir.sequence"].search(
            [
                ("code", "=", "sale.order"),
                ("company_id", "in", (False, env.company.id)),
            ],
            limit=1,
        )
        self.number = self.sequence.number_next_actual

    def _make_specimens(self):
        """The rows of an order to be invoiced, one to be delivered, an invoiced one."""
        with contextlib.closing(self.env.cr.savepoint()):
            partner = self.env["res.partner"].create({"name": "Specimen"})
            products = self._make_products()
            self.to_invoice = self._confirm(partner, products["order"])
            self.to_deliver = self._confirm(partner, products["delivery"])
            self.invoiced = self._confirm(partner, products["order"], invoiced=True)
        self.products = self._make_products()

    def _make_products(self):
        """A product for each invoicing policy."""
        return {
            policy: self.env["product.product"].create(
                {
                    "name": f"Goods invoiced on {policy}",
                    "type": "consu",
                    "invoice_policy": policy,
                    "taxes_id": [Command.clear()],
                }
            )
            for policy in ("order", "delivery")
        }

    def _confirm(self, partner, product, invoiced=False):
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": 1,
                            "price_unit": 100,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        if invoiced:
            order._create_invoices().action_post()
        return read_row(order), read_row(order.order_line)

    def _sheets(self, specimen, policy):
        order, line = specimen
        product = self.products[policy]
        line = {**line, "product_id": product.id, "name": product.display_name}
        return (
            sheet_like("sale_order", order, ORDER),
            sheet_like("sale_order_line", line, LINE),
        )

    def write_open(self, amount):
        """Orders of the last two months, not invoiced yet; half of them undelivered."""
        rows = []
        for _number in range(amount):
            day = DAY - timedelta(days=self.random.randrange(1, 60))
            price = float(self.random.randrange(50, 9000))
            party = self.parties[self.random.choice(self.addresses)]
            rows.append((party, day, price))
        half = len(rows) // 2
        self._write(rows[:half], self.to_invoice, "order", lambda p: (1.0, p, 0.0))
        self._write(rows[half:], self.to_deliver, "delivery", lambda p: (0.0, 0.0, 0.0))

    def write_invoiced(self):
        """Orders behind one of ten invoices, linked with the lines of these."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.partner_id, move.invoice_date - 7,
                       line.price_subtotal, line.id
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                 WHERE move.move_type = 'out_invoice' AND move.id %% %s = 0
                   AND move.company_id = %s AND line.display_type = 'product'
                   AND move.currency_id = %s
                 ORDER BY move.id
                """,
                INVOICED_SHARE,
                self.env.company.id,
                self.env.company.currency_id.id,
            )
        )
        plain = [
            (self.parties[partner_id], day, float(price))
            for partner_id, day, price, _line in rows
        ]
        lines = self._write(plain, self.invoiced, "order", lambda p: (0.0, 0.0, p))
        links = list(zip(lines, (row[-1] for row in rows), strict=True))
        if links:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO sale_order_line_invoice_rel
                           (order_line_id, invoice_line_id)
                    SELECT * FROM unnest(%s, %s)
                    """,
                    [order_line for order_line, _line in links],
                    [line for _order_line, line in links],
                )
            )

    def _position(self, party):
        """The fiscal position goes by who orders, not by the address of the invoice."""
        return self.parties[party.commercial_id].fiscal_position_id

    def _write(self, rows, specimen, policy, invoicing):
        """Write orders; ``rows`` are (party, day, price).

        :param invoicing: price -> (quantity, amount) to invoice, amount invoiced.
        :return: the ids of the order lines, in the order of the rows.
        """
        orders, lines = self._sheets(specimen, policy)
        order_ids = reserve(self.env.cr, "sale_order", len(rows))
        line_ids = list(reserve(self.env.cr, "sale_order_line", len(rows)))
        for (party, day, price), line_id in zip(rows, line_ids, strict=True):
            order_id = next(order_ids)
            name = self.sequence.get_next_char(self.number)
            self.number += 1
            orders.add(
                *(order_id, name, party.commercial_id, party.partner_id),
                *(party.shipping_id, datetime.combine(day, time(9))),
                *(self._position(party), price, price),
            )
            lines.add(
                *(line_id, order_id, party.commercial_id),
                *([price] * 6 + [*invoicing(price)]),
            )
        orders.copy_rows(self.env.cr)
        lines.copy_rows(self.env.cr)
        self.sequence.number_next_actual = self.number
        return line_ids

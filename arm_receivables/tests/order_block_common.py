"""What the tests of the order block share."""

from odoo.fields import Command
from odoo.tests import new_test_user

from .common import TODAY, ReceivablesCommon

SALES = "sales_team.group_sale_salesman"


class OrderBlockCommon(ReceivablesCommon):
    """A company whose rules block, a customer, a salesperson and finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.sales = new_test_user(
            cls.env,
            "sam.sales",
            groups=SALES,
            name="Sam Sales",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.collector = cls.make_user("carla", "collector_all")
        cls.manager = cls.make_user("max", "manager")
        cls.customer = cls.make_customer("Müller & Söhne GmbH")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Machine",
                "type": "service",
                "list_price": 100.0,
                "taxes_id": [Command.clear()],
                "invoice_policy": "order",
            }
        )

    @classmethod
    def make_order(cls, amount=100.0, partner=None, company=None, **values):
        """A quotation without taxes, of the salesperson."""
        company = company or cls.company
        partner = partner or cls.customer
        order = cls.env["sale.order"].with_company(company)
        return order.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "user_id": cls.sales.id,
                "require_signature": False,
                "require_payment": False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    @classmethod
    def ledger_of(cls, partner=None, company=None):
        """The customer's account, made when there is none; nothing is refreshed."""
        company = company or cls.company
        partner = partner or cls.customer
        pair = (company.id, partner.commercial_partner_id.id)
        accounts = cls.env["arm.customer.account"]
        return accounts._get_or_create({pair})[pair].sudo(False)

    @classmethod
    def block(cls, partner=None, company=None, **values):
        """Block a customer by hand."""
        values = {"reason": "Cheque returned", "source": "manual", **values}
        return cls.ledger_of(partner, company)._block_orders(**values)

    @classmethod
    def grant(cls, scope="order", order=None, partner=None, **values):
        """A release requested by the salesperson and granted by the manager."""
        vals = {
            "account_id": cls.ledger_of(partner or (order and order.partner_id)).id,
            "scope": scope,
            "reason": "Payment announced",
            "requested_by_id": cls.sales.id,
            **values,
        }
        if order:
            vals.update(order_id=order.id)
            vals.setdefault("amount_limit", order.amount_total)
        release = cls.env["arm.order.release"]._request([vals])
        release.with_user(cls.manager).action_grant()
        return release

    def holds_of(self, orders):
        return self.env["arm.order.hold"].search([("order_id", "in", orders.ids)])

    def open_sources(self, partner=None, company=None):
        """The sources that block a customer now."""
        blocks = self.ledger_of(partner, company).order_block_ids
        return set(blocks.filtered("is_open").mapped("source"))


__all__ = ["SALES", "TODAY", "OrderBlockCommon"]

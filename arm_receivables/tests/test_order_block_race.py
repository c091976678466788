"""Two orders at once: what is there once is used once."""

from odoo.fields import Command
from odoo.tests import tagged

from .race_common import RaceCase


@tagged("post_install", "-at_install", "arm")
class TestOrderBlockRace(RaceCase):
    """Real transactions, as two workers have them; what they leave is removed."""

    def setUp(self):
        super().setUp()
        self.ids = {}
        self.addCleanup(self.remove)
        with self.transaction() as env:
            self.prepare(env)

    def prepare(self, env):
        company = env.ref("base.main_company")
        self.ids["rule"] = company.order_block_limit
        partner = env["res.partner"].create({"name": "Race Ltd", "is_company": True})
        product = env["product.product"].create({"name": "Race", "type": "service"})
        line = {
            "product_id": product.id,
            "price_unit": 60,
            "tax_ids": [Command.clear()],
        }
        values = {
            "partner_id": partner.id,
            "company_id": company.id,
            "order_line": [Command.create(line)],
        }
        orders = env["sale.order"].create([values, values])
        pair = (company.id, partner.id)
        account = env["arm.customer.account"]._get_or_create({pair})[pair]
        self.ids.update(
            partner=partner.id,
            product=product.id,
            orders=orders.ids,
            account=account.id,
        )

    def remove(self):
        with self.transaction() as env:
            env.ref("base.main_company").order_block_limit = self.ids["rule"]
            orders = env["sale.order"].browse(self.ids["orders"])
            orders._action_cancel()
            orders.unlink()
            env["arm.customer.account"].browse(self.ids["account"]).unlink()
            env["product.product"].browse(self.ids["product"]).product_tmpl_id.unlink()
            env["res.partner"].browse(self.ids["partner"]).unlink()

    def confirm_both(self):
        """Confirm one order; the other one meanwhile, before the first commits.

        :return: what the second one was told, and the states of the two
        """
        first, second = self.ids["orders"]
        told = self.at_once(
            lambda env: env["sale.order"].browse(first).action_confirm(),
            lambda env: env["sale.order"].browse(second).action_confirm(),
        )
        with self.transaction() as env:
            states = env["sale.order"].browse([first, second]).mapped("state")
        return told, states

    def test_release_up_to_an_amount(self):
        """100 are released, two orders of 60 come at once: one of them passes."""
        with self.transaction() as env:
            account = env["arm.customer.account"].browse(self.ids["account"])
            account._block_orders("Cheque returned", "manual")
            release = env["arm.order.release"]._request(
                [
                    {
                        "account_id": account.id,
                        "scope": "amount",
                        "amount_limit": 100,
                        "reason": "Announced",
                        "requested_by_id": env.ref("base.user_admin").id,
                    }
                ]
            )
            release.action_grant()
        told, states = self.confirm_both()
        self.assertEqual(states, ["sale", "draft"])
        self.assertIn("held for finance", told[0])
        with self.transaction() as env:
            release = release.with_env(env)
            self.assertEqual((release.amount_used, len(release.use_ids)), (60, 1))

    def test_credit_limit(self):
        """The limit is 100, two orders of 60 come at once: one of them passes."""
        with self.transaction() as env:
            company = env.ref("base.main_company")
            company.order_block_limit = True
            partner = env["res.partner"].browse(self.ids["partner"])
            partner.with_company(company).credit_limit = 100
        told, states = self.confirm_both()
        self.assertEqual(states, ["sale", "draft"])
        self.assertIn("above the credit limit", told[0])

"""In the browser: from a blocked quotation to its release and confirmation."""

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .order_block_common import OrderBlockCommon


@tagged("post_install", "-at_install", "arm")
class TestOrderBlockTour(OrderBlockCommon, HttpCase):
    """A salesperson and a credit manager, each with their own screens."""

    def test_from_a_blocked_quotation_to_its_release(self):
        new_test_user(
            self.env,
            "max.manager",
            groups="arm_receivables.group_receivables_manager",
            name="Max Manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.block()
        order = self.make_order(400)
        with mute_logger("odoo.http"):  # the refusal that the tour provokes
            self.start_tour("/odoo/sales", "arm_order_block_request", login="sam.sales")
        hold = self.holds_of(order)
        self.assertEqual((hold.state, hold.attempt_count), ("open", 2))
        self.start_tour("/odoo", "arm_order_block_release", login="max.manager")
        self.assertEqual(hold.release_id.state, "granted")
        self.start_tour("/odoo/sales", "arm_order_block_confirm", login="sam.sales")
        self.assertEqual((order.state, hold.state), ("sale", "confirmed"))
        self.assertEqual(hold.release_id.use_ids.used_by_id, self.sales)

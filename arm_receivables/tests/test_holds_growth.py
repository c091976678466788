from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, ReceivablesCommon

FEW, MANY = 3, 30


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestHoldsGrowth(ReceivablesCommon):
    """Ten times the agreements cost no more queries, at night and in a list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.extension_collector_amount = 0
        cls.reason = cls.env.ref("arm_receivables.arm_dispute_reason_price")
        cls.reason.user_ids = cls.env.user
        cls.few, cls.many = cls.make_items(FEW), cls.make_items(MANY)

    @classmethod
    def make_items(cls, count):
        """So many customers with one open invoice each."""
        customers = [cls.make_customer(f"Grow {count}-{n}") for n in range(count)]
        moves = cls.env["account.move"].union(
            *(cls.make_invoice(customer, "2026-03-01") for customer in customers)
        )
        moves.action_post()
        cls.env["arm.customer.account"]._refresh(cls.company, moves.partner_id)
        cls.env.flush_all()
        cls.env.cr.execute("ANALYZE account_move_line")
        cls.env.cr.execute("ANALYZE arm_customer_account")
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def enter(self, model, items, **values):
        """One agreement for each of the items."""
        model = self.env[model]
        return model.create([{**model._prepare_from_items(i), **values} for i in items])

    def queries(self, function):
        """How many queries it takes, with everything read anew."""
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    def assert_bounded(self, make, function, more):
        """What is done with many takes few more queries than with some.

        :param more: how many more; far fewer than there are more records
        """
        function(make(self.make_items(1)))  # what is read once for all
        few, many = make(self.few), make(self.many)
        some = self.queries(lambda: function(few))
        lots = self.queries(lambda: function(many))
        self.assertLessEqual(lots, some + more)

    def test_nightly_refresh(self):
        def make(items):
            self.enter("arm.dispute", items, reason_id=self.reason.id)
            return items

        def refresh(items):
            self.env["arm.customer.account"]._refresh(
                self.company, items.partner_id.commercial_partner_id
            )

        self.assert_bounded(make, refresh, 3)

    def test_disputes_are_rejected(self):
        self.assert_bounded(
            lambda items: self.enter("arm.dispute", items, reason_id=self.reason.id),
            lambda disputes: disputes.action_reject(),
            MANY - FEW,  # less than one for each; core computes payment states
        )

    def test_extensions_are_granted(self):
        values = {"date": "2026-04-01", "reason": "Holidays"}
        self.assert_bounded(
            lambda items: self.enter("arm.extension", items, **values),
            lambda extensions: extensions.action_cancel(),
            10,
        )

    def test_plans_are_judged_and_cancelled(self):
        def make(items):
            plans = self.enter("arm.payment.plan", items)
            plans.action_agree()
            return plans

        def judge(plans):
            self.env["arm.payment.plan"]._evaluate(self.company, plans.partner_id)
            plans.action_cancel()

        self.assert_bounded(make, judge, 10)

    def test_requests_are_answered(self):
        def make(items):
            # As superuser: customers' requests are made by the system alone.
            return (
                self.env["arm.portal.request"]
                .sudo()
                .create(
                    [
                        {
                            "account_id": item._get_customer_account().id,
                            "kind": "remittance",
                            "item_ids": [Command.set(item.ids)],
                        }
                        for item in items
                    ]
                )
            )

        self.assert_bounded(make, lambda requests: requests.action_accept(), 10)

"""Releases: who asks, who grants, what passes, how they are used up and taken back."""

from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL

from .order_block_common import SALES, TODAY, OrderBlockCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(TODAY)
class TestOrderBlockRelease(OrderBlockCommon):
    """One recorded permission passes once, for what it was given, and not more."""

    def request(self, order, reason="Payment announced", user=None):
        """Ask for a release with the salesperson's window; returns the request."""
        user = user or self.sales
        order = order.with_user(user)
        action = order.action_request_release()
        window = self.env["arm.order.release.request"].with_user(user)
        window.with_context(**action["context"]).create(
            {"reason": reason}
        ).action_request()
        return self.env["arm.order.release"].search(
            [("order_id", "in", order.ids), ("state", "=", "requested")]
        )

    def grant_window(self, holds, user, **values):
        action = holds.with_user(user).action_release()
        window = self.env["arm.order.release.grant"].with_user(user)
        return window.with_context(**action["context"]).create(
            {"reason": "Bank has confirmed", **values}
        )

    def reason_window(self, records, action, user, reason="Too risky"):
        action = getattr(records.with_user(user), action)()
        window = self.env["arm.order.reason"].with_user(user)
        window.with_context(**action["context"]).create(
            {"reason": reason}
        ).action_apply()

    # -------------------------------------------------------------------- the way

    def test_from_request_to_confirmation(self):
        """Asked by sales, granted by finance, confirmed with the ordinary button."""
        self.block()
        order = self.make_order(400).with_user(self.sales)
        request = self.request(order)
        hold = self.holds_of(order)
        self.assertEqual((hold.state, hold.origin), ("open", "request"))
        self.assertEqual(
            (request.amount_limit, request.requested_by_id), (400, self.sales)
        )
        self.assertIn("Sam Sales has requested a release", order.order_block_message)
        self.grant_window(hold, self.manager).action_grant()
        self.assertEqual(
            (request.state, request.decided_by_id), ("granted", self.manager)
        )
        self.assertEqual(request.decision_note, "Bank has confirmed")
        self.assertEqual(
            (hold.state, order.order_block_state), ("released", "released")
        )
        order.action_confirm()
        self.assertEqual((order.state, hold.state), ("sale", "confirmed"))
        use = request.use_ids
        self.assertEqual(
            (use.order_id, use.amount, use.used_by_id, request.state),
            (order, 400, self.sales, "used"),
        )

    def test_decision_is_told(self):
        """The chatter has it, and who asked finds an activity."""
        self.block()
        order = self.make_order()
        self.request(order)
        self.grant_window(self.holds_of(order), self.manager).action_grant()
        bodies = " ".join(order.message_ids.mapped("body"))
        self.assertIn("Release requested: Payment announced", bodies)
        self.assertIn("Release granted by Max: Bank has confirmed", bodies)
        self.assertEqual(order.activity_ids.user_id, self.sales)

    def test_decline(self):
        """The order stays a quotation, and the salesperson reads why."""
        self.block()
        order = self.make_order()
        request = self.request(order)
        self.reason_window(self.holds_of(order), "action_decline", self.collector)
        self.assertEqual(
            (request.state, request.decided_by_id), ("declined", self.collector)
        )
        self.assertEqual(self.holds_of(order).state, "declined")
        self.assertIn(
            "declined by Carla: Too risky",
            order.with_user(self.sales).order_block_message,
        )
        with self.refused("held for finance"):
            order.action_confirm()

    def test_asking_again_renews_the_request(self):
        """One open request for an order, with its present amount and reason."""
        self.block()
        order = self.make_order(100)
        first = self.request(order)
        order.order_line.price_unit = 300
        second = self.request(order, "Half is paid")
        self.assertEqual(second, first)
        self.assertEqual((second.amount_limit, second.reason), (300, "Half is paid"))

    def test_nothing_to_ask_for(self):
        order = self.make_order()
        with self.refused("is not held: confirm it"):
            self.request(order)

    def test_release_without_a_request(self):
        """Finance releases from the queue what a salesperson only tried."""
        self.block()
        order = self.make_order(200)
        hold = self.hold(order)
        self.grant_window(hold, self.manager).action_grant()
        order.action_confirm()
        self.assertEqual(hold.release_id.requested_by_id, self.sales)
        self.assertEqual(hold.release_id.reason, "Bank has confirmed")

    def hold(self, orders):
        """Put orders into the queue as if the salesperson had tried to confirm."""
        orders = orders.with_user(self.sales)
        verdicts = self.env["arm.order.guard"]._judge(orders)
        return (
            orders._record_attempts("confirm", verdicts).sudo(False).with_env(self.env)
        )

    def test_several_at_once(self):
        """Many held orders are released or declined together, each by its own row."""
        self.block()
        orders = self.make_order(100) | self.make_order(200)
        self.grant_window(self.hold(orders), self.manager).action_grant()
        self.assertEqual(self.holds_of(orders).mapped("state"), ["released"] * 2)
        self.assertEqual(
            sorted(self.holds_of(orders).release_id.mapped("amount_limit")), [100, 200]
        )
        orders.action_confirm()
        more = self.make_order() | self.make_order()
        self.reason_window(self.hold(more), "action_decline", self.manager)
        self.assertEqual(self.holds_of(more).mapped("state"), ["declined"] * 2)

    # ----------------------------------------------------------------- what it covers

    def test_order_release_covers_its_amount(self):
        """A larger order needs a new release; a smaller one passes."""
        self.block()
        order = self.make_order(100)
        release = self.grant(order=order)
        order.order_line.price_unit = 100.01
        self.assertEqual(order.order_block_state, "held")
        with self.refused("held for finance"):
            order.action_confirm()
        order.order_line.price_unit = 60
        order.action_confirm()
        self.assertEqual((release.amount_used, release.state), (60, "used"))

    def test_order_release_is_for_one_order_and_once(self):
        self.block()
        order, other = self.make_order(100), self.make_order(100)
        self.grant(order=order)
        with self.refused("held for finance"):
            other.action_confirm()
        order.action_confirm()
        with self.refused("held for finance"):
            order.order_line.price_unit = 110
        order.action_cancel()
        order.action_draft()
        with self.refused("held for finance"):
            order.action_confirm()

    def test_amount_release_is_used_up(self):
        """Orders pass until the amount is reached; uses say which and how much."""
        self.block()
        release = self.grant("amount", amount_limit=250)
        orders = [self.make_order(100) for _n in range(3)]
        orders[0].action_confirm()
        orders[1].action_confirm()
        self.assertEqual((release.amount_left, release.state), (50, "granted"))
        with self.refused("held for finance"):
            orders[2].action_confirm()
        self.make_order(50).action_confirm()
        self.assertEqual((release.amount_left, release.state), (0, "used"))
        self.assertEqual(len(release.use_ids), 3)
        self.assertEqual(sum(release.use_ids.mapped("amount")), 250)

    def test_amount_release_in_a_batch(self):
        """A batch shares the amount: the third of three is held."""
        self.block()
        release = self.grant("amount", amount_limit=200)
        orders = self.env["sale.order"].union(*(self.make_order() for _n in range(3)))
        orders.action_confirm()
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])
        self.assertEqual((release.amount_used, release.state), (200, "used"))

    def test_amount_release_lets_a_confirmed_order_grow(self):
        self.block()
        release = self.grant("amount", amount_limit=150)
        order = self.make_order(100)
        order.action_confirm()
        order.order_line.price_unit = 150
        self.assertEqual((release.amount_left, release.state), (0, "used"))
        with self.refused("held for finance"):
            order.order_line.price_unit = 151

    def test_born_confirmed_uses_the_amount_once(self):
        """An order that is created confirmed is not counted twice."""
        self.block()
        release = self.grant("amount", amount_limit=500)
        order = self.make_order(100, state="sale")
        self.assertEqual(order.state, "sale")
        self.assertEqual(release.amount_used, 100)

    def test_date_release_ends(self):
        """The last day counts; afterwards it does not, and the night marks it."""
        self.block()
        release = self.grant("date", date_until=date(2026, 3, 18))
        self.make_order(10**6).action_confirm()
        with freeze_time("2026-03-18 23:00:00"):
            self.make_order().action_confirm()
        with freeze_time("2026-03-19 00:30:00"):
            with self.refused("held for finance"):
                self.make_order().action_confirm()
            self.env["arm.customer.account"]._refresh(self.company)
        self.assertEqual((release.state, len(release.use_ids)), ("expired", 2))

    def test_date_release_with_an_amount(self):
        """Both conditions hold: until the day, and up to the amount."""
        self.block()
        self.grant("date", date_until=date(2026, 3, 18), amount_limit=150)
        self.make_order(100).action_confirm()
        with self.refused("held for finance"):
            self.make_order(100).action_confirm()

    def test_release_of_the_limit(self):
        """A release passes the credit limit as well; the order counts afterwards."""
        self.company.order_block_limit = True
        self.customer.with_company(self.company).credit_limit = 50
        order = self.make_order(100)
        self.assertEqual(order.order_block_amount, 50)
        self.grant(order=order)
        order.action_confirm()
        self.assertEqual(self.ledger_of().exposure, 100)
        with self.refused("above the credit limit"):
            self.make_order(1).action_confirm()

    def test_release_does_not_pass_a_later_stop(self):
        """Who granted it did not know that the insurer would stop."""
        self.block()
        self.grant("date", date_until=date(2026, 4, 30))
        order = self.make_order()
        self.assertEqual(order.order_block_state, "released")
        with freeze_time("2026-03-17"):
            self.ledger_of()._block_orders("Cover stopped", "insurance")
            self.assertEqual(order.order_block_state, "held")
            with self.refused("Cover stopped"):
                order.action_confirm()

    def test_release_of_another_company(self):
        other = self.setup_other_company()["company"]
        self.block()
        self.manager.company_ids |= other
        account = self.ledger_of(company=other)
        self.grant("date", date_until=date(2026, 4, 30), account_id=account.id)
        with self.refused("held for finance"):
            self.make_order().action_confirm()

    def test_deleted_order_leaves_nothing_behind_that_passes(self):
        self.block()
        order = self.make_order()
        release = self.grant(order=order)
        order.unlink()
        self.assertEqual(release.state, "granted")
        with self.refused("held for finance"):
            self.make_order().action_confirm()

    # ------------------------------------------------------------------------ revoked

    def test_revoke(self):
        """What is left is taken back; what was used stays on record."""
        self.block()
        release = self.grant("amount", amount_limit=500)
        self.make_order(100).action_confirm()
        self.reason_window(release, "action_revoke", self.manager, "Insolvency rumour")
        self.assertEqual(
            (release.state, release.revoked_by_id), ("revoked", self.manager)
        )
        self.assertEqual((release.amount_used, len(release.use_ids)), (100, 1))
        with self.refused("held for finance"):
            self.make_order(100).action_confirm()
        with self.refused("nothing to revoke"):
            release.with_user(self.manager).action_revoke()

    def test_revoked_release_of_an_order_returns_it_to_the_queue(self):
        self.block()
        order = self.make_order()
        hold = self.hold(order)
        self.grant_window(hold, self.manager).action_grant()
        self.assertEqual(hold.state, "released")
        self.reason_window(hold.release_id, "action_revoke", self.collector)
        self.assertEqual(hold.state, "open")
        with self.refused("held for finance"):
            order.action_confirm()

    # -------------------------------------------------------------------- who may grant

    def test_role_by_amount(self):
        """Collectors up to the company's amount, credit managers above."""
        self.company.order_release_collector_amount = 500
        self.block()
        small, large = self.make_order(500), self.make_order(500.01)
        requests = self.request(small) | self.request(large)
        self.assertEqual(set(requests.mapped("role_needed")), {"collector", "manager"})
        release = requests.filtered(lambda r: r.order_id == large)
        with self.refused("above what collectors may grant", AccessError):
            release.with_user(self.collector).action_grant()
        (requests - release).with_user(self.collector).action_grant()
        release.with_user(self.manager).action_grant()
        self.assertEqual(set(requests.mapped("state")), {"granted"})

    def test_open_ended_release_needs_the_manager(self):
        """Until a day and without an amount is above every collector."""
        self.company.order_release_collector_amount = 10**9
        release = self.env["arm.order.release"]._request(
            [
                {
                    "account_id": self.ledger_of().id,
                    "scope": "date",
                    "date_until": "2026-04-30",
                    "reason": "Fair",
                    "requested_by_id": self.sales.id,
                }
            ]
        )
        self.assertEqual(release.role_needed, "manager")
        with self.assertRaises(AccessError):
            release.with_user(self.collector).action_grant()

    def test_nobody_grants_their_own_request(self):
        """Unless the company allows it; the request waits for a colleague."""
        seller = new_test_user(
            self.env,
            "both",
            groups=f"{SALES},arm_receivables.group_receivables_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.block()
        order = self.make_order(user_id=seller.id)
        request = self.request(order, user=seller)
        with self.refused("your own request", AccessError):
            request.with_user(seller).action_grant()
        result = self.grant_window(self.holds_of(order), seller).action_grant()
        self.assertIn("your own request", result["params"]["message"])
        self.assertEqual(request.state, "requested")
        # Somebody else's attempt for an order that is the seller's: own as well.
        other = self.make_order(user_id=seller.id)
        hold = self.hold(other)
        self.grant_window(hold, seller).action_grant()
        self.assertEqual(hold.release_id.state, "requested")
        self.company.order_release_own = True
        request.with_user(seller).action_grant()
        self.assertEqual(request.state, "granted")

    def test_finance_alone_cannot_make_a_general_release(self):
        """A release for a customer that one person wants needs a second one."""
        self.block()
        window = (
            self.env["arm.order.release.grant"]
            .with_user(self.manager)
            .create(
                {
                    "account_id": self.ledger_of().id,
                    "scope": "amount",
                    "amount": 1000,
                    "reason": "Good customer",
                }
            )
        )
        result = window.action_grant()
        self.assertEqual(result["params"]["title"], "Waiting for a colleague")
        release = self.env["arm.order.release"].search([("state", "=", "requested")])
        self.assertEqual(
            (release.requested_by_id, release.amount_limit), (self.manager, 1000)
        )
        boss = self.make_user("berta", "manager")
        release.with_user(boss).action_grant()
        self.make_order(1000).action_confirm()
        self.assertEqual(release.state, "used")

    def test_window_refuses_what_is_missing(self):
        window = self.env["arm.order.release.grant"].with_user(self.manager)
        account = {"account_id": self.ledger_of().id, "reason": "x"}
        for values, words in (
            ({"scope": "order"}, "no held order"),
            ({"scope": "amount"}, "Enter the amount"),
            ({"scope": "date"}, "Enter the day"),
            ({"scope": "date", "date_until": "2026-03-15"}, "before today"),
        ):
            with self.refused(words):
                window.create({**account, **values}).action_grant()

    def test_salespeople_cannot_help_themselves(self):
        """No remote call of a salesperson makes, grants or changes a release."""
        self.block()
        order = self.make_order().with_user(self.sales)
        request = self.request(order).with_user(self.sales)
        releases = self.env["arm.order.release"].with_user(self.sales)
        for call in (
            lambda: releases.create({"account_id": self.ledger_of().id, "reason": "x"}),
            lambda: request.write({"state": "granted"}),
            lambda: request.unlink(),
            lambda: request.action_grant(),
            lambda: request.action_decline(),
            lambda: request.action_revoke(),
            lambda: request.read(["state"]),
            lambda: self.holds_of(order).with_user(self.sales).action_release(),
            lambda: self.holds_of(order)
            .with_user(self.sales)
            .write({"state": "released"}),
            lambda: self.env["arm.order.release.use"].with_user(self.sales).create({}),
            lambda: self.env["arm.order.release.grant"]
            .with_user(self.sales)
            .create({"account_id": self.ledger_of().id, "reason": "x"}),
        ):
            with self.assertRaises(AccessError):
                call()
        with self.refused("held for finance"):
            order.action_confirm()

    def test_finance_decides_through_actions_only(self):
        """Not even managers write the rows; readers and auditors decide nothing."""
        self.block()
        release = self.request(self.make_order())
        for role in ("reader", "auditor"):
            user = self.make_user(role, role)
            with self.assertRaises(AccessError):
                release.with_user(user).action_grant()
            with self.assertRaises(AccessError):
                self.env["arm.order.release.grant"].with_user(user).create(
                    {"account_id": self.ledger_of().id, "reason": "x"}
                )
        with self.assertRaises(AccessError):
            release.with_user(self.manager).write({"amount_limit": 10**6})
        with self.assertRaises(AccessError):
            self.env["arm.order.release"].with_user(self.manager).create(
                {"account_id": self.ledger_of().id, "reason": "x"}
            )

    def test_own_customers_only(self):
        """A collector decides for own customers, not for others'."""
        anna = self.make_user("anna", "collector")
        self.company.order_release_collector_amount = 1000
        self.block()
        release = self.request(self.make_order())
        with self.assertRaises(AccessError):
            release.with_user(anna).action_grant()
        self.ledger_of().collector_id = anna
        release.with_user(anna).action_grant()
        self.assertEqual(release.state, "granted")

    def test_request_for_orders_of_others(self):
        """A salesperson asks for orders that they may write, not for others."""
        self.block()
        order = self.make_order(user_id=self.manager.id)
        with self.assertRaises(AccessError):
            self.request(order)

    def test_decided_twice(self):
        self.block()
        release = self.request(self.make_order())
        release.with_user(self.manager).action_grant()
        with self.refused("not waiting for a decision"):
            release.with_user(self.manager).action_grant()

    # ----------------------------------------------------------------------- queries

    def test_confirming_adds_few_queries(self):
        """At most 6 statements of the whole suite for one order, and for 60."""
        self.company.write({"order_block_limit": True, "order_block_days": 30})
        self.env["arm.reliability.policy"].search(
            [("company_id", "=", self.company.id)]
        ) or self.env["arm.reliability.policy"].create({"company_id": self.company.id})
        self.customer.with_company(self.company).credit_limit = 10**9
        every = {}
        for number in (2, 1, 6, 60):  # the first one fills the caches
            orders = self.env["sale.order"].union(
                *(self.make_order() for _n in range(number))
            )
            ours, every[number] = self.count_queries(orders)
            if number != 2:
                self.assertLessEqual(len(ours), 6, "\n".join(ours))
        self.assertLessEqual(every[60] - every[6], 4, every)

    def test_released_orders_add_few_queries(self):
        """Releases are used up for all orders of a batch at once."""
        self.block()
        self.grant("amount", amount_limit=10**6)
        costs = []
        for number in (2, 6, 60):
            orders = self.env["sale.order"].union(
                *(self.make_order() for _n in range(number))
            )
            costs.append(self.count_queries(orders)[1])
        self.assertLessEqual(costs[2] - costs[1], 4, costs)

    def count_queries(self, orders):
        """The statements on our tables, and the number of all, of a confirmation."""
        self.env.flush_all()
        self.env.invalidate_all()
        ours = []
        execute = type(self.env.cr).execute

        def listen(cursor, query, *args, **kwargs):
            text = query.code if isinstance(query, SQL) else str(query)
            if "arm_" in text:
                ours.append(" ".join(text.split())[:120])
            return execute(cursor, query, *args, **kwargs)

        before = self.env.cr.sql_log_count
        with patch.object(type(self.env.cr), "execute", listen):
            orders.action_confirm()
            self.env.flush_all()
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        return ours, self.env.cr.sql_log_count - before

    def test_user_errors_name_the_order(self):
        self.block()
        order = self.make_order()
        with self.assertRaises(UserError) as caught:
            order.action_confirm()
        self.assertIn(order.name, str(caught.exception))

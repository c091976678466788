from odoo.tests import freeze_time, tagged

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 09:00:00")
class TestWorkTodo(InsuranceCommon):
    """The insurer's clock in the collector's day."""

    def test_deadline_gives_points_and_work(self):
        buyer = self.make_customer("Buyer")
        limit = self.make_limit(buyer, 1000)
        account = (
            self.env["arm.customer.account"]
            .sudo()
            .create(
                {
                    "partner_id": buyer.id,
                    "company_id": self.company.id,
                    "currency_id": self.company.currency_id.id,
                }
            )
        )
        entry = self.env["arm.work.entry"].browse(account.id)
        self.assertEqual((entry.drawer, entry.points_clock), ("nothing", 0))
        alert = (
            self.env["arm.insurance.alert"]
            .sudo()
            .create(
                {
                    "policy_id": self.policy.id,
                    "limit_id": limit.id,
                    "code": "NOA-DUE",
                    "deadline": TODAY,
                    "opened_on": TODAY,
                    "is_due": True,
                }
            )
        )
        entry.invalidate_recordset()
        self.assertEqual((entry.drawer, entry.why), ("act", "must"))
        self.assertEqual((str(entry.clock), entry.points_clock), (TODAY, 15))
        self.assertIn("Notify the insurer", entry.what)
        self.assertEqual(entry.todo_ids.action_open()["res_id"], limit.id)
        alert.write({"code": "LIM-NONE", "deadline": False})
        entry.invalidate_recordset()
        self.assertEqual(entry.drawer, "nothing", "limits are requested by others")
        alert.severity = "2"
        entry.invalidate_recordset()
        self.assertEqual((entry.drawer, entry.todo_count), ("easy", 1))
        alert.closed_on = TODAY
        entry.invalidate_recordset()
        self.assertEqual((entry.drawer, entry.clock), ("nothing", False))

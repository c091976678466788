from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.arm_dunning.tests.common import DunningCommon

from .common import TODAY, InsuranceCommon


@tagged("post_install", "-at_install", "arm")
@freeze_time(f"{TODAY} 08:00:00")
class TestOperation(InsuranceCommon):
    """A task prepares the notice to the insurer; the register keeps it."""

    dun = DunningCommon.dun

    def test_a_task_prepares_the_notice(self):
        self.company.write({"dunning_enabled": True, "dunning_hour": 6.0})
        others = self.env["res.company"].search([("id", "!=", self.company.id)])
        others.dunning_enabled = False
        self.cron = self.env.ref("arm_dunning.ir_cron_dunning_run")
        task = self.env["arm.dunning.task"].create(
            {
                "name": "Tell the insurer",
                "company_id": self.company.id,
                "offset_days": 30,
                "catch_up_days": 5,
                "partner_domain": "[('insurance_notice_days', '<=', 60)]",
                "item_domain": "[('insurance_status', 'in', ['COVERED', 'PARTIAL'])]",
                "operation_ids": [Command.create({"operation_type": "insurance"})],
            }
        )
        self.policy.action_draft()
        self.policy.year_ids.write({"noa_number": 10, "mep_number": 60})
        self.policy.action_activate()
        limits = self.env["arm.insurance.limit"]
        for name, amount in (("Insured", 500), ("Uninsured", None)):
            buyer = self.make_customer(name, email="a@example.com")
            limits |= self.make_limit(buyer, amount)
            self.post_invoice(buyer, "2026-02-14", 100, invoice_date="2026-01-15")
        limits._refresh()
        run = self.dun(TODAY)
        self.assertEqual(run.done_count, 1)
        action = run.action_ids.filtered(lambda row: row.state == "done")
        self.assertEqual(action.task_id, task)
        notice = limits[0].notice_ids
        self.assertEqual(notice.state, "to_send")
        self.assertEqual(notice.item_ids, action.item_id)
        self.assertFalse(limits[1].notice_ids)

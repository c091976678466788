from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from .common import TODAY, DunningCommon

GROUP = "arm_receivables.group_receivables_"


class WorkCommon(DunningCommon):
    """Two collectors with a customer each, who owe since a while."""

    @classmethod
    @freeze_time(f"{TODAY} 05:00:00")
    def setUpClass(cls):
        super().setUpClass()
        cls.entries = cls.env["arm.work.entry"]
        cls.calls = cls.env["arm.dunning.call"].sudo()
        cls.anna = cls.make_collector("w_anna")
        cls.bert = cls.make_collector("w_bert")
        cls.boss = cls.make_collector("w_boss", "manager")
        cls.customer.phone = "+49 30 1234567"
        cls.other = cls.make_customer("Other Ltd", phone="+44 20 7946 0000")
        cls.invoice = cls.post_invoice(cls.customer, "2026-02-14", 4000)
        cls.other_invoice = cls.post_invoice(cls.other, "2026-03-06", 500)
        cls.account = cls.account_of(cls.customer, cls.anna)
        cls.other_account = cls.account_of(cls.other, cls.bert)

    @classmethod
    def make_collector(cls, login, group="collector"):
        return new_test_user(
            cls.env,
            login,
            groups=GROUP + group,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def account_of(cls, partner, collector=None):
        account = cls.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )
        if collector:
            account.collector_id = collector
        return account

    @classmethod
    def make_call(cls, account, day=TODAY, user=None, **values):
        return cls.calls.create(
            {
                "account_id": account.id,
                "company_id": cls.company.id,
                "date": day,
                "reason": "Ask about the payment",
                "user_id": user and user.id,
                **values,
            }
        )

    def entry(self, account, user=None):
        entry = self.entries.with_user(user or self.anna).browse(account.id)
        entry.invalidate_recordset()
        return entry

    def results_of(self, account):
        return self.env["arm.dunning.call.result"].search(
            [("account_id", "=", account.id)], order="id"
        )

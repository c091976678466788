from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install", "arm")
class TestWorkTour(HttpCase):
    """My Day in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.user_admin").company_id
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.company, install_demo=False
            )
        cls.user = new_test_user(
            cls.env,
            "tour_collector",
            groups="arm_receivables.group_receivables_manager",
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
        )
        cls.today = cls.company._local_today()
        cls.large = cls._make_debtor("Tour Large", 9000)
        cls.small = cls._make_debtor("Tour Small", 800)

    @classmethod
    def _make_debtor(cls, name, amount):
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "invoice_date": fields.Date.subtract(cls.today, days=70),
                "invoice_date_due": fields.Date.subtract(cls.today, days=40),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    fields.Command.create({"name": "Parts", "price_unit": amount})
                ],
            }
        )
        invoice.action_post()
        account = cls.env["arm.customer.account"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
        )
        account.collector_id = cls.user
        return account

    def test_my_day(self):
        for account in (self.small, self.large):
            self.env["arm.dunning.call"].sudo().create(
                {
                    "account_id": account.id,
                    "company_id": self.company.id,
                    "date": self.today,
                    "reason": "Overdue",
                    "user_id": self.user.id,
                }
            )
        self.start_tour(
            "/odoo/my-day", "arm_dunning_my_day_tour", login=self.user.login
        )
        results = self.env["arm.dunning.call.result"].search(
            [("account_id", "in", (self.large | self.small).ids)]
        )
        outcomes = {result.account_id: result.outcome for result in results}
        self.assertEqual(outcomes, {self.large: "callback", self.small: "today"})
        promise = self.env["arm.promise"].search([("account_id", "=", self.small.id)])
        self.assertEqual((promise.date, promise.user_id), (self.today, self.user))

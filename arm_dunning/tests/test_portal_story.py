import re
from datetime import timedelta

from odoo import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import DunningCommon


@tagged("post_install", "-at_install", "arm")
class TestPortalStory(DunningCommon, HttpCase):
    """From a reminder to the customer's page and back to the next reminder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._local_today()
        cls.customer = cls.make_customer("Story Ltd", email="story@example.com")
        due = cls.today - timedelta(days=5)
        cls.left, cls.disputed, cls.promised, cls.paid = (
            cls.post_invoice(
                cls.customer, due, amount, invoice_date=due - timedelta(days=30)
            )
            for amount in (100, 200, 300, 400)
        )
        cls.make_task("First", 5, "overdue")
        cls.make_task("Second", 12, "overdue")
        cls.company.write(
            {
                "promise_portal_days_green": 30,
                "promise_portal_days_yellow": 30,
                "dispute_portal_amount_green": 1000,
                "dispute_portal_amount_yellow": 1000,
            }
        )
        cls.collector = new_test_user(
            cls.env,
            "carla.story",
            groups="arm_receivables.group_receivables_collector_all",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def take_demo_payments(cls):
        """Odoo's own demo provider, for the company of the test."""
        cls.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        # As superuser: the provider is another company's, and for administrators.
        provider = cls.env.ref("payment.payment_provider_demo").sudo()
        provider = provider.copy(
            {"company_id": cls.company.id, "state": "test", "is_published": True}
        )
        provider.payment_method_ids.active = True
        return provider

    def dun(self, day=None, hour="08:00:00"):
        """As always; a browser test is in the registry's test mode already."""
        self.env.flush_all()
        with freeze_time(f"{day} {hour}"):
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def link_of_the_mail(self):
        body = self.mails_to(self.customer).body_html
        return re.search(r"/receivables/[\w-]+", body).group()

    def done_of(self, invoice):
        """Names of the tasks that were done for an invoice, in their order."""
        done = self.actions_of(invoice).filtered(lambda row: row.state == "done")
        return done.task_id.mapped("name")

    def test_story(self):
        if not self.env.ref("payment_demo.payment_method_demo", False):
            self.skipTest("Odoo's demo provider (payment_demo) is not installed.")
        self.take_demo_payments()
        self.dun(str(self.today))
        for invoice in self.left | self.disputed | self.promised | self.paid:
            self.assertEqual(self.done_of(invoice), ["First"])
        self.start_tour(self.link_of_the_mail(), "arm_portal_story_customer")
        self.env.invalidate_all()
        self.assertIn(self.paid.payment_state, ("paid", "in_payment"))
        account = self.env["arm.customer.account"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.start_tour(
            "/odoo/promises", "arm_portal_story_employee", login="carla.story"
        )
        self.env.invalidate_all()
        dispute = self.env["arm.dispute"].search([("account_id", "=", account.id)])
        self.assertEqual((dispute.resolution, dispute.from_portal), ("accepted", True))
        events = self.env["arm.customer.event"].with_user(self.collector)
        kinds = events.search([("account_id", "=", account.id)]).mapped("kind")
        self.assertLessEqual({"payment", "promise", "dispute"}, set(kinds))
        self.dun(str(self.today + timedelta(days=7)))
        self.assertEqual(self.done_of(self.left), ["First", "Second"])
        for invoice in self.disputed | self.promised | self.paid:
            self.assertEqual(self.done_of(invoice), ["First"])

    def test_messages_on_the_page(self):
        """The customer reads the reminder again; nobody else does."""
        self.dun(str(self.today))
        message = self.env["arm.dunning.message"].search(
            [("partner_id", "=", self.customer.id)]
        )
        link = self.link_of_the_mail()
        self.authenticate(None, None)
        self.assertNotIn(f"/message/{message.id}", self.url_open(link).text)
        message.sudo().delivery_state = "sent"  # as the mail server's answer does
        self.assertIn(message.subject, self.url_open(link).text)
        path = f"{link}/{message.account_id.id}/message"
        page = self.url_open(f"{path}/{message.id}")
        self.assertIn("<iframe sandbox", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(self.url_open(f"{path}/{message.id + 1}").status_code, 404)
        stranger = self.make_customer("Stranger Ltd")
        self.post_invoice(stranger, self.today - timedelta(days=5))
        account = self.env["arm.customer.account"].search(
            [("partner_id", "=", stranger.id)]
        )
        theirs = account._get_portal_link().partition("/receivables/")[2]
        for root in (link, f"/receivables/{theirs}", "/my/receivables"):
            for account_id in (account.id, message.account_id.id):
                if (root, account_id) != (link, message.account_id.id):
                    answer = self.url_open(f"{root}/{account_id}/message/{message.id}")
                    self.assertEqual(answer.status_code, 404)

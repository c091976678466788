from datetime import timedelta

from .test_position import PositionCommon


class ReliabilityCommon(PositionCommon):
    """A company with the standard policy, and customers who pay or do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Reliable Ltd")
        cls.policy = cls.env["arm.reliability.policy"].create(
            {"company_id": cls.company.id}
        )
        cls.policy.action_preset_standard()
        cls.collector = cls.make_user("reliability_collector", "collector_all")

    def status(self, partner=None):
        return self.stored(partner or self.customer).reliability_status

    def changes(self, partner=None):
        account = self.stored(partner or self.customer)
        return self.env["arm.reliability.change"].search(
            [("account_id", "=", account.id)], order="id"
        )

    def bill(self, days, paid=None, partner=None, amount=100.0):
        """An invoice due so many days ago; paid so many days after it was due."""
        due = self.today - timedelta(days=days)
        invoice = self.post_invoice(
            partner or self.customer,
            due,
            amount,
            invoice_date=due - timedelta(days=30),
        )
        if paid is not None:
            self.pay(invoice, due + timedelta(days=paid))
        return invoice

    @property
    def today(self):
        return self.company._local_today()

    def history(self, paid=-1):
        """Three payments of the past, entered before the policy looked."""
        self.policy.active = False
        for days in (60, 50, 40):
            self.bill(days, paid=paid)
        self.policy.active = True

    def night(self):
        self.env["arm.customer.account"]._refresh(self.company)
        self.env.invalidate_all()

    def own(self, payment_state):
        return [
            ("partner_id", "=", self.customer.id),
            ("payment_state", "=", payment_state),
        ]

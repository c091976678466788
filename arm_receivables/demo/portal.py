"""What customers of the German company ask for on their own page."""

from dateutil.relativedelta import relativedelta


class PortalRequests:
    """Enters requests as customers do, and lets them pay with Odoo's demo provider."""

    def __init__(self, env, company, customers):
        self.env = env["res.company"].with_company(company).env
        self.company, self.customers = company, customers
        self.today = company._local_today()

    def enter(self):
        """Enter all of them, where the customer still owes something."""
        self._take_payments()
        for key, ask in (
            ("thiele", self._later),
            ("altmark", self._plan),
            ("lindner", self._copy),
            ("seeger", self._remittance),
            ("brandt", self._correct),
        ):
            account = self.env["arm.customer.account"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("partner_id", "=", self.customers[key].id),
                ]
            )
            items = self._items(account) if account else None
            if items:
                contact = self.customers[key].child_ids[:1]
                ask(account.with_context(lang="de_DE"), items, contact)

    def _take_payments(self):
        """Customers can pay online, if Odoo's demo provider is installed."""
        provider = self.env.ref("payment.payment_provider_demo", False)
        if not provider or provider.code != "demo":
            return
        if provider.company_id != self.company:
            provider.copy(
                {
                    "company_id": self.company.id,
                    "state": "test",
                    "is_published": True,
                }
            )
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("account_payment.enable_portal_payment", "True")

    def _items(self, account):
        """The customer's oldest claims that nothing is agreed about."""
        claims = self.env["account.move.line"].search(
            [*account._get_open_items_domain(), ("amount_residual", ">", 0)],
            order="date_maturity, id",
        )
        free = claims.filtered(lambda item: not item.hold_id)
        return free.filtered(lambda item: item.currency_id == free[0].currency_id)[:2]

    def _later(self, account, items, contact):
        account._portal_promise(
            items,
            self.today + relativedelta(days=25),
            contact,
            "Unser größter Kunde zahlt erst am Monatsende.",
        )

    def _plan(self, account, items, contact):
        day = self.today + relativedelta(days=7)
        note = "Sechs Raten könnten wir sicher halten."
        account._portal_plan(items, 6, day, "month", contact, note)

    def _copy(self, account, items, contact):
        account._portal_copy(items, contact, "Bei uns nicht angekommen.")

    def _remittance(self, account, items, contact):
        note = "Am Freitag überwiesen, beide Rechnungen zusammen, 2 % Skonto abgezogen."
        account._portal_remittance(items, contact, note)

    def _correct(self, account, items, contact):
        account._portal_correct(
            "billing",
            {"name": "Sabine Kraft", "value": "rechnungen@brandt.example"},
            items.browse(),
            contact,
        )
        account._portal_correct(
            "order_number", {"value": "B-2026-0815"}, items[:1], contact
        )

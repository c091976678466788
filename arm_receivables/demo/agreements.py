"""What is agreed with customers of the German company: disputes, promises, plans."""

from dateutil.relativedelta import relativedelta

from odoo import Command

# Customer, reason, share of the item, whether it was rejected, what the customer says.
DISPUTES = (
    ("maasbouw", "quality", 1.0, False, "Two of the ten pallets arrived wet."),
    ("seilbahn", "price", 0.3, False, "The discount of the frame contract is missing."),
    ("lindner", "paid", 1.0, True, "We have paid this in spring already."),
)
# Customer, days from today to the promised day, how, note.
PROMISES = (
    ("brescia", 5, "phone", "Their own customer pays on Monday."),
    ("seeger", 12, "email", "Wants to wait for the bank loan."),
)
BROKEN = ("altmark", -21, "phone", "Said that the transfer was on its way.")


class Agreements:
    """Enters the agreements of one company, as its collector does."""

    def __init__(self, env, company, customers, collector):
        self.env = env["res.company"].with_company(company).env
        self.company, self.customers, self.collector = company, customers, collector
        self.today = company._local_today()

    def enter(self):
        """Enter all of them, where the customer still owes something."""
        self._disputes()
        self._promises()
        self._plan("elbewerft")
        self._extension("lefevre", 21, "Delivery came three weeks late")
        self._extension("aquitaine", 30, "Season begins in a month", ask=True)

    def _items(self, key):
        """The customer's overdue items, the oldest first."""
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("partner_id.commercial_partner_id", "=", self.customers[key].id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
                ("date_maturity", "<", self.today),
                ("currency_id", "=", self.company.currency_id.id),
            ],
            order="date_maturity, id",
        )

    def _values(self, items):
        account = items._get_customer_account()
        contacts = items.partner_id.commercial_partner_id.child_ids
        return {
            "account_id": account.id,
            "currency_id": items.currency_id.id,
            "contact_id": contacts[:1].id,
        }

    def _disputes(self):
        reasons = self.env["arm.dispute.reason"].search([])
        reasons.user_ids |= self.collector
        for key, reason, share, rejected, words in DISPUTES:
            item = self._items(key)[:1]
            if not item or item.move_id.payment_state == "blocked":
                continue
            amount = item.currency_id.round(item.amount_residual_currency * share)
            dispute = self.env["arm.dispute"].create(
                {
                    **self._values(item),
                    "reason_id": self.env.ref(
                        f"arm_receivables.arm_dispute_reason_{reason}"
                    ).id,
                    "user_id": self.collector.id,
                    "description": words,
                    "line_ids": [
                        Command.create({"item_id": item.id, "amount": amount})
                    ],
                }
            )
            if rejected:
                dispute.decision = "The payment of spring was for another invoice."
                dispute.action_reject()

    def _promises(self):
        for key, days, channel, note in (*PROMISES, BROKEN):
            items = self._items(key)
            if not items:
                continue
            past = days < 0
            self.env["arm.promise"].create(
                {
                    **self._values(items),
                    "item_ids": [Command.set(items.ids)],
                    "amount": sum(items.mapped("amount_residual_currency")),
                    "date": self.today + relativedelta(days=days),
                    "channel": channel,
                    "note": note,
                    "user_id": self.collector.id,
                    "state": "broken" if past else "open",
                    "date_closed": self.today + relativedelta(days=days + 3)
                    if past
                    else False,
                }
            )

    def _plan(self, key):
        items = self._items(key)
        if items:
            plan = self.env["arm.payment.plan"].create(
                {
                    **self._values(items),
                    "item_ids": [Command.set(items.ids)],
                    "instalment_count": 4,
                    "date_first": self.today + relativedelta(days=10),
                    "user_id": self.collector.id,
                }
            )
            plan.action_agree()

    def _extension(self, key, days, reason, ask=False):
        items = self._items(key)
        if not items:
            return
        model = self.env["arm.extension"]
        values = self._values(items)
        values.pop("contact_id")
        if ask:
            model = model.with_user(self.collector)
        model.create(
            {
                **values,
                "item_ids": [Command.set(items.ids)],
                "date": self.today + relativedelta(days=days),
                "reason": reason,
            }
        )

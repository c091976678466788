from odoo import fields, models


class PaymentTransaction(models.Model):
    """Online payments of chosen instalments, of one invoice or several."""

    _name = "payment.transaction"
    _inherit = ["payment.transaction"]

    receivable_item_ids = fields.Many2many(
        "account.move.line",
        "arm_payment_transaction_item_rel",
        "transaction_id",
        "item_id",
        string="Open Items",
        readonly=True,
        copy=False,
        help="What the customer chose to pay: the money settles these first.",
    )

    def _prepare_discount_lines(self):
        """What is written off with the payment: the discounts that were deducted.

        The day on which the customer paid counts, whenever the provider tells that the
        money is there. When something was paid meanwhile, or the amount is another one
        for any reason, nothing is written off: the money stays, and a person looks.

        :return: list of values of journal items, for core's payment
        """
        self.ensure_one()
        company, items = self.provider_id.company_id, self.receivable_item_ids
        discounted = items._get_discounted(company._local_day(self.create_date))
        parts = [(i, discounted.get(i, i.amount_residual_currency)) for i in items]
        paid = sum(amount for _item, amount in parts)
        if not discounted or self.currency_id.compare_amounts(paid, self.amount):
            return []

        def convert(amount):
            return self.currency_id._convert(amount, company.currency_id, company)

        whole = {item: item.amount_residual_currency for item in discounted}
        lines = self.env[
            "account.move"
        ]._get_invoice_counterpart_amls_for_early_payment_discount(
            [
                {"aml": item, "amount_currency": -amount, "balance": convert(-amount)}
                for item, amount in whole.items()
            ],
            convert(sum(whole.values()) - sum(discounted.values())),
        )
        return [values for group in lines.values() for values in group]

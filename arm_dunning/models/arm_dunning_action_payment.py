from odoo import models

LINE_FIELDS = ["amount_currency", "amount_residual_currency", "invoice_date", "move_id"]
INVOICE_PDF = "invoice_pdf_report_file"
MOVE_FIELDS = ["partner_bank_id", "payment_reference", "name"]


class ArmDunningAction(models.Model):
    """What the documents of open items say about their payment."""

    _name = "arm.dunning.action"
    _inherit = ["arm.dunning.action"]

    def _read_documents(self):
        """Read what messages tell of items and documents, two queries for all rows."""
        items = self.item_id
        items.fetch(LINE_FIELDS)
        items.move_id.fetch(MOVE_FIELDS)

    def _get_bank(self, company, currency):
        """The account to pay into: that of the documents, else the company's.

        :return: ``res.partner.bank``, empty if there is none
        """
        # As superuser: the account is printed on every invoice.
        banks = self.sudo().item_id.move_id.partner_bank_id
        return banks if len(banks) == 1 else company._get_dunning_bank(currency)

    def _get_payment_references(self):
        """The payment references of the documents of these rows, in their order."""
        return [
            action.item_id.move_id.payment_reference or action.document or ""
            for action in self.sorted(lambda a: (a.date_due or a.date_planned, a.id))
        ]

    def _get_item_values(self, formats):
        """Date and original amount, where the row is about an item of the ledger."""
        values = super()._get_item_values(formats)
        item, currency = self.item_id, self.currency_id
        if item:
            original, left = item.amount_currency, item.amount_residual_currency
            values["date"] = formats.date(item.invoice_date or item.date)
            values["original"] = formats.amount(original, currency)
            paid = currency.round(original - left)
            values["paid"] = formats.amount(paid, currency) if paid else ""
        return values

    def _get_invoice_pdfs(self):
        """The PDFs of these rows' invoices as they were sent, in one query.

        :return: dict of invoice id to attachment
        """
        moves = self.item_id.move_id
        if not moves:
            return {}
        # As superuser: the customer has them already; who may write may send them.
        files = self.env["ir.attachment"].sudo()
        found = files.search_fetch(
            [
                ("res_model", "=", moves._name),
                ("res_id", "in", moves.ids),
                ("res_field", "=", INVOICE_PDF),
            ],
            ["res_id", "name", "mimetype"],
        )
        return {file.res_id: file for file in found}

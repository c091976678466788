from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # Statements and aging as at a day ask what was matched after it.
    _max_date_idx = models.Index("(company_id, max_date)")

    @api.model_create_multi
    def create(self, vals_list):
        """Payments that are matched are seen by the customer accounts."""
        with self.env["arm.customer.account"]._collect_changes():
            partials = super().create(vals_list)
            (partials.debit_move_id | partials.credit_move_id)._note_receivables()
        return partials

    def unlink(self):
        """So are those that are not matched any more."""
        with self.env["arm.customer.account"]._collect_changes():
            (self.debit_move_id | self.credit_move_id)._note_receivables()
            return super().unlink()

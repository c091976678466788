from odoo import models


class AccountPayment(models.Model):
    """A payment that comes back is adverse information (section 7)."""

    _inherit = "account.payment"

    def _note_return(self):
        """Remember since when the buyer's own limit is in doubt."""
        res = super()._note_return()
        back = self.filtered(
            lambda payment: payment.date_returned and payment.partner_type == "customer"
        )
        if back:
            self.env["arm.insurance.limit"]._note_returned(
                back.company_id, back.partner_id.commercial_partner_id
            )
        return res

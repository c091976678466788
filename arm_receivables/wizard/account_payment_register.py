from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Many payments are posted and matched one by one: refresh once."""
        with self.env["arm.customer.account"]._collect_changes():
            return super()._create_payments()

from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the customer accounts first: a company has one for each customer.

        Core would move the rows to the remaining partner, which the unique index
        refuses, and would then delete them with their history.
        """
        accounts = self.env["arm.customer.account"]
        # As superuser: the accounts of all companies follow the partners.
        accounts.sudo()._merge_partners(self, src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        res = super()._merge(partner_ids, dst_partner, extra_checks)
        # As superuser: the customers of all companies, as above.
        remaining = self.env["res.partner"].sudo().browse(partner_ids).exists()
        remaining._note_customer_accounts()
        return res

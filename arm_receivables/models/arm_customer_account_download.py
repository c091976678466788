from odoo import api, fields, models

DOWNLOADS = 40  # of one customer in a day: each takes a second of the server


class ArmCustomerAccount(models.Model):
    """What customers download from their own page."""

    _name = "arm.customer.account"
    _inherit = ["arm.customer.account"]

    portal_download_date = fields.Date(readonly=True, copy=False)
    portal_download_count = fields.Integer(
        string="Downloads of the Day", readonly=True, copy=False
    )

    @api.model
    def _get_protected_fields(self):
        return super()._get_protected_fields() | {
            "portal_download_date",
            "portal_download_count",
        }

    def _get_portal_downloads(self):
        return [
            *super()._get_portal_downloads(),
            {
                "label": self.env._("Statement (PDF)"),
                "path": "statement/pdf",
                "icon": "fa-file-pdf-o",
            },
            {
                "label": self.env._("Statement (spreadsheet)"),
                "path": "statement/xlsx",
                "icon": "fa-file-excel-o",
            },
        ]

    def _portal_count_download(self):
        """Count a download of the day; false when there were too many."""
        self.ensure_one()
        today = self.company_id._local_today()
        count = self.portal_download_count if self.portal_download_date == today else 0
        if count >= DOWNLOADS:
            return False
        self.write({"portal_download_date": today, "portal_download_count": count + 1})
        return True
